"""Keeping a run's small outputs as the committed reference: ``python -m aenmf.reference results/<run>``.

Tables and key figures are copied to results/reference, with a manifest of what made them, and the README's tables are
renewed from them. Sample names and catalogues are not copied.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from aenmf.errors import UserError
from aenmf.store import write_json

ROOT = Path(__file__).parents[2]
TABLES = ("errors", "fits", "recovery", "consistency", "consensus", "matches", "order", "sparsity")
SHOWN = ("table1", "table2", "table3", "table3_tests", "table4", "verdicts")
PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "scikit-learn",
    "kmedoids",
    "SigProfilerAssignment",
    "matplotlib",
    "snakemake",
)


def copy_results(run: Path, reference: Path, figures: list[str]) -> list[Path]:
    """Copy a run's long tables, shown tables and the named figures; returns what was copied.

    Raises:
        UserError: a table that every run has is missing.
    """
    missing = [name for name in TABLES if not (run / "tables" / f"{name}.csv").is_file()]
    if missing:
        raise UserError(f"the run has no table {missing[0]}", where=str(run), remedy="Finish the run first")
    shutil.rmtree(reference, ignore_errors=True)
    wanted = [run / "tables" / f"{name}.csv" for name in TABLES]
    wanted += [path for name in SHOWN for path in sorted((run / "tables").glob(f"{name}.*"))]
    wanted += [run / "figures" / f"{name}.png" for name in figures if (run / "figures" / f"{name}.png").is_file()]
    copied = []
    for path in wanted:
        target = reference / path.relative_to(run)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        copied.append(target)
    return copied


def manifest(run: Path, reference: Path, config: dict[str, Any], copied: list[Path]) -> dict[str, Any]:
    """What made the reference: configuration, versions, inputs, commit, seconds of each stage, and checksums."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    inputs = {
        path.parent.name: json.loads(path.read_text()) for path in sorted((run / "data").glob("*/provenance.json"))
    }
    seconds: dict[str, float] = {}
    for path in sorted((run / "benchmarks").rglob("*.tsv")):
        stage = path.relative_to(run / "benchmarks").parts[0].removesuffix(".tsv")
        seconds[stage] = seconds.get(stage, 0.0) + float(pd.read_csv(path, sep="\t")["s"].iloc[0])
    return {
        "commit": commit,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "config": config,
        "inputs": {name: {key: fact[key] for key in ("source", "sha256", "samples")} for name, fact in inputs.items()},
        "seconds_by_stage": {stage: round(value, 1) for stage, value in seconds.items()},
        "sha256": {str(p.relative_to(reference)): hashlib.sha256(p.read_bytes()).hexdigest() for p in copied},
    }


def renew_readme(readme: str, reference: Path) -> str:
    """The README with every block between ``<!-- table NAME -->`` and ``<!-- end -->`` renewed from the reference."""

    def block(found: re.Match) -> str:
        table = (reference / "tables" / f"{found[1]}.md").read_text(encoding="utf-8")
        return f"<!-- table {found[1]} -->\n{table}<!-- end -->"

    return re.sub(r"<!-- table (\w+) -->\n.*?<!-- end -->", block, readme, flags=re.DOTALL)


def main(arguments: list[str] | None = None) -> int:
    """Command line; the exit status is 2 if the run cannot be kept."""
    parser = argparse.ArgumentParser(prog="python -m aenmf.reference", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="results of a finished run, such as results/paper")
    parser.add_argument("--config", type=Path, default=ROOT / "config/paper.yaml", help="its configuration")
    given = parser.parse_args(arguments)
    reference = ROOT / "results/reference"
    try:
        settings = yaml.safe_load((ROOT / "config/reference.yaml").read_text(encoding="utf-8"))
        copied = copy_results(given.run, reference, settings["figures"])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    config = yaml.safe_load(given.config.read_text(encoding="utf-8"))
    write_json(reference / "manifest.json", manifest(given.run, reference, config, copied))
    readme = ROOT / "README.md"
    readme.write_text(renew_readme(readme.read_text(encoding="utf-8"), reference), encoding="utf-8")
    print(f"kept {len(copied)} files in {reference.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
