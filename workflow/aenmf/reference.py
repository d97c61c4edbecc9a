"""Keeping a run's small outputs as the committed reference: ``python -m aenmf.reference results/<run>``.

What config/reference.yaml names is copied to results/reference, with a manifest of what made it, and the README's tables
are renewed from it. Catalogues and names of patients are not among it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from aenmf.errors import UserError, did_you_mean
from aenmf.store import write_json

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config/reference.yaml"


def copy_results(run: Path, target: Path, keep: Sequence[str]) -> list[Path]:
    """Copy the files of a run that patterns name; files an earlier reference left in ``target`` are removed first.

    Raises:
        UserError: a pattern that matches nothing.
    """
    wanted: dict[Path, None] = {}
    for pattern in keep:
        found = sorted(path for path in run.glob(pattern) if path.is_file())
        if not found:
            remedy = "Finish the run first, or change config/reference.yaml"
            raise UserError(f"the run has no file {pattern}", where=str(run), remedy=remedy)
        wanted |= dict.fromkeys(found)
    before = target / "manifest.json"
    for name in json.loads(before.read_text(encoding="utf-8"))["sha256"] if before.is_file() else ():
        (target / name).unlink(missing_ok=True)
    copied = []
    for path in wanted:
        copied.append(target / path.relative_to(run))
        copied[-1].parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied[-1])
    return copied


def manifest(run: Path, target: Path, copied: Sequence[Path]) -> dict[str, Any]:
    """What made the reference: the run's own facts, inputs, seconds of each stage, and checksums of what was kept."""
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    inputs = {
        path.parent.name: json.loads(path.read_text()) for path in sorted((run / "data").glob("*/provenance.json"))
    }
    seconds: dict[str, float] = {}
    for path in sorted((run / "benchmarks").rglob("*.tsv")):
        stage = path.relative_to(run / "benchmarks").parts[0].removesuffix(".tsv")
        seconds[stage] = seconds.get(stage, 0.0) + float(pd.read_csv(path, sep="\t")["s"].iloc[0])
    return {
        **info,
        "inputs": {name: {key: fact[key] for key in ("source", "sha256", "samples")} for name, fact in inputs.items()},
        "seconds_by_stage": {stage: round(value, 1) for stage, value in seconds.items()},
        "sha256": {str(p.relative_to(target)): hashlib.sha256(p.read_bytes()).hexdigest() for p in copied},
    }


def renew_readme(readme: str, reference: Path) -> str:
    """The README with every block between ``<!-- table NAME -->`` and ``<!-- end -->`` renewed from the reference.

    NAME stands for tables/NAME.md, and FOLDER/NAME for FOLDER/NAME.md.
    """

    def block(found: re.Match) -> str:
        folder, _, name = found[1].rpartition("/")
        table = (reference / (folder or "tables") / f"{name}.md").read_text(encoding="utf-8")
        return f"<!-- table {found[1]} -->\n{table}<!-- end -->"

    return re.sub(r"<!-- table ([\w/]+) -->\n.*?<!-- end -->", block, readme, flags=re.DOTALL)


def keep_run(run: Path) -> int:
    """Keep a run's results as config/reference.yaml says and renew the README; returns the number of files.

    Raises:
        UserError: the run is not named there, has no run.json, or lacks a file.
    """
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    if run.name not in rules:
        raise UserError(
            f"nothing is kept of a run {run.name!r}", where=str(RULES), remedy=did_you_mean(run.name, rules)
        )
    if not (run / "run.json").is_file():
        raise UserError("there is no run.json", where=str(run), remedy="Name the results of a finished run")
    reference = ROOT / "results/reference"
    target = reference / rules[run.name]["into"]
    copied = copy_results(run, target, rules[run.name]["keep"])
    write_json(target / "manifest.json", manifest(run, target, copied))
    readme = ROOT / "README.md"
    readme.write_text(renew_readme(readme.read_text(encoding="utf-8"), reference), encoding="utf-8")
    return len(copied)


def main(arguments: list[str] | None = None) -> int:
    """Command line; the exit status is 2 if a run cannot be kept."""
    parser = argparse.ArgumentParser(prog="python -m aenmf.reference", description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+", help="results of finished runs, such as results/paper")
    for run in parser.parse_args(arguments).runs:
        try:
            print(f"{run}: kept {keep_run(run)} files")
        except UserError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
