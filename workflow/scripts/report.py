"""The page of the run."""

from pathlib import Path

from aenmf.report.about import About
from aenmf.report.page import write_report
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    params, page = snakemake.params, snakemake.output.page
    about = About(params.methods, params.cohorts, params.references, params.figures)
    write_report(page, str(Path(page).parent), about)
