"""Every fit for the page: signatures, matches, errors and the loss on the way, small enough to stand inside it."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from aenmf.channels import CHANNELS
from aenmf.figures.names import short_reference
from aenmf.files.fits import load_fits
from aenmf.files.matrices import read_matrix_tsv
from aenmf.losses import MEASURE_OF_LOSS
from aenmf.problem import Fit
from aenmf.report.about import About

FULL = 65535
"""Shares of a signature are stored as sixteen bits, to 0.000015."""
POINTS = 48
"""Points of a trajectory that are kept, evenly spaced on a logarithmic scale."""
KEYS = ["cohort", "method", "loss"]


def all_fits(folder: Path, about: About) -> dict[str, Any] | None:
    """What the page's own drawing needs of every fit of the comparison; None where the run holds no fits."""
    table = _table(folder / "tables/fits.csv")
    if table is None:
        return None
    data = _Data(folder, about)
    fits = []
    for (cohort, method, loss), rows in table.groupby(KEYS, sort=False):
        places = sorted((folder / "fits" / cohort / method / loss).glob("*.npz"))
        paths = [path for path in places if not path.name.endswith(".seconds.npz")]
        if paths:
            fits.append(data.combination(cohort, method, loss, paths, set(rows["split"])))
    if not fits:
        return None
    return {
        "channels": list(CHANNELS),
        "cohorts": {name: about.cohort(name) for name in dict.fromkeys(fit["cohort"] for fit in fits)},
        "methods": {name: about.method(name) for name in dict.fromkeys(fit["method"] for fit in fits)},
        "losses": {name: about.loss(name) for name in dict.fromkeys(fit["loss"] for fit in fits)},
        "references": {name: about.reference(name) for name in data.references},
        "names": data.names,
        "known": data.known,
        "fits": fits,
    }


def as_json(data: Any) -> Markup:
    """JSON that cannot end the script element it stands in, nor be anything but JSON there."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for mark in "<>&\u2028\u2029":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return Markup(text)


def packed(values: np.ndarray) -> str:
    """Shares between 0 and 1 as base64 of little-endian sixteen-bit numbers."""
    whole = np.rint(np.clip(np.nan_to_num(values), 0, 1) * FULL).astype("<u2")
    return base64.b64encode(whole.tobytes()).decode()


def rounded(value: float, digits: int = 5) -> float | None:
    """A number to so many significant digits; None where it is not finite."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def trajectory(fit: Fit) -> list[list[float | None]]:
    """Iterations, and how far the loss was above its final value there, as a share of that value."""
    n = len(fit.trajectory.iterations)
    wanted = np.concatenate([[0], np.geomspace(1, max(n, 1), POINTS).astype(int) - 1])
    chosen = np.unique(wanted).tolist() if n else []
    final = fit.objective if fit.objective > 0 else 1.0
    above = [rounded(max(float(fit.trajectory.losses[i]) - fit.objective, 0.0) / final, 3) for i in chosen]
    return [[int(fit.trajectory.iterations[i]) for i in chosen], above]


class _Data:
    """The long tables of a run, and the names and profiles of reference signatures met on the way."""

    def __init__(self, folder: Path, about: About):
        self.folder, self.about = folder, about
        self.errors, self.matches, self.clusters, self.order = (
            _table(folder / f"tables/{name}.csv") for name in ("errors", "split_matches", "clusters", "order")
        )
        self.names: list[str] = []
        self.known: list[str] = []
        self.references: dict[str, None] = {}
        self._number: dict[tuple[str, Path | None, str], int] = {}
        self._profiles: dict[Path | None, pd.DataFrame] = {}

    def combination(self, cohort: str, method: str, loss: str, paths: list[Path], wanted: set[int]) -> dict[str, Any]:
        """All splits of one cohort, method and loss."""
        seconds = [path.with_name(path.name.replace(".npz", ".seconds.npz")) for path in paths]
        fits = load_fits(paths, seconds if all(path.is_file() for path in seconds) else ())
        fits = {split: fit for split, fit in fits.items() if split in wanted}
        key = {"cohort": cohort, "method": method, "loss": loss}
        stacked = np.stack([fit.signatures.T for fit in fits.values()])
        splits = list(fits)
        return key | {
            "measure": MEASURE_OF_LOSS.get(loss, ""),
            "splits": splits,
            "k": stacked.shape[1],
            "signatures": packed(stacked),
            "positions": self._positions(key, splits, stacked.shape[1]),
            "matches": self._matches(key, splits, stacked.shape[1]),
            "errors": self._errors(key, splits),
            "seconds": [rounded(fit.seconds, 3) for fit in fits.values()],
            "iterations": [fit.n_iter for fit in fits.values()],
            "objective": [rounded(fit.objective, 6) for fit in fits.values()],
            "converged": [bool(fit.converged) for fit in fits.values()],
            "kkt": [rounded(fit.kkt, 3) for fit in fits.values()],
            "paths": [trajectory(fit) for fit in fits.values()],
        }

    def _errors(self, key: dict[str, str], splits: list[int]) -> dict[str, list[float | None]]:
        if self.errors is None:
            return {}
        rows = _of(self.errors, key)
        found = {}
        for (which, measure), part in rows.groupby(["set", "measure"], sort=False):
            values = part.set_index("split")["value"].reindex(splits)
            found[f"{which} {measure}"] = [rounded(value) for value in values]
        return found

    def _positions(self, key: dict[str, str], splits: list[int], k: int) -> list[int]:
        """By split and signature, the place of its consensus signature in the paper's order; 0 where there is none."""
        if self.clusters is None:
            return [0] * (len(splits) * k)
        rows = _of(self.clusters, key)
        place = dict(zip(rows["cluster"], rows["cluster"], strict=True))
        if self.order is not None:
            order = _of(self.order, key)
            place |= dict(zip(order["cluster"], order["position"], strict=True))
        by = rows.set_index(["split", "signature"])["cluster"].map(place).to_dict()
        return [int(by.get((split, signature), 0)) for split in splits for signature in range(k)]

    def _matches(self, key: dict[str, str], splits: list[int], k: int) -> dict[str, list[list[float | None]]]:
        """By reference, for every split and signature the number of its match and the cosine similarity to it."""
        if self.matches is None:
            return {}
        found: dict[str, list[list[float | None]]] = {}
        for reference, rows in _of(self.matches, key).groupby("reference", sort=False):
            self.references[str(reference)] = None
            by = {(row.split, row.signature): row for row in rows.itertuples()}
            every = [by.get((split, signature)) for split in splits for signature in range(k)]
            found[str(reference)] = [
                [self._numbered(key["cohort"], str(reference), row.match) if row else -1 for row in every],
                [rounded(row.cosine, 4) if row else None for row in every],
            ]
        return found

    def _numbered(self, cohort: str, reference: str, name: str) -> int:
        """The number of a reference signature in ``names`` and ``known``; its profile is kept with it."""
        path = self._file(cohort, reference)
        key = (reference, path, name)
        if key not in self._number:
            self._number[key] = len(self.names)
            self.names.append(short_reference(name) if reference == "signal" else name)
            if path is not None and path not in self._profiles:
                self._profiles[path] = read_matrix_tsv(path)
            frame = self._profiles.get(path)
            if frame is not None and name in frame.columns:
                self.known.append(packed(frame[name].to_numpy() / frame[name].sum()))
            else:
                self.known.append("")
        return self._number[key]

    def _file(self, cohort: str, reference: str) -> Path | None:
        """The file a cohort's reference signatures are in; None where the run has none."""
        organ = self.about.cohorts[cohort].organ if cohort in self.about.cohorts else ""
        places = [f"references/{reference}_{organ}.tsv", f"references/{reference}.tsv"]
        if reference == "truth":
            places = [f"data/{cohort}/truth_signatures.tsv"]
        return next((self.folder / place for place in places if (self.folder / place).is_file()), None)


def _of(table: pd.DataFrame, key: dict[str, str]) -> pd.DataFrame:
    return table[np.logical_and.reduce([table[column] == value for column, value in key.items()])]


def _table(path: Path) -> pd.DataFrame | None:
    return pd.read_csv(path) if path.is_file() else None
