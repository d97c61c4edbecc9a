"""The long form: ``python tests/fuzz``, or ``make fuzz``; the exit status is 1 if a case ended as none should.

    python tests/fuzz --configs 2000 --catalogues 1000 --record results/fuzz

Accepted are inputs that are in order, refused those that end with a message and its remedy. Failures are tracebacks, hangs
(ten seconds of the processor), and what is read wrongly: an accepted file of which a second, independent reader reads otherwise.
Failed cases are kept in a folder. A sample of the configurations also goes through the commands ``aenmf check`` and
``snakemake --dry-run``, which have to agree, and runs are killed at random moments and go on.
"""

from __future__ import annotations

import argparse
import logging
import random
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow")]

from fuzz import catalogues, configurations, mutationfiles, plugins  # noqa: E402
from fuzz.outcomes import Tally  # noqa: E402
from fuzz.place import place  # noqa: E402
from fuzz.record import begin, record  # noqa: E402

WAIT = 120
"""Seconds that a command may take."""


def commands(number: int, seed: int, folder: Path) -> Tally:
    """Plan so many of the damaged configurations by the commands, which have to agree and to give no traceback."""
    tally, texts = Tally("commands", folder), configurations.bases()
    check = [sys.executable, "-m", "aenmf.run.cli", "check", "case.yaml"]
    plan = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--dry-run", "--quiet", "all"]
    plan += ["--cores", "1", "--configfile", "case.yaml"]
    for case in range(number):
        content = configurations.mutated(random.Random(f"{seed} configuration {case}"), texts)
        Path("case.yaml").write_bytes(content)
        try:
            runs = [subprocess.run(c, capture_output=True, text=True, timeout=WAIT, check=False) for c in (check, plan)]
        except subprocess.TimeoutExpired:
            tally.add(f"{case}.yaml", "hang", f"longer than {WAIT} seconds", content)
            continue
        said = "\n".join(run.stdout + run.stderr for run in runs)
        if "_load_configfile" in said:  # Snakemake cannot parse it, before any code of this project runs
            said, runs[1] = runs[0].stderr, runs[0]
        status = [run.returncode for run in runs]
        if "Traceback" in said:
            tally.add(f"{case}.yaml", "traceback", said[-3000:], content)
        elif status[0] != status[1]:
            tally.add(f"{case}.yaml", "wrong", f"exit status {status}:\n{said[-3000:]}", content)
        else:
            tally.add(f"{case}.yaml", "refused" if status[0] else "accepted", "", content)
    return tally


def kills(number: int, seed: int, folder: Path) -> Tally:
    """Kill runs of a small part so often at random moments; accepted are they if all end with the files of an undisturbed run."""
    command = [sys.executable, str(ROOT / "tests/support/chaos/chaos.py"), "--kills", str(number), "--seed", str(seed)]
    command += ["--longest", "12", "--targets", "results/test/tables/errors.csv"]
    command += ["--config", "n_splits=2", "compare=[nmf]", "losses=[frobenius]"]
    tally = Tally("kills", folder)
    if number:
        failed = subprocess.run(command, check=False).returncode
        tally.counts["accepted"] = number - bool(failed)
    if number and failed:
        tally.add("said", "wrong", "the chaos above", " ".join(command).encode())
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for what, number in (("configs", 2000), ("catalogues", 1000), ("mutations", 1000), ("methods", 1000)):
        parser.add_argument(f"--{what}", type=int, default=number, help=f"so many (default: {number})")
    parser.add_argument("--commands", type=int, default=20, help="configurations planned by the commands (default: 20)")
    parser.add_argument("--kills", type=int, default=3, help="kills of small runs (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="of all cases (default: 1)")
    parser.add_argument("--keep", type=Path, help="where failed cases are kept (default: a new temporary folder)")
    parser.add_argument("--record", type=Path, help="folder for the counts, such as results/fuzz for aenmf keep")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    folder = (given.keep or Path(tempfile.mkdtemp(prefix="aenmf-fuzz-failed-"))).resolve()
    numbers = {name: getattr(given, name) for name in FUZZ}
    if given.record:
        given.record = given.record.resolve()
        begin(given.record, given.seed, numbers)
    tallies = []
    with tempfile.TemporaryDirectory(prefix="aenmf-fuzz-") as scratch, place(Path(scratch)):
        for name, fuzz in FUZZ.items():
            tallies.append(fuzz(numbers[name], given.seed, folder))
            print("\n".join([str(tallies[-1]), *tallies[-1].failures]), flush=True)
    if given.record:
        record(given.record, tallies, given.seed)
    return int(any(tally.failures for tally in tallies))


FUZZ = {
    "configs": configurations.fuzz,
    "catalogues": catalogues.fuzz,
    "mutations": mutationfiles.fuzz,
    "methods": plugins.fuzz,
    "commands": commands,
    "kills": kills,
}


if __name__ == "__main__":
    sys.exit(main())
