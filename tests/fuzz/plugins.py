"""Methods of a user's that return anything: what is accepted can be kept, read again and evaluated."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from aenmf.files.fits import load_fits, save_fits
from aenmf.losses import PAPER_LOSSES, measure
from aenmf.methods.checked import checked_fits
from aenmf.methods.contract import example
from aenmf.methods.nmf import NMF
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.problem import Fit, Trajectory
from aenmf.solvers.refit import refit
from fuzz.outcomes import Tally, outcome

ARRAYS: dict[str, Callable[[np.ndarray], Any]] = {
    "the same": lambda a: a,
    "nan": lambda a: np.where(np.arange(a.size).reshape(a.shape) == 1, np.nan, a),
    "infinite": lambda a: np.where(np.arange(a.size).reshape(a.shape) == 1, np.inf, a),
    "negative": lambda a: -a,
    "just below zero": lambda a: np.where(np.arange(a.size).reshape(a.shape) == 1, -1e-300, a),
    "transposed": lambda a: a.T,
    "a column more": lambda a: np.concatenate([a, a[:, :1]], axis=1) if a.ndim == 2 else a,
    "a row less": lambda a: a[1:],
    "of one dimension more": lambda a: a[None],
    "flat": lambda a: a.ravel(),
    "huge": lambda a: a * 1e300,
    "tiny": lambda a: a * 1e-300,
    "zero": lambda a: a * 0,
    "whole numbers": lambda a: a.astype(int),
    "single precision": lambda a: a.astype(np.float32),
    "complex": lambda a: a.astype(complex),
    "objects": lambda a: a.astype(object),
    "text": lambda a: a.astype(str),
    "a list": lambda a: a.tolist(),
    "a matrix": lambda a: np.asmatrix(a) if a.ndim == 2 else a,
    "masked": lambda a: np.ma.masked_less(a, np.median(a) if a.size else 0),
    "backwards": lambda a: a[::-1],
    "in the other order": np.asfortranarray,
    "nothing": lambda a: np.zeros(0),
    "None": lambda a: None,
    "a word": lambda a: "signatures",
}
SCALARS: list[Any] = [
    None,
    "x",
    "",
    0,
    -1,
    1e300,
    10**30,
    float("nan"),
    float("inf"),
    True,
    1.5,
    np.float32(1),
    np.array([1.0]),
]
SCALARS += [np.array(1), np.zeros((2, 2)), [1], {}, object(), 1j, b"x"]
RESULTS: dict[str, Callable[[list[Fit]], Any]] = {
    "nothing": lambda fits: None,
    "one less": lambda fits: fits[:-1],
    "one more": lambda fits: [*fits, fits[0]],
    "a tuple": tuple,
    "a generator": iter,
    "a mapping": lambda fits: dict(enumerate(fits)),
    "one fit": lambda fits: fits[0],
    "mappings": lambda fits: [vars(fit) for fit in fits],
    "arrays": lambda fits: [fit.signatures for fit in fits],
}
ERRORS: list[BaseException] = [
    ValueError("two\nlines"),
    KeyError("x"),
    ZeroDivisionError(),
    AssertionError(),
    RecursionError("x" * 9999),
]
ERRORS += [
    MemoryError(),
    SystemExit(0),
    StopIteration(),
    FileNotFoundError(2, "no such file"),
    OSError(28, "disk full"),
]


class Wrong(RefittedMethod):
    """A right method but for one thing."""

    model = "wrong"
    architecture = NMF.architecture

    def __init__(self, spoil: Callable[[Any, list[Fit]], Any], where: str = "") -> None:
        super().__init__()
        self.spoil, self.where = spoil, where

    def extract(self, matrix, n_signatures, seed):
        found = seed.child("x").generator().random((len(matrix), n_signatures))
        return Extraction(
            self.spoil(None, found) if self.where == "extract" else found, extras={"mine": np.arange(3.0)}
        )

    def fit(self, problems, report=None):
        fits = super().fit(problems, report)
        return fits if self.where == "extract" else self.spoil(problems, fits)


def spoilt(rng: random.Random) -> tuple[str, Wrong]:
    """A method, and what is wrong with it."""
    kind = rng.choice(("array", "array", "scalar", "result", "error", "extract", "extras", "trajectory", "input"))
    name = rng.choice(list(ARRAYS))
    part = rng.choice(("signatures", "exposures"))
    which = rng.randrange(2)

    def one(fits: list[Fit], **changes: Any) -> list[Fit]:
        return [replace(fit, **changes) if number == which else fit for number, fit in enumerate(fits)]

    if kind == "array":
        return f"{part} {name}", Wrong(lambda _, fits: one(fits, **{part: ARRAYS[name](getattr(fits[which], part))}))
    if kind == "scalar":
        part, value = rng.choice([field.name for field in fields(Fit)]), rng.choice(SCALARS)
        return f"{part} {value!r}", Wrong(lambda _, fits: one(fits, **{part: value}))
    if kind == "result":
        name = rng.choice(list(RESULTS))
        return name, Wrong(lambda _, fits: RESULTS[name](fits))
    if kind == "error":
        error = rng.choice(ERRORS)
        return repr(error)[:50], Wrong(lambda *_: _raise(error), rng.choice(("extract", "")))
    if kind == "extract":
        return f"extract {name}", Wrong(lambda _, found: ARRAYS[name](found), "extract")
    if kind == "extras":
        value = rng.choice((ARRAYS[name](np.arange(6.0).reshape(2, 3)), rng.choice(SCALARS)))
        key = rng.choice(("mine", "splits", "signatures", "kkt", "a/b", "", "../x", "file", "trajectory_losses", 3))
        return f"extras {key!r} {name}", Wrong(lambda _, fits: [replace(fit, extras={key: value}) for fit in fits])
    if kind == "trajectory":
        parts = [rng.choice((np.arange(3.0), ARRAYS[name](np.arange(3.0)), rng.choice(SCALARS))) for _ in range(3)]
        return f"trajectory {name}", Wrong(lambda _, fits: one(fits, trajectory=Trajectory(*parts)))

    def write(problems: Any, fits: list[Fit]) -> list[Fit]:
        problems[which].catalogue[:] = 0
        return fits

    return "the input written to", Wrong(write)


def each_scalar() -> Iterator[tuple[str, Wrong]]:
    """A method for each part of a fit and each value that may be given for it."""
    for part, value in itertools.product([field.name for field in fields(Fit)], SCALARS):
        yield (
            f"{part} {value!r}",
            Wrong(lambda _, fits, part=part, value=value: [fits[0], replace(fits[1], **{part: value})]),
        )


def _raise(error: BaseException) -> Any:
    raise error


def fuzz(number: int, seed: int, folder: Path) -> Tally:
    """Fit, keep, read and evaluate with so many wrong methods, in the working directory of the process."""
    return tried((spoilt(random.Random(f"{seed} method {case}")) for case in range(number)), folder)


def tried(methods: Iterable[tuple[str, Wrong]], folder: Path) -> Tally:
    """How each of some methods ends, given what is wrong with it."""
    tally, paths = Tally("methods", folder), (Path("fits.npz"), Path("seconds.npz"))
    for case, ((what, method), loss) in enumerate(zip(methods, itertools.cycle(PAPER_LOSSES))):

        def read(method=method, loss=loss):
            problems = [example(loss, split, 10) for split in (0, 1)]
            fits = checked_fits(method, problems)
            save_fits(*paths, [0, 1], fits)
            return problems, fits, load_fits(paths[:1], paths[1:])

        def differs(result):
            for problem, fit, (split, again) in zip(*result[:2], result[2].items(), strict=True):
                refit(problem.loss, problem.catalogue, again.signatures)
                errors = [
                    measure(name, problem.catalogue, again.signatures @ again.exposures) for name in ("mse", "kld")
                ]
                if not np.isfinite(errors[0]) or np.isnan(errors[1]) or min(errors) < -1e-9:
                    return f"the errors are {errors}"
                same = np.array_equal(fit.signatures, again.signatures) and np.array_equal(
                    fit.exposures, again.exposures
                )
                if not same or set(again.extras) != set(fit.extras):
                    return "what was read is not what was kept"
                if not np.array_equal(problem.catalogue, example(problem.loss, split, 10).catalogue):
                    return "the patients are others"
            return ""

        kind, detail = outcome(read, differs)
        tally.add(str(case), kind, f"{what}: {detail}", what.encode())
    return tally
