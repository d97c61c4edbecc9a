"""Find, read and check a cohort's catalogue."""

from aenmf.data.catalogues import read_catalogue
from aenmf.data.fetch import Downloads, resolve
from aenmf.data.owncohorts import is_own, own_catalogue
from aenmf.data.warnings import careful
from aenmf.files.matrices import write_matrix_tsv
from aenmf.files.tables import write_json
from aenmf.run.jobs import job

with job(snakemake.log[0]) as log:
    downloads = Downloads(progress=snakemake.config["progress"])
    params = snakemake.params
    if is_own(params.source):
        found, catalogue = own_catalogue(params.source, params.empty_samples)
        if params.source.kind == "vcf":  # a file has been looked at before the run began
            config = snakemake.config
            for sentence in careful(catalogue, config["n_splits"], config["train_fraction"]):
                log.warning("%s: %s", params.source.name, sentence)
    else:
        found = resolve(params.source, params.data_dir, downloads=downloads)
        catalogue = read_catalogue(found.path, empty_samples=params.empty_samples, selection=params.source.selection)
    write_matrix_tsv(snakemake.output.catalogue, catalogue.frame)
    facts = {"source": found.source, "sha256": found.sha256, "samples": len(catalogue.samples)}
    facts |= {"dropped": list(catalogue.dropped), "reordered": catalogue.reordered}
    write_json(snakemake.output.provenance, facts)
