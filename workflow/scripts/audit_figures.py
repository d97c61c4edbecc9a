"""The numbers in the paper's figures next to those that follow from the published matrices."""

import pandas as pd

from aenmf.audit.readings import facts
from aenmf.files.fits import load_arrays
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import write_table
from aenmf.formats import MODEL_TITLES
from aenmf.run.jobs import job
from aenmf.seeds import Seed

with job(snakemake.log[0]) as log:
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    read = facts.load_facts(inputs.facts)
    arrays = dict(zip(params.cohorts, map(load_arrays, inputs.recovered), strict=True))
    signatures = {(name, m): one[f"signatures_{m}"] for name, one in arrays.items() for m in MODEL_TITLES}
    cosmic = dict(zip(params.with_cosmic, map(read_matrix_tsv, inputs.cosmic), strict=True))
    matrices = facts.similarity_matrices(pd.read_csv(inputs.consistency))
    recovered = [
        facts.recovered_errors(pd.read_csv(inputs.mean_errors)),
        facts.recovered_consistency(matrices),
        facts.recovered_cosines(read, signatures, cosmic),
    ]
    readings = facts.compare_readings(read, pd.concat(recovered))
    write_table(output.readings, readings)
    write_table(output.choices, facts.compare_choices(read, matrices, Seed(params.seed).child("audit")))
    log.info("%d of %d numbers agree within their reading error", readings["within"].sum(), len(readings))
