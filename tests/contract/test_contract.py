"""What the pipeline expects of every method: ``pytest tests/contract --method module:Class [--option key=value]``.

Without ``--method`` the built-in models are checked, with options that make them quick.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, LOSSES, NEGATIVE_BINOMIAL
from aenmf.methods.contract import CHECKS
from aenmf.methods.plugins import use_plugin_path
from aenmf.methods.registry import MODELS, model_class

FAKE = Path(__file__).parents[1] / "support/fake_tool.py"
FILES = "--catalogue {catalogue} --signatures {signatures} --exposures {exposures}"
BUILT_IN = {
    "nmf": {"solver": {FROBENIUS: "hals", KULLBACK_LEIBLER: "ccd", NEGATIVE_BINOMIAL: "mm"}},
    "cnmf": {"solver": {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton", NEGATIVE_BINOMIAL: "mm"}, "max_iter": 200},
    "aenmf": {"solver": "varpro", "max_iter": 200},
    "dsae": {"epochs": 3},
    "musexae": {"bootstraps": 2, "epochs": 3, "repeats": 2, "own_epochs": 2},
    "vae_ms": {"epochs": 2},
    "sklearn_nmf": {"solver": {FROBENIUS: "cd", KULLBACK_LEIBLER: "mu"}},
    "bootstrap_nmf": {"replicates": 3},
    "external": {"command": f"{{python}} {FAKE} {FILES} --rank {{rank}}"},
    "mvnmf": {"restarts": 1, "max_iter": 50},
    "ardnmf": {"most": 8, "restarts": 1},
    "control_mean": {},
    "control_patients": {},
    "control_cosmic": {},
}


def pytest_generate_tests(metafunc):
    if "method" not in metafunc.fixturenames:
        return
    config = metafunc.config
    use_plugin_path(config.getoption("--plugin-path") or [], "--plugin-path")
    named = config.getoption("--method")
    options = {}
    for text in config.getoption("--option") or []:
        key, separator, value = text.partition("=")
        if not separator:
            raise pytest.UsageError(f"--option {text}: write key=value")
        options[key] = yaml.safe_load(value)
    models = {named: options} if named else BUILT_IN
    methods = {name: model_class(name, "--method").from_config(chosen, "--option") for name, chosen in models.items()}
    parameters = [
        pytest.param(method, loss, id=f"{name}-{loss}") for name, method in methods.items() for loss in LOSSES
    ]
    metafunc.parametrize(("method", "loss"), parameters)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_contract(method, loss, check):
    reason = method.unsupported(loss)
    if method.model == "control_cosmic" and check is CHECKS["fit"]:
        reason = reason or "signatures that have nothing to do with the counts reconstruct few of them"
    if reason:
        pytest.skip(reason)
    check(method, loss)


def test_every_built_in_model_is_checked():
    assert set(BUILT_IN) == set(MODELS)
