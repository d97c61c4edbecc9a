# One page with all results of the run.
REPORT = f"{RESULTS}/report.html"
RUN_TABLES = [*LONG_TABLES, f"{RESULTS}/tables/order.csv", *RANK_TABLES, *STUDY_TABLES]
SIMULATED_FROM = [REFERENCE if REGISTRY.cohorts[name].simulation else "cosmic_v3_3" for name in SIMULATED]
PAGE_PARTS = sorted([*(PACKAGE / "report/templates").glob("*"), *CAPTIONS.glob("*.rst")])


def page_files():
    """The files the page shows: by kind, what each stands for -> the file. What the run has not is not among them."""

    def of_cohorts(pattern):
        return {cohort: pattern.format(cohort=cohort) for cohort in PLAN.cohorts}

    def of_fits(pattern):
        return {
            (cohort, method, loss, chunk): pattern.format(cohort=cohort, method=method, loss=loss, chunk=chunk)
            for cohort in PLAN.cohorts
            for method, loss in PLAN.groups["compare"]
            for chunk in PLAN.chunks_in("compare")
        }

    tables = ["errors", "fits", "recovery", "consistency", "sparsity", "clusters", "split_matches", "order"]
    tables += ["rank_choice"] if PLAN.rank_cohorts else []
    tables += ["variants"] if PLAN.variant_cohorts and PLAN.variants else []
    verdicts = ["verdicts"] if PAPER_COHORTS else []
    layouts = [*TABLES, *(["table3_tests"] if "table3" in TABLES else []), *verdicts]
    files = {
        "tables": {name: f"{RESULTS}/tables/{name}.csv" for name in [*tables, *verdicts]}
        | {"seconds": f"{RESULTS}/timings/seconds.csv"},
        "layouts": {name: f"{RESULTS}/tables/{name}.json" for name in layouts},
        "catalogues": of_cohorts(f"{RESULTS}/data/{{cohort}}/catalogue.tsv"),
        "provenance": of_cohorts(f"{RESULTS}/data/{{cohort}}/provenance.json"),
        "splits": of_cohorts(rules.splits.output.splits),
        "references": {
            (cohort, name): file
            for cohort in PLAN.cohorts
            for name, file in zip([*references_of(cohort), *truth_of(cohort)], reference_files(cohort))
        },
        "exposures": {
            (cohort, *pair): file.format(cohort=cohort)
            for cohort in PLAN.cohorts
            for pair, file in zip(PLAN.groups["compare"], EXPOSURES)
        },
        "fits": of_fits(rules.fit.output.fits),
        "seconds": of_fits(rules.fit.output.seconds),
        "figures": {name: f"{RESULTS}/figures/{name}.png" for named in FIGURE_PLAN.values() for name in named},
    }
    # Leaderboard and audit are made on demand; once they are there, they are part of the page.
    if Path(f"{BOARD}/leaderboard.csv").is_file():
        losses = sorted(LOSS_MEASURE, key=LOSS_MEASURE.get)
        files["leaderboard"] = {name: f"{BOARD}/{name}.json" for name in ("leaderboard", "by_cohort")}
        files["leaderboard_figures"] = {loss: f"{BOARD}/leaderboard_{LOSS_MEASURE[loss]}.png" for loss in losses}
    if Path(rules.audit_findings.output.findings).is_file():
        files["audit"] = {f"audit-{name}": f"{AUDIT}/{name}.json" for name in sorted(AUDIT_SHOWN)}
        files["audit_figures"] = {"Paired replication": rules.audit_figure.output.png}
    return files


PAGE_FILES = page_files()


rule report:
    input:
        **{kind: list(files.values()) for kind, files in PAGE_FILES.items()},
        # The page lists all files of the run with their checksums: the others have to be there, too.
        others=[*RUN_TABLES, *SIGNATURE_TABLES, *CONVERGENCE_EXTRAS, *PAPER_TABLES, *VERDICTS, *FIGURES],
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
        figures=FIGURE_PLAN,
        files={kind: list(files) for kind, files in PAGE_FILES.items()},
        folder=RESULTS,
        # Written as every run starts, also where nothing is left to do: as an input it would re-make the page each time.
        record=f"{RESULTS}/run.json",
        left_out=[LOGS, BENCHMARKS, REPORT],
    message:
        "writing the report"
    script:
        "../scripts/report.py"
