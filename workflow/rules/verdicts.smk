# A verdict on every claim of the paper, in runs with a cohort of the paper.
OPTIONAL_TABLES = {"proof_of_concept": f"{RESULTS}/tables/proof_of_concept.csv"}
if CRITERIA_TABLES:
    OPTIONAL_TABLES["ranks"] = f"{RESULTS}/tables/rank_criteria.csv"
    CONTROLS = (
        ROOT / "results/reference/rank_criteria/tables/rank_criteria.csv"
    )  # controls that are no cohorts of this run
    OPTIONAL_TABLES |= {"controls": str(CONTROLS)} if CONTROLS.is_file() else {}
if f"{RESULTS}/tables/variants.csv" in STUDY_TABLES:
    OPTIONAL_TABLES["variants"] = f"{RESULTS}/tables/variants.csv"
if "theorem" in TABLES:
    OPTIONAL_TABLES["theorem"] = f"{RESULTS}/tables/theorem.csv"
if config["scaling"]["exponents"]:
    OPTIONAL_TABLES["scaling"] = config["scaling"]["exponents"]
    TIMES = Path(config["scaling"]["exponents"]).with_name("times.csv")  # the seconds that the exponents are of
    OPTIONAL_TABLES |= {"times": str(TIMES)} if TIMES.is_file() else {}
VERDICT_TABLES = ["verdicts", "verdict_parts", "verdicts_unchecked"]
VERDICTS = [
    f"{RESULTS}/tables/{table}.{form}"
    for table in VERDICT_TABLES
    for form in (FORMS if table == "verdicts" else SHOWN)  # the numbers of all three
    if PAPER_COHORTS
]


rule verdicts:
    input:
        **OPTIONAL_TABLES,
        claims=ROOT / "config/paper_claims.yaml",
        errors=f"{RESULTS}/tables/errors.csv",
        consistency=f"{RESULTS}/tables/consistency.csv",
        recovery=f"{RESULTS}/tables/recovery.csv",
        matches=f"{RESULTS}/tables/matches.csv",
        split_matches=f"{RESULTS}/tables/split_matches.csv",
        architectures=f"{RESULTS}/tables/table1.csv",
        side_by_side=rules.side_by_side.output.table,
        splits=expand(rules.splits.output.splits, cohort=PLAN.cohorts),
    output:
        **forms("verdicts"),
        parts=shown("tables/verdict_parts"),
        unchecked=shown("tables/verdicts_unchecked"),
    log:
        f"{LOGS}/verdicts.log",
    benchmark:
        f"{BENCHMARKS}/verdicts.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("verdicts.py", SCHEMAS / "claims.schema.yaml"),
        entries=ENTRIES,
        cohorts=[REGISTRY.cohorts[name] for name in PLAN.cohorts],
    message:
        "verdicts on the paper's claims"
    script:
        "../scripts/verdicts.py"


# The same for the comparison alone, which waits for none of the studies.
use rule verdicts as verdicts_of_comparison with:
    input:
        **{name: OPTIONAL_TABLES[name] for name in ("theorem", "scaling", "times") if name in OPTIONAL_TABLES},
        claims=ROOT / "config/paper_claims.yaml",
        errors=f"{RESULTS}/tables/errors.csv",
        consistency=f"{RESULTS}/tables/consistency.csv",
        recovery=f"{RESULTS}/tables/recovery.csv",
        matches=f"{RESULTS}/tables/matches.csv",
        split_matches=f"{RESULTS}/tables/split_matches.csv",
        architectures=f"{RESULTS}/tables/table1.csv",
        side_by_side=rules.side_by_side.output.table,
        splits=expand(rules.splits.output.splits, cohort=PLAN.cohorts),
    output:
        csv=f"{RESULTS}/tables/comparison/verdicts.csv",
        shown=shown("tables/comparison/verdicts"),
        parts=shown("tables/comparison/verdict_parts"),
        unchecked=shown("tables/comparison/verdicts_unchecked"),
    log:
        f"{LOGS}/verdicts_of_comparison.log",
    benchmark:
        f"{BENCHMARKS}/verdicts_of_comparison.tsv"
