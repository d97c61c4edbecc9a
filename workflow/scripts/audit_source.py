"""Find the published matrices and a cohort's catalogue, on the machine that may download."""

from aenmf.data.fetch import Downloads, resolve
from aenmf.files.tables import write_json
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    params, downloads = snakemake.params, Downloads(progress=snakemake.config["progress"])
    found = {name: resolve(data, params.data_dir, downloads=downloads) for name, data in params.wanted.items()}
    write_json(snakemake.output.places, {name: str(one.path.resolve()) for name, one in found.items()})
