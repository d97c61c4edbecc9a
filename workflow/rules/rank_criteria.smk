# The number of signatures by several criteria: for own cohorts with ranks, and for the cohorts that the section names.
from aenmf.studies.rankcriteria.stability import MEAN_STABILITY

CRITERIA_FITS = PLAN.studies.fits["rank_criteria"] if PLAN.criteria_cohorts else []
CRITERION = f"{RESULTS}/rank_criteria/{{cohort}}/{{method}}/{{loss}}/{{criterion}}/{{ranks}}"
CRITERIA_TABLES = expand(f"{RESULTS}/tables/rank_criteria.{{form}}", form=FORMS) if CRITERIA_FITS else []
CRITERIA_WITH_TRUTH = [name for name in PLAN.criteria_cohorts if name in WITH_TRUTH]

FIGURE_PLAN["rank_criteria"] = {
    f"rank_{criterion}_{MEASURE_OF_LOSS[loss]}": dict(
        loss=loss,
        criterion=criterion,
        cohorts=titled(PLAN.criteria_cohorts),
        threshold=MEAN_STABILITY if criterion == "stability" else None,
    )
    for criterion in config["rank_criteria"]["criteria"]
    for loss in dict.fromkeys(loss for _, loss in CRITERIA_FITS)
}


rule rank_criterion:
    input:
        unpack(
            lambda wildcards: dispersion_of(
                wildcards.cohort, PLAN.criteria_ranges[wildcards.cohort][1], [wildcards.loss]
            )
        ),
        catalogue=rules.fit.input.catalogue,
        tool=lambda wildcards: tool_ready(wildcards.method),
    output:
        values=f"{CRITERION}.values.csv",
        seconds=f"{CRITERION}.seconds.csv",
    log:
        f"{LOGS}/rank_criteria/{{cohort}}/{{method}}/{{loss}}/{{criterion}}/{{ranks}}.log",
    benchmark:
        f"{BENCHMARKS}/rank_criteria/{{cohort}}/{{method}}/{{loss}}/{{criterion}}/{{ranks}}.tsv"
    wildcard_constraints:
        method="|".join(config["rank_criteria"]["methods"]),
        loss="|".join(config["rank_criteria"]["losses"]),
        criterion="|".join(config["rank_criteria"]["criteria"]),
        ranks=r"\d+-\d+",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=lambda wildcards: code(
            "rank_criterion.py", type(build_method(wildcards.method, config["methods"][wildcards.method]))
        ),
        entry=lambda wildcards: config["methods"][wildcards.method],
        ranks=lambda wildcards: list(numbers_in(wildcards.ranks)),
        resamples=config["rank_criteria"]["resamples"],
        seed=config["seed"],
    message:
        "{wildcards.cohort}: ranks {wildcards.ranks} of {wildcards.method} ({wildcards.loss}) by {wildcards.criterion}"
    script:
        "../scripts/rank_criterion.py"


rule collect_rank_criteria:
    input:
        parts=[
            f"{RESULTS}/rank_criteria/{cohort}/{method}/{loss}/{criterion}/{ranks}.{{part}}.csv"
            for cohort in PLAN.criteria_cohorts
            for method, loss in CRITERIA_FITS
            for criterion in config["rank_criteria"]["criteria"]
            for ranks in PLAN.criteria_chunks[cohort]
        ],
    output:
        table=f"{RESULTS}/rank_criteria/{{part}}.csv",
    log:
        f"{LOGS}/rank_criteria/collect_{{part}}.log",
    benchmark:
        f"{BENCHMARKS}/rank_criteria/collect_{{part}}.tsv"
    wildcard_constraints:
        part="values|seconds",
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("collect.py"),
    message:
        "collecting the {wildcards.part} of the criteria of the rank"
    script:
        "../scripts/collect.py"


rule rank_criteria_table:
    input:
        values=f"{RESULTS}/rank_criteria/values.csv",
        seconds=f"{RESULTS}/rank_criteria/seconds.csv",
        truth=[file for cohort in CRITERIA_WITH_TRUTH for file in truth_of(cohort).values()],
    output:
        **forms("rank_criteria"),
    log:
        f"{LOGS}/rank_criteria/table.log",
    benchmark:
        f"{BENCHMARKS}/rank_criteria/table.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("rank_criteria.py"),
        with_truth=CRITERIA_WITH_TRUTH,
        cohorts=titled(PLAN.criteria_cohorts),
        methods=TITLES,
        seed=config["seed"],
    message:
        "the number of signatures by each criterion"
    script:
        "../scripts/rank_criteria.py"


rule rank_criteria:
    input:
        CRITERIA_TABLES,
        figures_of("rank_criteria"),
