"""Write the files of the worked examples: a small simulated catalogue in SigProfiler's layout, its truth, and an answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aenmf.channels import CHANNELS
from aenmf.data.datasets import Registry
from aenmf.data.fetch import resolve
from aenmf.data.references import read_signatures
from aenmf.losses import KULLBACK_LEIBLER
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.seeds import Seed

HERE = Path(__file__).parent
NAMES = ("SBS1", "SBS2", "SBS4")
FOUND = ("SBS96A", "SBS96B", "SBS96C")
ORDER = sorted(range(96), key=lambda row: CHANNELS[row])  # SigProfiler sorts its rows by name


def write(name: str, heading: str, columns: list[str], rows: dict[str, np.ndarray]) -> None:
    """Write a table with a name for each row."""
    lines = ["\t".join([heading, *columns])]
    lines += ["\t".join([row, *map(str, values.tolist())]) for row, values in rows.items()]
    (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def by_channel(values: np.ndarray) -> dict[str, np.ndarray]:
    return {CHANNELS[row]: values[row] for row in ORDER}


def main() -> None:
    config = HERE.parents[1] / "config"
    registry = Registry.load(config / "cohorts.tsv", config / "references.tsv")
    signatures = read_signatures(resolve(registry.references["cosmic"].data).path, names=NAMES)
    draw = np.random.Generator(np.random.PCG64(8))
    exposures = draw.gamma(1.0, 800.0, size=(len(NAMES), 30))
    counts = draw.poisson(signatures.to_numpy() @ exposures)
    patients = [f"SIM-{i:02d}" for i in range(1, 31)]
    write("catalogue.tsv", "MutationType", patients, by_channel(counts))
    write("truth.tsv", "MutationType", list(NAMES), by_channel(signatures.to_numpy()))
    write("truth_exposures.tsv", "Signature", patients, dict(zip(NAMES, exposures.round(1), strict=True)))
    method = build_method("example", {"model": "sklearn_nmf", "solver": {KULLBACK_LEIBLER: "mu"}})
    [fit] = method.fit([Problem(np.ascontiguousarray(counts, dtype=float), len(FOUND), KULLBACK_LEIBLER, Seed(8))])
    write("found_signatures.tsv", "MutationType", list(FOUND), by_channel(fit.signatures.round(6)))
    activities = dict(zip(patients, fit.exposures.T.round().astype(int), strict=True))
    write("found_exposures.tsv", "Samples", list(FOUND), activities)


if __name__ == "__main__":
    main()
