"""How many patients make the signatures of a convex model."""

from aenmf.catalogues import counts_of, read_matrix_tsv
from aenmf.convergence import sparsity
from aenmf.evaluation import keyed
from aenmf.jobs import job
from aenmf.splits import read_splits, samples_of
from aenmf.store import load_fits, write_table

with job(snakemake.log[0]):
    catalogue, table = read_matrix_tsv(snakemake.input.catalogue), read_splits(snakemake.input.splits)
    fits = load_fits(snakemake.input.fits)
    totals = {split: counts_of(catalogue, samples_of(table, split, "train")).sum(axis=0) for split in fits}
    write_table(snakemake.output.table, keyed(sparsity(fits, totals), **dict(snakemake.wildcards.items())))
