"""Show that the consensus medoids are those of R's cluster::pam and of scikit-learn-extra's KMedoids.

    python tests/support/parity/pam_parity.py results/paper

The consensus signatures come from PAM as the Python package ``kmedoids`` implements it, because scikit-learn-extra
cannot be imported beside numpy 2. This script clusters the signatures of every cohort, method and loss of a run with
all three implementations on one and the same dissimilarity matrix, and writes <run>/parity/pam.csv and pam.md: the
medoids, the total dissimilarity to them, and whether they agree. Exit status 0 when no implementation found a lower
total than ours.

Needs R with its package cluster (Debian: apt-get install r-base-core r-cran-cluster), and PyPI for the environment with
numpy < 2 that is made in a temporary directory and removed again. Takes a few minutes, most of it for that environment.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.errors import UserError
from aenmf.evaluation.consensus import consensus, deviation, dissimilarity, pool
from aenmf.files.atomic import atomic_write
from aenmf.files.fits import load_fits
from aenmf.files.layout import Cell, Layout, to_markdown
from aenmf.files.tables import write_table

REQUIREMENTS = ("numpy<2", "scikit-learn<1.6", "scikit-learn-extra==0.3.0")
RELATIVE_TIE = 1e-12
"""Totals closer than this are equal: they differ only by the order of summation."""

R_PROGRAM = """
suppressPackageStartupMessages(library(cluster))
arguments <- commandArgs(trailingOnly = TRUE)
for (line in readLines(arguments[1])) {
  part <- strsplit(line, "\\t")[[1]]
  n <- as.integer(part[2])
  d <- matrix(readBin(part[1], "double", n * n), n, n)
  found <- pam(as.dist(d), as.integer(part[3]), diss = TRUE, do.swap = TRUE, pamonce = FALSE)
  cat(sort(found$id.med) - 1, "\\n")
}
"""

PYTHON_PROGRAM = """
import sys
import numpy as np
from sklearn_extra.cluster import KMedoids
for line in open(sys.argv[1]):
    path, n, k = line.rstrip("\\n").split("\\t")
    d = np.fromfile(path, dtype=np.float64).reshape(int(n), int(n))
    found = KMedoids(int(k), metric="precomputed", method="pam", init="build", max_iter=100000).fit(d)
    print(*sorted(found.medoid_indices_))
"""

Key = tuple[str, str, str]


def signatures_of_run(run: Path) -> Iterator[tuple[Key, np.ndarray]]:
    """(cohort, method, loss) and the signatures (S, M, K) of all splits, for every combination that a run clustered."""
    table = run / "tables/consensus.csv"
    if not table.is_file():
        raise UserError(
            "no consensus signatures", where=str(table), remedy="Run the pipeline first, then name its results"
        )
    for key in pd.read_csv(table)[["cohort", "method", "loss"]].drop_duplicates().itertuples(index=False, name=None):
        files = (run / "fits").joinpath(*key).glob("*.npz")
        chunks = sorted(path for path in files if not path.name.endswith(".seconds.npz"))
        yield key, np.stack([fit.signatures for fit in load_fits(chunks).values()])


def medoids_by_r(listing: Path) -> list[np.ndarray]:
    """Medoids of every matrix of a listing by R's ``cluster::pam`` (original algorithm, BUILD and SWAP)."""
    if shutil.which("Rscript") is None:
        raise UserError("Rscript was not found", remedy="Install R: apt-get install r-base-core r-cran-cluster")
    program = listing.with_name("pam.R")
    program.write_text(R_PROGRAM, encoding="utf-8")
    remedy = "Check that R's package cluster is installed: apt-get install r-cran-cluster"
    return _answers(["Rscript", "--vanilla", str(program), str(listing)], "R", remedy)


def medoids_by_sklearn_extra(listing: Path) -> list[np.ndarray]:
    """Medoids of every matrix of a listing by scikit-learn-extra, in an environment of its own beside the listing."""
    environment = listing.with_name("environment")
    python = environment / "bin" / "python"
    remedy = "It needs PyPI, and a Python for which scikit-learn-extra 0.3.0 has wheels (3.8 to 3.11)"
    _run([sys.executable, "-m", "venv", str(environment)], "python -m venv", remedy)
    _run([str(python), "-m", "pip", "install", "-q", "--only-binary=:all:", *REQUIREMENTS], "pip install", remedy)
    return _answers([str(python), "-c", PYTHON_PROGRAM, str(listing)], "scikit-learn-extra", remedy)


OTHERS = {"R cluster::pam": medoids_by_r, "scikit-learn-extra": medoids_by_sklearn_extra}


def compare(problems: Iterable[tuple[Key, np.ndarray]], work: Path) -> pd.DataFrame:
    """Cluster every set of signatures with all implementations.

    Returns:
        One row per combination and implementation: ``cohort``, ``method``, ``loss``, ``implementation``, ``n``, ``k``,
        ``medoids`` (positions among the pooled signatures), ``total`` (dissimilarity to the nearest medoids),
        ``agreement`` with ours: ``ours``, ``same medoids``, ``tie`` (other medoids, equal total), ``higher total``,
        ``lower total``.
    """
    ours: dict[Key, tuple[np.ndarray, np.ndarray]] = {}
    lines = []
    for number, (key, signatures) in enumerate(problems):
        distances = dissimilarity(pool(signatures))
        medoids = np.sort(consensus(signatures).medoids)
        ours[key] = (distances, medoids)
        path = work / f"{number}.bin"
        distances.tofile(path)
        lines.append(f"{path}\t{len(distances)}\t{len(medoids)}\n")
    listing = work / "listing.tsv"
    listing.write_text("".join(lines), encoding="utf-8")
    answers: Mapping[str, list[np.ndarray]] = {name: solve(listing) for name, solve in OTHERS.items()}
    rows = []
    for number, (key, (distances, medoids)) in enumerate(ours.items()):
        best = deviation(distances, medoids)
        found = {"kmedoids (ours)": medoids} | {name: answer[number] for name, answer in answers.items()}
        for name, theirs in found.items():
            total = deviation(distances, theirs)
            verdict = "ours" if theirs is medoids else agreement(medoids, best, theirs, total)
            text = " ".join(str(m) for m in theirs)
            rows.append((*key, name, len(distances), len(medoids), text, total, verdict))
    columns = ["cohort", "method", "loss", "implementation", "n", "k", "medoids", "total", "agreement"]
    return pd.DataFrame(rows, columns=columns)


def agreement(ours: np.ndarray, our_total: float, theirs: np.ndarray, their_total: float) -> str:
    """How another implementation's medoids compare with ours."""
    if np.array_equal(ours, theirs):
        return "same medoids"
    if abs(their_total - our_total) <= RELATIVE_TIE * max(our_total, 1.0):
        return "tie"
    return "lower total" if their_total < our_total else "higher total"


def layout(table: pd.DataFrame) -> Layout:
    """The outcome as a table: a row per combination, a column per implementation."""
    rows = []
    for (cohort, method, loss), block in table.groupby(["cohort", "method", "loss"], sort=False):
        found = block.set_index("implementation")
        total = found.loc["kmedoids (ours)", "total"]
        others = [found.loc[name] for name in OTHERS]
        cells = [Cell(o["agreement"], bold=o["agreement"] not in ("same medoids", "tie")) for o in others]
        rows.append([cohort, method, loss, f"{block['n'].iloc[0]}", f"{block['k'].iloc[0]}", f"{total:.6g}", *cells])
    same = int((table["agreement"] == "same medoids").sum())
    return Layout(
        caption=f"Medoids of PAM by three implementations: {same} of {len(rows) * len(OTHERS)} comparisons are equal.",
        label="pam-parity",
        columns=["Cohort", "Method", "Loss", "Signatures", "K", "Total dissimilarity", *OTHERS],
        rows=rows,
        align="lllrrrll",
        notes=[
            "All three cluster the same matrix of 1 − cosine by BUILD and SWAP. Tie: other medoids with an equal total."
            " Higher or lower total: the other implementation ended in a worse or better local optimum than ours.",
        ],
    )


def _run(command: list[str], what: str, remedy: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"{what} failed ({last})", remedy=remedy)
    return done.stdout


def _answers(command: list[str], what: str, remedy: str) -> list[np.ndarray]:
    return [np.array(line.split(), dtype=int) for line in _run(command, what, remedy).splitlines() if line.strip()]


def main(arguments: list[str] | None = None) -> int:
    """Compare the implementations on a run's signatures and write the outcome."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="results of a run, such as results/paper")
    parser.add_argument("--output", type=Path, help="folder of pam.csv and pam.md; <run>/parity where not given")
    options = parser.parse_args(arguments)
    output = options.output or options.run / "parity"
    try:
        with tempfile.TemporaryDirectory() as work:
            table = compare(signatures_of_run(options.run), Path(work))
        write_table(output / "pam.csv", table)
        text = to_markdown(layout(table))
        with atomic_write(output / "pam.md") as file:
            file.write(text)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(text)
    return int((table["agreement"] == "lower total").any())


if __name__ == "__main__":
    sys.exit(main())
