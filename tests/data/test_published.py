"""Reading the published archive: blemishes are found and reported, what cannot be read is one clear message."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aenmf.channels import CHANNELS
from aenmf.data.published import PublishedFit, blemish_table, check_fit, read_published, row_channels
from aenmf.data.references import read_attributions, seen_in
from aenmf.errors import UserError
from support.published_files import publish, synthetic_catalogue, write_archive


@pytest.fixture(scope="module")
def truth():
    return publish(synthetic_catalogue(30), n_splits=3)


@pytest.fixture
def archive(truth, tmp_path):
    return tmp_path, write_archive(tmp_path, truth)


def read(archive):
    folder, channels = archive
    return read_published(folder, "test", 3, 3, channels)


def found(archive) -> pd.DataFrame:
    return blemish_table(read(archive).blemishes)


def consequences(archive, file: str) -> list[str]:
    table = found(archive)
    return table.loc[table["file"] == file, "consequence"].tolist()


def test_a_clean_archive_is_read_in_canonical_order(archive, truth):
    cohort = read(archive)
    for method, fits in truth.fits.items():
        for split, fit in fits.items():
            assert np.allclose(cohort.fits[method][split].signatures, fit.signatures, rtol=1e-14)
            assert np.allclose(cohort.fits[method][split].exposures, fit.exposures, rtol=1e-14)
    table = found(archive)
    assert {"Test/*_exp.csv", "Test/*_sigs.csv"} <= set(table["file"])  # neither names its rows or columns
    assert not table["consequence"].str.contains(r"read as \w+_\d|turned over|left out").any()


def test_a_letter_missing_in_a_name(archive):
    directory = archive[0] / "Test"
    (directory / "cvx_2_sigs.csv").rename(directory / "cvx_2_sig.csv")
    assert "read as cvx_2_sigs.csv" in consequences(archive, "Test/cvx_2_sig.csv")


def test_a_wrong_number_takes_the_only_vacant_split(archive, truth):
    directory = archive[0] / "Test"
    (directory / "AEFPabs_2_sigs.csv").rename(directory / "AEFPabs_01_sigs.csv")
    assert "read as AEFPabs_2_sigs.csv" in consequences(archive, "Test/AEFPabs_01_sigs.csv")
    assert np.allclose(read(archive).fits["aenmf"][2].signatures, truth.fits["aenmf"][2].signatures)


def test_a_wrong_number_that_cannot_be_placed(archive):
    directory = archive[0] / "Test"
    (directory / "AEFPabs_2_sigs.csv").rename(directory / "AEFPabs_01_sigs.csv")
    (directory / "AEFPabs_0_sigs.csv").unlink()
    with pytest.raises(UserError, match=r"AEFPabs_01_sigs.csv.*splits \[0, 2\]"):
        read(archive)


def test_turned_over_exposures(archive, truth):
    path = archive[0] / "Test/cvx_1_exp.csv"
    pd.read_csv(path, index_col=0).T.to_csv(path)
    assert "turned over" in set(found(archive)["consequence"])
    assert np.allclose(read(archive).fits["cnmf"][1].exposures, truth.fits["cnmf"][1].exposures)


def test_denormal_numbers_are_counted_and_read_as_zero(archive):
    path = archive[0] / "Test/nmf_0_exp.csv"
    table = pd.read_csv(path, index_col=0)
    table.iloc[0, :2] = 3e-310
    table.to_csv(path)
    row = found(archive).set_index("file").loc["Test/nmf_0_exp.csv"]
    assert row["what"].startswith("2 of ")
    assert (read(archive).fits["nmf"][0].exposures[0, :2] == 0).all()


def test_foreign_and_double_files(archive):
    directory = archive[0] / "Test"
    (directory / "notes.txt").write_text("hello")
    (directory / "nmf_1_sigs.csv").write_bytes((directory / "nmf_0_sigs.csv").read_bytes())
    table = found(archive).set_index("file")
    assert table.loc["Test/notes.txt", "consequence"] == "left out"
    assert table.loc["Test/nmf_1_sigs.csv", "what"] == "the same content as nmf_0_sigs.csv"


def test_unused_and_parallel_signatures_and_sums():
    signatures = np.random.default_rng(0).dirichlet(np.ones(96), 3).T
    signatures[:, 1] = signatures[:, 0]
    signatures[:, 2] *= 2
    exposures = np.vstack([np.ones((2, 5)), np.full((1, 5), 1e-12)])
    blemishes = check_fit(PublishedFit("cnmf", 0, signatures, exposures, "s.csv", "e.csv"))
    texts = [blemish.what for blemish in blemishes]
    assert len(texts) == 3
    assert texts[0].startswith("signature 2 sums to 2")
    assert texts[1].startswith("row 2 holds a share of 5.0e-13")
    assert texts[2].startswith("signatures 0 and 1 are the same direction")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: (d / "nmf_0_exp.csv").unlink(), r"nmf_0_exp.csv: the file is missing"),
        (
            lambda d: (d / "nmf_0_exp.csv").write_text(",0\n0,1\n1,2\n"),
            r"nmf_0_exp.csv: the table is 2 × 1, not 3 × any",
        ),
        (lambda d: (d / "nmf_0_exp.csv").write_text(",0\n0,1\n1,x\n2,1\n"), r"nmf_0_exp.csv: the table cannot be read"),
        (lambda d: (d / "nmf_0_exp.csv").write_text(",0\n0,1\n1,-1\n2,1\n"), r"nmf_0_exp.csv: an entry is missing"),
        (lambda d: (d / "nmf_0_exp.csv").write_text(",0\n0,1\n1,\n2,1\n"), r"nmf_0_exp.csv: an entry is missing"),
        (lambda d: (d / "nmf_0_exp.csv").write_text(",0\n0,1\n1,1\n2,1\n"), r"nmf_0_exp.csv: exposures of 1 training"),
    ],
)
def test_what_cannot_be_read_names_the_file(archive, change, message):
    change(archive[0] / "Test")
    with pytest.raises(UserError, match=message):
        read(archive)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="there is no such folder"):
        read_published(tmp_path, "test", 3, 3, list(CHANNELS))


def test_row_channels_of_a_catalogue(tmp_path):
    path = tmp_path / "c.tsv"
    path.write_text("A\tB\n" + "".join(f"{channel}\t1\t2\n" for channel in reversed(CHANNELS)))
    assert row_channels(path) == list(reversed(CHANNELS))
    path.write_text("A\tB\n" + "".join(f"{channel}\t1\t2\n" for channel in CHANNELS[:95]))
    with pytest.raises(UserError, match="95 different channels"):
        row_channels(path)


def test_a_signature_is_seen_in_a_cancer_type_from_its_first_mutation_on(tmp_path):
    path = tmp_path / "attributions.csv"
    path.write_text(
        "Cancer Types,Sample Names,Accuracy,SBS1,SBS2,SBS3\nOvary-AdenoCA,a,1,0,1,0\nOvary-AdenoCA,b,1,0,0,0\nUterus,c,1,9,0,9\n"
    )
    assert seen_in(read_attributions(path), "Ovary-AdenoCA") == {"SBS2"}
