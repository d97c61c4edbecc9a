"""Seconds to the best known loss and ratios against named peers, of all splits."""

import pandas as pd

from aenmf.evaluation.best_known import read_best_known
from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.studies.benchmark import ratios, ratios_layout, times, times_layout
from aenmf.studies.races import firsts, firsts_layout

with job(snakemake.log[0]):
    inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
    courses = pd.concat([pd.read_csv(path, dtype={"digest": str}) for path in inputs.courses], ignore_index=True)
    found = times(courses, params.within, read_best_known(inputs.get("best_known")))
    stopping = pd.concat([pd.read_csv(path) for path in inputs.stopping], ignore_index=True)
    compared = ratios(found, stopping)
    write_table(outputs.times, found)
    write_table(outputs.stopping, stopping)
    write_table(outputs.ratios, compared)
    write_table(outputs.firsts, firsts(found))
    write_layout(firsts_layout(firsts(found), params.titles, params.within), outputs.firsts_shown)
    write_layout(times_layout(found, params.titles, params.within, params.budget, params.starts), outputs.times_shown)
    write_layout(ratios_layout(compared, params.titles), outputs.ratios_shown)
