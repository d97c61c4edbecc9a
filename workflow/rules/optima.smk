# Local optima: many fits of the same problems by every way to start and to move on, and the lowest losses known.
from aenmf.studies.optima import MODELS as SEARCHED_MODELS

OPTIMA = config["optima"]
TRIED = [(cohort, name, loss) for cohort in OPTIMA["cohorts"] for name, loss in PLAN.studies.fits["optima"]]
OPTIMA_TABLES = (
    [f"{RESULTS}/optima/{table}.csv" for table in ("ends", "ways", "ways_seconds", "luck", "uniqueness")]
    if TRIED
    else []
)
# The lowest losses are those of the compared entries and of the study's.
ENTRY_MODELS = {
    name: config["methods"][name]["model"]
    for name in dict.fromkeys([*PLAN.compare, *OPTIMA["methods"]])
    if config["methods"][name]["model"] in SEARCHED_MODELS
}
if TRIED and "random" in OPTIMA["strategies"]:
    FIGURE_PLAN["luck"] = {
        f"luck_{MEASURE_OF_LOSS[loss]}": dict(
            loss=loss,
            methods=[name for name, of_loss in PLAN.studies.fits["optima"] if of_loss == loss],
            cohorts=titled(OPTIMA["cohorts"]),
        )
        for loss in dict.fromkeys(loss for _, _, loss in TRIED)
    }


TRIES = {
    part: [f"{RESULTS}/optima/tries/{cohort}/{name}/{loss}.{part}" for cohort, name, loss in TRIED]
    for part in ("ends.csv", "seconds.csv", "npz")
}


rule optima_tries:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
    output:
        ends=f"{RESULTS}/optima/tries/{{cohort}}/{{entry}}/{{loss}}.ends.csv",
        seconds=f"{RESULTS}/optima/tries/{{cohort}}/{{entry}}/{{loss}}.seconds.csv",
        signatures=f"{RESULTS}/optima/tries/{{cohort}}/{{entry}}/{{loss}}.npz",
    log:
        f"{LOGS}/optima/{{cohort}}/{{entry}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/optima/{{cohort}}/{{entry}}/{{loss}}.tsv"
    wildcard_constraints:
        entry="|".join(OPTIMA["methods"]) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=lambda wildcards: code(
            "optima_tries.py", type(build_method(wildcards.entry, config["methods"][wildcards.entry]))
        ),
        entry=lambda wildcards: config["methods"][wildcards.entry],
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        seed=config["seed"],
        splits=list(range(min(OPTIMA["splits"], config["n_splits"]))),
        strategies=OPTIMA["strategies"],
        moves=OPTIMA["moves"],
        tries=OPTIMA["tries"],
    message:
        "{wildcards.cohort}: {params.tries} tries of each way to an optimum of {wildcards.entry} ({wildcards.loss})"
    script:
        "../scripts/optima_tries.py"


rule optima_tables:
    input:
        **best_known(),
        ends=TRIES["ends.csv"],
        seconds=TRIES["seconds.csv"],
        signatures=TRIES["npz"],
        fits=expand(f"{COMPARED}/fits.csv", cohort=OPTIMA["cohorts"]),
        catalogues=expand(rules.fit.input.catalogue, cohort=OPTIMA["cohorts"]),
        splits=expand(rules.fit.input.splits, cohort=OPTIMA["cohorts"]),
    output:
        ends=f"{RESULTS}/optima/ends.csv",
        ways=f"{RESULTS}/optima/ways.csv",
        ways_seconds=f"{RESULTS}/optima/ways_seconds.csv",
        luck=f"{RESULTS}/optima/luck.csv",
        uniqueness=f"{RESULTS}/optima/uniqueness.csv",
        ways_shown=shown("optima/ways"),
        cost_shown=shown("optima/ways_seconds"),
    log:
        f"{LOGS}/optima/tables.log",
    benchmark:
        f"{BENCHMARKS}/optima/tables.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("optima_tables.py"),
        models={name: entry["model"] for name, entry in config["methods"].items()},
        titles=TITLES,
        cohorts=[REGISTRY.cohorts[name] for name in OPTIMA["cohorts"]],
    message:
        "ways to the lowest loss"
    script:
        "../scripts/optima_tables.py"


# The table that losses are measured by, from the long searches of config/optima.yaml.
rule best_known:
    input:
        **best_known(),
        fits=f"{RESULTS}/tables/fits.csv",
        ends=TRIES["ends.csv"],
        catalogues=expand(rules.fit.input.catalogue, cohort=PLAN.cohorts),
        splits=expand(rules.fit.input.splits, cohort=PLAN.cohorts),
    output:
        table=f"{RESULTS}/best_known.csv",
    log:
        f"{LOGS}/optima/best_known.log",
    benchmark:
        f"{BENCHMARKS}/optima/best_known.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("best_known.py"),
        models=ENTRY_MODELS,
        ranks={name: REGISTRY.cohorts[name].rank for name in PLAN.cohorts},
    message:
        "the lowest losses known"
    script:
        "../scripts/best_known.py"


rule optima:
    input:
        OPTIMA_TABLES,
        figures_of("luck"),
