"""The user's own cohorts: a catalogue file, or VCF or MAF files, and optionally the true signatures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.data.catalogues import Catalogue, read_catalogue
from aenmf.data.cells import some
from aenmf.data.entries import Cohort, DataFile
from aenmf.data.fetch import Resolved, resolve
from aenmf.data.mutationfiles import counted, mutation_files
from aenmf.data.references import SUM_TOLERANCE, read_signatures
from aenmf.errors import UserError
from aenmf.formats import counted as counted_as

LEAST_COLUMNS = 3
"""Fewer columns may have the same sum, or add up to another one, by chance."""
SUMMARIES = {"total", "totals", "grandtotal", "sum", "sums", "rowsum", "rowsums", "overall"}
SUMMARIES |= {"mean", "means", "rowmean", "rowmeans", "average", "averages", "avg"}
"""Headings of columns that sum up the others, in lower-case letters."""
STATISTICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "median": lambda matrix: np.median(matrix, axis=1),
    "max": lambda matrix: matrix.max(axis=1),
    "min": lambda matrix: matrix.min(axis=1),
    "sd": lambda matrix: matrix.std(axis=1, ddof=1),
}
"""Further columns that sum up the others, by their heading."""
STATISTICS |= {
    "maximum": STATISTICS["max"],
    "minimum": STATISTICS["min"],
    "std": STATISTICS["sd"],
    "stdev": STATISTICS["sd"],
}
LEAST_SUM = 1.5
"""Fractions that sum to less are no counts."""
COUNTED = 20
"""Where the median patient has so many mutations, a column of fractions is none; rates per megabase are smaller."""
MOST_COUNTS = 1e12
"""No cell holds more mutations: a genome has a few thousand million bases. Squares of much more overflow."""


def is_own(data: DataFile | None) -> bool:
    """Whether a catalogue is the user's own."""
    return data is not None and data.kind in ("own", "vcf")


def input_files(data: DataFile | None) -> list[str]:
    """The user's files that the catalogue of an own cohort is made from; none for the cohorts of the registry."""
    if data is None or not is_own(data):
        return []
    return [str(path) for path in mutation_files(data)] if data.kind == "vcf" else [data.path]


def check_paths(cohort: Cohort) -> None:
    """Check that Snakemake can take the user's paths as they are; to it, braces are wildcards.

    Raises:
        UserError: a path holds braces or a line break.
    """
    for path in (*input_files(cohort.data), cohort.truth):
        if any(mark in path for mark in "{}\n\r"):
            where = f"config key own_cohorts.{cohort.cohort}"
            raise UserError(f"the path {path!r} holds braces or a line break", where=where, remedy="Rename it")


def own_catalogue(data: DataFile, empty_samples: str) -> tuple[Resolved, Catalogue]:
    """Find, or count, and check the catalogue of an own cohort.

    Raises:
        UserError: with the file or key, and remedy.
    """
    if data.kind == "vcf":
        return counted(data, empty_samples)
    where = f"config key own_cohorts.{data.name}.file"
    path = Path(data.path)
    if path.is_dir():
        remedy = "Name the file of the catalogue; a folder of VCF files goes under vcf_folder"
        raise UserError(f"{data.path!r} is a directory", where=where, remedy=remedy)
    if not path.exists():
        remedy = f"Correct the path; it is looked up from {Path.cwd()}"
        raise UserError(f"there is no file {data.path!r}", where=where, remedy=remedy)
    if not path.is_file():
        remedy = "Save the catalogue as a file: it is read several times"
        raise UserError(f"{data.path!r} is a pipe or a device", where=where, remedy=remedy)
    found = resolve(data)
    catalogue = read_catalogue(found.path, empty_samples=empty_samples)
    check_counts(catalogue)
    return found, catalogue


def check_counts(catalogue: Catalogue) -> None:
    """Check that a catalogue holds counts of patients, as far as one can tell.

    Raises:
        UserError: every column has the same sum and fractions, as proportions and percentages have, or less than 1.5
            mutations; a column next to counts holds fractions; a cell is beyond any genome; or a column is the sum or the mean
            of all others (at least three, unless its heading says so), or another statistic that its heading names.
    """
    where, matrix = str(catalogue.path), catalogue.matrix
    sums, n = matrix.sum(axis=0), matrix.shape[1]
    fractional = bool((matrix != np.floor(matrix)).any())
    alike = fractional and n >= LEAST_COLUMNS and np.ptp(sums) <= SUM_TOLERANCE * sums.mean()
    if alike or sums.max() < LEAST_SUM:
        problem = f"the values of every sample sum to about {sums.mean():,.0f}: these are proportions, not counts"
        if not alike:
            low, high = sums.min(), sums.max()
            problem = (
                f"the values of every sample sum to less than 1.5 ({low:.2g} to {high:.2g}): these are proportions"
            )
            problem += " or rates, not counts"
        raise UserError(problem, where=where, remedy="Give numbers of mutations")
    if odd := [catalogue.samples[column] for column in np.flatnonzero(_fractions(matrix))]:
        problem = f"{counted_as(len(odd), 'column')} of fractions next to counts, and no patients: {some(odd)}"
        raise UserError(problem, where=f"{where}, header", remedy="Remove what is no patient's numbers of mutations")
    if matrix.max() > MOST_COUNTS:
        problem = f"there are counts up to {matrix.max():.3g}, more than any genome has bases"
        raise UserError(problem, where=where, remedy="Give numbers of mutations, without any scaling")
    if found := _summary(catalogue):
        column, what, others = found
        problem = (
            f"the column {catalogue.samples[column]!r} is the {what} of the other {others} columns, and no patient"
        )
        raise UserError(problem, where=f"{where}, header", remedy="Remove the column")


def _fractions(matrix: np.ndarray) -> np.ndarray:
    """Which columns next to counts hold fractions that sum to little; a pseudocount in every cell is another matter."""
    sums = matrix.sum(axis=0)
    if np.median(sums) < COUNTED:
        return np.zeros(len(sums), dtype=bool)
    return (matrix.max(axis=0) < 1) & (sums < LEAST_SUM) & (np.ptp(matrix, axis=0) > 0)


def _summary(catalogue: Catalogue) -> tuple[int, str, int] | None:
    """The column that is the sum or the mean of the others, which of both it is, and of how many."""
    matrix, n, n_empty = catalogue.matrix, len(catalogue.samples), len(catalogue.dropped)  # a mean is of the empty too
    total = matrix.sum(axis=1, keepdims=True)
    for what, factor in (("sum", 1), ("mean", n - 1 + n_empty)):
        same = np.isclose(factor * matrix, total - matrix, rtol=1e-6, atol=1e-6).all(axis=0)
        if n > LEAST_COLUMNS and same.sum() == 1:  # copies of one patient are all the mean of the others
            return int(same.argmax()), what, n - 1
    headed = [i for i, name in enumerate(catalogue.samples) if re.sub("[^a-z]", "", name.lower()) in SUMMARIES]
    patients = np.delete(matrix, headed, axis=1)  # a mean is not of the total next to it
    for what, factor in (("sum", 1), ("mean", max(1, patients.shape[1] + n_empty))):
        expected = patients.sum(axis=1) / factor
        for column in headed:
            if (np.abs(matrix[:, column] - expected) <= 0.5 + 1e-6 * expected).all():  # may be rounded to whole numbers
                return column, what, patients.shape[1]
    for column, name in enumerate(catalogue.samples):
        statistic = STATISTICS.get(re.sub("[^a-z]", "", name.lower()))
        others = np.delete(matrix, column, axis=1)
        if statistic and n > LEAST_COLUMNS and np.allclose(matrix[:, column], statistic(others), rtol=0, atol=0.5):
            return column, name.lower(), n - 1
    return None


def own_truth(cohort: Cohort) -> pd.DataFrame | None:
    """The true signatures of an own cohort (96 channels × signatures), or None where it names none.

    Raises:
        UserError: the file is missing, or holds no signatures.
    """
    if not cohort.truth:
        return None
    if not Path(cohort.truth).is_file():
        where = f"config key own_cohorts.{cohort.cohort}.truth"
        raise UserError(f"there is no file {cohort.truth!r}", where=where, remedy="Correct the path, or remove the key")
    return read_signatures(cohort.truth)
