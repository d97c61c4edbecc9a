"""Methods from outside: the example of the documentation, entry points, folders, code inputs, and the contract's messages."""

from __future__ import annotations

import copy
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import yaml

from aenmf.data.datasets import Registry
from aenmf.errors import UserError
from aenmf.files.checked_yaml import check_config, load_schema
from aenmf.losses import FROBENIUS, PAPER_LOSSES
from aenmf.methods import plugins
from aenmf.methods.base import read_options
from aenmf.methods.contract import CHECKS, ContractError, example
from aenmf.methods.nmf import NMF
from aenmf.methods.refitted import Extraction, RefittedMethod
from aenmf.methods.registry import model_class
from aenmf.problem import Fit
from aenmf.run import codeinputs
from aenmf.run.codeinputs import code_inputs, digest_of, imported_files
from aenmf.run.newmethod import new_method
from aenmf.run.plan import make_plan
from support.peers import average_matched_cosine


@pytest.fixture
def outside(monkeypatch, tmp_path) -> Path:
    """An empty working directory; whatever a test puts on the search path is taken off again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def block(root: Path, language: str) -> str:
    """The first code block of a language in the documentation."""
    text = (root / "docs/add-a-method.md").read_text(encoding="utf-8")
    return re.search(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)[1]


def configured(root: Path, over: dict) -> dict:
    config = copy.deepcopy(yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8")))
    methods = {**config["methods"], **over.pop("methods", {})}
    return {**config, **over, "methods": methods}


def plan_of(root: Path, config: dict):
    check_config(config, load_schema(root / "workflow/aenmf/schemas/config.schema.yaml"))
    plugins.use_plugin_path(config["plugin_path"])
    return make_plan(config, Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv"))


def test_the_documented_example_runs(root, outside):
    (outside / "methods").mkdir()
    (outside / "methods/grouped.py").write_text(block(root, "python"), encoding="utf-8")
    plan = plan_of(root, configured(root, yaml.safe_load(block(root, "yaml"))))
    method = plan.methods["grouped"]
    assert plan.combinations[-2:] == tuple(("grouped", loss) for loss in PAPER_LOSSES)
    assert method.options.rounds == 30
    for loss in PAPER_LOSSES:
        fit = method.fit([example(loss)])[0]
        assert fit.converged and average_matched_cosine(nmf_signatures(loss), fit.signatures) > 0.6
        for check in CHECKS.values():
            check(method, loss)
    # Jobs find the module too, and its file is an input of their rules.
    code = "import grouped; print(grouped.Grouped.model)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "grouped"
    assert inspect.getfile(type(method)) == str(outside / "methods/grouped.py")
    assert any(file.endswith("methods/refitted.py") for file in code_inputs(inspect.getfile(type(method))))


def test_a_new_method_keeps_the_contract_and_is_planned_as_it_is(root, outside):
    lines = new_method("my_method", Path("methods"))
    assert [line.split()[0] for line in lines[1:]] == ["pytest", "snakemake"]
    assert "--method my_method:MyMethod" in lines[1] and "scores --configfile config/my_method.yaml" in lines[2]
    plan = plan_of(root, configured(root, yaml.safe_load((outside / "config/my_method.yaml").read_text("utf-8"))))
    for loss in PAPER_LOSSES:
        for check in CHECKS.values():
            check(plan.methods["my_method"], loss)
    with pytest.raises(UserError, match="there is already such a file"):
        new_method("my_method", Path("methods"))


@pytest.mark.parametrize("name", ["Mine", "my-method", "nmf", "numpy", ""])
def test_a_new_method_needs_a_name_of_its_own(outside, name):
    with pytest.raises(UserError, match="NAME"):
        new_method(name, Path("methods"))
    assert not list(outside.iterdir())


def nmf_signatures(loss: str) -> np.ndarray:
    return NMF({"frobenius": "hals", "kullback-leibler": "ccd"}).fit([example(loss)])[0].signatures


def test_neighbours_of_a_method_are_code_inputs(tmp_path):
    for name, text in {
        "mine.py": "import json, numpy\nfrom helper import f\nfrom aenmf.seeds import Seed\n",
        "helper.py": "from parts import inner\nf = 1\n",
        "parts/__init__.py": "",
        "parts/inner.py": "from . import other\n",
        "parts/other.py": "",
        "unused.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    files = [Path(file) for file in code_inputs(tmp_path / "mine.py")]
    near = {str(file.relative_to(tmp_path)) for file in files if file.is_relative_to(tmp_path)}
    assert near == {"helper.py", "parts/__init__.py", "parts/inner.py", "parts/other.py"}
    assert any(file.name == "seeds.py" for file in files) and not any("numpy" in file.parts for file in files)


def test_an_edit_of_a_method_or_its_neighbour_changes_its_digest(tmp_path):
    mine, helper = tmp_path / "mine.py", tmp_path / "helper.py"
    mine.write_text("from helper import f\n")
    helper.write_text("f = 1\n")

    def digest() -> str:
        for cached in (imported_files, code_inputs, digest_of, codeinputs._parsed):
            cached.cache_clear()
        return digest_of(frozenset([*code_inputs(mine), str(mine)]))

    seen = [digest(), digest()]
    for file in (helper, mine):
        file.write_text(file.read_text() + "# edited\n")
        assert digest() == seen[-1]
        file.write_text(file.read_text() + "edited = True\n")
        seen.append(digest())
    assert seen[0] == seen[1] and len(set(seen)) == 3


def test_a_missing_folder_is_named(root, outside):
    with pytest.raises(UserError, match=r"config key plugin_path: there is no folder 'methods'.*" + str(outside)):
        plan_of(root, configured(root, {"plugin_path": ["methods"]}))


@pytest.mark.parametrize("name", ["random", "numpy", "aenmf", "yaml"])
def test_a_file_called_like_a_module_that_others_need_is_refused(outside, name):
    (outside / "methods").mkdir()
    (outside / f"methods/{name}.py").touch()
    before = list(sys.path)
    with pytest.raises(UserError, match=f"plugin_path: {name}.py in 'methods' would be imported in place of.*Rename"):
        plugins.use_plugin_path(["methods"])
    assert sys.path == before


def test_a_missing_module_is_named(root, outside):
    entry = {"x": {"model": "nowhere_at_all:X"}}
    with pytest.raises(UserError, match="methods.x.model.*nowhere_at_all.*plugin_path"):
        plan_of(root, configured(root, {"compare": ["x"], "methods": entry}))


def test_installed_packages_are_found_by_entry_point(monkeypatch):
    point = EntryPoint(name="theirs", value="aenmf.methods.nmf:NMF", group=plugins.GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [point] if group == plugins.GROUP else [])
    plugins.installed_models.cache_clear()
    try:
        assert model_class("theirs") is NMF
        with pytest.raises(UserError, match="Did you mean 'theirs'"):
            model_class("thiers")
    finally:
        plugins.installed_models.cache_clear()


class Flat(RefittedMethod):
    """A right, if useless, method; the wrong ones below differ from it in one thing each."""

    model = "flat"
    architecture = NMF.architecture

    def extract(self, matrix, n_signatures, seed):
        return Extraction(seed.child("x").generator().random((96, n_signatures)))


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_right_method_keeps_the_contract(check):
    check(Flat(), FROBENIUS)


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"needs": ("no_such_package",)}, "needs the package no_such_package"),
        ({"device": "abacus"}, "needs the device abacus"),
        ({"losses": ("kullback-leibler",)}, "has no frobenius loss"),
    ],
)
def test_what_a_class_declares_is_respected(declared, reason):
    assert reason in type("Declared", (Flat,), declared)().unsupported(FROBENIUS)


def test_what_a_method_with_solvers_needs_is_respected():
    method = type("Needy", (NMF,), {"needs": ("no_such_package",)})("mu")
    assert "no_such_package" in method.unsupported(FROBENIUS)
    assert NMF("mu").unsupported(FROBENIUS) is None and "no kull" in NMF("hals").unsupported("kullback-leibler")


@pytest.mark.parametrize(("name", "value"), [("orientation", "upside down"), ("dtype", "float16")])
def test_wrong_declarations_are_user_errors(name, value):
    with pytest.raises(UserError, match=value):
        type("Declared", (Flat,), {name: value})()


def test_the_matrix_comes_as_declared():
    turned = type("Turned", (Flat,), {"orientation": "patients × channels", "dtype": "float32"})()
    matrix = turned.matrix_of(example(FROBENIUS))
    assert matrix.shape == (30, 96) and matrix.dtype == np.float32 and matrix.flags.c_contiguous
    np.testing.assert_array_equal(matrix.T, example(FROBENIUS).catalogue)


def altered(**changes):
    """A method whose fits are those of Flat with some attributes computed again from the fit."""

    class Altered(Flat):
        def fit(self, problems, report=None):
            fits = super().fit(problems, report)
            return [Fit(**{**vars(fit), **{name: make(fit) for name, make in changes.items()}}) for fit in fits]

    return Altered()


class Unseeded(Flat):
    def extract(self, matrix, n_signatures, seed):
        return Extraction(np.random.default_rng().random((96, n_signatures)))


class GlobalSeed(Flat):
    def extract(self, matrix, n_signatures, seed):
        return Extraction(np.random.random((96, n_signatures)))


class Remembering(Flat):
    def fit(self, problems, report=None):
        fits = super().fit(problems, report)
        fits[-1].extras["company"] = np.array([len(problems)])
        return fits


class Growing(Flat):
    calls = 0

    def fit(self, problems, report=None):
        fits = super().fit(problems, report)
        self.calls += 1
        if self.calls > 1:
            fits[0].extras["later"] = np.zeros(1)
        return fits


class Writing(Flat):
    def fit(self, problems, report=None):
        problems[0].catalogue[0] += 1
        return super().fit(problems, report)


class Silent(Flat):
    def fit(self, problems, report=None):
        return super().fit(problems)


class Uneven(Flat):
    def fit(self, problems, report=None):
        fits = super().fit(problems, report)
        for number, fit in enumerate(fits):
            fit.extras["mine"] = np.zeros(number + 1)
        return fits


@pytest.mark.parametrize(
    ("check", "method", "message"),
    [
        ("fit", altered(signatures=lambda f: f.signatures.T), "transpose"),
        ("fit", altered(signatures=lambda f: -f.signatures), "signatures are negative in 288 places"),
        ("fit", altered(signatures=lambda f: 2 * f.signatures), "Divide each column by its sum"),
        ("fit", altered(exposures=lambda f: f.exposures / 1000), "Exposures are in mutations"),
        ("fit", altered(exposures=lambda f: f.exposures * np.nan), "exposures are not all finite"),
        ("fit", altered(objective=lambda f: f.objective / 2), "Report problem.value(signatures @ exposures)"),
        ("seed", Unseeded(), "Draw every random number from problem.seed"),
        ("seed", GlobalSeed(), "never from np.random itself"),
        ("seed", Growing(), "two different results (names of extras)"),
        ("batch", Remembering(), "Keep nothing from one problem to the next"),
        ("input", Writing(), "Work on problem.catalogue.copy()"),
        ("report", Silent(), "Call report"),
        ("storage", Uneven(), "extras are numeric arrays"),
        ("description", type("Nameless", (Flat,), {"model": ""})(), "model = "),
    ],
)
def test_a_wrong_method_is_told_what_to_mend(check, method, message):
    with pytest.raises(ContractError) as caught:
        CHECKS[check](method, FROBENIUS)
    assert message in str(caught.value)


def test_the_contract_suite_fails_for_a_wrong_plugin(root, tmp_path):
    (tmp_path / "wrong.py").write_text(
        "from aenmf.methods.nmf import NMF\nfrom aenmf.methods.refitted import Extraction, RefittedMethod\n"
        "class Wrong(RefittedMethod):\n    model, architecture, losses = 'wrong', NMF.architecture, ('frobenius',)\n"
        "    def extract(self, matrix, n_signatures, seed):\n"
        "        import numpy as np\n        return Extraction(np.random.random((96, n_signatures)))\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(root / "tests/contract")]
    command += ["--method", "wrong:Wrong", "--plugin-path", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, cwd=root)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "never from np.random itself" in run.stdout
    assert re.search(r"[1-9] failed, [1-9]\d* passed, 16 skipped", run.stdout), run.stdout[-2000:]


@dataclass(frozen=True)
class Typed:
    rounds: int = 3
    step: float = 0.1
    kind: str = "a"
    fast: bool = False
    most: int | None = None
    starts: int | str = 1
    names: Sequence[str] = ()


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("rounds", 4, 4),
        ("rounds", "4", 4),
        ("rounds", 4.0, 4),
        ("step", "1e-3", 0.001),
        ("step", 2, 2.0),
        ("most", None, None),
        ("most", 5, 5),
        ("starts", "search", "search"),
        ("names", ["x"], ["x"]),
    ],
)
def test_options_are_read_as_their_class_declares_them(key, value, read):
    found = getattr(read_options(Typed, {key: value}, "methods.x"), key)
    assert found == read and type(found) is type(read)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("rounds", "many", "rounds must be a whole number, not 'many'"),
        ("rounds", 2.5, "rounds must be a whole number, not 2.5"),
        ("rounds", True, "rounds must be a whole number, not True"),
        ("rounds", float("inf"), "rounds must be a whole number, not inf"),
        ("rounds", None, "rounds must be a whole number, not None"),
        ("step", "tiny", "step must be a number, not 'tiny'"),
        ("kind", 3, "kind must be text, not 3"),
        ("fast", "yes", "fast must be true or false, not 'yes'"),
        ("most", "many", "most must be a whole number or null, not 'many'"),
        ("names", 3, "names must be a list, not 3"),
    ],
)
def test_options_of_another_type_are_refused_with_the_class_and_its_file(key, value, says):
    with pytest.raises(UserError) as error:
        read_options(Typed, {key: value}, "methods.x")
    assert says in str(error.value) and ":Typed (" in str(error.value) and "test_plugins.py)" in str(error.value)


def test_built_in_options_have_their_types_checked_too():
    with pytest.raises(UserError, match="max_iter must be a whole number, not 'many'"):
        NMF("mu", {"max_iter": "many"})


PLUGIN = """
from aenmf.methods.nmf import NMF
from aenmf.methods.refitted import Extraction, RefittedMethod
class Mine(RefittedMethod):
    model, architecture = "mine", NMF.architecture
    def extract(self, matrix, n_signatures, seed):
        return Extraction(seed.child("x").generator().random((96, n_signatures)))
"""


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("    losses = 'frobenius'", "losses is 'frobenius'. Write it as a tuple"),
        ("    losses = ('mse',)", "losses names mse. Choose from frobenius, kullback-leibler"),
        ("    losses = ()", "losses names nothing"),
        ("    needs = 'numpy'", "needs is 'numpy'. Write it as a tuple"),
        ("    architecture = 'none'", "does not describe itself"),
        ("    Options = dict", "the class dict is no dataclass"),
        ("    def __init__(self, options, where): 1 / 0", "ZeroDivisionError"),
        ("    def __init__(self): pass", "TypeError"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import no_such_package", "Install no_such_package, or import it inside extract and declare needs"),
        ("def f(:", "SyntaxError"),
    ],
)
def test_a_class_that_declares_itself_wrongly_is_refused_when_the_run_is_planned(root, outside, more, says):
    (outside / "methods").mkdir()
    (outside / "methods/mine.py").write_text(PLUGIN + more + "\n", encoding="utf-8")
    over = {"plugin_path": ["methods"], "compare": ["mine"], "methods": {"mine": {"model": "mine:Mine"}}}
    with pytest.raises(UserError, match="config key methods.mine") as error:
        plan_of(root, configured(root, over))
    assert says in str(error.value) and ("methods/mine.py" in str(error.value) or "Options" in more)
