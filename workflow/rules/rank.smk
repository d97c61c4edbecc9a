# Rank selection: out-of-bag error over bootstrap samples for a range of ranks.
RANKED = f"{RESULTS}/rank/{{cohort}}/{{method}}/{{loss}}/{{ranks}}"
RANK_TABLES = expand(f"{RESULTS}/tables/{{table}}.csv", table=["rank", "rank_choice"]) if PLAN.rank_cohorts else []


rule rank_errors:
    message:
        "{wildcards.cohort}: ranks {wildcards.ranks} of {wildcards.method} ({wildcards.loss})"
    input:
        code=lambda wildcards: code("rank_errors.py", type(PLAN.methods[wildcards.method])),
        catalogue=rules.fit.input.catalogue,
    output:
        errors=f"{RANKED}.errors.csv",
        seconds=f"{RANKED}.seconds.csv",
    params:
        entry=lambda wildcards: config["methods"][wildcards.method] | config["rank_selection"]["options"],
        ranks=lambda wildcards: list(numbers_in(wildcards.ranks)),
        bootstraps=config["rank_selection"]["bootstraps"],
        seed=config["seed"],
    wildcard_constraints:
        ranks=r"\d+-\d+",
    log:
        f"{LOGS}/rank/{{cohort}}/{{method}}/{{loss}}/{{ranks}}.log",
    benchmark:
        f"{BENCHMARKS}/rank/{{cohort}}/{{method}}/{{loss}}/{{ranks}}.tsv"
    threads: 1
    resources:
        mem_mb=2000,
    script:
        "../scripts/rank_errors.py"


rule collect_rank:
    message:
        "collecting the {wildcards.part} of rank selection"
    input:
        code=code("collect.py"),
        parts=[
            f"{RESULTS}/rank/{cohort}/{method}/{loss}/{ranks}.{{part}}.csv"
            for cohort in PLAN.rank_cohorts
            for method, loss in PLAN.combinations
            for ranks in PLAN.rank_chunks
        ],
    output:
        table=f"{RESULTS}/rank/{{part}}.csv",
    wildcard_constraints:
        part="errors|seconds",
    log:
        f"{LOGS}/rank/collect_{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/rank/collect_{{part}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/collect.py"


rule rank_choice:
    message:
        "choosing ranks by the one-standard-error rule"
    input:
        code=code("rank_choice.py"),
        errors=f"{RESULTS}/rank/errors.csv",
    output:
        errors=f"{RESULTS}/tables/rank.csv",
        choice=f"{RESULTS}/tables/rank_choice.csv",
    params:
        paper_ranks={name: REGISTRY.cohorts[name].rank for name in PLAN.rank_cohorts},
    log:
        f"{LOGS}/rank/choice.log",
    benchmark:
        f"{BENCHMARKS}/rank/choice.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/rank_choice.py"
