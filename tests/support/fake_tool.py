"""A tool for the tests of external methods: it answers as it is told, by the standard library alone.

Its factors are right ones: the signatures are groups of patients, and every patient is exposed to its own group.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path


def table(corner, columns, rows):
    lines = ["\t".join([corner, *columns]), *("\t".join([name, *map(str, cells)]) for name, cells in rows)]
    return "\n".join(lines) + "\n"


parser = argparse.ArgumentParser()
for name in ("catalogue", "signatures", "exposures", "report", "log"):
    parser.add_argument(f"--{name}", type=Path)
parser.add_argument("--rank", type=int, default=2)
parser.add_argument("--wrong", default="")
given, rest = parser.parse_known_args()
wrong = given.wrong
print("fake tool", " ".join(rest))
if given.log and wrong not in ("slow", "family"):  # these write what the tests wait for
    given.log.write_text(json.dumps(rest))
if wrong == "status":
    sys.exit("out of luck")
if wrong in ("slow", "family"):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]) if wrong == "family" else None
    given.log.write_text(str(child.pid if child else 0))
    time.sleep(300)

header, *lines = given.catalogue.read_text().splitlines()
patients = header.split("\t")[1:]
channels = [line.split("\t")[0] for line in lines]
counts = [list(map(float, line.split("\t")[1:])) for line in lines]
k = given.rank
names = [f"G{i}" for i in range(k)]
totals = [sum(row[n] for row in counts) for n in range(len(patients))]
mass = [sum(totals[i::k]) for i in range(k)]
signatures = [[sum(row[i::k]) / mass[i] for i in range(k)] for row in counts]
exposures = [[totals[n] if n % k == i else 0.0 for n in range(len(patients))] for i in range(k)]
rows, columns = list(zip(channels, signatures, strict=True)), names
if wrong == "order":  # no mistake: names tell what is what
    rows = rows[::-1]
if wrong == "scale":
    rows = [(name, [2 * cell for cell in cells]) for name, cells in rows]
    exposures = [[cell / 2 for cell in cells] for cells in exposures]
if wrong == "shares":
    exposures = [[float(cell > 0) for cell in cells] for cells in exposures]
if wrong == "negative":
    rows[4][1][1] = -0.5
if wrong == "nan":
    rows[4][1][1] = float("nan")
if wrong == "text":
    rows[4][1][1] = "many"
if wrong == "channel":
    rows[0] = ("A[C>A]Z", rows[0][1])
if wrong == "patient":
    patients[0] = "Somebody"
if wrong == "zero":
    rows = [(name, [0.0, *cells[1:]]) for name, cells in rows]
if wrong == "twice":
    columns = ["G0"] * k
if wrong == "ragged":
    rows[7] = (rows[7][0], rows[7][1][:-1])
if wrong == "fewer":
    rows, columns = [(name, cells[:-1]) for name, cells in rows], names[:-1]
if wrong != "nothing":
    given.signatures.write_text(table("channel", columns, rows))
if given.exposures and wrong == "turned":
    turned = [(patient, [row[n] for row in exposures]) for n, patient in enumerate(patients)]
    given.exposures.write_text(table("patient", names, turned))
elif given.exposures:
    given.exposures.write_text(table("signature", patients, zip(names, exposures, strict=True)))
if given.report:
    said = {"versions": {"fake": "1.2"}, "iterations": 7, "converged": False}
    given.report.write_text('{"versions": 3}' if wrong == "report" else json.dumps(said))
