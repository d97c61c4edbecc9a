# Catalogues and reference signatures in one form: channels × patients, canonical channel order.


rule simulate:
    message:
        "{wildcards.cohort}: regenerating the simulated cohort"
    input:
        code=code("simulate.py"),
    output:
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
        provenance=f"{RESULTS}/data/{{cohort}}/provenance.json",
        signatures=f"{RESULTS}/data/{{cohort}}/truth_signatures.tsv",
        exposures=f"{RESULTS}/data/{{cohort}}/truth_exposures.tsv",
    params:
        source=REGISTRY.references["cosmic_v3_3"],
        data_dir=config["data_dir"],
    wildcard_constraints:
        cohort="|".join(SIMULATED) or "(?!)",
    log:
        f"{LOGS}/data/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/data/{{cohort}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/simulate.py"


rule catalogue:
    message:
        "{wildcards.cohort}: reading and checking the catalogue"
    input:
        code=code("catalogue.py"),
        own=lambda wildcards: own_file(wildcards.cohort),
    output:
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
        provenance=f"{RESULTS}/data/{{cohort}}/provenance.json",
    params:
        cohort=lambda wildcards: REGISTRY.cohorts[wildcards.cohort],
        data_dir=config["data_dir"],
        empty_samples=config["empty_samples"],
        train_fraction=config["train_fraction"],
    wildcard_constraints:
        cohort="|".join(name for name in PLAN.cohorts if name not in SIMULATED) or "(?!)",
    log:
        f"{LOGS}/data/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/data/{{cohort}}.tsv"
    threads: 1
    priority: 100
    resources:
        mem_mb=1000,
    script:
        "../scripts/catalogue.py"


rule reference:
    message:
        "reading the reference signatures {wildcards.reference}"
    input:
        code=code("reference.py"),
    output:
        signatures=f"{RESULTS}/references/{{reference}}.tsv",
    params:
        source=lambda wildcards: REFERENCE_SOURCES[wildcards.reference],
        data_dir=config["data_dir"],
    log:
        f"{LOGS}/references/{{reference}}.log",
    benchmark:
        f"{BENCHMARKS}/references/{{reference}}.tsv"
    threads: 1
    priority: 100
    resources:
        mem_mb=1000,
    script:
        "../scripts/reference.py"


rule attributions:
    message:
        "reading which signatures PCAWG saw in which cancer type"
    input:
        code=code("attributions.py"),
    output:
        table=f"{RESULTS}/references/attributions.csv",
    params:
        source=REGISTRY.references["pcawg"],
        data_dir=config["data_dir"],
    log:
        f"{LOGS}/references/attributions.log",
    benchmark:
        f"{BENCHMARKS}/references/attributions.tsv"
    threads: 1
    priority: 100
    resources:
        mem_mb=1000,
    script:
        "../scripts/attributions.py"
