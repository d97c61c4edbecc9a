"""Read the published matrices of one cohort and recover the training patients of every split."""

from aenmf.audit.oracle import (
    arrays_of,
    bounds_table,
    certainty_table,
    errors_table,
    held_out_table,
    order_blemishes,
    recover_cohort,
    splits_table,
)
from aenmf.data.catalogues import read_catalogue
from aenmf.data.published import blemish_table, read_published, row_channels
from aenmf.files.fits import save_arrays
from aenmf.files.tables import read_json, write_table
from aenmf.run.jobs import job

with job(snakemake.log[0]) as log:
    output, params, cohort = snakemake.output, snakemake.params, snakemake.wildcards.cohort
    places = read_json(snakemake.input.places)
    catalogue, rows = read_catalogue(places["catalogue"]), row_channels(places["catalogue"])
    published = read_published(places["archive"], cohort, params.rank, params.n_splits, rows)
    found = recover_cohort(published, catalogue.matrix, catalogue.samples)
    blemishes = [*published.blemishes, *order_blemishes(found)]
    save_arrays(output.recovered, arrays_of(found))
    write_table(output.blemishes, blemish_table(blemishes))
    write_table(output.published_splits, splits_table(found))
    write_table(output.published_errors, errors_table(found))
    certainty = certainty_table(found)
    write_table(output.certainty, certainty)
    write_table(output.held_out, held_out_table(found))
    write_table(output.bounds, bounds_table(found))
    log.info("%s: %.1f %% of columns identified exactly", cohort, 100 * certainty["exact"].mean())
    log.info("%d blemishes", len(blemishes))
