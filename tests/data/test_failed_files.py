"""Files that once were read wrongly or ended in a traceback: each is read as it says now, or refused with place and remedy.

They lie next to the data, in the folder ``cases``, and a new file there needs an entry in one of the tables below.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from aenmf.data.catalogues import Catalogue
from aenmf.data.datasets import DataFile
from aenmf.data.owncohorts import own_catalogue
from aenmf.data.warnings import careful
from aenmf.errors import UserError
from aenmf.losses import FROBENIUS
from aenmf.methods.registry import build_method
from aenmf.problem import Problem
from aenmf.run.preflight import checked
from aenmf.seeds import Seed
from aenmf.verdicts.claims import load_claims
from fuzz.mutationfiles import differs
from fuzz.naive import unlike

SIMULATED = [f"SIM-{i:02d}" for i in range(1, 13)]

CATALOGUES: dict[str, tuple[list[str], list[str]]] = {
    "excel_title_row.csv": (SIMULATED, ["left out row 1, a title above the header"]),
    "exome_low.csv": ([f"E{i}" for i in range(40)], ["half of the patients have 4 mutations or fewer"]),
    "hash_header.tsv": (SIMULATED, ["took row 1, which begins with #, as the header"]),
    "pseudocount_zero_sample.csv": (
        SIMULATED,
        ["a pseudocount of 0.0001", "patients without any mutation (SIM-04, SIM-08)"],
    ),
    "row_number_column_2.txt": ([f"P{i}" for i in range(6)], ["left out column 2 'Idx': row numbers"]),
    "sep_line.csv": (SIMULATED, ["left out row 1, which names the separator ';'"]),
    "ten_copies.csv": ([f"D{i}" for i in range(10)], ["some patients are exact copies (D0 = D1 = D2 = D3 = D4 = …)"]),
    "two_patients.csv": (["SP10084", "SP10150"], ["2 patients can be split in 2 ways only, and 30 splits are drawn"]),
}
"""Catalogues that are read: their patients, and what is said of them, as notes or warnings."""

MUTATIONS = {
    "vcf/dots": 6,
    "vcf/maf_shuffled": 6,
    "vcf/partial": 6,
    "vcf/plain": 6,
}
"""Folders of VCF and MAF files that are counted, and how many patients they have."""

REFUSED = {
    "complexkey.yaml": ["line 1, column 3", "a key is a list or a mapping", "Write keys as plain text"],
    "date.yaml": ["line 1, column 6", "'2025-02-30' is read as a date", "Write it in quotes"],
    "double_key_claims.yaml": ["line 9, column 5", "the key 'paper' is given twice", "Remove one of them"],
    "dupkey.yaml": ["line 3, column 1", "the key 'n_splits' is given twice", "Remove one of them"],
    "exome192_small.csv": ["header: column 1 'Strand'", "SBS192 or SBS384", "Give the matrix of 96 channels"],
    "only_signal.yaml": ["line 4, config key references:", "mine would be matched to none", "Add cosmic"],
    "option_type.yaml": ["line 10, config key methods.nbnmf:", "max_iter must be a whole number, not 'many'"],
    "seedhuge.yaml": ["line 1, column 7", "the number has 402 digits", "Write a smaller number"],
    "selfref.yaml": ["line 3, column 8", "an alias contains itself", "Write the value out"],
    "study_typo.yaml": ["line 5, config key scaling.methods:", "unknown method entry 'nope'", "Allowed: aenmf"],
    "vcf/bad": ["P04.vcf, line 1", "'not a vcf' is not a line of a VCF file", "take the file out of the folder"],
}
"""What is refused, and what the message says: place, problem and remedy."""


@pytest.fixture
def cases(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the files, as the working directory: nothing may be written next to the data."""
    original = _original(data_dir)
    copied = shutil.copytree(original, tmp_path / "cases")
    for folder in [copied, *filter(Path.is_dir, copied.rglob("*"))]:
        folder.chmod(0o755)
    monkeypatch.chdir(copied)
    return copied


def _original(data_dir: Path) -> Path:
    folder = data_dir.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"no files that once failed: there is no folder {folder}")
    return folder


def _read(name: str) -> Catalogue:
    return own_catalogue(DataFile("mine", "own", name), "error")[1]


def _counted(folder: str) -> Catalogue:
    return own_catalogue(DataFile("mine", "vcf", folder, genome="GRCh37"), "error")[1]


def test_every_file_is_in_a_table(data_dir):
    folder = _original(data_dir)
    found = {str(path.relative_to(folder)) for path in folder.iterdir() if path.is_file()}
    found |= {str(path.relative_to(folder)) for path in folder.glob("*/*") if path.is_dir()}
    found |= {str(path.relative_to(folder)) for path in folder.glob("*/*") if path.is_file()}
    assert found == {*CATALOGUES, *MUTATIONS, *REFUSED}


@pytest.mark.parametrize("name", CATALOGUES)
def test_catalogues_are_read_as_they_are_and_oddities_are_named(cases, name):
    patients, says = CATALOGUES[name]
    catalogue = _read(name)
    assert list(catalogue.samples) == patients
    assert not unlike((cases / name).read_bytes(), catalogue.samples, catalogue.matrix)
    said = "; ".join([*catalogue.notes, *careful(catalogue, 30, 0.8)])
    assert all(part in said for part in says), said


def test_the_same_counts_in_three_layouts_are_the_same(cases):
    first, *others = (_read(name).matrix for name in ("excel_title_row.csv", "hash_header.tsv", "sep_line.csv"))
    assert first.sum() > 0 and all(np.array_equal(first, other) for other in others)


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_patient_of_a_folder_is_counted_under_its_name(cases, generator, monkeypatch, name):
    monkeypatch.chdir(cases)
    files = {path.name: path.read_bytes() for path in (cases / name).iterdir()}
    catalogue = _counted(name)
    assert len(catalogue.samples) == MUTATIONS[name]
    assert not differs(files, catalogue)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_with_place_and_remedy(cases, generator, monkeypatch, name):
    monkeypatch.chdir(cases)
    (cases / "methods").mkdir()  # option_type.yaml names a method in it
    (cases / "methods/nb.py").write_text(METHOD)
    with pytest.raises(UserError) as error:
        _used(name)
    said = str(error.value)
    assert error.value.where and error.value.remedy and "\n" not in said and len(said) < 1000
    assert os.path.basename(name) in said
    assert all(part in said for part in REFUSED[name]), said


def _used(name: str) -> object:
    """Use a file as the commands do."""
    kinds: dict[str, Callable[[], object]] = {
        "double_key_claims.yaml": lambda: load_claims(name),
        "exome192_small.csv": lambda: _read(name),
        "vcf/bad": lambda: _counted(name),
    }
    return kinds.get(name, lambda: checked([name]))()


METHOD = "from aenmf.methods.mvnmf import MinimumVolumeNMF\nclass NegativeBinomial(MinimumVolumeNMF): model = 'nb'\n"


@pytest.mark.parametrize(("name", "rank"), [("ten_copies.csv", 3), ("two_patients.csv", 1)])
def test_a_fit_of_few_or_equal_patients_that_says_converged_is_stationary(cases, name, rank):
    method = build_method("cnmf", {"model": "cnmf", "solver": "blocks", "restarts": 1})
    fit = method.fit([Problem(_read(name).matrix, rank, FROBENIUS, Seed(1))])[0]
    assert fit.converged and fit.kkt < 1e-6
