# One page with all results of the run.
REPORT = f"{RESULTS}/report.html"
COMPARISON_REPORT = f"{RESULTS}/comparison.html"
ANSWERS = {page: page.replace(".html", ".txt") for page in (REPORT, COMPARISON_REPORT)}
SIMULATED_FROM = [name for cohort in SIMULATED if (name := simulated_from(REGISTRY.cohorts[cohort]))]
PAGE_PARTS = sorted([*(PACKAGE / "report/templates").glob("*"), *CAPTIONS.glob("*.rst")])

WITH_BOARD = Path(f"{BOARD}/leaderboard.csv").is_file()
WITH_AUDIT = Path(rules.audit_findings.output.findings).is_file()
ON_DEMAND = {"leaderboard": WITH_BOARD, "forest": WITH_FOREST, "audit": WITH_AUDIT}
SHOWN_FIGURES = {
    kind: named for kind, named in FIGURE_PLAN.items() if KINDS[kind].part != "demand" or ON_DEMAND.get(kind)
}

PAGE_TABLES = ["errors", "fits", "recovery", "consistency", "sparsity", "clusters", "split_matches", "order"]
PAGE_TABLES += ["matches", "optima", *(["worse_patients"] if NMF_ENTRY else [])]
STUDY_PAGE_TABLES = ["rank_choice"] if PLAN.rank_cohorts else []
STUDY_PAGE_TABLES += ["variants"] if PLAN.variant_cohorts and PLAN.variants else []
PAGE_FITS = [
    {"cohort": cohort, "method": method, "loss": loss, "chunk": chunk}
    for cohort in PLAN.cohorts
    for method, loss in PLAN.groups["compare"]
    for chunk in PLAN.chunks_in("compare")
]
# What decides the comparison has a run of its own, whose kept results are shown in a run with the paper's cancers.
KEPT_ROBUSTNESS = ROOT / "results/reference/robustness"
KEPT_STUDY = {"manifest": KEPT_ROBUSTNESS / "manifest.json", "table": KEPT_ROBUSTNESS / "tables/robustness.json"}
KEPT_STUDY |= {path.stem: path for path in sorted(KEPT_ROBUSTNESS.glob("figures/robustness_*.png"))}
SHOW_KEPT = PUBLISHED and not ROBUSTNESS_FITS and all(path.is_file() for path in KEPT_STUDY.values())
# A criterion is believed as far as its controls go: a run that chooses a number nobody knows shows them, from their kept run.
CONTROLS = ROOT / "results/reference/rank_criteria"
CONTROLS = {"manifest": CONTROLS / "manifest.json"} | {p.stem: p for p in sorted(CONTROLS.glob("figures/rank_*.png"))}
SHOW_CONTROLS = set(PLAN.criteria_cohorts) - set(CRITERIA_WITH_TRUTH) and all(
    path.is_file() for path in CONTROLS.values()
)
WITH_CRITERIA = ["rank_criteria"] if CRITERIA_TABLES else []
PAGE_FILES = page_files(
    [*PAGE_TABLES, *STUDY_PAGE_TABLES],
    [*TABLES, "optima", *WITH_CRITERIA],
    SHOWN_FIGURES,
    f"{RESULTS}/tables/verdicts.csv",
)
# The page of the comparison alone has what that target makes, and verdicts from it.
OF_STUDIES = {"theorem_conditions", "robustness"}
COMPARED_TABLES = {name: title for name, title in TABLES.items() if name not in OF_STUDIES}
COMPARED_FIGURES = {kind: named for kind, named in FIGURE_PLAN.items() if KINDS[kind].part == "comparison"}
COMPARED_FILES = page_files(
    PAGE_TABLES, [*COMPARED_TABLES, "optima"], COMPARED_FIGURES, f"{RESULTS}/tables/comparison/verdicts.csv"
)
# Leaderboard and audit, and the tables across cancers, are drawn up on demand; once they are there, they are part of the page.
if WITH_BOARD:
    PAGE_FILES["leaderboard"] = {name: f"{BOARD}/{name}.json" for name in ("leaderboard", "by_cohort")}
if SHOW_KEPT:
    PAGE_FILES["kept"] = {name: str(path) for name, path in KEPT_STUDY.items()}
if SHOW_CONTROLS:
    PAGE_FILES["controls"] = {name: str(path) for name, path in CONTROLS.items()}
if WITH_AUDIT:
    PAGE_FILES["audit"] = {f"audit-{name}": f"{AUDIT}/{name}.json" for name in sorted(AUDIT_SHOWN)}


rule report:
    input:
        **{kind: list(files.values()) for kind, files in PAGE_FILES.items()},
        published=PUBLISHED,
        # The page lists all files of the run with their checksums: the others have to be there, too.
        others=final_output(*RUN),
    output:
        page=REPORT,
        answer=ANSWERS[REPORT],
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=2000,
    params:
        code=code("report.py"),
        page=digest_of(frozenset(map(str, PAGE_PARTS))),
        methods=dict(PLAN.titles) | LOOK["titles"],
        cohorts={name: REGISTRY.cohorts[name] for name in PLAN.cohorts},
        references={
            name: REGISTRY.references[name]
            for name in dict.fromkeys([*config["references"], *SIMULATED_FROM, "pcawg"])
            if name != "pcawg" or seen_by_pcawg()
        },
        figures=SHOWN_FIGURES,
        tables=TABLES,
        files={kind: list(files) for kind, files in PAGE_FILES.items()},
        # Written as every run starts, also where nothing is left to do: as an input it would re-make the page each time.
        record=f"{RESULTS}/run.json",
        left_out=[LOGS, BENCHMARKS, *ANSWERS, *ANSWERS.values()],
    message:
        "writing the report"
    script:
        "../scripts/report.py"


use rule report as comparison_report with:
    input:
        **{kind: list(files.values()) for kind, files in COMPARED_FILES.items()},
        published=PUBLISHED,
        others=final_output("comparison", "comparison_figures"),
    output:
        page=COMPARISON_REPORT,
        answer=ANSWERS[COMPARISON_REPORT],
    log:
        f"{LOGS}/comparison_report.log",
    benchmark:
        f"{BENCHMARKS}/comparison_report.tsv"
    params:
        code=code("report.py"),
        page=digest_of(frozenset(map(str, PAGE_PARTS))),
        methods=rules.report.params.methods,
        cohorts=rules.report.params.cohorts,
        references=rules.report.params.references,
        figures=COMPARED_FIGURES,
        tables=COMPARED_TABLES,
        files={kind: list(files) for kind, files in COMPARED_FILES.items()},
        record=f"{RESULTS}/run.json",
        left_out=[LOGS, BENCHMARKS, *ANSWERS, *ANSWERS.values()],
    message:
        "writing the report of the comparison"
