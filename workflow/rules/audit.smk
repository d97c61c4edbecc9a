# The audit: the published matrices, who trained their splits, and the same patients fitted again.
from aenmf.audit.settings import audit_fits

try:
    AUDIT_FITS = audit_fits(config, REGISTRY)
except UserError as error:
    raise WorkflowError(f"error: {error}") from None

AUDIT = f"{RESULTS}/audit"
AUDIT_COHORTS = config["audit"]["cohorts"]
AUDIT_COHORT = "|".join(AUDIT_COHORTS) or "(?!)"


rule audit_recover:
    input:
        code=code("audit_recover.py"),
    output:
        recovered=f"{AUDIT}/recovered/{{cohort}}.npz",
        published_splits=f"{AUDIT}/cohorts/{{cohort}}/published_splits.csv",
        published_errors=f"{AUDIT}/cohorts/{{cohort}}/published_errors.csv",
        blemishes=f"{AUDIT}/cohorts/{{cohort}}/blemishes.csv",
        certainty=f"{AUDIT}/cohorts/{{cohort}}/certainty.csv",
        held_out=f"{AUDIT}/cohorts/{{cohort}}/held_out.csv",
        bounds=f"{AUDIT}/cohorts/{{cohort}}/bounds.csv",
    log:
        f"{LOGS}/audit/recover/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/audit/recover/{{cohort}}.tsv"
    wildcard_constraints:
        cohort=AUDIT_COHORT,
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        cohort=lambda wildcards: REGISTRY.cohorts[wildcards.cohort],
        published=REGISTRY.references["published"].data,
        data_dir=config["data_dir"],
        n_splits=config["audit"]["n_splits"],
    message:
        "{wildcards.cohort}: recovering the published splits"
    script:
        "../scripts/audit_recover.py"


rule audit_replicate:
    input:
        code=lambda wildcards: code("audit_replicate.py", type(AUDIT_FITS[wildcards.fit].method)),
        recovered=rules.audit_recover.output.recovered,
    output:
        fits=f"{AUDIT}/fits/{{cohort}}/{{fit}}.fits.csv",
        cosines=f"{AUDIT}/fits/{{cohort}}/{{fit}}.cosines.csv",
        signatures=f"{AUDIT}/fits/{{cohort}}/{{fit}}.npz",
    log:
        f"{LOGS}/audit/replicate/{{cohort}}/{{fit}}.log",
    benchmark:
        f"{BENCHMARKS}/audit/replicate/{{cohort}}/{{fit}}.tsv"
    wildcard_constraints:
        cohort=AUDIT_COHORT,
        fit="|".join(AUDIT_FITS) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    params:
        entry=lambda wildcards: AUDIT_FITS[wildcards.fit].entry,
        settings=lambda wildcards: {
            "starts": AUDIT_FITS[wildcards.fit].starts,
            "most_starts": AUDIT_FITS[wildcards.fit].most_starts,
            "splits": AUDIT_FITS[wildcards.fit].splits[wildcards.cohort],
        },
        tolerance=config["audit"]["tolerance"],
        seed=config["seed"],
    message:
        "{wildcards.cohort}: fitting the published splits again ({wildcards.fit})"
    script:
        "../scripts/audit_replicate.py"


rule audit_continue:
    input:
        code=code("audit_continue.py"),
        recovered=rules.audit_recover.output.recovered,
    output:
        fits=f"{AUDIT}/fits/{{cohort}}/continued.fits.csv",
        cosines=f"{AUDIT}/fits/{{cohort}}/continued.cosines.csv",
    log:
        f"{LOGS}/audit/continue/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/audit/continue/{{cohort}}.tsv"
    wildcard_constraints:
        cohort=AUDIT_COHORT,
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
    message:
        "{wildcards.cohort}: continuing the published fits to their optimum"
    script:
        "../scripts/audit_continue.py"


AUDIT_TABLES = expand(f"{AUDIT}/{{table}}.csv", table=["published_splits"])


rule audit:
    input:
        expand(f"{AUDIT}/cohorts/{{cohort}}/published_errors.csv", cohort=AUDIT_COHORTS),
        expand(f"{AUDIT}/fits/{{cohort}}/{{fit}}.fits.csv", cohort=AUDIT_COHORTS, fit=[*AUDIT_FITS, "continued"]),
