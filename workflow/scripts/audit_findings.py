"""Write the findings of the audit."""

from pathlib import Path

import pandas as pd

from aenmf.audit.findings import Audit, write_findings
from aenmf.files.atomic import atomic_write
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    audit = Audit(
        tables={Path(path).stem: pd.read_csv(path) for path in inputs.tables},
        shown={Path(path).stem: Path(path).read_text(encoding="utf-8") for path in inputs.shown},
        cohorts=params.cohorts,
        models=params.models,
        tolerance=params.tolerance,
        rates=params.rates,
    )
    template = Path(inputs.template).read_text(encoding="utf-8")
    source = f"{params.source.title}, {params.source.citation}; {' '.join(params.source.data.urls)}"
    text = write_findings(audit, template, str(Path(inputs.tables[0]).parent), source)
    with atomic_write(snakemake.output.findings) as file:
        file.write(text)
