# Benchmark, on demand: solvers and their peers side by side on the same splits from the same starts, one at a time.
from aenmf.studies.outside import OUTSIDE, interpreter

RACE, RACE_FITS = config["benchmark"], PLAN.studies.fits["benchmark"]
RACE_COHORTS = RACE["cohorts"] or PLAN.cohorts
RACE_LOSSES = list(dict.fromkeys(loss for _, loss in RACE_FITS))
RACE_PEERS = {name: interpreter(name, command) for name, command in RACE["peers"].items() if command}
RACE_SPLITS = range(min(RACE["splits"], config["n_splits"]))
FIGURE_PLAN["benchmark"] = {
    f"benchmark_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, cohorts=titled(RACE_COHORTS), within=RACE["within"])
    for loss in RACE_LOSSES
}


rule benchmark_courses:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
    output:
        courses=f"{RESULTS}/benchmark/courses/{{cohort}}/{{loss}}/{{split}}.csv",
        stopping=f"{RESULTS}/benchmark/stopping/{{cohort}}/{{loss}}/{{split}}.csv",
    log:
        f"{LOGS}/benchmark/{{cohort}}/{{loss}}/{{split}}.log",
    benchmark:
        f"{BENCHMARKS}/benchmark/{{cohort}}/{{loss}}/{{split}}.tsv"
    wildcard_constraints:
        loss="|".join(RACE_LOSSES) or "(?!)",
        split=r"\d+",
    conda:
        "../../envs/environment.yaml"
    # All cores, so that nothing else runs meanwhile: what is measured is time.
    threads: lambda wildcards: workflow.cores
    resources:
        mem_mb=2000,
    params:
        code=code(
            "benchmark_courses.py",
            *{type(build_method(name, config["methods"][name])) for name, _ in RACE_FITS},
            *[OUTSIDE[name].script for name in RACE_PEERS],
        ),
        peers=RACE_PEERS,
        entries=lambda wildcards: {name: config["methods"][name] for name, loss in RACE_FITS if loss == wildcards.loss},
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        seed=config["seed"],
        starts=RACE["starts"],
        budget=RACE["budget_seconds"],
        tol=RACE["stopping_tol"],
        limit=RACE["stopping_seconds"],
    message:
        "{wildcards.cohort}: benchmark, split {wildcards.split} ({wildcards.loss})"
    script:
        "../scripts/benchmark_courses.py"


rule benchmark_tables:
    input:
        **best_known(),
        courses=expand(rules.benchmark_courses.output.courses, cohort=RACE_COHORTS, loss=RACE_LOSSES, split=RACE_SPLITS),
        stopping=expand(
            rules.benchmark_courses.output.stopping, cohort=RACE_COHORTS, loss=RACE_LOSSES, split=RACE_SPLITS
        ),
    output:
        times=f"{RESULTS}/benchmark/times.csv",
        stopping=f"{RESULTS}/benchmark/stopping.csv",
        ratios=f"{RESULTS}/benchmark/ratios.csv",
        firsts=f"{RESULTS}/benchmark/firsts.csv",
        times_shown=shown("benchmark/times"),
        ratios_shown=shown("benchmark/ratios"),
        firsts_shown=shown("benchmark/firsts"),
    log:
        f"{LOGS}/benchmark/tables.log",
    benchmark:
        f"{BENCHMARKS}/benchmark/tables.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("benchmark_tables.py"),
        titles=TITLES,
        within=RACE["within"],
        budget=RACE["budget_seconds"],
        starts=RACE["starts"],
    message:
        "who reaches the best known loss first"
    script:
        "../scripts/benchmark_tables.py"


rule benchmark:
    input:
        rules.benchmark_tables.output,
        figures_of("benchmark"),
