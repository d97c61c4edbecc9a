# Further parts of the convergence report, each where the configuration asks for it: precision and restarts.
PRECISION, RESTARTS = config["convergence"]["precision"], config["convergence"]["restarts"]
PRECISION_FITS = PLAN.studies.fits["convergence.precision"] if PLAN.convergence_cohorts else []
RESTART_FITS = PLAN.studies.fits["convergence.restarts"] if PLAN.convergence_cohorts else []
CONVERGENCE_EXTRAS = []
if PRECISION_FITS:
    CONVERGENCE_EXTRAS.append(f"{RESULTS}/convergence/precision_summary.csv")
    FIGURE_PLAN["precision"] = {
        f"precision_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, cohorts=titled(PLAN.convergence_cohorts))
        for _, loss in PRECISION_FITS
    }
if RESTART_FITS:
    CONVERGENCE_EXTRAS.append(f"{RESULTS}/convergence/restarts.csv")


rule precision:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
    output:
        curves=f"{RESULTS}/convergence/precision/{{cohort}}/{{loss}}.curves.csv",
        summary=f"{RESULTS}/convergence/precision/{{cohort}}/{{loss}}.summary.csv",
    log:
        f"{LOGS}/precision/{{cohort}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/precision/{{cohort}}/{{loss}}.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=lambda wildcards: code("precision.py", type(build_method(PRECISION, config["methods"][PRECISION]))),
        name=PRECISION,
        entry=config["methods"].get(PRECISION),
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        seed=config["seed"],
    message:
        "{wildcards.cohort}: training in float32 and in float64 ({wildcards.loss})"
    script:
        "../scripts/precision.py"


rule collect_precision:
    input:
        parts=[
            f"{RESULTS}/convergence/precision/{cohort}/{loss}.{{part}}.csv"
            for cohort in PLAN.convergence_cohorts
            for _, loss in PRECISION_FITS
        ],
    output:
        table=f"{RESULTS}/convergence/precision_{{part}}.csv",
    log:
        f"{LOGS}/precision/collect_{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/precision/collect_{{part}}.tsv"
    wildcard_constraints:
        part="curves|summary",
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("collect.py"),
    message:
        "collecting the {wildcards.part} of the precision study"
    script:
        "../scripts/collect.py"


rule restarts:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
    output:
        table=f"{RESULTS}/convergence/restarts/{{cohort}}/{{entry}}/{{loss}}.csv",
    log:
        f"{LOGS}/restarts/{{cohort}}/{{entry}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/restarts/{{cohort}}/{{entry}}/{{loss}}.tsv"
    wildcard_constraints:
        entry="|".join(RESTARTS["methods"]) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    params:
        code=lambda wildcards: code(
            "restarts.py", type(build_method(wildcards.entry, config["methods"][wildcards.entry]))
        ),
        entry=lambda wildcards: config["methods"][wildcards.entry],
        starts=RESTARTS["starts"],
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        seed=config["seed"],
    message:
        "{wildcards.cohort}: {params.starts} starts of {wildcards.entry} ({wildcards.loss})"
    script:
        "../scripts/restarts.py"


rule restarts_table:
    input:
        parts=[
            f"{RESULTS}/convergence/restarts/{cohort}/{name}/{loss}.csv"
            for cohort in PLAN.convergence_cohorts
            for name, loss in RESTART_FITS
        ],
    output:
        starts=f"{RESULTS}/convergence/restarts_objectives.csv",
        table=f"{RESULTS}/convergence/restarts.csv",
    log:
        f"{LOGS}/restarts/table.log",
    benchmark:
        f"{BENCHMARKS}/restarts/table.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("restarts_table.py"),
        models={name: config["methods"][name]["model"] for name in RESTARTS["methods"]},
    message:
        "how often the same optimum is found"
    script:
        "../scripts/restarts_table.py"


rule convergence_report:
    input:
        CONVERGENCE_EXTRAS,
        figures_of("precision"),
