"""Out-of-bag errors of some ranks of one cohort, method and loss."""

from aenmf.catalogues import counts_of, read_matrix_tsv
from aenmf.evaluation import keyed
from aenmf.jobs import job
from aenmf.methods.registry import build_method
from aenmf.progress import Progress, told
from aenmf.rank import rank_errors
from aenmf.seeds import Seed
from aenmf.store import write_table

with job(snakemake.log[0]) as log:
    params = snakemake.params
    keys = {name: snakemake.wildcards[name] for name in ("cohort", "method", "loss")}
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    progress = Progress(f"ranks of {' '.join(keys.values())}", "fit", terminal=snakemake.config["progress"], log=log)
    with told(progress, len(params.ranks) * params.bootstraps):
        errors, seconds = rank_errors(
            counts_of(catalogue, catalogue.columns),
            build_method(keys["method"], params.entry),
            keys["loss"],
            params.ranks,
            params.bootstraps,
            Seed(params.seed).child(keys["cohort"]),
            progress,
        )
    write_table(snakemake.output.errors, keyed(errors, **keys))
    write_table(snakemake.output.seconds, keyed(seconds, **keys))
