"""The configuration of the audit, checked and completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aenmf.data.datasets import Registry
from aenmf.data.owncohorts import is_own
from aenmf.errors import UserError, did_you_mean
from aenmf.methods.base import Method
from aenmf.methods.registry import build_method


@dataclass(frozen=True)
class AuditFit:
    """A fit of the published training sets.

    Attributes:
        name: in tables.
        entry: the method entry's keys, with the audit's options laid over them.
        method: the configured method.
        title: of the method entry.
        starts, most_starts: fewest and most starting points.
        splits: number of splits by cohort.
    """

    name: str
    entry: dict[str, Any]
    method: Method
    title: str
    starts: int
    most_starts: int
    splits: dict[str, int]


def audit_fits(config: Mapping[str, Any], registry: Registry) -> dict[str, AuditFit]:
    """The fits of the audit by name.

    Raises:
        UserError: a cohort, reference or method entry does not exist, a cohort has no catalogue, a model is not one of
            the published, or ``most_starts`` is below ``starts``.
    """
    audit = config["audit"]
    for name in audit["cohorts"]:
        cohort = registry.cohort(name, "config key audit.cohorts")
        if cohort.kind != "catalogue" or (cohort.data and is_own(cohort.data)):
            allowed = ", ".join(c.cohort for c in registry.cohorts.values() if c.data and not is_own(c.data))
            remedy = f"Name cohorts of the published archive: {allowed}"
            raise UserError(f"nothing is published of {name!r}", where="config key audit.cohorts", remedy=remedy)
    for name in audit["references"]:
        if name not in registry.signatures:
            remedy = did_you_mean(name, registry.signatures)
            raise UserError(f"unknown reference {name!r}", where="config key audit.references", remedy=remedy)
    fits = {}
    for name, given in audit["fits"].items():
        where = f"config key audit.fits.{name}"
        if given["entry"] not in config["methods"]:
            remedy = did_you_mean(given["entry"], config["methods"])
            raise UserError(f"unknown method entry {given['entry']!r}", where=f"{where}.entry", remedy=remedy)
        if given["most_starts"] < given["starts"]:
            remedy = "Choose starts ≤ most_starts"
            raise UserError("most_starts is below starts", where=where, remedy=remedy)
        entry = config["methods"][given["entry"]] | given.get("options", {})
        method = build_method(given["entry"], entry)
        if method.model not in ("nmf", "cnmf", "aenmf"):
            remedy = "Name an entry of the models nmf, cnmf or aenmf"
            raise UserError(
                f"nothing is published of the model {method.model!r}", where=f"{where}.entry", remedy=remedy
            )
        splits = dict.fromkeys(audit["cohorts"], audit["n_splits"])
        splits |= {c: min(n, audit["n_splits"]) for c, n in given.get("splits", {}).items() if c in splits}
        title = entry.get("title", given["entry"])
        fits[name] = AuditFit(name, entry, method, title, given["starts"], given["most_starts"], splits)
    return fits
