"""Evaluators of claims on the models themselves: the theorem, the number of signatures, what a fit costs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.verdicts.measuring import CannotCheck, Outcome, Run, evaluator, shown


@evaluator
def proof_of_concept_overlap(run: Run, quantity: str, loss: str, first: str, second: str, margin: float) -> Outcome:
    """Two methods' signatures or exposures in the proof of concept differ by at most a margin, relative to their size."""
    keys = ["signature", "position"]
    tables = [
        run.rows("proof_of_concept", loss=loss, quantity=quantity, method=run.entry(method))
        for method in (first, second)
    ]
    a, b = (table.set_index(keys)["value"] for table in tables)
    a, b = a.align(b, join="outer")
    difference = float((a - b).abs().sum() / b.abs().sum()) if not (a.isna() | b.isna()).any() else np.nan
    return Outcome(
        ours=f"{difference:.2%} apart",
        evidence=f"The {quantity} of {shown(first)} and {shown(second)} differ by {difference:.2%} of their sum.",
        holds=difference <= margin,
        rule=f"difference at most {margin:.0%} of the sum",
    )


@evaluator
def optima_shared(run: Run, cohort: str, model: str, other: str) -> Outcome:
    """Every optimum that one model was fitted to is an optimum of the other, by both models' own conditions."""
    rows = run.rows("theorem", cohort=cohort)
    shared, fits = int(rows[f"{model}_optima"].sum()), int(rows["splits"].sum())
    residual, fall = (float(rows[f"{model}_{what}"].max()) for what in ("residual", "fall"))
    return Outcome(
        ours=f"{shared}/{fits} optima",
        evidence=f"Of {fits} fits of {shown(model)}, {shared} are optima of {shown(other)}; largest residual of its conditions "
        f"{residual:.1e}, largest fall of the loss by its solver {fall:.1e}.",
        holds=shared == fits,
        rule="every fit passes the checks of the theorem",
    )


@evaluator
def number_of_weights(run: Run, model: str, stated: str) -> Outcome:
    """The number of weights that follows from the layers and biases of Table 1, such as 2KN for N → K → N without biases."""
    row = run.rows("architectures", model=model).iloc[0]
    widths = [part.strip() for part in row["layers"].split("→")]
    products = Counter("".join(sorted(pair)) for pair in zip(widths, widths[1:], strict=False))
    ours = " + ".join(f"{n if n > 1 else ''}{product}" for product, n in products.items())
    if row["biases"] != "none":
        ours += f" and biases in {row['biases']}"
    return Outcome(
        ours=ours,
        evidence=f"{shown(model)} has the layers {row['layers']} and biases: {row['biases']}.",
        holds=ours == stated,
        rule="the same expression",
    )


@evaluator
def chosen_rank(run: Run, cohort: str, criterion: str, loss: str, controls: list[str]) -> Outcome:
    """The rank chosen by a criterion that finds the true one in every control."""
    table = run.rows("ranks", criterion=criterion, loss=loss).set_index("cohort")
    for control in controls:
        if control not in table.index:
            raise CannotCheck(f"the criterion was not tried on its control, {shown(control)}")
        known = table.loc[control]
        if known["chosen"] != known["true"]:
            raise CannotCheck(
                f"the criterion fails its control: on {shown(control)}, of {known['true']:g} signatures, it chooses "
                f"{_chosen(known)}"
            )
    run.rows("ranks", cohort=cohort)
    row = table.loc[cohort]
    rank, low, high = (int(row[name]) for name in ("chosen", "low", "high"))
    evidence = f"The criterion, which finds the true K of all {len(controls)} controls, chooses {_chosen(row)} ({low} to {high})."
    return Outcome(rank, evidence, interval=(rank, low, high))


def _chosen(row: pd.Series) -> str:
    """A chosen rank in words; the highest that was tried is only a lower bound."""
    highest = row["chosen"] == row["highest_tried"]
    return f"{'at least ' if highest else ''}K = {row['chosen']:g}{', the highest tried' if highest else ''}"


@evaluator
def scaling_exponent(run: Run, method: str, variable: str, loss: str, solver: str, shows_from: float = 0.0) -> Outcome:
    """Exponent of the seconds per iteration in a size, where the sizes are large enough for the stated order to show."""
    keys = {"model": method, "solver": solver, "loss": loss, "variable": variable, "quantity": "iteration"}
    fit = run.rows("scaling", **keys).iloc[0]
    exponent, low, high = (float(fit[name]) for name in ("exponent", "low", "high"))
    if np.isnan(exponent):
        raise CannotCheck(f"the scaling study has fewer than three sizes of {variable}")
    if fit["largest"] < shows_from:
        raise CannotCheck(
            f"seconds at {variable} up to {fit['largest']:g} cannot tell: the term in {variable}² outweighs that in {variable} "
            f"from {variable} = {shows_from:g} only, and no operations are counted (seconds grow as {variable}^{exponent:.2f})"
        )
    sizes = f"{variable} from {fit['smallest']:g} to {fit['largest']:g}"
    growth = f"{variable}^{exponent:.2f} ({low:.2f} to {high:.2f})"
    evidence = f"In the scaling study seconds per iteration of {shown(method)} ({solver}) grow as {growth} for {sizes}."
    return Outcome(exponent, evidence, interval=(exponent, low, high))


@evaluator
def cost_lower(
    run: Run,
    variable: str,
    size: float,
    quantity: str,
    loss: str,
    first: str,
    first_solver: str,
    second: str,
    second_solver: str,
) -> Outcome:
    """One model takes fewer seconds than another at a size of the scaling study, per iteration or per fit."""
    keys = {"variable": variable, "size": size, "quantity": quantity, "loss": loss}
    sides = {
        model: run.rows("times", model=model, solver=solver, **keys)
        for model, solver in ((first, first_solver), (second, second_solver))
    }
    seconds = {model: _seconds(rows) for model, rows in sides.items()}
    for model, rows in sides.items():
        if (rows["outcome"] == "not tried").all():
            raise CannotCheck(f"{shown(model)} was not timed at this {variable}, as a smaller one was over the budget")
    if not all(sides[first]["outcome"] == "done"):
        raise CannotCheck(f"{shown(first)} ended no {quantity} of this {variable} within the study's budget")
    values = " and ".join(f"{shown(m)} {text}" for m, (_, text) in seconds.items())
    patients = sides[first]["patients"].iloc[0]
    ratio = seconds[first][0] / seconds[second][0] if np.isfinite(seconds[second][0]) else np.nan
    return Outcome(
        ours=values,
        evidence=f"Median seconds per {quantity} at {variable} = {size:g} ({patients:g} patients): {values}.",
        holds=seconds[first][0] < seconds[second][0],
        rule=f"fewer seconds per {quantity}",
        interval=(ratio, np.nan, np.nan),
    )


def _seconds(rows: pd.DataFrame) -> tuple[float, str]:
    """Median seconds, infinite and in words where a fit was over budget."""
    if all(rows["outcome"] == "done"):
        median = float(rows["seconds"].median())
        return median, f"{formats.error(median)} s"
    return np.inf, "over budget"
