# The paper's tables, each as numbers (CSV) and as shown.
ENTRIES = [Entry(name, PLAN.methods[name].model, PLAN.titles[name]) for name in PLAN.compare]

# The tables of a run, each with its heading on the page, in the page's order.
TABLES = {"table1": "Table 1"}
if SIMULATED:
    TABLES |= {"table2": "Table 2"}
if CATALOGUES:
    TABLES |= {"table3": "Table 3", "table3_tests": "Table 3, tests", "table4": "Table 4"}
PAPER_TABLES = [
    f"{RESULTS}/tables/{table}.{form}"
    for table in TABLES
    for form in (SHOWN if table == "table3_tests" else FORMS)  # its numbers are those of Table 3
]
PAPER_TABLES += [f"{RESULTS}/tables/ratios.csv"] if len(PLAN.compare) > 1 else []
PAPER_TABLES += [f"{RESULTS}/tables/optima.{form}" for form in FORMS]  # on the page it is next to the fits' convergence


rule table1:
    output:
        **forms("table1"),
    log:
        f"{LOGS}/tables/table1.log",
    benchmark:
        f"{BENCHMARKS}/tables/table1.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("table1.py", *map(type, PLAN.methods.values())),
    message:
        "table 1: architectures"
    script:
        "../scripts/table1.py"


rule table2:
    input:
        errors=f"{RESULTS}/tables/errors.csv",
        recovery=f"{RESULTS}/tables/recovery.csv",
        consistency=f"{RESULTS}/tables/consistency.csv",
        fits=f"{RESULTS}/tables/fits.csv",
    output:
        **forms("table2"),
    log:
        f"{LOGS}/tables/table2.log",
    benchmark:
        f"{BENCHMARKS}/tables/table2.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("table2.py"),
        entries=ENTRIES,
        cohort=[REGISTRY.cohorts[name] for name in SIMULATED],
    message:
        "table 2: the simulated cohort"
    script:
        "../scripts/table2.py"


rule table3:
    input:
        errors=f"{RESULTS}/tables/errors.csv",
        fits=f"{RESULTS}/tables/fits.csv",
        splits=expand(rules.splits.output.splits, cohort=CATALOGUES),
    output:
        **forms("table3"),
        tests=shown("tables/table3_tests"),
    log:
        f"{LOGS}/tables/table3.log",
    benchmark:
        f"{BENCHMARKS}/tables/table3.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("table3.py"),
        entries=ENTRIES,
        cohorts=[REGISTRY.cohorts[name] for name in CATALOGUES],
        seed=config["seed"],
    message:
        "table 3: errors and their ratios"
    script:
        "../scripts/table3.py"


rule ratios:
    input:
        published=PUBLISHED,
        errors=f"{RESULTS}/tables/errors.csv",
        splits=expand(rules.splits.output.splits, cohort=PLAN.cohorts),
    output:
        table=f"{RESULTS}/tables/ratios.csv",
    log:
        f"{LOGS}/tables/ratios.log",
    benchmark:
        f"{BENCHMARKS}/tables/ratios.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("ratios.py"),
        entries=ENTRIES,
        cohorts=PLAN.cohorts,
    message:
        "ratios of errors with intervals for new patients"
    script:
        "../scripts/ratios.py"


rule side_by_side:
    input:
        **seen_by_pcawg(),
        consensus=f"{RESULTS}/tables/consensus.csv",
        matches=f"{RESULTS}/tables/matches.csv",
    output:
        table=f"{RESULTS}/tables/side_by_side.csv",
    log:
        f"{LOGS}/tables/side_by_side.log",
    benchmark:
        f"{BENCHMARKS}/tables/side_by_side.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("side_by_side.py"),
        entries=ENTRIES,
        cohorts=[REGISTRY.cohorts[name] for name in PLAN.cohorts],
        losses=list(PLAN.losses),
    message:
        "consensus signatures side by side with their matches"
    script:
        "../scripts/side_by_side.py"


rule table4:
    input:
        table=rules.side_by_side.output.table,
    output:
        **forms("table4"),
        summary=f"{RESULTS}/tables/table4_summary.csv",
    log:
        f"{LOGS}/tables/table4.log",
    benchmark:
        f"{BENCHMARKS}/tables/table4.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("table4.py"),
        cohorts=[REGISTRY.cohorts[name] for name in CATALOGUES],
        loss="frobenius" if "frobenius" in PLAN.losses else PLAN.losses[0],
    message:
        "table 4: consensus signatures and their matches"
    script:
        "../scripts/table4.py"


rule table_optima:
    input:
        **best_known(),
        fits=f"{RESULTS}/tables/fits.csv",
        catalogues=expand(rules.fit.input.catalogue, cohort=PLAN.cohorts),
        splits=expand(rules.fit.input.splits, cohort=PLAN.cohorts),
    output:
        **forms("optima"),
    log:
        f"{LOGS}/tables/optima.log",
    benchmark:
        f"{BENCHMARKS}/tables/optima.tsv"
    conda:
        "../../envs/environment.yaml"
    params:
        code=code("table_optima.py"),
        entries=ENTRIES,
        cohorts=[REGISTRY.cohorts[name] for name in PLAN.cohorts],
    message:
        "whether the fits are at the lowest loss"
    script:
        "../scripts/table_optima.py"
