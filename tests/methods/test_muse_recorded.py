"""Recorded steps of MUSE-XAE, played on the processor: the numbers of the plain steps, but for rounding."""

from __future__ import annotations

import numpy as np
import pytest

from aenmf.methods.networks import muse_xae, recorded
from aenmf.methods.networks.muse_xae import Training, train
from aenmf.methods.networks.passes import Passes


class Played(recorded.RecordedStep):
    """A step that is done instead of replayed, since a processor has no graphs."""

    def _record(self) -> None:
        self.graph = self

    def replay(self) -> None:
        self.losses = self._step()


def patients(n: int, members: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    profiles = rng.dirichlet(np.full(96, 0.2), 3)
    return (rng.gamma(1.0, 1.0, (members, n, 3)) @ profiles * 12).astype(np.float32)


def trained(monkeypatch, how: Training, played: bool, **given):
    monkeypatch.setattr(recorded, "RecordedStep", Played)
    monkeypatch.setattr(muse_xae, "Passes", recorded.RecordedPasses if played else Passes)
    generators = [np.random.default_rng(r) for r in range(3)]
    return train(patients(150, 3, 1), patients(40, 3, 2), 4, generators, how, **given)


@pytest.mark.parametrize("assignment", [False, True])
def test_recorded_steps_are_the_plain_steps(monkeypatch, assignment):
    how = Training(epochs=6, patience=6, volume=0.05, activity=0.01, assignment=assignment)
    given = {"targets": patients(150, 3, 3)} if assignment else {}
    plain, played = (trained(monkeypatch, how, which, **given) for which in (False, True))
    for one, other in zip(plain, played, strict=True):
        np.testing.assert_allclose(other.losses, one.losses, rtol=2e-4)
        np.testing.assert_allclose(other.decoder, one.decoder, rtol=0, atol=2e-3 * np.abs(one.decoder).max())


def test_members_that_have_finished_do_not_change_while_the_others_go_on(monkeypatch):
    how = Training(epochs=80, patience=3, learning_rate=3e-3)
    plain, played = (trained(monkeypatch, how, which) for which in (False, True))
    assert len({member.epochs for member in played}) > 1
    for one, other in zip(plain, played, strict=True):
        assert len(other.losses) == other.epochs and other.stopped
        assert other.error <= one.error * 1.2
