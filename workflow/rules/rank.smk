# Rank selection: out-of-bag error over bootstrap samples for a range of ranks.
RANKED = f"{RESULTS}/rank/{{cohort}}/{{method}}/{{loss}}/{{ranks}}"
RANK_TABLES = expand(f"{RESULTS}/tables/{{table}}.csv", table=["rank", "rank_choice"]) if PLAN.rank_cohorts else []


rule rank_errors:
    input:
        unpack(
            lambda wildcards: dispersion_of(wildcards.cohort, PLAN.rank_ranges[wildcards.cohort][1], [wildcards.loss])
        ),
        catalogue=rules.fit.input.catalogue,
        tool=lambda wildcards: tool_ready(wildcards.method),
    output:
        errors=f"{RANKED}.errors.csv",
        seconds=f"{RANKED}.seconds.csv",
    log:
        f"{LOGS}/rank/{{cohort}}/{{method}}/{{loss}}/{{ranks}}.log",
    benchmark:
        f"{BENCHMARKS}/rank/{{cohort}}/{{method}}/{{loss}}/{{ranks}}.tsv"
    wildcard_constraints:
        ranks=r"\d+-\d+",
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: PLAN.methods[wildcards.method].threads
    resources:
        mem_mb=2000,
    params:
        code=lambda wildcards: method_code("rank_errors.py", PLAN.methods[wildcards.method]),
        entry=lambda wildcards: config["methods"][wildcards.method] | PLAN.rank_options[wildcards.method],
        ranks=lambda wildcards: list(numbers_in(wildcards.ranks)),
        bootstraps=config["rank_selection"]["bootstraps"],
        seed=config["seed"],
    message:
        "{wildcards.cohort}: ranks {wildcards.ranks} of {wildcards.method} ({wildcards.loss})"
    script:
        "../scripts/rank_errors.py"


rule collect_rank:
    input:
        parts=[
            f"{RESULTS}/rank/{cohort}/{method}/{loss}/{ranks}.{{part}}.csv"
            for cohort in PLAN.rank_cohorts
            for method, loss in PLAN.combinations
            for ranks in PLAN.rank_chunks[cohort]
        ],
    output:
        table=f"{RESULTS}/rank/{{part}}.csv",
    log:
        f"{LOGS}/rank/collect_{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/rank/collect_{{part}}.tsv"
    wildcard_constraints:
        part="errors|seconds",
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("collect.py"),
    message:
        "collecting the {wildcards.part} of rank selection"
    script:
        "../scripts/collect.py"


rule rank_choice:
    input:
        errors=f"{RESULTS}/rank/errors.csv",
    output:
        errors=f"{RESULTS}/tables/rank.csv",
        choice=f"{RESULTS}/tables/rank_choice.csv",
    log:
        f"{LOGS}/rank/choice.log",
    benchmark:
        f"{BENCHMARKS}/rank/choice.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("rank_choice.py"),
        paper_ranks={name: REGISTRY.cohorts[name].rank for name in PLAN.rank_cohorts if REGISTRY.cohorts[name].of_paper},
    message:
        "choosing ranks by the one-standard-error rule"
    script:
        "../scripts/rank_choice.py"
