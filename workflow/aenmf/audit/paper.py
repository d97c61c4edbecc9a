"""The paper's numbers from the paper's matrices, by the same evaluators and claims as those of a run.

The signatures and errors of the published fits, and of our fits of the same patients, are put into the long tables of a
run (errors, consistency, consensus, matches); everything after that is the code that judges any run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.data.datasets import Cohort
from aenmf.evaluation.consensus import consensus, consensus_table, signatures_from_table
from aenmf.evaluation.fits import consensus_matches, consistency
from aenmf.evaluation.matching import match
from aenmf.files.tables import keyed
from aenmf.formats import MODEL_TITLES
from aenmf.losses import FROBENIUS
from aenmf.methods.entries import Entry
from aenmf.seeds import Seed
from aenmf.tables.table4 import table4
from aenmf.verdicts.claims import PaperClaims
from aenmf.verdicts.judge import CANNOT, PART, evaluate_claims
from aenmf.verdicts.measuring import Run

COMPARISON = [
    *("claim_id", "place", "claim", "paper", "tolerance", "published", "published_verdict"),
    *("same_patients", "same_patients_verdict", "own_splits", "own_splits_verdict"),
]


@dataclass(frozen=True)
class FittedSplits:
    """The fits of one cohort and method: split numbers (S,) and signatures (S, 96, K)."""

    splits: np.ndarray
    signatures: np.ndarray


@dataclass(frozen=True)
class LongTables:
    """The long tables of a run, as far as the audit has them."""

    errors: pd.DataFrame
    consistency: pd.DataFrame
    consensus: pd.DataFrame
    matches: pd.DataFrame


def long_errors(errors: pd.DataFrame) -> pd.DataFrame:
    """Errors as in errors.csv of a run, from columns ``cohort``, ``split``, ``method``, ``train_mse``, ``test_mse``."""
    parts = [
        errors[["cohort", "method", "split"]].assign(
            loss=FROBENIUS, set=which, measure="mse", value=errors[f"{which}_mse"].to_numpy()
        )
        for which in ("train", "test")
    ]
    return pd.concat(parts, ignore_index=True)[["cohort", "method", "loss", "split", "set", "measure", "value"]]


def long_tables(
    fitted: Mapping[tuple[str, str], FittedSplits],
    errors: pd.DataFrame,
    references: Mapping[str, Mapping[str, pd.DataFrame]],
) -> LongTables:
    """The tables of a run from its signatures.

    Args:
        fitted: by cohort and method.
        errors: columns ``cohort``, ``split``, ``method``, ``train_mse``, ``test_mse``.
        references: by cohort and then by name of the reference, channels × signatures.
    """
    agreement, medoids, matched = [], [], []
    for (cohort, method), fits in fitted.items():
        keys = {"cohort": cohort, "method": method, "loss": FROBENIUS}
        agreement.append(keyed(consistency(fits.signatures, fits.splits.tolist()), **keys))
        found = consensus(fits.signatures)
        medoids.append(keyed(consensus_table(found, CHANNELS), **keys))
        for name, known in references[cohort].items():
            matched.append(keyed(consensus_matches(found.signatures, known, CHANNELS), **keys, reference=name))
    tables = [pd.concat(parts, ignore_index=True) for parts in (agreement, medoids, matched)]
    return LongTables(long_errors(errors), *tables)


@dataclass(frozen=True)
class Audited:
    """What the claims are evaluated with, for the published fits and for fits of the same patients.

    Attributes:
        cohorts: by name.
        recovered: arrays of the recovered splits by cohort, as :func:`aenmf.audit.oracle.arrays_of` makes them.
        references: channels × signatures, by cohort and name of the reference.
        attributions: PCAWG's, or None where they are not at hand.
        seed: of the bootstraps.
    """

    cohorts: Mapping[str, Cohort]
    recovered: Mapping[str, Mapping[str, np.ndarray]]
    references: Mapping[str, Mapping[str, pd.DataFrame]]
    attributions: pd.DataFrame | None
    seed: Seed

    def published(self, errors: pd.DataFrame) -> tuple[LongTables, Run]:
        """The published fits, with their errors."""
        entries = [Entry(model, model, title) for model, title in MODEL_TITLES.items()]
        fitted = {
            (name, method): FittedSplits(arrays["splits"], arrays[f"signatures_{method}"])
            for name, arrays in self.recovered.items()
            for method in MODEL_TITLES
        }
        tables = long_tables(fitted, errors, self.references)
        return tables, self._run(tables, entries)

    def fitted_again(
        self,
        arrays: Mapping[tuple[str, str], Mapping[str, np.ndarray]],
        fits: pd.DataFrame,
        models: Mapping[str, str],
        titles: Mapping[str, str],
    ) -> Run:
        """Our fits of the same patients: arrays by cohort and fit, the table of all fits, models and titles by fit."""
        entries = [Entry(name, models[name], titles[name]) for name in dict.fromkeys(name for _, name in arrays)]
        errors = fits[fits["fit"].isin([entry.name for entry in entries])].rename(columns={"fit": "method"})
        fitted = {key: FittedSplits(one["splits"], one["signatures"]) for key, one in arrays.items()}
        return self._run(long_tables(fitted, errors, self.references), entries)

    def _run(self, tables: LongTables, entries: Sequence[Entry]) -> Run:
        cohorts = list(self.cohorts.values())
        return Run(
            entries=entries,
            errors=tables.errors,
            consistency=tables.consistency,
            recovery=pd.DataFrame(columns=["cohort", "method", "loss", "split", "truth", "signature", "cosine"]),
            matches=tables.matches,
            table4=table4(tables.consensus, tables.matches, cohorts, entries, self.attributions, FROBENIUS),
            samples={name: len(arrays["samples"]) for name, arrays in self.recovered.items()},
            training={name: arrays["patients"].shape[1] for name, arrays in self.recovered.items()},
            seed=self.seed,
        )


def compare_verdicts(
    claims: PaperClaims, published: Run, same_patients: Run, own_splits: pd.DataFrame | None
) -> pd.DataFrame:
    """The parts of the headline claims that can be checked on the published matrices: columns ``COMPARISON``.

    Args:
        claims: the paper's claims.
        published: the published fits.
        same_patients: our fits of the published training sets.
        own_splits: verdicts of a run on random splits of its own, or None.
    """
    judged = (evaluate_claims(claims, run) for run in (published, same_patients))
    theirs, ours = (table[table["kind"] == PART].reset_index(drop=True) for table in judged)
    table = theirs.rename(columns={"ours": "published", "verdict": "published_verdict"})
    table["same_patients"], table["same_patients_verdict"] = ours["ours"], ours["verdict"]
    known = {} if own_splits is None else own_splits.fillna("").astype(str).set_index("claim_id").to_dict("index")
    table["own_splits"] = [known.get(name, {}).get("ours", "") for name in table["claim_id"]]
    table["own_splits_verdict"] = [known.get(name, {}).get("verdict", "") for name in table["claim_id"]]
    return table.loc[table["published_verdict"] != CANNOT, COMPARISON].reset_index(drop=True)


def left_out(
    signatures: Mapping[str, np.ndarray], library: pd.DataFrame, paper: Mapping[str, float], most: int = 2
) -> pd.DataFrame:
    """Which signatures left out of a reference library bring the mean cosines nearest to the paper's.

    Args:
        signatures: consensus signatures (96, K) by method.
        library: channels × reference signatures.
        paper: the paper's mean cosine by method.
        most: how many signatures are left out at most.

    Returns:
        One row per number left out (0 … most): ``n``, ``left_out`` (names of the best choice), the mean cosine of
        every method, and ``distance``, the largest absolute difference to the paper.
    """
    rows = []
    for n in range(most + 1):
        best: dict[str, Any] | None = None
        for names in combinations(library.columns, n):
            rest = library.drop(columns=list(names)).to_numpy()
            means = {method: match(own, rest).mean for method, own in signatures.items()}
            distance = max(abs(means[method] - paper[method]) for method in means)
            if best is None or distance < best["distance"]:
                best = {"n": n, "left_out": " ".join(names), **means, "distance": distance}
        rows.append(best)
    return pd.DataFrame(rows)


def left_out_of_signal(
    claims: PaperClaims, medoids: pd.DataFrame, references: Mapping[str, Mapping[str, pd.DataFrame]]
) -> pd.DataFrame:
    """:func:`left_out` for Signal in every cohort whose mean cosines the paper states, with the column ``cohort``.

    Args:
        claims: the paper's.
        medoids: the long table of consensus signatures.
        references: channels × signatures, by cohort and name of the reference.
    """
    means = [c for c in claims.parts if c.evaluator == "mean_match_cosine" and c.parameters["reference"] == "signal"]
    searched = []
    for cohort, known in references.items():
        stated = {c.parameters["method"]: float(c.paper) for c in means if c.parameters["cohort"] == cohort}
        rows = medoids[medoids["cohort"] == cohort]
        own = {method: signatures_from_table(rows[rows["method"] == method], CHANNELS) for method in stated}
        if stated and "signal" in known:
            searched.append(left_out(own, known["signal"], stated).assign(cohort=cohort))
    return pd.concat(searched) if searched else pd.DataFrame(columns=["n", "left_out"])
