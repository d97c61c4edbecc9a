"""Reference signatures (COSMIC, Signal, a user's own) and which of them PCAWG found in which cancer type."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from aenmf.data.cells import some
from aenmf.data.usertable import read_table
from aenmf.errors import UserError, did_you_mean
from aenmf.files.matrices import matrix_frame

log = logging.getLogger(__name__)

SUM_TOLERANCE = 0.01
"""How far a signature's sum may lie from 1; published tables are rounded, and nothing else explains more."""


def read_signatures(
    path: str | Path, *, selection: str = "", organ: str = "", names: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read signatures, one column each, in any format of :mod:`aenmf.data.usertable`.

    Args:
        path: the file.
        selection: keep the columns whose names begin so, and cut that off the names; ``{organ}`` stands for ``organ``.
            Empty keeps all.
        organ: the organ, as the file spells it.
        names: keep these columns (after ``selection``), in this order; None keeps all in file order.

    Returns:
        Signatures, index ``channel`` (96, canonical order), one column per signature. Values are those of the file:
        sums lie within 0.01 of 1 but are not made exactly 1, as a rounded table is the authors' own statement.

    Raises:
        UserError: the file is not well-formed, no column is selected, a name is missing, or a sum is not near 1.
    """
    table = read_table(path, "signature")
    frame = matrix_frame(table.matrix, table.names)
    if selection:
        prefix = selection.replace("{organ}", organ)
        if "{organ}" in selection and not organ:
            raise UserError(
                "the organ is missing", where=str(path), remedy="Give the cohort an organ, as the file spells it"
            )
        wanted = [name for name in frame.columns if name.startswith(prefix)]
        if not wanted:
            raise UserError(
                f"no signature begins with {prefix!r}",
                where=str(path),
                remedy=_selection_remedy(frame, selection, organ),
            )
        frame = frame[wanted].rename(columns=lambda name: name.removeprefix(prefix))
    if names is not None:
        for name in names:
            if name not in frame.columns:
                raise UserError(
                    f"there is no signature {name!r}", where=str(path), remedy=did_you_mean(name, frame.columns)
                )
        frame = frame[list(names)]
    sums = frame.sum(axis=0)
    off = sums.index[np.abs(sums - 1) > SUM_TOLERANCE]
    if len(off):
        remedy = "Signatures are probabilities: divide each column by its sum"
        problem = f"the values of signature {off[0]!r} sum to {sums[off[0]]:.6g}, not 1 ({len(off)} such columns)"
        raise UserError(problem, where=str(path), remedy=remedy)
    log.info("%s: %d signatures", path, frame.shape[1])
    return frame


def _selection_remedy(frame: pd.DataFrame, selection: str, organ: str) -> str:
    """Which organs there are, if that is what is wrong."""
    before, mark, after = selection.partition("{organ}")
    if not mark or not after:
        return f"The signatures are: {some(list(frame.columns))}"
    rest = [name.removeprefix(before) for name in frame.columns if name.startswith(before)]
    return did_you_mean(organ, {name.split(after)[0] for name in rest})


def read_attributions(path: str | Path) -> pd.DataFrame:
    """Read the PCAWG table of mutations attributed to each signature in each sample.

    Returns:
        One row per sample: index ``cancer_type``, one column per signature, numbers of mutations.

    Raises:
        UserError: the file is missing or has not the expected columns.
    """
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        raise UserError(
            f"the attributions cannot be read ({error})", where=str(path), remedy="Check the file"
        ) from error
    lacking = [column for column in ("Cancer Types", "Sample Names") if column not in table.columns]
    signatures = [column for column in table.columns if column.startswith("SBS")]
    if lacking or not signatures:
        problem = f"column {lacking[0]!r} is missing" if lacking else "there is no column of a signature (SBS…)"
        raise UserError(problem, where=f"{path}, header", remedy="Give PCAWG's table of signatures in samples")
    return table.set_index("Cancer Types")[signatures].rename_axis("cancer_type").astype(float)


def seen_in(attributions: pd.DataFrame, cancer_type: str) -> frozenset[str]:
    """Signatures with attributed mutations in at least one sample of a cancer type, under PCAWG's names.

    Args:
        attributions: what :func:`read_attributions` returns.
        cancer_type: as PCAWG names it, such as ``Ovary-AdenoCA``.

    Raises:
        UserError: PCAWG has no such cancer type.
    """
    types = set(attributions.index)
    if cancer_type not in types:
        remedy = did_you_mean(cancer_type, types)
        raise UserError(f"PCAWG has no cancer type {cancer_type!r}", where="cohort, column 'pcawg'", remedy=remedy)
    present = (attributions.loc[[cancer_type]] > 0).any(axis=0)
    return frozenset(present.index[present])


def pcawg_name(signature: str, known: Collection[str]) -> str | None:
    """PCAWG's name of a COSMIC signature: its own, or that of the signature it was later split from (SBS40a -> SBS40).

    Args:
        signature: a COSMIC name.
        known: the signatures PCAWG distinguished: the columns of :func:`read_attributions`.

    Returns:
        The name, or None for a signature that PCAWG did not know (such as SBS92, found later).
    """
    if signature in known:
        return signature
    parent = signature[:-1]
    return parent if signature[-1:].islower() and parent in known else None
