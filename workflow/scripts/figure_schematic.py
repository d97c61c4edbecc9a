"""Figure 1: NMF beside convex NMF and the autoencoder."""

from aenmf.figures.batch import sheets
from aenmf.figures.schematic import schematic
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    params = snakemake.params
    for sheet in sheets(snakemake.output, params.figures, params.look):
        sheet.write(schematic())
