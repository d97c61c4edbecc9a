"""From a method entry of the configuration to a configured method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from typing import Any

from aenmf.errors import UserError, did_you_mean
from aenmf.losses import LOSSES
from aenmf.methods.base import Architecture, Method
from aenmf.methods.plugins import installed_models, is_plugin, place_in, raised, source_of

MODELS = {
    "nmf": "aenmf.methods.nmf:NMF",
    "cnmf": "aenmf.methods.cnmf:ConvexNMF",
    "aenmf": "aenmf.methods.autoencoder:AENMF",
    "dsae": "aenmf.methods.dsae:DSAE",
    "musexae": "aenmf.methods.muse_xae:MuseXAE",
    "vae_ms": "aenmf.methods.vae_ms:VAEMS",
    "sklearn_nmf": "aenmf.methods.sklearn_nmf:SklearnNMF",
    "bootstrap_nmf": "aenmf.methods.bootstrap_nmf:BootstrapNMF",
    "external": "aenmf.methods.external:External",
    "mvnmf": "aenmf.methods.mvnmf:MinimumVolumeNMF",
    "ardnmf": "aenmf.methods.ardnmf:RelevanceNMF",
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
        if place := place_in(module, error):
            problem, remedy = f"{problem[:-1]}; {place})", _mend(error)
        raise UserError(problem, where=where, remedy=remedy) from error
    if not (isinstance(found, type) and issubclass(found, Method)):
        raise UserError(
            f"{model!r} is not a Method", where=where, remedy="Derive the class from aenmf.methods.base.Method"
        )
    missing = [name for name in ("model", "architecture") if not hasattr(found, name)]
    missing += sorted(getattr(found, "__abstractmethods__", ()))
    if missing:
        remedy = "See docs/add-a-method.md"
        raise UserError(f"class {source_of(found)} lacks {', '.join(missing)}", where=where, remedy=remedy)
    if is_plugin(found) and (mistake := mistake_in_class(found)):
        raise UserError(f"{source_of(found)}: {mistake[0]}", where=where, remedy=mistake[1])
    return found


def _mend(error: Exception) -> str:
    """What to do about a module that cannot be imported."""
    if not (isinstance(error, ModuleNotFoundError) and error.name):
        return "Mend the module"
    package = error.name.partition(".")[0]
    lacking = (
        f'import it inside extract and declare needs = ("{package}",): a machine without it then leaves the method out'
    )
    return f"Install {package}, or {lacking}"


def mistake_in_class(kind: type[Method]) -> tuple[str, str] | None:
    """What a class declares of itself that is wrong, and how to fix it; None if nothing."""
    if not isinstance(kind.model, str) or not kind.model:
        return "the class has no name", 'Give it model = "my_method"'
    if not isinstance(kind.architecture, Architecture):
        return "the class does not describe itself", "Give it architecture = Architecture(title=…, …)"
    for name, text in asdict(kind.architecture).items():
        if not (isinstance(text, str) and text):
            return f"architecture.{name} is {text!r}", 'Write a text; where there is nothing, "none"'
    for name in ("losses", "needs"):
        names = getattr(kind, name)
        if not isinstance(names, list | tuple) or not all(isinstance(one, str) for one in names):
            return f"{name} is {names!r}", f'Write it as a tuple: {name} = ("…",), with the comma'
    unknown = [name for name in kind.losses if name not in LOSSES]
    if unknown or not kind.losses:
        return f"losses names {', '.join(unknown) or 'nothing'}", f"Choose from {', '.join(LOSSES)}"
    return None


def build_method(name: str, entry: Mapping[str, Any]) -> Method:
    """The configured method of the entry ``methods.<name>``; wrong solvers, options and devices are user errors."""
    where = f"config key methods.{name}"
    options = {key: value for key, value in entry.items() if key not in ("model", "title", "device")}
    kind = model_class(entry["model"], f"{where}.model")
    try:
        method = kind.from_config(options, where)
    except UserError:
        raise
    except Exception as error:  # whatever the user's class raises
        if not is_plugin(kind):
            raise
        problem = f"it cannot be made from its options: {source_of(kind)} raised {raised(error, kind)}"
        raise UserError(problem, where=where, remedy="Mend the class (docs/add-a-method.md)") from error
    if "device" in entry:
        method.choose_device(entry["device"], where)
    return method
