# All figures. One rule and one job per kind of figure, as starting to draw takes longer than drawing most of them; FIGURE_PLAN
# says which figures of each kind a run has.
LOOK = {
    "models": {name: entry["model"] for name, entry in config["methods"].items()},
    "titles": TITLES,
}
NMF_AND_AE = [name for name in (PLAN.entry_of("nmf"), PLAN.entry_of("aenmf")) if name]
CONVEX_AND_AE = [name for name in (PLAN.entry_of("cnmf"), PLAN.entry_of("aenmf")) if name]


def figure_plan():
    """The figures of the comparison and of the studies that are part of a run."""
    plan = {kind: {} for kind in KINDS if kind not in FIGURE_PLAN}
    if PAPER_COHORTS:
        plan["schematic"]["figure1_schematic"] = {}
    if len(PLAN.compare) > 1:
        plan["ratios"]["ratios"] = dict(
            losses={loss: MEASURE_OF_LOSS[loss] for loss in PLAN.losses},
            methods=list(PLAN.compare),
            cohorts=titled([*CATALOGUES, *SIMULATED]),
        )
    for loss in PLAN.losses:
        measure, methods = MEASURE_OF_LOSS[loss], PLAN.methods_with(loss)
        common = dict(loss=loss, measure=measure)
        if CATALOGUES:
            main = [name for name in NMF_AND_AE if name in methods] or methods
            convex = [name for name in CONVEX_AND_AE if name in methods]
            paper = "figure2" if measure == "mse" else "figureS5"
            here = dict(common, cohorts=titled(CATALOGUES))
            plan["errors"][f"{paper}_errors_{measure}"] = dict(here, methods=main)
            plan["errors"][f"errors_all_methods_{measure}"] = dict(here, methods=methods)
            if len(convex) > 1:
                plan["errors"][f"figureS6_errors_convex_{measure}"] = dict(here, methods=convex)
            paper = "figure3" if measure == "mse" else "figureS9"
            plan["pca"][f"{paper}_signatures_{measure}"] = dict(here, methods=methods)
            plan["consistency"][f"figureS7_consistency_{measure}"] = dict(here, methods=methods)
            if measure == "mse":
                plan["consistency"]["figure4_consistency_mse"] = dict(here, methods=main)
        if SIMULATED:
            here = dict(common, cohorts=titled(SIMULATED), methods=methods)
            plan["errors"][f"figureS2_errors_simulated_{measure}"] = here
            plan["pca"][f"signatures_simulated_{measure}"] = here
            plan["consistency"][f"consistency_simulated_{measure}"] = here
        side = [name for name in NMF_AND_AE if name in methods] or methods[:2]
        for cohort in PLAN.cohorts:
            for method in methods:
                here = dict(common, cohorts=titled([cohort]), methods=[method])
                # Across a page for signatures that are worth publishing; of simulated ones, side by side will do.
                if cohort not in SIMULATED or method not in side or len(methods) == 1:
                    plan["profiles"][f"profiles/{cohort}_{method}_{measure}"] = here
                if references_of(cohort):
                    plan["tiles"][f"figureS10_matches/{cohort}_{method}_{measure}"] = dict(
                        here, reference=next(iter(references_of(cohort)))
                    )
            if len(methods) > 1:
                plan["profiles"][f"profiles/{cohort}_side_by_side_{measure}"] = dict(
                    common, cohorts=titled([cohort]), methods=side
                )
        here = dict(common, methods=methods)
        if PAPER_COHORTS:
            plan["proof"][f"figureS1_proof_of_concept_{measure}"] = here
        if [pair for pair in CONVEX if pair[1] == loss]:
            convex = [name for name, of_loss in CONVEX if of_loss == loss]
            plan["sparsity"][f"sparsity_{measure}"] = dict(loss=loss, methods=convex, cohorts=titled(PLAN.cohorts))
        if PLAN.rank_cohorts:
            ranked = dict(here, cohorts=titled(PLAN.rank_cohorts))
            plan["rank"][f"figureS3_rank_{measure}"] = ranked
            plan["rank_seconds"][f"figureS4_rank_seconds_{measure}"] = ranked
        variants = [name for name, of_loss in PLAN.supported(PLAN.variants) if of_loss == loss]
        if PLAN.variant_cohorts and variants:
            plan["variants"][f"tableS1_variants_{measure}"] = dict(
                common,
                methods=variants,
                entries={name: config["methods"][name] for name in variants},
                cohorts=titled(PLAN.variant_cohorts),
            )
        solvers = [name for name, of_loss in PLAN.supported(PLAN.convergence) if of_loss == loss]
        if PLAN.convergence_cohorts and solvers:
            cohorts = titled(PLAN.convergence_cohorts)
            plan["convergence"][f"convergence_{measure}"] = dict(loss=loss, methods=solvers, cohorts=cohorts)
    for cohort in WITH_TRUTH:
        for loss in PLAN.losses:
            plan["recovered"][f"recovered_{cohort}_{MEASURE_OF_LOSS[loss]}"] = dict(
                loss=loss, cohorts=titled([cohort]), methods=PLAN.methods_with(loss)[:3]
            )
    return plan


FIGURE_PLAN |= figure_plan()
FIGURES = figures_of(*(name for name, kind in KINDS.items() if kind.part != "demand"))
COMPARISON_FIGURES = figures_of(*(name for name, kind in KINDS.items() if kind.part == "comparison"))
RANK_FIGURES = figures_of(*(name for name, kind in KINDS.items() if kind.section == "rank"))


def tables_of(kind):
    """The tables that the figures of a kind are drawn from: argument of the drawing function → a file for each figure."""
    cohorts = [next(iter(settings.get("cohorts", ())), None) for settings in FIGURE_PLAN[kind].values()]
    return {
        name: [f"{RESULTS}/{path.format(cohort=cohort)}" for cohort in cohorts]
        for name, path in KINDS[kind].reads.items()
    }


def files_of(kind, form):
    """The files of all figures of a kind in one format."""
    return [f"{RESULTS}/{KINDS[kind].folder}/{figure}.{form}" for figure in FIGURE_PLAN[kind]]


for kind, figures in FIGURE_PLAN.items():
    if figures:

        rule:
            name:
                f"figure_{kind}"
            input:
                **tables_of(kind),
            output:
                png=[
                    report(
                        file,
                        caption="../aenmf/captions/figure.rst",
                        category="Figures" if KINDS[kind].folder == "figures" else "Studies",
                        subcategory=kind,
                    )
                    for file in files_of(kind, "png")
                ],
                pdf=files_of(kind, "pdf"),
            log:
                f"{LOGS}/figures/{kind}.log",
            benchmark:
                f"{BENCHMARKS}/figures/{kind}.tsv"
            conda:
                "../../envs/environment.yaml"
            params:
                code=code("figures.py", KINDS[kind].source),
                draw=KINDS[kind].draw,
                takes=KINDS[kind].takes,
                question=KINDS[kind].question,
                figures=figures,
                look=LOOK,
                # Snakemake does not compare parameters that depend on outputs: a reworded caption draws no figure again.
                caption=lambda wildcards, output, kind=kind: KINDS[kind].caption,
            message:
                f"drawing {kind}: {len(figures)} figures"
            script:
                "../scripts/figures.py"
