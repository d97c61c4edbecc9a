"""Which data sets there are: cohorts and references, from two checked tables and the user's configuration.

``config/cohorts.tsv`` and ``config/references.tsv`` hold one row per data set; ``schemas`` says what each
column means and what it may hold. A user's own cohorts come from the configuration and pass the same checks.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from aenmf.data.entries import Cohort, DataFile, Draw, Given, Reference, Regenerated
from aenmf.errors import UserError, did_you_mean
from aenmf.files.checked_yaml import load_schema
from aenmf.files.shipped import SCHEMAS

MUTATION_FILE = re.compile(r"(?P<patient>.+)\.(?P<kind>vcf|maf)(\.gz)?", re.IGNORECASE)
"""Names of files whose mutations are yet to be counted; cohorts.schema.yaml knows them too."""

GENOME_REMEDY = (
    "Remove genome where the file is a catalogue; rename a VCF file to end in .vcf or .vcf.gz, "
    "a MAF file to end in .maf or .maf.gz"
)


@dataclass(frozen=True)
class Registry:
    """All cohorts and references by name, in the order of the tables, the user's own cohorts last."""

    cohorts: dict[str, Cohort] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)

    @classmethod
    def load(
        cls,
        cohorts_tsv: str | Path,
        references_tsv: str | Path,
        extra_cohorts: Mapping[str, Any] | None = None,
        extra_where: str = "config key own_cohorts",
    ) -> Registry:
        """Read and check both tables and the user's own cohorts.

        Args:
            cohorts_tsv: one row per cohort, columns as in cohorts.schema.yaml.
            references_tsv: one row per reference, columns as in references.schema.yaml.
            extra_cohorts: name -> mapping of the columns of a cohort; ``kind`` may be left out, ``file`` is a path as
                the user gives it. Unset keys may be None.
            extra_where: how messages name the place of ``extra_cohorts``.

        Raises:
            UserError: with file, row and column (or key) and remedy: a column or key is unknown or missing, a value is
                not allowed, or a name is taken.
        """
        references = {
            row["reference"]: _reference(row) for row, _ in _read_table(Path(references_tsv), "references", "reference")
        }
        cohorts: dict[str, Cohort] = {}
        for row, where in _read_table(Path(cohorts_tsv), "cohorts", "cohort"):
            _check(row, _schema("cohorts")["$defs"]["shipped"], where, "column")
            cohorts[row["cohort"]] = _shipped(row, where, cohorts, references)
        for name, entry in _mapping(extra_cohorts, extra_where).items():
            where = f"{extra_where}.{name}"
            if name in cohorts:
                remedy = f"Choose another name; these are taken: {', '.join(cohorts)}"
                raise UserError(f"there is already a cohort {name!r}", where=where, remedy=remedy)
            row = {"kind": "catalogue"} | {
                key: value for key, value in _mapping(entry, where).items() if value is not None
            }
            if "cohort" in row:
                raise UserError("unknown key 'cohort'", where=where, remedy="The cohort's name is its key")
            counts = {"file", "genome"} <= set(row) and not MUTATION_FILE.fullmatch(str(row["file"]))
            if counts and "vcf_folder" not in row:
                problem = f"genome is for VCF and MAF files, and {row['file']!r} is neither"
                raise UserError(problem, where=where, remedy=GENOME_REMEDY)
            for schema in (_schema("cohorts"), _schema("cohorts")["$defs"]["own"]):
                _check(row | {"cohort": name}, schema, where, "key")
            paths = {
                key: str(Path(os.path.expanduser(row[key]))) for key in ("file", "truth", "vcf_folder") if key in row
            }
            cohorts[name] = _cohort(row | paths | {"cohort": name}, "own")
        return cls(cohorts, references)

    @property
    def signatures(self) -> list[str]:
        """Names of the references that are signatures, which others are matched to."""
        return [name for name, reference in self.references.items() if reference.kind in ("package", "table")]

    def cohort(self, name: str, where: str = "") -> Cohort:
        """A cohort by name.

        Raises:
            UserError: there is none of this name.
        """
        return _lookup(self.cohorts, name, "cohort", where)

    def reference(self, name: str, where: str = "") -> Reference:
        """A reference by name.

        Raises:
            UserError: there is none of this name.
        """
        return _lookup(self.references, name, "reference", where)


def drawable(cohorts: Mapping[str, Cohort], name: str, where: str) -> Cohort:
    """A cohort that others may be drawn of: one whose true signatures and exposures are known, and that is no draw itself.

    Raises:
        UserError: there is none of this name among ``cohorts``, or it is not such a one.
    """
    known = [of for of, cohort in cohorts.items() if cohort.simulation and not isinstance(cohort.simulation, Draw)]
    if name not in known:
        problem = f"{name!r} is no simulated cohort of its own"
        raise UserError(problem, where=where, remedy=did_you_mean(name, known))
    return cohorts[name]


def _lookup(known: Mapping[str, Any], name: str, noun: str, where: str) -> Any:
    if name not in known:
        raise UserError(f"unknown {noun} {name!r}", where=where, remedy=did_you_mean(name, known))
    return known[name]


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        remedy = "Write name: {file: path, rank: number}"
        raise UserError(f"{value!r} is not a mapping", where=where, remedy=remedy)
    return {str(key): entry for key, entry in value.items()}


@cache
def _schema(name: str) -> dict[str, Any]:
    return load_schema(SCHEMAS / f"{name}.schema.yaml")


def _read_table(path: Path, schema_name: str, key: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The checked rows of a table, empty cells left out, each with its place."""
    schema = _schema(schema_name)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter="\t", strict=True, quoting=csv.QUOTE_NONE)
            lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"the table cannot be read ({error})", where=str(path), remedy="Give a UTF-8 TSV file"
        ) from error
    if not lines:
        raise UserError("the table is empty", where=str(path), remedy=f"Give at least the columns {schema['required']}")
    (_, header), *rows = lines
    for position, column in enumerate(header):
        where = f"{path}, header, column {position + 1}"
        if column not in schema["properties"]:
            raise UserError(
                f"unknown column {column!r}", where=where, remedy=did_you_mean(column, schema["properties"])
            )
        if column in header[:position]:
            raise UserError(f"duplicate column {column!r}", where=where, remedy="Remove one of them")
    missing = [column for column in schema["required"] if column not in header]
    if missing:
        raise UserError(f"column {missing[0]!r} is missing", where=f"{path}, header", remedy="Add it")
    seen: dict[str, int] = {}
    for line, cells in rows:
        where = f"{path}, row {line}"
        if len(cells) != len(header):
            remedy = "Separate the cells by single tabs; an empty cell still needs its tab"
            raise UserError(f"the row has {len(cells)} cells, the header {len(header)}", where=where, remedy=remedy)
        row = {
            column: _typed(cell, schema["properties"][column])
            for column, cell in zip(header, cells, strict=True)
            if cell
        }
        _check(row, schema, where, "column")
        if row[key] in seen:
            remedy = f"Rows {seen[row[key]]} and {line} need different names"
            raise UserError(f"duplicate {key} {row[key]!r}", where=f"{where}, column {key!r}", remedy=remedy)
        seen[row[key]] = line
        yield row, where


def _typed(cell: str, about: Mapping[str, Any]) -> Any:
    """A cell as the schema's type; left as text, for the schema to refuse, where it cannot be."""
    if about.get("type") == "integer":
        try:
            return int(cell)
        except ValueError:
            return cell
    return cell


def _check(row: Mapping[str, Any], schema: Mapping[str, Any], where: str, noun: str) -> None:
    errors = sorted(Draft202012Validator(schema).iter_errors(row), key=_urgency)
    if errors:
        raise _row_mistake(errors[0], row, where, noun)


def _urgency(error: ValidationError) -> tuple[int, str]:
    """The cause before what follows from it: unknown keys, a wrong kind, missing keys, wrong values, excess keys."""
    ranks = {"additionalProperties": 0, "enum": 1, "required": 2, "dependentRequired": 2, "not": 4}
    return ranks.get(str(error.validator), 3), error.json_path


def _row_mistake(error: ValidationError, row: Mapping[str, Any], where: str, noun: str) -> UserError:
    about = _schema("references" if "reference" in row else "cohorts")["properties"]
    if error.validator == "additionalProperties":
        unknown = sorted(set(row) - set(about))[0]
        return UserError(f"unknown {noun} {unknown!r}", where=where, remedy=did_you_mean(unknown, about))
    if error.validator in ("required", "dependentRequired"):
        wanted = error.validator_value
        wanted = wanted if isinstance(wanted, list) else [key for name in wanted if name in row for key in wanted[name]]
        missing = next(key for key in wanted if key not in row)
        problem = f"{noun} {missing!r} is empty" if noun == "column" else f"{noun} {missing!r} is missing"
        return UserError(problem, where=where, remedy=f"Fill it in. {about[missing]['description']}")
    column = str(error.absolute_path[0])
    place = f"{where}, column {column!r}" if noun == "column" else f"{where}.{column}"
    if error.validator == "not":  # the schema rules the key out for this kind
        problem = f"{column} does not apply to the kind {row.get('kind')}"
        return UserError(problem, where=place, remedy="Leave it out, or change kind")
    if error.validator == "enum":
        remedy = did_you_mean(str(row[column]), error.validator_value)
        return UserError(f"{row[column]!r} is not allowed", where=place, remedy=remedy)
    return UserError(
        f"{row[column]!r} is not allowed", where=place, remedy=f"Give this: {about[column]['description']}"
    )


def _cohort(row: Mapping[str, Any], kind: str) -> Cohort:
    name, citation = row["cohort"], row.get("citation", "")
    data = None
    if "genome" in row:
        path = row.get("vcf_folder") or row["file"]
        data = DataFile(name, "vcf", path, row.get("sha256", ""), citation=citation, genome=row["genome"])
    elif "file" in row:
        urls = tuple(row.get("url", "").split())
        data = DataFile(name, kind, row["file"], row.get("sha256", ""), urls, citation=citation)
    texts = {key: row.get(key, "") for key in ("organ", "pcawg", "truth")}
    ranks, title = tuple(row.get("ranks", ())), row.get("title", name)
    return Cohort(name, title, row["kind"], int(row["rank"]), **texts, data=data, citation=citation, ranks=ranks)


def _shipped(
    row: Mapping[str, Any], where: str, cohorts: Mapping[str, Cohort], references: Mapping[str, Reference]
) -> Cohort:
    """The cohort of a checked row of cohorts.tsv, given those of the rows before it."""
    source: Given | Draw | Regenerated | None = None
    if "base" in row:
        source = Draw(drawable(cohorts, row["base"], f"{where}, column 'base'"), row["noise"], sha256=row["sha256"])
    elif "truth" in row:
        files = [_lookup(references, name, "reference", f"{where}, column 'truth'") for name in row["truth"].split()]
        source = Given(*(reference.data for reference in files))
    elif row["kind"] == "simulated":
        source = Regenerated(row["sha256"])
    cohort = _cohort(row, "file")
    data = replace(cohort.data, selection=row.get("selection", "")) if cohort.data else None
    return replace(cohort, data=data, truth="", simulation=source, of_paper="paper" in row)


def _reference(row: Mapping[str, Any]) -> Reference:
    kind = row["kind"]
    data = DataFile(
        name=row["reference"],
        kind=kind if kind in ("package", "archive") else "file",
        path=row["file"],
        sha256=row["sha256"],
        urls=tuple(row.get("url", "").split()),
        package=row.get("package", ""),
        member=row.get("member", ""),
        citation=row["citation"],
    )
    return Reference(row["reference"], row["title"], kind, data, row.get("selection", ""), row["citation"])
