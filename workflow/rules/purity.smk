# What decides whether a convex method finds a signature, on demand: simulated cohorts of every purity, and the purity of real ones.

PURITY, PURITY_FITS = config["purity"], PLAN.studies.fits["purity"]
PURITY_NMF = PLAN.entry_of("nmf") or PURITY["methods"][0]
GRID = [f"{patients}/{noise}" for patients in PURITY["patients"] for noise in PURITY["noise"]]
# Where the truth is not known, the exposures of NMF take its place.
ESTIMATED = [name for name in PURITY["cohorts"] if name not in SIMULATED]
FIGURE_PLAN["purity"] = {
    f"purity_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, methods=[name for name, of in PURITY_FITS if of == loss])
    for loss in dict.fromkeys(loss for _, loss in PURITY_FITS)
}


rule purity_fits:
    input:
        reference=f"{RESULTS}/references/cosmic.tsv",
    output:
        table=f"{RESULTS}/purity/fits/{{patients}}/{{noise}}.csv",
    log:
        f"{LOGS}/purity/{{patients}}/{{noise}}.log",
    benchmark:
        f"{BENCHMARKS}/purity/{{patients}}/{{noise}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("purity_fits.py", *(type(build_method(name, config["methods"][name])) for name in PURITY["methods"])),
        entries={name: config["methods"][name] for name in PURITY["methods"]},
        fits=PURITY_FITS,
        study={key: PURITY[key] for key in ("signatures", "caps", "repeats", "burden", "concentration", "dispersion")},
        seed=config["seed"],
    message:
        "recovery against purity: {wildcards.patients} patients, noise {wildcards.noise}"
    script:
        "../scripts/purity_fits.py"


rule purity_cohort:
    input:
        catalogue=f"{RESULTS}/data/{{cohort}}/catalogue.tsv",
        exposures=lambda wildcards: (
            f"{RESULTS}/data/{wildcards.cohort}/truth_exposures.tsv" if wildcards.cohort in SIMULATED else []
        ),
    output:
        table=f"{RESULTS}/purity/cohorts/{{cohort}}.csv",
    log:
        f"{LOGS}/purity/cohorts/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/purity/cohorts/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("purity_cohort.py", type(build_method(PURITY_NMF, config["methods"][PURITY_NMF]))),
        name=PURITY_NMF,
        entry=config["methods"][PURITY_NMF],
        losses=[loss for loss in PLAN.losses if loss in PAPER_LOSSES],
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        seed=config["seed"],
    message:
        "{wildcards.cohort}: how nearly alone each signature is in some patient"
    script:
        "../scripts/purity_cohort.py"


rule purity_tables:
    input:
        fits=[f"{RESULTS}/purity/fits/{part}.csv" for part in GRID],
        cohorts=[f"{RESULTS}/purity/cohorts/{name}.csv" for name in PURITY["cohorts"]],
    output:
        fits=f"{RESULTS}/purity/fits.csv",
        cohorts=f"{RESULTS}/purity/cohorts.csv",
        purity=f"{RESULTS}/purity/purity.csv",
        purity_shown=shown("purity/purity"),
        cohorts_shown=shown("purity/cohorts"),
    log:
        f"{LOGS}/purity/tables.log",
    benchmark:
        f"{BENCHMARKS}/purity/tables.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("purity_tables.py"),
        titles=TITLES,
        cohorts=titled(PURITY["cohorts"]),
    message:
        "recovery against purity"
    script:
        "../scripts/purity_tables.py"


rule purity:
    input:
        rules.purity_tables.output,
        figures_of("purity"),
