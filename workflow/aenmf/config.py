"""Checking a configuration: every mistake is one message with the key, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError

from aenmf.errors import UserError, did_you_mean


def load_schema(path: str | Path) -> dict[str, Any]:
    """Read a JSON schema written in YAML."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def check_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check a configuration against its schema; the first mistake (in order of depth, then key) is raised.

    Raises:
        UserError: with the key's full path, what is wrong, and a remedy.
    """
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda e: (len(e.path), [str(p) for p in e.path])
    )
    if errors:
        raise _as_user_error(errors[0])


def _as_user_error(error: ValidationError) -> UserError:
    where = "config key " + (".".join(str(part) for part in error.absolute_path) or "(top level)")
    about = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = sorted(set(error.instance) - set(known))[0]
        return UserError(f"unknown key {unknown!r}", where=where, remedy=did_you_mean(unknown, known))
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        meaning = error.schema.get("properties", {}).get(missing, {}).get("description", "")
        return UserError(f"key {missing!r} is missing", where=where, remedy=f"Add it. {meaning}")
    if error.validator == "enum":
        allowed = [str(value) for value in error.validator_value]
        return UserError(
            f"{error.instance!r} is not allowed", where=where, remedy=did_you_mean(str(error.instance), allowed)
        )
    return UserError(f"{error.message}", where=where, remedy=about)
