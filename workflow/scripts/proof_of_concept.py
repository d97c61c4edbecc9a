"""The three methods on the paper's small simulated data, from the same starting point."""

import pandas as pd

from aenmf.files.tables import write_table
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.studies.proof_of_concept import proof_of_concept

with job(snakemake.log[0]):
    params = snakemake.params
    methods = {name: build_method(name, entry) for name, entry in params.entries.items()}
    seed = Seed(params.seed).child("proof of concept")
    write_table(snakemake.output.table, pd.concat([proof_of_concept(methods, loss, seed) for loss in params.losses]))
