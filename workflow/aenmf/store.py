"""The files between stages: tables as CSV, arrays as one compressed, pickle-free ``.npz`` for the fits of one chunk of splits.

Wall-clock seconds differ from run to run, so they stand in a file of their own and everything else is reproducible to
the byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from aenmf.atomic import atomic_path, atomic_write
from aenmf.methods.base import Fit, Trajectory

_SCALARS = ("objective", "n_iter", "converged", "kkt")
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
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **arrays)


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """Read what :func:`save_arrays` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def save_fits(path: str | Path, seconds_path: str | Path, splits: Sequence[int], fits: Sequence[Fit]) -> None:
    """Write the fits of a chunk of splits.

    Keys of the first file: ``splits`` (S,), ``signatures`` (S, M, K), ``exposures`` (S, K, N), ``objective``, ``n_iter``,
    ``converged`` and ``kkt`` (S,), the trajectories end to end as ``trajectory_iterations`` and ``trajectory_losses`` with
    ``trajectory_offsets`` (S + 1,), and every extra array stacked along the first axis. Keys of the second:
    ``splits``, ``seconds`` (S,) and ``trajectory_seconds``.
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
                seconds=seconds,
                trajectory=Trajectory(
                    arrays["trajectory_iterations"][part], arrays["trajectory_losses"][part], on_the_way
                ),
                extras={name: array[i] for name, array in arrays.items() if name not in _CORE},
            )
    return dict(sorted(fits.items()))


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as CSV without its index; floats keep all their digits, so equal tables are equal bytes."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")


def sections(combinations: Sequence[Any], paths: Sequence[str]) -> list[list[str]]:
    """The files of each combination, from one list that holds equally many of each, in the order of the combinations."""
    size, rest = divmod(len(paths), len(combinations))
    if rest or not size:
        raise ValueError(f"{len(paths)} files for {len(combinations)} combinations")
    return [list(paths[i * size : (i + 1) * size]) for i in range(len(combinations))]


def write_tables(paths: Mapping[str, str], parts: Mapping[str, Sequence[pd.DataFrame]]) -> None:
    """Write one CSV per name, from its parts one below the other."""
    for name, tables in parts.items():
        write_table(paths[name], pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True))


def write_json(path: str | Path, facts: Mapping[str, Any]) -> None:
    """Write facts as JSON, keys in the given order."""
    with atomic_write(path) as file:
        json.dump(facts, file, indent=2, ensure_ascii=False)
        file.write("\n")
