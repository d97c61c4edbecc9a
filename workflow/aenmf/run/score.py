"""``aenmf score``: the scores of answers that were found elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aenmf.data.datasets import Registry
from aenmf.data.exposures import for_patients, read_exposures
from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.truth import truth_of
from aenmf.data.usertable import read_table
from aenmf.errors import UserError
from aenmf.evaluation.exposure_scores import scores
from aenmf.evaluation.results import Scored, counts_digest, read_result, result, write_result
from aenmf.evaluation.scores import SCORES, Solution, recovered, scaled, seed_consistency
from aenmf.files.matrices import matrix_frame
from aenmf.files.shipped import CONFIG
from aenmf.seeds import Seed
from aenmf.studies.controls import TITLES, TRUTH, control_scores

CONTROL_SEED = 1
LARGEST_SUM = 1.5
"""Columns that sum to more may be counts of patients, and no signatures."""


@dataclass(frozen=True)
class Request:
    """What ``aenmf score`` is asked for; its help explains each."""

    signatures: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    cohort: str | None = None
    truth_signatures: str | None = None
    truth_exposures: str | None = None
    rank: str = "chosen"
    name: str | None = None
    json: str | None = None


def score(request: Request) -> list[str]:
    """Score the answers of a request, write them where a file is named, and say so in lines.

    Raises:
        UserError: with the file or option, and remedy.
    """
    cohort = _truth(request)
    truth = Solution(cohort.signatures, None if cohort.exposures.empty else cohort.exposures).active()
    answers, notes = _answers(request, truth)
    found = [Scored(i, answer.signatures.shape[1], scores(answer, truth)) for i, answer in enumerate(answers, start=1)]
    consistency = seed_consistency([answer.signatures for answer in answers])
    name = request.cohort or Path(str(request.truth_signatures)).stem
    controls: Mapping[str, Mapping[str, float]] = {}
    if truth.exposures is not None:
        controls = control_scores(cohort, Seed(CONTROL_SEED), exposures=bool(request.exposures))
    if request.json:
        write_result(request.json, _content(request, cohort, truth, name, found, consistency))
        notes.append(f"written to {request.json}")
    n = f", {truth.exposures.shape[1]} patients" if truth.exposures is not None else ""
    heading = f"{name}: {truth.signatures.shape[1]} true signatures{n}; {_listed(found)} found"
    pairs = recovered(answers[0].signatures, truth.signatures)
    return [heading, "", *_table(found, consistency, controls), "", *_pairs(answers[0], truth, pairs), "", *notes]


def checked_files(paths: Sequence[str]) -> list[str]:
    """Check files of scores, and say what each holds.

    Raises:
        UserError: one is not in order.
    """
    lines = []
    for path in paths:
        content = read_result(path)
        names = [content[key]["title"] for key in ("method", "cohort")]
        lines.append(f"{path}: in order ({names[0]} on {names[1]}, {len(content['seeds'])} seeds)")
    return lines


def _truth(request: Request) -> SimulatedCohort:
    """The cohort that the options name, with its truth; the exposures are empty where they are not known."""
    if bool(request.cohort) == bool(request.truth_signatures):
        remedy = "Name a cohort with --cohort, or a file with --truth-signatures, and not both"
        raise UserError("what is true has to be named once", where="--cohort", remedy=remedy)
    if request.cohort:
        registry = Registry.load(CONFIG / "cohorts.tsv", CONFIG / "references.tsv")
        return truth_of(request.cohort, registry)
    signatures, _ = _signatures(str(request.truth_signatures))
    if not request.truth_exposures:
        return SimulatedCohort(pd.DataFrame(index=signatures.index), signatures, pd.DataFrame())
    exposures = read_exposures(request.truth_exposures, list(signatures.columns))
    expected = np.einsum("mk,kn->mn", signatures.to_numpy(), exposures.to_numpy())
    return SimulatedCohort(matrix_frame(expected, list(exposures.columns)), signatures, exposures)


def _signatures(path: str) -> tuple[pd.DataFrame, list[str]]:
    """The signatures of a file, and a warning where they look like something else."""
    table = read_table(path, "signature")
    if empty := [name for name, column in zip(table.names, table.matrix.T, strict=True) if not column.any()]:
        remedy = "Remove it; an answer is scored by the signatures it has"
        raise UserError(f"the signature {empty[0]!r} is zero in all channels", where=path, remedy=remedy)
    sums, notes = table.matrix.sum(axis=0), []
    if sums.max() > LARGEST_SUM:
        low, high = _number(sums.min(), 1), _number(sums.max(), 1)
        notes.append(
            f"Warning: {path}: the columns sum to {low} to {high}, and are scaled to sum 1: signatures have about that sum, "
            "counts of patients have not"
        )
    return matrix_frame(table.matrix, table.names), notes


def _answers(request: Request, truth: Solution) -> tuple[list[Solution], list[str]]:
    """The answers that the options name, and what was done to read them."""
    if not request.signatures:
        raise UserError("no signatures are named", where="--signatures", remedy="Name the file of those you found")
    if request.exposures and len(request.exposures) != len(request.signatures):
        problem = f"there are {len(request.signatures)} files of signatures and {len(request.exposures)} of exposures"
        remedy = "Give --exposures once for each --signatures, in the same order, or not at all"
        raise UserError(problem, where="--exposures", remedy=remedy)
    if request.exposures and truth.exposures is None:
        remedy = "Name the true ones with --truth-exposures, or leave --exposures out"
        raise UserError("the true exposures are not known", where="--exposures", remedy=remedy)
    answers: list[Solution] = []
    notes = _signatures(str(request.truth_signatures))[1] if request.truth_signatures else []
    for i, path in enumerate(request.signatures):
        (signatures, warning), exposures = _signatures(path), None
        notes += warning
        if request.exposures and truth.exposures is not None:
            file = request.exposures[i]
            given = read_exposures(file, list(signatures.columns))
            exposures, note = for_patients(given, list(truth.exposures.columns), file)
            notes += [f"{file}: {note}"] if note else []
        answers.append(Solution(signatures, exposures))
    return answers, notes


def _content(
    request: Request, cohort: SimulatedCohort, truth: Solution, name: str, found: Sequence[Scored], consistency: float
) -> dict[str, Any]:
    given = cohort.catalogue if cohort.catalogue.size else cohort.signatures
    about = {
        "name": _plain(name),
        "title": name,
        "patients": max(1, cohort.exposures.shape[1]),
        "signatures": truth.signatures.shape[1],
        "sha256": counts_digest(given.to_numpy()),
    }
    title = request.name or Path(request.signatures[0]).stem
    protocol = {"rank": request.rank, "patients": "full"}
    return result({"name": _plain(title), "title": title}, about, protocol, found, consistency)


def _plain(title: str) -> str:
    """A name for files: ``_plain("My method (v2)") == "My_method_v2_"``."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", title).lstrip("_.-") or "own"


def _listed(found: Sequence[Scored]) -> str:
    numbers = sorted({of.signatures for of in found})
    return " or ".join(map(str, numbers))


def _table(found: Sequence[Scored], consistency: float, controls: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The scores, where they lie between the controls, and the controls, as aligned text."""
    table = pd.DataFrame([of.scores for of in found])
    means, spread = table.mean().to_dict(), table.std().to_dict()
    place = scaled(means, controls, TRUTH) if controls else {}
    head = ["Score", "Found", *["± sd"] * (len(found) > 1)]
    head += ["0 to 1", *(TITLES[name] for name in controls)] if controls else []
    rows = [head]
    for name, value in means.items():
        row = [SCORES[name].title, _number(value), *[_number(spread[name])] * (len(found) > 1)]
        row += [_number(place[name], 2)] if controls else []
        rows.append([*row, *(_number(of[name]) for of in controls.values())])
    if len(found) > 1:
        rows.append([SCORES["consistency"].title, _number(consistency), *[""] * (len(head) - 2)])
    note = "0 to 1: between the best negative control and the truth"
    return [*_aligned(rows), *["", note] * bool(controls)]


def _pairs(answer: Solution, truth: Solution, pairs: pd.DataFrame) -> list[str]:
    rows = [["True", "Found", "Cosine"]]
    rows += [[str(pair.truth), str(pair.found), _number(pair.cosine)] for pair in pairs.itertuples()]
    rest = [name for name in truth.signatures.columns if name not in set(pairs["truth"])]
    rows += [[str(name), "–", ""] for name in rest]
    rows += [["–", str(name), ""] for name in answer.signatures.columns if name not in set(pairs["found"])]
    return _aligned(rows)


def _number(value: float, decimals: int = 3) -> str:
    if np.isnan(value):
        return "–"
    return f"{value:.{decimals}f}" if abs(value) < 1000 else f"{value:,.0f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines
