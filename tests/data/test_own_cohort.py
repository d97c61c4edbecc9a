"""A user's own cohort, from the file to the report: the scaffold, VCF folders, and the commands of docs/own-cohort.md."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from aenmf.data.catalogues import read_catalogue
from aenmf.errors import UserError
from aenmf.run.preflight import check, load_config
from aenmf.run.scaffold import cohort_name, rank_range
from support.command import aenmf, put_command

EXAMPLE = "docs/example/catalogue.tsv"


@pytest.fixture
def place(root, tmp_path, monkeypatch) -> Path:
    """A working directory with the example's files."""
    shutil.copytree(root / "docs/example", tmp_path / "docs/example")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_scaffold_says_what_it_found_and_writes_a_few_lines(place, capsys):
    assert aenmf("scaffold", EXAMPLE, "--rank", "3", "--title", "My cohort", "--organ", "Ovary") == 0
    said = capsys.readouterr().out
    assert "96 channels in rows (re-ordered by name), 30 patients in columns" in said
    assert "58,706 mutations; per patient 432 (SIM-25) to 5,279 (SIM-29)" in said
    assert said.endswith("snakemake --cores 2 --configfile config/catalogue.yaml\n")
    written = (place / "config/catalogue.yaml").read_text()
    assert len(written.splitlines()) < 10 and written.count("#") >= 4
    assert yaml.safe_load(written) == {
        "run": "catalogue",
        "cohorts": ["catalogue"],
        "own_cohorts": {"catalogue": {"file": EXAMPLE, "rank": 3, "title": "My cohort", "organ": "Ovary"}},
        "methods": {name: {"patience": 3, "least_starts": 3} for name in ("nmf", "cnmf", "aenmf")},
    }


@pytest.mark.parametrize(
    ("file", "options", "name"),
    [
        ("2024.tsv", [], "cohort_2024"),
        ("null.csv", [], "cohort_null"),
        ("1e5.csv", [], "cohort_1e5"),
        ("no.csv", [], "no"),
        ("own.csv", ["--name", "no"], "no"),
        ("own.csv", ["--name", "on", "--title", 'a "b": #c'], "on"),
    ],
)
def test_the_next_command_takes_the_configuration_whatever_the_name(place, capsys, file, options, name):
    shutil.copy(EXAMPLE, file)
    assert aenmf("scaffold", file, "--rank", "3", *options) == 0, capsys.readouterr().err
    assert capsys.readouterr().out.endswith(f" config/{name}.yaml\n")
    config = load_config([f"config/{name}.yaml"])
    assert config["run"] == name and config["cohorts"] == [name] and list(config["own_cohorts"]) == [name]
    check(config)


def test_a_matrix_of_sigprofiler_with_an_empty_patient(place, capsys):
    rows = [row + "\t" for row in Path(EXAMPLE).read_text().splitlines()]
    Path("tab.all").write_text("\n".join(rows) + "\n")
    assert aenmf("scaffold", "tab.all", "--rank", "3") == 0
    assert "30 patients" in (said := capsys.readouterr().out) and "left out 1 column at the end" in said
    Path("tab.all").write_text("\n".join([rows[0] + "EMPTY", *(row + "0" for row in rows[1:])]) + "\n")
    assert aenmf("scaffold", "tab.all", "--rank", "3", "--force") == 1
    assert "--drop-empty" in capsys.readouterr().err
    assert aenmf("scaffold", "tab.all", "--rank", "3", "--force", "--drop-empty") == 0
    assert "30 patients" in (said := capsys.readouterr().out) and "without any mutation: EMPTY\n" in said
    assert load_config(["config/tab.yaml"])["empty_samples"] == "drop"
    assert len(Path("config/tab.yaml").read_text().splitlines()) < 10


def test_matrices_that_sigprofiler_ships_are_read_as_they_are():
    folder = Path(pytest.importorskip("SigProfilerMatrixGenerator").__file__).parent / "references/matrix/BRCA_example"
    assert read_catalogue(folder / "BRCA_example.SBS96.all").matrix.sum() > 0
    for kind in ("SBS6", "SBS192", "SBS1536", "DBS78"):
        with pytest.raises(UserError, match=f"looks like a matrix of the kind {kind}.*SBS96.all"):
            read_catalogue(folder / f"BRCA_example.{kind}.all")


def test_a_range_of_ranks_asks_for_a_choice(place, capsys):
    assert aenmf("scaffold", EXAMPLE, "--ranks", "2-8", "--name", "mine", "--truth", "docs/example/truth.tsv") == 0
    said = capsys.readouterr().out
    assert "snakemake --cores 2 ranks --configfile config/mine.yaml\n" in said and "rank_criteria.csv" in said
    assert "3 true signatures (SBS1, SBS2, SBS4)" in said and "the rank is 5" in said
    entry = yaml.safe_load((place / "config/mine.yaml").read_text())["own_cohorts"]["mine"]
    assert entry["rank"] == 5 and entry["ranks"] == [2, 8] and entry["truth"] == "docs/example/truth.tsv"


def test_a_genome_for_a_catalogue_is_not_used_and_the_scaffold_says_so(place, capsys):
    assert aenmf("scaffold", EXAMPLE, "--rank", "3", "--genome", "GRCh37") == 0
    assert f"--genome GRCh37 is not used: {EXAMPLE} holds counts" in capsys.readouterr().out
    assert "genome" not in (place / "config/catalogue.yaml").read_text()


BAD = {
    "no rank": ([EXAMPLE], ["--rank", "is missing", "--ranks 2-8"]),
    "no range": ([EXAMPLE, "--ranks", "2:8"], ["'2:8' is not a range", "such as 2-8"]),
    "range beyond the channels": ([EXAMPLE, "--ranks", "2-200"], ["'2-200' is outside 1 to 96", "than channels"]),
    "range from zero": ([EXAMPLE, "--ranks", "0-5"], ["'0-5' is outside 1 to 96", "such as 2-8"]),
    "range upside down": ([EXAMPLE, "--ranks", "8-2"], ["error: --ranks: ", "highest (2) is below lowest (8)"]),
    "range beyond the patients": ([EXAMPLE, "--ranks", "2-40"], ["error: --ranks: ", "above the number of patients"]),
    "rank of nothing": ([EXAMPLE, "--rank", "0"], ["error: --rank: 0 is not at least 1"]),
    "absent": (["no.csv", "--rank", "3"], ["no file 'no.csv'", "Correct the path"]),
    "too many": ([EXAMPLE, "--rank", "40"], ["24 would be for training", "at most 24"]),
    "name with a slash": ([EXAMPLE, "--rank", "3", "--name", "../x"], ["error: --name: '../x' is not allowed"]),
    "name that is a number": (
        [EXAMPLE, "--rank", "3", "--name", "2024"],
        ["error: --name: '2024' is not allowed", "no number"],
    ),
    "name null": ([EXAMPLE, "--rank", "3", "--name", "null"], ["'null' is not allowed", "null, nan"]),
    "name taken": ([EXAMPLE, "--rank", "3", "--name", "ovary"], ["error: --name: there is already a cohort 'ovary'"]),
    "organ": ([EXAMPLE, "--rank", "3", "--organ", "a b"], ["error: --organ: ", "letters and _"]),
    "organ in lower case": (
        [EXAMPLE, "--rank", "3", "--organ", "ovary"],
        ["error: --organ: 'ovary'", "Did you mean 'Ovary'"],
    ),
    "organ in upper case": (
        [EXAMPLE, "--rank", "3", "--organ", "CNs"],
        ["error: --organ: 'CNs'", "Did you mean 'CNS'"],
    ),
    "truth of counts": ([EXAMPLE, "--rank", "3", "--truth", EXAMPLE], ["catalogue.tsv", "not 1"]),
    "genome misspelt": (
        ["some.maf", "--rank", "3", "--genome", "GRCh37x"],
        ["error: --genome: 'GRCh37x'", "Did you mean 'GRCh37'"],
    ),
    "folder without genome": (["docs", "--rank", "3"], ["docs is a directory", "--genome GRCh37"]),
    "MAF file without genome": (["some.maf", "--rank", "3"], ["some.maf holds mutations", "--genome GRCh37"]),
    "no such MAF file": (
        ["some.maf", "--rank", "3", "--genome", "GRCh37"],
        ["own_cohorts.some.file", "no file 'some.maf'"],
    ),
    "output is a folder": (
        [EXAMPLE, "--rank", "3", "--force", "--output", "docs"],
        ["docs: this is a directory", "--output mine.yaml"],
    ),
    "folder without files": (["docs", "--rank", "3", "--genome", "GRCh37"], ["no .vcf or .maf file"]),
}


@pytest.mark.parametrize("name", BAD)
def test_mistakes_end_with_one_message_and_write_nothing(place, capsys, name):
    arguments, expected = BAD[name]
    assert aenmf("scaffold", *arguments) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and said.err.count("\n") == 1 and not said.out
    assert all(part in said.err for part in expected), said.err
    assert not (place / "config").exists()


def test_an_existing_configuration_is_kept(place, capsys):
    assert aenmf("scaffold", EXAMPLE, "--rank", "3") == 0
    before = (place / "config/catalogue.yaml").read_text()
    assert aenmf("scaffold", EXAMPLE, "--rank", "4") == 1
    assert "already such a file" in capsys.readouterr().err
    assert (place / "config/catalogue.yaml").read_text() == before
    assert aenmf("scaffold", EXAMPLE, "--rank", "4", "--force") == 0


def test_names_and_ranges():
    assert cohort_name(Path("My Data.v2.csv")) == "my_data_v2"
    assert cohort_name(Path("/x/BRCA.SBS96.all")) == "brca"
    assert cohort_name(Path("données.tsv.gz")) == "donn_es"
    assert cohort_name(Path("....csv")) == "mine"
    assert rank_range("2-8") == [2, 8]
    with pytest.raises(UserError):
        rank_range("two")


def commands(root: Path) -> list[str]:
    """The commands of the worked example: the blocks marked as bash."""
    return re.findall(r"^```bash\n(.*?)^```", (root / "docs/own-cohort.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.workflow
def test_the_worked_example_runs_as_documented(root, tmp_path):
    for name in ("config", "docs"):
        shutil.copytree(root / name, tmp_path / name)
    for name in ("workflow", "envs", "Snakefile"):  # in place, with the compiled solvers
        (tmp_path / name).symlink_to(root / name)
    path = os.pathsep.join([put_command(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(root / "workflow")}
    documented = (root / "docs/own-cohort.md").read_text()
    assert len(commands(root)) == 3
    for number, command in enumerate(commands(root)):
        run = subprocess.run(
            ["bash", "-euc", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        if number == 0:
            assert run.stdout in documented
    folder = tmp_path / "results/example/tables"
    recovery = pd.read_csv(folder / "recovery.csv")
    cosines = recovery.groupby(["method", "loss"])["cosine"].mean()
    assert cosines["nmf"].gt(0.99).all()
    # no patient carries one signature alone, so the cone of the patients does not reach the true ones
    assert cosines[["cnmf", "aenmf"]].between(0.85, 0.95).all()
    assert set(recovery["truth"]) == {"SBS1", "SBS2", "SBS4"}
    assert "truth" in set(pd.read_csv(folder / "matches.csv")["reference"])
    assert (folder / "table3.md").is_file() and (folder / "table4.md").is_file()
