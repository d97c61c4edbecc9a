"""Principal components of the signatures, coloured by cluster."""

import pandas as pd

from aenmf.figures.names import looks
from aenmf.figures.pca import signature_projection
from aenmf.figures.style import save
from aenmf.jobs import job

with job(snakemake.log[0]):
    figure, look, inputs = snakemake.params.figure, snakemake.params.look, snakemake.input
    methods, cohorts = looks(look, figure["methods"], figure["cohorts"])
    coordinates, explained, clusters = (pd.read_csv(inputs[name]) for name in ("coordinates", "explained", "clusters"))
    drawn = signature_projection(
        coordinates,
        explained,
        clusters,
        loss=figure["loss"],
        methods=methods,
        cohorts=cohorts,
        order=pd.read_csv(inputs.order),
    )
    save(drawn, *snakemake.output)
