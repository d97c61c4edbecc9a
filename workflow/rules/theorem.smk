# The theorem, AE-NMF = C-NMF: its checks at the fits of every comparison of both, and a study of its conditions.
THEOREM = {model: PLAN.entry_of(model) for model in ("nmf", "cnmf", "aenmf")}
THEOREM_LOSSES = [
    loss
    for loss in PLAN.losses
    if loss in PAPER_LOSSES and all(THEOREM[model] in PLAN.methods_with(loss) for model in ("cnmf", "aenmf"))
]
CONDITION_LOSSES = [loss for loss in THEOREM_LOSSES if THEOREM["nmf"] in PLAN.methods_with(loss)]
CONDITION_COHORTS = config["theorem"]["cohorts"] if CONDITION_LOSSES else []
FIGURE_PLAN["conditions"] = {}
if THEOREM_LOSSES:
    TABLES["theorem"] = "The theorem, checked"
    PAPER_TABLES += [f"{RESULTS}/tables/theorem.{form}" for form in FORMS]
if CONDITION_COHORTS:
    TABLES["theorem_conditions"] = "The conditions of the theorem, broken one by one"
    STUDY_TABLES += [f"{RESULTS}/tables/theorem_conditions.{form}" for form in FORMS]
    FIGURE_PLAN["conditions"] = {
        f"theorem_conditions_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, cohorts=titled(CONDITION_COHORTS))
        for loss in CONDITION_LOSSES
    }


rule theorem_checks:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        aenmf=entry_files(rules.fit.output.fits, THEOREM["aenmf"], THEOREM_LOSSES),
        cnmf=entry_files(rules.fit.output.fits, THEOREM["cnmf"], THEOREM_LOSSES),
    output:
        table=f"{RESULTS}/theorem/checks/{{cohort}}.csv",
    log:
        f"{LOGS}/theorem/checks/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/theorem/checks/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("theorem_checks.py"),
        losses=THEOREM_LOSSES,
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        seed=config["seed"],
    message:
        "{wildcards.cohort}: optima of AE-NMF and C-NMF under each other's conditions"
    script:
        "../scripts/theorem_checks.py"


rule theorem_table:
    input:
        parts=expand(rules.theorem_checks.output.table, cohort=PLAN.cohorts),
    output:
        **forms("theorem"),
        splits=f"{RESULTS}/theorem/checks.csv",
    log:
        f"{LOGS}/theorem/table.log",
    benchmark:
        f"{BENCHMARKS}/theorem/table.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("theorem_table.py"),
        cohorts=titled(PLAN.cohorts),
    message:
        "the theorem, checked"
    script:
        "../scripts/theorem_table.py"


rule theorem_conditions:
    input:
        catalogue=rules.fit.input.catalogue,
        splits=rules.fit.input.splits,
        nmf=entry_files(rules.fit.output.fits, THEOREM["nmf"], CONDITION_LOSSES),
        cnmf=entry_files(rules.fit.output.fits, THEOREM["cnmf"], CONDITION_LOSSES),
        aenmf=entry_files(rules.fit.output.fits, THEOREM["aenmf"], CONDITION_LOSSES),
    output:
        table=f"{RESULTS}/theorem/conditions/{{cohort}}.csv",
    log:
        f"{LOGS}/theorem/conditions/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/theorem/conditions/{{cohort}}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("theorem_conditions.py"),
        losses=CONDITION_LOSSES,
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        splits=min(config["theorem"]["splits"], config["n_splits"]),
        starts=config["theorem"]["starts"],
        seed=config["seed"],
    message:
        "{wildcards.cohort}: the conditions of the theorem, broken one by one"
    script:
        "../scripts/theorem_conditions.py"


rule theorem_conditions_table:
    input:
        parts=expand(rules.theorem_conditions.output.table, cohort=CONDITION_COHORTS),
    output:
        **forms("theorem_conditions"),
        splits=f"{RESULTS}/theorem/conditions.csv",
    log:
        f"{LOGS}/theorem/conditions.log",
    benchmark:
        f"{BENCHMARKS}/theorem/conditions.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("theorem_conditions_table.py"),
        cohorts=titled(CONDITION_COHORTS),
    message:
        "what each condition of the theorem is worth"
    script:
        "../scripts/theorem_conditions_table.py"


rule theorem:
    input:
        rules.theorem_table.output if THEOREM_LOSSES else [],
        rules.theorem_conditions_table.output if CONDITION_COHORTS else [],
        figures_of("conditions"),
