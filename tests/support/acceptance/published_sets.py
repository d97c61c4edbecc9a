"""Seconds and losses of convex NMF and NMF on the two training sets whose published losses are known.

    python tests/support/acceptance/published_sets.py DATA_DIR [starts]

DATA_DIR holds the GEL catalogues and training_sets.json (cohort -> names of the training patients). One core; the first
start of each solver follows a compilation that is not counted. For NMF also how much longer scikit-learn's coordinate descent
takes from the same start to a loss that both reach: the higher one of the two lowest, within 1e-4.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd

from aenmf.data.catalogues import read_catalogue
from aenmf.files.matrices import counts_of
from aenmf.losses import FROBENIUS
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.studies.contestants import followed, own, sklearn_nmf

ROOT = Path(__file__).parents[3]
FILES = pd.read_csv(ROOT / "config/cohorts.tsv", sep="\t").set_index("cohort")["file"]
RANKS = {"prostate": 5, "uterus": 8}
PUBLISHED = {"prostate": {"cnmf": 169.78, "nmf": 148.96}, "uterus": {"cnmf": 823_380.0, "nmf": 468_600.0}}
"""Loss of the published matrices on these sets."""
SOLVERS = {"cnmf": "blocks", "nmf": "hals"}
WITHIN, LIMIT = 1e-4, 20.0
"""Relative distance from the common loss, and the seconds that each of the two has to get there."""


def ratio_at_equal_loss(problem: Problem) -> float:
    """Seconds of scikit-learn's coordinate descent over those of ours."""
    ours = own("nmf", build_method("nmf", {"model": "nmf", "solver": {FROBENIUS: "hals"}}), FROBENIUS)
    paths = [run(problem, 0, LIMIT).trajectory for run in (ours.run, followed(sklearn_nmf("cd")))]
    target = max(path.losses.min() for path in paths) * (1 + WITHIN)
    mine, theirs = (path.seconds[np.argmax(path.losses <= target)] for path in paths)
    return theirs / mine


def main(data_dir: Path, starts: int) -> None:
    sets = json.loads((data_dir / "training_sets.json").read_text())
    for cohort, rank in RANKS.items():
        frame = read_catalogue(data_dir / FILES[cohort]).frame
        catalogue = counts_of(frame, sets[cohort])
        for model, solver in SOLVERS.items():
            method = build_method(model, {"model": model, "solver": {FROBENIUS: solver}})
            problems = [Problem(catalogue, rank, FROBENIUS, Seed(start)) for start in range(starts)]
            fits = method.fit(problems)
            losses, seconds = np.array([fit.objective for fit in fits]), np.array([fit.seconds for fit in fits])
            published = PUBLISHED[cohort][model]
            print(
                f"{cohort} {model} {solver}: seconds median {np.median(seconds):.3f}, most {seconds.max():.3f}; loss best "
                f"{losses.min():,.4f}, median {np.median(losses):,.4f}; published {published:,}; "
                f"{np.sum(losses <= published * (1 + 1e-4))} of {starts} starts at or below it; "
                f"{sum(fit.converged for fit in fits)} converged"
            )
        ratios = np.array(
            [ratio_at_equal_loss(Problem(catalogue, rank, FROBENIUS, Seed(start))) for start in range(starts)]
        )
        print(
            f"{cohort} nmf, scikit-learn's cd over hals at equal loss: median {np.median(ratios):.2f}, {ratios.min():.2f} to "
            f"{ratios.max():.2f}; longer from {np.sum(ratios > 1)} of {starts} starts"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
