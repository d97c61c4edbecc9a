"""Figure 1: NMF beside convex NMF and the autoencoder."""

from aenmf.figures.schematic import schematic
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    save(schematic(), *snakemake.output)
