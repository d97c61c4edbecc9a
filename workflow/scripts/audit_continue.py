"""Continue the published fits of one cohort to the optimum of their basin."""

from aenmf.audit.replication import continue_fits
from aenmf.jobs import job
from aenmf.store import load_arrays, write_table

with job(snakemake.log[0]) as log:
    fits, cosines = continue_fits(load_arrays(snakemake.input.recovered), snakemake.wildcards.cohort, log.info)
    write_table(snakemake.output.fits, fits)
    write_table(snakemake.output.cosines, cosines)
