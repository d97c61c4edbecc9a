"""What the studies made on demand consist of: scaling, benchmark, the further convergence reports, and the audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aenmf.audit.settings import AuditFit, audit_fits
from aenmf.data.datasets import Registry
from aenmf.studies.study import Fits, study_cohorts, study_fits


@dataclass(frozen=True)
class StudyPlan:
    """The studies of a run; each is empty where its configuration names nothing.

    Attributes:
        scaled: the cohort of the scaling study.
        scaling: its pairs of method entry and loss.
        raced: cohorts of the benchmark.
        benchmark: its pairs of method entry and loss.
        precision: the entry of the precision study with each of its losses.
        restarts: pairs of method entry and loss whose starts are compared.
        audit: fits of the published training sets by name.
    """

    scaled: str
    scaling: Fits
    raced: list[str]
    benchmark: Fits
    precision: Fits
    restarts: Fits
    audit: dict[str, AuditFit]


def plan_studies(config: Mapping[str, Any], registry: Registry) -> StudyPlan:
    """The studies of a checked configuration.

    Raises:
        UserError: a study names a cohort, method entry, option or reference that does not exist.
    """
    cohorts, entries, losses = config["cohorts"], config["methods"], config["losses"]
    scaling, race, convergence = config["scaling"], config["benchmark"], config["convergence"]
    scaled = study_cohorts([scaling["cohort"]] if scaling["cohort"] else [], cohorts, "scaling.cohort")[0]
    precision = [convergence["precision"]] if convergence["precision"] else []
    precision_fits = study_fits(precision, losses, entries, "convergence.precision")
    restarts = study_fits(convergence["restarts"]["methods"], losses, entries, "convergence.restarts.methods")
    return StudyPlan(
        scaled=scaled,
        scaling=study_fits(scaling["methods"], scaling["losses"], entries, "scaling.methods"),
        raced=study_cohorts(race["cohorts"], cohorts, "benchmark.cohorts"),
        benchmark=study_fits(race["methods"], race["losses"], entries, "benchmark.methods"),
        precision=precision_fits if convergence["cohorts"] else [],
        restarts=restarts if convergence["cohorts"] else [],
        audit=audit_fits(config, registry),
    )
