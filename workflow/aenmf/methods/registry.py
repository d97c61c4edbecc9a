"""From a method entry of the configuration to a configured method."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from aenmf.errors import UserError, did_you_mean
from aenmf.methods.base import Method
from aenmf.methods.plugins import installed_models

MODELS = {
    "nmf": "aenmf.methods.nmf:NMF",
    "cnmf": "aenmf.methods.cnmf:ConvexNMF",
    "aenmf": "aenmf.methods.autoencoder:AENMF",
    "dsae": "aenmf.methods.dsae:DSAE",
    "musexae": "aenmf.methods.muse_xae:MuseXAE",
    "sklearn_nmf": "aenmf.methods.sklearn_nmf:SklearnNMF",
    "bootstrap_nmf": "aenmf.methods.bootstrap_nmf:BootstrapNMF",
    "control_mean": "aenmf.methods.controls:ControlMean",
    "control_patients": "aenmf.methods.controls:ControlPatients",
    "control_cosmic": "aenmf.methods.controls:ControlCosmic",
}
"""Built-in models by name: module and class, imported when first used."""


def model_class(model: str, where: str = "model") -> type[Method]:
    """The class of a built-in model, of an installed package's (by entry point), or of the user's own ``module:Class``."""
    known = {**installed_models(), **MODELS}
    if model not in known and ":" not in model:
        raise UserError(f"unknown model {model!r}", where=where, remedy=did_you_mean(model, known))
    module, _, name = known.get(model, model).partition(":")
    try:
        found = getattr(import_module(module), name)
    except Exception as error:  # whatever the user's module raises
        problem = f"model {model!r} cannot be imported ({type(error).__name__}: {error})"
        remedy = "Check module:Class, and that plugin_path names the folder of the module's file"
        raise UserError(problem, where=where, remedy=remedy) from error
    if not (isinstance(found, type) and issubclass(found, Method)):
        raise UserError(
            f"{model!r} is not a Method", where=where, remedy="Derive the class from aenmf.methods.base.Method"
        )
    missing = [name for name in ("model", "architecture") if not hasattr(found, name)]
    missing += sorted(getattr(found, "__abstractmethods__", ()))
    if missing:
        remedy = "See docs/add-a-method.md"
        raise UserError(f"class {found.__name__} lacks {', '.join(missing)}", where=where, remedy=remedy)
    return found


def build_method(name: str, entry: Mapping[str, Any]) -> Method:
    """The configured method of the entry ``methods.<name>``; wrong solvers, options and devices are user errors."""
    where = f"config key methods.{name}"
    options = {key: value for key, value in entry.items() if key not in ("model", "title", "device")}
    method = model_class(entry["model"], f"{where}.model").from_config(options, where)
    if "device" in entry:
        method.choose_device(entry["device"], where)
    return method
