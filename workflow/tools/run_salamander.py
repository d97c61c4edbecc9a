"""KLNMF, MvNMF and CorrNMF of salamander-learn, from a random start."""

import numpy as np
import pandas as pd
from anndata import AnnData
from salamander.models.corrnmf_det import CorrNMFDet
from salamander.models.klnmf import KLNMF
from salamander.models.mvnmf import MvNMF

from contract import options, write_report, write_table

MODELS = {"klnmf": KLNMF, "mvnmf": MvNMF, "corrnmf": CorrNMFDet}


def main():
    parser = options(__doc__)
    parser.add_argument("--rank", type=int, required=True)
    parser.add_argument("--model", choices=MODELS, default="klnmf")
    parser.add_argument("--most-iterations", type=int, default=10_000)
    given = parser.parse_args()
    counts = pd.read_csv(given.catalogue, sep="\t", index_col=0).T.astype(float)
    np.random.seed(given.seed)
    model = MODELS[given.model](given.rank, init_method="random", max_iterations=given.most_iterations)
    model.fit(AnnData(counts), init_kwargs={"seed": given.seed})
    signatures, exposures = model.asignatures.to_df(), np.asarray(model.adata.obsm["exposures"])
    names = list(signatures.index)
    write_table(given.signatures, "channel", names, counts.columns, signatures.to_numpy().T)
    write_table(given.exposures, "signature", counts.index, names, exposures.T)
    iterations = len(model.history["objective_function"]) * model.conv_test_freq
    converged = iterations < given.most_iterations
    write_report(given.report, ["salamander-learn"], iterations=iterations, converged=converged)


if __name__ == "__main__":
    main()
