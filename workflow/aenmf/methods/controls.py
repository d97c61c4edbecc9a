"""Negative controls: answers that need no factorisation, which every method should beat.

``control_mean`` answers with the mean spectrum of the patients, ``control_patients`` with the spectra of random patients, and
``control_cosmic`` with random signatures of COSMIC. The positive control, the truth, is no method, as it sees what no method
does: :mod:`aenmf.studies.controls` scores it next to these.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from aenmf.channels import CHANNELS, N_CHANNELS
from aenmf.errors import UserError
from aenmf.methods.base import Architecture
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.seeds import Seed

COSMIC_PACKAGE = "SigProfilerAssignment"
COSMIC_FILE = "data/Reference_Signatures/GRCh37/COSMIC_v3.4_SBS_GRCh37.txt"


def _architecture(title: str) -> Architecture:
    words = dict.fromkeys(("layers", "activations", "biases", "constraints", "loss", "optimiser"), "none")
    return Architecture(title=title, reference="none", orientation="channels × patients", **words)


class ControlMean(RefittedMethod):
    """The mean of the patients' spectra; where more signatures are asked for, each of them is this one."""

    model = "control_mean"
    architecture = _architecture("Mean spectrum")

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        mean = _shares(matrix).mean(axis=1)
        return Extraction(np.tile(mean[:, None], n_signatures))


class ControlPatients(RefittedMethod):
    """The spectra of random patients, no patient twice."""

    model = "control_patients"
    architecture = _architecture("Random patients")

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        shares = _shares(matrix)
        chosen = seed.child(self.model).generator().choice(shares.shape[1], n_signatures, replace=False)
        return Extraction(shares[:, chosen])


class ControlCosmic(RefittedMethod):
    """Random signatures of COSMIC v3.4, none twice; true ones may be among them."""

    model = "control_cosmic"
    architecture = _architecture("Random COSMIC signatures")
    needs = (COSMIC_PACKAGE,)

    def extract(self, matrix: np.ndarray, n_signatures: int, seed: Seed) -> Extraction:
        known = cosmic()
        if len(matrix) != N_CHANNELS or n_signatures > known.shape[1]:
            problem = f"{known.shape[1]} signatures of {N_CHANNELS} channels cannot be {n_signatures} of {len(matrix)}"
            raise UserError(problem, where=self.model, remedy="Choose a lower rank, and a catalogue of 96 channels")
        chosen = seed.child(self.model).generator().choice(known.shape[1], n_signatures, replace=False)
        return Extraction(known[:, chosen])


def _shares(matrix: np.ndarray) -> np.ndarray:
    """The spectra of the patients with mutations, each of sum 1."""
    totals = matrix.sum(axis=0)
    return matrix[:, totals > 0] / totals[totals > 0]


@cache
def cosmic() -> np.ndarray:
    """COSMIC v3.4 as SigProfilerAssignment brings it: (96, signatures), channels in canonical order."""
    spec = find_spec(COSMIC_PACKAGE)
    [folder] = spec.submodule_search_locations or [] if spec else []
    lines = [line.split("\t") for line in (Path(folder) / COSMIC_FILE).read_text(encoding="utf-8").splitlines()[1:]]
    rows = {channel: list(map(float, cells)) for channel, *cells in lines}
    return np.array([rows[channel] for channel in CHANNELS])
