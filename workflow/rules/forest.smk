# Across cancers, on demand: the ratios of errors in every cohort of patients, and their mean, in a run with three cohorts or more.
from aenmf.methods.entries import playing
from aenmf.tables.forest import LEAST

FOREST = [entry for model in ("nmf", "cnmf", "aenmf") if (entry := playing(ENTRIES, model))]
FOREST_METHODS = [entry.name for entry in FOREST if entry.model != "nmf"] if playing(FOREST, "nmf") else []
FIGURE_PLAN["forest"] = {
    f"forest_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, methods=FOREST_METHODS, cohorts=titled(CATALOGUES))
    for loss in PLAN.losses
    if set(FOREST_METHODS) & set(PLAN.methods_with(loss)) and FOREST[0].name in PLAN.methods_with(loss)
}
WITH_FOREST = Path(f"{RESULTS}/tables/forest.csv").is_file()
if WITH_FOREST:
    TABLES |= {"forest_summary": "Across cancers", "forest": "Across cancers, each"}


rule forest_tables:
    input:
        errors=f"{RESULTS}/tables/errors.csv",
        fits=f"{RESULTS}/tables/fits.csv",
        splits=expand(rules.splits.output.splits, cohort=CATALOGUES),
        catalogues=expand(rules.fit.input.catalogue, cohort=CATALOGUES),
    output:
        **forms("forest"),
        summary=f"{RESULTS}/tables/forest_summary.csv",
        summary_shown=shown("tables/forest_summary"),
    log:
        f"{LOGS}/tables/forest.log",
    benchmark:
        f"{BENCHMARKS}/tables/forest.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("forest.py"),
        entries=FOREST,
        cohorts=[REGISTRY.cohorts[name] for name in CATALOGUES],
        titles=titled(CATALOGUES),
    message:
        "across cancers: ratios of errors and their mean"
    script:
        "../scripts/forest.py"


if len(CATALOGUES) >= LEAST and FIGURE_PLAN["forest"]:
    FOREST_FILES = [*rules.forest_tables.output, *figures_of("forest")]
else:
    FOREST_FILES = refused(
        f"a mean over cancers needs {LEAST} cohorts of patients and a comparison of NMF with C-NMF or AE-NMF",
        "config keys cohorts, compare",
        "Name them, as config/pcawg.yaml does",
    )


rule forest:
    input:
        FOREST_FILES,


# The same by the name of its run: snakemake --cores 2 pcawg --configfile config/pcawg.yaml
rule pcawg:
    input:
        FOREST_FILES,
