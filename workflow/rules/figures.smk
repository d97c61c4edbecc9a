# The paper's figures. One rule per kind of figure, a job per figure; FIGURE_PLAN says which figures of each kind a run has.
LOSS_MEASURE = {loss: MEASURE_OF_LOSS[loss] for loss in PLAN.losses}
LOOK = {
    "models": {name: entry["model"] for name, entry in config["methods"].items()},
    "titles": {name: entry.get("title", name) for name, entry in config["methods"].items()},
    "cohorts": {name: REGISTRY.cohorts[name].title for name in PLAN.cohorts},
}
NMF_AND_AE = [name for name in (PLAN.entry_of("nmf"), PLAN.entry_of("aenmf")) if name]
CONVEX_AND_AE = [name for name in (PLAN.entry_of("cnmf"), PLAN.entry_of("aenmf")) if name]


def figure_plan():
    """Figure name -> parameters, by kind of figure."""
    plan = {kind: {} for kind in FIGURE_INPUTS}
    if PAPER_COHORTS:
        plan["schematic"]["figure1_schematic"] = {}
    for loss, measure in LOSS_MEASURE.items():
        methods = PLAN.methods_with(loss)
        common = dict(loss=loss, measure=measure)
        if CATALOGUES:
            main = [name for name in NMF_AND_AE if name in methods] or methods
            convex = [name for name in CONVEX_AND_AE if name in methods]
            paper = "figure2" if measure == "mse" else "figureS5"
            here = dict(common, cohorts=CATALOGUES)
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
            here = dict(common, cohorts=SIMULATED, methods=methods)
            plan["errors"][f"figureS2_errors_simulated_{measure}"] = here
            plan["pca"][f"signatures_simulated_{measure}"] = here
            plan["consistency"][f"consistency_simulated_{measure}"] = here
        for cohort in PLAN.cohorts:
            for method in methods:
                here = dict(common, cohorts=[cohort], methods=[method])
                plan["profiles"][f"profiles/{cohort}_{method}_{measure}"] = here
                if references_of(cohort):
                    plan["tiles"][f"figureS10_matches/{cohort}_{method}_{measure}"] = dict(
                        here, reference=next(iter(references_of(cohort)))
                    )
            if len(methods) > 1:
                side = [name for name in NMF_AND_AE if name in methods] or methods[:2]
                plan["profiles"][f"profiles/{cohort}_side_by_side_{measure}"] = dict(
                    common, cohorts=[cohort], methods=side
                )
        here = dict(common, methods=methods)
        if PAPER_COHORTS:
            plan["proof"][f"figureS1_proof_of_concept_{measure}"] = here
        if [pair for pair in CONVEX if pair[1] == loss]:
            convex = [name for name, of_loss in CONVEX if of_loss == loss]
            plan["sparsity"][f"sparsity_{measure}"] = dict(loss=loss, methods=convex, cohorts=list(PLAN.cohorts))
        if PLAN.rank_cohorts:
            ranked = dict(here, cohorts=list(PLAN.rank_cohorts))
            plan["rank"][f"figureS3_rank_{measure}"] = ranked
            plan["rank_seconds"][f"figureS4_rank_seconds_{measure}"] = ranked
        variants = [name for name, of_loss in PLAN.supported(PLAN.variants) if of_loss == loss]
        if PLAN.variant_cohorts and variants:
            cohorts = list(PLAN.variant_cohorts)
            plan["variants"][f"tableS1_variants_{measure}"] = dict(common, methods=variants, cohorts=cohorts)
        solvers = [name for name, of_loss in PLAN.supported(PLAN.convergence) if of_loss == loss]
        if PLAN.convergence_cohorts and solvers:
            cohorts = list(PLAN.convergence_cohorts)
            plan["convergence"][f"convergence_{measure}"] = dict(loss=loss, methods=solvers, cohorts=cohorts)
    for cohort in WITH_TRUTH:
        for loss, measure in LOSS_MEASURE.items():
            methods = PLAN.methods_with(loss)[:3]
            plan["recovered"][f"recovered_{cohort}_{measure}"] = dict(loss=loss, cohorts=[cohort], methods=methods)
    return plan


FIGURE_INPUTS = {
    "schematic": {},
    "errors": {"errors": f"{RESULTS}/tables/errors.csv"},
    "consistency": {"consistency": f"{RESULTS}/tables/consistency.csv"},
    "pca": {
        "projection": f"{RESULTS}/tables/projection.csv",
        "explained": f"{RESULTS}/tables/explained.csv",
        "clusters": f"{RESULTS}/tables/clusters.csv",
        "order": f"{RESULTS}/tables/order.csv",
    },
    "profiles": {
        "consensus": f"{RESULTS}/tables/consensus.csv",
        "matches": f"{RESULTS}/tables/matches.csv",
        "order": f"{RESULTS}/tables/order.csv",
    },
    "recovered": {
        "truth": [f"{RESULTS}/data/{cohort}/truth_signatures.tsv" for cohort in WITH_TRUTH],
        "consensus": f"{RESULTS}/tables/consensus.csv",
        "matches": f"{RESULTS}/tables/matches.csv",
    },
    "proof": {"table": f"{RESULTS}/tables/proof_of_concept.csv"},
    "sparsity": {"table": f"{RESULTS}/tables/sparsity.csv"},
    "rank": {"rank": f"{RESULTS}/tables/rank.csv", "choice": f"{RESULTS}/tables/rank_choice.csv"},
    "rank_seconds": {"seconds": f"{RESULTS}/rank/seconds.csv"},
    "variants": {"errors": f"{RESULTS}/tables/variants.csv"},
    "convergence": {"curves": f"{RESULTS}/timings/convergence.csv"},
    "tiles": {
        "split_matches": f"{RESULTS}/tables/split_matches.csv",
        "clusters": f"{RESULTS}/tables/clusters.csv",
        "order": f"{RESULTS}/tables/order.csv",
    },
}
FIGURE_PLAN = figure_plan()
FORMATS = ("png", "pdf")
OF_STUDIES = ("rank", "rank_seconds", "variants", "convergence", "proof")


def figures_of(kinds):
    """The files of the run's figures of some kinds."""
    named = [name for kind in kinds for name in FIGURE_PLAN[kind]]
    return [f"{RESULTS}/figures/{name}.{form}" for name in named for form in FORMATS]


FIGURES = figures_of(FIGURE_PLAN)
COMPARISON_FIGURES = figures_of(kind for kind in FIGURE_PLAN if kind not in OF_STUDIES)
RANK_FIGURES = figures_of(["rank", "rank_seconds"])

for kind, figures in FIGURE_PLAN.items():
    if figures:

        rule:
            name:
                f"figure_{kind}"
            input:
                **FIGURE_INPUTS[kind],
            output:
                report(
                    f"{RESULTS}/figures/{{figure}}.png",
                    caption=f"../aenmf/captions/{kind}.rst",
                    category="Figures",
                    subcategory=kind,
                ),
                f"{RESULTS}/figures/{{figure}}.pdf",
            log:
                f"{LOGS}/figures/{{figure}}.log",
            benchmark:
                f"{BENCHMARKS}/figures/{{figure}}.tsv"
            wildcard_constraints:
                figure="|".join(figures),
            conda:
                "../../envs/environment.yaml"
            params:
                code=code(f"figure_{kind}.py"),
                kind=kind,
                look=LOOK,
                figures=lambda wildcards, figures=figures: {wildcards.figure: figures[wildcards.figure]},
            message:
                "drawing {wildcards.figure}"
            script:
                "../scripts/figure_{params.kind}.py"
