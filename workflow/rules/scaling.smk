# Scaling study, on demand: seconds and memory of a fit against the number of patients and of signatures.

SCALING, SCALING_FITS = config["scaling"], PLAN.studies.fits["scaling"]
SCALED = SCALING["cohort"] or PLAN.cohorts[0]

FIGURE_PLAN["scaling"] = {
    f"scaling_{quantity}_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, quantity=quantity, budget=SCALING["budget_seconds"])
    for quantity in ("iteration", "fit")
    for loss in dict.fromkeys(loss for _, loss in SCALING_FITS)
}


rule scaling_times:
    input:
        catalogue=f"{RESULTS}/data/{SCALED}/catalogue.tsv",
    output:
        table=f"{RESULTS}/scaling/times/{{entry}}/{{loss}}.csv",
    log:
        f"{LOGS}/scaling/{{entry}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/scaling/{{entry}}/{{loss}}.tsv"
    wildcard_constraints:
        entry="|".join(SCALING["methods"]),
        loss="|".join(SCALING["losses"]),
    conda:
        "../../envs/environment.yaml"
    # All cores, so that nothing else runs meanwhile: what is measured is time.
    threads: lambda wildcards: workflow.cores
    resources:
        mem_mb=8000,
    params:
        code=lambda wildcards: code(
            "scaling_times.py", type(build_method(wildcards.entry, config["methods"][wildcards.entry]))
        ),
        cohort=SCALED,
        rank=REGISTRY.cohorts[SCALED].rank,
        entry=lambda wildcards: config["methods"][wildcards.entry],
        study={key: SCALING[key] for key in ("patients", "ranks", "repeats", "iterations", "budget_seconds")},
        seed=config["seed"],
    message:
        "scaling of {wildcards.entry} ({wildcards.loss})"
    script:
        "../scripts/scaling_times.py"


rule scaling_exponents:
    input:
        claims=ROOT / "config/paper_claims.yaml",
        times=[f"{RESULTS}/scaling/times/{name}/{loss}.csv" for name, loss in SCALING_FITS],
    output:
        times=f"{RESULTS}/scaling/times.csv",
        exponents=f"{RESULTS}/scaling/exponents.csv",
        shown=shown("scaling/exponents"),
    log:
        f"{LOGS}/scaling/exponents.log",
    benchmark:
        f"{BENCHMARKS}/scaling/exponents.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("scaling_exponents.py", SCHEMAS / "claims.schema.yaml"),
        titles=TITLES,
    message:
        "exponents of the cost of a fit"
    script:
        "../scripts/scaling_exponents.py"


rule scaling:
    input:
        rules.scaling_exponents.output,
        figures_of("scaling"),
