"""The solvers that have a form for a GPU, by name of the form; torch is imported when one is first called.

Each is a :data:`aenmf.solvers.common.SolveBatch`. They live apart from the compiled solvers, which need no torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aenmf.problem import Problem, Start
from aenmf.solvers.common import Solution

Ended = Callable[[float], None] | None


def nmf_mu(
    problems: Sequence[Problem], starts: Sequence[Start], options: Any, device: str, ended: Ended = None
) -> list[Solution]:
    """NMF by multiplicative updates, :mod:`aenmf.solvers.batch_nmf`."""
    from aenmf.solvers.batch_nmf import solve_mu

    return solve_mu(problems, starts, options, device, ended)


def convex_mu(
    problems: Sequence[Problem], starts: Sequence[Start], options: Any, device: str, ended: Ended = None
) -> list[Solution]:
    """Convex NMF by multiplicative updates, :mod:`aenmf.solvers.batch_convex`."""
    from aenmf.solvers.batch_convex import solve_mu

    return solve_mu(problems, starts, options, device, ended)


def adam(
    problems: Sequence[Problem], starts: Sequence[Start], options: Any, device: str, ended: Ended = None
) -> list[Solution]:
    """AE-NMF by full-batch Adam, :mod:`aenmf.solvers.batch_adam`."""
    from aenmf.solvers.batch_adam import train

    return train(problems, starts, options, device, ended)
