"""What a run consists of: which cohorts, methods, losses and chunks of splits, worked out from the configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aenmf.data.cells import some
from aenmf.data.datasets import Cohort, Reference, Registry
from aenmf.errors import UnknownOption, UserError, did_you_mean
from aenmf.files.checked_yaml import check_names, load_schema
from aenmf.files.shipped import SCHEMAS
from aenmf.methods.base import Method
from aenmf.methods.registry import build_method
from aenmf.methods.sensible import check_entries
from aenmf.run.studyplan import StudyPlan, plan_studies

SIDE_BY_SIDE = "side_by_side"
"""What figures of all methods of a cohort have in their names in place of one."""


@dataclass(frozen=True)
class Plan:
    """The combinations a run is made of.

    Attributes:
        cohorts: names in order.
        compare: names of the method entries that are compared, in order.
        methods: configured methods by entry name, those of ``compare`` first, then those of the studies.
        titles: name in tables and figures by entry name.
        losses: losses in order.
        combinations: supported (method, loss) pairs.
        skipped: (method, loss, reason) for the others.
        chunks: names of the chunks of splits, such as ``00-09``.
        rank_ranges: lowest and highest rank of the cohorts of the paper's rank selection.
        rank_chunks: names of the chunks of ranks of each of them.
        criteria_ranges, criteria_chunks: the same of the cohorts whose rank is chosen by criteria.
        rank_options: the options of rank selection that each compared entry has, by entry; empty without rank selection.
        variants, variant_cohorts, variant_splits: entries, cohorts and splits of the study of non-negativity variants.
        convergence, convergence_cohorts: entries of the convergence report, and its cohorts.
        studies: what runs on demand.
        warnings: what the user should know about the own cohorts, in sentences.
        absent: entries that were to be compared and cannot run on this machine: entry → reason. They are in no other list
            than ``skipped``.
    """

    cohorts: tuple[str, ...]
    compare: tuple[str, ...]
    methods: dict[str, Method]
    titles: dict[str, str]
    losses: tuple[str, ...]
    chunks: tuple[str, ...]
    studies: StudyPlan
    rank_ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    rank_chunks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rank_options: dict[str, dict[str, Any]] = field(default_factory=dict)
    criteria_ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    criteria_chunks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    variants: tuple[str, ...] = ()
    variant_splits: int = 1
    variant_cohorts: tuple[str, ...] = ()
    convergence: tuple[str, ...] = ()
    convergence_cohorts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    combinations: tuple[tuple[str, str], ...] = field(init=False)
    skipped: tuple[tuple[str, str, str], ...] = field(init=False)

    def __post_init__(self):
        pairs = self._pairs(self.compare)
        object.__setattr__(self, "combinations", tuple((name, loss) for name, loss, reason in pairs if reason is None))
        absent = [(name, loss, reason) for name, reason in self.absent.items() for loss in self.losses]
        skipped = [(name, loss, reason) for name, loss, reason in pairs if reason]
        object.__setattr__(self, "skipped", (*absent, *skipped))

    @property
    def rank_cohorts(self) -> tuple[str, ...]:
        """Cohorts of the paper's rank selection."""
        return tuple(self.rank_ranges)

    @property
    def criteria_cohorts(self) -> tuple[str, ...]:
        """Cohorts whose rank is chosen by criteria."""
        return tuple(self.criteria_ranges)

    def rank_options_left_out(self, options: Mapping[str, Any]) -> dict[str, list[str]]:
        """Which of the options of rank selection compared entries do not have: entry → names."""
        left = {name: [key for key in options if key not in own] for name, own in self.rank_options.items()}
        return {name: keys for name, keys in left.items() if keys}

    @property
    def groups(self) -> dict[str, list[tuple[str, str]]]:
        """What is evaluated together: the (method, loss) pairs of the comparison, and those of the variants."""
        return {"compare": list(self.combinations), "variants": self.supported(self.variants)}

    def _pairs(self, entries: tuple[str, ...]) -> list[tuple[str, str, str | None]]:
        return [(name, loss, self.methods[name].unsupported(loss)) for name in entries for loss in self.losses]

    def supported(self, entries: tuple[str, ...]) -> list[tuple[str, str]]:
        """The (method, loss) pairs of some entries that can be fitted."""
        return [(name, loss) for name, loss, reason in self._pairs(entries) if reason is None]

    def chunks_of(self, method: str) -> tuple[str, ...]:
        """The chunks of splits a method is fitted to: all if it is compared, else those of the variants."""
        return self.chunks if method in self.compare else self.chunks_in("variants")

    def chunks_in(self, group: str) -> tuple[str, ...]:
        """The chunks of splits of a group: the variants are fitted to the first splits only, in one chunk."""
        return self.chunks if group == "compare" else tuple(chunk_names(0, self.variant_splits, self.variant_splits))

    def entry_of(self, model: str) -> str | None:
        """The entry that plays a model's part in the paper's tables: the first one of that model."""
        return next((name for name in self.compare if self.methods[name].model == model), None)

    def methods_with(self, loss: str) -> list[str]:
        """Entries fitted with a loss, in order."""
        return [name for name, known in self.combinations if known == loss]


def make_plan(config: Mapping[str, Any], registry: Registry) -> Plan:
    """Build the plan of a checked configuration.

    Raises:
        UserError: a cohort, reference, directory or method entry that does not exist, also of a study; a method whose solver
            or options are wrong, or one that cannot be fitted.
    """
    for name in config["cohorts"]:
        registry.cohort(name, "config key cohorts")
    for name in config["references"]:
        if name not in registry.signatures:
            remedy = did_you_mean(name, registry.signatures)
            raise UserError(f"unknown reference {name!r}", where="config key references", remedy=remedy)
    check_names(config, load_schema(SCHEMAS / "config.schema.yaml"))
    for name in config["cohorts"]:
        _check_matched(registry.cohorts[name], [registry.references[reference] for reference in config["references"]])
    if config["data_dir"] and not os.path.isdir(os.path.expanduser(config["data_dir"])):
        remedy = "Correct the path, or leave data_dir empty to use AENMF_DATA_DIR, the cache or a download"
        raise UserError(f"there is no directory {config['data_dir']!r}", where="config key data_dir", remedy=remedy)
    named = ("rank_selection", "rank_criteria", "variants", "convergence", "optima", "robustness")
    studies = {name: config[name] for name in named}
    for name, study in studies.items():
        if study["cohorts"] and not (study.get("methods", True) or study.get("precision")):
            where, remedy = f"config key {name}.methods", "Name the entries of the study, or empty its cohorts"
            raise UserError(
                f"no method entry is named, but cohorts are: {some(study['cohorts'])}", where=where, remedy=remedy
            )
    exponents = config["scaling"]["exponents"]
    if exponents and not Path(exponents).is_file():
        where, remedy = "config key scaling.exponents", "Correct the path, or write null"
        raise UserError(f"there is no file {exponents!r}", where=where, remedy=remedy)
    wanted = dict.fromkeys([*config["compare"], *config["variants"]["methods"], *config["convergence"]["methods"]])
    methods = {name: build_method(name, config["methods"][name]) for name in wanted}
    absent = {name: reason for name in config["compare"] if (reason := methods[name].absent())}
    check_entries(config)
    titles = {name: config["methods"][name].get("title", name) for name in wanted}
    _check_file_names(config["cohorts"], wanted)
    _check_titles("methods", {name: titles[name] for name in config["compare"]})
    _check_titles("cohorts", {name: registry.cohorts[name].title for name in config["cohorts"]})
    ranges, criteria = (_rank_ranges(config, registry, key) for key in ("rank_selection", "rank_criteria"))
    plan = Plan(
        cohorts=tuple(config["cohorts"]),
        compare=tuple(name for name in config["compare"] if name not in absent),
        methods=methods,
        titles=titles,
        losses=tuple(config["losses"]),
        chunks=tuple(chunk_names(0, config["n_splits"], config["splits_per_job"])),
        studies=plan_studies(config, registry),
        rank_ranges=ranges,
        rank_chunks=_rank_chunks(ranges, config["rank_selection"]["ranks_per_job"]),
        criteria_ranges=criteria,
        criteria_chunks=_rank_chunks(criteria, config["rank_criteria"]["ranks_per_job"]),
        rank_options=_rank_options(config) if ranges else {},
        variants=tuple(studies["variants"]["methods"]),
        variant_splits=min(studies["variants"]["splits"], config["n_splits"]),
        variant_cohorts=tuple(studies["variants"]["cohorts"]),
        convergence=tuple(studies["convergence"]["methods"]),
        convergence_cohorts=tuple(studies["convergence"]["cohorts"]),
        absent=absent,
    )
    if not plan.compare:
        problem = f"none of the entries can run on this machine ({'; '.join(dict.fromkeys(absent.values()))})"
        raise UserError(problem, where="config key compare", remedy="Add an entry such as nmf")
    for name in plan.compare:
        reasons = [reason for entry, _, reason in plan.skipped if entry == name]
        if len(reasons) == len(plan.losses):
            problem = f"{name!r} cannot be fitted with any of the losses ({'; '.join(reasons)})"
            remedy = "Choose another solver, add the loss it has, or take the entry out of compare"
            raise UserError(problem, where="config key compare", remedy=remedy)
    missing = [model for model in ("nmf", "cnmf", "aenmf") if plan.entry_of(model) is None]
    if config["theorem"]["cohorts"] and missing:
        problem = f"the theorem's conditions need fits of {', '.join(missing)}, and no such entry is compared"
        remedy = "Name one under compare, or empty the cohorts of the study"
        raise UserError(problem, where="config key theorem.cohorts", remedy=remedy)
    return plan


def _check_file_names(cohorts: Sequence[str], methods: Iterable[str]) -> None:
    """Check that no two pairs of a cohort and a method give one name, as a_b with c and a with b_c do: figures have it.

    Raises:
        UserError: two pairs do.
    """
    pairs: dict[str, tuple[str, str]] = {}
    for pair in ((cohort, method) for cohort in cohorts for method in (*methods, SIDE_BY_SIDE)):
        other = pairs.setdefault("_".join(pair), pair)
        if other != pair:
            names = " and ".join(f"those of cohort {cohort!r} with {method!r}" for cohort, method in (other, pair))
            problem = f"figures would have the same name, {'_'.join(pair)}: {names}"
            raise UserError(problem, where="config key cohorts", remedy="Rename one of the cohorts or method entries")


def _check_titles(key: str, titles: Mapping[str, str]) -> None:
    """Check that tables and figures can tell what is compared apart.

    Raises:
        UserError: two entries have one title.
    """
    first: dict[str, str] = {}
    for name, title in titles.items():
        if (other := first.setdefault(title, name)) != name:
            problem = f"{other!r} and {name!r} have the same title, {title!r}"
            raise UserError(problem, where=f"config key {key}", remedy="Give one of them another title")


def _check_matched(cohort: Cohort, references: Sequence[Reference]) -> None:
    """Check that a cohort's signatures are matched to some known ones: a reference, of its organ, or its truth."""
    usable = [reference for reference in references if cohort.organ or not reference.by_organ]
    if not usable and not cohort.truth and cohort.kind != "simulated":
        problem = f"the signatures of {cohort.cohort} would be matched to none"
        remedy = "Add cosmic, which needs no organ" + (", or give the cohort an organ" if references else "")
        raise UserError(problem, where="config key references", remedy=remedy)


def _rank_ranges(config: Mapping[str, Any], registry: Registry, section: str) -> dict[str, tuple[int, int]]:
    """Lowest and highest rank of the cohorts of a section: an own cohort's ``ranks``, or else those of the section.

    Own cohorts with ``ranks`` are among those of the criteria without being listed.
    """
    common, ranges = config[section], {}
    for name in config["cohorts"]:
        own = registry.cohorts[name].ranks
        if not (name in common["cohorts"] or (own and section == "rank_criteria")):
            continue
        lowest, highest = own or (common["lowest"], common["highest"])
        if highest < lowest:
            where = f"config key own_cohorts.{name}.ranks" if own else f"config key {section}"
            raise UserError(
                f"highest ({highest}) is below lowest ({lowest})", where=where, remedy="Choose lowest ≤ highest"
            )
        ranges[name] = (lowest, highest)
    return ranges


def _rank_chunks(ranges: Mapping[str, tuple[int, int]], per_job: int) -> dict[str, tuple[str, ...]]:
    """Names of the chunks of ranks of every cohort."""
    return {name: tuple(chunk_names(lowest, highest + 1, per_job)) for name, (lowest, highest) in ranges.items()}


def _rank_options(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of the options of rank selection those that each compared entry has; every one must be some entry's."""
    where, options = "config key rank_selection.options", config["rank_selection"]["options"]
    for key in ("model", "title"):
        if key in options:
            problem, remedy = (
                f"{key!r} cannot be changed for rank selection",
                "Give options of solvers, such as max_iter",
            )
            raise UserError(problem, where=where, remedy=remedy)
    applied: dict[str, dict[str, Any]] = {name: {} for name in config["compare"]}
    unknown: dict[str, UserError] = {}
    for name in config["compare"]:
        for key, value in options.items():
            try:
                build_method(name, config["methods"][name] | applied[name] | {key: value})
            except UnknownOption as error:
                unknown.setdefault(key, UserError(f"{error.problem} (for {name})", where=where, remedy=error.remedy))
            except UserError as error:
                raise UserError(f"{error.problem} (for {name})", where=where, remedy=error.remedy) from error
            else:
                applied[name][key] = value
    for key, mistake in unknown.items():
        if not any(key in own for own in applied.values()):
            raise mistake
    return applied


def chunk_names(first: int, stop: int, per_job: int) -> list[str]:
    """Names of the chunks of a range of numbers: ``chunk_names(0, 30, 10) == ["00-09", "10-19", "20-29"]``."""
    width = max(2, len(str(stop - 1)))
    return [f"{n:0{width}d}-{min(n + per_job, stop) - 1:0{width}d}" for n in range(first, stop, per_job)]


def numbers_in(chunk: str) -> range:
    """The numbers of a chunk: ``list(numbers_in("00-02")) == [0, 1, 2]``."""
    first, last = (int(part) for part in chunk.split("-"))
    return range(first, last + 1)
