# Random training and test patients, the same for every method.


rule splits:
    input:
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
    output:
        splits=f"{RESULTS}/splits/{{cohort}}.tsv",
    log:
        f"{LOGS}/splits/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/splits/{{cohort}}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("splits.py"),
        n_splits=config["n_splits"],
        train_fraction=config["train_fraction"],
        seed=config["seed"],
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
    message:
        "{wildcards.cohort}: drawing the splits"
    script:
        "../scripts/splits.py"
