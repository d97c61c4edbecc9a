"""Reading tables of exposures in the formats that tools write.

Accepted, as CSV, TSV or semicolon-separated text, also gzipped: one row per signature and one column per patient, as SynSigGen
and this project write them, or the other way round, as the activities of SigProfilerExtractor and the outputs of MUSE-XAE. The
names of the signatures tell which.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.data.cells import some
from aenmf.errors import UserError

LEAST_MUTATIONS = 1.5
"""Where no tumour has more than this, the numbers are shares."""


def read_exposures(path: str | Path, signatures: Sequence[str]) -> pd.DataFrame:
    """Read exposures to signatures of given names.

    Args:
        path: the file.
        signatures: their names.

    Returns:
        Index ``signature`` in the order of ``signatures``, one column per patient under its name, in mutations.

    Raises:
        UserError: the file cannot be read, is no table of numbers, lacks a signature or has others, names one twice, or holds
            negative numbers or shares.
    """
    table = _numbers(path)
    if set(signatures) <= set(table.columns) and not set(signatures) <= set(table.index):
        table = table.T
    missing = [name for name in signatures if name not in table.index]
    unknown = [name for name in table.index if name not in set(signatures)]
    if missing:
        remedy = f"The signatures are called {some(list(signatures))}; give one row, or one column, for each"
        raise UserError(f"there are no exposures to {some(missing)}", where=str(path), remedy=remedy)
    if unknown:
        remedy = "Remove these rows, or columns, or add the signatures to the other file"
        raise UserError(f"{some(unknown)} is none of the signatures", where=str(path), remedy=remedy)
    for names, noun in ((table.index, "signature"), (table.columns, "patient")):
        if names.has_duplicates:
            problem = f"the {noun} {names[names.duplicated()][0]!r} occurs twice"
            raise UserError(problem, where=str(path), remedy="Give each a name of its own")
    if table.sum(axis=0).max() <= LEAST_MUTATIONS:
        problem = "the exposures of every patient sum to about 1 at most: these are shares, not mutations"
        raise UserError(problem, where=str(path), remedy="Multiply them by the mutations of each patient")
    return table.loc[list(signatures)].rename_axis("signature")


def _numbers(path: str | Path) -> pd.DataFrame:
    """The cells of the table as numbers ≥ 0."""
    try:
        head = pd.read_csv(path, header=None, sep="\x01", nrows=1, dtype=str, quoting=3).iloc[0, 0]
        marks = {mark: str(head).count(mark) for mark in "\t;,"}
        text = pd.read_csv(path, sep=max(marks, key=lambda mark: marks[mark]), index_col=0, dtype=str)
    except OSError as error:
        problem = f"the file cannot be read ({error.strerror or error})"
        raise UserError(problem, where=str(path), remedy="Check the path and its spelling") from error
    except (ValueError, EOFError) as error:  # pandas' own errors are ValueErrors
        problem = f"this is not a table ({' '.join(str(error).split())})"
        raise UserError(problem, where=str(path), remedy="Give CSV or TSV text with a header") from error
    if (label := text.index.name) and label not in text.columns:
        # MUSE-XAE may head the patients' numbers like its first signature, which pandas then calls another one.
        text = text.rename(columns={f"{label}.1": label})
    text = text.loc[:, ~(text.columns.str.match(r"Unnamed: \d+$") & text.isna().all(axis=0))]
    values = text.apply(pd.to_numeric, errors="coerce")
    bad = ~(np.isfinite(values.to_numpy(dtype=float)) & (values.to_numpy(dtype=float) >= 0))
    if not values.size:
        raise UserError("the table has no numbers", where=str(path), remedy="Give one row for each signature")
    if bad.any():
        row, column = np.argwhere(bad)[0]
        where = f"{path}, row {row + 2} ({text.index[row]}), column {text.columns[column]!r}"
        cell = text.iloc[row, column]
        problem = "the cell is empty" if pd.isna(cell) else f"{cell!r} is not a number of mutations"
        raise UserError(problem, where=where, remedy="Give finite numbers that are not negative")
    values.index, values.columns = values.index.map(str), values.columns.map(str)
    return values


def for_patients(exposures: pd.DataFrame, patients: Sequence[str], where: str) -> tuple[pd.DataFrame, str]:
    """Exposures under the names of a cohort's patients, in their order.

    Columns that are only numbered, as MUSE-XAE leaves them, are taken in the order of the file.

    Returns:
        The exposures, and a note where the order decided; else an empty text.

    Raises:
        UserError: a patient is missing, or others are there.
    """
    given, wanted = list(exposures.columns), list(patients)
    counted = [str(i) for i in range(len(given))], [str(i + 1) for i in range(len(given))]
    if given in counted and set(given) != set(wanted):
        if len(given) != len(wanted):
            problem = f"the patients of the file are numbered, {len(given)} in all, and the cohort has {len(wanted)}"
            raise UserError(problem, where=where, remedy="Give all patients of the cohort, under their names")
        note = f"the {len(given)} patients are numbered, and were taken in the order of the cohort"
        return exposures.set_axis(wanted, axis=1), note
    missing = [name for name in wanted if name not in set(given)]
    others = [name for name in given if name not in set(wanted)]
    if missing or others:
        problem = (
            f"the patients {some(missing)} are missing" if missing else f"the cohort has no patients {some(others)}"
        )
        remedy = f"Give all patients of the cohort and no others; its first one is {wanted[0]!r}"
        raise UserError(problem, where=where, remedy=remedy)
    return exposures[wanted], ""
