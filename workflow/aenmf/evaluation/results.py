"""Scores as data: one small JSON file per method, cohort and protocol, which tables are made from alone."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aenmf import __version__
from aenmf.errors import UserError, did_you_mean
from aenmf.evaluation.scores import COSTS, ERRORS, EXPOSURE_SCORES, SCORES, SIGNATURE_SCORES
from aenmf.files.checked_yaml import check_config, load_schema
from aenmf.files.shipped import SCHEMAS
from aenmf.files.tables import write_json

BENCHMARK_VERSION = 1
"""To be raised when a score, a cohort or the matching changes, so that results before and after are not compared."""
OF_A_SEED = (*SIGNATURE_SCORES, *EXPOSURE_SCORES, *ERRORS, *COSTS)
DIGITS = 10
"""Significant digits of the scores that are kept; the last of a sum depend on the processor."""


@dataclass(frozen=True)
class Scored:
    """The scores of one seed, and the signatures that were found."""

    seed: int
    signatures: int
    scores: Mapping[str, float]


def counts_digest(counts: np.ndarray) -> str:
    """SHA-256 of a catalogue (M, N) as little-endian int64, row by row; of fractional counts, as float64."""
    whole = np.array_equal(counts, np.rint(counts))
    return hashlib.sha256(np.ascontiguousarray(counts).astype("<i8" if whole else "<f8").tobytes()).hexdigest()


def result(
    method: Mapping[str, Any],
    cohort: Mapping[str, Any],
    protocol: Mapping[str, str],
    seeds: Sequence[Scored],
    consistency: float = math.nan,
    software: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """The content of a result file; the arguments are its sections, see ``results.schema.yaml``."""
    content: dict[str, Any] = {
        "benchmark_version": BENCHMARK_VERSION,
        "method": {"name": "", "title": "", "version": "", "configuration": {}} | dict(method),
        "cohort": dict(cohort),
        "protocol": dict(protocol),
        "software": {"aenmf": __version__} | dict(software or {}),
        "seeds": [
            {"seed": of.seed, "signatures": of.signatures, "scores": {name: _short(v) for name, v in of.scores.items()}}
            for of in seeds
        ],
    }
    return content if math.isnan(consistency) else content | {"consistency": _short(consistency)}


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def file_name(content: Mapping[str, Any]) -> str:
    """The name of a result file: method, cohort and protocol."""
    protocol = content["protocol"]
    words = (content["method"]["name"], content["cohort"]["name"], f"{protocol['rank']}-{protocol['patients']}")
    return "__".join(words) + ".json"


def protocol_title(protocol: Mapping[str, str]) -> str:
    """A protocol in tables: ``K given, full``."""
    return f"K {protocol['rank']}, {protocol['patients']}"


def write_result(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write a result file, checked.

    Raises:
        UserError: as :func:`check_result`.
    """
    check_result(content, str(path))
    write_json(path, content)


def read_result(path: str | Path) -> dict[str, Any]:
    """Read and check a result file.

    Raises:
        UserError: it cannot be read, is no JSON, or as :func:`check_result`.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=_once)
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror})"
        raise UserError(problem, where=str(path), remedy="Check the path and its spelling") from error
    except (ValueError, RecursionError) as error:
        remedy = "Write the file with aenmf score --json"
        raise UserError(f"this is not valid JSON ({error})", where=str(path), remedy=remedy) from error
    if not isinstance(content, dict):
        raise UserError("this is not a result", where=str(path), remedy="Write the file with aenmf score --json")
    check_result(content, str(path))
    return content


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(keys := [key for key, _ in pairs]) > len(set(keys)):
        raise ValueError("a key is given twice")
    return dict(pairs)


def check_result(content: Mapping[str, Any], where: str) -> None:
    """Check a result against its schema, and its scores against their declarations and each other.

    Raises:
        UserError: with the file and key, and remedy.
    """
    try:
        check_config(content, load_schema(SCHEMAS / "results.schema.yaml"))
    except UserError as error:
        place = error.where.removeprefix("config key ")
        raise UserError(error.problem, where=f"{where}, {place}", remedy=error.remedy) from error
    if content["benchmark_version"] != BENCHMARK_VERSION:
        problem = (
            f"these are scores of version {content['benchmark_version']} of the benchmark, not {BENCHMARK_VERSION}"
        )
        raise UserError(problem, where=where, remedy="Score the answers again")
    numbers = [of["seed"] for of in content["seeds"]]
    if len(set(numbers)) < len(numbers):
        raise UserError("a seed occurs twice", where=f"{where}, seeds", remedy="Remove one of them")
    for i, of in enumerate(content["seeds"]):
        _check_scores(of, content["cohort"]["signatures"], f"{where}, seeds.{i}.scores")


def _check_scores(of: Mapping[str, Any], true: int, where: str) -> None:
    values, again = of["scores"], "Score the answers again with aenmf score"
    for name, value in values.items():
        if name not in OF_A_SEED:
            raise UserError(f"unknown score {name!r}", where=where, remedy=did_you_mean(name, OF_A_SEED))
        score = SCORES[name]
        if not score.low <= value <= score.high:
            raise UserError(f"{name} is {value:g}, outside {score.low:g} to {score.high:g}", where=where, remedy=again)
    for group in (SIGNATURE_SCORES, EXPOSURE_SCORES):
        missing = [name for name in group if name not in values]
        if missing and (group is SIGNATURE_SCORES or len(missing) < len(group)):
            raise UserError(f"the score {missing[0]!r} is missing", where=where, remedy=again)
    hits = values["ppv"] * of["signatures"]
    expected = {
        "tpr": hits / true,
        "f1": 2 * hits / (of["signatures"] + true),
        "composite": values["ppv"] + values["tpr"] + values["cosine"],
        "k_error": of["signatures"] - true,
    }
    for name, value in expected.items():
        if not math.isclose(values[name], value, rel_tol=1e-6, abs_tol=1e-6):
            problem = f"{name} is {values[name]:g}, and {value:g} follows from the other scores"
            raise UserError(problem, where=where, remedy=again)


def read_results(folder: str | Path, submitted: Sequence[str | Path] = ()) -> list[dict[str, Any]]:
    """All results of a folder, by the names of their files, and those that were submitted.

    Raises:
        UserError: there is none, one is not in order, two are of the same method, cohort and protocol, or two of one cohort are
            of different data.
    """
    paths = [*sorted(Path(folder).glob("*.json")), *map(Path, submitted)]
    if not paths:
        raise UserError("there are no results", where=str(folder), remedy="Put files of aenmf score --json there")
    results = [read_result(path) for path in paths]
    places: dict[str, Path] = {}
    data: dict[str, str] = {}
    for path, content in zip(paths, results, strict=True):
        name, cohort = file_name(content), content["cohort"]
        if name in places:
            problem = f"{places[name].name} holds the same method, cohort and protocol"
            raise UserError(problem, where=str(path), remedy="Remove one of them, or rename its method")
        if data.setdefault(cohort["name"], cohort["sha256"]) != cohort["sha256"]:
            problem = f"other results of the cohort {cohort['name']!r} are of other data"
            raise UserError(problem, where=str(path), remedy="Score all methods on the same data")
        places[name] = path
    return results


def results_table(results: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Results as a long table: ``method``, ``title``, ``cohort``, ``protocol``, ``processor``, ``seed``, ``score`` and ``value``.

    The processor, on which seconds depend, is empty where a result does not name it. The consistency, which is of all seeds
    together, has no seed. Protocols in which K is given come first.
    """
    rows = []
    for content in sorted(results, key=lambda content: content["protocol"]["rank"] != "given"):
        protocol = protocol_title(content["protocol"])
        made_on = content["software"].get("processor") or ""
        front = (content["method"]["name"], content["method"]["title"], content["cohort"]["name"], protocol, made_on)
        for of in content["seeds"]:
            rows += [(*front, of["seed"], name, value) for name, value in of["scores"].items()]
        if "consistency" in content:
            rows.append((*front, None, "consistency", content["consistency"]))
    table = pd.DataFrame(rows, columns=["method", "title", "cohort", "protocol", "processor", "seed", "score", "value"])
    return table.astype({"seed": "Int64"})


def autoencoders(results: Sequence[Mapping[str, Any]]) -> set[str]:
    """The names of the methods that say they are autoencoders."""
    return {content["method"]["name"] for content in results if content["method"].get("autoencoder")}
