"""Reading the paper's claims from config/paper_claims.yaml.

The file is the only place that holds the paper's numbers. Headline claims have parts, which are measured. A part
names an evaluator of :mod:`aenmf.verdicts.evaluators` and its parameters; ``cases`` and ``for_each`` make several of one entry.
"""

from __future__ import annotations

import inspect
import itertools
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aenmf.errors import UserError, did_you_mean
from aenmf.files.checked_yaml import check_config, load_schema, read_yaml
from aenmf.files.shipped import SCHEMAS
from aenmf.verdicts.evaluators import EVALUATORS
from aenmf.verdicts.measuring import Outcome, shown

SCHEMA = SCHEMAS / "claims.schema.yaml"


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the paper's.

    Attributes:
        kind: ``absolute``, ``relative``, or ``interval``, where the interval of our number has to hold the paper's.
        size: the largest difference, or the confidence of the interval.
    """

    kind: str
    size: float

    def allows(self, paper: float, outcome: Outcome) -> bool:
        """Whether the paper's number is near enough to the measured one, rounding of the last bit aside."""
        if self.kind == "interval":
            assert outcome.interval is not None
            return outcome.interval[1] <= paper <= outcome.interval[2]
        allowed = self.size * (abs(paper) if self.kind == "relative" else 1.0)
        return abs(float(outcome.ours) - paper) <= allowed * (1 + 1e-9) + 1e-12

    def __str__(self) -> str:
        if self.kind == "interval":
            return f"in the {self.size:.0%} interval of other splits"
        if self.size == 0:
            return "exact"
        return f"±{self.size:g}" if self.kind == "absolute" else f"±{self.size:.0%}"


@dataclass(frozen=True)
class Claim:
    """One checkable claim, a part of a headline claim.

    Attributes:
        id, place, claim: as in the file, parameters filled in.
        entry: the id of the entry of the file, a template.
        evaluator, parameters: the function of :mod:`aenmf.verdicts.evaluators` that measures it and its arguments.
        paper: the paper's number, or the statement in a few words.
        tolerance: of a number; None for a statement.
    """

    id: str
    entry: str
    place: str
    claim: str
    evaluator: str
    parameters: Mapping[str, Any]
    paper: float | str
    tolerance: Tolerance | None


@dataclass(frozen=True)
class Headline:
    """A claim as a reader of the paper would put it, with the parts that decide on it.

    Attributes:
        id, place, claim, paper: as in the file.
        quantity: what the first entry of its parts measures, in a few words; empty where there is no such number.
        parts: in order.
    """

    id: str
    place: str
    claim: str
    paper: str
    quantity: str
    parts: Sequence[Claim]


@dataclass(frozen=True)
class PaperClaims:
    """All claims of the paper.

    Attributes:
        rule: how a headline claim's verdict follows from its parts, in sentences.
        patients: the paper's number of patients by cohort.
        headlines: in order.
    """

    rule: str
    patients: Mapping[str, int]
    headlines: Sequence[Headline]

    @property
    def parts(self) -> list[Claim]:
        """The single claims of all headline claims."""
        return [part for headline in self.headlines for part in headline.parts]


def load_claims(path: str | Path, schema: str | Path = SCHEMA) -> PaperClaims:
    """Read, check and expand a file of claims.

    Raises:
        UserError: the file is not valid YAML, has a key twice or is not as the schema says, an evaluator or one of its
            parameters does not exist or is missing, a template names something that is no parameter, or two claims have one id.
    """
    where = Path(path).name
    content = read_yaml(path)
    try:
        check_config(content, load_schema(schema))
    except UserError as error:
        at = error.where.removeprefix("config key ")
        raise UserError(error.problem, where=f"{where}, {at}", remedy=error.remedy) from error
    headlines = []
    for entry in content["headlines"]:
        parts = [claim for part in entry["parts"] for claim in _expand(part, f"{where}, claim {part['id']}")]
        texts = {name: entry[name] for name in ("id", "place", "claim", "paper")}
        headlines.append(Headline(**texts, quantity=entry.get("quantity", ""), parts=parts))
    claims = PaperClaims(" ".join(content["rule"].split()), content["patients"], headlines)
    ids = [*(headline.id for headline in headlines), *(claim.id for claim in claims.parts)]
    for double in ids:
        if ids.count(double) > 1:
            raise UserError(f"two claims are called {double!r}", where=where, remedy="Give every claim its own id")
    return claims


def _expand(entry: Mapping[str, Any], where: str) -> list[Claim]:
    """The single claims of one entry of the file."""
    if "cases" in entry and "for_each" in entry:
        raise UserError("cases and for_each exclude each other", where=where, remedy="Keep one of them")
    if ("tolerance" in entry) != (entry["kind"] == "number"):
        remedy = "Give a number a tolerance; give a statement its margin under parameters"
        raise UserError(
            f"a {entry['kind']} with{'' if 'tolerance' in entry else 'out'} tolerance", where=where, remedy=remedy
        )
    axes = entry.get("for_each", {})
    cases = entry.get("cases") or [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    claims = []
    for case in cases:
        parameters = {**entry.get("parameters", {}), **case}
        paper = parameters.pop("paper", entry.get("paper"))
        tolerance = None
        if entry["kind"] == "number":
            if isinstance(paper, bool) or not isinstance(paper, int | float):
                remedy = "Give paper: in the claim or in each of its cases"
                raise UserError(f"paper must be a number, not {paper!r}", where=where, remedy=remedy)
            tolerance = Tolerance(*next(iter(entry["tolerance"].items())))
        elif paper is None:
            raise UserError("paper is missing", where=where, remedy="Give the paper's statement in a few words")
        _check_parameters(entry["evaluator"], parameters, where)
        claims.append(
            Claim(
                entry=entry["id"],
                id=_fill(entry["id"], {key: str(value) for key, value in parameters.items()}, where),
                place=_fill(entry["place"], {key: shown(value) for key, value in parameters.items()}, where),
                claim=_fill(entry["claim"], {key: shown(value) for key, value in parameters.items()}, where),
                evaluator=entry["evaluator"],
                parameters=parameters,
                paper=float(paper) if tolerance else str(paper),
                tolerance=tolerance,
            )
        )
    return claims


def _check_parameters(evaluator: str, parameters: Mapping[str, Any], where: str) -> None:
    if evaluator not in EVALUATORS:
        raise UserError(f"unknown evaluator {evaluator!r}", where=where, remedy=did_you_mean(evaluator, EVALUATORS))
    known = dict(list(inspect.signature(EVALUATORS[evaluator]).parameters.items())[1:])
    for name in parameters:
        if name not in known:
            problem = f"evaluator {evaluator} has no parameter {name!r}"
            raise UserError(problem, where=where, remedy=did_you_mean(name, known))
    for name, parameter in known.items():
        if parameter.default is parameter.empty and name not in parameters:
            raise UserError(f"evaluator {evaluator} needs the parameter {name!r}", where=where, remedy=f"Add {name}: …")


def _fill(template: str, values: Mapping[str, str], where: str) -> str:
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    for name in names:
        if name not in values:
            raise UserError(f"{{{name}}} names no parameter", where=where, remedy=did_you_mean(name, values))
    return template.format_map(values)


def stated_exponents(claims: PaperClaims) -> dict[tuple[str, str], float]:
    """The exponents that the paper states, by (model, variable), from its claims."""
    cost = [claim for claim in claims.parts if claim.evaluator == "scaling_exponent"]
    return {(claim.parameters["method"], claim.parameters["variable"]): float(claim.paper) for claim in cost}
