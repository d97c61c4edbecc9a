# The paper's tables, each as numbers (CSV) and as shown (Markdown, LaTeX).
ENTRIES = [Entry(name, PLAN.methods[name].model, PLAN.titles[name]) for name in PLAN.compare]
CATALOGUES = [name for name in PLAN.cohorts if name not in SIMULATED]
TABLES = ["table1", *(["table2"] if SIMULATED else []), *(["table3", "table4"] if CATALOGUES else [])]
FORMS = ("csv", "md", "tex")
PAPER_TABLES = expand(f"{RESULTS}/tables/{{table}}.{{form}}", table=TABLES, form=FORMS)


def forms(table):
    """The files of a table by their form."""
    return {form: f"{RESULTS}/tables/{table}.{form}" for form in FORMS}


def seen_by_pcawg():
    """The PCAWG attributions, where a cohort has a cancer type that PCAWG knows."""
    needed = any(REGISTRY.cohorts[name].pcawg for name in CATALOGUES)
    return {"attributions": rules.attributions.output.table} if needed else {}


rule table1:
    message:
        "table 1: architectures"
    input:
        code=code("table1.py", *map(type, PLAN.methods.values())),
    output:
        **forms("table1"),
    log:
        f"{LOGS}/tables/table1.log",
    benchmark:
        f"{BENCHMARKS}/tables/table1.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/table1.py"


rule table2:
    message:
        "table 2: the simulated cohort"
    input:
        code=code("table2.py"),
        errors=f"{RESULTS}/tables/errors.csv",
        recovery=f"{RESULTS}/tables/recovery.csv",
        consistency=f"{RESULTS}/tables/consistency.csv",
    output:
        **forms("table2"),
    params:
        entries=ENTRIES,
        cohort=[REGISTRY.cohorts[name] for name in SIMULATED],
    log:
        f"{LOGS}/tables/table2.log",
    benchmark:
        f"{BENCHMARKS}/tables/table2.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/table2.py"


rule table3:
    message:
        "table 3: errors and their ratios"
    input:
        code=code("table3.py"),
        errors=f"{RESULTS}/tables/errors.csv",
    output:
        **forms("table3"),
        tests_md=f"{RESULTS}/tables/table3_tests.md",
        tests_tex=f"{RESULTS}/tables/table3_tests.tex",
    params:
        entries=ENTRIES,
        cohorts=[REGISTRY.cohorts[name] for name in CATALOGUES],
        seed=config["seed"],
    log:
        f"{LOGS}/tables/table3.log",
    benchmark:
        f"{BENCHMARKS}/tables/table3.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/table3.py"


rule table4:
    message:
        "table 4: consensus signatures and their matches"
    input:
        **seen_by_pcawg(),
        code=code("table4.py"),
        consensus=f"{RESULTS}/tables/consensus.csv",
        matches=f"{RESULTS}/tables/matches.csv",
    output:
        **forms("table4"),
        summary=f"{RESULTS}/tables/table4_summary.csv",
    params:
        entries=ENTRIES,
        cohorts=[REGISTRY.cohorts[name] for name in CATALOGUES],
        loss="frobenius" if "frobenius" in PLAN.losses else PLAN.losses[0],
    log:
        f"{LOGS}/tables/table4.log",
    benchmark:
        f"{BENCHMARKS}/tables/table4.tsv"
    threads: 1
    resources:
        mem_mb=1000,
    script:
        "../scripts/table4.py"
