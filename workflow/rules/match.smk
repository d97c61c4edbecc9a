# Match consensus signatures, and the signatures of every split, to the references.


rule match:
    message:
        "{wildcards.cohort}: matching {wildcards.method} ({wildcards.loss}) to the references"
    input:
        code=code("match.py"),
        consensus=rules.consensus.output.consensus,
        fits=chunks(rules.fit.output.fits),
        references=lambda wildcards: reference_files(wildcards.cohort),
    output:
        matches=f"{EVALUATED}/matches.csv",
        split_matches=f"{EVALUATED}/split_matches.csv",
    params:
        references=lambda wildcards: [*references_of(wildcards.cohort), *truth_of(wildcards.cohort)],
    log:
        f"{LOGS}/match/{{cohort}}/{{method}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/match/{{cohort}}/{{method}}/{{loss}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/match.py"


rule order:
    message:
        "ordering the consensus signatures side by side"
    input:
        code=code("order.py"),
        consensus=f"{RESULTS}/tables/consensus.csv",
        matches=f"{RESULTS}/tables/matches.csv",
    output:
        order=f"{RESULTS}/tables/order.csv",
    params:
        methods=list(PLAN.compare),
        first=PLAN.entry_of("nmf") or PLAN.compare[0],
    log:
        f"{LOGS}/order.log",
    benchmark:
        f"{BENCHMARKS}/order.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/order.py"


rule projection:
    message:
        "{wildcards.cohort}: principal components of all signatures ({wildcards.loss})"
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
    params:
        methods=lambda wildcards: PLAN.methods_with(wildcards.loss),
        chunks=len(PLAN.chunks),
    log:
        f"{LOGS}/projection/{{cohort}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/projection/{{cohort}}/{{loss}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/projection.py"


rule collect_projection:
    message:
        "collecting tables/{wildcards.table}.csv"
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
    wildcard_constraints:
        table="projection|explained",
    log:
        f"{LOGS}/projection/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/projection/{{table}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/collect.py"
