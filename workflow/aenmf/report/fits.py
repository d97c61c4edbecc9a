"""Every fit for the page: signatures, matches, errors and the loss on the way, small enough to go inside it."""

from __future__ import annotations

import base64
import json
import math
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
from aenmf.report.files import Files

FULL = 65535
"""Shares of a signature are stored as sixteen bits, to 0.000015."""
POINTS = 48
"""Points of a trajectory that are kept, evenly spaced on a logarithmic scale."""


def all_fits(files: Files, about: About) -> dict[str, Any]:
    """What the page's own drawing needs of every fit of the comparison."""
    data = _Data(files)
    fits = [data.combination(*key) for key in dict.fromkeys(key[:3] for key in files.fits)]
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
    """JSON that cannot end the script element around it, nor be anything but JSON there."""
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

    def __init__(self, files: Files):
        self.files = files
        self.errors, self.matches, self.clusters, self.order = (
            files.table(name) for name in ("errors", "split_matches", "clusters", "order")
        )
        self.names: list[str] = []
        self.known: list[str] = []
        self.references: dict[str, None] = {}
        self._number: dict[tuple[str, str, str], int] = {}
        self._profiles: dict[str, pd.DataFrame] = {}

    def combination(self, cohort: str, method: str, loss: str) -> dict[str, Any]:
        """All splits of one cohort, method and loss."""
        chunks = [chunk for chunk in self.files.fits if chunk[:3] == (cohort, method, loss)]
        fits = load_fits(*([files[chunk] for chunk in chunks] for files in (self.files.fits, self.files.seconds)))
        key = {"cohort": cohort, "method": method, "loss": loss}
        stacked = np.stack([fit.signatures.T for fit in fits.values()])
        splits = list(fits)
        return key | {
            "measure": MEASURE_OF_LOSS[loss],
            "splits": splits,
            "k": stacked.shape[1],
            "signatures": packed(stacked),
            "consensus": self._consensus(key),
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
        found = {}
        for (which, measure), part in _of(self.errors, key).groupby(["set", "measure"], sort=False):
            values = part.set_index("split")["value"].reindex(splits)
            found[f"{which} {measure}"] = [rounded(value) for value in values]
        return found

    def _consensus(self, key: dict[str, str]) -> dict[str, Any]:
        """The consensus signatures in the order of their positions, their names and shares, and their matches."""
        of = (key["cohort"], key["method"], key["loss"])
        table, sums = read_matrix_tsv(self.files.signatures[of]), read_matrix_tsv(self.files.exposures[of]).sum(axis=1)
        order = _of(self.order, key).sort_values("position")["cluster"]
        matches = {}
        for reference, rows in _of(self.files.table("matches"), key).groupby("reference", sort=False):
            self.references[str(reference)] = None
            by = {row.cluster: row for row in rows.itertuples() if isinstance(row.match, str)}
            every = [by.get(cluster) for cluster in order]
            matches[str(reference)] = [
                [self._numbered(key["cohort"], str(reference), row.match) if row else -1 for row in every],
                [rounded(row.cosine, 4) if row else None for row in every],
            ]
        return {
            "signatures": packed(table.to_numpy().T),
            "names": list(table.columns),
            "shares": [rounded(value, 3) for value in sums / sums.sum()],
            "matches": matches,
        }

    def _positions(self, key: dict[str, str], splits: list[int], k: int) -> list[int]:
        """By split and signature, the place of its consensus signature in the paper's order; 0 where there is none."""
        rows, order = _of(self.clusters, key), _of(self.order, key)
        place = dict(zip(order["cluster"], order["position"], strict=True))
        by = rows.set_index(["split", "signature"])["cluster"].map(place).to_dict()
        return [int(by.get((split, signature), 0)) for split in splits for signature in range(k)]

    def _matches(self, key: dict[str, str], splits: list[int], k: int) -> dict[str, list[list[float | None]]]:
        """By reference, for every split and signature the number of its match and the cosine similarity to it."""
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
        path = self.files.references[cohort, reference]
        key = (reference, path, name)
        if key not in self._number:
            self._number[key] = len(self.names)
            self.names.append(short_reference(name) if reference == "signal" else name)
            if path not in self._profiles:
                self._profiles[path] = read_matrix_tsv(path)
            profile = self._profiles[path][name]
            self.known.append(packed(profile.to_numpy() / profile.sum()))
        return self._number[key]


def _of(table: pd.DataFrame, key: dict[str, str]) -> pd.DataFrame:
    return table[np.logical_and.reduce([table[column] == value for column, value in key.items()])]
