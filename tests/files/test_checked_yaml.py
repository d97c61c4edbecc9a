"""Mistakes in a configuration meet one message with the key, the value and what is allowed."""

from __future__ import annotations

import copy
import time

import pytest
import yaml

from aenmf.data.datasets import Registry
from aenmf.data.simulation import with_simulated
from aenmf.errors import UserError
from aenmf.files.checked_yaml import check_config, check_names, load_schema, parse_yaml, read_yaml
from aenmf.run.plan import chunk_names, make_plan, numbers_in
from aenmf.run.studyplan import study_fits


@pytest.fixture(scope="module")
def schema(root):
    return load_schema(root / "workflow/aenmf/schemas/config.schema.yaml")


@pytest.fixture(scope="module")
def registry(root):
    return Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")


ENTRIES = {"$ref": "#/$defs/entries"}


@pytest.fixture
def config(root):
    return copy.deepcopy(yaml.safe_load((root / "config/config.yaml").read_text()))


def merge(base: dict, over: dict) -> dict:
    for key, value in over.items():
        base[key] = merge(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
    return base


def test_committed_configurations_are_valid(root, config, schema, registry):
    for file in sorted((root / "config").glob("*.yaml")):
        over = yaml.safe_load(file.read_text())
        if "run" in over and "own_cohorts" not in over:  # a user's own may stand there too
            full = merge(copy.deepcopy(config), over)
            check_config(full, schema)
            make_plan(full, with_simulated(registry, full["simulated_cohorts"]))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"n_split": 30}, ["unknown key 'n_split'", "Did you mean 'n_splits'"]),
        ({"n_splits": 1}, ["n_splits", "1"]),
        ({"n_splits": "thirty"}, ["n_splits", "thirty"]),
        ({"train_fraction": 1.2}, ["train_fraction", "1.2"]),
        ({"train_fraction": 0}, ["train_fraction"]),
        ({"losses": ["frobenious"]}, ["losses.0", "frobenious", "Did you mean 'frobenius'"]),
        ({"losses": []}, ["losses: it is empty", "Choose from frobenius, kullback-leibler"]),
        ({"device": "gpu"}, ["device", "'gpu'", "Did you mean 'cuda'"]),
        ({"methods": {"nmf": {"device": "GPU"}}}, ["methods.nmf.device", "'GPU'", "Did you mean 'cuda'"]),
        ({"losses": ["frobenius", "frobenius"]}, ["losses"]),
        ({"cohorts": []}, ["cohorts"]),
        ({"run": "../elsewhere"}, ["run", "../elsewhere"]),
        ({"run": "reference"}, ["run", "reference"]),
        ({"empty_samples": "ignore"}, ["empty_samples", "ignore", "drop, error"]),
        ({"splits_per_job": 0}, ["splits_per_job"]),
        ({"seed": -1}, ["seed"]),
        ({"own_cohorts": {"mine": {"file": "x.csv"}}}, ["own_cohorts.mine", "'rank' is missing", "signatures K"]),
        ({"own_cohorts": {"mine": {"file": "x.csv", "rank": 3, "rnak": 1}}}, ["own_cohorts.mine", "'rnak'", "'rank'"]),
        ({"methods": {"extra": {"solver": "mu"}}}, ["methods.extra", "'model' is missing"]),
        ({"compare": [["nmf"]]}, ["compare.0", "text is needed"]),
    ],
)
def test_schema_mistakes(config, schema, change, expected):
    merge(config, change)
    with pytest.raises(UserError) as caught:
        check_config(config, schema)
    for part in expected:
        assert part in str(caught.value)


def test_missing_key(config, schema):
    del config["seed"]
    with pytest.raises(UserError, match="key 'seed' is missing"):
        check_config(config, schema)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["cohorts"], ["scenario9"], ["cohorts", "scenario9", "Did you mean 'scenario8'"]),
        (["references"], ["cosmik"], ["references", "cosmik", "Did you mean 'cosmic'"]),
        (["references"], ["pcawg"], ["references", "pcawg"]),
        (["data_dir"], "/no/such/place", ["data_dir", "/no/such/place", "AENMF_DATA_DIR"]),
        (["compare"], ["nmff"], ["config key compare: unknown method entry 'nmff'", "Did you mean 'nmf'"]),
        (["scaling", "cohort"], "scenario9", ["scaling.cohort: 'scenario9' is not among this run's cohorts"]),
        (["convergence", "precision"], "aenmff", ["convergence.precision: unknown method entry 'aenmff'"]),
        (["methods", "nmf", "model"], "nfm", ["methods.nmf.model", "nfm", "Did you mean 'nmf'"]),
        (["methods", "nmf", "model"], "no_such_module:Thing", ["methods.nmf.model", "cannot be imported"]),
        (["methods", "nmf", "model"], "collections:OrderedDict", ["not a Method"]),
        (["methods", "nmf", "solver"], "um", ["methods.nmf.solver", "'um'", "mu"]),
        (["methods", "nmf", "tols"], 1e-3, ["methods.nmf", "'tols'", "Did you mean 'tol'"]),
        (["methods", "nmf", "tol"], "tiny", ["methods.nmf", "tol", "tiny"]),
        (["methods", "nmf", "tol"], -1, ["tol", "-1"]),
        (["methods", "nmf", "tol"], 5, ["methods.nmf: tol must be below 1", "end at once, not 5", "Change tol"]),
        (["methods", "nmf", "frobenius"], {"kkt_tol": "1e+3"}, ["methods.nmf: kkt_tol must be below 1", "not 1000"]),
        (["methods", "nmf", "screening"], 1, ["methods.nmf: screening must be below 1"]),
        (["rank_selection", "options"], {"tol": 2.5}, ["rank_selection.options: tol must be below 1", "not 2.5"]),
        (["audit", "fits", "nmf", "options"], {"tol": 1}, ["audit.fits.nmf.options: tol must be below 1"]),
        (["methods", "nmf", "max_iter"], 0, ["max_iter", "0"]),
        (["methods", "nmf", "restarts"], 1.5, ["restarts", "1.5"]),
        (["methods", "nmf", "solver"], {"frobenious": "mu"}, ["methods.nmf.solver", "Did you mean 'frobenius'"]),
    ],
)
def test_plan_mistakes(config, registry, path, value, expected):
    place = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(UserError) as caught:
        make_plan(config, registry)
    for part in expected:
        assert part in str(caught.value)


OWN = {"mine": {"file": "x.csv", "rank": 2}}


@pytest.mark.parametrize(
    ("references", "more", "remedy"),
    [
        ([], {}, "Add cosmic, which needs no organ"),
        (["signal"], {}, "Add cosmic, which needs no organ, or give the cohort an organ"),
        ([], {"organ": "Ovary"}, "Add cosmic, which needs no organ"),
        (["signal"], {"organ": "Ovary"}, None),
        ([], {"truth": "t.csv"}, None),
        (["cosmic"], {}, None),
        (["signal", "cosmic"], {}, None),
    ],
)
def test_signatures_are_matched_to_something(root, config, references, more, remedy):
    own = {"mine": OWN["mine"] | more}
    registry = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv", own)
    config |= {"references": references, "cohorts": ["scenario8", "mine"]}
    if remedy is None:
        assert make_plan(config, registry).cohorts == ("scenario8", "mine")
        return
    with pytest.raises(UserError, match="the signatures of mine would be matched to none") as caught:
        make_plan(config, registry)
    assert caught.value.where == "config key references" and caught.value.remedy == remedy


def test_unsupported_combinations_are_skipped_with_the_reason(config, registry):
    config["methods"]["nmf"]["solver"] = {"frobenius": "mu"}
    plan = make_plan(config, registry)
    assert ("nmf", "kullback-leibler") not in plan.combinations
    assert [(m, loss) for m, loss, _ in plan.skipped] == [("nmf", "kullback-leibler")]
    assert plan.skipped[0][2]


def test_options_of_rank_selection_go_to_the_entries_that_have_them(config, registry):
    config["compare"] = ["nmf", "muse_xae", "bootstrap_nmf"]
    assert make_plan(config, registry).rank_options == {}
    config["rank_selection"]["cohorts"] = ["scenario8"]
    plan = make_plan(config, registry)
    options = {"max_iter": 200, "restarts": 1}
    assert plan.rank_options == {"nmf": options, "muse_xae": {}, "bootstrap_nmf": {"max_iter": 200}}
    left = {"muse_xae": ["max_iter", "restarts"], "bootstrap_nmf": ["restarts"]}
    assert plan.rank_options_left_out(config["rank_selection"]["options"]) == left


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"epochs": 5, "max_itr": 3}, ["unknown option 'max_itr'", "Did you mean 'max_iter'"]),
        ({"epochs": "many"}, ["epochs", "many", "(for muse_xae)"]),
        ({"max_iter": 0}, ["max_iter", "(for nmf)"]),
    ],
)
def test_options_of_rank_selection_that_no_entry_takes(config, registry, options, expected):
    config["compare"] = ["nmf", "muse_xae"]
    config["rank_selection"] |= {"cohorts": ["scenario8"], "options": options}
    with pytest.raises(UserError) as caught:
        make_plan(config, registry)
    assert caught.value.where == "config key rank_selection.options"
    assert all(part in str(caught.value) for part in expected), str(caught.value)


@pytest.mark.parametrize(("n", "per_job"), [(30, 10), (30, 7), (4, 2), (1, 5), (120, 50)])
def test_chunks_cover_every_split_once(n, per_job):
    covered = [split for name in chunk_names(0, n, per_job) for split in numbers_in(name)]
    assert covered == list(range(n))


def test_every_list_of_method_entries_is_checked_and_planned(config, schema):
    """A section of a new study needs no line of code for it: the schema's ``entries`` and its key ``methods`` do."""
    config["study"] = {"methods": ["nmf", "dsae"], "losses": ["frobenius"]}
    config["methods"]["nmf"] = {"model": "nmf", "solver": {"frobenius": "hals"}}
    config["convergence"] |= {"precision": "aenmf_published"}
    wider = {**schema, "properties": {**schema["properties"], "study": {"properties": {"methods": ENTRIES}}}}
    check_names(config, wider)
    fits = study_fits(config)
    assert fits["study"] == [("nmf", "frobenius"), ("dsae", "frobenius")]
    assert fits["convergence.precision"] == [("aenmf_published", loss) for loss in config["losses"]]
    assert fits["variants"] == [] and "methods" not in fits
    config["study"]["methods"] = ["nmff"]
    with pytest.raises(UserError, match=r"study.methods: unknown method entry 'nmff'. Did you mean 'nmf'"):
        check_names(config, wider)
    config["study"]["methods"] = ["nmf"]
    config["methods"]["nmf"]["tols"] = 1
    with pytest.raises(UserError, match=r"methods.nmf: unknown option 'tols'"):
        study_fits(config)


BOMB = "a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n" + "".join(f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]\n" for i in range(1, 30))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [{f'*a{i - 1}, ' * 9}], k{i}: 1}}\n" for i in range(1, 30))
CHAIN = "a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 3000))
REFUSED = {
    "octal": ("a: 1\nb: 010", ["line 2, column 4", "'010' is read as 8", 'Write 10 or 8, or "010" in quotes']),
    "octal of YAML 1.2": ("b: 0o10", ["'0o10' is read as text", "Write 8"]),
    "binary": ("b: 0b11", ["'0b11' is read as 3"]),
    "base 60": ("b: 1:30", ["'1:30' is read as 90", "Write 90"]),
    "fraction in base 60": ("b: 1:30.5", ["'1:30.5' is read as 90.5"]),
    "underscore": ("run: 2024_01", ["'2024_01' is read as 202401", '"2024_01" in quotes']),
    "date": ("run: 2025-01-01", ["'2025-01-01' is read as a date", "Write it in quotes"]),
    "no date": ("run: 2025-02-30", ["'2025-02-30' is read as a date", "Write it in quotes"]),
    "yes": ("title: yes", ["'yes' is read as true", 'Write true, or "yes" in quotes']),
    "off in a list": ("cohorts: [a, off]", ["line 1, column 14", "'off' is read as false"]),
    "key": ("no: 1", ["'no' is read as false", '"no" in quotes']),
    "infinity": ("max_iter: .inf", ["'.inf' is read as a number that is not finite", "Write a finite number"]),
    "no number": ("tol: .NaN", ["'.NaN' is read as a number that is not finite"]),
    "beyond floating point": ("tol: 1.0e+999", ["not finite"]),
    "hundreds of digits": ("seed: " + "9" * 400, ["the number has 400 digits", "Write a smaller number"]),
    "thousands of digits": ("seed: " + "9" * 5000, ["the number has 5000 digits"]),
    "hexadecimal": ("run: 0x1F", ["'0x1F' is read as 31", 'Write 31, or "0x1F" in quotes where text is meant']),
    "long hexadecimal": ("seed: 0x" + "f" * 192, ["the number has 194 digits"]),
    "tag": ("seed: !!int abc", ["the tag !!int is not taken", "Write the value without it"]),
    "set": ("seed: !!set {a}", ["the tag !!set is not taken"]),
    "list as key": ("{[a]: 1}", ["a key is a list or a mapping", "Write keys as plain text"]),
    "mapping as key": ("? {a: 1}\n: 1", ["a key is a list or a mapping"]),
    "key twice": ("a: 1\na: 2", ["line 2", "the key 'a' is given twice", "Remove one"]),
    "alias of its list": ("a: &a [*a]", ["an alias contains itself", "Write the value out"]),
    "alias of its mapping": ("o: &a\n  b: *a", ["line 2, column 6", "an alias contains itself"]),
    "alias in its merge": ("a: &a {<<: *a}", ["an alias contains itself"]),
    "aliases of aliases": (BOMB, ["more than 100000 values, with its aliases written out"]),
    "merges of merges": (MERGES, ["more than 100000 values, with its aliases written out"]),
    "chain of aliases": (CHAIN, ["more than 50 levels, with its aliases written out"]),
    "deep list": ("[" * 100_000, ["more than 50 levels"]),
    "deep mapping": ("{a: " * 60, ["more than 50 levels"]),
    "control character": ("a: \x00", ["not valid YAML", "unacceptable character"]),
    "large": ("# " + "x" * 1_000_000, ["larger than a megabyte", "the right file"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_reads_as_something_else_or_without_end_is_refused_at_once(tmp_path, name):
    content, expected = REFUSED[name]
    (tmp_path / "mine.yaml").write_text(content)
    begun = time.process_time()
    with pytest.raises(UserError) as caught:
        read_yaml(tmp_path / "mine.yaml")
    assert time.process_time() - begun < 1
    said = str(caught.value)
    assert all(part in said for part in ["mine.yaml", *expected]) and "\n" not in said, said
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0),
        ("-3", -3),
        ("+3", 3),
        ("9" * 39, int("9" * 39)),
        ("0.5", 0.5),
        ("1.0e-3", 1e-3),
        ("1e-3", "1e-3"),  # methods take it for the number it is
        ("TRUE", True),
        ("~", None),
        ("'010'", "010"),
        ('"2025-01-01"', "2025-01-01"),
        ("!!str 1:30", "1:30"),
        ("|\n  yes", "yes"),
        ("[" * 3 + "]" * 3, [[[]]]),
        ("{b: &x {c: 1}, d: *x, e: {<<: *x, f: 2}}", {"b": {"c": 1}, "d": {"c": 1}, "e": {"c": 1, "f": 2}}),
    ],
)
def test_values_are_read_as_written(written, value):
    assert parse_yaml(f"a: {written}", "mine.yaml") == {"a": value}
