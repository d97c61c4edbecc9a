"""Try what users do to a run, or where they run it, and report how each attempt ended; the exit status is 1 if one ended wrongly.

    python tests/tried                                   # all, an hour, as root on a Linux machine with git
    python tests/tried "no git"                          # one by its name

Every attempt works in a copy of its own below ``--folder``. Those of the set-up make real environments with ``make setup``; the
others run a small part with the environment of this process, and its tables have to be those of an undisturbed run, byte for
byte. ``aenmf keep results/tried`` keeps the report, which docs/tried.md shows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "workflow")]

from aenmf.files.layout import Layout, to_markdown  # noqa: E402
from aenmf.run.runinfo import write_run_info  # noqa: E402
from tried.attempts import ATTEMPTS, Place  # noqa: E402

COLUMNS = ["tried", "command", "result", "in_order", "test"]


def report(path: Path) -> None:
    """Write the table of attempts as it is shown."""
    table = pd.read_csv(path, keep_default_na=False)
    wrong = int((~table["in_order"].astype(bool)).sum())
    rows = [[row["tried"], row["command"], row["result"], row["test"]] for _, row in table.iterrows()]
    caption = f"{len(table)} circumstances tried: {wrong} ended as none should."
    columns = ["Tried", "Command", "How it ended", "Also a test"]
    path.with_suffix(".md").write_text(to_markdown(Layout(caption, "tried", columns, rows, "llll")), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="attempts; all if none is named")
    parser.add_argument("--folder", type=Path, default=Path("/tmp/aenmf-tried"), help="where copies are made")
    parser.add_argument("--record", type=Path, default=ROOT / "results/tried", help="folder of the report")
    given = parser.parse_args()
    given.record.mkdir(parents=True, exist_ok=True)
    write_run_info(given.record / "run.json", {"run": "tried"}, 1)
    path, place = given.record / "tried.csv", Place(ROOT, given.folder)
    known = pd.read_csv(path, keep_default_na=False) if path.is_file() else pd.DataFrame(columns=COLUMNS)
    found = {row["tried"]: dict(row) for _, row in known.iterrows()}
    for name in given.names or ATTEMPTS:
        attempt = ATTEMPTS[name]
        result = attempt.make(place)
        found[name] = dict(zip(COLUMNS, (name, attempt.command, *result, attempt.test), strict=True))
        print(f"{name}: {'in order' if result[1] else 'WRONG'}: {result[0]}", flush=True)
        rows = [found[key] for key in ATTEMPTS if key in found]
        pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
        report(path)
    return int(not all(row["in_order"] in (True, "True") for row in found.values()))


if __name__ == "__main__":
    sys.exit(main())
