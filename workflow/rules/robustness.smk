# What decides the comparison: it is repeated on the first splits with one thing changed at a time.
from aenmf.studies.robustness import VARIANTS as ROBUSTNESS_TITLES

ROBUSTNESS = config["robustness"]
ROBUSTNESS_FITS = [
    (cohort, name, loss) for cohort in ROBUSTNESS["cohorts"] for name, loss in PLAN.studies.fits["robustness"]
]
ROBUSTNESS_SPLITS = min(ROBUSTNESS["splits"], config["n_splits"])
ROBUSTNESS_VARIANTS = {
    name: title for name, title in ROBUSTNESS_TITLES.items() if name in ("all", *ROBUSTNESS["variants"])
}
FIGURE_PLAN["robustness"] = {}
if ROBUSTNESS_FITS:
    TABLES["robustness"] = "What decides the comparison"
    STUDY_TABLES += [f"{RESULTS}/tables/robustness.{form}" for form in FORMS]
    FIGURE_PLAN["robustness"] = {
        f"robustness_{MEASURE_OF_LOSS[loss]}": dict(
            loss=loss,
            methods=[name for name, of_loss in PLAN.studies.fits["robustness"] if of_loss == loss],
            cohorts=titled(ROBUSTNESS["cohorts"]),
            variants=ROBUSTNESS_VARIANTS,
        )
        for loss in dict.fromkeys(loss for _, _, loss in ROBUSTNESS_FITS)
    }


rule robustness_errors:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        tool=lambda wildcards: tool_ready(wildcards.entry),
    output:
        errors=f"{RESULTS}/robustness/errors/{{cohort}}/{{entry}}/{{loss}}.csv",
    log:
        f"{LOGS}/robustness/{{cohort}}/{{entry}}/{{loss}}.log",
    benchmark:
        f"{BENCHMARKS}/robustness/{{cohort}}/{{entry}}/{{loss}}.tsv"
    wildcard_constraints:
        entry="|".join(ROBUSTNESS["methods"]) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=lambda wildcards: code(
            "robustness_errors.py", type(build_method(wildcards.entry, config["methods"][wildcards.entry]))
        ),
        entry=lambda wildcards: config["methods"][wildcards.entry],
        variants=ROBUSTNESS["variants"],
        asked=lambda wildcards: dict(
            rank=REGISTRY.cohorts[wildcards.cohort].rank,
            seed=config["seed"],
            train_fraction=config["train_fraction"],
            splits=ROBUSTNESS_SPLITS,
            **{key: ROBUSTNESS[key] for key in ("seeds", "splits_per_seed", "hypermutator")},
        ),
    message:
        "{wildcards.cohort}: {wildcards.entry} ({wildcards.loss}) with one thing changed at a time"
    script:
        "../scripts/robustness_errors.py"


rule robustness_table:
    input:
        parts=[
            rules.robustness_errors.output.errors.format(cohort=cohort, entry=name, loss=loss)
            for cohort, name, loss in ROBUSTNESS_FITS
        ],
    output:
        **forms("robustness"),
        errors=f"{RESULTS}/robustness/errors.csv",
    log:
        f"{LOGS}/robustness/table.log",
    benchmark:
        f"{BENCHMARKS}/robustness/table.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("robustness_table.py"),
        entries=[Entry(name, config["methods"][name]["model"], TITLES[name]) for name in ROBUSTNESS["methods"]],
        cohorts=titled(ROBUSTNESS["cohorts"]),
        variants=ROBUSTNESS_VARIANTS,
        hypermutator=ROBUSTNESS["hypermutator"],
    message:
        "what decides the comparison"
    script:
        "../scripts/robustness_table.py"


rule robustness:
    input:
        rules.robustness_table.output if ROBUSTNESS_FITS else [],
        figures_of("robustness"),
