"""Out-of-bag errors of some ranks of one cohort, method and loss."""

from aenmf.data.problems import read_dispersion
from aenmf.files.matrices import counts_of, read_matrix_tsv
from aenmf.files.tables import keyed, write_table
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.run.progress import Progress
from aenmf.seeds import Seed
from aenmf.solvers.listening import told
from aenmf.studies.rank import rank_errors

with job(snakemake.log[0]) as log:
    params = snakemake.params
    keys = {name: snakemake.wildcards[name] for name in ("cohort", "method", "loss")}
    catalogue = read_matrix_tsv(snakemake.input.catalogue)
    file = snakemake.input.get("dispersion")
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
            read_dispersion(file, catalogue.columns) if file else None,
        )
    write_table(snakemake.output.errors, keyed(errors, **keys))
    write_table(snakemake.output.seconds, keyed(seconds, **keys))
