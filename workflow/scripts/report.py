"""The page of the run."""

from aenmf.jobs import job
from aenmf.report.about import About
from aenmf.report.page import write_report

with job(snakemake.log[0]):
    params = snakemake.params
    about = About(params.methods, params.cohorts, params.references, params.figures)
    write_report(snakemake.output.page, params.folder, about)
