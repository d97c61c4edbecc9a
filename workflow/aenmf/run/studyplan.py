"""The fits of the studies, which come on top of those of the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aenmf.audit.settings import AuditFit, audit_fits
from aenmf.data.datasets import Registry
from aenmf.losses import PAPER_LOSSES
from aenmf.methods.registry import build_method
from aenmf.studies.optima import check_models
from aenmf.studies.outside import check_peers
from aenmf.studies.robustness import check_methods

OF_PAPER = ("optima", "robustness", "purity")
"""Studies of the paper's losses alone."""

Fits = list[tuple[str, str]]
"""Pairs of method entry and loss."""


@dataclass(frozen=True)
class StudyPlan:
    """The studies of a run; each is empty where its configuration names nothing.

    Attributes:
        fits: what each study fits, by its key in the configuration, such as ``scaling`` and ``convergence.precision``.
        audit: fits of the published training sets by name.
    """

    fits: dict[str, Fits]
    audit: dict[str, AuditFit]


def plan_studies(config: Mapping[str, Any], registry: Registry) -> StudyPlan:
    """The studies of a checked configuration.

    Raises:
        UserError: an entry that a study names has a wrong solver, option or model, or is alone where two
            are compared, the audit names what does not exist, or a peer's interpreter does not.
    """
    check_models(config)
    check_methods(config)
    check_peers(config)
    return StudyPlan(study_fits(config), audit_fits(config, registry))


def study_fits(config: Mapping[str, Any]) -> dict[str, Fits]:
    """The pairs of method entry and loss that can be fitted, of every section of the configuration with a list ``methods``.

    A section without losses of its own has those of the run, and the studies of the paper's losses those alone.
    """
    # A mapping by names of the user's could have a mapping called methods, but no list.
    sections = {key: part for key, part in config.items() if isinstance(part, Mapping)}
    studies = {key: part for key, part in sections.items() if isinstance(part.get("methods"), list)}
    convergence = config["convergence"]
    studies["convergence.precision"] = {"methods": list(filter(None, [convergence["precision"]]))}
    built = {name: build_method(name, config["methods"][name]) for part in studies.values() for name in part["methods"]}
    return {
        key: [
            (name, loss)
            for name in part["methods"]
            for loss in part.get("losses", config["losses"])
            if built[name].unsupported(loss) is None and (loss in PAPER_LOSSES or key not in OF_PAPER)
        ]
        for key, part in studies.items()
    }
