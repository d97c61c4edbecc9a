"""The registry of data sets, and the references it names."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS, substitution, trinucleotide
from aenmf.data.catalogues import read_catalogue
from aenmf.data.datasets import Registry
from aenmf.data.entries import Cohort, DataFile, Draw
from aenmf.data.fetch import resolve
from aenmf.data.references import pcawg_name, read_attributions, read_signatures, seen_in
from aenmf.errors import UserError
from aenmf.files.checked_yaml import load_schema
from aenmf.files.shipped import SCHEMAS


@pytest.fixture(scope="module")
def tables(root):
    return root / "config/cohorts.tsv", root / "config/references.tsv"


@pytest.fixture(scope="module")
def registry(tables):
    return Registry.load(*tables)


def test_the_papers_cohorts(registry):
    paper = [cohort for cohort in registry.cohorts.values() if cohort.of_paper]
    assert {cohort.cohort: (cohort.kind, cohort.rank, cohort.organ) for cohort in paper} == {
        "scenario8": ("simulated", 3, ""),
        "ovary": ("catalogue", 4, "Ovary"),
        "prostate": ("catalogue", 5, "Prostate"),
        "uterus": ("catalogue", 8, "Uterus"),
    }
    assert registry.cohort("scenario8").data is None
    assert registry.cohort("ovary").data.path == "gel/catalogues_Ovary_SBS.tsv"


def test_every_simulated_cohort_has_a_draw_of_either_noise(registry):
    simulated = {name: cohort for name, cohort in registry.cohorts.items() if cohort.kind == "simulated"}
    draws = {name: cohort for name, cohort in simulated.items() if isinstance(cohort.simulation, Draw)}
    bases = [name for name in simulated if name not in draws]
    assert len(bases) == 8
    for noise, ending in (("poisson", "poisson"), ("negative-binomial", "negbin")):
        named = {f"{name}_{ending}": name for name in bases}
        found = {
            name: cohort.simulation.base.cohort for name, cohort in draws.items() if cohort.simulation.noise == noise
        }
        assert found == named
    assert all(cohort.rank == cohort.simulation.base.rank for cohort in draws.values())


def test_whatever_is_downloaded_has_a_checksum_an_https_address_and_a_citation(registry):
    files = [cohort.data for cohort in registry.cohorts.values() if cohort.data]
    assert not [cohort for cohort in registry.cohorts.values() if not (cohort.data or cohort.simulation)]
    files += [reference.data for reference in registry.references.values()]
    for data in files:
        assert len(data.sha256) == 64 and data.citation
        assert bool(data.urls) is (data.kind != "package")
        assert all(url.startswith("https://") for url in data.urls)


def test_registry_agrees_with_the_list_of_sources(registry, data_dir):
    with open(data_dir / "SOURCES.tsv", newline="") as file:
        sources = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    named = [cohort.data for cohort in registry.cohorts.values() if cohort.data]
    named += [reference.data for reference in registry.references.values() if reference.data.kind == "file"]
    assert len({data.path for data in named}) == 10
    for data in named:
        if data.path not in sources:
            pytest.skip(f"an older {data_dir}: there is no {data.path}")
        assert (data.sha256, data.urls) == (sources[data.path]["sha256"], (sources[data.path]["public_url"],))


@pytest.mark.parametrize(
    "name", ["ovary", "prostate", "uterus", "signal", "pcawg", "published", "muse_xae", "cosmic", "cosmic_v3_3"]
)
def test_every_data_set_resolves_from_the_data_directory(registry, data_dir, tmp_path, name):
    entry = registry.cohorts.get(name) or registry.references[name]
    found = resolve(entry.data, data_dir, tmp_path)
    assert found.sha256 == entry.data.sha256
    assert found.source == ("package" if name.startswith("cosmic") else "data_dir")


HALLO = hashlib.sha256(b"hallo").hexdigest()


def put(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"hallo")
    return path


def test_own_files_are_taken_as_they_are_or_checked(tmp_path):
    path = put(tmp_path / "data.tsv")
    found = resolve(DataFile("mine", "own", str(path)))
    assert (found.source, found.path, found.sha256) == ("own", path, HALLO)
    assert resolve(DataFile("mine", "own", str(path), HALLO)).sha256 == HALLO
    with pytest.raises(UserError, match=f"sha256 is {HALLO}"):
        resolve(DataFile("mine", "own", str(path), "0" * 64))
    with pytest.raises(UserError, match="no such file. Correct the path"):
        resolve(DataFile("mine", "own", str(tmp_path / "absent")))


def test_packages(tmp_path, monkeypatch):
    package = tmp_path / "some_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    put(package / "data/x.txt")
    monkeypatch.syspath_prepend(tmp_path)
    data = DataFile("ref", "package", "data/x.txt", HALLO, package="some_package")
    found = resolve(data)
    assert (found.source, found.path) == ("package", package / "data/x.txt")
    with pytest.raises(UserError, match="no such file.*Install the version of some_package"):
        resolve(replace(data, path="data/y.txt"))
    with pytest.raises(UserError, match="is expected.*Install the version of some_package"):
        resolve(replace(data, sha256="0" * 64))
    with pytest.raises(UserError, match="not_there is not installed.*pip install not_there"):
        resolve(replace(data, package="not_there"))


def test_own_cohorts(tables):
    own = {
        "mine": {"file": "a/b.csv", "rank": 3},
        "full": {
            "file": "/x.tsv",
            "rank": 2,
            "title": "Full",
            "organ": "Ovary",
            "pcawg": "Ovary-AdenoCA",
            "sha256": None,
        },
    }
    cohorts = Registry.load(*tables, extra_cohorts=own).cohorts
    assert list(cohorts)[-2:] == ["mine", "full"]
    assert not cohorts["mine"].of_paper and not cohorts["full"].of_paper
    assert cohorts["mine"] == Cohort("mine", "mine", "catalogue", 3, data=DataFile("mine", "own", "a/b.csv"))
    assert (
        cohorts["full"].title == "Full" and cohorts["full"].organ == "Ovary" and cohorts["full"].data.path == "/x.tsv"
    )


def test_lookups(registry):
    for find, word, near in ((registry.cohort, "ovray", "ovary"), (registry.reference, "cosmik", "cosmic")):
        with pytest.raises(UserError, match=f"unknown .* '{word}'.*Did you mean '{near}'"):
            find(word)


BAD_OWN = {
    "list": (["mine"], ["own_cohorts", "not a mapping"]),
    "text": ({"mine": "a.csv"}, ["own_cohorts.mine", "'a.csv' is not a mapping"]),
    "unknown key": (
        {"mine": {"file": "a", "rank": 2, "titel": "x"}},
        ["own_cohorts.mine", "'titel'", "Did you mean 'title'"],
    ),
    "name as key": (
        {"mine": {"file": "a", "rank": 2, "cohort": "x"}},
        ["unknown key 'cohort'", "The cohort's name is its key"],
    ),
    "no file": ({"mine": {"rank": 2}}, ["own_cohorts.mine", "'file' is missing", "Path of the catalogue"]),
    "empty entry": ({"mine": None}, ["own_cohorts.mine", "'rank' is missing"]),
    "empty path": ({"mine": {"file": "", "rank": 2}}, ["own_cohorts.mine.file", "'' is not allowed"]),
    "no rank": ({"mine": {"file": "a"}}, ["'rank' is missing", "from 1 to 96"]),
    "rank as text": ({"mine": {"file": "a", "rank": "2"}}, ["own_cohorts.mine.rank", "'2' is not allowed"]),
    "rank zero": ({"mine": {"file": "a", "rank": 0}}, ["own_cohorts.mine.rank", "0 is not allowed"]),
    "rank fraction": ({"mine": {"file": "a", "rank": 2.5}}, ["own_cohorts.mine.rank", "2.5 is not allowed"]),
    "rank true": ({"mine": {"file": "a", "rank": True}}, ["own_cohorts.mine.rank", "True is not allowed"]),
    "rank 97": ({"mine": {"file": "a", "rank": 97}}, ["own_cohorts.mine.rank", "97 is not allowed"]),
    "name with slash": ({"../x": {"file": "a", "rank": 2}}, ["'../x' is not allowed", "lower-case letters"]),
    "name taken": ({"ovary": {"file": "a", "rank": 2}}, ["already a cohort 'ovary'", "Choose another name"]),
    "kind": ({"mine": {"file": "a", "rank": 2, "kind": "catalog"}}, ["mine.kind", "Did you mean 'catalogue'"]),
    "simulated with file": (
        {"mine": {"file": "a", "rank": 2, "kind": "simulated"}},
        ["file does not apply to the kind simulated"],
    ),
    "url without sha256": ({"mine": {"file": "a", "rank": 2, "url": "https://x.org/a"}}, ["'sha256' is missing"]),
    "http": ({"mine": {"file": "a", "rank": 2, "url": "http://x", "sha256": "0" * 64}}, ["mine.url", "https only"]),
    "short sha256": ({"mine": {"file": "a", "rank": 2, "sha256": "abc"}}, ["mine.sha256", "64 hexadecimal"]),
    "organ": ({"mine": {"file": "a", "rank": 2, "organ": "../x"}}, ["own_cohorts.mine.organ", "Allowed: Biliary"]),
    "organ in another case": (
        {"mine": {"file": "a", "rank": 2, "organ": "OVARY"}},
        ["mine.organ: 'OVARY' is not allowed", "Did you mean 'Ovary'"],
    ),
}


@pytest.mark.parametrize("name", BAD_OWN)
def test_mistakes_in_own_cohorts(tables, name):
    own, expected = BAD_OWN[name]
    with pytest.raises(UserError) as error:
        Registry.load(*tables, extra_cohorts=own, extra_where="config key own_cohorts")
    assert error.value.remedy
    for part in ("config key own_cohorts", *expected):
        assert part in str(error.value)


def edit(row: int, column: str, text: str):
    def change(rows: list[list[str]]) -> None:
        rows[row][rows[0].index(column)] = text

    return change


def without(column: str):
    def change(rows: list[list[str]]) -> None:
        at = rows[0].index(column)
        for row in rows:
            del row[at]

    return change


# row 0 is the header (line 1 of the file), row 2 is ovary (line 3)
JIANG, DRAW = 11, 12
BAD_COHORTS = {
    "unknown column": (edit(0, "organ", "orgn"), ["header, column 5", "unknown column 'orgn'", "Did you mean 'organ'"]),
    "duplicate column": (edit(0, "organ", "rank"), ["header, column 5", "duplicate column 'rank'"]),
    "missing column": (without("rank"), ["header", "'rank' is missing"]),
    "short row": (lambda rows: rows[2].pop(), ["row 3", "14 cells, the header 15", "single tabs"]),
    "no rank": (edit(2, "rank", ""), ["row 3", "column 'rank' is empty"]),
    "rank word": (edit(2, "rank", "four"), ["row 3, column 'rank'", "'four' is not allowed", "whole number"]),
    "rank negative": (edit(2, "rank", "-4"), ["row 3, column 'rank'", "-4 is not allowed"]),
    "name twice": (edit(3, "cohort", "ovary"), ["row 4, column 'cohort'", "duplicate cohort 'ovary'", "Rows 3 and 4"]),
    "name": (edit(2, "cohort", "Ovary"), ["row 3, column 'cohort'", "lower-case"]),
    "kind": (edit(2, "kind", "simulatd"), ["row 3, column 'kind'", "Did you mean 'simulated'"]),
    "no file": (edit(2, "file", ""), ["row 3", "column 'file' is empty"]),
    "no sha256": (edit(2, "sha256", ""), ["row 3", "column 'sha256' is empty"]),
    "no url": (edit(2, "url", ""), ["row 3", "column 'url' is empty"]),
    "no citation": (edit(2, "citation", ""), ["row 3", "column 'citation' is empty"]),
    "http": (edit(2, "url", "http://x.org"), ["row 3, column 'url'", "https only"]),
    "sha256": (edit(2, "sha256", "F" * 64), ["row 3, column 'sha256'", "lower case"]),
    "path out": (edit(2, "file", "gel/../../etc/passwd"), ["row 3, column 'file'", "relative to the data directory"]),
    "absolute path": (edit(2, "file", "/etc/passwd"), ["row 3, column 'file'"]),
    "simulated with file": (edit(1, "file", "x"), ["row 2", "column 'url' is empty"]),
    "regenerated without sha256": (edit(1, "sha256", ""), ["row 2", "column 'sha256' is empty"]),
    "patients with truth": (edit(2, "truth", "a b"), ["row 3, column 'truth'", "does not apply to the kind catalogue"]),
    "truth of one file": (edit(JIANG, "truth", "jiang2025_signatures"), ["column 'truth'", "separated by one space"]),
    "unknown truth": (edit(JIANG, "truth", "jiang_sigs jiang2025_exposures"), ["'truth'", "reference 'jiang_sigs'"]),
    "no truth": (edit(JIANG, "truth", ""), ["column 'truth' is empty"]),
    "draw of an unknown cohort": (edit(DRAW, "base", "scenario9"), ["column 'base'", "Did you mean 'scenario8'"]),
    "draw of itself": (edit(DRAW, "base", "scenario8_poisson"), ["column 'base'", "'scenario8_poisson'"]),
    "draw of patients": (edit(DRAW, "base", "ovary"), ["column 'base'", "'ovary' is no simulated cohort of its own"]),
    "draw without noise": (edit(DRAW, "noise", ""), ["column 'noise' is empty"]),
    "noise": (edit(DRAW, "noise", "poison"), ["column 'noise'", "Did you mean 'poisson'"]),
    "noise without base": (edit(1, "noise", "poisson"), ["row 2", "column 'base' is empty"]),
}
BAD_REFERENCES = {
    "unknown column": (edit(0, "selection", "select"), ["header, column 4", "Did you mean 'selection'"]),
    "name twice": (edit(2, "reference", "cosmic"), ["row 3, column 'reference'", "duplicate reference 'cosmic'"]),
    "name": (edit(1, "reference", "cosmic 3.4"), ["row 2, column 'reference'"]),
    "no package": (edit(1, "package", ""), ["row 2", "column 'package' is empty"]),
    "package with url": (
        edit(1, "url", "https://x.org"),
        ["row 2, column 'url'", "does not apply to the kind package"],
    ),
    "table with package": (edit(3, "package", "os"), ["row 4, column 'package'", "does not apply to the kind table"]),
    "no url": (edit(3, "url", ""), ["row 4", "column 'url' is empty"]),
    "no sha256": (edit(3, "sha256", ""), ["row 4", "column 'sha256' is empty"]),
    "archive without member": (edit(5, "member", ""), ["row 6", "column 'member' is empty"]),
    "kind": (edit(3, "kind", "tabel"), ["row 4, column 'kind'", "Did you mean 'table'"]),
    "path out": (edit(1, "file", "../secret"), ["row 2, column 'file'"]),
}


@pytest.mark.parametrize(
    ("which", "name"),
    [*((0, name) for name in BAD_COHORTS), *((1, name) for name in BAD_REFERENCES)],
)
def test_mistakes_in_the_tables(tables, tmp_path, which, name):
    change, expected = (BAD_COHORTS, BAD_REFERENCES)[which][name]
    rows = [line.split("\t") for line in tables[which].read_text().splitlines()]
    change(rows)
    broken = tmp_path / "broken.tsv"
    broken.write_text("\n".join("\t".join(row) for row in rows) + "\n")
    paths = [*tables]
    paths[which] = broken
    with pytest.raises(UserError) as error:
        Registry.load(*paths)
    assert error.value.remedy
    for part in ("broken.tsv", *expected):
        assert part in str(error.value)


def test_an_absent_and_an_empty_table(tables, tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        Registry.load(tmp_path / "absent.tsv", tables[1])
    (tmp_path / "empty.tsv").write_text("\n")
    with pytest.raises(UserError, match="the table is empty"):
        Registry.load(tables[0], tmp_path / "empty.tsv")


def test_cosmic(registry):
    cosmic = read_signatures(resolve(registry.reference("cosmic").data).path)
    assert cosmic.shape == (96, 86) and tuple(cosmic.index) == CHANNELS
    assert {"SBS1", "SBS40a", "SBS40b", "SBS40c"} <= set(cosmic.columns)
    assert cosmic.sum().to_numpy() == pytest.approx(1, abs=1e-6)
    # SBS1 is C>T at CpG, so its four largest channels are known; a wrong row order would move them.
    assert set(cosmic["SBS1"].nlargest(4).index) == {f"{base}[C>T]G" for base in "ACGT"}


@pytest.mark.parametrize(("organ", "common", "rare"), [("Ovary", 6, 13), ("Prostate", 6, 6), ("Uterus", 6, 12)])
def test_signal_by_organ(registry, data_dir, organ, common, rare):
    reference = registry.reference("signal")
    assert reference.by_organ and not registry.reference("cosmic").by_organ
    path = resolve(reference.data, data_dir).path
    signatures = read_signatures(path, selection=reference.selection, organ=organ)
    kinds = [name.split("_")[0] for name in signatures.columns]
    assert (kinds.count("common"), kinds.count("rare"), len(kinds)) == (common, rare, common + rare)
    raw = pd.read_csv(path, sep="\t", float_precision="round_trip")
    for name in signatures.columns:
        assert np.array_equal(signatures[name], raw.loc[list(CHANNELS), f"GEL-{organ}_{name}"])


def test_the_organs_of_the_schema_are_those_of_signal(registry, data_dir):
    reference = registry.reference("signal")
    names = pd.read_csv(resolve(reference.data, data_dir).path, sep="\t", nrows=0).columns
    organs = {found[1] for name in names if (found := re.match("GEL-(.+?)_(common|rare)_", name))}
    assert organs == set(load_schema(SCHEMAS / "cohorts.schema.yaml")["properties"]["organ"]["enum"])


def write_signatures(path, frame: pd.DataFrame):
    frame.to_csv(path, sep="\t", index_label="Type")
    return path


def test_signatures_as_cosmic_v2_had_them(tmp_path):
    values = np.random.default_rng(1).dirichlet(np.ones(96), size=2).T
    head = ["Substitution Type", "Trinucleotide", "Somatic Mutation Type", "Signature 1", "Signature 2"]
    rows = [
        [substitution(channel), trinucleotide(channel), channel, *map(repr, map(float, row))]
        for channel, row in sorted(zip(CHANNELS, values, strict=True), key=lambda pair: pair[0][2:5] + pair[0])
    ]
    text = "".join("\t".join(fields) + 7 * "\t" + "\r\n" for fields in [head, *rows])
    (tmp_path / "v2.txt").write_bytes(text.encode())
    read = read_signatures(tmp_path / "v2.txt")
    assert list(read) == head[3:] and tuple(read.index) == CHANNELS and np.array_equal(read, values)


@pytest.fixture
def small(tmp_path):
    values = np.full((96, 4), 1 / 96)
    frame = pd.DataFrame(values, index=CHANNELS, columns=["GEL-Ovary_a", "GEL-Ovary_b", "GEL-CNS_a", "Other"])
    return write_signatures(tmp_path / "s.tsv", frame)


def test_selection(small):
    assert list(read_signatures(small)) == ["GEL-Ovary_a", "GEL-Ovary_b", "GEL-CNS_a", "Other"]
    assert list(read_signatures(small, selection="GEL-{organ}_", organ="Ovary")) == ["a", "b"]
    assert list(read_signatures(small, selection="GEL-{organ}_", organ="Ovary", names=["b"])) == ["b"]
    assert list(read_signatures(small, selection="GEL-")) == ["Ovary_a", "Ovary_b", "CNS_a"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"selection": "GEL-{organ}_", "organ": "Ovry"}, "no signature begins with 'GEL-Ovry_'.*Did you mean 'Ovary'"),
        ({"selection": "GEL-{organ}_"}, "the organ is missing"),
        ({"selection": "X"}, "no signature begins with 'X'.*GEL-Ovary_a"),
        ({"names": ["Othr"]}, "no signature 'Othr'.*Did you mean 'Other'"),
    ],
)
def test_selection_mistakes(small, options, says):
    with pytest.raises(UserError, match=says):
        read_signatures(small, **options)


def test_signatures_that_are_counts_are_refused(tmp_path):
    frame = pd.DataFrame(np.c_[np.full(96, 1 / 96), np.full(96, 1.1 / 96)], index=CHANNELS, columns=["good", "bad"])
    with pytest.raises(UserError, match="signature 'bad' sum to 1.1, not 1 .*divide each column"):
        read_signatures(write_signatures(tmp_path / "s.tsv", frame))


def test_what_pcawg_saw(registry, data_dir):
    table = read_attributions(resolve(registry.reference("pcawg").data, data_dir).path)
    assert table.shape == (2780, 65)
    paper = [cohort.pcawg for cohort in registry.cohorts.values() if cohort.of_paper and cohort.pcawg]
    numbers = {name: int((table.index == name).sum()) for name in paper}
    assert numbers == {"Ovary-AdenoCA": 113, "Prost-AdenoCA": 286, "Uterus-AdenoCA": 51}
    ovary = seen_in(table, "Ovary-AdenoCA")
    assert {"SBS1", "SBS3", "SBS5", "SBS40"} <= ovary and not {"SBS4", "SBS6", "SBS10a"} & ovary
    with pytest.raises(UserError, match="no cancer type 'Ovary-Adeno'.*Did you mean 'Ovary-AdenoCA'"):
        seen_in(table, "Ovary-Adeno")
    for type_ in numbers:
        assert seen_in(table, type_) <= set(table.columns)


def test_one_mutation_in_one_sample_is_enough_to_have_been_seen():
    numbers = {"SBS1": [0.0, 1.0, 9.0], "SBS2": [0.3, 0.0, 0.0], "SBS3": [0.0, 0.0, 5.0]}
    table = pd.DataFrame(numbers, index=["Ovary", "Ovary", "Uterus"])
    assert seen_in(table, "Ovary") == {"SBS1", "SBS2"} and seen_in(table, "Uterus") == {"SBS1", "SBS3"}


def test_pcawg_cohorts(registry, data_dir):
    """Every type with at least 40 genomes."""
    data = registry.cohort("pcawg_Prost-AdenoCA").data
    if not (data_dir / data.path).is_file():
        pytest.skip(f"there is no {data_dir / data.path}")
    all_types = read_catalogue(resolve(data, data_dir).path)
    types = pd.Series([name.split("::")[0] for name in all_types.samples]).value_counts()
    cohorts = {name: cohort for name, cohort in registry.cohorts.items() if name.startswith("pcawg_")}
    assert {cohort.pcawg for cohort in cohorts.values()} == set(types.index[types >= 40]) and len(cohorts) == 22
    for name, cohort in cohorts.items():
        assert name == f"pcawg_{cohort.pcawg}" and cohort.data.selection == f"{cohort.pcawg}::"
    chosen = read_catalogue(resolve(data, data_dir).path, selection=data.selection)
    assert len(chosen.samples) == 286 and all(name.startswith("SP") for name in chosen.samples)
    columns = [name.startswith("Prost-AdenoCA::") for name in all_types.samples]
    assert np.array_equal(chosen.matrix, all_types.matrix[:, columns])


def test_pcawg_names():
    known = {"SBS7a", "SBS22", "SBS40", "SBS5"}
    names = ["SBS40a", "SBS40c", "SBS22b", "SBS5", "SBS7a", "SBS7b", "SBS10c", "SBS92", "SBS40"]
    assert [pcawg_name(name, known) for name in names] == [
        *("SBS40", "SBS40", "SBS22", "SBS5", "SBS7a", None, None, None, "SBS40"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read"),
        ("a,b\n1,2\n", "'Cancer Types' is missing"),
        ("Cancer Types,Sample Names\nx,y\n", "no column"),
    ],
)
def test_attributions_that_are_none(tmp_path, text, says):
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(UserError, match=says):
        read_attributions(tmp_path / "p.csv")


def test_the_ranks_of_the_cancers_of_pcawg_are_those_that_the_default_criterion_chose(root, registry):
    kept = pd.read_csv(root / "results/reference/pcawg/tables/rank_criteria.csv").set_index("cohort")
    cancers = {name: cohort.rank for name, cohort in registry.cohorts.items() if name.startswith("pcawg_")}
    assert len(cancers) > 20 and cancers == kept["chosen"].to_dict()
    assert (kept["chosen"] < kept["highest_tried"]).all()  # else there might be more
    assert set(kept["criterion"]) == {"stability"} and set(kept["loss"]) == {"kullback-leibler"}
