# How good the fits are: errors of training and test patients, recovery of the truth, consistency over splits.
EVALUATED = f"{RESULTS}/evaluation/{{cohort}}/{{method}}/{{loss}}"


rule evaluate:
    input:
        unpack(lambda wildcards: truth_of(wildcards.cohort)),
        code=code("evaluate.py"),
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        fits=chunks(rules.fit.output.fits),
        seconds=chunks(rules.fit.output.seconds),
        refits=chunks(rules.refit.output.refits),
    output:
        errors=f"{EVALUATED}/errors.csv",
        fits=f"{EVALUATED}/fits.csv",
        seconds=f"{EVALUATED}/seconds.csv",
        recovery=f"{EVALUATED}/recovery.csv",
        consistency=f"{EVALUATED}/consistency.csv",
    log:
        f"{LOGS}/evaluate/{{cohort}}/{{method}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/evaluate/{{cohort}}/{{method}}/{{loss}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1500,
    message:
        "{wildcards.cohort}: evaluating {wildcards.method} ({wildcards.loss})"
    script:
        "../scripts/evaluate.py"


LONG = ("errors", "fits", "recovery", "consistency", "consensus", "clusters", "matches", "split_matches")
LONG_TABLES = expand(f"{RESULTS}/tables/{{table}}.csv", table=LONG) + [f"{RESULTS}/timings/seconds.csv"]


rule collect:
    input:
        code=code("collect.py"),
        parts=lambda wildcards: [
            f"{RESULTS}/evaluation/{cohort}/{method}/{loss}/{wildcards.table}.csv"
            for cohort in PLAN.cohorts
            for method, loss in PLAN.combinations
        ],
    output:
        table=f"{RESULTS}/{{kind}}/{{table}}.csv",
    log:
        f"{LOGS}/collect/{{kind}}/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/collect/{{kind}}/{{table}}.tsv"
    wildcard_constraints:
        kind="tables|timings",
        table="|".join((*LONG, "seconds")),
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    message:
        "collecting {wildcards.kind}/{wildcards.table}.csv"
    script:
        "../scripts/collect.py"
