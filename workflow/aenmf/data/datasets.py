"""Which data sets there are: cohorts and references, from two checked tables and the user's configuration.

``config/cohorts.tsv`` and ``config/references.tsv`` hold one row per data set; ``schemas`` says what each
column means and what it may hold. A user's own cohorts come from the configuration and pass the same checks.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from aenmf.errors import UserError, did_you_mean
from aenmf.files.checked_yaml import load_schema
from aenmf.files.shipped import SCHEMAS

MUTATION_FILE = re.compile(r"(?P<patient>.+)\.(?P<kind>vcf|maf)(\.gz)?", re.IGNORECASE)
"""Names of files whose mutations are yet to be counted; cohorts.schema.yaml knows them too."""


@dataclass(frozen=True)
class DataFile:
    """Where a data set's file comes from and how to know it.

    Attributes:
        name: the cohort or reference it belongs to.
        kind: ``file`` (data directory, cache or download), ``archive`` (the same, a folder), ``package`` (inside an
            installed package), ``own`` (the user's path, taken as it is) or ``vcf`` (the user's VCF or MAF file,
            or folder of such files).
        path: relative to the data directory, the package, or (``own``) the working directory.
        sha256: checksum, of an archive that of its file list; empty only for ``own``.
        urls: https addresses, tried in order.
        package: import name of the package.
        member: folder of the archive to unpack, below its top folder.
        citation: what to cite.
        genome: genome of the files of kind ``vcf``.
    """

    name: str
    kind: str
    path: str
    sha256: str = ""
    urls: tuple[str, ...] = ()
    package: str = ""
    member: str = ""
    citation: str = ""
    genome: str = ""


@dataclass(frozen=True)
class Simulation:
    """How a cohort under ``simulated_cohorts`` is made (:mod:`aenmf.data.simulation`).

    Attributes:
        signatures: COSMIC v3.4 names of the true signatures.
        patients: N.
        burden: mean number of mutations of a patient.
        sigma: standard deviation of the natural logarithm of an active signature's exposure.
        presence: probability that a signature is active in a patient, above 0, at most 1.
        noise: whether counts are Poisson; else expected counts, rounded.
    """

    signatures: tuple[str, ...]
    patients: int
    burden: float = 5000.0
    sigma: float = 0.6
    presence: float = 0.6
    noise: bool = True


@dataclass(frozen=True)
class Cohort:
    """A cohort: a catalogue, and the rank it is factorised with.

    Attributes:
        cohort: name in configuration and paths.
        title: name in tables and figures.
        kind: ``simulated`` or ``catalogue``.
        rank: number of signatures K.
        organ: organ as Signal names it, or empty.
        pcawg: cancer type as the PCAWG attributions name it, or empty.
        data: the catalogue's file; None for simulated cohorts.
        citation: what to cite.
        truth: the user's file of true signatures, or empty.
        ranks: lowest and highest rank of an own cohort's rank selection, or empty.
        simulation: how a cohort under ``simulated_cohorts`` is made; None for all others, Scenario 8 included.
    """

    cohort: str
    title: str
    kind: str
    rank: int
    organ: str = ""
    pcawg: str = ""
    data: DataFile | None = None
    citation: str = ""
    truth: str = ""
    ranks: tuple[int, ...] = ()
    simulation: Simulation | None = None

    @property
    def of_paper(self) -> bool:
        """Whether it is one of config/cohorts.tsv, which are the paper's: neither the user's own nor simulated for a run."""
        return self.simulation is None and (self.data is None or self.data.kind not in ("own", "vcf"))


@dataclass(frozen=True)
class Reference:
    """A reference: known signatures, attributions, or published matrices.

    Attributes:
        reference: name in configuration and paths.
        title: name in tables and figures.
        kind: ``package`` or ``table`` (signatures), ``attributions`` or ``archive``.
        data: its file.
        selection: how the names of the wanted columns begin, ``{organ}`` standing for the cohort's organ; empty: all.
        citation: what to cite.
    """

    reference: str
    title: str
    kind: str
    data: DataFile
    selection: str = ""
    citation: str = ""

    @property
    def by_organ(self) -> bool:
        """Whether the signatures depend on the cohort's organ."""
        return "{organ}" in self.selection


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
        cohorts: dict[str, Cohort] = {}
        for row, where in _read_table(Path(cohorts_tsv), "cohorts", "cohort"):
            cohorts[row["cohort"]] = _cohort(row, "file")
            _check(row, _schema("cohorts")["$defs"]["shipped"], where, "column")
        references = {
            row["reference"]: _reference(row) for row, _ in _read_table(Path(references_tsv), "references", "reference")
        }
        for name, entry in _mapping(extra_cohorts, extra_where).items():
            where = f"{extra_where}.{name}"
            if name in cohorts:
                remedy = f"Choose another name; these are taken: {', '.join(cohorts)}"
                raise UserError(f"there is already a cohort {name!r}", where=where, remedy=remedy)
            row = {"kind": "catalogue"} | {
                key: value for key, value in _mapping(entry, where).items() if value is not None
            }
            if "cohort" in row:
                raise UserError(
                    "unknown key 'cohort'", where=where, remedy="The cohort's name is the key it stands under"
                )
            _check(row | {"cohort": name}, _schema("cohorts"), where, "key")
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
        problem = f"{column} does not go with kind {row.get('kind')}"
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
