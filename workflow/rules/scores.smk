# Scores, on demand: every method and the controls against the truth, as small result files and a board made from them alone; and the answers that the authors of MUSE-XAE published.
from aenmf.data.muse_outputs import SCENARIOS
from aenmf.data.truth import title_of
from aenmf.studies.controls import CONTROLS

SCORES = f"{RESULTS}/scores"
# What is scored → who chose the number of signatures, which the protocol says.
SCORED = {
    f"{method}-{MEASURE_OF_LOSS[loss]}": "chosen" if PLAN.methods[method].chooses_rank else "given"
    for method, loss in PLAN.groups["compare"]
} | dict.fromkeys(CONTROLS, "given")
# What result files say of every method.
SCORED_METHODS = {
    f"{method}-{MEASURE_OF_LOSS[loss]}": {
        "title": f"{TITLES[method]}, {MEASURE_OF_LOSS[loss].upper()}",
        "configuration": {"loss": loss, **config["methods"][method]},
    }
    for method, loss in PLAN.groups["compare"]
}

# The fits of all cohorts with known truth.
OF_TRUTH = [
    dict(cohort=cohort, method=method, loss=loss, chunk=chunk)
    for cohort in SIMULATED
    for method, loss in PLAN.groups["compare"]
    for chunk in PLAN.chunks_in("compare")
]


rule score_fits:
    input:
        catalogue=rules.simulate.output.catalogue,
        truth=rules.simulate.output.signatures,
        exposures=rules.simulate.output.exposures,
        splits=rules.fit.input.splits,
        fits=group_files(rules.fit.output.fits, "compare"),
        seconds=group_files(rules.fit.output.seconds, "compare"),
    output:
        [f"{SCORES}/files/{name}__{{cohort}}__{rank}-training.json" for name, rank in SCORED.items()],
    log:
        f"{LOGS}/scores/{{cohort}}.log",
    benchmark:
        f"{BENCHMARKS}/scores/{{cohort}}.tsv"
    wildcard_constraints:
        cohort="|".join(SIMULATED) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("score_fits.py"),
        combinations=PLAN.groups["compare"],
        measures=MEASURE_OF_LOSS,
        ranks=SCORED,
        methods=SCORED_METHODS,
        title=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].title,
        seed=config["seed"],
    message:
        "{wildcards.cohort}: scores against the truth"
    script:
        "../scripts/score_fits.py"


rule score_board:
    input:
        expand(rules.score_fits.output, cohort=SIMULATED),
    output:
        csv=f"{SCORES}/board.csv",
        by_cohort=f"{SCORES}/board_by_cohort.csv",
        shown=shown("scores/board"),
    log:
        f"{LOGS}/scores/board.log",
    benchmark:
        f"{BENCHMARKS}/scores/board.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("score_board.py"),
        left_out=[(TITLES[name], loss, reason) for name, loss, reason in PLAN.skipped],
        seed=config["seed"],
    message:
        "board of scores"
    script:
        "../scripts/score_board.py"


rule scores:
    input:
        rules.score_board.output,


rule coverage_tables:
    input:
        truth=expand(rules.simulate.output.signatures, cohort=SIMULATED),
        exposures=expand(rules.simulate.output.exposures, cohort=SIMULATED),
        splits=expand(rules.fit.input.splits, cohort=SIMULATED),
        fits=[rules.fit.output.fits.format(**key) for key in OF_TRUTH],
        seconds=[rules.fit.output.seconds.format(**key) for key in OF_TRUTH],
    output:
        csv=f"{SCORES}/coverage.csv",
        shown=shown("scores/coverage"),
    log:
        f"{LOGS}/scores/coverage.log",
    benchmark:
        f"{BENCHMARKS}/scores/coverage.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("interval_coverage.py"),
        combinations=PLAN.groups["compare"],
        cohorts=SIMULATED,
        titles=titled(SIMULATED),
        methods=TITLES,
    message:
        "coverage of the true exposures by intervals"
    script:
        "../scripts/interval_coverage.py"


# How often do the intervals for exposures hold the true ones?
rule coverage:
    input:
        rules.coverage_tables.output,


rule muse_outputs:
    output:
        runs=f"{SCORES}/muse_xae_runs.csv",
        csv=f"{SCORES}/muse_xae.csv",
        shown=shown("scores/muse_xae"),
    log:
        f"{LOGS}/scores/muse_xae.log",
    benchmark:
        f"{BENCHMARKS}/scores/muse_xae.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("muse_outputs.py"),
        source=REGISTRY.references["muse_xae"],
        registry=REGISTRY,
        data_dir=config["data_dir"],
        titles={name: title_of(name, REGISTRY) for name in SCENARIOS.values()},
    message:
        "scoring the published answers of MUSE-XAE"
    script:
        "../scripts/muse_outputs.py"
