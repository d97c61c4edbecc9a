# Consensus signatures: the medoids of all splits' signatures by PAM.


rule consensus:
    input:
        fits=group_files(rules.fit.output.fits, "compare"),
    output:
        consensus=f"{COMPARED}/consensus.csv",
        clusters=f"{COMPARED}/clusters.csv",
    log:
        f"{LOGS}/consensus/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/consensus/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("consensus.py"),
        combinations=PLAN.groups["compare"],
    message:
        "{wildcards.cohort}: consensus signatures"
    script:
        "../scripts/consensus.py"
