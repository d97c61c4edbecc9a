"""Table 1 from the method classes' own descriptions."""

from aenmf.jobs import job
from aenmf.methods.registry import MODELS, model_class
from aenmf.store import write_table
from aenmf.tables.render import write_layout
from aenmf.tables.table1 import layout, table1

with job(snakemake.log[0]):
    frame = table1({model: model_class(model).architecture for model in MODELS})
    write_table(snakemake.output.csv, frame)
    write_layout(layout(frame), snakemake.output.md, snakemake.output.tex)
