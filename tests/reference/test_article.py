"""The article: its numbers follow the tables, a run's tables go before the kept ones, and a mistake has a remedy."""

from __future__ import annotations

import json
import re
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner

from aenmf.errors import UserError
from aenmf.reference.article import escaped, source, verdict_counts, write_article
from aenmf.reference.findings import Reference
from aenmf.run.cli import cli


def test_every_blank_of_the_template_is_filled_and_the_verdicts_add_up(root):
    kept = Reference(root / "results/reference")
    assert not re.search(r"\$\w", source(kept))
    said = verdict_counts(kept)
    assert int(said["n_claims"]) == sum(map(int, re.findall(r"\d+", said["verdicts"])))


def test_a_runs_own_tables_go_before_the_kept_ones(root, tmp_path):
    (tmp_path / "tables").mkdir()
    table = pd.read_csv(root / "results/reference/tables/optima.csv")
    table.assign(found_again=1).to_csv(tmp_path / "tables/optima.csv", index=False)
    said = source(Reference(root / "results/reference", tmp_path))
    assert f"That succeeded for {len(table)} of {table['fits'].sum()} fits" in " ".join(said.split())


def test_text_is_shown_as_it_is():
    assert escaped("a_b #c $d") == r"a\_b \#c \$d"


def test_mistakes_are_answered_with_a_remedy(root, tmp_path):
    pytest.importorskip("typst")
    with pytest.raises(UserError, match="no run.json"):
        write_article(root / "results/reference", tmp_path / "out", tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"config": {"cohorts": ["scenario8", "ovary"]}}))
    with pytest.raises(UserError, match="needs prostate, uterus, which this run lacks"):
        write_article(root / "results/reference", tmp_path / "out", tmp_path)
    with pytest.raises(UserError, match="no tables"):
        write_article(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("fresh", [False, True])
def test_the_article_is_set(root, tmp_path, fresh):
    """By the command, from the kept tables alone and from a run of which some are there."""
    pytest.importorskip("typst")
    run = tmp_path / "run"
    (run / "tables").mkdir(parents=True)
    shutil.copyfile(root / "results/reference/manifest.json", run / "run.json")
    table = pd.read_csv(root / "results/reference/tables/optima.csv").assign(found_again=1)
    table.to_csv(run / "tables/optima.csv", index=False)
    done = CliRunner().invoke(cli, ["article", *([str(run)] if fresh else ["--out", str(run / "article")])])
    assert done.exit_code == 0, done.output
    assert (run / "article/article.pdf").read_bytes().startswith(b"%PDF")
    text = " ".join((run / "article/article.typ").read_text(encoding="utf-8").split())
    assert (f"That succeeded for {len(table)} of" in text) == fresh
