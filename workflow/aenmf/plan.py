"""What a run consists of: which cohorts, methods, losses and chunks of splits, worked out from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aenmf.errors import UserError, did_you_mean
from aenmf.methods.base import Method
from aenmf.methods.registry import build_method


@dataclass(frozen=True)
class Plan:
    """The combinations a run is made of.

    Attributes:
        cohorts: names in order.
        methods: configured methods by entry name, in the order of ``compare``.
        titles: name in tables and figures by entry name.
        losses: losses in order.
        combinations: supported (method, loss) pairs.
        skipped: (method, loss, reason) for the others.
        chunks: names of the chunks of splits, such as ``00-09``.
    """

    cohorts: tuple[str, ...]
    methods: dict[str, Method]
    titles: dict[str, str]
    losses: tuple[str, ...]
    chunks: tuple[str, ...]
    combinations: tuple[tuple[str, str], ...] = field(init=False)
    skipped: tuple[tuple[str, str, str], ...] = field(init=False)

    def __post_init__(self):
        pairs = [(name, loss, method.unsupported(loss)) for name, method in self.methods.items() for loss in self.losses]
        object.__setattr__(self, "combinations", tuple((name, loss) for name, loss, reason in pairs if reason is None))
        object.__setattr__(self, "skipped", tuple((name, loss, reason) for name, loss, reason in pairs if reason))

    def entry_of(self, model: str) -> str | None:
        """The entry that plays a model's part in the paper's tables: the first one of that model."""
        return next((name for name, method in self.methods.items() if method.model == model), None)

    def methods_with(self, loss: str) -> list[str]:
        """Entries fitted with a loss, in order."""
        return [name for name, known in self.combinations if known == loss]


def make_plan(config: Mapping[str, Any], known_cohorts: Mapping[str, Any]) -> Plan:
    """Build the plan of a checked configuration.

    Raises:
        UserError: a cohort or method entry that does not exist, or a method whose solver or options are wrong.
    """
    for cohort in config["cohorts"]:
        if cohort not in known_cohorts:
            raise UserError(
                f"unknown cohort {cohort!r}", where="config key cohorts", remedy=did_you_mean(cohort, known_cohorts)
            )
    methods, titles = {}, {}
    for name in config["compare"]:
        if name not in config["methods"]:
            remedy = did_you_mean(name, config["methods"])
            raise UserError(f"unknown method entry {name!r}", where="config key compare", remedy=remedy)
        entry = config["methods"][name]
        methods[name] = build_method(name, entry)
        titles[name] = entry.get("title", name)
    plan = Plan(
        cohorts=tuple(config["cohorts"]),
        methods=methods,
        titles=titles,
        losses=tuple(config["losses"]),
        chunks=tuple(chunk_names(config["n_splits"], config["splits_per_job"])),
    )
    if not plan.combinations:
        reasons = "; ".join(reason for _, _, reason in plan.skipped)
        raise UserError("no method supports any of the losses", where="config key losses", remedy=reasons)
    return plan


def chunk_names(n_splits: int, per_job: int) -> list[str]:
    """Names of the chunks of splits: ``chunk_names(30, 10) == ["00-09", "10-19", "20-29"]``."""
    width = max(2, len(str(n_splits - 1)))
    firsts = range(0, n_splits, per_job)
    return [f"{first:0{width}d}-{min(first + per_job, n_splits) - 1:0{width}d}" for first in firsts]


def splits_in(chunk: str) -> range:
    """The splits of a chunk: ``list(splits_in("00-02")) == [0, 1, 2]``."""
    first, last = (int(part) for part in chunk.split("-"))
    return range(first, last + 1)
