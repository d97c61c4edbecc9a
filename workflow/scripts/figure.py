"""One figure: the tables of its rule through the drawing function of its kind."""

import pandas as pd

from aenmf.figures.draw import arguments_of, draw
from aenmf.figures.style import save
from aenmf.files.matrices import read_matrix_tsv
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    paths, params = snakemake.input, snakemake.params
    tables = {
        name: read_matrix_tsv(path) if path.endswith(".tsv") else pd.read_csv(path) for name, path in paths.items()
    }
    save(draw(params.draw, tables, arguments_of(params.takes, params.settings, params.look)), *snakemake.output)
