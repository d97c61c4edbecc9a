"""The table of best known losses: what long searches of a run found, or an earlier one, whichever is lower."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from aenmf.data.problems import training_problems
from aenmf.data.splits import read_sets
from aenmf.evaluation.best_known import COLUMNS, SAME, basin, digest, lowest
from aenmf.losses import FROBENIUS

EARLIER = "earlier"


def problems_of(cohorts: Iterable[tuple[str, int, str, str]]) -> pd.DataFrame:
    """The digest of every training matrix, columns cohort, split, problem.

    Args:
        cohorts: name, rank, and the files of catalogue and splits.
    """
    rows = []
    for cohort, rank, catalogue, splits in cohorts:
        numbers = list(read_sets(splits))
        made = training_problems(catalogue, splits, numbers, cohort=cohort, rank=rank, loss=FROBENIUS, seed=0)
        rows += [(cohort, n, digest(problem.catalogue, rank)) for n, problem in zip(numbers, made, strict=True)]
    return pd.DataFrame(rows, columns=["cohort", "split", "problem"])


def best_known_table(
    fits: pd.DataFrame,
    ends: pd.DataFrame,
    models: Mapping[str, str],
    problems: pd.DataFrame,
    earlier: pd.DataFrame,
) -> pd.DataFrame:
    """The lowest loss of every problem over all fits of its function, an earlier one where that is lower.

    Searches that only the earlier table has stay in it, so that it can be made in parts.

    Args:
        fits: rows of fits.csv.
        ends: what the tries of the study ended at, or no rows.
        models: method entry → model. The first entry of a model made its long search.
        problems: what :func:`problems_of` returns.
        earlier: the table from before, columns ``COLUMNS``.

    Returns:
        Columns ``COLUMNS``, a row per cohort, loss, split and model: ``hits`` are those of the ``starts`` of the model's own
        search that ended at ``best``; ``source`` is the method entry that found it, or ``earlier``.
    """
    columns = ["cohort", "loss", "method", "split", "objective"]
    everything = pd.concat([part[columns] for part in (fits, ends) if len(part)], ignore_index=True).dropna()
    everything["function"] = everything["method"].map(models).map(basin)
    least = everything.loc[everything.groupby(["cohort", "loss", "split", "function"])["objective"].idxmin()]
    found = {(r.cohort, r.loss, r.split, r.function): (r.objective, r.method) for r in least.itertuples()}
    first = {model: name for name, model in reversed(list(models.items()))}
    rows, before_of = [], lowest(earlier)
    for own in fits[fits["method"].isin(first.values())].merge(problems, on=["cohort", "split"]).itertuples():
        model = models[own.method]
        best, source = found[(own.cohort, own.loss, own.split, basin(model))]
        before = before_of.get((own.problem, own.loss, basin(model)))
        if before is not None and before < best:
            best, source = before, EARLIER
        hits = own.hits if own.objective <= best * (1 + SAME) else 0
        rows.append((own.cohort, own.loss, model, own.split, best, hits, own.starts, source, own.problem))
    table = pd.DataFrame(rows, columns=COLUMNS)
    key = ["problem", "loss", "model"]
    others = earlier[~pd.MultiIndex.from_frame(earlier[key]).isin(pd.MultiIndex.from_frame(table[key]))]
    return pd.concat([part for part in (others, table) if len(part)], ignore_index=True)
