"""Values of options that a method would take and no fit could make sense with, such as a tolerance that ends it at once.

They are looked for before a run and not by the options themselves, on whose code the fits depend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aenmf.channels import N_CHANNELS
from aenmf.errors import UserError
from aenmf.losses import LOSSES
from aenmf.methods.registry import MODELS

MOST_KEPT = 1000
"""Steps that a solver remembers or repeats; it gains nothing beyond some tens, and each takes memory or time."""

Rule = tuple[Callable[[float], bool], str]
_relative: Rule = (lambda value: value < 1, "must be below 1, as it is relative: with this the fit would end at once")
_step: Rule = (lambda value: value > 0, "must be above 0")
_kept: Rule = (lambda value: value <= MOST_KEPT, f"must be at most {MOST_KEPT}")
_signatures: Rule = (lambda value: value <= N_CHANNELS, f"must be at most {N_CHANNELS}, the number of channels")
RULES: dict[str, Rule] = {
    **dict.fromkeys(("tol", "kkt_tol", "screening", "plateau_tol", "decoder_tol"), _relative),
    **dict.fromkeys(("learning_rate", "temperature"), _step),
    **dict.fromkeys(("depth", "memory", "sweeps"), _kept),
    "most": _signatures,
}
"""What the options of the built-in models must be, by their names; a user's own method may mean something else by them."""


def check_sensible(options: Mapping[str, Any], where: str) -> None:
    """Check the options of a built-in model, those of single losses included.

    Raises:
        UserError: with the option and its value.
    """
    for name, value in _numbers(options):
        holds, rule = RULES[name]
        if not holds(value):
            raise UserError(f"{name} {rule}, not {value:g}", where=where, remedy=f"Change {name}, or leave it out")


def check_entries(config: Mapping[str, Any]) -> None:
    """Check the entries of built-in models, and the options laid over them for rank selection and for the audit.

    Raises:
        UserError: as :func:`check_sensible`.
    """
    for name, entry in config["methods"].items():
        if entry.get("model") in MODELS:
            check_sensible(entry, f"config key methods.{name}")
    check_sensible(config["rank_selection"]["options"], "config key rank_selection.options")
    for name, fits in config["audit"]["fits"].items():
        check_sensible(fits.get("options", {}), f"config key audit.fits.{name}.options")


def _numbers(options: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The options that have a rule and a number, YAML's text such as 1e-10 included."""
    for name, value in options.items():
        if name in LOSSES and isinstance(value, Mapping):
            yield from _numbers(value)
        elif name in RULES and not isinstance(value, bool):
            try:
                yield name, float(value)
            except (TypeError, ValueError, OverflowError):
                continue  # the method says what is wrong with it
