"""The page of the run."""

from pathlib import Path

from aenmf.report.about import About
from aenmf.report.files import Files
from aenmf.report.page import write_report
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params, page = snakemake.input, snakemake.params, snakemake.output.page
    named = {kind: dict(zip(stand_for, inputs[kind], strict=True)) for kind, stand_for in params.files.items()}
    files = Files(
        str(Path(page).parent), params.record, **named, published=(*inputs.published, "")[0], left_out=params.left_out
    )
    about = About(params.methods, params.cohorts, params.references, params.figures, params.tables)
    write_report(page, files, about, snakemake.output.answer)
