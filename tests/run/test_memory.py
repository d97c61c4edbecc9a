"""A run that would not fit into memory is refused before it starts; the machine's memory is made up."""

from __future__ import annotations

import copy
import tracemalloc
from typing import Any

import psutil
import pytest
import torch
import yaml

from aenmf.errors import UserError
from aenmf.files.checked_yaml import merged
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.methods.contract import example
from aenmf.methods.registry import build_method
from aenmf.run import memory
from aenmf.run.memory import PROCESS, TORCH, Job, available_memory, job_memory
from aenmf.run.preflight import check

GB = 10**9


@pytest.fixture
def config(root) -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load((root / "config/config.yaml").read_text()))


def machine(monkeypatch, size: int) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: size)


def test_the_default_run_needs_less_than_a_gigabyte_per_job(root, tmp_path, config, monkeypatch):
    machine(monkeypatch, GB)
    check(config, tmp_path)


def test_one_job_too_large_is_refused_with_its_numbers(root, tmp_path, config, monkeypatch):
    machine(monkeypatch, PROCESS)
    with pytest.raises(UserError, match="on scenario8 \\(30 matrices of 800 patients\\)") as error:
        check(config, tmp_path)
    message = str(error.value)
    assert message.startswith("config key splits_per_job: one job of ") and "needs about 0.3 GB of memory" in message
    assert "0.2 GB are free" in message and "Lower splits_per_job" in message
    assert not any(tmp_path.iterdir())


def test_jobs_side_by_side_count_together(root, tmp_path, config, monkeypatch):
    machine(monkeypatch, GB)
    with pytest.raises(UserError, match="6 jobs side by side") as error:
        check(config, tmp_path, cores=6)
    assert "fewer --cores" in error.value.remedy


def test_more_splits_per_job_need_more(root, tmp_path, config, monkeypatch):
    machine(monkeypatch, GB)
    over = {"n_splits": 3000, "splits_per_job": 2000}
    with pytest.raises(UserError, match="2000 matrices of 800 patients"):
        check(merged(config, over), tmp_path)
    check(merged(config, over | {"splits_per_job": 100}), tmp_path)


def test_rank_selection_counts_too(root, tmp_path, config, monkeypatch):
    machine(monkeypatch, GB)
    over = {"rank_selection": {"cohorts": ["scenario8"], "bootstraps": 5000}}
    with pytest.raises(UserError, match="5000 matrices of 1000 patients") as error:
        check(merged(config, over), tmp_path)
    assert error.value.where == "config key rank_selection.bootstraps"


def test_criteria_of_the_rank_count_too(root, tmp_path, config, monkeypatch):
    machine(monkeypatch, GB)
    over = {"rank_criteria": {"cohorts": ["scenario8"], "resamples": 5000}}
    with pytest.raises(UserError, match="5000 matrices of 1000 patients") as error:
        check(merged(config, over), tmp_path)
    assert error.value.where == "config key rank_criteria.resamples"


def test_methods_differ():
    n, k = 12_000, 5
    fast = build_method("m", {"model": "cnmf", "solver": {FROBENIUS: "blocks", KULLBACK_LEIBLER: "newton"}})
    textbook = build_method("m", {"model": "cnmf", "solver": "textbook"})
    network = build_method("m", {"model": "musexae", "bootstraps": 100})
    sizes = [job_memory(Job("c", "m", method, FROBENIUS, n, k, 1)) for method in (fast, textbook, network)]
    assert sizes[1] - sizes[0] >= 2 * 8 * n * n  # forms matrices patients × patients
    assert sizes[2] - sizes[0] >= TORCH + 4 * 96 * n * 100
    assert sizes[0] < 0.6 * GB


@pytest.mark.parametrize("loss", [FROBENIUS, KULLBACK_LEIBLER])
def test_the_estimate_is_above_what_a_fit_allocates(loss):
    problem = example(loss, n_patients=3000)
    for model, solver in (("nmf", "mu"), ("cnmf", "mu"), ("aenmf", "adam")):
        method = build_method("m", {"model": model, "solver": solver, "max_iter": 3})
        method.fit([example(loss)])  # compiles
        tracemalloc.start()
        method.fit([problem])
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        estimate = job_memory(Job("c", "m", method, loss, 3000, 3, 1)) - PROCESS
        assert used <= estimate <= 20 * used, (model, used, estimate)


def test_a_gpu_that_is_too_small_is_refused(root, tmp_path, config, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    over = {"compare": ["nmf_mu"], "methods": {"nmf_mu": {"device": "cuda", "restarts": 5}}}
    monkeypatch.setattr(memory, "free_gpu_memory", lambda: 10**8)
    with pytest.raises(
        UserError, match="one job of nmf_mu .*30 matrices.* needs about .* of the GPU's memory"
    ) as error:
        check(merged(config, over), tmp_path)
    assert "restarts" in error.value.remedy and "device: cpu" in error.value.remedy
    monkeypatch.setattr(memory, "free_gpu_memory", lambda: GB)
    check(merged(config, over), tmp_path)
    with pytest.raises(UserError, match="4 jobs side by side, such as nmf_mu"):
        check(merged(config, over), tmp_path, cores=4)


def test_a_control_groups_limit_counts(tmp_path):
    free = psutil.virtual_memory().available
    (tmp_path / "memory.current").write_text("600\n")
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.stat").write_text("anon 500\ninactive_file 100\n")
    assert available_memory(tmp_path) == 500
    (tmp_path / "memory.max").write_text("max\n")
    assert available_memory(tmp_path) == pytest.approx(free, rel=0.2)
    assert available_memory(tmp_path / "none") == pytest.approx(free, rel=0.2)
