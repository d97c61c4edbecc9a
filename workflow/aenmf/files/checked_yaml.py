"""Reading and checking a configuration: every mistake is one message with the key, the value and what is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from aenmf.errors import UserError, did_you_mean

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list, written [a, b]",
    "object": "a mapping, written {key: value}",
    "boolean": "true or false",
    "null": "empty",
}

TOP_LEVEL = "(top level)"
"""The place of a key that is in no section."""
OTHER_WORDS = {"gpu": "cuda"}
"""Words that are often written for an allowed one, though another is spelt more like them."""


def _is_integer(_checker: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_checker: Any, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


# A JSON schema takes 3.0 for an integer, and .nan passes every bound.
_types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer).redefine("number", _is_number)
Validator = extend(Draft202012Validator, type_checker=_types)


MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_DIGITS = 1_000_000, 50, 100_000, 40
"""What a file may hold; nodes and depth count with every alias written out."""
_SAFE_TAGS = (None, "!", "tag:yaml.org,2002:str")
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")


class _Mistake(yaml.MarkedYAMLError):
    """Valid YAML that is not taken, with its remedy."""

    def __init__(self, problem: str, mark: yaml.Mark, remedy: str):
        super().__init__(problem=problem, problem_mark=mark)
        self.remedy = remedy


class _StrictLoader(yaml.SafeLoader):
    """YAML's safe loader, which refuses what reads as something else than is written, and files that expand without end."""

    def __init__(self, text: str):
        super().__init__(text)
        self.depth = 0
        self.measured: dict[yaml.Node, tuple[int, int]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        """Compose a node whose size, with its aliases written out, has a bound."""
        event, is_alias = self.peek_event(), self.check_event(yaml.AliasEvent)
        if getattr(event, "tag", None) not in _SAFE_TAGS:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            raise _Mistake(f"the tag {tag} is not taken", event.start_mark, "Write the value without it")
        self.depth += 1
        self._bound("levels", self.depth, MAX_DEPTH, event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if is_alias and node not in self.measured:
            raise _Mistake("an alias contains itself", event.start_mark, "Write the value out")
        if node not in self.measured:
            self.measured[node] = self._measure(node)
        return node

    def _measure(self, node: yaml.Node) -> tuple[int, int]:
        """Nodes in and levels below a composed node, with its aliases written out."""
        if isinstance(node, yaml.ScalarNode):
            _check_scalar(self, node)
            return 1, 0
        parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        sizes, levels = zip(*(self.measured[part] for part in parts), strict=True) if parts else ((), ())
        self._bound("levels", 1 + max(levels, default=0), MAX_DEPTH, node.start_mark)
        self._bound("values", 1 + sum(sizes), MAX_NODES, node.start_mark)
        return 1 + sum(sizes), 1 + max(levels, default=0)

    def _bound(self, unit: str, number: int, most: int, mark: yaml.Mark) -> None:
        if number > most:
            problem = f"the file has more than {most} {unit}, with its aliases written out"
            raise _Mistake(problem, mark, "Use fewer brackets and aliases")

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """A mapping in which every key is given once."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Mistake("a key is a list or a mapping", key.start_mark, "Write keys as plain text")
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise _Mistake(f"the key {key.value!r} is given twice", key.start_mark, "Remove one of them")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _check_scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> None:
    """Refuse an unquoted value that YAML 1.1 reads as something else than is written."""
    written, kind = node.value, node.tag.rpartition(":")[2]
    if node.style is not None or written.lower() in ("true", "false"):  # in quotes, or a block of text
        return
    if len(written) > MAX_DIGITS and kind in ("int", "float"):
        raise _Mistake(f"the number has {len(written)} digits", node.start_mark, "Write a smaller number")
    read = meant = None
    if kind == "timestamp":
        read = "a date"
    elif kind == "str" and re.fullmatch(r"[-+]?0o[0-7]+", written):
        read, meant = "text", str(int(written, 8))
    elif kind == "float" and not math.isfinite(loader.construct_object(node)):
        read, meant = "a number that is not finite", "a finite number"
    elif (
        kind == "bool"
        or (kind == "int" and not _WHOLE.fullmatch(written))
        or (kind == "float" and re.search("[:_]", written))
    ):
        read = meant = str(loader.construct_object(node)).lower()
    if read:
        if kind == "int" and written.isdigit():  # 010 is 8 in YAML, and ten was meant
            meant = f"{int(written)} or {meant}"
        remedy = f'Write {meant}, or "{written}" in quotes where text is meant' if meant else "Write it in quotes"
        raise _Mistake(f"{written!r} is read as {read}", node.start_mark, remedy)


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file safely: plain data only, no key twice, nothing that reads as something else than is written.

    Raises:
        UserError: the file cannot be read, is no text, is larger than a megabyte, or is no YAML; with line and column.
    """
    return parse_yaml(_text_of(path), path)


def compose_yaml(path: str | Path) -> yaml.Node | None:
    """The nodes of a file that :func:`read_yaml` takes, which know their lines; None of an empty one."""
    return _StrictLoader(_text_of(path)).get_single_node()


def _text_of(path: str | Path) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror})"
        raise UserError(problem, where=str(path), remedy="Check the path and its spelling") from error
    except UnicodeDecodeError as error:
        problem = f"the file is not UTF-8 text (byte {error.start})"
        raise UserError(problem, where=str(path), remedy="Save it as UTF-8 text") from error
    if len(content) > MAX_BYTES:
        remedy = "Check that this is the right file; a configuration has some hundred lines"
        raise UserError("the file is larger than a megabyte", where=str(path), remedy=remedy)
    return text


def parse_yaml(text: str, path: str | Path) -> Any:
    """What :func:`read_yaml` gives for a text that is, or will be, in a file.

    Raises:
        UserError: it is no YAML, or holds what is not taken; with line and column.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}, column {mark.column + 1}" if mark else str(path)
        if isinstance(error, _Mistake):
            raise UserError(error.problem, where=where, remedy=error.remedy) from error
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        remedy = "Write key: value with a space after the colon, indent with spaces, and close every bracket and quote"
        raise UserError(f"this is not valid YAML ({problem})", where=where, remedy=remedy) from error


def load_schema(path: str | Path) -> dict[str, Any]:
    """Read a JSON schema written in YAML."""
    return read_yaml(path)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration laid over another, mapping by mapping, as Snakemake does it."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


def check_config(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check a configuration against its schema; the first mistake (in order of depth, then key) is raised.

    Raises:
        UserError: with the key's full path, what is wrong, and a remedy.
    """
    _check_keys(config, ())
    errors = sorted(Validator(schema).iter_errors(config), key=lambda e: (len(e.path), [str(p) for p in e.path]))
    if errors:
        raise _as_user_error(errors[0])


def check_names(config: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check that a checked configuration names what it has: ``format: methods`` in the schema stands for a name among those of
    the key ``methods``, and ``format: cohorts`` for one of ``cohorts``.

    Raises:
        UserError: with the key, the name, and those there are.
    """
    formats = FormatChecker(())
    for key in ("methods", "cohorts"):
        formats.checks(key)(lambda name, key=key: name is None or name in config[key])
    for error in Validator(schema, format_checker=formats).iter_errors(config):
        name, key = error.instance, error.validator_value
        problem = f"unknown method entry {name!r}" if key == "methods" else f"{name!r} is not among this run's cohorts"
        where = _where(part for part in error.absolute_path if isinstance(part, str))
        raise UserError(problem, where=where, remedy=did_you_mean(name, config[key]))


def _check_keys(config: Any, place: tuple[str, ...]) -> None:
    """Every key is text: YAML reads an unquoted no, 1 or ~ as something else. Every text can be written to a file."""
    if isinstance(config, str) and not config.isascii() and any("\ud800" <= letter <= "\udfff" for letter in config):
        remedy = r"Write the letter itself: \ud800 to \udfff are halves of letters"
        raise UserError("the text has half a letter", where=_where(place), remedy=remedy)
    if isinstance(config, Mapping):
        for key, value in config.items():
            if not isinstance(key, str):
                raise UserError(
                    f"the key {key!r} is not text",
                    where=_where(place),
                    remedy='Write it in quotes, such as "1" or "no"',
                )
            _check_keys(value, (*place, key))
    elif isinstance(config, list):
        for position, value in enumerate(config):
            _check_keys(value, (*place, str(position)))


def _where(path: Any) -> str:
    return "config key " + (".".join(str(part) for part in path) or TOP_LEVEL)


def _as_user_error(error: ValidationError) -> UserError:
    where, value = _where(error.absolute_path), error.instance
    about = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = sorted(set(value) - set(known))[0]
        return UserError(f"unknown key {unknown!r}", where=where, remedy=did_you_mean(unknown, known))
    if error.validator == "required":
        missing = next(key for key in error.validator_value if key not in value)
        meaning = error.schema.get("properties", {}).get(missing, {}).get("description", "")
        return UserError(f"key {missing!r} is missing", where=where, remedy=f"Add it. {meaning}")
    if error.validator == "enum":
        allowed = [str(word) for word in error.validator_value]
        meant = OTHER_WORDS.get(str(value).lower(), str(value))
        return UserError(f"{value!r} is not allowed", where=where, remedy=did_you_mean(meant, allowed))
    if error.validator == "type":
        return _wrong_type(value, error.validator_value, where, about)
    if error.validator == "uniqueItems":
        twice = next(item for position, item in enumerate(value) if item in value[:position])
        return UserError(f"{twice!r} is in the list twice", where=where, remedy="Remove one of them")
    if error.validator in ("minItems", "minLength", "minProperties") and not value:
        words = error.schema.get("items", {}).get("enum", []) if error.validator == "minItems" else []
        choice = f"Choose from {', '.join(words)}" if words else "Fill it in"
        return UserError("it is empty", where=where, remedy=f"{choice}. {about}".strip())
    limits = {
        "minimum": "at least {}",
        "maximum": "at most {}",
        "exclusiveMinimum": "greater than {}",
        "exclusiveMaximum": "less than {}",
        "maxLength": "at most {} characters long",
        "minItems": "at least {} items long",
        "maxItems": "at most {} items long",
    }
    if error.validator in limits:
        limit = limits[error.validator].format(error.validator_value)
        return UserError(f"{value!r} is not {limit}", where=where, remedy=f"Change it. {about}".strip())
    return UserError(f"{value!r} is not allowed", where=where, remedy=about or f"The rule is {error.validator_value}")


def kind_of(value: Any) -> str:
    """What a value read from YAML is, in words."""
    return next((_KINDS[name].split(",")[0] for name in _KINDS if Validator({}).is_type(value, name)), "something else")


def _wrong_type(value: Any, wanted: str | list[str], where: str, about: str) -> UserError:
    names = [wanted] if isinstance(wanted, str) else wanted
    expected = " or ".join(_KINDS[name] for name in names)
    hint = f"Give {expected}. {about}"
    if names == ["array"] and isinstance(value, str):
        hint = f"Write [{value}]. {about}"
    elif "string" in names and isinstance(value, float):  # 1.50 and 1.5 are the same number
        hint = f"Write it in quotes, digit by digit as it is. {about}"
    elif "string" in names and isinstance(value, int):
        hint = f"Write it in quotes: {str(value).lower()!r}. {about}"
    elif "boolean" in names and str(value).lower() in ("true", "false"):
        hint = f"Write {str(value).lower()} without quotes, and {str(value).capitalize()} after --config. {about}"
    elif value is None:
        empty = {"array": "[] for an empty list", "object": "{} for none"}.get(names[0], "a value")
        hint = f"Write {empty}, or remove the key to keep its default. {about}"
    shown = "it is empty" if value is None else f"{value!r} is {kind_of(value)}"
    return UserError(f"{shown}, and {expected} is needed", where=where, remedy=hint)
