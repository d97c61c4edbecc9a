"""Non-negative autoencoders against NMF for mutational signatures: what a run makes. Rules are under workflow/rules."""

from snakemake.utils import min_version

min_version("9.20")


configfile: workflow.source_path("config/config.yaml")


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/split.smk"
include: "workflow/rules/tools.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/consensus.smk"
include: "workflow/rules/match.smk"
include: "workflow/rules/signatures.smk"
include: "workflow/rules/rank.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/studies.smk"


# A study that is made on demand has a section in the configuration and a file of rules, both of its name.
for study in config:
    if (ROOT / f"workflow/rules/{study}.smk").is_file():

        include: f"workflow/rules/{study}.smk"


include: "workflow/rules/verdicts.smk"
include: "workflow/rules/leaderboard.smk"
include: "workflow/rules/forest.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/targets.smk"
include: "workflow/rules/report.smk"


onstart:
    hold()
    compile_solvers()
    write_run_info(f"{RESULTS}/run.json", config, workflow.cores)
    if config["progress"]:
        logger.addHandler(RunProgress())
        calm.started()
    for name, loss, reason in PLAN.skipped:
        logger.warning(f"left out: {name} with {loss}: {reason}")
    for name, keys in PLAN.rank_options_left_out(config["rank_selection"]["options"]).items():
        logger.warning(f"rank selection: {name} has no option {', '.join(keys)} and is fitted as configured")
    for sentence in PLAN.warnings:
        logger.warning(sentence)


onsuccess:
    release()
    calm.succeeded(ANSWERS)


onerror:
    release()
    calm.failed()


rule all:
    default_target: True
    input:
        final_output(*RUN),
        REPORT,


# Parts of a run by name: snakemake --cores 2 tables
rule tables:
    input:
        final_output("comparison", "ranks", "studies", "verdicts"),


rule figures:
    input:
        final_output("figures"),


# The choice of the number of signatures alone, to set the rank of an own cohort by.
rule ranks:
    input:
        final_output("ranks", "rank_figures"),


# The comparison of the methods without rank selection and the studies, and its page.
rule comparison:
    input:
        final_output("comparison", "comparison_figures"),
        COMPARISON_REPORT,
