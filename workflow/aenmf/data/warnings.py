"""What a user should know about a cohort before it is fitted, though nothing forbids it."""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np

from aenmf.data.catalogues import Catalogue
from aenmf.data.cells import some
from aenmf.data.splits import train_size
from aenmf.data.subtotals import sums_of_blocks
from aenmf.formats import counted

FEW = 20
"""Mutations below which a patient says little: so many, drawn from the flat SBS5, have a mean cosine similarity of 0.5 to it
(from 50: 0.7), and leave four of five channels empty. From so many on, equal counts are no chance either."""
PSEUDOCOUNT = 1e-6
"""How far fractions may differ to be the same one: a pseudocount is one number, written with at least so many digits."""

ROUNDED = 12
"""How far the sum of 96 rounded percentages may be from the whole: four standard deviations of 96 numbers from -0.5 to 0.5."""
SCALED = {
    100: "percentages",
    1000: "parts of a thousand",
    10_000: "parts of ten thousand",
    1_000_000: "counts per million",
}
"""What scaled counts sum to, and what they are called."""
LARGEST_UNIT = 0.1
"""Least value of counts that were divided by megabases: what is sequenced has at least ten million bases."""

WHOLE = 0.02
"""How far the sum of proportions or of a signature may be from 1: digits cut off, or what was left out of it."""
OPPORTUNITIES = {"length", "lengths", "opportunity", "opportunities", "trinucleotides", "callable"}
"""Headings of columns of mutational opportunities, in lower-case letters."""
TRANSFORMATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log(1 + n)": np.expm1,
    "log2(1 + n)": lambda matrix: np.exp2(matrix) - 1,
    "log10(1 + n)": lambda matrix: 10**matrix - 1,
    "the square root of n": np.square,
}
"""How counts are often transformed, and the way back."""
LEAST_TELLING, ROUGHLY = 10, 0.05
"""So many different counts below 100 have to come back, and so near, as three decimals of a logarithm give: no chance."""


def careful(catalogue: Catalogue, n_splits: int, train_fraction: float) -> list[str]:
    """Warnings about a catalogue and the splits to be drawn from it, in plain sentences without full stops."""
    found = (
        _few(catalogue),
        _normalised(catalogue),
        _rates(catalogue),
        _subtotals(catalogue),
        _proportions(catalogue),
        _constant(catalogue),
        _opportunities(catalogue),
        _transformed(catalogue),
        _copies(catalogue),
        _pseudocount(catalogue),
        _splits(catalogue, n_splits, train_fraction),
    )
    return [sentence for sentence in found if sentence]


def _few(catalogue: Catalogue) -> str:
    median = np.median(catalogue.matrix.sum(axis=0))
    if median >= FEW:
        return ""
    many = "1 mutation" if median == 1 else f"{median:.3g} mutations"
    return f"half of the patients have {many} or fewer: signatures of so few are mostly noise"


def _normalised(catalogue: Catalogue) -> str:
    """Whether the counts were scaled: all have one sum, or nearly that of percentages or counts per million in whole numbers."""
    sums = catalogue.matrix.sum(axis=0)
    if len(sums) < 3 or sums.min() < min(SCALED) - ROUNDED:
        return ""
    for whole, what in SCALED.items():
        if (np.abs(sums - whole) <= ROUNDED).all():
            return f"the counts of every patient sum to about {whole:,}: rounded {what} are no counts"
    if np.ptp(sums) > 0 or np.ptp(catalogue.matrix, axis=1).max() == 0:  # copies of one patient have one sum, too
        return ""
    return f"the counts of every patient sum to {sums[0]:,.0f}: values scaled to one sum are no counts"


def _rates(catalogue: Catalogue) -> str:
    """Whether every value is a small number times some whole one, as counts divided by the megabases that were sequenced."""
    values = np.unique(catalogue.matrix[catalogue.matrix > 0])
    unit = values[0]
    if unit > LARGEST_UNIT:
        return ""
    for value in values:  # the least value may have few digits; each larger one says better what it is a multiple of
        unit = value / max(1.0, np.rint(value / unit))
    times, decimals = np.rint(values / unit), -np.log10(unit)
    small = times < 100
    whole = len(np.unique(times[small])) >= LEAST_TELLING and (np.abs(values / unit - times)[small] <= ROUGHLY).all()
    least = np.where(catalogue.matrix > 0, catalogue.matrix, np.inf).min(axis=0)
    if not whole or (least >= 100 * unit).any() or abs(decimals - np.rint(decimals)) < 1e-6:  # with so many decimals
        return ""
    return (
        f"every value is n / {1 / unit:.4g}, n a whole number, as rates per megabase are: give the counts n themselves"
    )


def _subtotals(catalogue: Catalogue) -> str:
    """Columns that are the sum of at least two columns next to each other, such as a total of each cancer."""
    found = [
        f"{catalogue.samples[column]} = {catalogue.samples[first]} + … + {catalogue.samples[last]}"
        for column, first, last in sums_of_blocks(catalogue.matrix)
    ]
    return f"some columns are sums of others, and no patients: {some(found)}" if found else ""


def _proportions(catalogue: Catalogue) -> str:
    """Columns next to counts that are proportions, or a signature: all of it below 1, and about 1 in sum."""
    matrix = catalogue.matrix
    parts = (matrix.max(axis=0) < 1) & (np.abs(matrix.sum(axis=0) - 1) <= WHOLE) & (np.ptp(matrix, axis=0) > 0)
    if not parts.any():
        return ""
    listed = some([name for name, part in zip(catalogue.samples, parts, strict=True) if part])
    return f"values below 1 that sum to about 1 are proportions, or a signature, and no counts of a patient: {listed}"


def _constant(catalogue: Catalogue) -> str:
    """Columns with one whole number in every row, such as a strand written 1; of all columns alike others say more."""
    first = catalogue.matrix[0]
    same = (np.ptp(catalogue.matrix, axis=0) == 0) & (first == np.floor(first)) & (first > 0)
    if not same.any() or same.all():
        return ""
    listed = some([name for name, one in zip(catalogue.samples, same, strict=True) if one])
    return f"some columns have the same number in every row, as no patient has: {listed}"


def _opportunities(catalogue: Catalogue) -> str:
    """Columns of how often each trinucleotide occurs: by their heading, or the same for its three substitutions."""
    by_substitution = catalogue.matrix.reshape(2, 3, -1, catalogue.matrix.shape[1])  # C and T first, then context
    same = (catalogue.matrix > 0).all(axis=0) & (np.ptp(by_substitution, axis=1) == 0).all(axis=(0, 1))
    same &= np.ptp(catalogue.matrix, axis=0) > 0
    found = [
        name for name, alike in zip(catalogue.samples, same, strict=True) if alike or name.lower() in OPPORTUNITIES
    ]
    if not found:
        return ""
    return f"some columns look like lengths or mutational opportunities, and not like patients: {some(found)}"


def _transformed(catalogue: Catalogue) -> str:
    """Whether every value is a function of a whole number, as logarithms of counts are; rounding allowed for."""
    for name, inverse in TRANSFORMATIONS.items():
        with np.errstate(over="ignore"):
            counts = inverse(catalogue.matrix)
        whole = np.rint(counts)
        small = counts < 100  # the others are far off where the values have few digits
        telling = small & (whole > 0) & (catalogue.matrix != np.floor(catalogue.matrix))
        if len(np.unique(whole[telling])) >= LEAST_TELLING and (np.abs(counts - whole)[small] < ROUGHLY).all():
            return f"every value is {name}, n a whole number: give the counts n themselves"
    return ""


def _copies(catalogue: Catalogue) -> str:
    """Patients with the same counts, or with a multiple of them: one that trains and one that tests are no test."""
    enough = [patient for patient, total in enumerate(catalogue.matrix.sum(axis=0)) if total >= FEW]
    copies, multiples = [], []
    for group in _alike(catalogue.matrix, enough, _same):
        names = [catalogue.samples[patient] for patient in group]
        copies.append(" = ".join(names[:5]) + " = …" * (len(names) > 5))
    for group in _alike(catalogue.matrix, enough, _direction):
        sizes = catalogue.matrix[:, group].max(axis=0)
        least = int(sizes.argmin())
        for patient, times in zip(group, sizes / sizes[least], strict=True):
            if times > 1:
                multiples.append(f"{catalogue.samples[patient]} = {times:g} × {catalogue.samples[group[least]]}")
    said = [f"exact copies ({some(copies)})"] if copies else []
    said += [f"exact multiples ({some(multiples)})"] if multiples else []
    if not said:
        return ""
    return f"some patients are {' or '.join(said)}: where one trains and one tests, test errors are too low"


def _alike(matrix: np.ndarray, patients: list[int], key: Callable[[np.ndarray], bytes]) -> list[list[int]]:
    """Groups of two patients or more whose counts have one key."""
    groups: dict[bytes, list[int]] = {}
    for patient in patients:
        groups.setdefault(key(matrix[:, patient]), []).append(patient)
    return [group for group in groups.values() if len(group) > 1]


def _same(counts: np.ndarray) -> bytes:
    return counts.tobytes()


def _direction(counts: np.ndarray) -> bytes:
    """The same for some counts and every multiple of them: equal quotients are rounded equally. With mutations in one channel
    only, a patient is a multiple of every other such one by chance, and keeps its counts."""
    return (counts / counts.max() if np.count_nonzero(counts) > 1 else counts).tobytes()


def _pseudocount(catalogue: Catalogue) -> str:
    """Whether the least value is a fraction that all cells have, or all that were 0."""
    matrix, least = catalogue.matrix, catalogue.matrix.min()
    fraction, near = matrix - np.floor(matrix), PSEUDOCOUNT * least + 4 * np.spacing(matrix)
    if not 0 < least < 1 or not ((fraction == 0) | (np.abs(fraction - least) <= near)).all():
        return ""
    hidden = [
        name for name, most in zip(catalogue.samples, matrix.max(axis=0), strict=True) if most <= least + near.max()
    ]
    empty = f", and hides patients without any mutation ({some(hidden)})" if hidden else ""
    return f"a pseudocount of {least:.6g} was added to the counts{empty}; the methods here need none"


def _splits(catalogue: Catalogue, n_splits: int, train_fraction: float) -> str:
    n = len(catalogue.samples)
    different = comb(n, train_size(n, train_fraction))
    if different >= n_splits:
        return ""
    ways = counted(different, "way")
    return (
        f"{counted(n, 'patient')} can be split in {ways} only, and {n_splits} splits are drawn: the same ones come back"
    )
