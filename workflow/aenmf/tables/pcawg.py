"""Which signatures PCAWG saw in which cancer type (Alexandrov et al. 2020, SigProfiler attributions per sample)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from aenmf.errors import UserError, did_you_mean

TYPE_COLUMN = "Cancer Types"
_OTHER_COLUMNS = {TYPE_COLUMN, "Sample Names", "Accuracy"}
SAME_AS = {"SBS40a": "SBS40", "SBS40b": "SBS40", "SBS40c": "SBS40"}
"""COSMIC v3.4 splits a signature that PCAWG knew as one; what it split off counts as the old one."""

Presence = Mapping[str, frozenset[str]]
"""For each cancer type the signatures with a positive attribution in at least one of its samples."""


def read_presence(path: str | Path) -> Presence:
    """Read PCAWG's table of signatures in samples.

    Args:
        path: CSV with the columns ``Cancer Types``, ``Sample Names``, ``Accuracy`` and one per signature.

    Raises:
        UserError: the file is not such a table.
    """
    table = pd.read_csv(path)
    signatures = [column for column in table.columns if column not in _OTHER_COLUMNS]
    if TYPE_COLUMN not in table or not all(pd.api.types.is_numeric_dtype(table[name]) for name in signatures):
        remedy = f"Expected a column {TYPE_COLUMN!r} and numeric signature columns"
        raise UserError("not a PCAWG table of signatures in samples", where=str(path), remedy=remedy)
    present = (table[signatures] > 0).groupby(table[TYPE_COLUMN]).any()
    return {str(kind): frozenset(present.columns[row.to_numpy()]) for kind, row in present.iterrows()}


def seen(signature: str, cancer_type: str, presence: Presence) -> bool:
    """Whether PCAWG saw a COSMIC v3.4 signature in a cancer type; SBS40a, b and c count as SBS40.

    Raises:
        UserError: PCAWG has no such cancer type.
    """
    if cancer_type not in presence:
        raise UserError(f"PCAWG has no cancer type {cancer_type!r}", remedy=did_you_mean(cancer_type, presence))
    return SAME_AS.get(signature, signature) in presence[cancer_type]
