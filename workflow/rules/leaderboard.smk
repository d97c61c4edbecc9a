# Leaderboard, on demand: every method of the comparison by recovery of the truth, errors and speed, with mean ranks.
BOARD = f"{RESULTS}/leaderboard"
FIGURE_PLAN["leaderboard"] = {
    f"leaderboard_{MEASURE_OF_LOSS[loss]}": dict(loss=loss, methods=list(PLAN.compare), cohorts=titled(PLAN.cohorts))
    for loss in PLAN.losses
}


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
        spread=f"{BOARD}/spread.csv",
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


rule leaderboard:
    input:
        rules.leaderboard_tables.output,
        figures_of("leaderboard"),
