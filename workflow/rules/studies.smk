# Studies besides the comparison: proof of concept, non-negativity variants, convergence.
CONVERGENCE_FITS = [
    (cohort, method, loss) for cohort in PLAN.convergence_cohorts for method, loss in PLAN.supported(PLAN.convergence)
]
CONVEX = [(m, loss) for m, loss in PLAN.combinations if PLAN.methods[m].model in ("cnmf", "aenmf")]
STUDY_TABLES = [f"{RESULTS}/tables/proof_of_concept.csv"] if PAPER_COHORTS else []
if PLAN.variant_cohorts and PLAN.variants:
    STUDY_TABLES.append(f"{RESULTS}/tables/variants.csv")
if CONVERGENCE_FITS:
    STUDY_TABLES.append(f"{RESULTS}/timings/convergence.csv")


rule proof_of_concept:
    output:
        table=f"{RESULTS}/tables/proof_of_concept.csv",
    log:
        f"{LOGS}/proof_of_concept.log",
    benchmark:
        f"{BENCHMARKS}/proof_of_concept.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("proof_of_concept.py", *(type(PLAN.methods[name]) for name in PLAN.compare)),
        entries={name: config["methods"][name] for name in PLAN.compare},
        losses=list(PLAN.losses),
        seed=config["seed"],
    message:
        "proof of concept on two known signatures"
    script:
        "../scripts/proof_of_concept.py"


rule variants:
    input:
        parts=[f"{RESULTS}/evaluation/variants/{cohort}/errors.csv" for cohort in PLAN.variant_cohorts],
    output:
        table=f"{RESULTS}/tables/variants.csv",
    log:
        f"{LOGS}/variants.log",
    benchmark:
        f"{BENCHMARKS}/variants.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("collect.py"),
    message:
        "errors of the non-negativity variants"
    script:
        "../scripts/collect.py"


rule convergence:
    input:
        fits=[rules.fit.output.fits.format(**first_fit(*key)) for key in CONVERGENCE_FITS],
        seconds=[rules.fit.output.seconds.format(**first_fit(*key)) for key in CONVERGENCE_FITS],
    output:
        curves=f"{RESULTS}/timings/convergence.csv",
        summary=f"{RESULTS}/timings/convergence_summary.csv",
    log:
        f"{LOGS}/convergence.log",
    benchmark:
        f"{BENCHMARKS}/convergence.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("convergence.py"),
        fits=CONVERGENCE_FITS,
        models={name: PLAN.methods[name].model for name in PLAN.convergence},
        solvers={(m, loss): PLAN.methods[m].solver_name(loss) for m, loss in PLAN.supported(PLAN.convergence)},
    message:
        "convergence of every solver on the first split"
    script:
        "../scripts/convergence.py"
