"""Values of options that no fit makes sense with are refused; the others, and what a user's own method means, are not."""

from __future__ import annotations

import pytest

from aenmf.errors import UserError
from aenmf.estimators import NMF
from aenmf.methods.registry import MODELS, model_class
from aenmf.methods.sensible import RULES, check_entries, check_sensible


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tol": 5}, "tol must be below 1, as it is relative"),
        ({"tol": 1}, "tol must be below 1"),
        ({"tol": "1e+1"}, "tol must be below 1.*not 10"),
        ({"screening": 1.0}, "screening must be below 1"),
        ({"kullback-leibler": {"kkt_tol": 2}}, "kkt_tol must be below 1"),
        ({"plateau_tol": 1}, "plateau_tol must be below 1"),
        ({"decoder_tol": 1}, "decoder_tol must be below 1"),
        ({"learning_rate": 0}, "learning_rate must be above 0, not 0"),
        ({"temperature": 0}, "temperature must be above 0"),
        ({"depth": 1001}, "depth must be at most 1000"),
        ({"memory": 10**9}, "memory must be at most 1000"),
        ({"sweeps": 10**9}, "sweeps must be at most 1000"),
        ({"most": 97}, "most must be at most 96, the number of channels"),
    ],
)
def test_what_no_fit_makes_sense_with_is_refused(options, says):
    with pytest.raises(UserError, match=f"here: {says}") as caught:
        check_sensible({"solver": "hals", "max_iter": 9} | options, "here")
    assert caught.value.remedy


@pytest.mark.parametrize(
    "options",
    [
        {"tol": 0},
        {"tol": 0.999},
        {"tol": "tiny"},  # the method refuses it
        {"learning_rate": 1e-9},
        {"depth": 1000, "most": 96},
        {"noise": 5, "patience": 10**6},
        {"my": {"tol": 5}},
    ],
)
def test_what_may_be_meant_is_taken(options):
    check_sensible(options, "here")


def test_only_built_in_models_have_the_rules():
    config = {"rank_selection": {"options": {}}, "audit": {"fits": {}}}
    check_entries({"methods": {"own": {"model": "own:Own", "tol": 5}}, **config})
    with pytest.raises(UserError, match=r"config key methods.nmf: tol must be below 1"):
        check_entries({"methods": {"own": {"model": "own:Own"}, "nmf": {"model": "nmf", "tol": 5}}, **config})


def test_every_rule_is_of_an_option_of_some_model():
    """A renamed option would leave its rule without effect."""
    kinds = [model_class(name) for name in MODELS]
    classes = [solver.options for kind in kinds for solver in getattr(kind, "solvers", ())]
    classes += [kind.Options for kind in kinds if hasattr(kind, "Options")]
    assert set(RULES) <= {name for options in classes for name in options.__dataclass_fields__}


def test_the_estimators_refuse_them_too():
    with pytest.raises(ValueError, match="tol must be below 1"):
        NMF(2, tol=5).fit([[1.0, 2.0], [2.0, 1.0]])
