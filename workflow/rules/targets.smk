# What a run makes, by parts; the page shows them all. What runs on demand has a target of its own in the file of its study.
PARTS = {
    "comparison": [*LONG_TABLES, f"{RESULTS}/tables/order.csv", *SIGNATURE_TABLES, *PAPER_TABLES],
    "ranks": [*RANK_TABLES, *CRITERIA_TABLES],
    "studies": STUDY_TABLES,
    "convergence": CONVERGENCE_EXTRAS,
    "optima": OPTIMA_TABLES,
    "verdicts": VERDICTS,
    "figures": FIGURES,
    "comparison_figures": COMPARISON_FIGURES,
    "rank_figures": RANK_FIGURES,
}

RUN = ("comparison", "ranks", "studies", "convergence", "optima", "verdicts", "figures")


def final_output(*parts):
    """The files of some parts of a run."""
    return [file for part in parts for file in PARTS[part]]
