"""From a user's catalogue to a configuration that runs: read the file, say what was found, write ``config/<name>.yaml``."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aenmf.channels import N_CHANNELS
from aenmf.data.catalogues import Catalogue
from aenmf.data.cells import some
from aenmf.data.datasets import MUTATION_FILE, Cohort
from aenmf.data.owncohorts import input_files, own_catalogue, own_truth
from aenmf.errors import UserError
from aenmf.files.atomic import atomic_write
from aenmf.files.checked_yaml import Validator, load_schema, merged, parse_yaml
from aenmf.files.shipped import SCHEMAS
from aenmf.formats import counted
from aenmf.run.preflight import check, load_config

NOTES = {
    "file": "the catalogue, as it is, or a VCF or MAF file",
    "vcf_folder": "VCF or MAF files, counted by SigProfilerMatrixGenerator",
    "genome": "the genome the files refer to",
    "rank": "number of signatures of the comparison",
    "ranks": "these numbers are tried; see tables/rank_criteria.csv and then set rank",
    "title": "name in tables and figures",
    "organ": "organ as Signal names it",
    "truth": "the true signatures, for the recovery",
}

OPTIONS = ("rank", "ranks", "title", "organ", "truth", "genome")
"""Keys of an own cohort that are options of the same name."""

METHODS = (
    "methods: {nmf: &search {patience: 3, least_starts: 3}, cnmf: *search, aenmf: *search}  "
    "# search out of local optima, where luck would tell methods apart"
)


@dataclass(frozen=True)
class Request:
    """What ``aenmf scaffold`` is asked for; its help explains each."""

    catalogue: str
    rank: int | None = None
    ranks: str | None = None
    name: str | None = None
    title: str | None = None
    organ: str | None = None
    truth: str | None = None
    genome: str | None = None
    drop_empty: bool = False
    output: str | None = None
    force: bool = False


def cohort_name(path: Path) -> str:
    """A cohort's name from its file's: ``cohort_name(Path("My Data.v2.csv")) == "my_data_v2"``; 2024.csv has to be more."""
    stem = re.sub(r"\.(csv|tsv|txt|all|gz|SBS96|vcf|maf)", "", path.name, flags=re.IGNORECASE)
    name = re.sub(r"[^a-z0-9-]+", "_", stem.lower()).strip("_-")[:50] or "mine"
    schema = load_schema(SCHEMAS / "config.schema.yaml")["properties"]["own_cohorts"]["propertyNames"]
    return name if Validator(schema).is_valid(name) else f"cohort_{name}"


def rank_range(text: str) -> list[int]:
    """Two ranks from text: ``rank_range("2-8") == [2, 8]``.

    Raises:
        UserError: it is no such range, or reaches beyond what the channels allow.
    """
    found = re.fullmatch(r"(\d{1,3})-(\d{1,3})", text.strip())
    if not found:
        raise UserError(
            f"{text!r} is not a range of ranks", where="--ranks", remedy="Write lowest-highest, such as 2-8"
        )
    lowest, highest = map(int, found.groups())
    if lowest < 1 or highest > N_CHANNELS:
        problem = f"{text!r} is outside 1 to {N_CHANNELS}: there are no more signatures than channels"
        raise UserError(problem, where="--ranks", remedy=f"Choose from 1-{N_CHANNELS}, such as 2-8")
    return [lowest, highest]


def settings(given: Request) -> dict[str, Any]:
    """The entry under ``own_cohorts`` that the command line asks for.

    Raises:
        UserError: neither a rank nor a range is given, or VCF or MAF files without their genome.
    """
    if given.rank is None and given.ranks is None:
        remedy = "Add --rank 4, or --ranks 2-8 to try several numbers first"
        raise UserError("the number of signatures is missing", where="--rank", remedy=remedy)
    path = Path(given.catalogue)
    entry: dict[str, Any] = {"vcf_folder" if os.path.isdir(path) else "file": given.catalogue}
    if os.path.isdir(path) or MUTATION_FILE.fullmatch(path.name):
        if not given.genome:
            what = "is a directory" if os.path.isdir(path) else "holds mutations that are yet to be counted"
            remedy = "Add --genome GRCh37, or name the file of a catalogue"
            raise UserError(f"{given.catalogue} {what}", where="--genome", remedy=remedy)
        entry["genome"] = given.genome
    ranks = rank_range(given.ranks) if given.ranks else None
    entry["rank"] = given.rank
    if ranks:
        entry["ranks"] = ranks
        if given.rank is None:
            entry["rank"] = sum(ranks) // 2
    return entry | {key: getattr(given, key) for key in ("title", "organ", "truth") if getattr(given, key)}


def text_of(name: str, entry: dict[str, Any], drop_empty: bool = False) -> str:
    """The configuration file."""
    quoted = json.dumps(name)  # YAML reads 2024, no and null as something else than names
    lines = [f"run: {quoted}  # results go to results/{name}; config/config.yaml explains every other key"]
    lines += [f"cohorts: [{quoted}]", "own_cohorts:", f"  {quoted}:"]
    for key, value in entry.items():
        lines.append(f"    {key}: {json.dumps(value, ensure_ascii=False)}  # {NOTES[key]}")
    lines += ["empty_samples: drop  # patients without mutations are left out"] if drop_empty else []
    return "\n".join([*lines, METHODS]) + "\n"


def findings(cohort: Cohort, catalogue: Catalogue | None) -> list[str]:
    """What was found in the user's files, in lines."""
    assert cohort.data is not None  # an own cohort has files
    if catalogue is None:
        return [f"{cohort.data.path}: {counted(len(input_files(cohort.data)), 'file')}, counted when the workflow runs"]
    totals = catalogue.matrix.sum(axis=0)
    least, most = catalogue.samples[int(totals.argmin())], catalogue.samples[int(totals.argmax())]
    order = "re-ordered by name" if catalogue.reordered else "in canonical order"
    lines = [
        f"{cohort.data.path}: 96 channels in rows ({order}), {counted(len(totals), 'patient')} in columns",
        f"  {totals.sum():,.0f} mutations; per patient {totals.min():,.0f} ({least}) to {totals.max():,.0f} ({most}), "
        f"median {np.median(totals):,.0f}",
    ]
    if catalogue.dropped:
        lines.append(f"  left out, without any mutation: {some(catalogue.dropped)}")
    lines += [f"  {note}" for note in catalogue.notes]
    fractional = int((catalogue.matrix != np.floor(catalogue.matrix)).any(axis=0).sum())
    if fractional:
        lines.append(f"  fractional counts, kept as they are, in {counted(fractional, 'patient')}")
    truth = own_truth(cohort)
    if truth is not None:
        lines.append(
            f"{cohort.truth}: {counted(truth.shape[1], 'true signature')} ({', '.join(map(str, truth.columns[:8]))})"
        )
        if truth.shape[1] != cohort.rank:
            lines.append(f"  note: the rank is {cohort.rank}")
    return lines


def _option(error: UserError, name: str) -> str:
    """The place of a mistake as the command line has it; the place itself where no option is to blame."""
    place = error.where.removeprefix("config key own_cohorts")
    if place == error.where:
        return "--name" if place == "config key run" else place
    key = place.removeprefix(f".{name}").split(".")[1:2]
    if key and key[0] in OPTIONS:
        return f"--{key[0]}"
    about_name = not place or (place == f".{name}" and "already a cohort" in error.problem)
    return "--name" if about_name else error.where


def scaffold(given: Request) -> list[str]:
    """Check the user's files and write the configuration; what was found and what to do next, in lines.

    Raises:
        UserError: as :func:`aenmf.run.preflight.check`, or the configuration exists already.
    """
    name = given.name or cohort_name(Path(given.catalogue))
    entry = settings(given)
    target = Path(given.output or f"config/{name}.yaml")
    if os.path.isdir(target):
        remedy = "Name a file, such as --output mine.yaml"
        raise UserError("this is a directory, and a file is to be written", where=str(target), remedy=remedy)
    if os.path.lexists(target) and not given.force:
        remedy = "Choose another --name or --output, or add --force to replace it"
        raise UserError("there is already such a file", where=str(target), remedy=remedy)
    text = text_of(name, entry, given.drop_empty)
    config = merged(load_config([]), parse_yaml(text, target))  # what the next command will read
    try:
        registry, plan = check(config)
    except UserError as error:
        raise UserError(error.problem, where=_option(error, name), remedy=error.remedy) from error
    cohort = registry.cohorts[name]
    assert cohort.data is not None  # an own cohort has files
    catalogue = own_catalogue(cohort.data, config["empty_samples"])[1] if cohort.data.kind == "own" else None
    lines = findings(cohort, catalogue)
    if given.genome and "genome" not in entry:
        lines.append(f"  --genome {given.genome} is not used: {given.catalogue} holds counts, not mutations to count")
    lines += [f"Warning: {sentence}." for sentence in plan.warnings]
    with atomic_write(target) as file:
        file.write(text)
    lines.append(f"Wrote {target}. Next:")
    if given.rank is None:
        lines.append(f"  snakemake --cores 2 ranks --configfile {target}")
        lines.append(
            f"then set rank in {target} (now {entry['rank']}) to the choice in results/{name}/tables/rank_criteria.csv, and"
        )
    return [*lines, f"  snakemake --cores 2 --configfile {target}"]
