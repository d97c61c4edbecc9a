# Exposures of the test patients on the fixed signatures of each fit.


rule refit:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        fits=chunks(rules.fit.output.fits),
    output:
        refits=f"{RESULTS}/refits/{{cohort}}/{{method}}/{{loss}}.npz",
    log:
        f"{LOGS}/refit/{{cohort}}/{{method}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/refit/{{cohort}}/{{method}}/{{loss}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=1500,
    params:
        code=code("refit.py"),
    message:
        "{wildcards.cohort}: refitting the test patients of {wildcards.method} ({wildcards.loss})"
    script:
        "../scripts/refit.py"
