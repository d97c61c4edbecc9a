"""One figure of a kind, drawn from its tables and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from aenmf.figures.names import method_styles, plain


def draw(function: str, tables: Mapping[str, pd.DataFrame], arguments: Mapping[str, Any]) -> Figure:
    """The figure that a ``module:function`` of this room makes of tables and further arguments."""
    module, _, name = function.partition(":")
    return getattr(import_module(f"aenmf.figures.{module}"), name)(**tables, **arguments)


def arguments_of(
    takes: Iterable[str], settings: Mapping[str, Any], look: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """What a drawing function takes, by name, as :class:`aenmf.figures.kinds.Kind` describes it.

    Args:
        takes: which arguments.
        settings: what the figure shows; ``methods`` lists entries, ``cohorts`` are names with titles.
        look: ``models`` and ``titles`` of all method entries of the configuration, where the settings have no others.
    """
    known = {**look, **settings}
    for titled in ("titles", "cohorts"):
        known[titled] = {name: plain(title) for name, title in known.get(titled, {}).items()}
    styles = method_styles(look["models"], known["titles"])
    known["methods"] = {name: styles[name] for name in settings.get("methods", ())}
    if len(known["cohorts"]) == 1:
        ((known["cohort"], known["title"]),) = known["cohorts"].items()
    return {name: known[name] for name in takes}
