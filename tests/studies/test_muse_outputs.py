"""The published answers of MUSE-XAE: reading the archive and scoring its runs."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas as pd
import pytest

from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.muse_outputs import SCENARIOS, read_runs
from aenmf.errors import UserError
from aenmf.files.layout import to_markdown
from aenmf.files.matrices import matrix_frame
from aenmf.studies.muse_outputs import over_runs, run_scores
from aenmf.tables.muse_outputs import layout

N = 9


def cohort(k: int) -> SimulatedCohort:
    rng = np.random.default_rng(k)
    names, patients = [f"T{i}" for i in range(k)], [f"P{i}" for i in range(N)]
    signatures = matrix_frame(rng.dirichlet(np.full(96, 0.1), k).T, names)
    exposures = pd.DataFrame(rng.integers(200, 900, (k, N)).astype(float), index=names, columns=patients)
    return SimulatedCohort(matrix_frame(signatures.to_numpy() @ exposures.to_numpy(), patients), signatures, exposures)


COHORTS = {"scenario8": cohort(2), "pancreas": cohort(3)}


@pytest.fixture
def archive(tmp_path):
    """Two runs each of two scenarios: the truth, and the truth with its exposures shuffled among the signatures."""
    path = tmp_path / "Experiments.zip"
    with zipfile.ZipFile(path, "w") as file:
        for scenario in (1, 4):
            made = COHORTS[SCENARIOS[scenario]]
            names = [f"MUSE-SBS{letter}" for letter in "ABC"[: made.signatures.shape[1]]]
            signatures = made.signatures.set_axis(names, axis=1).iloc[::-1].to_csv(index_label="Type")
            for run in (1, 2):
                values = made.exposures.to_numpy() if run == 1 else made.exposures.to_numpy()[::-1]
                exposures = pd.DataFrame(values.T, columns=names).to_csv(index_label=names[0] if scenario == 1 else "")
                folder = f"augmentation_10/Scenario_{scenario}/Run_{run}/Suggested_SBS_De_Novo"
                file.writestr(f"{folder}/MUSE_SBS.csv", signatures)
                file.writestr(f"{folder}/MUSE_EXP.csv", exposures)
        file.writestr("PCAWG/Suggested_SBS_De_Novo/MUSE_SBS.csv", "not one of the runs")
    return path


def test_runs_are_read_in_order_and_scored(archive):
    runs = run_scores(read_runs(archive), COHORTS)
    assert runs[["scenario", "run"]].to_numpy().tolist() == [[1, 1], [1, 2], [4, 1], [4, 2]]
    assert runs["true"].tolist() == runs["found"].tolist() == [3, 3, 2, 2] and (runs["f1"] == 1).all()
    assert (
        runs["manhattan"].iloc[[0, 2]].tolist() == pytest.approx([0, 0])
        and (runs["manhattan"].iloc[[1, 3]] > 0.1).all()
    )
    # The signatures are the true ones in every run, and the counts have no noise.
    assert runs["refitted"].tolist() == pytest.approx([0] * 4, abs=1e-6)


def test_means_over_runs_and_the_table(archive):
    runs = run_scores(read_runs(archive), COHORTS)
    summary = over_runs(runs)
    assert summary["runs"].tolist() == [2, 2] and summary["cohort"].tolist() == ["pancreas", "scenario8"]
    first = runs[runs["scenario"] == 1]["manhattan"]
    assert summary.loc[0, "manhattan"] == pytest.approx(first.mean())
    assert summary.loc[0, "manhattan_sd"] == pytest.approx(first.std())
    text = to_markdown(layout(summary, {"pancreas": "Pancreas", "scenario8": "Scenario 8"}))
    assert "| Scenario 8 | 10 | 2 | 2.0 ± 0.0 | 1.00 ± 0.00 |" in text


def test_other_patients_are_refused(archive):
    other = COHORTS["scenario8"]
    moved = SimulatedCohort(other.catalogue.iloc[:, ::-1], other.signatures, other.exposures)
    with pytest.raises(UserError, match="augmentation 10, scenario 4, run 1"):
        run_scores(read_runs(archive), {"scenario8": moved})


def test_what_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "Experiments.zip"
    for content in (b"", b"text"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="cannot be read"):
            list(read_runs(path))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("other.csv", "")
    with pytest.raises(UserError, match="no runs"):
        list(read_runs(path))
