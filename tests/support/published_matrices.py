"""The authors' published signatures, as far as tests of consensus and matching need them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS

RANKS = {"ovary": 4, "prostate": 5, "uterus": 8}
FILE_NAMES = {"nmf": "nmf", "cnmf": "cvx", "aenmf": "AEFPabs"}


@cache
def published_signatures(data_dir: Path, cohort: str, method: str) -> np.ndarray:
    """The signatures (30, 96, K) of one cohort and method; the numbers in the file names do not matter here."""
    catalogue = (data_dir / "gel" / f"catalogues_{cohort.capitalize()}_SBS.tsv").read_text()
    rows = [line.split("\t")[0] for line in catalogue.splitlines()[1:]]
    order = [rows.index(channel) for channel in CHANNELS]
    files = sorted((data_dir / "published" / cohort.capitalize()).glob(f"{FILE_NAMES[method]}_*_sig*.csv"))
    assert len(files) == 30
    return np.stack([pd.read_csv(file, index_col=0).to_numpy()[order] for file in files])
