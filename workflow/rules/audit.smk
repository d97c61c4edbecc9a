# The audit: the published matrices, who trained their splits, and the same patients fitted again.
from aenmf.audit.findings import TEMPLATE

AUDIT_FITS = PLAN.studies.audit
AUDIT = f"{RESULTS}/audit"
CONTINUED_FITS = {f"continued_{model}": model for model in ("nmf", "cnmf", "aenmf")}
AUDIT_MODELS = {name: fit.method.model for name, fit in AUDIT_FITS.items()} | CONTINUED_FITS
AUDIT_TITLES = {name: fit.title for name, fit in AUDIT_FITS.items()}
AUDIT_TITLES |= {name: "Published, continued" for name in CONTINUED_FITS}
AUDIT_COHORTS = config["audit"]["cohorts"]
FIGURE_PLAN["audit"] = {
    "paired_replication": dict(cohorts=titled(AUDIT_COHORTS), models=AUDIT_MODELS, titles=AUDIT_TITLES)
}
AUDIT_COHORT = "|".join(AUDIT_COHORTS) or "(?!)"


# They may download, as those in data.smk.
localrules:
    audit_source,
    audit_read_figures,


rule audit_source:
    output:
        places=f"{AUDIT}/sources/{{cohort}}.json",
    log:
        f"{LOGS}/audit/source/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/audit/source/{{cohort}}.tsv"
    wildcard_constraints:
        cohort=AUDIT_COHORT,
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("audit_source.py"),
        wanted=lambda wildcards: {
            "archive": REGISTRY.references["published"].data,
            "catalogue": REGISTRY.cohorts[wildcards.cohort].data,
        },
        data_dir=config["data_dir"],
    message:
        "{wildcards.cohort}: finding the published matrices and the catalogue"
    script:
        "../scripts/audit_source.py"


rule audit_recover:
    input:
        places=rules.audit_source.output.places,
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
    resources:
        mem_mb=2000,
    params:
        code=code("audit_recover.py"),
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        n_splits=config["audit"]["n_splits"],
    message:
        "{wildcards.cohort}: recovering the published splits"
    script:
        "../scripts/audit_recover.py"


rule audit_replicate:
    input:
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
    resources:
        mem_mb=2000,
    params:
        code=lambda wildcards: code("audit_replicate.py", type(AUDIT_FITS[wildcards.fit].method)),
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
    resources:
        mem_mb=2000,
    params:
        code=code("audit_continue.py"),
    message:
        "{wildcards.cohort}: continuing the published fits to their optimum"
    script:
        "../scripts/audit_continue.py"


RECOVERED = ("published_splits", "published_errors", "blemishes", "certainty", "held_out", "bounds")
FITTED = ("fits", "cosines")
FIRST_OF_MODEL = list({fit.method.model: name for name, fit in reversed(AUDIT_FITS.items())}.values())[::-1]
OWN_SPLITS = ROOT / "results/reference/tables/verdicts.csv"
# The references of the audit's cohorts, which need not be this run's: (cohort, reference) -> file.
AUDIT_REFERENCES = {
    (cohort, name): reference_file(REGISTRY.references[name], REGISTRY.cohorts[cohort])
    for cohort in AUDIT_COHORTS
    for name in config["audit"]["references"]
}
REFERENCE_SOURCES |= {
    file: (REGISTRY.references[name], REGISTRY.cohorts[cohort].organ)
    for (cohort, name), file in AUDIT_REFERENCES.items()
}
# That of the cosines printed in the paper's figures: cohort -> file.
COSMIC_OF = {cohort: file for (cohort, name), file in AUDIT_REFERENCES.items() if name == "cosmic"}


# What the audit's long tables are joined from: table -> those of all cohorts, or of all cohorts and fits.
AUDIT_PARTS = {
    table: expand(f"{AUDIT}/cohorts/{{cohort}}/{table}.csv", cohort=AUDIT_COHORTS) for table in RECOVERED
} | {
    table: expand(f"{AUDIT}/fits/{{cohort}}/{{fit}}.{table}.csv", fit=[*AUDIT_FITS, "continued"], cohort=AUDIT_COHORTS)
    for table in FITTED
}


rule audit_collect:
    input:
        parts=lambda wildcards: AUDIT_PARTS[wildcards.table],
    output:
        table=f"{AUDIT}/{{table}}.csv",
    log:
        f"{LOGS}/audit/collect/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/audit/collect/{{table}}.tsv"
    wildcard_constraints:
        table="|".join(AUDIT_PARTS),
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("collect.py"),
    message:
        "collecting {wildcards.table} of the audit"
    script:
        "../scripts/collect.py"


rule audit_summary:
    input:
        published=f"{AUDIT}/published_errors.csv",
        fits=f"{AUDIT}/fits.csv",
        cosines=f"{AUDIT}/cosines.csv",
        bounds=f"{AUDIT}/bounds.csv",
    output:
        mean_errors=f"{AUDIT}/mean_errors.csv",
        mean_errors_shown=shown("audit/mean_errors"),
        paired=f"{AUDIT}/paired.csv",
        paired_shown=shown("audit/paired"),
        not_reached=f"{AUDIT}/not_reached.csv",
        stages=f"{AUDIT}/stages.csv",
        gap=f"{AUDIT}/gap.csv",
        gap_shown=shown("audit/gap"),
    log:
        f"{LOGS}/audit/summary.log",
    benchmark:
        f"{BENCHMARKS}/audit/summary.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("audit_summary.py"),
        cohorts=[REGISTRY.cohorts[name] for name in AUDIT_COHORTS],
        models=AUDIT_MODELS,
        titles=AUDIT_TITLES,
        tolerance=config["audit"]["tolerance"],
        seed=config["seed"],
    message:
        "the audit's errors, and the parts of the gap"
    script:
        "../scripts/audit_summary.py"


rule audit_verdicts:
    input:
        claims=ROOT / "config/paper_claims.yaml",
        published=f"{AUDIT}/published_errors.csv",
        fits=f"{AUDIT}/fits.csv",
        recovered=expand(rules.audit_recover.output.recovered, cohort=AUDIT_COHORTS),
        ours=expand(rules.audit_replicate.output.signatures, fit=FIRST_OF_MODEL, cohort=AUDIT_COHORTS),
        references=expand(f"{RESULTS}/references/{{name}}.tsv", name=AUDIT_REFERENCES.values()),
        attributions=f"{RESULTS}/references/attributions.csv",
        own_splits=[OWN_SPLITS] if OWN_SPLITS.is_file() else [],
    output:
        verdicts=f"{AUDIT}/verdicts.csv",
        verdicts_shown=shown("audit/verdicts"),
        table4=f"{AUDIT}/table4.csv",
        table4_shown=shown("audit/table4"),
        consistency=f"{AUDIT}/consistency.csv",
        left_out=f"{AUDIT}/left_out.csv",
    log:
        f"{LOGS}/audit/verdicts.log",
    benchmark:
        f"{BENCHMARKS}/audit/verdicts.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("audit_verdicts.py", SCHEMAS / "claims.schema.yaml"),
        cohorts={name: REGISTRY.cohorts[name] for name in AUDIT_COHORTS},
        references=list(AUDIT_REFERENCES),
        ours=[(cohort, fit) for cohort in AUDIT_COHORTS for fit in FIRST_OF_MODEL],
        models=AUDIT_MODELS,
        titles=AUDIT_TITLES,
    message:
        "the paper's claims on its own matrices"
    script:
        "../scripts/audit_verdicts.py"


PAPER_FIGURES = ROOT / "config/paper_figures.tsv"


rule audit_read_figures:
    input:
        facts=PAPER_FIGURES,
    output:
        again=f"{AUDIT}/figures_read_again.csv",
    log:
        f"{LOGS}/audit/read_figures.log",
    benchmark:
        f"{BENCHMARKS}/audit/read_figures.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("audit_read_figures.py"),
        data=REGISTRY.references["published_figures"].data,
        data_dir=config["data_dir"],
    message:
        "reading the paper's figures again"
    script:
        "../scripts/audit_read_figures.py"


rule audit_figures:
    input:
        facts=PAPER_FIGURES,
        mean_errors=rules.audit_summary.output.mean_errors,
        consistency=rules.audit_verdicts.output.consistency,
        recovered=expand(rules.audit_recover.output.recovered, cohort=AUDIT_COHORTS),
        cosmic=expand(f"{RESULTS}/references/{{name}}.tsv", name=COSMIC_OF.values()),
    output:
        readings=f"{AUDIT}/figure_readings.csv",
        choices=f"{AUDIT}/figure_choices.csv",
    log:
        f"{LOGS}/audit/figures.log",
    benchmark:
        f"{BENCHMARKS}/audit/figures.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("audit_figures.py"),
        cohorts=AUDIT_COHORTS,
        with_cosmic=list(COSMIC_OF),
        seed=config["seed"],
    message:
        "the numbers in the paper's figures against its matrices"
    script:
        "../scripts/audit_figures.py"


AUDIT_SHOWN = ("mean_errors", "paired", "gap", "verdicts", "table4")
AUDIT_TABLES = [
    *expand(rules.audit_collect.output.table, table=AUDIT_PARTS),
    *(file for made in (rules.audit_summary, rules.audit_verdicts, rules.audit_figures) for file in made.output),
    *rules.audit_read_figures.output,
]


rule audit_findings:
    input:
        template=TEMPLATE,
        tables=[file for file in AUDIT_TABLES if file.endswith(".csv")],
        shown=[f"{AUDIT}/{name}.md" for name in AUDIT_SHOWN],
    output:
        findings=f"{AUDIT}/findings.md",
    log:
        f"{LOGS}/audit/findings.log",
    benchmark:
        f"{BENCHMARKS}/audit/findings.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("audit_findings.py"),
        cohorts={name: REGISTRY.cohorts[name].title for name in AUDIT_COHORTS},
        models=AUDIT_MODELS,
        titles=AUDIT_TITLES,
        tolerance=config["audit"]["tolerance"],
        rates={
            name: float(fit.entry["learning_rate"]) for name, fit in AUDIT_FITS.items() if "learning_rate" in fit.entry
        },
        source=REGISTRY.references["published"],
    message:
        "writing the findings"
    script:
        "../scripts/audit_findings.py"


rule audit:
    input:
        AUDIT_TABLES,
        figures_of("audit"),
        rules.audit_findings.output,
