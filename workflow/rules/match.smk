# Match consensus signatures, and the signatures of every split, to the references; put methods side by side.


rule match:
    input:
        consensus=rules.consensus.output.consensus,
        fits=rules.consensus.input.fits,
        references=lambda wildcards: reference_files(wildcards.cohort),
    output:
        matches=f"{COMPARED}/matches.csv",
        split_matches=f"{COMPARED}/split_matches.csv",
    log:
        f"{LOGS}/match/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/match/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("match.py"),
        combinations=PLAN.groups["compare"],
        references=lambda wildcards: [*references_of(wildcards.cohort), *truth_of(wildcards.cohort)],
    message:
        "{wildcards.cohort}: matching to the references"
    script:
        "../scripts/match.py"


rule projection:
    input:
        fits=rules.consensus.input.fits,
    output:
        projection=f"{COMPARED}/projection.csv",
        explained=f"{COMPARED}/explained.csv",
    log:
        f"{LOGS}/projection/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/projection/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("projection.py"),
        combinations=PLAN.groups["compare"],
    message:
        "{wildcards.cohort}: principal components of all signatures"
    script:
        "../scripts/projection.py"


rule order:
    input:
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
    params:
        code=code("order.py"),
        methods=list(PLAN.compare),
        first=PLAN.entry_of("nmf") or PLAN.compare[0],
    message:
        "ordering the consensus signatures side by side"
    script:
        "../scripts/order.py"
