# Fit one method with one loss to the training patients of a chunk of splits.


rule fit:
    input:
        unpack(
            lambda wildcards: dispersion_of(
                wildcards.cohort, REGISTRY.cohorts[wildcards.cohort].rank, [wildcards.loss]
            )
        ),
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
        splits=f"{RESULTS}/splits/{{cohort}}.tsv",
        tool=lambda wildcards: tool_ready(wildcards.method),
    output:
        fits=f"{RESULTS}/fits/{{cohort}}/{{method}}/{{loss}}/{{chunk}}.npz",
        seconds=f"{RESULTS}/fits/{{cohort}}/{{method}}/{{loss}}/{{chunk}}.seconds.npz",
    log:
        f"{LOGS}/fit/{{cohort}}/{{method}}/{{loss}}/{{chunk}}.log",
    benchmark:
        f"{BENCHMARKS}/fit/{{cohort}}/{{method}}/{{loss}}/{{chunk}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: PLAN.methods[wildcards.method].threads
    resources:
        mem_mb=2000,
    params:
        code=lambda wildcards: method_code("fit.py", PLAN.methods[wildcards.method]),
        entry=lambda wildcards: config["methods"][wildcards.method],
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        seed=config["seed"],
        splits=lambda wildcards: list(numbers_in(wildcards.chunk)),
    message:
        "{wildcards.cohort}: fitting {wildcards.method} ({wildcards.loss}), splits {wildcards.chunk}"
    script:
        "../scripts/fit.py"
