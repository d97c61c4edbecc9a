"""Simulated cohorts of every purity, of one size and kind of noise, each fitted by all methods of the study."""

import pandas as pd

from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.seeds import Seed
from aenmf.solvers.listening import told
from aenmf.studies.purity import Design, Setting, fit_setting, true_signatures

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    study = params.study
    signatures = true_signatures(read_matrix_tsv(snakemake.input.reference), study["signatures"])
    settings = [
        Setting(cap, int(wildcards.patients), wildcards.noise, repeat)
        for cap in study["caps"]
        for repeat in range(study["repeats"])
    ]
    design = Design(study["burden"], study["concentration"], study["dispersion"])
    name = f"purity, {wildcards.patients} patients, noise {wildcards.noise}"
    progress = Progress(name, unit="cohort", terminal=snakemake.config["progress"], log=log)
    tables = []
    with told(progress, len(settings)):
        for done, setting in enumerate(settings, 1):
            tables.append(fit_setting(signatures, setting, params.entries, params.fits, design, Seed(params.seed)))
            progress(done, len(settings), tables[-1]["acs"].mean())
    write_table(snakemake.output.table, pd.concat(tables, ignore_index=True))
