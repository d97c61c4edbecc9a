# Leaderboard, on demand: every method of the comparison by recovery of the truth, errors and speed, with mean ranks.
BOARD = f"{RESULTS}/leaderboard"
BOARD_FIGURES = expand(f"{BOARD}/leaderboard_{{measure}}.{{form}}", measure=LOSS_MEASURE.values(), form=FORMATS)


rule leaderboard_tables:
    input:
        errors=f"{RESULTS}/tables/errors.csv",
        recovery=f"{RESULTS}/tables/recovery.csv",
        fits=f"{RESULTS}/tables/fits.csv",
        matches=f"{RESULTS}/tables/matches.csv",
        seconds=f"{RESULTS}/timings/seconds.csv",
        truth=[file for cohort in PLAN.cohorts for file in truth_of(cohort).values()],
    output:
        # Clocks differ from run to run: seconds are in a file of their own, and in what is shown, not in the other tables.
        csv=f"{BOARD}/leaderboard.csv",
        by_cohort=f"{BOARD}/by_cohort.csv",
        seconds=f"{BOARD}/seconds.csv",
        shown=shown("leaderboard/leaderboard"),
        by_cohort_shown=shown("leaderboard/by_cohort"),
    log:
        f"{LOGS}/leaderboard/tables.log",
    benchmark:
        f"{BENCHMARKS}/leaderboard/tables.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("leaderboard.py"),
        entries=ENTRIES,
        titles={name: REGISTRY.cohorts[name].title for name in PLAN.cohorts},
    message:
        "leaderboard of all methods"
    script:
        "../scripts/leaderboard.py"


rule figure_leaderboard:
    input:
        by_cohort=rules.leaderboard_tables.output.by_cohort,
        seconds=rules.leaderboard_tables.output.seconds,
    output:
        png=f"{BOARD}/leaderboard_{{measure}}.png",
        pdf=f"{BOARD}/leaderboard_{{measure}}.pdf",
    log:
        f"{LOGS}/leaderboard/figure_{{measure}}.log",
    benchmark:
        f"{BENCHMARKS}/leaderboard/figure_{{measure}}.tsv"
    wildcard_constraints:
        measure="|".join(LOSS_MEASURE.values()),
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("figure_leaderboard.py"),
        look=LOOK,
        loss=lambda wildcards: {measure: loss for loss, measure in LOSS_MEASURE.items()}[wildcards.measure],
        methods=list(PLAN.compare),
        cohorts=list(PLAN.cohorts),
    message:
        "drawing leaderboard_{wildcards.measure}"
    script:
        "../scripts/figure_leaderboard.py"


rule leaderboard:
    input:
        rules.leaderboard_tables.output,
        BOARD_FIGURES,
