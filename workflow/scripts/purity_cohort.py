"""The purity of a cohort's signatures, from its true exposures or from those that NMF finds."""

from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import keyed, write_table
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.studies.purity import estimated_purities, true_purities

with job(snakemake.log[0]):
    params, inputs = snakemake.params, snakemake.input
    if inputs.exposures:
        table = true_purities(read_matrix_tsv(inputs.exposures))
    else:
        fitted = (
            params.rank,
            params.losses,
            params.name,
            params.entry,
            Seed(params.seed).child(snakemake.wildcards.cohort),
        )
        table = estimated_purities(read_matrix_tsv(inputs.catalogue), *fitted)
    write_table(snakemake.output.table, keyed(table, cohort=snakemake.wildcards.cohort))
