"""The answers that the authors of MUSE-XAE published: signatures and exposures of every run on SynSigGen's cohorts.

The archive has a folder for each augmentation, scenario and run, with ``MUSE_SBS.csv`` (channels × signatures) and
``MUSE_EXP.csv`` (patients × signatures, the patients numbered in the order of the cohort).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.errors import UserError

SCENARIOS = {1: "pancreas", 2: "bladder_melanoma", 3: "rcc_ovary", 4: "scenario8", 5: "many_types"}
"""MUSE-XAE's numbers of the cohorts of :mod:`aenmf.data.truth`."""
RESULTS = ("muse_xae_published", "muse_xae_published_refitted")
"""The methods' names in files of results: with their own exposures, and with refitted ones."""
_RUN = re.compile(r"augmentation_(\d+)/Scenario_(\d+)/Run_(\d+)/Suggested_SBS_De_Novo/")


@dataclass(frozen=True)
class MuseRun:
    """One run, trained with ``augmentation`` resampled copies of each patient; it chose K itself.

    Attributes:
        augmentation, scenario, run: the numbers of its folder.
        signatures: channels × signatures.
        exposures: signatures × patients, whole mutations, the columns numbered from 0.
    """

    augmentation: int
    scenario: int
    run: int
    signatures: pd.DataFrame
    exposures: pd.DataFrame


def read_runs(path: str | Path) -> Iterator[MuseRun]:
    """The runs in the archive, by scenario, augmentation and number.

    Raises:
        UserError: the archive cannot be read, or holds no runs.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            found = {match[0]: tuple(map(int, match.groups())) for name in names if (match := _RUN.match(name))}
            if not found:
                raise UserError("the archive has no runs", where=str(path), remedy="Give MUSE-XAE's Experiments.zip")
            for scenario, augmentation, run, folder in sorted((s, a, r, folder) for folder, (a, s, r) in found.items()):
                yield MuseRun(augmentation, scenario, run, *_matrices(archive, folder))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UserError(
            f"the archive cannot be read ({error})", where=str(path), remedy="Give MUSE-XAE's Experiments.zip"
        ) from error


def _matrices(archive: zipfile.ZipFile, folder: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Signatures and exposures of a run."""
    signatures, exposures = (
        pd.read_csv(io.BytesIO(archive.read(f"{folder}MUSE_{kind}.csv")), index_col=0) for kind in ("SBS", "EXP")
    )
    # Some files head the patients' numbers like the first signature, so that only the order of the columns tells them apart.
    exposures = exposures.set_axis(signatures.columns, axis=1)
    return signatures.loc[list(CHANNELS)].rename_axis("channel"), exposures.T.rename_axis("signature")
