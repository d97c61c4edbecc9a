# Exposures of the test patients on the fixed signatures of each fit.


rule refit:
    input:
        code=code("refit.py"),
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        fits=rules.fit.output.fits,
    output:
        refits=f"{RESULTS}/refits/{{cohort}}/{{method}}/{{loss}}/{{chunk}}.npz",
    log:
        f"{LOGS}/refit/{{cohort}}/{{method}}/{{loss}}/{{chunk}}.log",
    benchmark:
        f"{BENCHMARKS}/refit/{{cohort}}/{{method}}/{{loss}}/{{chunk}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1500,
    message:
        "{wildcards.cohort}: refitting the test patients of {wildcards.method} ({wildcards.loss}), splits {wildcards.chunk}"
    script:
        "../scripts/refit.py"
