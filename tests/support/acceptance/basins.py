"""How far a finished run's AE-NMF fits are above the convex optimum of their own basin.

    python tests/support/acceptance/basins.py results/paper [method entry]

Every fit is continued from its own weights by the exact solver of convex NMF; the gap is the relative difference of the losses.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

from aenmf.data.splits import read_splits, samples_of
from aenmf.files.fits import load_fits
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.losses import PAPER_LOSSES
from aenmf.methods.cnmf import polish
from aenmf.problem import Problem
from aenmf.seeds import Seed


def main(run: Path, method: str) -> None:
    for folder in sorted((run / "fits").glob(f"*/{method}")):
        cohort = folder.parent.name
        catalogue = read_matrix_tsv(run / "data" / cohort / "catalogue.tsv")
        table = read_splits(run / "splits" / f"{cohort}.tsv")
        for loss in PAPER_LOSSES:
            chunks = [path for path in sorted((folder / loss).glob("*.npz")) if "seconds" not in path.name]
            gaps = []
            for split, fit in load_fits(chunks).items():
                training = counts_of(catalogue, samples_of(table, split, "train"))
                problem = Problem(training, fit.signatures.shape[1], loss, Seed(0))
                optimum = polish(problem, fit.extras["weights"], fit.exposures).trajectory.losses.min()
                gaps.append(fit.objective / optimum - 1)
            print(
                f"{cohort} {method} {loss}: {len(gaps)} fits, median gap {np.median(gaps):.1e}, largest {max(gaps):.1e}"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "aenmf")
