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
        references=lambda wildcards: list(references_of(wildcards.cohort)),
    log:
        f"{LOGS}/match/{{cohort}}/{{method}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/match/{{cohort}}/{{method}}/{{loss}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/match.py"
