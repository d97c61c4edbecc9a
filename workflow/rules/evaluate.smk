# How good the fits are: exposures of the test patients on the fixed signatures, errors of training and test patients, recovery of the truth, consistency over splits, sparsity.
EVALUATED = f"{RESULTS}/evaluation/{{group}}/{{cohort}}"
COMPARED = f"{RESULTS}/evaluation/compare/{{cohort}}"
NMF_ENTRY = PLAN.entry_of("nmf") if len(PLAN.compare) > 1 else None


rule evaluate:
    input:
        unpack(lambda wildcards: truth_of(wildcards.cohort)),
        unpack(lambda wildcards: dispersion_of_group(wildcards.cohort, wildcards.group)),
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        fits=group_files(rules.fit.output.fits),
        seconds=group_files(rules.fit.output.seconds),
    output:
        refits=f"{RESULTS}/refits/{{group}}/{{cohort}}.npz",
        errors=f"{EVALUATED}/errors.csv",
        fits=f"{EVALUATED}/fits.csv",
        seconds=f"{EVALUATED}/seconds.csv",
        recovery=f"{EVALUATED}/recovery.csv",
        consistency=f"{EVALUATED}/consistency.csv",
        sparsity=f"{EVALUATED}/sparsity.csv",
    log:
        f"{LOGS}/evaluate/{{group}}/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/evaluate/{{group}}/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("evaluate.py"),
        combinations=lambda wildcards: PLAN.groups[wildcards.group],
    message:
        "{wildcards.cohort}: evaluating the fits ({wildcards.group})"
    script:
        "../scripts/evaluate.py"


rule worse_patients:
    input:
        unpack(lambda wildcards: dispersion_of_group(wildcards.cohort, "compare")),
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        refits=rules.evaluate.output.refits.replace("{group}", "compare"),
        fits=group_files(rules.fit.output.fits, "compare"),
        seconds=group_files(rules.fit.output.seconds, "compare"),
    output:
        table=f"{COMPARED}/worse_patients.csv",
    log:
        f"{LOGS}/evaluate/worse_patients_{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/evaluate/worse_patients_{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("worse_patients.py"),
        combinations=PLAN.groups["compare"],
        against=NMF_ENTRY,
    message:
        "{wildcards.cohort}: patients reconstructed worse than by NMF"
    script:
        "../scripts/worse_patients.py"


LONG = (
    *("errors", "fits", "recovery", "consistency", "sparsity", "consensus", "clusters"),
    *("matches", "split_matches", "projection", "explained"),
)
LONG += ("worse_patients",) if NMF_ENTRY else ()
LONG_TABLES = expand(f"{RESULTS}/tables/{{table}}.csv", table=LONG) + [f"{RESULTS}/timings/seconds.csv"]


rule collect:
    input:
        parts=[f"{RESULTS}/evaluation/compare/{cohort}/{{table}}.csv" for cohort in PLAN.cohorts],
    output:
        table=f"{RESULTS}/{{kind}}/{{table}}.csv",
    log:
        f"{LOGS}/collect/{{kind}}/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/collect/{{kind}}/{{table}}.tsv"
    wildcard_constraints:
        kind="tables|timings",
        table="|".join((*LONG, "seconds")),
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("collect.py"),
    message:
        "collecting {wildcards.kind}/{wildcards.table}.csv"
    script:
        "../scripts/collect.py"
