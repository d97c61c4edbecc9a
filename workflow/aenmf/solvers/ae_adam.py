"""AE-NMF by full-batch Adam, as the paper trains it, in every variant of its non-negativity.

Adam (Kingma & Ba 2015) has PyTorch's form. The paper's own stopping rule, applied in float32, measures where two losses
round to the same number. The default rule here waits for a plateau in float64 and lowers the learning rate there: at a
constant rate Adam ends in a small oscillation above the optimum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from aenmf.errors import UserError
from aenmf.losses import KULLBACK_LEIBLER, PAPER_LOSSES
from aenmf.problem import Problem, Start
from aenmf.solvers.ae_channels import divergence_pass, squared_error_pass
from aenmf.solvers.ae_kernels import LEAST_RECONSTRUCTION, combine_rows, compiled, decoder_pass, encoder_pass, loss_only
from aenmf.solvers.common import IterationOptions, Solution, Solver, checked_number, iterate
from aenmf.solvers.products import pad_channels, total_divergence

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
NONNEGATIVITY = ("abs", "relu")
APPLIED = ("forward", "step")
STOPPING = ("plateau", "consecutive", "none")
DTYPES = {"float64": np.float64, "float32": np.float32}
NEGLIGIBLE = {"float64": 1e-150, "float32": 1e-18}
"""Moments and gradients below this become zero: they move nothing (ε is 1e-8), but their squares would be denormal."""

# Places in the state that the compiled loop keeps between stretches.
RATE, BEST, PREVIOUS = range(3)


@dataclass(frozen=True)
class AdamOptions(IterationOptions):
    """Options of the Adam solver. The paper's own training is learning_rate 1e-4, stopping consecutive, dtype float32.

    Attributes:
        learning_rate: Adam's step size (paper: 1e-4).
        nonnegativity: ``abs`` takes absolute values, ``relu`` sets negative weights to zero.
        applied: ``forward``: in the forward pass, to free weights (paper); ``step``: to the weights after each step.
        dtype: precision of the training, ``float64`` or ``float32`` (the paper's).
        stopping: ``plateau``, ``consecutive`` or ``none``. Consecutive is the paper's rule: stop when two consecutive losses
            differ by less than ``tol`` relatively. Plateau looks at the loss every ``window`` steps; when it is not
            below the lowest seen so far by more than ``plateau_tol`` relatively, the learning rate is multiplied by
            ``decay``; training stops when it would fall below ``final_rate`` times the initial one. With none it takes
            ``max_iter`` steps.
        window, plateau_tol, decay, final_rate: see ``stopping``.
    """

    learning_rate: float = 1e-4
    nonnegativity: str = "abs"
    applied: str = "forward"
    dtype: str = "float64"
    stopping: str = "plateau"
    window: int = 500
    plateau_tol: float = 1e-5
    decay: float = 0.5
    final_rate: float = 1e-2

    def __post_init__(self):
        super().__post_init__()
        for name in ("learning_rate", "plateau_tol", "decay", "final_rate"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), float, 0.0))
        object.__setattr__(self, "window", checked_number("window", self.window, int, 1))
        for name, allowed in (
            ("nonnegativity", NONNEGATIVITY),
            ("applied", APPLIED),
            ("dtype", tuple(DTYPES)),
            ("stopping", STOPPING),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}")
        for name in ("decay", "final_rate"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie between 0 and 1, not {getattr(self, name)!r}")
        if self.learning_rate == 0:
            raise ValueError("learning_rate must be greater than 0")

    @property
    def largest_residual(self) -> float:
        """Any, with the paper's own rule: where it stops a training, and how far from an optimum, is what is studied."""
        return super().largest_residual if self.stopping == "plateau" else 1.0


@compiled
def adam_update(weights, used, gradient, first, second, scale, rate, step, absolute, forward, negligible):
    """One Adam step on an array of weights, and the non-negative values the next forward pass uses.

    Args:
        weights, used, first, second: flat arrays, changed in place: the free weights, their non-negative image, and the
            moving averages of the gradient and of its square.
        gradient: ∂(summed loss)/∂used; times ``scale`` it is that of the mean.
        step: number of this step, from 1.
        absolute, forward: which non-negativity, and where it is applied.
        negligible: see :data:`NEGLIGIBLE`.
    """
    real = weights.dtype.type
    zero, one = real(0), real(1)
    b2, one_less_b1, one_less_b2 = real(BETA2), real(1 - BETA1), real(1 - BETA2)
    step_size = real(rate / (1 - BETA1**step))
    root_correction, epsilon = real(math.sqrt(1 - BETA2**step)), real(EPSILON)
    scale, small = real(scale), real(negligible)
    # The derivative of what the forward pass applies, |w| or max(w, 0), below, at and above zero; PyTorch's choice at zero.
    at_zero = zero if forward else one
    below_zero = (-one if absolute else zero) if forward else one
    # Several loops, because with all the arrays in one the compiler does not see that they are distinct, and gives up
    # vectors.
    for i in range(weights.size):
        w, g = weights[i], gradient[i] * scale
        g *= one if w > zero else (below_zero if w < zero else at_zero)
        g = g if abs(g) > small else zero
        m = first[i] + one_less_b1 * (g - first[i])
        v = b2 * second[i] + one_less_b2 * g * g
        first[i] = m if abs(m) > small else zero
        second[i] = v if v > small * small else zero
    for i in range(weights.size):
        weights[i] -= step_size * first[i] / (math.sqrt(second[i]) / root_correction + epsilon)
    if absolute:
        for i in range(weights.size):
            used[i] = abs(weights[i])
    else:
        for i in range(weights.size):
            used[i] = max(weights[i], zero)
    if not forward:
        weights[:] = used


@compiled
def next_rate(loss, state, plateau_tol, decay):
    """Note a loss and lower the learning rate where it is no better than the lowest so far; returns the rate."""
    if loss > (1 - plateau_tol) * state[BEST]:
        state[RATE] *= decay
    state[BEST] = min(state[BEST], loss)
    return state[RATE]


@compiled
def plateau_steps(
    v, squares, scale, weights, used, encoder, decoder, gradient, encoder_gradient, decoder_gradient, first, second, state, done,
    count, kl, absolute, forward, negligible, window, plateau_tol, decay, lowest_rate,
):  # fmt: skip
    """Up to ``count`` Adam steps in float64, until the loss is on a plateau of every learning rate.

    Args:
        v: (M, N) catalogue, padded; ``squares``: the sum of its squares; ``scale``: 1/number of its cells.
        weights, used, gradient, first, second: (2K, N), the transposed encoder above the decoder.
        encoder, decoder, encoder_gradient, decoder_gradient: (K, N), halves of ``used`` and of ``gradient``.

    Returns:
        The number of steps done and whether the stopping rule fired.
    """
    m, k = len(v), len(decoder)
    signatures, slopes, products, mixed = np.empty((m, k)), np.empty((m, k)), np.empty((m, 2 * k)), np.empty((m, 2 * k))
    flat = (weights.reshape(-1), used.reshape(-1), gradient.reshape(-1), first.reshape(-1), second.reshape(-1))
    loss = 0.0
    for step in range(done + 1, done + count + 1):
        look = (step - 1) % window == 0
        if kl:
            divergence_pass(v, encoder, decoder, encoder_gradient, decoder_gradient, signatures, slopes)
            if look:
                loss = total_divergence(v, signatures, decoder, LEAST_RECONSTRUCTION)
        else:
            loss = squared_error_pass(v, squares, used, decoder, gradient, products, mixed)
        if look and (not loss < np.inf or next_rate(loss * scale, state, plateau_tol, decay) < lowest_rate):
            return step - 1 - done, True
        adam_update(*flat, scale, state[RATE], step, absolute, forward, negligible)
    return count, False


@compiled
def residual_steps(
    patients, weights, used, gradient, first, second, state, done, count, kl, absolute, forward, negligible, consecutive,
    tol, window, plateau_tol, decay, lowest_rate,
):  # fmt: skip
    """As :func:`plateau_steps`, in the precision of the arrays and for both rules; losses come from the residuals.

    Args:
        patients: (N, M) catalogue, transposed.
        consecutive: the paper's rule, on every step's loss.
    """
    n, m = patients.shape
    k = weights.shape[0] // 2
    encoder, decoder = used[:k].T, used[k:].T
    encoder_gradient, decoder_gradient = gradient[:k].T, gradient[k:].T
    signatures, signature_gradient = np.empty((2, k, m), patients.dtype)
    scale = 1.0 / (m * n)
    flat = (weights.reshape(-1), used.reshape(-1), gradient.reshape(-1), first.reshape(-1), second.reshape(-1))
    for step in range(done + 1, done + count + 1):
        look = consecutive or (step - 1) % window == 0
        combine_rows(patients, encoder, signatures)
        loss = decoder_pass(patients, decoder, signatures, kl, look, decoder_gradient, signature_gradient) * scale
        if look:
            if not loss < np.inf:
                return step - 1 - done, True
            if consecutive:
                if patients.itemsize == 4:
                    loss = float(np.float32(loss))
                if step > 1 and abs(state[PREVIOUS] - loss) < tol * state[PREVIOUS]:
                    return step - 1 - done, True
                state[PREVIOUS] = loss
            elif next_rate(loss, state, plateau_tol, decay) < lowest_rate:
                return step - 1 - done, True
        encoder_pass(patients, signature_gradient, encoder_gradient)
        adam_update(*flat, scale, state[RATE], step, absolute, forward, negligible)
    return count, False


class Training:
    """A training under way: its weights, its moments, and how many steps are done.

    Args:
        problem: catalogue (M, N), K and loss.
        start: ``start.weights`` is the encoder, ``start.exposures`` the decoder.
        options: of the training.
    """

    def __init__(self, problem: Problem, start: Start, options: AdamOptions):
        real, self.options = DTYPES[options.dtype], options
        self.patients = np.ascontiguousarray(problem.catalogue.T, dtype=real)
        self.padded, _ = pad_channels(problem.catalogue, np.empty((len(problem.catalogue), 0)))
        self.rank, self.kl = problem.n_signatures, problem.loss == KULLBACK_LEIBLER
        self.weights = np.vstack([start.weights.T, start.exposures]).astype(real)
        self.used = self.weights.copy()
        self.gradient, self.first, self.second = np.zeros((3, *self.weights.shape), real)
        self.state = np.array([options.learning_rate, np.inf, np.inf])
        self.squares, self.done = float(np.sum(problem.catalogue**2)), 0

    @property
    def encoder(self) -> np.ndarray:
        """The non-negative encoder (N, K) of the next forward pass."""
        return self.used[: self.rank].T

    @property
    def decoder(self) -> np.ndarray:
        """The non-negative decoder (K, N)."""
        return self.used[self.rank :]

    def loss(self, dtype: str | None = None) -> float:
        """The mean loss per cell, computed in the precision of the training or in another."""
        real = DTYPES[dtype or self.options.dtype]
        patients, encoder, decoder = (x.astype(real, copy=False) for x in (self.patients, self.encoder, self.decoder))
        signatures = np.empty((self.rank, patients.shape[1]), real)
        return loss_only(patients, encoder, decoder.T, self.kl, signatures) / patients.size

    def advance(self, count: int) -> tuple[int, float, bool]:
        """Up to ``count`` steps; how many, the loss after them, and whether the stopping rule fired."""
        options, k = self.options, self.rank
        rule = options.window, options.plateau_tol, options.decay, options.final_rate * options.learning_rate
        form = self.kl, options.nonnegativity == "abs", options.applied == "forward", NEGLIGIBLE[options.dtype]
        moments = self.first, self.second, self.state, self.done, count
        # Without a residual a step is faster, but rounding then sets a limit to the differences that losses can show.
        if options.stopping == "plateau" and options.dtype == "float64":
            halves = self.used[:k], self.used[k:], self.gradient, self.gradient[:k], self.gradient[k:]
            scale = 1.0 / self.patients.size
            steps, stopped = plateau_steps(
                self.padded, self.squares, scale, self.weights, self.used, *halves, *moments, *form, *rule
            )
        else:
            # A rate that never falls has no plateau.
            rule = (options.window, -np.inf, *rule[2:]) if options.stopping == "none" else rule
            consecutive = options.stopping == "consecutive"
            steps, stopped = residual_steps(
                self.patients, self.weights, self.used, self.gradient, *moments, *form, consecutive, options.tol, *rule
            )
        self.done += steps
        return steps, self.loss(), stopped


def train(problem: Problem, start: Start, options: AdamOptions) -> Solution:
    """Train the autoencoder from ``start.weights`` (encoder) and ``start.exposures`` (decoder).

    The solution's extras are ``weights`` (N, K), the encoder, and ``dead`` (2,), how many encoder and decoder weights
    are exactly zero in the forward pass (with ReLU in the forward pass these no longer learn).

    Raises:
        UserError: the loss became infinite or NaN.
    """
    training = Training(problem, start, options)
    n_iter, converged, trajectory = iterate(training.advance, training.loss(), options.max_iter)
    if not np.isfinite(trajectory.losses[-1]):
        raise UserError(
            f"AE-NMF training diverged after {n_iter} steps",
            where=f"learning_rate {options.learning_rate:g}",
            remedy="Choose a smaller learning rate (paper: 1e-4)",
        )
    encoder, decoder = np.ascontiguousarray(training.encoder, float), training.decoder.astype(float)
    return Solution(
        signatures=problem.catalogue @ encoder,
        exposures=decoder,
        n_iter=n_iter,
        converged=converged,
        trajectory=trajectory,
        extras={"weights": encoder, "dead": np.array([np.sum(encoder == 0), np.sum(decoder == 0)])},
    )


ADAM = Solver("adam", PAPER_LOSSES, AdamOptions, train, "the paper's training: full-batch Adam")
