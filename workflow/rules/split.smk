# Random training and test patients, the same for every method.


rule splits:
    message:
        "{wildcards.cohort}: drawing the splits"
    input:
        code=code("splits.py"),
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
    output:
        splits=f"{RESULTS}/splits/{{cohort}}.tsv",
    params:
        n_splits=config["n_splits"],
        train_fraction=config["train_fraction"],
        seed=config["seed"],
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
    log:
        f"{LOGS}/splits/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/splits/{{cohort}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/splits.py"
