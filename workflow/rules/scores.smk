# Scores, on demand: every method and the controls against the truth, as small result files and a board made from them alone; and the answers that the authors of MUSE-XAE published.
from aenmf.data.muse_outputs import RESULTS as MUSE_RESULTS
from aenmf.data.muse_outputs import SCENARIOS
from aenmf.data.truth import title_of
from aenmf.studies.controls import CONTROLS

SCORES = f"{RESULTS}/scores"
PROTOCOLS = config["scores"]["protocols"]
CHOICE = config["scores"]["choice"]
# Numbers of what is fitted: seeds of the whole cohort, or splits.
NUMBERS = {"full": config["scores"]["seeds"], "splits": list(range(config["n_splits"]))}
# The comparison has these fits already.
OF_COMPARISON = "given-splits"
LOSS_OF_MEASURE = {measure: loss for loss, measure in MEASURE_OF_LOSS.items()}
FIGURE_PLAN["scores"] = {
    f"board_{'_'.join(reversed(of.split('-')))}": dict(protocol=of) for of in (PROTOCOLS if SIMULATED else ())
}

# The fits of all cohorts with known truth.
OF_TRUTH = [
    dict(cohort=cohort, method=method, loss=loss, chunk=chunk)
    for cohort in SIMULATED
    for method, loss in PLAN.groups["compare"]
    for chunk in PLAN.chunks_in("compare")
]


SCORED = [
    f"{SCORES}/files/{method}-{MEASURE_OF_LOSS[loss]}__{cohort}__{protocol}.json"
    for method, loss in PLAN.groups["compare"]
    for cohort in SIMULATED
    for protocol in protocols_of(method)
]
# Results of the run's cohorts that others have submitted.
SUBMITTED = sorted(
    str(path) for path in (ROOT / "results/submissions").glob("*__*__*.json") if path.name.split("__")[1] in SIMULATED
)
CONTROLLED = list(dict.fromkeys(of for method in PLAN.compare for of in protocols_of(method)))


rule score_rank:
    input:
        unpack(lambda wildcards: splits_of(wildcards.patients)),
        catalogue=rules.simulate.output.catalogue,
    output:
        ranks=f"{SCORES}/ranks/{{cohort}}/{{patients}}.csv",
    log:
        f"{LOGS}/scores/ranks/{{cohort}}/{{patients}}.log",
    benchmark:
        f"{BENCHMARKS}/scores/ranks/{{cohort}}/{{patients}}.tsv"
    wildcard_constraints:
        cohort="|".join(SIMULATED) or "(?!)",
        patients="full|splits",
    priority: 50
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("score_rank.py", type(build_method(CHOICE["method"], config["methods"][CHOICE["method"]]))),
        how=CHOICE,
        entry=config["methods"][CHOICE["method"]],
        numbers=lambda wildcards: NUMBERS[wildcards.patients],
        seed=config["seed"],
    message:
        "{wildcards.cohort}: choosing the number of signatures, {wildcards.patients}"
    script:
        "../scripts/score_rank.py"


rule score_fit:
    input:
        unpack(known_to),
        catalogue=rules.simulate.output.catalogue,
        tool=lambda wildcards: tool_ready(wildcards.method),
    output:
        answers=f"{SCORES}/fits/{{cohort}}/{{method}}/{{loss}}/{{rank}}-{{patients}}.npz",
    log:
        f"{LOGS}/scores/fits/{{cohort}}/{{method}}/{{loss}}/{{rank}}-{{patients}}.log",
    benchmark:
        f"{BENCHMARKS}/scores/fits/{{cohort}}/{{method}}/{{loss}}/{{rank}}-{{patients}}.tsv"
    wildcard_constraints:
        cohort="|".join(SIMULATED) or "(?!)",
        rank="given|chosen",
        patients="full|splits",
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: PLAN.methods[wildcards.method].threads
    resources:
        mem_mb=2000,
    params:
        code=lambda wildcards: method_code("score_fit.py", PLAN.methods[wildcards.method]),
        entry=lambda wildcards: config["methods"][wildcards.method],
        rank=lambda wildcards: REGISTRY.cohorts[wildcards.cohort].rank,
        highest=CHOICE["highest"],
        dispersion=config["dispersion"],
        numbers=lambda wildcards: NUMBERS[wildcards.patients],
        seed=config["seed"],
    message:
        "{wildcards.cohort}: fitting {wildcards.method} ({wildcards.loss}), K {wildcards.rank}, {wildcards.patients}"
    script:
        "../scripts/score_fit.py"


rule score_method:
    input:
        unpack(answers_of),
        catalogue=rules.simulate.output.catalogue,
        truth=rules.simulate.output.signatures,
        exposures=rules.simulate.output.exposures,
    output:
        f"{SCORES}/files/{{method}}-{{measure}}__{{cohort}}__{{rank}}-{{patients}}.json",
    log:
        f"{LOGS}/scores/{{cohort}}/{{method}}-{{measure}}-{{rank}}-{{patients}}.log",
    benchmark:
        f"{BENCHMARKS}/scores/{{cohort}}/{{method}}-{{measure}}-{{rank}}-{{patients}}.tsv"
    wildcard_constraints:
        cohort="|".join(SIMULATED) or "(?!)",
        rank="given|chosen",
        patients="full|splits",
        measure="|".join(LOSS_OF_MEASURE),
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("score_method.py"),
        method=lambda wildcards: {
            "name": f"{wildcards.method}-{wildcards.measure}",
            "title": f"{TITLES[wildcards.method]}, {wildcards.measure.upper()}",
            "autoencoder": PLAN.methods[wildcards.method].architecture.is_network,
            "configuration": {"loss": LOSS_OF_MEASURE[wildcards.measure], **config["methods"][wildcards.method]},
        },
        chooses=lambda wildcards: PLAN.methods[wildcards.method].chooses_rank,
        criterion=f"{CHOICE['criterion']} of {CHOICE['method']}",
        cohort=lambda wildcards: {"name": wildcards.cohort, "title": REGISTRY.cohorts[wildcards.cohort].title},
    message:
        "{wildcards.cohort}: scoring {wildcards.method} ({wildcards.measure}) against the truth"
    script:
        "../scripts/score_method.py"


rule score_controls:
    input:
        splits=f"{RESULTS}/splits/{{cohort}}.tsv" if any("splits" in of for of in CONTROLLED) else [],
        catalogue=rules.simulate.output.catalogue,
        truth=rules.simulate.output.signatures,
        exposures=rules.simulate.output.exposures,
    output:
        [f"{SCORES}/files/{name}__{{cohort}}__{protocol}.json" for protocol in CONTROLLED for name in CONTROLS],
    log:
        f"{LOGS}/scores/{{cohort}}/controls.log",
    benchmark:
        f"{BENCHMARKS}/scores/{{cohort}}/controls.tsv"
    wildcard_constraints:
        cohort="|".join(SIMULATED) or "(?!)",
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("score_controls.py"),
        protocols=CONTROLLED,
        numbers={part: NUMBERS[part] for part in NUMBERS if any(part in protocol for protocol in CONTROLLED)},
        cohort=lambda wildcards: {"name": wildcards.cohort, "title": REGISTRY.cohorts[wildcards.cohort].title},
        seed=config["seed"],
    message:
        "{wildcards.cohort}: scores of the controls"
    script:
        "../scripts/score_controls.py"


rule score_board:
    input:
        SCORED,
        expand(rules.score_controls.output, cohort=SIMULATED),
        submitted=SUBMITTED,
    output:
        csv=f"{SCORES}/board.csv",
        by_cohort=f"{SCORES}/board_by_cohort.csv",
        # Clocks differ from run to run: costs have a file of their own.
        costs=f"{SCORES}/costs.csv",
        controls=f"{SCORES}/controls.csv",
        baseline=f"{SCORES}/baseline.csv",
        optimum=f"{SCORES}/optimum.csv",
        shown=shown("scores/board"),
        controls_shown=shown("scores/controls"),
        baseline_shown=shown("scores/baseline"),
        optimum_shown=shown("scores/optimum"),
        parts_shown=shown("scores/parts"),
    log:
        f"{LOGS}/scores/board.log",
    benchmark:
        f"{BENCHMARKS}/scores/board.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("score_board.py"),
        titles={name: title_of(name, REGISTRY) for name in REGISTRY.cohorts},
        left_out=[(TITLES[name], loss, reason) for name, loss, reason in PLAN.skipped],
        seed=config["seed"],
    message:
        "board of scores"
    script:
        "../scripts/score_board.py"


rule scores:
    input:
        SCORED,
        rules.score_board.output,
        figures_of("scores"),


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


# On the next board they are among the methods.
rule muse_results:
    output:
        [f"{SCORES}/files/{name}__{cohort}__chosen-full.json" for cohort in SCENARIOS.values() for name in MUSE_RESULTS],
    log:
        f"{LOGS}/scores/muse_results.log",
    benchmark:
        f"{BENCHMARKS}/scores/muse_results.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("muse_results.py"),
        source=REGISTRY.references["muse_xae"],
        registry=REGISTRY,
        data_dir=config["data_dir"],
        titles={name: title_of(name, REGISTRY) for name in SCENARIOS.values()},
    message:
        "the published answers of MUSE-XAE as files of results"
    script:
        "../scripts/muse_results.py"
