"""Cost of a fit or of an iteration against the number of patients and of signatures."""

import pandas as pd

from aenmf.figures.names import method_styles
from aenmf.figures.scaling import scaling_curves
from aenmf.figures.style import save
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    quantity, loss = snakemake.wildcards.quantity, snakemake.params.loss
    times = pd.read_csv(snakemake.input.times)
    times = times[(times["quantity"] == quantity) & (times["outcome"] == "done")]
    found = pd.read_csv(snakemake.input.exponents)
    found = found[found["quantity"] == quantity]
    # A line per solver in its model's colour, as long as no two entries share both.
    if not times[["method", "model", "solver"]].drop_duplicates().duplicated(["model", "solver"]).any():
        times, found = (table.assign(method=table["model"]) for table in (times, found))
    methods = method_styles({name: name for name in dict.fromkeys(times["method"])})
    label = {"iteration": "Seconds per iteration", "fit": "Seconds per fit"}[quantity]
    save(scaling_curves(times, found, loss=loss, methods=methods, label=label), *snakemake.output)
