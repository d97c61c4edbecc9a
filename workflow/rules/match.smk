# Match consensus signatures, and the signatures of every split, to the references.


rule match:
    input:
        code=code("match.py"),
        consensus=rules.consensus.output.consensus,
        fits=chunks(rules.fit.output.fits),
        references=lambda wildcards: reference_files(wildcards.cohort),
    output:
        matches=f"{EVALUATED}/matches.csv",
        split_matches=f"{EVALUATED}/split_matches.csv",
    log:
        f"{LOGS}/match/{{cohort}}/{{method}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/match/{{cohort}}/{{method}}/{{loss}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        references=lambda wildcards: [*references_of(wildcards.cohort), *truth_of(wildcards.cohort)],
    message:
        "{wildcards.cohort}: matching {wildcards.method} ({wildcards.loss}) to the references"
    script:
        "../scripts/match.py"


ORDER_TABLES = expand(f"{RESULTS}/tables/{{table}}.csv", table=["order", "projection", "explained"])


rule order:
    input:
        code=code("order.py"),
        consensus=f"{RESULTS}/tables/consensus.csv",
        matches=f"{RESULTS}/tables/matches.csv",
    output:
        order=f"{RESULTS}/tables/order.csv",
    log:
        f"{LOGS}/order.log",
    benchmark:
        f"{BENCHMARKS}/order.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        methods=list(PLAN.compare),
        first=PLAN.entry_of("nmf") or PLAN.compare[0],
    message:
        "ordering the consensus signatures side by side"
    script:
        "../scripts/order.py"


rule projection:
    input:
        code=code("projection.py"),
        fits=lambda wildcards: [
            path
            for method in PLAN.methods_with(wildcards.loss)
            for path in expand(
                rules.fit.output.fits, cohort=wildcards.cohort, method=method, loss=wildcards.loss, chunk=PLAN.chunks
            )
        ],
    output:
        coordinates=f"{RESULTS}/projection/{{cohort}}/{{loss}}/projection.csv",
        explained=f"{RESULTS}/projection/{{cohort}}/{{loss}}/explained.csv",
    log:
        f"{LOGS}/projection/{{cohort}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/projection/{{cohort}}/{{loss}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    params:
        methods=lambda wildcards: PLAN.methods_with(wildcards.loss),
        chunks=len(PLAN.chunks),
    message:
        "{wildcards.cohort}: principal components of all signatures ({wildcards.loss})"
    script:
        "../scripts/projection.py"


rule collect_projection:
    input:
        code=code("collect.py"),
        parts=[
            f"{RESULTS}/projection/{cohort}/{loss}/{{table}}.csv"
            for cohort in PLAN.cohorts
            for loss in PLAN.losses
            if PLAN.methods_with(loss)
        ],
    output:
        table=f"{RESULTS}/tables/{{table}}.csv",
    log:
        f"{LOGS}/projection/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/projection/{{table}}.tsv"
    wildcard_constraints:
        table="projection|explained",
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    message:
        "collecting tables/{wildcards.table}.csv"
    script:
        "../scripts/collect.py"
