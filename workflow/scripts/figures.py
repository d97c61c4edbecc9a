"""All figures of one kind: the tables of its rule through its drawing function."""

from functools import cache

import pandas as pd

from aenmf.figures.draw import arguments_of, draw
from aenmf.figures.style import headline, save
from aenmf.files.matrices import read_matrix_tsv
from aenmf.run.jobs import job


@cache
def read(path):
    """A table, read once for all figures that it is drawn in."""
    return read_matrix_tsv(path) if path.endswith(".tsv") else pd.read_csv(path)


with job(snakemake.log[0]) as log:
    inputs, output, params = snakemake.input, snakemake.output, snakemake.params
    for i, (name, settings) in enumerate(params.figures.items()):
        tables = {argument: read(inputs[argument][i]) for argument in inputs.keys()}
        figure = draw(params.draw, tables, arguments_of(params.takes, settings, params.look))
        if not figure.get_suptitle():
            headline(figure, params.question)
        save(figure, output.png[i], output.pdf[i])
        log.info("%s", name)
