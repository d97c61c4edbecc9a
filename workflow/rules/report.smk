# One page with all results of the run.
REPORT = f"{RESULTS}/report.html"
REPORTED = [
    *LONG_TABLES,
    f"{RESULTS}/tables/order.csv",
    *SIGNATURE_TABLES,
    *RANK_TABLES,
    *STUDY_TABLES,
    *CONVERGENCE_EXTRAS,
    *PAPER_TABLES,
    *VERDICTS,
    *FIGURES,
]
# Leaderboard and audit are made on demand; once they are there, they are part of the page.
if Path(f"{BOARD}/leaderboard.csv").is_file():
    REPORTED += [*rules.leaderboard_tables.output, *figures_of("leaderboard")]
if Path(rules.audit_findings.output.findings).is_file():
    REPORTED += [*rules.audit_tables.output, *figures_of("audit")]
SIMULATED_FROM = [REFERENCE if REGISTRY.cohorts[name].simulation else "cosmic_v3_3" for name in SIMULATED]
PAGE_PARTS = sorted([*(PACKAGE / "report/templates").glob("*"), *CAPTIONS.glob("*.rst")])


rule report:
    input:
        results=REPORTED,
        provenance=expand(f"{RESULTS}/data/{{cohort}}/provenance.json", cohort=PLAN.cohorts),
        catalogues=expand(f"{RESULTS}/data/{{cohort}}/catalogue.tsv", cohort=PLAN.cohorts),
        splits=expand(rules.splits.output.splits, cohort=PLAN.cohorts),
        references=sorted({file for cohort in PLAN.cohorts for file in reference_files(cohort)}),
        fits=[
            file.format(cohort=cohort, method=method, loss=loss, chunk=chunk)
            for cohort in PLAN.cohorts
            for method, loss in PLAN.groups["compare"]
            for chunk in PLAN.chunks_in("compare")
            for file in (rules.fit.output.fits, rules.fit.output.seconds)
        ],
    output:
        page=REPORT,
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
        figures={kind: named for kind, named in FIGURE_PLAN.items() if KINDS[kind].part != "demand"},
    message:
        "writing the report"
    script:
        "../scripts/report.py"
