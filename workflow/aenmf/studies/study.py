"""What the studies beside the comparison have in common: which cohorts and fits they consist of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aenmf.errors import UserError, did_you_mean
from aenmf.methods.registry import build_method

Fits = list[tuple[str, str]]
"""Pairs of method entry and loss."""


def study_cohorts(named: Sequence[str], cohorts: Sequence[str], key: str) -> list[str]:
    """The cohorts of a study: those named, which must be among the run's, or all of the run's.

    Args:
        named: as configured; empty for all.
        cohorts: the run's.
        key: the configuration key, for messages.
    """
    for name in named:
        if name not in cohorts:
            remedy = did_you_mean(name, cohorts)
            raise UserError(f"{name!r} is not among this run's cohorts", where=f"config key {key}", remedy=remedy)
    return list(named or cohorts)


def study_fits(methods: Sequence[str], losses: Sequence[str], entries: Mapping[str, Any], key: str) -> Fits:
    """The (method entry, loss) pairs of a study that can be fitted.

    Args:
        methods: names of entries.
        losses: losses in order.
        entries: the configured method entries.
        key: the configuration key, for messages.
    """
    for name in methods:
        if name not in entries:
            remedy = did_you_mean(name, entries)
            raise UserError(f"unknown method entry {name!r}", where=f"config key {key}", remedy=remedy)
    built = {name: build_method(name, entries[name]) for name in methods}
    return [(name, loss) for name in methods for loss in losses if built[name].unsupported(loss) is None]
