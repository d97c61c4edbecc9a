"""What a run found in a cohort, as wide tables: consensus signatures, and the exposures of all patients on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.evaluation.consensus import signatures_from_table
from aenmf.files.matrices import matrix_frame
from aenmf.solvers.refit import refit


def signatures_wide(consensus: pd.DataFrame, matches: pd.DataFrame, order: pd.DataFrame) -> pd.DataFrame:
    """The consensus signatures of one cohort, method and loss side by side.

    Args:
        consensus, matches, order: rows of the long tables of those names, of this cohort, method and loss only.

    Returns:
        Channels × K, index ``channel``. The columns are numbered as Table 4 and the figures place them, with the match
        in COSMIC: ``S1 (SBS3)``, or ``S1`` where there is none.

    Raises:
        ValueError: the consensus is not over the 96 channels, or the order is not one of its K signatures.
    """
    signatures = signatures_from_table(consensus, CHANNELS)
    clusters = order.sort_values("position")["cluster"].tolist()
    if sorted(clusters) != list(range(1, signatures.shape[1] + 1)):
        raise ValueError(f"the order of clusters {clusters} is not one of {signatures.shape[1]} signatures")
    cosmic = matches[matches["reference"] == "cosmic"].set_index("cluster")["match"].dropna().to_dict()
    names = [f"S{n} ({cosmic[c]})" if c in cosmic else f"S{n}" for n, c in enumerate(clusters, start=1)]
    return matrix_frame(signatures[:, [cluster - 1 for cluster in clusters]], names)


def exposures_wide(
    loss: str, catalogue: pd.DataFrame, signatures: pd.DataFrame, dispersion: np.ndarray | None = None
) -> pd.DataFrame:
    """The exposures of all patients of a cohort on its consensus signatures, by :func:`aenmf.solvers.refit.refit`.

    Args:
        loss: the loss the signatures were fitted with.
        catalogue: channels × N patients.
        signatures: channels × K, from :func:`signatures_wide`.
        dispersion: (N,) of the patients, for the loss that needs it.

    Returns:
        K × N, index ``signature``, in mutations.
    """
    exposures = refit(loss, catalogue.to_numpy(), signatures.to_numpy(), dispersion)
    return pd.DataFrame(exposures, index=pd.Index(signatures.columns, name="signature"), columns=catalogue.columns)
