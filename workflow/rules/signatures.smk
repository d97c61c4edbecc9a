# Consensus signatures as wide tables, named as in Table 4, and the exposures of all patients on them.
SIGNATURES, EXPOSURES = (
    [f"{RESULTS}/{kind}/{{cohort}}/{method}/{loss}.tsv" for method, loss in PLAN.groups["compare"]]
    for kind in ("signatures", "exposures")
)
SIGNATURE_TABLES = expand([*SIGNATURES, *EXPOSURES], cohort=PLAN.cohorts)


rule signatures:
    input:
        unpack(lambda wildcards: dispersion_of_group(wildcards.cohort, "compare")),
        catalogue=rules.fit.input.catalogue,
        consensus=rules.consensus.output.consensus,
        matches=rules.match.output.matches,
        order=rules.order.output.order,
    output:
        signatures=SIGNATURES,
        exposures=EXPOSURES,
    log:
        f"{LOGS}/signatures/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/signatures/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("signatures.py"),
        combinations=PLAN.groups["compare"],
    message:
        "{wildcards.cohort}: consensus signatures and the exposures of all patients"
    script:
        "../scripts/signatures.py"
