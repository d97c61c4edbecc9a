"""From a method entry of the configuration to a configured method."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from inspect import isabstract
from typing import Any

from aenmf.errors import UserError, did_you_mean
from aenmf.methods.base import Method

MODELS = {
    "nmf": "aenmf.methods.nmf:NMF",
    "cnmf": "aenmf.methods.cnmf:ConvexNMF",
    "aenmf": "aenmf.methods.autoencoder:AENMF",
}
"""Built-in models by name: module and class, imported when first used."""


def model_class(model: str, where: str = "model") -> type[Method]:
    """The class of a built-in model, or of the user's own as ``module:Class``."""
    if model not in MODELS and ":" not in model:
        raise UserError(f"unknown model {model!r}", where=where, remedy=did_you_mean(model, MODELS))
    module, _, name = MODELS.get(model, model).partition(":")
    try:
        found = getattr(import_module(module), name)
    except Exception as error:  # whatever the user's module raises
        problem = f"model {model!r} cannot be imported ({type(error).__name__}: {error})"
        raise UserError(problem, where=where, remedy="Check module:Class and PYTHONPATH") from error
    if not (isinstance(found, type) and issubclass(found, Method) and not isabstract(found)):
        raise UserError(
            f"{model!r} is not a Method",
            where=where,
            remedy="Derive the class from aenmf.methods.base.Method, and give it from_config and fit",
        )
    return found


def build_method(name: str, entry: Mapping[str, Any]) -> Method:
    """The configured method of the entry ``methods.<name>``; wrong solvers and options are user errors."""
    where = f"config key methods.{name}"
    options = {key: value for key, value in entry.items() if key not in ("model", "title")}
    return model_class(entry["model"], f"{where}.model").from_config(options, where)
