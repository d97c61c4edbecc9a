"""docs/configuration.md, made from the schemas, the default configuration and the methods' own descriptions."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from aenmf.files.atomic import atomic_write
from aenmf.files.checked_yaml import load_schema, read_yaml
from aenmf.files.shipped import CONFIG, SCHEMAS, checkout
from aenmf.methods.external import External
from aenmf.methods.iterative import IterativeMethod
from aenmf.methods.refitted import RefittedMethod
from aenmf.methods.registry import MODELS, model_class
from aenmf.solvers.common import IterationOptions

INTRODUCTION = """\
# Configuration

`config/config.yaml` is the default run and says of every key when to change it. A file of your own holds only what differs and is
laid over it, mapping by mapping; a list replaces a list:

```
snakemake --cores 2 --configfile config/test.yaml --config run=six n_splits=6
```

Unknown keys, wrong types and values out of range are refused before any work, with the key and a remedy. The same check by hand:

```
aenmf check config/comparators.yaml
```

This page is written by `aenmf configdocs` from `workflow/aenmf/schemas/`, `config/config.yaml` and the options of the methods.
"""

METHODS = """\
## Options of the methods

An entry under `methods` has `model`, if you like `title`, and the options of its model. The models with a choice of solvers
also need `solver`: one name, or one per loss, such as `{frobenius: hals, kullback-leibler: ccd}`. An option under a loss's
name goes to that loss only: `kullback-leibler: {tol: 1.0e-8}`. What the solvers are: [methods](methods.md#methods-and-solvers).
"""


@dataclass(frozen=True)
class Key:
    """A key of a schema.

    Attributes:
        path: names from the top, such as ``own_cohorts.<name>.rank``.
        schema: what the schema says of it, references resolved.
        required: whether its mapping must hold it.
    """

    path: tuple[str, ...]
    schema: Mapping[str, Any]
    required: bool

    @property
    def name(self) -> str:
        return ".".join(self.path)


def resolved(schema: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with the definition it refers to laid under its own keywords."""
    found = dict(schema)
    if "$ref" in found:
        place: Any = top
        for part in found.pop("$ref").removeprefix("#/").split("/"):
            place = place[part]
        found = {**resolved(place, top), **found}
    return found


def keys_of(schema: Mapping[str, Any], top: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[Key]:
    """Every key of a schema of a mapping in its order, those of mappings inside it after the mapping's own."""
    for name, below in schema.get("properties", {}).items():
        here = resolved(below, top)
        yield Key((*path, name), here, name in schema.get("required", ()))
        yield from keys_of(here, top, (*path, name))
        if isinstance(here.get("additionalProperties"), Mapping):
            yield from keys_of(resolved(here["additionalProperties"], top), top, (*path, name, "<name>"))


def type_of(schema: Mapping[str, Any]) -> str:
    """The type of a value in words."""
    if "enum" in schema:
        return "one of"
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = {"string": "text", "integer": "whole number", "array": "list", "object": "mapping", "null": "empty"}
    return " or ".join(words.get(str(name), str(name)) for name in names)


def allowed(schema: Mapping[str, Any], top: Mapping[str, Any]) -> str:
    """The values a schema allows beyond their type, as Markdown; what a pattern allows is said by the description."""
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    parts = []
    if "minimum" in schema and "maximum" in schema:
        parts.append(f"{schema['minimum']} to {schema['maximum']}")
    elif "minimum" in schema:
        parts.append(f"at least {schema['minimum']}")
    if "exclusiveMinimum" in schema:
        parts.append(f"above {schema['exclusiveMinimum']}")
    if "exclusiveMaximum" in schema:
        parts.append(f"below {schema['exclusiveMaximum']}")
    if "maxLength" in schema:
        parts.append(f"at most {schema['maxLength']} characters")
    if "const" in schema.get("not", {}):
        parts.append(f"not `{schema['not']['const']}`")
    if schema.get("type") == "array":
        inner = allowed(resolved(schema["items"], top), top)
        parts += [f"of {inner}"] if inner else []
        lowest, highest = schema.get("minItems"), schema.get("maxItems")
        if lowest and lowest == highest:
            parts.append(f"{lowest} of them")
        elif lowest:
            parts.append("not empty")
        parts += ["none twice"] if schema.get("uniqueItems") else []
    return ", ".join(parts)


def cell(text: str) -> str:
    """Text for a cell of a Markdown table; what is not code is shown as it is."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()).replace("|", "\\|"))
    return "".join(part if part.startswith("`") else part.replace("<", "\\<") for part in parts)


def code(value: Any) -> str:
    """A value as it is written in a configuration."""
    text = f"{value:g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    return "`" + re.sub(r'"([^"]+)"', r"\1", text) + "`"


def default_of(key: Key, defaults: Mapping[str, Any]) -> str:
    """The default of a key as Markdown; inside a mapping by name, whether the key is required."""
    if "<name>" in key.path:
        return "required" if key.required else "none"
    if "properties" in key.schema:
        return "below"
    value: Any = defaults
    for part in key.path:
        value = value[part]
    named = isinstance(key.schema.get("additionalProperties"), Mapping)
    return "in the file" if named and value else code(value)


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + ":--|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(map(cell, row)) + " |" for row in rows)]) + "\n"


def configuration_section(schema: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """All keys of the configuration: the simple ones in one table, each mapping in its own."""
    simple: list[tuple[str, ...]] = []
    sections: dict[str, tuple[str, list[tuple[str, ...]]]] = {}
    for key in keys_of(schema, schema):
        about = key.schema["description"]
        row = (f"`{key.name}`", type_of(key.schema), default_of(key, defaults), allowed(key.schema, schema), about)
        if len(key.path) > 1:
            sections[key.path[0]][1].append(row)
        elif key.schema.get("type") == "object":
            sections[key.name] = (about, [])
        else:
            simple.append(row)
    header = ("key", "type", "default", "allowed", "meaning")
    parts = ["## Keys of the run\n", table(header, simple)]
    for name, (about, rows) in sections.items():
        parts += [f"## `{name}`\n", cell(about) + "\n", table(header, rows)]
    return "\n".join(parts)


def described(options: type) -> dict[str, str]:
    """The text of every option of a dataclass, from the ``Attributes`` of its docstring and of those it derives from."""
    texts: dict[str, str] = {}
    for kind in reversed(options.__mro__):
        if "__doc__" not in vars(kind) or not kind.__doc__:
            continue
        _, _, section = inspect.cleandoc(kind.__doc__).partition("Attributes:\n")
        for names, text in re.findall(r"^ {4}([\w, ]+): (.*(?:\n {8,}.*)*)", section, flags=re.MULTILINE):
            for name in names.split(", "):
                texts[name] = plain(text)
    return texts


def plain(text: str) -> str:
    """The text of a docstring as Markdown."""
    text = re.sub(r":\w+:`~?([\w.]+)`", r"`\1`", text)
    return " ".join(text.replace("``", "`").split())


def options_table(options: type, without: Collection[str] = ()) -> str:
    """The options of a dataclass, but for some."""
    texts, words = (
        described(options),
        {"str": "text", "int": "whole number", "float": "number", "Sequence[str]": "list"},
    )
    words |= {f"{name} | None": f"{word} or empty" for name, word in words.items()}
    rows = [
        (f"`{field.name}`", words.get(str(field.type), str(field.type)), _default(field.default), texts[field.name])
        for field in fields(options)
        if field.name not in without
    ]
    return table(("option", "type", "default", "meaning"), rows)


def _default(value: Any) -> str:
    return "required" if value is MISSING else code(list(value) if isinstance(value, tuple) else value)


def methods_section() -> str:
    """The options of every built-in model and solver."""
    common = {field.name: field.default for field in fields(IterationOptions)}
    parts = [METHODS, "### Every solver\n", options_table(IterationOptions)]
    for model in MODELS:
        kind = model_class(model)
        if issubclass(kind, RefittedMethod | External):
            parts += [f"### `{model}`\n", options_table(kind.Options)]
            continue
        assert issubclass(kind, IterativeMethod)
        lines = [(f"`{s.name}`", ", ".join(f"`{loss}`" for loss in s.losses), s.summary) for s in kind.solvers]
        parts += [f"### `{model}`\n", table(("solver", "losses", "what it is"), lines)]
        by_options: dict[type, list[str]] = {}
        for solver in kind.solvers:
            by_options.setdefault(solver.options, []).append(f"`{solver.name}`")
        for options, names in by_options.items():
            same = {field.name for field in fields(options) if common.get(field.name, ...) == field.default}
            if len(same) < len(fields(options)):
                caption = f"Options of {' and '.join(names)} that are its own, or have another default:\n"
                parts += [caption.replace("its", "their") if len(names) > 1 else caption, options_table(options, same)]
    return "\n".join(parts)


def registry_section(file: str, schema: Mapping[str, Any]) -> str:
    """The columns of a table of the registry."""
    rows = [
        (
            f"`{key.name}`",
            type_of(key.schema),
            "yes" if key.required else "",
            allowed(key.schema, schema),
            key.schema["description"],
        )
        for key in keys_of(schema, schema)
    ]
    return f"## Columns of `{file}`\n\nAn empty cell is a key that is left out.\n\n" + table(
        ("column", "type", "required", "allowed", "meaning"), rows
    )


def page() -> str:
    """The text of docs/configuration.md."""
    defaults = read_yaml(CONFIG / "config.yaml")
    return "\n".join(
        [
            INTRODUCTION,
            configuration_section(load_schema(SCHEMAS / "config.schema.yaml"), defaults),
            methods_section(),
            registry_section("config/cohorts.tsv", load_schema(SCHEMAS / "cohorts.schema.yaml")),
            registry_section("config/references.tsv", load_schema(SCHEMAS / "references.schema.yaml")),
        ]
    )


def write_page() -> None:
    """Write docs/configuration.md."""
    with atomic_write(checkout() / "docs/configuration.md") as file:
        file.write(page())
