"""Read the paper's figures again, and compare with the committed readings; without the pictures the table is empty."""

from aenmf.audit.readings.facts import compare_again, load_facts
from aenmf.audit.readings.figures import read_figures
from aenmf.data.fetch import Downloads, find_nearby, resolve
from aenmf.errors import UserError
from aenmf.files.tables import write_table
from aenmf.run.jobs import job

with job(snakemake.log[0]) as log:
    params, facts = snakemake.params, load_facts(snakemake.input.facts)
    found = find_nearby(params.data, params.data_dir)
    try:
        progress = snakemake.config["progress"]
        found = found or resolve(params.data, params.data_dir, downloads=Downloads(progress=progress))
    except UserError as error:
        log.warning("The paper's figures are left out: %s", str(error).rstrip(". "))
    read = read_figures(found.path, log.info) if found else facts.iloc[:0]
    again = compare_again(facts, read)
    write_table(snakemake.output.again, again)
    log.info("%d of %d numbers read again within their reading error", again["within"].sum(), len(again))
