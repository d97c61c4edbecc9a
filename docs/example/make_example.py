"""Write the two files of the worked example: a small simulated catalogue in SigProfiler's layout, and its true signatures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aenmf.channels import CHANNELS
from aenmf.data.datasets import Registry
from aenmf.data.fetch import resolve
from aenmf.data.references import read_signatures

HERE = Path(__file__).parent
NAMES = ("SBS1", "SBS2", "SBS4")


def main() -> None:
    config = HERE.parents[1] / "config"
    registry = Registry.load(config / "cohorts.tsv", config / "references.tsv")
    signatures = read_signatures(resolve(registry.references["cosmic"].data).path, names=NAMES)
    draw = np.random.Generator(np.random.PCG64(8))
    exposures = draw.gamma(1.0, 800.0, size=(len(NAMES), 30))
    counts = draw.poisson(signatures.to_numpy() @ exposures)
    patients = [f"SIM-{i:02d}" for i in range(1, 31)]
    order = sorted(range(96), key=lambda row: CHANNELS[row])  # SigProfiler sorts its rows by name
    for name, columns, values in (("catalogue.tsv", patients, counts), ("truth.tsv", NAMES, signatures.to_numpy())):
        rows = ["\t".join(["MutationType", *columns])]
        rows += ["\t".join([CHANNELS[row], *map(str, values[row].tolist())]) for row in order]
        (HERE / name).write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
