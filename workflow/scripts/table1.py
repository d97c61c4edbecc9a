"""Table 1 from the method classes' own descriptions."""

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.methods.registry import MODELS, model_class
from aenmf.run.jobs import job
from aenmf.tables.table1 import layout, table1

with job(snakemake.log[0]):
    frame = table1({model: model_class(model).architecture for model in MODELS})
    write_table(snakemake.output.csv, frame)
    write_layout(layout(frame), snakemake.output.shown)
