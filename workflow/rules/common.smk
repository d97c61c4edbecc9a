# Shared by all stages - the checked configuration, the plan of the run, and where things are.
import inspect
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Linear algebra on one thread per job: jobs are what runs in parallel, and sums come out the same on any number of cores.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[variable] = "1"

# On a full disk every line of Snakemake's own log would be a traceback.
logging.raiseExceptions = False

# The package next to these rules, whether or not one is installed, also where they are a module of another workflow.
sys.path.insert(0, str(Path(workflow.source_path("common.smk")).parents[1]))

from aenmf.errors import UserError
from aenmf.figures.kinds import KINDS
from aenmf.files.checked_yaml import merged
from aenmf.files.shipped import CAPTIONS, CONFIG, PACKAGE, SCHEMAS, checkout
from aenmf.files.written import Written
from aenmf.data.owncohorts import input_files
from aenmf.data.simulated import simulated_from
from aenmf.losses import MEASURE_OF_LOSS, NEGATIVE_BINOMIAL, PAPER_LOSSES
from aenmf.methods.devices import with_device
from aenmf.methods.entries import Entry
from aenmf.methods.registry import build_method
from aenmf.methods.tools.environments import Environment
from aenmf.run.codeinputs import code_inputs, digest_of, share_package_path
from aenmf.run.plan import numbers_in
from aenmf.run.preflight import check, load_config
from aenmf.run.progress import RunProgress
from aenmf.run.terminal import Calm
from aenmf.run.runinfo import write_run_info
from aenmf.run.unlock import hold, release
from aenmf.solvers.kernelcache import compile_all

ROOT = checkout()
share_package_path()

# The terminal has progress, the answer and errors; what Snakemake says of every job goes to its log file.
quiet = config.get("progress") is False or workflow.output_settings.dryrun
calm = Calm(logger, on=workflow.is_main_process and not quiet)

# For messages: what the configuration was read from, and what the command line lays over it.
WRITTEN = Written([CONFIG / "config.yaml", *workflow.overwrite_configfiles], workflow.config_settings.config)

try:
    # A workflow that uses this one as a module gives only what differs from the defaults.
    config.update(merged(load_config([]), config))
    REGISTRY, PLAN = check(
        config,
        data=workflow.is_main_process,
        cores=workflow.resource_settings.cores or 1,  # workflow.cores fails where there are none, as for --report
        written=WRITTEN,
    )
except UserError as error:
    raise WorkflowError(f"error: {error}") from None
config["methods"] = with_device(config)["methods"]

RESULTS = f"results/{config['run']}"
TITLES = {name: entry.get("title", name) for name, entry in config["methods"].items()}
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
SIMULATED = [name for name in PLAN.cohorts if REGISTRY.cohorts[name].kind == "simulated"]
OWN_TRUTH = [name for name in PLAN.cohorts if REGISTRY.cohorts[name].truth]
WITH_TRUTH = [*SIMULATED, *OWN_TRUTH]
PAPER_COHORTS = [name for name in PLAN.cohorts if REGISTRY.cohorts[name].of_paper]
# Errors of the matrices published with the paper, drawn next to those of the run where it has their patients.
PUBLISHED = ROOT / "results/reference/audit/audit/published_errors.csv"
PUBLISHED = [str(PUBLISHED)] if PUBLISHED.is_file() and set(PAPER_COHORTS) - set(SIMULATED) else []


wildcard_constraints:
    cohort="|".join(PLAN.cohorts),
    method="|".join(PLAN.methods),
    loss="|".join(PLAN.losses),
    chunk=r"\d+-\d+",
    group="|".join(PLAN.groups),
    reference="[A-Za-z0-9_.-]+",


def code(script, *objects):
    """A digest of a script, of the package's code behind it, and of classes, or files, that it finds by name.

    As a parameter of a rule it re-makes the rule's outputs when that code is edited.
    """
    files = set()
    for thing in (ROOT / "workflow/scripts" / script, *objects):
        source = thing if isinstance(thing, Path) else Path(inspect.getfile(thing))
        files.update(code_inputs(source) if source.suffix == ".py" else [], [str(source)])
    return digest_of(frozenset(files))


def method_code(script, method):
    """The digest of a script that fits a method, with what else the method says that its fits depend on."""
    return code(script, type(method)) + method.fingerprint


def tool_ready(method):
    """The file that is there once the environment of a method is; nothing for methods without one."""
    entry = config["methods"][method]
    name = entry["model"] == "external" and entry.get("environment")
    # One of another run is as good, whatever its time: its name has a digest of the lock.
    return ancient(str(Environment(name).ready)) if name else []


def chunks(pattern):
    """An input function: all chunks of splits of a file pattern."""
    return lambda wildcards: expand(pattern, chunk=PLAN.chunks_of(wildcards.method), **wildcards)


def group_files(pattern, group=None):
    """An input function: a file pattern for all methods, losses and chunks of a group, in this order."""

    def files(wildcards):
        name = group or wildcards.group
        return [
            pattern.format(cohort=wildcards.cohort, method=method, loss=loss, chunk=chunk)
            for method, loss in PLAN.groups[name]
            for chunk in PLAN.chunks_in(name)
        ]

    return files


def entry_files(pattern, method, losses):
    """An input function: a file pattern for all chunks of a method entry, for some losses."""
    return lambda wildcards: [
        pattern.format(cohort=wildcards.cohort, method=method, loss=loss, chunk=chunk)
        for loss in losses
        for chunk in PLAN.chunks_of(method)
    ]


def truth_of(cohort):
    """The true signatures of a cohort that has them, as named input."""
    return {"truth": f"{RESULTS}/data/{cohort}/truth_signatures.tsv"} if cohort in WITH_TRUTH else {}


def dispersion_of(cohort, rank, losses):
    """The dispersion of a cohort's patients at a number of signatures as named input, where one of the losses needs it."""
    needed = NEGATIVE_BINOMIAL in losses
    return {"dispersion": f"{RESULTS}/dispersion/{cohort}/{rank}.tsv"} if needed else {}


def dispersion_of_group(cohort, group):
    """As :func:`dispersion_of`, for what is evaluated together."""
    return dispersion_of(cohort, REGISTRY.cohorts[cohort].rank, [loss for _, loss in PLAN.groups[group]])


def own_file(cohort):
    """The files of the user's own catalogue, so that a changed file is read again; nothing for the cohorts of the registry."""
    return input_files(REGISTRY.cohorts[cohort].data)


def reference_file(reference, cohort):
    """The name of the file with a reference's signatures, which may be those of the cohort's organ."""
    return f"{reference.reference}_{cohort.organ}" if reference.by_organ else reference.reference


def references_of(cohort):
    """Names of the references a cohort is matched to and of their files; one by organ needs the cohort's organ."""
    known, wanted = REGISTRY.cohorts[cohort], [REGISTRY.references[name] for name in config["references"]]
    return {r.reference: reference_file(r, known) for r in wanted if known.organ or not r.by_organ}


def reference_files(cohort):
    """The files of :func:`references_of`, in the same order, and then the truth where there is one."""
    files = expand(f"{RESULTS}/references/{{name}}.tsv", name=references_of(cohort).values())
    return [*files, *truth_of(cohort).values()]


REFERENCE_SOURCES = {
    file: (REGISTRY.references[name], REGISTRY.cohorts[cohort].organ)
    for cohort in PLAN.cohorts
    for name, file in references_of(cohort).items()
}


CATALOGUES = [name for name in PLAN.cohorts if name not in SIMULATED]
SHOWN = ("md", "tex", "json")
FORMS = ("csv", *SHOWN)


def shown(table):
    """The files of a table as it is shown: in Markdown, in LaTeX, and for the page of the run."""
    return [f"{RESULTS}/{table}.{form}" for form in SHOWN]


def forms(table):
    """The files of a table: its numbers, which also go into Snakemake's own report, and the table as it is shown."""
    numbers = f"{RESULTS}/tables/{table}.csv"
    numbers = report(numbers, caption=f"../aenmf/captions/{table}.rst", category="Tables")
    return {"csv": numbers, "shown": shown(f"tables/{table}")}


# Kind of figure → figure → its settings. The rules of each study add their figures; figures.smk, the last, draws all.
FIGURE_PLAN = {}


def titled(cohorts):
    """Cohorts with their titles, as settings of figures."""
    return {name: REGISTRY.cohorts[name].title for name in cohorts}


def figures_of(*kinds):
    """The files of the run's figures of some kinds."""
    return [
        f"{RESULTS}/{KINDS[kind].folder}/{figure}.{form}"
        for kind in kinds
        for figure in FIGURE_PLAN.get(kind, ())
        for form in ("png", "pdf")
    ]


def refused(problem, where, remedy):
    """The input of a target that this run cannot have: whoever asks for it reads why."""

    def files(wildcards):
        raise WorkflowError(f"error: {WRITTEN.placed(UserError(problem, where=where, remedy=remedy))}")

    return files


def best_known():
    """The table of best known losses as named input, where there is one."""
    path = config["optima"]["best_known"]
    return {"best_known": path} if path and Path(path).is_file() else {}


def seen_by_pcawg():
    """The PCAWG attributions, where a cohort has a cancer type that PCAWG knows."""
    needed = any(REGISTRY.cohorts[name].pcawg for name in CATALOGUES)
    return {"attributions": f"{RESULTS}/references/attributions.csv"} if needed else {}


def first_fit(cohort, method, loss):
    """The fits of the first split: with its chunk where the comparison or the variants have it, else of that split alone."""
    fitted = method in PLAN.compare or (method in PLAN.variants and cohort in PLAN.variant_cohorts)
    chunk = PLAN.chunks_of(method)[0] if fitted else "00-00"
    return {"cohort": cohort, "method": method, "loss": loss, "chunk": chunk}


def compared(pattern):
    """A file of every cohort, method and loss of the comparison."""
    return {
        (cohort, *pair): file.format(cohort=cohort)
        for cohort in PLAN.cohorts
        for pair, file in zip(PLAN.groups["compare"], pattern)
    }


def page_files(tables, layouts, figures, verdicts):
    """The files a page shows: by kind, a name for each and its file. What the run lacks is left out."""
    return {
        "tables": {name: f"{RESULTS}/tables/{name}.csv" for name in tables}
        | {"seconds": f"{RESULTS}/timings/seconds.csv"}
        | ({"verdicts": verdicts} if PAPER_COHORTS else {}),
        "layouts": {name: f"{RESULTS}/tables/{name}.json" for name in layouts},
        "catalogues": {cohort: f"{RESULTS}/data/{cohort}/catalogue.tsv" for cohort in PLAN.cohorts},
        "provenance": {cohort: f"{RESULTS}/data/{cohort}/provenance.json" for cohort in PLAN.cohorts},
        "splits": {cohort: f"{RESULTS}/splits/{cohort}.tsv" for cohort in PLAN.cohorts},
        "references": {
            (cohort, name): file
            for cohort in PLAN.cohorts
            for name, file in zip([*references_of(cohort), *truth_of(cohort)], reference_files(cohort))
        },
        "signatures": compared(SIGNATURES),
        "exposures": compared(EXPOSURES),
        "fits": {tuple(key.values()): rules.fit.output.fits.format(**key) for key in PAGE_FITS},
        "seconds": {tuple(key.values()): rules.fit.output.seconds.format(**key) for key in PAGE_FITS},
        "figures": {
            name: f"{RESULTS}/{KINDS[kind].folder}/{name}.png" for kind, named in figures.items() for name in named
        },
    }


def protocols_of(method):
    """The protocols of a method: one that finds the number of signatures itself cannot be given it."""
    own = [
        of.replace("given", "chosen") if PLAN.methods[method].chooses_rank else of
        for of in config["scores"]["protocols"]
    ]
    return list(dict.fromkeys(own))


def splits_of(patients):
    """The splits of a cohort as named input, where they are needed."""
    return {"splits": f"{RESULTS}/splits/{{cohort}}.tsv"} if patients == "splits" else {}


def answers_of(wildcards):
    """The fits of a method on a cohort under a protocol, as named input."""
    entry = dict(cohort=wildcards.cohort, method=wildcards.method, loss=LOSS_OF_MEASURE[wildcards.measure])
    own = dict(entry, rank=wildcards.rank, patients=wildcards.patients)
    splits = {name: file.format(**own) for name, file in splits_of(wildcards.patients).items()}
    if f"{wildcards.rank}-{wildcards.patients}" != OF_COMPARISON:
        return splits | {"answers": rules.score_fit.output.answers.format(**own)}
    chunks = [dict(entry, chunk=chunk) for chunk in PLAN.chunks_in("compare")]
    files = {name: [pattern.format(**one) for one in chunks] for name, pattern in rules.fit.output.items()}
    return splits | files


def known_to(wildcards):
    """What a fit needs besides the catalogue: the splits, the number chosen, and answers for the true number, which may be it."""
    files = splits_of(wildcards.patients)
    if wildcards.rank == "chosen" and not PLAN.methods[wildcards.method].chooses_rank:
        files["ranks"] = rules.score_rank.output.ranks
        if wildcards.patients == "full" and "given-full" in config["scores"]["protocols"]:
            files["given"] = f"{SCORES}/fits/{{cohort}}/{{method}}/{{loss}}/given-full.npz"
    return {name: file.format(**wildcards) for name, file in files.items()}


def compile_solvers():
    """Compile the solvers where that has not been done; a failure ends the run in one line below its reason."""
    try:
        compile_all()
    except subprocess.CalledProcessError:
        raise WorkflowError("the solvers could not be compiled; the reason is above") from None


def cancel_timers():
    """Let Snakemake end at once, however it ends: it would wait for the timers of its scheduler, see max-jobs-per-timespan in
    the profile."""
    threading.main_thread().join()
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


threading.Thread(target=cancel_timers, daemon=True).start()
