# Catalogues and reference signatures in one form: channels × patients, canonical channel order.


# They may download, and a cluster's nodes often cannot.
localrules:
    simulate,
    catalogue,
    reference,
    attributions,


rule simulate:
    output:
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
        provenance=f"{RESULTS}/data/{{cohort}}/provenance.json",
        signatures=f"{RESULTS}/data/{{cohort}}/truth_signatures.tsv",
        exposures=f"{RESULTS}/data/{{cohort}}/truth_exposures.tsv",
    log:
        f"{LOGS}/data/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/data/{{cohort}}.tsv"
    wildcard_constraints:
        cohort="|".join(SIMULATED) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("simulate.py"),
        cohort=lambda wildcards: REGISTRY.cohorts[wildcards.cohort],
        reference=lambda wildcards: REGISTRY.references.get(simulated_from(REGISTRY.cohorts[wildcards.cohort])),
        data_dir=config["data_dir"],
        seed=config["seed"],
        empty_samples=config["empty_samples"],
    message:
        "{wildcards.cohort}: simulating the cohort"
    script:
        "../scripts/simulate.py"


rule catalogue:
    input:
        own=lambda wildcards: own_file(wildcards.cohort),
    output:
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
        provenance=f"{RESULTS}/data/{{cohort}}/provenance.json",
    log:
        f"{LOGS}/data/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/data/{{cohort}}.tsv"
    wildcard_constraints:
        cohort="|".join(CATALOGUES) or "(?!)",
    priority: 100
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("catalogue.py"),
        source=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].data,
        data_dir=config["data_dir"],
        empty_samples=config["empty_samples"],
    message:
        "{wildcards.cohort}: reading and checking the catalogue"
    script:
        "../scripts/catalogue.py"


rule own_truth:
    input:
        own=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].truth,
    output:
        signatures=f"{RESULTS}/data/{{cohort}}/truth_signatures.tsv",
    log:
        f"{LOGS}/data/{{cohort}}_truth.log",
    benchmark:
        f"{BENCHMARKS}/data/{{cohort}}_truth.tsv"
    wildcard_constraints:
        cohort="|".join(OWN_TRUTH) or "(?!)",
    priority: 100
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("own_truth.py"),
    message:
        "{wildcards.cohort}: reading the true signatures"
    script:
        "../scripts/own_truth.py"


rule reference:
    output:
        signatures=f"{RESULTS}/references/{{reference}}.tsv",
    log:
        f"{LOGS}/references/{{reference}}.log",
    benchmark:
        f"{BENCHMARKS}/references/{{reference}}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("reference.py"),
        source=lambda wildcards: REFERENCE_SOURCES[wildcards.reference],
        data_dir=config["data_dir"],
    message:
        "reading the reference signatures {wildcards.reference}"
    script:
        "../scripts/reference.py"


rule attributions:
    output:
        table=f"{RESULTS}/references/attributions.csv",
    log:
        f"{LOGS}/references/attributions.log",
    benchmark:
        f"{BENCHMARKS}/references/attributions.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("attributions.py"),
        source=REGISTRY.references["pcawg"],
        data_dir=config["data_dir"],
        cancer_types=[REGISTRY.cohorts[name].pcawg for name in PLAN.cohorts if REGISTRY.cohorts[name].pcawg],
    message:
        "reading which signatures PCAWG saw in which cancer type"
    script:
        "../scripts/attributions.py"


# Of the negative-binomial loss: how much more than Poisson's the noise of each patient is, whatever is compared.
rule dispersion:
    input:
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
    output:
        table=f"{RESULTS}/dispersion/{{cohort}}/{{rank}}.tsv",
    log:
        f"{LOGS}/dispersion/{{cohort}}/{{rank}}.log",
    benchmark:
        f"{BENCHMARKS}/dispersion/{{cohort}}/{{rank}}.tsv"
    wildcard_constraints:
        rank=r"\d+",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("dispersion.py"),
        setting=config["dispersion"],
        seed=config["seed"],
    message:
        "{wildcards.cohort}: dispersion of the counts"
    script:
        "../scripts/dispersion.py"
