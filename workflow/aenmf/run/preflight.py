"""Everything that can be known to be wrong before work starts: configuration, names, methods, places, and the user's own files.

The workflow calls :func:`check` when it is planned; ``aenmf check`` calls it by hand, also for files that Snakemake cannot parse.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aenmf.data.catalogues import Catalogue, check_rank, check_size
from aenmf.data.datasets import Cohort, Registry
from aenmf.data.fetch import find_nearby
from aenmf.data.mutationfiles import check_mutation_files
from aenmf.data.owncohorts import check_paths, is_own, own_catalogue, own_truth
from aenmf.data.references import read_attributions, seen_in
from aenmf.data.simulated import is_nearby, make, simulated_from
from aenmf.data.simulation import with_simulated
from aenmf.data.warnings import careful
from aenmf.errors import UserError
from aenmf.files.checked_yaml import check_config, kind_of, load_schema, merged, read_yaml
from aenmf.files.shipped import CONFIG, SCHEMAS
from aenmf.files.written import Written
from aenmf.methods.devices import check_gpu, with_device
from aenmf.methods.external import External
from aenmf.methods.plugins import use_plugin_path
from aenmf.methods.tools.environments import Environment, look
from aenmf.run.memory import check_memory
from aenmf.run.plan import Plan, make_plan
from aenmf.seeds import Seed

DEFAULT_RUN = "default"
"""Name of the run of config/config.yaml."""
TABLES = {
    "optima.best_known": "problem,loss,model,best",
    "scaling.exponents": "method,model,loss,variable,quantity,exponent",
}
"""Tables of earlier runs that a configuration may name, with columns that they have."""
LEAST_SPACE = 20_000_000
"""Free bytes below which a run is not begun; the smallest one writes about ten million."""


def check(
    config: Mapping[str, Any],
    directory: str | Path = ".",
    *,
    data: bool = True,
    cores: int = 1,
    written: Written | None = None,
) -> tuple[Registry, Plan]:
    """Check a complete configuration and what it names; nothing is written, downloaded or fitted.

    Args:
        config: all keys of ``config/config.yaml``.
        directory: the working directory, below which ``results`` lies and to which paths of own files are relative.
        data: whether files with data are read, and this machine's GPU and memory looked at.
        cores: jobs that run side by side.
        written: what the configuration was read from, for messages.

    Returns:
        The registry with the user's cohorts, and the plan of the run.

    Raises:
        UserError: the first mistake found, with its place and remedy.
    """
    written = written or Written()
    for file in written.files:
        read_yaml(file)  # Snakemake takes the last of two equal keys; this reader refuses them, in JSON too
    try:
        return _check(config, Path(directory), data, cores)
    except UserError as error:
        raise written.placed(error) from error


def _check(config: Mapping[str, Any], directory: Path, data: bool, cores: int) -> tuple[Registry, Plan]:
    """As :func:`check`, whose mistakes name the key alone."""
    check_config(config, load_schema(SCHEMAS / "config.schema.yaml"))
    check_path_lengths(config)
    use_plugin_path(config["plugin_path"])
    registry = Registry.load(CONFIG / "cohorts.tsv", CONFIG / "references.tsv", extra_cohorts=config["own_cohorts"])
    registry = with_simulated(registry, config["simulated_cohorts"])
    check_cohorts_are_run(config)
    if data:  # before anything is said about solvers without a form for a GPU
        named = [*config["compare"], *config["variants"]["methods"], *config["convergence"]["methods"]]
        check_gpu(config, [name for name in named if name in config["methods"]])
        look_for_tools(config)
    plan = make_plan(with_device(config), registry)
    check_writable(directory / "results" / config["run"])
    if data:
        sizes, warnings = check_data(config, registry, plan)
        plan = replace(plan, warnings=tuple(warnings))
        check_memory(config, registry, plan, sizes, cores)
        check_tables(config)
    return registry, plan


def look_for_tools(config: Mapping[str, Any]) -> None:
    """Find out whether the environments of the external tools that a run names are there or can be made."""
    entries = [config["methods"][name] for name in method_names(config) if name in config["methods"]]
    named = [entry.get("environment") for entry in entries if entry["model"] == External.model]
    look(Environment.known(name, "config key methods") for name in dict.fromkeys(filter(_is_text, named)))


def method_names(config: Mapping[str, Any]) -> list[str]:
    """The method entries that a run, or a study of it, names."""
    lists = [config["compare"], *(part["methods"] for part in config.values() if _names_methods(part))]
    return list(dict.fromkeys(name for names in lists for name in names))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _names_methods(part: Any) -> bool:
    return isinstance(part, Mapping) and isinstance(part.get("methods"), list)


def check_tables(config: Mapping[str, Any]) -> None:
    """Check that the tables of earlier runs that a configuration names are such tables, by their first line.

    Raises:
        UserError: one cannot be read, or lacks a column.
    """
    for key, columns in TABLES.items():
        section, name = key.split(".")
        path = config[section][name]
        if not path or not os.path.lexists(path):
            continue
        try:
            with open(path, encoding="utf-8-sig") as file:
                header = file.readline().strip().split(",")
        except (OSError, ValueError) as error:
            remedy = "Correct the path, or write null"
            raise UserError(
                f"the table {path!r} cannot be read ({error})", where=f"config key {key}", remedy=remedy
            ) from error
        if lacking := sorted(set(columns.split(",")) - set(header)):
            remedy = f"Name a table {name}.csv of an earlier run, or write null"
            raise UserError(f"{path!r} has no column {lacking[0]!r}", where=f"config key {key}", remedy=remedy)


def check_path_lengths(config: Mapping[str, Any]) -> None:
    """Check that this system takes the paths of a configuration as paths, whether or not there is such a file.

    Raises:
        UserError: a path, or a name in it, is too long.
    """
    named = {"data_dir": config["data_dir"], "scaling.exponents": config["scaling"]["exponents"]}
    named["optima.best_known"] = config["optima"]["best_known"]
    named |= {f"plugin_path.{place}": folder for place, folder in enumerate(config["plugin_path"])}
    for cohort, entry in config["own_cohorts"].items():
        named |= {f"own_cohorts.{cohort}.{key}": entry.get(key) for key in ("file", "truth", "vcf_folder")}
    for key, path in named.items():
        try:
            os.lstat(os.path.expanduser(path or ""))
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                problem = f"the path has {len(path)} characters, more than this system takes"
                raise UserError(problem, where=f"config key {key}", remedy="Correct the path") from error
        except ValueError:
            pass  # other checks know that there is no such file


def check_cohorts_are_run(config: Mapping[str, Any]) -> None:
    """Check that a cohort of the user's is analysed, and not into the directory of the default run.

    Raises:
        UserError: cohorts are defined and none is among the run's, or the run of an own cohort has no name of its own.
    """
    defined = [*config["own_cohorts"], *config["simulated_cohorts"]]
    if defined and not set(defined) & set(config["cohorts"]):
        key = "own_cohorts" if config["own_cohorts"] else "simulated_cohorts"
        problem = f"the cohort {defined[0]!r} is defined and would not be analysed: it is not among this run's cohorts"
        raise UserError(
            problem, where=f"config key {key}.{defined[0]}", remedy=f"Add it to cohorts: [{', '.join(defined)}]"
        )
    if config["own_cohorts"] and config["run"] == DEFAULT_RUN:
        problem = f"results of own cohorts would go to results/{DEFAULT_RUN}, which belongs to the default run"
        raise UserError(problem, where="config key run", remedy="Add a name, such as run: mine")


def check_writable(folder: Path) -> None:
    """Check that results can be written to a folder, which need not exist yet.

    Raises:
        UserError: a file is in its way, a directory there is read-only, or the disk is full.
    """
    existing = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not existing.is_dir():
        remedy = "Move it away, or choose another working directory with snakemake --directory"
        raise UserError(
            "there is a file where the directory of the results is needed", where=str(existing), remedy=remedy
        )
    below = [Path(place) for place, _, _ in os.walk(folder)] if existing == folder else []
    for place in (existing, *below):
        if not os.access(place, os.W_OK | os.X_OK):
            remedy = (
                "Give yourself the right to write there, or choose another working directory with snakemake --directory"
            )
            raise UserError("results cannot be written to this directory", where=str(place), remedy=remedy)
    free = shutil.disk_usage(existing).free
    if free < LEAST_SPACE:
        problem = f"the disk is full ({free / 1e6:.0f} MB are free)"
        remedy = "Free some disk space, or choose another working directory with snakemake --directory"
        raise UserError(problem, where=str(existing), remedy=remedy)


def check_data(config: Mapping[str, Any], registry: Registry, plan: Plan) -> tuple[dict[str, int], list[str]]:
    """Read the user's own files, and check data sets that are on this machine already.

    Returns:
        Patients of each cohort that could be counted, and warnings about the user's own.

    Raises:
        UserError: with the file, or the configuration key, and remedy.
    """
    sizes: dict[str, int] = {}
    warnings: list[str] = []
    for name in plan.cohorts:
        cohort = registry.cohorts[name]
        if is_own(cohort.data):
            sizes[name], catalogue = _check_own(config, cohort)
            if catalogue:
                found = careful(catalogue, config["n_splits"], config["train_fraction"])
                warnings += [f"{name}: {sentence}" for sentence in found]
        elif cohort.kind == "simulated":
            sizes[name] = _check_simulated(config, cohort, registry)
        elif cohort.data and (nearby := find_nearby(cohort.data, config["data_dir"])):
            sizes[name] = _samples_in(nearby.path, cohort.data.selection)
    own = [registry.cohorts[name] for name in plan.cohorts if is_own(registry.cohorts[name].data)]
    named = [cohort for cohort in own if cohort.pcawg]
    if attributions := find_nearby(registry.references["pcawg"].data, config["data_dir"]) if named else None:
        for cohort in named:
            try:
                seen_in(read_attributions(attributions.path), cohort.pcawg)
            except UserError as error:
                where = f"config key own_cohorts.{cohort.cohort}.pcawg"
                raise UserError(error.problem, where=where, remedy=error.remedy) from error
    return {name: size for name, size in sizes.items() if size}, warnings


def _check_own(config: Mapping[str, Any], cohort: Cohort) -> tuple[int, Catalogue | None]:
    """The number of patients and the catalogue; 0 and None where they are not known before mutation files are counted."""
    assert cohort.data is not None  # an own cohort has files
    check_paths(cohort)
    own_truth(cohort)
    if cohort.data.kind == "vcf":
        n = check_mutation_files(cohort.data)
        if not n:
            return 0, None
        check_size(cohort.data.path, n, cohort.rank, config["train_fraction"])
        catalogue = None
    else:
        _, catalogue = own_catalogue(cohort.data, config["empty_samples"])
        check_rank(catalogue, cohort.rank, config["train_fraction"])
        n = len(catalogue.samples)
    _check_highest(config, cohort, n)
    return n, catalogue


def _samples_in(path: Path, selection: str) -> int:
    """About how many samples a catalogue has, by its first line; some have no name above the channels."""
    with open(path, encoding="utf-8-sig") as file:
        names = re.split("[\t,]", file.readline())
    return sum(name.startswith(selection) for name in names) if selection else len(names)


def _check_simulated(config: Mapping[str, Any], cohort: Cohort, registry: Registry) -> int:
    """Make the cohort, which takes no time, to see that it can be used; the number of its patients, 0 before a download."""
    data_dir = config["data_dir"]
    if not is_nearby(cohort, data_dir):
        return 0
    reference = registry.references.get(simulated_from(cohort))
    seed, empty = Seed(config["seed"]), config["empty_samples"]
    n = make(cohort, reference, seed, data_dir=data_dir, empty_samples=empty).cohort.catalogue.shape[1]
    own = cohort.cohort in config["simulated_cohorts"]
    where = f"config key simulated_cohorts.{cohort.cohort}" if own else f"cohort {cohort.cohort}"
    check_size(where, n, cohort.rank, config["train_fraction"])
    _check_highest(config, cohort, n)
    return n


def _check_highest(config: Mapping[str, Any], cohort: Cohort, n: int) -> None:
    """Rank selection tries no rank above the number of patients ``n``."""
    own = {f"own_cohorts.{cohort.cohort}.ranks": cohort.ranks[1]} if cohort.ranks else {}
    sections = [name for name in ("rank_selection", "rank_criteria") if cohort.cohort in config[name]["cohorts"]]
    for key, highest in (own or {f"{name}.highest": config[name]["highest"] for name in sections}).items():
        if highest > n:
            problem = f"rank {highest} is above the number of patients of {cohort.cohort}, {n}"
            raise UserError(problem, where=f"config key {key}", remedy="Choose a lower highest rank")


def load_config(paths: Sequence[str | Path]) -> dict[str, Any]:
    """The default configuration with files laid over it, as ``snakemake --configfile`` does.

    Raises:
        UserError: a file cannot be read, or holds no mapping.
    """
    config: dict[str, Any] = {}
    for path in (CONFIG / "config.yaml", *paths):
        over = read_yaml(path)
        if not isinstance(over, Mapping):
            problem = "the file is empty" if over is None else f"the file holds {kind_of(over)} and no keys"
            raise UserError(problem, where=str(path), remedy="Write lines such as: run: mine")
        config = merged(config, over)
    return config


def checked(paths: Sequence[str | Path]) -> list[str]:
    """What a configuration makes, in lines: the default one with files laid over it.

    Raises:
        UserError: as :func:`load_config` and :func:`check`.
    """
    config = load_config(paths)
    registry, plan = check(config, written=Written([CONFIG / "config.yaml", *paths]))
    lines = [f"The configuration is in order. Results will go to results/{config['run']}."]
    for name in plan.cohorts:
        ranks = plan.criteria_ranges.get(name) or plan.rank_ranges.get(name)
        also = f", ranks {ranks[0]} to {ranks[1]} tried" if ranks else ""
        lines.append(f"  {name}: {registry.cohorts[name].rank} signatures{also}")
    for name, loss in plan.combinations:
        lines.append(f"  {name} ({loss}): {config['n_splits']} splits")
    for name, loss, reason in plan.skipped:
        lines.append(f"  {name} ({loss}): left out, {reason}")
    for name, keys in plan.rank_options_left_out(config["rank_selection"]["options"]).items():
        lines.append(f"  {name}: has no option {', '.join(keys)}; rank selection fits it as configured")
    return [*lines, *(f"Warning: {sentence}." for sentence in plan.warnings)]
