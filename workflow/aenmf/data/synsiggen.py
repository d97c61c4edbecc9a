"""Seven published sets of simulated tumours, regenerated: those that SynSigGen made for Islam et al. 2022.

Each is the set ``sp.sp`` of a folder of SynSigGen's, made by R after ``set.seed``. Here the same stream of random numbers is
drawn in the same order, so the same counts come out without R and without a download. Presence of a signature is Bernoulli,
log10 of its exposure is normal, a count is the rounded sum over signatures: nothing else is random.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.data.knowntruth import SimulatedCohort, check_counts, expected_counts
from aenmf.data.references import read_signatures
from aenmf.data.rrandom import RRandom
from aenmf.files.matrices import matrix_frame

PARAMETERS = Path(__file__).with_name("synsiggen_parameters.tsv")
"""Presence and log10 exposures of each signature, by cohort and cancer type, in the order of drawing."""
CORRECTIONS = {"SBS18": 0.999343, "SBS7a": 0.99935107}
"""What two signatures sum to in the release that SynSigGen took; in COSMIC v3.3 they sum to 1."""


@dataclass(frozen=True)
class TumourSet:
    """A set of simulated tumours.

    Attributes:
        folder: SynSigGen's name of the set.
        seed: R's.
        tumours: of each cancer type.
    """

    folder: str
    seed: int
    tumours: int


SETS = {
    "scenario8": TumourSet("syn.3.5.40.abst", 44, 1000),
    "sbs2_7": TumourSet("syn.2.7a.7b.abst", 55, 1000),
    "pancreas": TumourSet("syn.pancreas", 191907, 1000),
    "bladder_melanoma": TumourSet("syn.2.7a.7b.bladder.and.melanoma", 191906, 500),
    "rcc_ovary": TumourSet("syn.3.5.40.rcc.and.ovary", 191905, 500),
    "many_types": TumourSet("syn.many.types", 191906, 300),
    "random30": TumourSet("syn.30.random.sigs", 1443196, 1000),
}
RANDOM = "random30"
"""The set of random signatures, which needs neither parameters nor COSMIC."""
N_RANDOM = 30
SPARE = 100
"""Tumours that the original draws beyond those it keeps, of random signatures."""


def regenerate(name: str, sha256: str, cosmic_v3_3: str | Path) -> SimulatedCohort:
    """Regenerate a set with its truth; signatures of COSMIC are rounded to three digits, as in the original.

    Args:
        name: one of :data:`SETS`.
        sha256: of the counts (:func:`aenmf.data.knowntruth.counts_sha256`).
        cosmic_v3_3: the file of COSMIC v3.3 signatures (GRCh37) that SigProfilerAssignment brings.

    Raises:
        UserError: the file cannot be read or lacks one of the signatures.
        RuntimeError: the counts are not those of the set, bit for bit.
    """
    random = RRandom(SETS[name].seed)
    if name == RANDOM:
        signatures, exposures = random_signatures(random, SETS[name].tumours)
    else:
        exposures = _exposures(name, random)
        signatures = _rounded(read_signatures(cosmic_v3_3, names=list(exposures.index)))
    counts = np.rint(expected_counts(signatures.to_numpy(), exposures.to_numpy()))
    check_counts(name, counts, sha256)
    return SimulatedCohort(matrix_frame(counts, list(exposures.columns)), signatures, exposures)


def _rounded(signatures: pd.DataFrame) -> pd.DataFrame:
    """Signatures as SynSigGen has them: to three significant digits."""
    factors = pd.Series({name: CORRECTIONS.get(name, 1.0) for name in signatures})
    return (signatures * factors).map(lambda value: float(f"{value:.3g}"))


def _exposures(name: str, random: RRandom) -> pd.DataFrame:
    """True exposures, index ``signature``, columns tumours: one cancer type after the other.

    Of each type the exposures to SigProfiler's signatures (SP) are kept; those to SignatureAnalyzer's (SA), which the original
    drew first, use up random numbers. Signatures are in the order of their numbers where several types bring theirs.
    """
    n, tables = SETS[name].tumours, []
    table = pd.read_csv(PARAMETERS, sep="\t", comment="#", dtype=str, keep_default_na=False)
    for type_, rows in table[table["cohort"] == name].groupby("type", sort=False):
        for of, drawn in rows.groupby("exposures", sort=False):
            present = np.array([random.bernoulli(n, float(p)) for p in drawn["presence"]])
            tumours, signatures = np.nonzero(present.T)  # in the order R draws them
            normals = random.normal(len(tumours))
            if of == "SP":
                mean, sd = (drawn[column].to_numpy(float)[signatures] for column in ("log10_mean", "log10_sd"))
                amounts = np.zeros(present.shape)
                amounts[signatures, tumours] = 10.0 ** (mean + sd * normals)
                tables.append(pd.DataFrame(amounts, index=list(drawn["signature"]), columns=_names(str(type_), n)))
    exposures = pd.concat(tables, axis=1).fillna(0.0)
    if len(tables) > 1:
        exposures = exposures.loc[sorted(exposures.index, key=_number)]
    return exposures.rename_axis(index="signature")


def _names(type_: str, n: int) -> list[str]:
    """SynSigGen's names of the tumours of a type; Abst, for abstract, is none."""
    return [f"SP.Syn.Abst.{i}" if type_ == "Abst" else f"SP.Syn.{type_}::S.{i}" for i in range(1, n + 1)]


def _number(signature: str) -> tuple[int, str]:
    """What orders names of signatures: SBS7a before SBS13."""
    return int(re.sub(r"\D", "", signature)), signature


def random_signatures(random: RRandom, tumours: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Thirty random signatures and their exposures: the second of two cohorts that one routine drew from one stream."""
    _random_cohort(random, tumours, mean=2.349, sd=0.6641, most_mean=15.525, most_sd=6.172)
    profiles, exposures = _random_cohort(random, tumours, mean=2.97, sd=0.7047, most_mean=3.947, most_sd=1.331)
    names = [f"SPRandSig{k}" for k in range(1, len(exposures) + 1)]
    patients = [f"SPRandSample{i}" for i in range(1, tumours + 1)]
    truth = pd.DataFrame(exposures, index=pd.Index(names, name="signature"), columns=patients)
    return matrix_frame(profiles, names), truth


def _random_cohort(
    random: RRandom, tumours: int, *, mean: float, sd: float, most_mean: float, most_sd: float
) -> tuple[np.ndarray, np.ndarray]:
    """Profiles (96, 30) and exposures (30, tumours).

    Every signature has profiles of 96 and of 1697 channels; a tumour without a mutation in the latter is left out, which is
    all that they decide. ``SPARE`` tumours are drawn in addition, to replace such ones.

    Args:
        random: the stream.
        tumours: how many to keep.
        mean, sd: of the mean of log10 exposures over signatures; the deviation within a signature is in proportion to its mean.
        most_mean, most_sd: of the number of signatures of a tumour.
    """
    profiles, composite = (_random_profiles(random, channels) for channels in (96, 1697))
    means = mean + sd * random.normal(N_RANDOM)
    sds = means * sd / mean
    drawn = tumours + SPARE
    numbers = np.rint(most_mean + most_sd * random.normal(3 * drawn))
    numbers = numbers[(numbers >= 1) & (numbers <= N_RANDOM)][:drawn].astype(int)
    exposures = np.zeros((N_RANDOM, drawn))
    for i, number in enumerate(numbers):
        chosen = random.sample(N_RANDOM, number)
        exposures[chosen, i] = 10.0 ** (means[chosen] + sds[chosen] * random.normal(number))
    filled = np.rint(composite @ exposures).any(axis=0)
    return profiles, exposures[:, filled][:, :tumours]


def _random_profiles(random: RRandom, channels: int) -> np.ndarray:
    """Random profiles (channels, 30)."""
    values = 10.0 ** random.uniform(channels * N_RANDOM).reshape(N_RANDOM, channels).T
    return values / values.sum(axis=0)
