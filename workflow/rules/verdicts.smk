# A verdict on every number and claim of the paper, in runs with a cohort of the paper.
OPTIONAL_TABLES = {"proof_of_concept": f"{RESULTS}/tables/proof_of_concept.csv"}
if PLAN.rank_cohorts:
    OPTIONAL_TABLES["ranks"] = f"{RESULTS}/tables/rank_choice.csv"
if config["scaling"]["exponents"]:
    OPTIONAL_TABLES["scaling"] = config["scaling"]["exponents"]
VERDICTS = expand(f"{RESULTS}/tables/verdicts.{{form}}", form=FORMS) if PAPER_COHORTS else []


rule verdicts:
    input:
        **OPTIONAL_TABLES,
        claims=ROOT / "config/paper_claims.yaml",
        errors=f"{RESULTS}/tables/errors.csv",
        consistency=f"{RESULTS}/tables/consistency.csv",
        recovery=f"{RESULTS}/tables/recovery.csv",
        matches=f"{RESULTS}/tables/matches.csv",
        side_by_side=rules.side_by_side.output.table,
        splits=expand(rules.splits.output.splits, cohort=PLAN.cohorts),
    output:
        **forms("verdicts"),
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
        seed=config["seed"],
    message:
        "verdicts on the paper's claims"
    script:
        "../scripts/verdicts.py"
