"""Table 4: consensus signatures with their COSMIC and Signal matches."""

from aenmf.files.layout import write_layout
from aenmf.files.tables import write_table
from aenmf.run.jobs import job
from aenmf.tables.table4 import layout, read_table4, summary

with job(snakemake.log[0]):
    params = snakemake.params
    frame = read_table4(snakemake.input.table)
    shown = frame["cohort"].isin([cohort.cohort for cohort in params.cohorts]) & (frame["loss"] == params.loss)
    write_table(snakemake.output.csv, frame[shown])
    write_table(snakemake.output.summary, summary(frame[shown]))
    write_layout(layout(frame[shown], params.cohorts), snakemake.output.shown)
