"""Reading the published matrices whatever their blemishes, and reporting every blemish that a check finds.

The archive has a folder per cohort and in it, per method and split, ``<method>_<split>_sigs.csv`` (96 × K) and
``<method>_<split>_exp.csv`` (K × training patients), both with numbers for row and column names. A file that departs
from this is read as what it can only be, and the departure is reported; what cannot be read is a user error.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS, N_CHANNELS
from aenmf.data.spellings import parse_channel
from aenmf.errors import UserError

METHODS = {"nmf": "nmf", "cvx": "cnmf", "AEFPabs": "aenmf"}
"""The authors' name of a method in file names → the name used here. AEFPabs: absolute value in the forward pass."""

KINDS = {"sigs": "signatures", "exp": "exposures"}
PROPER = re.compile(r"(?P<method>[A-Za-z]+)_(?P<split>0|[1-9]\d*)_(?P<kind>sigs|exp)\.csv")
LENIENT = re.compile(r"(?P<method>[A-Za-z]+)_(?P<split>\d+)_(?P<kind>sigs?|exps?)\.csv", re.IGNORECASE)
BLEMISH_COLUMNS = ["file", "what", "consequence"]

SUM_TOLERANCE = 1e-6
"""How far a signature's sum may lie from 1 before it is a blemish; the files have all digits of float64."""

IDLE = 1e-9
"""Largest share of the reconstructed mutations with which a signature counts as unused."""

PARALLEL = 1e-9
"""1 − cosine below which two signatures of one fit count as one and the same direction."""


@dataclass(frozen=True)
class Blemish:
    """Something in the archive that is not as the rest, and what follows for a reader."""

    file: str
    what: str
    consequence: str


@dataclass(frozen=True)
class PublishedFit:
    """One published fit.

    Attributes:
        method: ``nmf``, ``cnmf`` or ``aenmf``.
        split: 0 … 29.
        signatures: (96, K), rows in canonical channel order, columns as in the file.
        exposures: (K, n) of the n training patients, rows and columns as in the file.
        signatures_file, exposures_file: relative to the archive.
    """

    method: str
    split: int
    signatures: np.ndarray
    exposures: np.ndarray
    signatures_file: str
    exposures_file: str


@dataclass(frozen=True)
class PublishedCohort:
    """All published fits of a cohort: ``fits[method][split]``, and the blemishes of its files."""

    cohort: str
    fits: dict[str, dict[int, PublishedFit]]
    blemishes: list[Blemish] = field(default_factory=list)


def row_channels(catalogue: str | Path) -> list[str]:
    """The channels in the row order of a catalogue file: the published signatures follow it, without saying so."""
    with open(catalogue, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    channels = [parse_channel(row[0]) for row in rows[1:] if row]
    if sorted(channels) != sorted(CHANNELS):
        raise UserError(
            f"{len(set(channels))} different channels in {len(channels)} rows",
            where=str(catalogue),
            remedy="Give the catalogue with one row for each of the 96 channels",
        )
    return channels


def read_published(
    folder: str | Path, cohort: str, rank: int, n_splits: int, channels: Sequence[str]
) -> PublishedCohort:
    """Read all published fits of one cohort.

    Args:
        folder: the archive's folder, with a folder per cohort.
        cohort: name of the cohort, in lower case; its folder is capitalised.
        rank: number of signatures K that every file must have.
        n_splits: number of splits per method that there must be.
        channels: the channels in the row order of the files, from :func:`row_channels`.

    Raises:
        UserError: a file is missing or double, is not a table of finite non-negative numbers, or has another shape.
    """
    directory = Path(folder) / cohort.capitalize()
    if not directory.is_dir():
        remedy = "Name a data_dir whose published/ folder has the cohort, or leave it empty to download the archive"
        raise UserError("there is no such folder", where=str(directory), remedy=remedy)
    found, blemishes = find_files(directory, n_splits)
    order = [list(channels).index(channel) for channel in CHANNELS]
    fits: dict[str, dict[int, PublishedFit]] = {method: {} for method in METHODS.values()}
    for method in fits:
        for split in range(n_splits):
            paths = [found[method, split, kind] for kind in KINDS]
            names = [f"{directory.name}/{path.name}" for path in paths]
            signatures, notes = read_numbers(paths[0], (N_CHANNELS, rank), names[0])
            exposures, more = read_numbers(paths[1], (rank, None), names[1])
            blemishes += notes + more
            fits[method][split] = PublishedFit(method, split, signatures[order], exposures, *names)
    cohort_fits = PublishedCohort(cohort, fits, blemishes)
    check_sizes(cohort_fits, directory)
    blemishes += [blemish for of_method in fits.values() for fit in of_method.values() for blemish in check_fit(fit)]
    blemishes += same_content(directory)
    blemishes += [
        Blemish(f"{directory.name}/*_sigs.csv", "rows are numbered, not named by channel",
                "read in the row order of the catalogue file; the exact matches of the exposures confirm it"),
        Blemish(f"{directory.name}/*_exp.csv", "columns are numbered, not named by patient",
                "the training patients have to be recovered from the exposures"),
    ]  # fmt: skip
    return cohort_fits


def find_files(directory: Path, n_splits: int) -> tuple[dict[tuple[str, int, str], Path], list[Blemish]]:
    """Which file holds which method, split and kind.

    A name that is not of the proper form is read leniently; if its number is taken or out of range, the file stands
    for the only split of its method and kind that has none.

    Raises:
        UserError: a split has no file, or a file's place is unclear.
    """
    found: dict[tuple[str, int, str], Path] = {}
    odd: list[tuple[Path, re.Match]] = []
    blemishes = []
    for path in sorted(directory.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        proper, lenient = PROPER.fullmatch(path.name), LENIENT.fullmatch(path.name)
        if proper and proper["method"] in METHODS and int(proper["split"]) < n_splits:
            found[METHODS[proper["method"]], int(proper["split"]), proper["kind"]] = path
        elif lenient and lenient["method"] in METHODS:
            odd.append((path, lenient))
        else:
            blemishes.append(Blemish(f"{directory.name}/{path.name}", "not one of the methods' files", "left out"))
    for path, name in odd:
        method, kind = METHODS[name["method"]], "sigs" if name["kind"].lower().startswith("sig") else "exp"
        vacant = [split for split in range(n_splits) if (method, split, kind) not in found]
        split = int(name["split"])
        if split not in vacant:
            if len(vacant) != 1:
                remedy = f"Name it <method>_<split>_{kind}.csv, split 0 to {n_splits - 1}"
                raise UserError(f"splits {vacant} lack such a file, so its split cannot be told", where=str(path),
                                remedy=remedy)  # fmt: skip
            split = vacant[0]
        found[method, split, kind] = path
        expected = f"{name['method']}_{split}_{kind}.csv"
        what = f"the name is not {expected}, the only one missing"
        blemishes.append(Blemish(f"{directory.name}/{path.name}", what, f"read as {expected}"))
    for short, method in METHODS.items():
        for split in range(n_splits):
            for kind in KINDS:
                if (method, split, kind) not in found:
                    remedy = "Restore the file from the published archive"
                    raise UserError("the file is missing", where=f"{directory}/{short}_{split}_{kind}.csv",
                                    remedy=remedy)  # fmt: skip
    return found, blemishes


def read_numbers(path: Path, shape: tuple[int | None, int | None], name: str) -> tuple[np.ndarray, list[Blemish]]:
    """A published table as an array of the given shape (None: any size), turned over where rows and columns are swapped.

    Denormal numbers become zero: they are what multiplicative updates leave of entries on their way to zero.

    Raises:
        UserError: it is no table of finite non-negative numbers, or has another shape.
    """
    remedy = "Restore the file from the published archive"
    try:
        array = pd.read_csv(path, index_col=0).to_numpy(dtype=np.float64)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise UserError(f"the table cannot be read ({error})", where=str(path), remedy=remedy) from error
    if not (np.isfinite(array).all() and (array >= 0).all()):
        raise UserError("an entry is missing, infinite or negative", where=str(path), remedy=remedy)
    blemishes = []
    if not _fits(array.shape, shape):
        if not _fits(array.shape[::-1], shape):
            wanted = " × ".join("any" if size is None else str(size) for size in shape)
            problem = f"the table is {array.shape[0]} × {array.shape[1]}, not {wanted}"
            raise UserError(problem, where=str(path), remedy=remedy)
        array = array.T
        blemishes.append(Blemish(name, "rows and columns are swapped", "turned over"))
    denormal = (array > 0) & (array < np.finfo(np.float64).tiny)
    if denormal.any():
        what = f"{int(denormal.sum())} of {array.size} entries are denormal numbers (below 2.2e-308)"
        blemishes.append(Blemish(name, what, "read as zero"))
    return np.ascontiguousarray(np.where(denormal, 0.0, array)), blemishes


def _fits(found: tuple[int, ...], wanted: tuple[int | None, int | None]) -> bool:
    return all(size is None or size == has for has, size in zip(found, wanted, strict=True))


def check_sizes(cohort: PublishedCohort, directory: Path) -> None:
    """All splits of all methods must have equally many training patients.

    Raises:
        UserError: naming a file that differs from most.
    """
    sizes = [(fit.exposures.shape[1], fit) for fits in cohort.fits.values() for fit in fits.values()]
    usual = Counter(size for size, _ in sizes).most_common(1)[0][0]
    for size, fit in sizes:
        if size != usual:
            raise UserError(
                f"exposures of {size} training patients, but {usual} in most files",
                where=str(directory.parent / fit.exposures_file),
                remedy="Restore the file from the published archive",
            )


def check_fit(fit: PublishedFit) -> list[Blemish]:
    """Blemishes of one fit that its numbers show: sums other than 1, unused signatures, signatures of one direction."""
    blemishes = []
    sums = fit.signatures.sum(axis=0)
    for k in np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE):
        what = f"signature {k} sums to {sums[k]:.6g}, not 1"
        blemishes.append(Blemish(fit.signatures_file, what, "used as it is"))
    totals = fit.exposures.sum(axis=1)
    for row in np.flatnonzero(totals <= IDLE * totals.sum()):
        share = totals[row] / totals.sum()
        what = f"row {row} holds a share of {share:.1e} of all exposures: a signature that nobody uses"
        blemishes.append(Blemish(fit.exposures_file, what, "the fit has effectively one signature less"))
    lengths = np.linalg.norm(fit.signatures, axis=0)
    unit = fit.signatures / np.where(lengths > 0, lengths, 1.0)
    cosines = np.einsum("ma,mb->ab", unit, unit)
    for a, b in zip(*np.triu_indices(len(cosines), k=1), strict=True):
        if cosines[a, b] > 1 - PARALLEL:
            what = f"signatures {a} and {b} are the same direction (cosine {cosines[a, b]:.12f})"
            consequence = "only the sum of their exposures is determined"
            blemishes.append(Blemish(fit.signatures_file, what, consequence))
    return blemishes


def same_content(directory: Path) -> list[Blemish]:
    """Files with the same bytes under different names."""
    seen: dict[str, str] = {}
    blemishes = []
    for path in sorted(directory.glob("*.csv")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in seen:
            what = f"the same content as {seen[digest]}"
            blemishes.append(Blemish(f"{directory.name}/{path.name}", what, "both are read as they are"))
        seen.setdefault(digest, path.name)
    return blemishes


def blemish_table(blemishes: Sequence[Blemish]) -> pd.DataFrame:
    """The blemishes as a table, in the order found."""
    return pd.DataFrame([(b.file, b.what, b.consequence) for b in blemishes], columns=BLEMISH_COLUMNS)
