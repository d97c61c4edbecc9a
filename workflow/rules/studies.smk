# Studies beside the comparison: proof of concept, non-negativity variants, convergence, sparsity of convex signatures.
CONVERGENCE_FITS = [
    (cohort, method, loss)
    for cohort in PLAN.convergence_cohorts
    for method, loss in PLAN.supported(PLAN.convergence)
]
CONVEX = [(m, loss) for m, loss in PLAN.combinations if PLAN.methods[m].model in ("cnmf", "aenmf")]
STUDY_TABLES = [f"{RESULTS}/tables/proof_of_concept.csv"]
if CONVEX:
    STUDY_TABLES.append(f"{RESULTS}/tables/sparsity.csv")
if PLAN.variant_cohorts and PLAN.variants:
    STUDY_TABLES.append(f"{RESULTS}/tables/variants.csv")
if CONVERGENCE_FITS:
    STUDY_TABLES.append(f"{RESULTS}/timings/convergence.csv")


def first_fit(cohort, method, loss):
    """The fits of the first split: of the comparison where the method is in it, else of that split alone."""
    chunk = PLAN.chunks_of(method)[0] if method in (*PLAN.compare, *PLAN.variants) else "00-00"
    return {"cohort": cohort, "method": method, "loss": loss, "chunk": chunk}


rule proof_of_concept:
    message:
        "proof of concept on two known signatures"
    input:
        code=code("proof_of_concept.py", *(type(PLAN.methods[name]) for name in PLAN.compare)),
    output:
        table=f"{RESULTS}/tables/proof_of_concept.csv",
    params:
        entries={name: config["methods"][name] for name in PLAN.compare},
        losses=list(PLAN.losses),
        seed=config["seed"],
    log:
        f"{LOGS}/proof_of_concept.log",
    benchmark:
        f"{BENCHMARKS}/proof_of_concept.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/proof_of_concept.py"


rule variants:
    message:
        "errors of the non-negativity variants"
    input:
        code=code("collect.py"),
        parts=[
            f"{RESULTS}/evaluation/{cohort}/{method}/{loss}/errors.csv"
            for cohort in PLAN.variant_cohorts
            for method, loss in PLAN.supported(PLAN.variants)
        ],
    output:
        table=f"{RESULTS}/tables/variants.csv",
    log:
        f"{LOGS}/variants.log",
    benchmark:
        f"{BENCHMARKS}/variants.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/collect.py"


rule convergence:
    message:
        "convergence of every solver on the first split"
    input:
        code=code("convergence.py"),
        fits=[rules.fit.output.fits.format(**first_fit(*key)) for key in CONVERGENCE_FITS],
        seconds=[rules.fit.output.seconds.format(**first_fit(*key)) for key in CONVERGENCE_FITS],
    output:
        curves=f"{RESULTS}/timings/convergence.csv",
        summary=f"{RESULTS}/timings/convergence_summary.csv",
    params:
        fits=CONVERGENCE_FITS,
        models={name: PLAN.methods[name].model for name in PLAN.convergence},
        solvers={(m, loss): PLAN.methods[m].solver_name(loss) for m, loss in PLAN.supported(PLAN.convergence)},
    log:
        f"{LOGS}/convergence.log",
    benchmark:
        f"{BENCHMARKS}/convergence.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/convergence.py"


rule sparsity:
    message:
        "{wildcards.cohort}: patients behind the signatures of {wildcards.method} ({wildcards.loss})"
    input:
        code=code("sparsity.py"),
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        fits=chunks(rules.fit.output.fits),
    output:
        table=f"{EVALUATED}/sparsity.csv",
    log:
        f"{LOGS}/sparsity/{{cohort}}/{{method}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/sparsity/{{cohort}}/{{method}}/{{loss}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/sparsity.py"


rule collect_sparsity:
    message:
        "collecting tables/sparsity.csv"
    input:
        code=code("collect.py"),
        parts=[f"{RESULTS}/evaluation/{c}/{m}/{loss}/sparsity.csv" for c in PLAN.cohorts for m, loss in CONVEX],
    output:
        table=f"{RESULTS}/tables/sparsity.csv",
    log:
        f"{LOGS}/sparsity/collect.log",
    benchmark:
        f"{BENCHMARKS}/sparsity/collect.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/collect.py"
