"""What things are called and which of them a figure shows: methods, cohorts, losses, clusters in matched order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from aenmf.figures.colours import model_colours
from aenmf.formats import MODEL_TITLES
from aenmf.losses import MEASURE_OF_LOSS

_MODEL_LABELS = {**MODEL_TITLES, "dsae": "DSAE", "musexae": "MUSE-XAE", "sklearn": "scikit-learn NMF"}
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
_COHORT_ORDER = ("scenario8", "ovary", "prostate", "uterus")
MEASURE_NAMES = {"mse": "MSE", "kld": "KLD", "nbd": "NBD"}
LOSS_NAMES = {loss: MEASURE_NAMES[measure] for loss, measure in MEASURE_OF_LOSS.items()}


@dataclass(frozen=True)
class MethodStyle:
    """How a method entry of the configuration appears: its name in legends, its colour, its marker in line plots."""

    label: str
    colour: str
    marker: str


def method_styles(entries: Mapping[str, str], labels: Mapping[str, str] | None = None) -> dict[str, MethodStyle]:
    """The look of every method entry.

    Args:
        entries: entry name → model name in the order of drawing. Give all entries of the configuration, so that a
            colour is the same in every figure, and take what a figure shows from the result.
        labels: entry name → text for legends and titles, where the default does not do.
    """
    colours, labels = model_colours(dict(entries)), labels or {}
    return {
        name: MethodStyle(labels.get(name) or _method_label(name, model), colours[name], _MARKERS[i % len(_MARKERS)])
        for i, (name, model) in enumerate(entries.items())
    }


def _method_label(name: str, model: str) -> str:
    known = _MODEL_LABELS.get(model.lower())
    if known and name.lower() == model.lower():
        return known
    if known and name.lower().startswith((f"{model}_", f"{model}-")):
        return f"{known} ({name[len(model) + 1 :].replace('_', ' ')})"
    return name.replace("_", " ")


def resolve_methods(table: pd.DataFrame, methods: Mapping[str, MethodStyle] | None) -> dict[str, MethodStyle]:
    """The methods of a figure: those given that occur in the table, else all of the table's, known models first."""
    occurring = list(dict.fromkeys(table["method"]))
    if methods is None:
        known = [name for name in _MODEL_LABELS if name in occurring]
        return method_styles({name: name for name in known + [name for name in occurring if name not in known]})
    chosen = {name: look for name, look in methods.items() if name in occurring}
    if not chosen:
        raise ValueError(f"none of the methods {', '.join(methods)} is in the table, which has {', '.join(occurring)}")
    return chosen


_LINES: tuple = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1, 1.5, 1, 1.5)))


@dataclass(frozen=True)
class SeriesStyle:
    """How one solver of a method appears in line plots: in the method's colour, with a dash and marker of its own."""

    label: str
    colour: str
    dash: Any
    marker: str


def solver_styles(
    table: pd.DataFrame, methods: Mapping[str, MethodStyle], models: Mapping[str, str] | None = None
) -> dict[tuple[str, str], SeriesStyle]:
    """The look of every (method, solver) pair of a table, in the order of the methods, then of the table.

    Args:
        table: has columns method, solver.
        methods: the method entries that are shown.
        models: method entry → model: entries of one model then share the colour of its first, and dashes and markers tell
            them apart. None: every entry has its own colour.
    """
    styles: dict[tuple[str, str], SeriesStyle] = {}
    colours: dict[str, str] = {}
    used: dict[str, int] = {}
    for name, look in methods.items():
        model = (models or {}).get(name, name)
        colour = colours.setdefault(model, look.colour)
        solvers = list(dict.fromkeys(table.loc[table["method"] == name, "solver"]))
        for solver in solvers:
            i = used[model] = used.get(model, -1) + 1
            qualified = len(solvers) == 1 and look.label.endswith(")")
            label = look.label if qualified else with_solver(look.label, solver)
            styles[name, solver] = SeriesStyle(label, colour, _LINES[i % len(_LINES)], _MARKERS[i % len(_MARKERS)])
    return styles


def with_solver(title: str, solver: str) -> str:
    """A title with its solver in brackets, said once: ``NMF (hals)``, ``NMF (mu)``, ``AE-NMF (as published, adam)``."""
    if re.search(rf"(?<!\w){re.escape(solver)}(?!\w)", title, re.IGNORECASE):
        return title
    return f"{title[:-1]}, {solver})" if title.endswith(")") else f"{title} ({solver})"


def resolve_cohorts(table: pd.DataFrame, cohorts: Sequence[str] | Mapping[str, str] | None) -> dict[str, str]:
    """Cohort name → title: those given that occur in the table, else all of the table's, in the paper's order."""
    occurring = list(dict.fromkeys(table["cohort"]))
    if cohorts is None:
        cohorts = [name for name in _COHORT_ORDER if name in occurring]
        cohorts += [name for name in occurring if name not in cohorts]
    titles = cohorts if isinstance(cohorts, Mapping) else {name: cohort_title(name) for name in cohorts}
    chosen = {name: title for name, title in titles.items() if name in occurring}
    if not chosen:
        raise ValueError(f"none of the cohorts {', '.join(titles)} is in the table, which has {', '.join(occurring)}")
    return chosen


def cohort_title(name: str) -> str:
    """``ovary`` → ``Ovary``; ``scenario8`` → ``Scenario 8``."""
    text = "Scenario 8" if name == "scenario8" else name.replace("_", " ")
    return text[:1].upper() + text[1:]


def plain(text: str) -> str:
    """A user's text as matplotlib shows it as it is: between dollar signs it would read a formula."""
    return text.replace("$", r"\$")


def short_reference(name: str) -> str:
    """A reference signature's name without its library and organ: ``GEL-Ovary_rare_SBS14_a`` → ``SBS14 a``."""
    return plain(re.sub(r"^[^_]+_(common|rare)_", "", name).replace("_", " "))


def select(table: pd.DataFrame, columns: Iterable[str], **values: Any) -> pd.DataFrame:
    """The rows of a table whose columns have the given values (None: any).

    Raises:
        ValueError: a needed column is missing, or no row is left.
    """
    missing = [column for column in (*columns, *values) if column not in table.columns]
    if missing:
        raise ValueError(f"the table lacks the columns {missing}; it has {list(table.columns)}")
    for column, value in values.items():
        if value is not None:
            table = table[table[column] == value]
    if table.empty:
        raise ValueError(f"no rows with {', '.join(f'{k}={v!r}' for k, v in values.items() if v is not None)}")
    return table


def in_matched_order(table: pd.DataFrame, order: pd.DataFrame | None) -> pd.DataFrame:
    """Give clusters the number of the position they are shown at.

    Args:
        table: has columns cohort, method, loss, cluster.
        order: columns cohort, method, loss, cluster, position; None where cluster numbers already are positions.
    """
    if order is None:
        return table
    keys = ["cohort", "method", "loss", "cluster"]
    merged = table.merge(order[[*keys, "position"]], on=keys, how="left", validate="many_to_one")
    if merged["position"].isna().any():
        raise ValueError("the order of clusters lacks some of the clusters in the table")
    return merged.assign(cluster=merged["position"].astype(int)).drop(columns="position")
