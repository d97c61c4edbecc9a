"""DSAE and MUSE-XAE: the networks against automatic differentiation, seeds, batches, and the original's own steps."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from aenmf.data.datasets import Registry
from aenmf.data.truth import truth_of as truth_of_cohort
from aenmf.errors import UserError
from aenmf.files.checked_yaml import read_yaml
from aenmf.files.shipped import CONFIG
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER, loss_value
from aenmf.methods.dsae import DSAE, merge_latents
from aenmf.methods.muse_exposures import kept
from aenmf.methods.muse_xae import MuseXAE, scaled
from aenmf.methods.registry import build_method
from aenmf.methods.replicates import (
    bootstrapped,
    choose_rank,
    cluster_silhouettes,
    equal_size_clusters,
    matched_clusters,
)
from aenmf.methods.vae_ms import VAEMS
from aenmf.problem import Problem
from aenmf.seeds import Seed
from aenmf.solvers.refit import refit
from support.peers import average_matched_cosine

torch = pytest.importorskip("torch")

BRIEF = {"bootstraps": 2, "epochs": 3, "repeats": 2, "own_epochs": 2}


def truth_of(k: int = 3, m: int = 96) -> np.ndarray:
    return np.random.default_rng(1).dirichlet(np.full(m, 0.1), k).T


def problem_of(split: int = 0, loss: str = FROBENIUS, n: int = 40, k: int = 3) -> Problem:
    rng = np.random.default_rng(100 + split)
    counts = rng.poisson(truth_of(k) @ rng.gamma(0.5, 1000.0, (k, n))).astype(float)
    counts[0, counts.sum(axis=0) == 0] = 1
    return Problem(counts, k, loss, Seed(3).child(f"split {split}"))


def reference_loss(x, parts, hidden, assignment, beta, activity):
    """The network as the article draws it, by torch's own functions; one member."""
    h = x
    for layer in range(3):
        w, b, scale, shift = parts[4 * layer : 4 * layer + 4]
        a = h @ w + b
        e = torch.nn.functional.elu(a) if hidden == "elu" else torch.nn.functional.softplus(a)
        h = torch.nn.functional.batch_norm(e, None, None, scale[0], shift[0], training=True, eps=1e-3)
    w, b, decoder = parts[-3:]
    a = h @ w + b
    if assignment:
        z = torch.relu(a)
        return (z @ decoder - x).abs().mean() + activity * z.sum() / len(x)
    z = torch.nn.functional.softplus(a)
    nll = torch.nn.functional.poisson_nll_loss(z @ decoder, x, log_input=False, eps=1e-7)
    return nll + beta * torch.log10(torch.linalg.det(decoder @ decoder.T + torch.eye(len(decoder))))


@pytest.mark.parametrize("hidden", ["elu", "softplus"])
@pytest.mark.parametrize("assignment", [False, True])
def test_muse_gradients_equal_autograd(hidden, assignment):
    from aenmf.methods.networks.muse_xae import Network, Training

    how = Training(1, 1, hidden=hidden, assignment=assignment, volume=0.3, activity=0.2)
    network = Network.start(20, 4, [np.random.default_rng(r) for r in range(3)])
    rng = np.random.default_rng(9)
    with torch.no_grad():
        network.parts[-1].clamp_(min=0.0)  # as after every step
        network.weights += torch.from_numpy(rng.uniform(0, 0.1, network.weights.shape).astype("f"))
        double = Network(20, 4, network.weights.double())
        x = torch.from_numpy(rng.uniform(0, 1, (3, 8, 20)))
        before, torch_default = double.weights.clone(), torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            losses = double.losses_and_gradient(x, None, how)
        finally:
            torch.set_default_dtype(torch_default)
    assert torch.equal(before, double.weights)
    for r in range(3):
        parts = [part[r].clone().requires_grad_() for part in double.parts]
        expected = reference_loss(x[r], parts, hidden, assignment, 0.3, 0.2)
        expected.backward()
        assert losses[r].item() == pytest.approx(expected.item(), rel=1e-10)
        trained = parts[:-1] if assignment else parts
        for part, slope in zip(trained, double.slopes, strict=False):
            np.testing.assert_allclose(slope[r].numpy(), part.grad.numpy(), rtol=1e-7, atol=1e-12)
        assert not assignment or not double.slopes[-1].any(), "the frozen decoder must not move"


def test_adam_is_that_of_torch():
    from aenmf.methods.networks.training import Adam

    rng = np.random.default_rng(0)
    ours = torch.from_numpy(rng.normal(size=12))
    theirs = torch.nn.Parameter(ours.clone())
    adam, peer = Adam(ours, 0.01), torch.optim.Adam([theirs], lr=0.01, eps=1e-30)
    for _ in range(30):
        gradient = torch.from_numpy(rng.normal(size=12) + 3)
        adam.step(gradient)
        theirs.grad = gradient
        peer.step()
    np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=1e-5)


@pytest.mark.parametrize("method", [DSAE({"epochs": 3}), MuseXAE(BRIEF)])
def test_bits_depend_on_neither_company_nor_threads_nor_global_seeds(method):
    problems = [problem_of(split) for split in range(3)]
    together = method.fit(problems)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(5)
    state = torch.random.get_rng_state()
    try:
        alone = method.fit([problems[1]])[0]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert torch.equal(state, torch.random.get_rng_state())
    np.testing.assert_array_equal(alone.signatures, together[1].signatures)
    np.testing.assert_array_equal(alone.exposures, together[1].exposures)
    for name, array in alone.extras.items():
        np.testing.assert_array_equal(array, together[1].extras[name])
    assert not np.array_equal(together[0].signatures, together[1].signatures)


def test_bits_do_not_depend_on_where_numpy_put_the_input():
    from aenmf.methods.networks.muse_xae import Training, train

    data = scaled(problem_of().catalogue.T)[None]
    buffer = np.empty(data.size + 16, np.float32)
    found = []
    for offset in (0, 1, 5):
        moved = buffer[offset : offset + data.size].reshape(data.shape)
        moved[:] = data
        found.append(train(moved, moved, 3, [np.random.default_rng(0)], Training(epochs=3, patience=3))[0].decoder)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_members_that_stop_early_leave_the_others_alone():
    from aenmf.methods.networks.muse_xae import Training, train

    data = np.stack([scaled(problem_of(split).catalogue.T) for split in range(4)])
    how = Training(epochs=40, patience=2, learning_rate=0.02)
    together = train(data, data, 3, [np.random.default_rng(r) for r in range(4)], how)
    assert len({member.epochs for member in together}) > 1, "all stopped at once: nothing was tested"
    for r, member in enumerate(together):
        alone = train(data[r : r + 1], data[r : r + 1], 3, [np.random.default_rng(r)], how)[0]
        # Side by side, sums of a matrix product may be taken in another order: the last digits differ, no more.
        assert alone.epochs == member.epochs and alone.error == pytest.approx(member.error, rel=1e-4)
        np.testing.assert_allclose(alone.decoder, member.decoder, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", [DSAE({"epochs": 3}), MuseXAE(BRIEF)])
def test_the_loss_decides_the_refit_only(method):
    first, second = (method.fit([problem_of(0, loss)])[0] for loss in (FROBENIUS, KULLBACK_LEIBLER))
    np.testing.assert_array_equal(first.signatures, second.signatures)
    for loss, fit in ((FROBENIUS, first), (KULLBACK_LEIBLER, second)):
        catalogue = problem_of(0, loss).catalogue
        np.testing.assert_array_equal(fit.exposures, refit(loss, catalogue, fit.signatures))
        assert fit.objective == loss_value(loss, catalogue, fit.signatures @ fit.exposures)
    assert np.isnan(first.kkt)


def test_muse_finds_signatures_and_the_consensus_is_over_its_repeats():
    problem = problem_of(n=60)
    fit = MuseXAE({"bootstraps": 5, "epochs": 100, "repeats": 2, "own_epochs": 20}).fit([problem])[0]
    assert average_matched_cosine(truth_of(), fit.signatures) > 0.9
    assert fit.extras["silhouettes"].shape == (3,) and fit.extras["validation_errors"].shape == (2,)
    totals = problem.catalogue.sum(axis=0)
    own = fit.extras["own_exposures"].sum(axis=0)
    np.testing.assert_allclose(own[own > 0], totals[own > 0], atol=1.5)  # each of three is rounded
    np.testing.assert_array_equal(fit.extras["own_exposures"] % 1, 0)
    losses = fit.trajectory.losses
    assert losses[-1] < losses[0] and len(fit.trajectory.iterations) <= fit.n_iter


def test_muse_starts_with_a_decoder_of_either_sign_and_ends_with_none_below_zero():
    from aenmf.methods.networks.muse_xae import Network, Training, train

    start = Network.start(96, 3, [np.random.default_rng(0)]).parts[-1]
    assert (start < 0).any()
    data = scaled(problem_of().catalogue.T)[None]
    found = train(data, data, 3, [np.random.default_rng(0)], Training(epochs=2, patience=2))[0]
    assert (found.decoder >= 0).all() and np.isfinite(found.losses).all()


def test_muse_returns_the_targets_that_it_is_given():
    from aenmf.methods.networks.muse_xae import Training, train

    data = scaled(problem_of().catalogue.T)[None]
    rng = np.random.default_rng(1)
    noise = rng.uniform(0, 1, data.shape).astype(np.float32)
    how = Training(epochs=30, patience=30, learning_rate=0.01)
    to_data, to_noise = (
        train(noise, noise, 3, [np.random.default_rng(0)], how, targets=targets)[0].losses for targets in (data, noise)
    )
    assert to_data[-1] < to_data[0] and not np.allclose(to_data, to_noise)


def test_weak_signatures_are_kept_where_they_bring_the_patient_nearer():
    signatures = np.array([[0.8, 0, 0], [0.2, 0, 0.1], [0, 1.0, 0], [0, 0, 0.9]])
    patients = np.array([[40, 10, 0, 0], [40, 12, 3, 0], [0, 0, 0, 0]]) * 100.0
    latents = np.array([[0.955, 0.045, 0.0], [0.95, 0.045, 0.005], [0, 0, 0]])
    found = kept(latents, signatures, patients) > 0
    assert found[0].tolist() == [True, False, False]  # nothing is there that the second would explain
    assert found[1].tolist() == [True, True, True] or found[1].tolist() == [True, True, False]
    assert not found[2].any()
    assert not kept(np.array([[0.99995, 0.00005, 0]]), signatures, patients[1:2])[0, 1]  # less than the least share


def test_muse_stops_when_the_validation_error_stops_falling():
    options = {"bootstraps": 1, "epochs": 60, "repeats": 1, "patience": 2, "own_epochs": 0, "learning_rate": 0.05}
    fit = MuseXAE(options).fit([problem_of()])[0]
    assert fit.converged and fit.n_iter < 60
    assert "own_exposures" not in fit.extras
    cut = MuseXAE({**options, "epochs": 2, "patience": 30}).fit([problem_of()])[0]
    assert not cut.converged and cut.n_iter == 2


def test_muse_variants_differ():
    fits = [MuseXAE({**BRIEF, "variant": variant}).fit([problem_of()])[0] for variant in ("code", "paper")]
    assert not np.array_equal(fits[0].signatures, fits[1].signatures)


def test_scaling_and_bootstraps():
    counts = np.array([[3.0, 1, 0, 4], [0, 0, 1, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(scaled(counts)[0], np.array([3, 1, 0, 4]) / 8 * 3, rtol=1e-6)
    assert not scaled(counts)[1:].any()
    drawn = bootstrapped(counts, 500, np.random.default_rng(0)).reshape(500, 3, 4)
    np.testing.assert_array_equal(drawn.sum(axis=2), np.tile([8, 1, 0], (500, 1)))
    assert not drawn[:, counts == 0].any()
    np.testing.assert_allclose(drawn[:, 0].mean(axis=0), counts[0], atol=0.3)


def test_dsae_learns_holds_out_a_fifth_and_can_see_noise(monkeypatch):
    from aenmf.methods.networks import dsae

    problem, seen = problem_of(), []
    monkeypatch.setattr(dsae, "_loss", lambda x, *rest, real=dsae._loss: seen.append(len(x)) or real(x, *rest))
    fit = DSAE({"epochs": 5}).fit([problem])[0]
    assert seen[:4] == [32, 32, 13, 19]  # 77 types in batches of 32, then the held-out types
    assert fit.trajectory.losses[-1] < fit.trajectory.losses[0]
    assert fit.extras["contributions"].shape == fit.exposures.shape
    assert (fit.extras["contributions"] < 0).any()
    noisy = DSAE({"epochs": 5, "noise": 0.1}).fit([problem])[0]
    assert not np.array_equal(noisy.signatures, fit.signatures)


def dead(signatures: np.ndarray) -> int:
    """How many latents were zero for every type, and are given as flat signatures."""
    return int((np.ptp(signatures, axis=0) < 1e-12).sum())


TRAINED = {"target": "shares", "encoder_start": "positive", "epochs": 2000, "patience": 50}


def alike(split: int) -> Problem:
    """A cohort in which every mutation type is spread over the patients nearly in the same way, as in Scenario 8."""
    rng = np.random.default_rng(split)
    expected = rng.dirichlet(np.ones(96), 3).T @ rng.gamma(20.0, 50.0, (3, 100))
    return Problem(rng.poisson(expected).astype(float), 3, FROBENIUS, Seed(3).child(f"split {split}"))


def test_dsae_as_published_has_dead_latents_and_the_trained_one_has_none_and_ends_on_a_plateau():
    problems = [alike(split) for split in range(4)]
    published = DSAE().fit(problems)
    assert sum(dead(fit.signatures) for fit in published) >= 3  # of twelve; both are what docs/methods.md says
    assert all(fit.trajectory.losses[-1] > 0.99 * fit.trajectory.losses[0] for fit in published)
    [trained] = DSAE(TRAINED).fit(problems[:1])
    assert dead(trained.signatures) == 0 and trained.trajectory.losses[-1] < 0.5 * trained.trajectory.losses[0]
    assert trained.converged and trained.n_iter < TRAINED["epochs"]
    path = trained.extras["held_out_losses"][: trained.n_iter]
    assert path[-50:].min() > 0.99 * path[:-50].min() and path.min() < path[0]
    assert np.isnan(trained.extras["held_out_losses"][trained.n_iter :]).all()
    assert not DSAE({**TRAINED, "epochs": 3}).fit(problems[:1])[0].converged


def test_the_trained_entry_as_it_is_configured_trains_on_scenario_8(root):
    entry = read_yaml(root / "config/config.yaml")["methods"]["dsae_trained"]
    counts = truth_of_cohort("scenario8", Registry.load(CONFIG / "cohorts.tsv", CONFIG / "references.tsv")).catalogue
    problem = Problem(counts.to_numpy(dtype=float), 3, FROBENIUS, Seed(1))
    [fit] = build_method("dsae_trained", entry).fit([problem])
    assert dead(fit.signatures) == 0 and fit.converged and fit.n_iter < entry["epochs"]
    held_out = fit.extras["held_out_losses"][: fit.n_iter]
    assert held_out[-entry["patience"] :].min() > 0.99 * held_out[: -entry["patience"]].min()
    assert fit.trajectory.losses[-1] < 0.1 * fit.trajectory.losses[0]


def test_the_article_merges_latents_that_are_alike():
    a, b = np.array([4.0, 1, 0, 0]) / 5, np.array([0, 0, 1.0, 4]) / 5
    close = np.array([3.5, 1.5, 0, 0]) / 5
    merged, groups = merge_latents(np.stack([a, b, close], axis=1))
    assert groups[0] == groups[2] != groups[1]
    np.testing.assert_allclose(merged[:, 0], (a + close) / 2)
    np.testing.assert_array_equal(merged[:, 0], merged[:, 2])
    np.testing.assert_array_equal(merged[:, 1], b)
    apart, groups = merge_latents(np.stack([a, b, close], axis=1), threshold=0.9999)
    np.testing.assert_array_equal(apart, np.stack([a, b, close], axis=1))
    paper = DSAE({"epochs": 2, "variant": "paper"}).fit([problem_of()])[0]
    assert paper.extras["groups"].shape == (3,)


def noisy_repeats(repeats: int, spread: float) -> np.ndarray:
    """(R, M, K) repeats of three signatures in varying order."""
    rng = np.random.default_rng(4)
    truth = truth_of(3, 24)
    noise = rng.uniform(0, spread / 24, (repeats, 24, 3))
    return np.stack([truth[:, rng.permutation(3)] for _ in range(repeats)]) + noise


def test_clusters_have_equal_size_and_find_the_signatures():
    repeats = noisy_repeats(7, 0.2)
    rows = repeats.transpose(0, 2, 1).reshape(21, 24)
    means, labels = equal_size_clusters(rows, 3, Seed(0))
    assert np.bincount(labels).tolist() == [7, 7, 7]
    assert average_matched_cosine(truth_of(3, 24), means.T) > 0.99
    assert cluster_silhouettes(rows, labels).min() > 0.8
    lopsided = np.concatenate(
        [np.tile(rows[:1], (9, 1)) + 1e-6 * rows[:9], rows[:3]]
    )  # k-means alone would give 9 and more
    assert np.bincount(equal_size_clusters(lopsided, 3, Seed(0))[1]).tolist() == [4, 4, 4]


def test_matched_clusters_hold_one_signature_of_each_replicate():
    means, labels = matched_clusters(noisy_repeats(7, 0.2))
    assert (np.sort(labels, axis=1) == [0, 1, 2]).all()
    assert average_matched_cosine(truth_of(3, 24), means.T) > 0.99


def test_rank_rule():
    table = pd.DataFrame(
        {
            "rank": [2, 3, 4, 5, 6],
            "error": [9.0, 5.0, 4.0, 3.0, 1.0],
            "mean_silhouette": [0.95, 0.9, 0.7, 0.9, 0.5],
            "min_silhouette": [0.9, 0.8, 0.2, 0.19, 0.4],
        }
    )
    assert choose_rank(table) == 4  # 5 has an unstable cluster, 6 is unstable on the whole
    assert choose_rank(table, min_stability=0.1) == 5
    assert choose_rank(table.iloc[3:]) == 5  # none is stable: the lowest


@pytest.mark.parametrize(
    ("kind", "options"),
    [(DSAE, {"variant": "book"}), (DSAE, {"validation": 1}), (DSAE, {"target": "rows"}),
     (DSAE, {"patience": 5, "validation": 0}), (DSAE, {"epoch": 5}), (MuseXAE, {"variant": "book"}),
     (MuseXAE, {"repeats": 0}), (MuseXAE, {"epochs": "many"})],
)  # fmt: skip
def test_wrong_options_are_user_errors(kind, options):
    with pytest.raises(UserError, match=next(iter(options))):
        kind(options, "methods.x")


def test_describing_and_planning_do_not_import_torch():
    code = (
        "import sys; from aenmf.methods.registry import MODELS, model_class;"
        "[model_class(m).architecture for m in MODELS];"
        "[model_class(m).from_config({}, 'x').unsupported('frobenius') for m in ('dsae', 'musexae')];"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_vae_ms_draws_poisson_numbers_whose_soft_form_has_their_mean():
    from aenmf.methods.networks.vae_ms import drawn

    rates = torch.full((4000, 2), 6.0)
    whole = drawn(rates, np.random.default_rng(0))
    assert whole.mean().item() == pytest.approx(6.0, rel=0.03) and whole.var().item() == pytest.approx(6.0, rel=0.06)
    soft = drawn(rates.requires_grad_(), np.random.default_rng(1), temperature=0.1)
    assert soft.mean().item() == pytest.approx(6.0, rel=0.03)
    [slope] = torch.autograd.grad(soft.mean(), rates)
    assert slope.sum().item() == pytest.approx(1.0, rel=0.1)


def test_vae_ms_learns_and_its_intervals_are_about_its_rates():
    problem = problem_of(n=30)
    problem = Problem(np.ceil(problem.catalogue / 10), 3, KULLBACK_LEIBLER, problem.seed)
    fits = [VAEMS({"epochs": 30, "start": start}).fit([problem])[0] for start in ("nmf", "random")]
    for fit in fits:
        rates, lower, upper = (fit.extras[name] for name in ("own_exposures", "lower", "upper"))
        assert (lower <= rates).all() and (np.floor(rates) <= upper).all() and not fit.converged
        assert fit.trajectory.losses[-1] < fit.trajectory.losses[0]
    assert not np.array_equal(fits[0].signatures, fits[1].signatures)
