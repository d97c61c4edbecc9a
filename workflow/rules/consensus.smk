# Consensus signatures: the medoids of all splits' signatures by PAM.


rule consensus:
    input:
        code=code("consensus.py"),
        fits=chunks(rules.fit.output.fits),
    output:
        consensus=f"{EVALUATED}/consensus.csv",
        clusters=f"{EVALUATED}/clusters.csv",
    log:
        f"{LOGS}/consensus/{{cohort}}/{{method}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/consensus/{{cohort}}/{{method}}/{{loss}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
    message:
        "{wildcards.cohort}: consensus signatures of {wildcards.method} ({wildcards.loss})"
    script:
        "../scripts/consensus.py"
