"""What comes from outside cannot run code, leave its folder or be used unchecked."""

from __future__ import annotations

import ast
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from aenmf.data.datasets import Registry
from aenmf.data.fetch import Downloads, _members, resolve
from aenmf.errors import UserError
from aenmf.files.checked_yaml import check_config, load_schema, merged, read_yaml
from aenmf.files.fits import load_arrays
from aenmf.solvers import kernelcache

ROOT = Path(__file__).parents[2]
SOURCES = [
    *sorted((ROOT / "workflow").rglob("*.py")),
    *sorted((ROOT / "workflow/rules").glob("*.smk")),
    ROOT / "Snakefile",
]


def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """The calls in a Python file, by their dotted name."""
    return [
        (ast.unparse(node.func), node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix == ".py"], ids=lambda path: path.stem)
def test_no_module_loads_pickles_or_runs_text(path):
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert not imported & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
    for name, call in calls(path):
        keywords = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert name not in ("eval", "exec", "os.system", "os.popen", "torch.load", "pd.read_pickle", "yaml.unsafe_load")
        if not name.endswith(".str.extract") and name != "self.extract":  # texts, and signatures
            assert not name.endswith((".extractall", ".extract", ".unpack_archive")), (
                "archives are read member by member"
            )
        assert keywords.get("shell") != "True"
        if name in ("np.load", "numpy.load"):
            assert keywords["allow_pickle"] == "False"
        if name == "yaml.load":
            assert keywords["Loader"] == "_StrictLoader"  # a SafeLoader, see aenmf.files.checked_yaml


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix != ".py"], ids=lambda path: path.name)
def test_no_rule_runs_a_shell_command(path):
    text = path.read_text()
    assert "shell:" not in text and "pickle" not in text and "http://" not in text


def test_yaml_cannot_make_objects(tmp_path):
    path, marker = tmp_path / "evil.yaml", tmp_path / "marker"
    path.write_text(f"run: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{marker}]]\n")
    with pytest.raises(UserError, match="the tag !!python.* is not taken"):
        read_yaml(path)
    assert not marker.exists()


def test_pickled_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "x.npz", a=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_arrays(tmp_path / "x.npz")


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


HOSTILE = {
    "parent": [entry("repo/data/../../../evil")],
    "parent at the front": [entry("../evil")],
    "absolute": [entry("/tmp/evil")],
    "parent beside the folder": [entry("repo/../evil")],
}
LEFT_OUT = {
    "symbolic link": [entry("repo/data/link", tarfile.SYMTYPE, "/etc/passwd")],
    "hard link": [entry("repo/data/link", tarfile.LNKTYPE, "/etc/passwd")],
    "device": [entry("repo/data/device", tarfile.CHRTYPE)],
    "pipe": [entry("repo/data/pipe", tarfile.FIFOTYPE)],
    "hidden": [entry("repo/data/.hidden")],
    "other folder": [entry("repo/other/evil")],
}


def archive(path: Path, members: list[tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        good = entry("repo/data/good.csv")
        good.size = 4
        tar.addfile(good, io.BytesIO(b"good"))
        for member in members:
            member.size = 4 if member.isreg() else 0
            tar.addfile(member, io.BytesIO(b"evil") if member.isreg() else None)
    return path


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_with_a_path_that_leads_out_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="unsafe path"):
        _members(archive(tmp_path / "x.tar.gz", HOSTILE[name]), "data")


@pytest.mark.parametrize("name", LEFT_OUT)
def test_only_plain_files_of_the_folder_are_taken_from_an_archive(tmp_path, name):
    assert _members(archive(tmp_path / "x.tar.gz", LEFT_OUT[name]), "data") == {"good.csv": b"good"}


def test_a_file_below_a_link_stays_inside(tmp_path):
    # A link to a directory and then a file "through" it: the link is left out, so the file's folder is a plain one.
    members = [entry("repo/data/out", tarfile.SYMTYPE, "/tmp"), entry("repo/data/out/evil")]
    found = _members(archive(tmp_path / "x.tar.gz", members), "data")
    assert found == {"good.csv": b"good", "out/evil": b"evil"}


EVIL = [
    "../x",
    "..",
    ".",
    "/tmp/x",
    "a/b",
    "a\\b",
    "a b",
    "-rf",
    "",
    "x\n",
    "x\0",
    "~",
    "$HOME",
    "{cohort}",
    "a" * 300,
    "ü",
    "*",
]


@pytest.fixture(scope="module")
def default() -> dict:
    return yaml.safe_load((ROOT / "config/config.yaml").read_text())


@pytest.mark.parametrize("name", EVIL)
def test_names_that_become_paths_cannot_leave_results(default, name):
    schema = load_schema(ROOT / "workflow/aenmf/schemas/config.schema.yaml")
    own = {"file": "x", "rank": 3}
    changes = [{"run": name}, {"own_cohorts": {name: own}}, {"methods": {name: {"model": "nmf"}}}]
    if name:  # no organ is an organ that is not given
        changes.append({"own_cohorts": {"mine": own | {"organ": name}}} if len(name) < 100 else {"run": name})
    for change in changes:
        with pytest.raises(UserError):
            check_config(merged(default, change), schema)


def test_the_tables_of_data_sets_cannot_name_paths_that_lead_out_or_plain_http(tmp_path):
    good = (ROOT / "config/cohorts.tsv").read_text()
    for old, new in (
        ("gel/catalogues_Ovary", "../gel/catalogues_Ovary"),
        ("gel/catalogues_Ovary", "/gel/catalogues_Ovary"),
    ):
        (tmp_path / "cohorts.tsv").write_text(good.replace(old, new, 1))
        with pytest.raises(UserError, match="file"):
            Registry.load(tmp_path / "cohorts.tsv", ROOT / "config/references.tsv")
    (tmp_path / "cohorts.tsv").write_text(good.replace("https://", "http://", 1))
    with pytest.raises(UserError, match="https only"):
        Registry.load(tmp_path / "cohorts.tsv", ROOT / "config/references.tsv")


def test_plain_http_is_not_used_even_if_a_table_names_it(tmp_path):
    data = Registry.load(ROOT / "config/cohorts.tsv", ROOT / "config/references.tsv").cohorts["ovary"].data
    for url in ("http://example.org/x", "file:///etc/passwd", "ftp://example.org/x"):
        with pytest.raises(UserError, match="only https is used"):
            resolve(
                replace(data, urls=(url,)),
                cache_dir=tmp_path,
                downloads=Downloads(attempts=1, progress=False),
                environ={},
            )
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_compiled_solvers_are_never_kept_where_others_can_write(monkeypatch, tmp_path):
    # Numba reads its cache as pickles.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    for base in ("", "relative", str(tmp_path)):
        monkeypatch.setenv("XDG_CACHE_HOME", base)
        expected = tmp_path if base == str(tmp_path) else Path.home() / ".cache"
        assert kernelcache.cache_folder().parent == expected / "aenmf"
