"""Draw the random splits of a cohort."""

from aenmf.data.catalogues import check_size
from aenmf.data.splits import make_splits, write_splits
from aenmf.files.matrices import read_matrix_tsv
from aenmf.run.jobs import job
from aenmf.seeds import Seed

with job(snakemake.log[0]):
    params = snakemake.params
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    n = catalogue.shape[1]
    check_size(snakemake.input.catalogue, n, params.rank, params.train_fraction)
    seed = Seed(params.seed).child(snakemake.wildcards.cohort)
    table = make_splits(list(catalogue.columns), params.n_splits, params.train_fraction, seed)
    write_splits(snakemake.output.splits, table)
