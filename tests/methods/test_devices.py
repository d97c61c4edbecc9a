"""Where fits are computed: the key ``device``, and what is said where there is no GPU."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
import yaml

from aenmf.errors import UserError
from aenmf.evaluation.fits import fit_summary
from aenmf.files.checked_yaml import merged
from aenmf.files.fits import load_fits, save_fits
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, PAPER_LOSSES
from aenmf.methods import devices
from aenmf.methods.contract import example
from aenmf.methods.devices import any_gpu, enough_memory, with_device
from aenmf.methods.registry import build_method
from aenmf.run import devicebench
from aenmf.run.preflight import check
from support.command import aenmf

MU = {"model": "nmf", "solver": "mu"}


@pytest.fixture
def config(root) -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load((root / "config/config.yaml").read_text()))


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def a_gpu(monkeypatch):
    """A GPU that is said to be there, and on which nothing can be computed."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("aenmf.run.memory.free_gpu_memory", lambda: 10**11)


def test_the_common_device_goes_into_entries_without_their_own(config):
    assert with_device(config) == config  # nothing that fits depend on changes for cpu
    over = {"device": "auto", "methods": {"nmf": {"device": "cpu"}}}
    methods = with_device(merged(config, over))["methods"]
    assert methods["nmf"]["device"] == "cpu" and methods["cnmf"]["device"] == "auto"
    assert any_gpu(merged(config, over)) and not any_gpu(config)


def test_auto_takes_the_gpu_where_machine_and_solver_have_it(a_gpu):
    both = build_method("m", {"model": "nmf", "solver": {FROBENIUS: "mu", KULLBACK_LEIBLER: "ccd"}, "device": "auto"})
    assert (both.device_of(FROBENIUS), both.device_of(KULLBACK_LEIBLER)) == ("cuda", "cpu")
    assert build_method("m", MU).device_of(FROBENIUS) == "cpu"
    assert build_method("m", {**MU, "device": "cpu"}).device_of(FROBENIUS) == "cpu"
    assert build_method("d", {"model": "dsae", "device": "auto"}).device_of(FROBENIUS) == "cuda"
    single = {"model": "aenmf", "solver": "adam", "dtype": "float32", "device": "auto"}
    assert build_method("a", single).device_of(FROBENIUS) == "cpu"


def test_auto_without_a_gpu_gives_the_bits_of_cpu(no_gpu):
    problem = example(FROBENIUS)
    fits = [build_method("m", {**MU, "max_iter": 30, **more}).fit([problem])[0] for more in ({}, {"device": "auto"})]
    assert [fit.device for fit in fits] == ["cpu", "cpu"]
    assert (fits[0].signatures == fits[1].signatures).all() and (fits[0].exposures == fits[1].exposures).all()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"model": "nmf", "solver": "hals"}, "solver 'hals' of nmf has no form for a GPU"),
        ({"model": "aenmf", "solver": "adam", "dtype": "float32"}, "in float64 only, not in float32"),
        ({"model": "bootstrap_nmf"}, "bootstrap_nmf has no form for a GPU"),
    ],
)
def test_a_method_without_a_form_for_a_gpu_is_refused(a_gpu, entry, says):
    with pytest.raises(UserError, match="device: auto or device: cpu") as error:
        build_method("m", {**entry, "device": "cuda"})
    assert says in str(error.value) and error.value.where == "config key methods.m.device"


def test_a_misspelt_device_is_refused():
    with pytest.raises(UserError, match="Did you mean 'cuda'"):
        build_method("m", {**MU, "device": "cuda0"})


def test_asking_for_a_gpu_that_is_not_there_ends_before_any_work(root, tmp_path, config, no_gpu):
    for over, key in (
        ({"device": "cuda"}, "config key device:"),
        ({"methods": {"nmf": {"solver": "mu", "device": "cuda"}}}, "config key methods.nmf.device:"),
    ):
        with pytest.raises(UserError, match="torch finds no GPU") as error:
            check(merged(config, over), tmp_path)
        assert str(error.value).startswith(key) and "device: auto" in error.value.remedy
    assert not any(tmp_path.iterdir())
    # An entry that is not run may ask for one, and the jobs of a run do not check again.
    check(merged(config, {"methods": {"cnmf_mu": {"device": "cuda"}}}), tmp_path)


def test_the_message_names_the_file(tmp_path, no_gpu, capsys):
    mine = tmp_path / "mine.yaml"
    mine.write_text("device: cuda\n")
    assert aenmf("check", mine) == 1
    assert f"{mine}, line 1, config key device: cuda is asked for" in capsys.readouterr().err


def test_a_fit_on_a_machine_without_the_gpu_says_so(no_gpu):
    for entry in (MU, {"model": "dsae"}):
        with pytest.raises(UserError, match="torch finds no GPU"):
            build_method("m", {**entry, "device": "cuda"}).fit([example(FROBENIUS)])


def test_the_device_is_kept_with_the_fit(tmp_path, no_gpu, monkeypatch):
    method = build_method("m", {**MU, "max_iter": 5})
    fit = method.fit([example(FROBENIUS)])[0]
    save_fits(tmp_path / "a.npz", tmp_path / "s.npz", [0], [fit])
    again = load_fits([tmp_path / "a.npz"])
    assert again[0].device == "cpu"
    assert fit_summary(again)[0]["device"].tolist() == ["cpu"]


def test_running_out_of_gpu_memory_is_a_users_mistake():
    with pytest.raises(UserError, match="too little free memory for 30") as error, enough_memory(30):
        raise torch.OutOfMemoryError("CUDA out of memory")
    assert "splits_per_job" in error.value.where


def test_the_networks_are_told_the_device(a_gpu, monkeypatch):
    """DSAE and MUSE-XAE hand their device to torch; here it refuses, as there is none."""
    for entry in ({"model": "dsae", "epochs": 1}, {"model": "musexae", "epochs": 1, "repeats": 1}):
        if torch.version.cuda:
            pytest.skip("torch is built with CUDA: tests/workflow/test_gpu.py computes on it")
        with pytest.raises(AssertionError, match="Torch not compiled with CUDA"):
            build_method("m", {**entry, "device": "cuda"}).fit([example(FROBENIUS)])
    assert devices.device_available("cuda")


def test_the_measurement_compares_both(capsys, no_gpu):
    small = ["--splits", "2", "--patients", "20", "--rank", "2", "--iterations", "20"]
    assert aenmf("devicebench", *small) == 1
    assert "torch finds no GPU" in capsys.readouterr().err
    assert aenmf("devicebench", *small, "--device", "cpu") == 0
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][1:]
    assert [(row[1].strip(), row[2].strip()) for row in rows] == [
        (m, loss) for m in devicebench.ENTRIES for loss in PAPER_LOSSES
    ]
    for row in rows:
        assert int(row[6]) == int(row[7]) == 40 and float(row[8]) < 1e-9
