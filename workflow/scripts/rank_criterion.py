"""The values of one criterion for some ranks of one cohort, method and loss, and the seconds of processor that they took."""

import time
from functools import partial

import pandas as pd

from aenmf.data.problems import read_dispersion
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.files.tables import keyed, write_table
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.studies.rankcriteria.base import Task
from aenmf.studies.rankcriteria.table import KEYS, criterion_values

with job(snakemake.log[0]):
    params = snakemake.params
    keys = {name: snakemake.wildcards[name] for name in KEYS}
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    file = snakemake.input.get("dispersion")
    task = Task(
        counts_of(catalogue, catalogue.columns),
        keys["loss"],
        params.ranks,
        params.resamples,
        Seed(params.seed).child(keys["cohort"]),
        partial(checked_fits, build_method(keys["method"], params.entry)),
        read_dispersion(file, catalogue.columns) if file else None,
    )
    began = time.process_time()
    values = criterion_values(keys["criterion"], task)
    seconds = pd.DataFrame({"seconds": [time.process_time() - began]})
    write_table(snakemake.output.values, keyed(values, **keys))
    write_table(snakemake.output.seconds, keyed(seconds, **keys))
