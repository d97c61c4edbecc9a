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


rule audit_recover:
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


COLLECTED = ("published_splits", "published_errors", "blemishes", "certainty", "held_out", "bounds")
COMPUTED = ("fits", "cosines", "mean_errors", "paired", "not_reached", "stages", "gap", "verdicts", "table4")
COMPUTED += ("consistency", "left_out")
AUDIT_SHOWN = ("mean_errors", "paired", "gap", "verdicts", "table4")
FIRST_OF_MODEL = list({fit.method.model: name for name, fit in reversed(AUDIT_FITS.items())}.values())[::-1]
OWN_SPLITS = ROOT / "results/reference/tables/verdicts.csv"


rule audit_tables:
    input:
        **{name: expand(f"{AUDIT}/cohorts/{{cohort}}/{name}.csv", cohort=AUDIT_COHORTS) for name in COLLECTED},
        claims=ROOT / "config/paper_claims.yaml",
        recovered=expand(rules.audit_recover.output.recovered, cohort=AUDIT_COHORTS),
        fits=expand(f"{AUDIT}/fits/{{cohort}}/{{fit}}.fits.csv", fit=[*AUDIT_FITS, "continued"], cohort=AUDIT_COHORTS),
        cosines=expand(
            f"{AUDIT}/fits/{{cohort}}/{{fit}}.cosines.csv", fit=[*AUDIT_FITS, "continued"], cohort=AUDIT_COHORTS
        ),
        ours=expand(rules.audit_replicate.output.signatures, fit=FIRST_OF_MODEL, cohort=AUDIT_COHORTS),
        own_splits=[OWN_SPLITS] if OWN_SPLITS.is_file() else [],
    output:
        **{name: f"{AUDIT}/{name}.csv" for name in (*COLLECTED, *COMPUTED)},
        **{f"{name}_shown": shown(f"audit/{name}") for name in AUDIT_SHOWN},
    log:
        f"{LOGS}/audit/tables.log",
    benchmark:
        f"{BENCHMARKS}/audit/tables.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("audit_tables.py"),
        cohorts=[REGISTRY.cohorts[name] for name in AUDIT_COHORTS],
        references=[REGISTRY.references[name] for name in config["audit"]["references"]],
        attributions=REGISTRY.references["pcawg"].data,
        data_dir=config["data_dir"],
        ours=[(cohort, fit) for cohort in AUDIT_COHORTS for fit in FIRST_OF_MODEL],
        models=AUDIT_MODELS,
        titles=AUDIT_TITLES,
        tolerance=config["audit"]["tolerance"],
        seed=config["seed"],
    message:
        "the audit's tables"
    script:
        "../scripts/audit_tables.py"


rule audit_findings:
    input:
        template=TEMPLATE,
        tables=[f"{AUDIT}/{name}.csv" for name in (*COLLECTED, *COMPUTED)],
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
        source=REGISTRY.references["published"],
    message:
        "writing the findings"
    script:
        "../scripts/audit_findings.py"


rule audit:
    input:
        rules.audit_tables.output,
        figures_of("audit"),
        rules.audit_findings.output,
