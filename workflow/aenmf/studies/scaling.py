"""What a fit costs against the number of patients N and of signatures K, and the exponents with which the cost grows.

Two costs are measured, because they answer different questions. *iteration*: seconds per iteration, what complexities such
as O(MNK) are about. *fit*: seconds of a whole fit to the solver's own stopping rule; the number of iterations, which is no part
of a complexity, enters. Seconds per iteration are those of a fixed number of iterations; for the exponents they are those of
whole fits where all the sizes have fits that ended, as a solver may begin with iterations that are cheaper or dearer than its
later ones, and a fixed number then holds another mixture at every size. Every measurement is a process of its own.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from aenmf import formats
from aenmf.evaluation.statistics import CONFIDENCE
from aenmf.files.layout import Layout
from aenmf.losses import LOSS_TITLES
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.studies.ownprocess import Measured, in_own_process

ITERATION, FIT, MEMORY = QUANTITIES = ("iteration", "fit", "memory")
COLUMNS = [
    "variable", "size", "patients", "rank", "repeat", "quantity", "outcome", "seconds", "n_iter", "converged", "peak_mb"
]  # fmt: skip
DONE, OVER, SKIPPED = "done", "over budget", "not tried"
KEYS = ["method", "model", "solver", "loss", "variable"]
EXPONENTS = [*KEYS, "quantity", "exponent", "se", "low", "high", "smallest", "largest", "n", "paper"]
PILOT = 4
"""Iterations that tell how many fit into the budget."""
GRACE = 5
"""The fixed number of iterations may take this many times the budget of a fit, because it is never below eight."""


def resampled(catalogue: np.ndarray, n_patients: int, seed: Seed) -> np.ndarray:
    """A cohort of any size that looks like a given one.

    Patients are drawn with replacement; the mutations of each are drawn again from its own profile (multinomial, total
    kept), so that no two are equal.

    Args:
        catalogue: (M, N) counts; every patient has at least one.
        n_patients: N'.
        seed: the stream of this sample.

    Returns:
        (M, N') counts, float64, C-contiguous.
    """
    generator = seed.generator()
    drawn = generator.integers(catalogue.shape[1], size=n_patients)
    totals = np.rint(catalogue.sum(axis=0)).astype(np.int64)
    profiles = catalogue / catalogue.sum(axis=0)
    sample = generator.multinomial(totals[drawn], profiles[:, drawn].T)
    return np.ascontiguousarray(sample.T, dtype=np.float64)


def second_half(iterations: np.ndarray, seconds: np.ndarray) -> tuple[float, int]:
    """Seconds per iteration over the later half of a trajectory, and how many iterations that are.

    The first half is left out with everything that is done once: preparing arrays, loading code, and the multiplicative
    updates that some solvers begin with.

    Args:
        iterations, seconds: (T,) as in :class:`aenmf.problem.Trajectory`.
    """
    start = int(np.searchsorted(iterations, iterations[-1] / 2))
    start = min(start, len(iterations) - 2)
    done = int(iterations[-1] - iterations[start])
    return float(seconds[-1] - seconds[start]) / done, done


def _warm_up(entry: Mapping[str, Any], name: str, loss: str) -> None:
    """A few iterations on a toy problem, which load, or compile, the solver's code."""
    catalogue = Seed(0).generator().poisson(20.0, (16, 12)).astype(float)
    build_method(name, {**entry, "max_iter": PILOT, "restarts": 1}).fit([Problem(catalogue, 2, loss, Seed(0))])


def _fitted(entry: Mapping[str, Any], name: str, path: str, rank: int, loss: str, seed: Seed) -> dict[str, Any]:
    """One whole fit of the catalogue in a ``.npy`` file."""
    problem = Problem(np.load(path, allow_pickle=False), rank, loss, seed)
    [fit] = checked_fits(build_method(name, entry), [problem])
    return {"seconds": fit.seconds, "n_iter": fit.n_iter, "converged": fit.converged}


def _iterated(
    entry: Mapping[str, Any], name: str, path: str, rank: int, loss: str, seed: Seed, most: int, budget: float
) -> dict[str, Any]:
    """Seconds per iteration over a fixed number of iterations, fewer where they would not fit into the budget."""
    problem = Problem(np.load(path, allow_pickle=False), rank, loss, seed)

    def fit(n: int):
        method = build_method(name, {**entry, "tol": 0.0, "max_iter": n, "restarts": 1})
        return checked_fits(method, [problem])[0]

    began = time.perf_counter()
    fit(PILOT)
    fitting = int(0.5 * budget / (time.perf_counter() - began) * PILOT)
    course = fit(max(2 * PILOT, min(most, fitting))).trajectory
    seconds, n_iter = second_half(course.iterations, course.seconds)
    return {"seconds": seconds, "n_iter": n_iter, "converged": False}


def measure(
    name: str,
    entry: Mapping[str, Any],
    loss: str,
    catalogue: np.ndarray,
    sizes: Mapping[str, Sequence[tuple[int, int, int]]],
    *,
    iterations: int,
    repeats: int,
    budget: float,
    seed: Seed,
    report: Callable[[str], None] = lambda text: None,
) -> pd.DataFrame:
    """Measure one method entry and loss at all sizes.

    Args:
        name, entry: the method entry and its configuration.
        loss: the loss that is minimised.
        catalogue: (M, N) counts to resample.
        sizes: variable (``N``, ``K``) → (size, patients, rank) ascending.
        iterations: number of iterations that are timed for the cost per iteration.
        repeats: samples per size, each with its own resampled patients and start.
        budget: seconds a fit may take. A longer one is ended and reported as over budget; larger ones are not tried.
        seed: the cohort's stream; samples do not depend on method and loss.
        report: hears what is being measured.

    Returns:
        One row per size, repeat and quantity, columns ``COLUMNS``; seconds are per iteration or per fit.
    """
    rows = []
    ready = partial(_warm_up, entry, name, loss)
    ready()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "catalogue.npy")
        for variable, steps in sizes.items():
            exhausted = {ITERATION: False, FIT: False}
            for size, patients, rank in steps:
                for repeat in range(repeats):
                    stream = seed.child("scaling", f"patients {patients}", f"repeat {repeat}")
                    in_own_process(_save, path, catalogue, patients, stream)
                    problem = (entry, name, path, rank, loss, stream.child(f"rank {rank}"))
                    tasks: dict[str, Callable[[], Any]] = {
                        ITERATION: partial(_iterated, *problem, iterations, budget),
                        FIT: partial(_fitted, *problem),
                    }
                    for quantity, task in tasks.items():
                        front = (variable, size, patients, rank, repeat, quantity)
                        if exhausted[quantity]:
                            rows.append((*front, SKIPPED, np.nan, np.nan, False, np.nan))
                            continue
                        report(f"{variable} = {size}, repeat {repeat}, {quantity}")
                        limit = budget if quantity == FIT else GRACE * budget
                        rows.append((*front, *_outcome(in_own_process(task, limit=limit, before=ready))))
                for quantity in exhausted:
                    here = [row for row in rows if row[:2] == (variable, size) and row[5] == quantity]
                    exhausted[quantity] |= any(row[6] == OVER for row in here)
    return pd.DataFrame(rows, columns=COLUMNS)


def _save(path: str, catalogue: np.ndarray, patients: int, seed: Seed) -> None:
    np.save(path, resampled(catalogue, patients, seed))


def _outcome(measured: Measured) -> tuple:
    if not measured.in_time:
        return OVER, np.nan, np.nan, False, np.nan
    found = measured.value
    return DONE, found["seconds"], found["n_iter"], found["converged"], measured.peak_mb


def study_sizes(patients: Iterable[int], ranks: Iterable[int], n: int, k: int) -> dict[str, list[tuple[int, int, int]]]:
    """The sizes of a study: N varies at the cohort's own rank ``k``, K varies at its own number of patients ``n``."""
    return {"N": [(size, size, k) for size in sorted(patients)], "K": [(size, n, size) for size in sorted(ranks)]}


def larger_half(sizes: Sequence[float], least: int = 3) -> list[float]:
    """The larger half of the distinct sizes, at least three: small ones are ruled by costs that do not grow."""
    distinct = sorted(set(sizes))
    return distinct[-max(least, (len(distinct) + 1) // 2) :]


def exponent(sizes: np.ndarray, costs: np.ndarray) -> dict[str, float]:
    """Least-squares slope of log cost against log size.

    Args:
        sizes, costs: (n,) positive.

    Returns:
        ``exponent``, its standard error ``se``, and ``low`` and ``high`` of its 95 % interval (Student's t); all nan with
        fewer than three sizes.
    """
    if len(set(np.asarray(sizes).tolist())) < 3:
        return dict.fromkeys(("exponent", "se", "low", "high"), float("nan"))
    line = stats.linregress(np.log(sizes), np.log(costs))
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(sizes) - 2)) * line.stderr
    return {
        "exponent": float(line.slope),
        "se": float(line.stderr),
        "low": float(line.slope - reach),
        "high": float(line.slope + reach),
    }


def exponents(times: pd.DataFrame, paper: Mapping[tuple[str, str], float]) -> pd.DataFrame:
    """The exponents of all methods over the larger half of the sizes that were measured.

    Args:
        times: rows of :func:`measure` with ``method``, ``model``, ``solver`` and ``loss`` in front.
        paper: (model, variable) → the exponent that the paper states.

    Returns:
        Columns ``EXPONENTS``, a row per method, loss, variable and quantity: seconds per ``iteration`` (of whole fits, if
        some met their stopping rule at each of the larger sizes), seconds per ``fit`` (missing unless all fits met it
        within the budget), and the ``memory`` of the fixed number of iterations.
    """
    rows = []
    for keys, group in times.groupby(KEYS, sort=False):
        done = group[group["outcome"] == DONE]
        steps = done[done["quantity"] == ITERATION]
        fits = done[(done["quantity"] == FIT) & done["converged"].astype(bool)]
        whole = set(larger_half(steps["size"])) <= set(fits["size"])
        per_iteration = fits.assign(seconds=fits["seconds"] / fits["n_iter"]) if whole else steps
        for quantity, table, column in (
            (ITERATION, per_iteration, "seconds"),
            (FIT, fits, "seconds"),
            (MEMORY, steps, "peak_mb"),
        ):
            table = table[table[column] > 0]
            used = table[table["size"].isin(larger_half(table["size"]))]
            if quantity == FIT and not _all_ended(group):  # the slow ones are missing, and the slope would be too flat
                used = used.iloc[:0]
            found = exponent(used["size"].to_numpy(float), used[column].to_numpy(float))
            stated = paper.get((keys[1], keys[4]), np.nan) if quantity != MEMORY else np.nan
            rows.append((*keys, quantity, *found.values(), used["size"].min(), used["size"].max(), len(used), stated))
    return pd.DataFrame(rows, columns=EXPONENTS)


def _all_ended(group: pd.DataFrame) -> bool:
    """Whether every fit met its stopping rule within the budget."""
    fits = group[group["quantity"] == FIT]
    return bool(((fits["outcome"] == DONE) & fits["converged"].astype(bool)).all())


def layout(found: pd.DataFrame, titles: Mapping[str, str]) -> Layout:
    """The exponents as shown: a row per loss, method, solver and variable, the paper's next to ours.

    Args:
        found: the table of :func:`exponents`.
        titles: method entry → name.
    """
    rows: list[list[str]] = []
    rules = []
    for loss, of_loss in found.groupby("loss", sort=False):
        rules.append(len(rows))
        for keys, group in of_loss.groupby(["method", "solver", "variable"], sort=False):
            by = group.set_index("quantity")
            range_ = by.loc[ITERATION]
            shown = "–" if np.isnan(range_["smallest"]) else f"{range_['smallest']:.0f} to {range_['largest']:.0f}"
            paper = "–" if np.isnan(range_["paper"]) else f"{range_['paper']:g}"
            row = [LOSS_TITLES[loss], titles.get(keys[0], keys[0]), keys[1], keys[2], shown, paper]
            rows.append([*row, *(_with_error(by.loc[quantity]) for quantity in QUANTITIES)])
    return Layout(
        caption="Exponents with which the cost grows with the patients N and the signatures K, beside the paper's.",
        label="scaling",
        columns=[
            "Loss",
            "Method",
            "Solver",
            "Variable",
            "Sizes",
            "Paper",
            "Seconds per iteration",
            "Seconds per fit",
            "Memory",
        ],
        rows=rows,
        align="llllrrrrr",
        rules=rules,
        notes=[
            "Slope of log cost against log size over the larger half of the sizes, in brackets its standard error. Sizes are "
            "those of the seconds per iteration, which are of whole fits if some met their stopping rule at each of these sizes, "
            "else of a fixed number of iterations. Seconds per fit have no slope (–) where a fit did not meet its rule within "
            "the budget. Memory is the largest resident memory above that of the interpreter with its libraries."
        ],
    )


def _with_error(row: pd.Series) -> str:
    if np.isnan(row["exponent"]):
        return formats.MISSING
    return f"{row['exponent']:.2f} ({row['se']:.2f})"
