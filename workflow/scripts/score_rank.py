"""The number of signatures that a criterion chooses: once for the whole cohort, or for the training patients of every split."""

import time
from functools import partial

import pandas as pd

from aenmf.files.tables import write_table
from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.seeds import Seed
from aenmf.studies.protocols import FULL, parts
from aenmf.studies.rankcriteria.base import Task
from aenmf.studies.rankcriteria.growing import grow

with job(snakemake.log[0]) as log:
    inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    how, seed = params.how, Seed(params.seed).child(wildcards.cohort)
    fit = partial(checked_fits, build_method(how["method"], params.entry))
    numbers = params.numbers[:1] if wildcards.patients == FULL else params.numbers
    rows = []
    for part in parts(inputs.catalogue, inputs.get("splits"), numbers, seed):

        def task(ranks, part=part):
            return Task(part.counts, how["loss"], ranks, how["resamples"], part.seed, fit)

        began = time.process_time()
        choice = grow(how["criterion"], task, min(how["highest"], part.counts.shape[1] // 2), part.seed.child("rank"))
        seconds = time.process_time() - began
        log.info("part %d: %d signatures of up to %d", part.number, choice.rank, choice.tried)
        of_part = [part.number] if wildcards.patients != FULL else params.numbers
        rows += [(n, choice.rank, choice.low, choice.high, choice.tried, seconds) for n in of_part]
    columns = ["number", "chosen", "low", "high", "tried", "seconds"]
    write_table(snakemake.output.ranks, pd.DataFrame(rows, columns=columns))
