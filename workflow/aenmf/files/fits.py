"""Arrays between stages: one compressed, pickle-free ``.npz`` for the fits of one chunk of splits.

Wall-clock seconds differ from run to run, so they have a file of their own and everything else is reproducible to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from aenmf.files.atomic import atomic_path
from aenmf.problem import Fit, Trajectory

_SCALARS = ("objective", "n_iter", "converged", "kkt", "device", "starts", "hits", "found_again")


_CORE = {
    "splits",
    "signatures",
    "exposures",
    "trajectory_offsets",
    "trajectory_iterations",
    "trajectory_losses",
    *_SCALARS,
}


def save_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays; the same arrays give the same bytes."""
    named: dict[str, Any] = dict(arrays)
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **named)


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read what :func:`save_arrays` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def save_fits(path: str | Path, seconds_path: str | Path, splits: Sequence[int], fits: Sequence[Fit]) -> None:
    """Write the fits of a chunk of splits.

    Keys of the first file: ``splits`` (S,), ``signatures`` (S, M, K), ``exposures`` (S, K, N), ``objective``, ``n_iter``,
    ``converged``, ``kkt``, ``device``, ``starts``, ``hits`` and ``found_again`` (S,), the
    trajectories end to end as ``trajectory_iterations`` and
    ``trajectory_losses`` with ``trajectory_offsets`` (S + 1,), and every extra array stacked along the first axis. Keys
    of the second: ``splits``, ``seconds`` (S,) and ``trajectory_seconds``.
    """
    lengths = [len(fit.trajectory.iterations) for fit in fits]
    arrays = {
        "splits": np.array(splits),
        "signatures": np.stack([fit.signatures for fit in fits]),
        "exposures": np.stack([fit.exposures for fit in fits]),
        "trajectory_offsets": np.concatenate([[0], np.cumsum(lengths)]),
        "trajectory_iterations": np.concatenate([fit.trajectory.iterations for fit in fits]),
        "trajectory_losses": np.concatenate([fit.trajectory.losses for fit in fits]),
    }
    for name in _SCALARS:
        arrays[name] = np.array([getattr(fit, name) for fit in fits])
    for name in fits[0].extras:
        arrays[name] = np.stack([fit.extras[name] for fit in fits])
    save_arrays(path, arrays)
    save_arrays(
        seconds_path,
        {
            "splits": np.array(splits),
            "seconds": np.array([fit.seconds for fit in fits]),
            "trajectory_seconds": np.concatenate([fit.trajectory.seconds for fit in fits]),
        },
    )


def load_fits(paths: Iterable[str | Path], seconds_paths: Iterable[str | Path] = ()) -> dict[int, Fit]:
    """Read the fits of all chunks, by split in ascending order; seconds are nan unless their files are given too."""
    seconds_of: dict[int, tuple[float, np.ndarray]] = {}
    timing = [load_arrays(path) for path in seconds_paths]
    fits: dict[int, Fit] = {}
    for position, path in enumerate(paths):
        arrays = load_arrays(path)
        offsets = arrays["trajectory_offsets"]
        for i, split in enumerate(arrays["splits"].tolist()):
            part = slice(offsets[i], offsets[i + 1])
            if timing:
                times = timing[position]
                seconds_of[split] = float(times["seconds"][i]), times["trajectory_seconds"][part]
            seconds, on_the_way = seconds_of.get(split, (np.nan, np.full(offsets[i + 1] - offsets[i], np.nan)))
            fits[split] = Fit(
                signatures=arrays["signatures"][i],
                exposures=arrays["exposures"][i],
                objective=float(arrays["objective"][i]),
                n_iter=int(arrays["n_iter"][i]),
                converged=bool(arrays["converged"][i]),
                kkt=float(arrays["kkt"][i]),
                device=str(arrays["device"][i])
                if "device" in arrays
                else "cpu",  # as were the fits before there was a choice
                starts=int(arrays["starts"][i]),
                hits=int(arrays["hits"][i]),
                found_again=bool(arrays["found_again"][i]),
                seconds=seconds,
                trajectory=Trajectory(
                    arrays["trajectory_iterations"][part], arrays["trajectory_losses"][part], on_the_way
                ),
                extras={name: array[i] for name, array in arrays.items() if name not in _CORE},
            )
    return dict(sorted(fits.items()))
