# A further part of the convergence report where the configuration asks for it: single and double precision.
PRECISION = config["convergence"]["precision"]
PRECISION_FITS = PLAN.studies.fits["convergence.precision"] if PLAN.convergence_cohorts else []
CONVERGENCE_EXTRAS = []
if PRECISION_FITS:
    CONVERGENCE_EXTRAS.append(f"{RESULTS}/convergence/precision_summary.csv")
    FIGURE_PLAN["precision"] = {
        f"precision_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, cohorts=titled(PLAN.convergence_cohorts))
        for _, loss in PRECISION_FITS
    }


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


rule convergence_report:
    input:
        CONVERGENCE_EXTRAS,
        figures_of("precision"),
