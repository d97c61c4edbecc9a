"""What the scripts of the shipped tools share: the options that name the files, and writing the answer (docs/external-tools.md).

Only the standard library is needed here, as the package is not installed next to a tool.
"""

import argparse
import csv
import json
from importlib.metadata import version
from pathlib import Path


def options(description):
    """A parser with the options that every tool takes."""
    parser = argparse.ArgumentParser(description=description)
    for name in ("catalogue", "signatures", "exposures", "report"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    return parser


def write_table(path, corner, columns, rows, values):
    """Write numbers with names; ``values`` has a sequence for each row."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow([corner, *columns])
        writer.writerows([name, *map(repr, map(float, numbers))] for name, numbers in zip(rows, values, strict=True))


def write_report(path, packages, **said):
    """Write the versions of packages and what else there is to say: iterations, and whether the tool converged."""
    Path(path).write_text(
        json.dumps({"versions": {name: version(name) for name in packages}, **said}), encoding="utf-8"
    )
