"""Continue the published fits of one cohort to the optimum of their basin."""

from aenmf.audit.replication import continue_fits
from aenmf.files.fits import load_arrays
from aenmf.files.tables import write_table
from aenmf.run.jobs import job

with job(snakemake.log[0]) as log:
    fits, cosines = continue_fits(load_arrays(snakemake.input.recovered), snakemake.wildcards.cohort, log.info)
    write_table(snakemake.output.fits, fits)
    write_table(snakemake.output.cosines, cosines)
