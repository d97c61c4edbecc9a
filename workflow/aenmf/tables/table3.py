"""Table 3: train and test errors on real cohorts, and NMF's error relative to the others, split by split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from aenmf import formats
from aenmf.data.datasets import Cohort
from aenmf.errors import UserError
from aenmf.evaluation.resampled import Sizes, corrected_ratios
from aenmf.evaluation.statistics import CONFIDENCE, compare, mean_errors
from aenmf.files.layout import Cell, Layout, bold_lowest
from aenmf.formats import counted
from aenmf.losses import LOSS_TITLES
from aenmf.methods.entries import Entry, playing
from aenmf.seeds import Seed
from aenmf.tables.marks import Single, marked, note

KEYS = ["cohort", "loss", "measure", "set"]
COLUMNS = [*KEYS, "method", "title", "n", "mean", "sd", "median", "baseline"]
RATIO_COLUMNS = ["ratio", "ratio_low", "ratio_high", "splits_lower", "splits_equal", "splits_higher", "p_value"]
CORRECTED_COLUMNS = ["geometric", "corrected_low", "corrected_high", "corrected_p", "holm_p"]
_FROM_COMPARISON = {
    "mean_ratio": "ratio",
    "low": "ratio_low",
    "high": "ratio_high",
    "n_lower": "splits_lower",
    "n_equal": "splits_equal",
    "n_higher": "splits_higher",
}


def bootstrap_seed(run: Seed) -> Seed:
    """The stream of the table's bootstrap by the seed of the run."""
    return run.child("table 3")


def table3(
    errors: pd.DataFrame, cohorts: Sequence[Cohort], entries: Sequence[Entry], seed: Seed, sizes: Mapping[str, Sizes]
) -> pd.DataFrame:
    """Mean errors per cohort, loss and set, and the ratio of NMF's error to each other method's.

    Args:
        errors: rows of errors.csv.
        cohorts: which cohorts, in order; others in ``errors`` are left out.
        entries: methods in the order shown; the first one of model ``nmf`` is the baseline of the ratios, or the first
            entry where there is no such model.
        seed: the bootstrap's stream.
        sizes: patients in a split, by cohort.

    Returns:
        One row per cohort, loss, set and method: ``n`` splits, ``mean``, ``sd`` and ``median`` of the error in the
        loss's own measure, ``baseline`` (a method), and, missing for the baseline itself, ``ratio`` (mean over splits of
        baseline error / this error) with its bootstrap interval ``ratio_low``, ``ratio_high``, the numbers of splits on
        which the baseline is lower, equal and higher, ``p_value`` of the paired Wilcoxon signed-rank test, and what
        :func:`aenmf.evaluation.resampled.corrected_ratios` gives, its family of tests being one other method's.
    """
    if not entries:
        raise UserError("Table 3 has no methods", where="config key compare", remedy="Name at least one method entry")
    baseline = playing(entries, "nmf") or entries[0]
    names = [label.cohort for label in cohorts]
    chosen = errors[errors["cohort"].isin(names) & errors["method"].isin([entry.name for entry in entries])]
    if chosen.empty:
        raise UserError("Table 3 has no errors to show", remedy="Give it cohorts and methods that were fitted")
    frame = mean_errors(chosen)
    frame["baseline"] = baseline.name
    frame["title"] = frame["method"].map({entry.name: entry.title for entry in entries})
    others = [entry.name for entry in entries if entry.name != baseline.name]
    tests = []
    for other in others:
        as_splits = compare(chosen, baseline.name, other, seed)
        as_patients = corrected_ratios(chosen, baseline.name, other, sizes)
        tests.append(as_splits.merge(as_patients, on=KEYS, validate="one_to_one"))
    if tests:
        ratios = pd.concat(tests).rename(columns={"second": "method", **_FROM_COMPARISON})
        wanted = [*KEYS, "method", *RATIO_COLUMNS, *CORRECTED_COLUMNS]
        frame = frame.merge(ratios[wanted], on=[*KEYS, "method"], how="left")
    frame = frame.reindex(columns=[*COLUMNS, *RATIO_COLUMNS, *CORRECTED_COLUMNS])
    ranks = {"cohort": names, "loss": list(errors["loss"].unique()), "set": ["train", "test"]}
    ranks["method"] = [entry.name for entry in entries]
    order = frame.sort_values(
        list(ranks), key=lambda column: column.map({v: i for i, v in enumerate(ranks[column.name])}), kind="stable"
    )
    counts = {name: "Int64" for name in RATIO_COLUMNS if name.startswith("splits_")}
    return order.reset_index(drop=True).astype(counts)


def layout(frame: pd.DataFrame, cohorts: Sequence[Cohort], single: Single | None = None) -> Layout:
    """Table 3 as the paper shows it: a row per loss and cohort, training and test side by side.

    Args:
        frame: what :func:`table3` returns.
        cohorts: with their titles.
        single: fits whose lowest loss was found from one start only; their errors have a dagger.
    """
    single = single or {}
    methods = frame.drop_duplicates("method").set_index("method")["title"].to_dict()
    baseline = frame["baseline"].iloc[0]
    others = [method for method in methods if method != baseline]
    block = [*methods.values(), *(f"{methods[baseline]}/{methods[other]}" for other in others)]
    titles = {label.cohort: label.title for label in cohorts}
    rows: list[list[Cell | str]] = []
    rules: list[int] = []
    daggers: list[tuple[str, tuple[int, int]]] = []
    for loss, of_loss in frame.groupby("loss", sort=False):
        rules.append(len(rows))
        for cohort, of_cohort in of_loss.groupby("cohort", sort=False):
            row: list[Cell | str] = [LOSS_TITLES[loss], titles[cohort]]
            found = {method: single[key] for method in methods if (key := (cohort, loss, method)) in single}
            daggers += [
                (f"{methods[method]}, {titles[cohort]}, {LOSS_TITLES[loss]}", counts)
                for method, counts in found.items()
            ]
            for which in ("train", "test"):
                part = of_cohort[of_cohort["set"] == which].set_index("method").reindex(list(methods))
                errors = bold_lowest(part["mean"], [formats.error(v) for v in part["mean"]])
                row += marked(errors, [method in found for method in methods])
                row += [formats.ratio(part["ratio"][other]) for other in others]
            rows.append(row)
    n = " or ".join(str(v) for v in sorted(frame["n"].unique()))
    return Layout(
        caption=f"Mean train and test error over {counted(n, 'split')}, and the mean of the per-split ratio of errors.",
        label="errors",
        columns=["Loss", "Cohort", *block, *block],
        groups=[("", 2), ("Train", len(block)), ("Test", len(block))],
        rows=rows,
        align="ll" + "r" * (2 * len(block)),
        rules=rules,
        notes=[
            "Errors are means over cells, in the measure of the loss; the lowest of each cohort and set is bold.",
            *note(daggers),
        ],
    )


def tests_layout(frame: pd.DataFrame, cohorts: Sequence[Cohort]) -> Layout:
    """The tests behind Table 3, once for these splits and once for new patients."""
    titles = {label.cohort: label.title for label in cohorts}
    methods = frame.drop_duplicates("method").set_index("method")["title"].to_dict()
    tested = frame[frame["ratio"].notna()]
    rows: list[list[Cell | str]] = []
    rules, block = [], None
    for row in tested.itertuples():
        if block != (row.loss, row.cohort):
            block = (row.loss, row.cohort)
            rules.append(len(rows))
        n = row.splits_lower + row.splits_equal + row.splits_higher
        name = f"{methods[row.baseline]}/{row.title}"
        these = [formats.interval(row.ratio, row.ratio_low, row.ratio_high), f"{row.splits_lower}/{n}"]
        new = formats.interval(row.geometric, row.corrected_low, row.corrected_high)
        tests = [formats.p_value(p) for p in (row.p_value, row.corrected_p, row.holm_p)]
        rows.append([titles[row.cohort], LOSS_TITLES[row.loss], row.set, name, *these, tests[0], new, *tests[1:]])
    baseline = methods[frame["baseline"].iloc[0]]
    ci = f"({CONFIDENCE:.0%} CI)"
    return Layout(
        caption=f"Errors of {baseline} relative to the other methods on the same splits.",
        label="error-ratios",
        groups=[("", 4), ("These splits", 3), ("New patients", 3)],
        columns=[
            "Cohort",
            "Loss",
            "Set",
            "Ratio",
            f"Mean {ci}",
            f"{baseline} lower",
            "p",
            f"Mean {ci}",
            "p",
            "p, Holm",
        ],
        rows=rows,
        align="llllrrrrrr",
        rules=rules,
        notes=[
            "These splits: mean over splits of the ratio of errors with its bootstrap confidence interval (BCa); splits on which "
            f"{baseline} has the lower error; paired two-sided Wilcoxon signed-rank test of the log ratio. Splits share "
            "patients: these intervals and p-values describe the splits and are too small for others.",
            "New patients: geometric mean of the same ratios, its interval and its t test with the variance of Nadeau and Bengio "
            "(2003), and the p-value corrected for all tests against the same method (Holm 1979).",
        ],
    )
