"""The audit beyond the recovery: refits, the parts of the gap, verdicts of published matrices, settings and findings."""

from __future__ import annotations

import copy
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from aenmf.audit import gap, paper, summary
from aenmf.audit.findings import TEMPLATE, kind_of
from aenmf.audit.oracle import arrays_of, bounds_table, errors_table, recover_cohort
from aenmf.audit.replication import continue_fits, replicate, weights_of
from aenmf.audit.settings import audit_fits
from aenmf.channels import CHANNELS
from aenmf.data.datasets import Cohort, DataFile, Registry
from aenmf.data.published import PublishedCohort
from aenmf.errors import UserError
from aenmf.methods.registry import build_method
from aenmf.seeds import Seed
from aenmf.verdicts.claims import load_claims
from support.published_files import publish, synthetic_catalogue

MODELS = {"nmf": "nmf", "cnmf": "cnmf"} | {f"continued_{m}": m for m in ("nmf", "cnmf", "aenmf")}


@pytest.fixture(scope="module")
def found():
    truth = publish(synthetic_catalogue(), n_splits=3)
    samples = [f"P{i}" for i in range(truth.catalogue.shape[1])]
    return recover_cohort(PublishedCohort("prostate", truth.fits), truth.catalogue, samples)


@pytest.fixture(scope="module")
def arrays(found):
    return arrays_of(found)


@pytest.fixture(scope="module")
def refitted(arrays):
    """Fits and cosines of NMF, C-NMF and the continued fits."""
    tables = [continue_fits(arrays, "prostate")]
    for name, solver in (("nmf", "hals"), ("cnmf", "blocks")):
        method = build_method(name, {"model": name, "solver": solver})
        settings = {"starts": 2, "most_starts": 6, "splits": 3}
        tables.append(replicate(arrays, "prostate", name, method, name, Seed(1), settings, 1e-4)[:2])
    fits, cosines = zip(*tables, strict=True)
    return pd.concat(fits, ignore_index=True), pd.concat(cosines, ignore_index=True)


def test_continuing_never_raises_the_loss_and_ae_reaches_convex_nmf(refitted):
    fits = refitted[0].set_index(["fit", "split"])
    assert (fits["train_mse"] <= fits["first_train_mse"] * (1 + 1e-9)).all()
    ratio = fits.loc["continued_aenmf", "train_mse"] / fits.loc["continued_cnmf", "train_mse"]
    assert np.allclose(ratio, 1, atol=1e-6)


def test_our_fits_reach_the_published_ones(found, refitted):
    missed = summary.not_reached(refitted[0], errors_table(found), 1e-4)
    assert list(missed.columns) == summary.NOT_REACHED
    assert missed.empty


def test_more_starts_only_while_the_published_loss_is_not_reached(arrays):
    method = build_method("cnmf", {"model": "cnmf", "solver": "blocks", "max_iter": 1})
    settings = {"starts": 2, "most_starts": 5, "splits": 1}
    fits, _, _ = replicate(arrays, "prostate", "cnmf", method, "cnmf", Seed(1), settings, 1e-4)
    assert fits["starts"].tolist() == [5]
    assert fits["train_mse"].iloc[0] <= fits["first_train_mse"].iloc[0]


def test_weights_give_the_signatures_back(arrays):
    training = arrays["catalogue"][:, arrays["patients"][0]]
    signatures = arrays["signatures_cnmf"][0]
    weights = weights_of(training, signatures)
    assert (weights >= 0).all()
    assert np.allclose(training @ weights, signatures, atol=1e-9)


def test_the_parts_of_the_gap_make_the_whole(found, refitted):
    fits, published = refitted[0], errors_table(found)
    stages = gap.stages(published, fits, gap.best_fits(fits, MODELS))
    assert len(stages) == 3 * 2
    table = gap.decompose(stages, Seed(1)).set_index(["set", "part"])
    for which in ("train", "test"):
        rows = table.loc[which]
        parts = rows.loc[list(gap.PARTS)]
        assert parts["share"].sum() == pytest.approx(1)
        assert parts["ratio"].prod() == pytest.approx(rows.loc[gap.WHOLE, "ratio"])
        assert parts["difference"].sum() == pytest.approx(rows.loc[gap.WHOLE, "difference"])
    assert table.loc[("train", "constraint"), "ratio"] >= 1
    assert table.loc[("train", "stopping early"), "ratio"] >= 1 - 1e-9
    expected = published.set_index(["method", "split"])["train_mse"]
    ratio = np.exp(np.log(expected["aenmf"] / expected["nmf"]).mean())
    assert table.loc[("train", gap.WHOLE), "ratio"] == pytest.approx(ratio)


def test_layouts_of_the_tables(root, found, refitted):
    cohorts = [Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv").cohorts["prostate"]]
    fits, cosines = refitted
    published = errors_table(found)
    means = summary.mean_errors_table(bounds_table(found))
    assert summary.error_layout(means, cohorts).rows[0][:2] == ["Prostate", "train"]
    paired = summary.paired(fits, published, cosines, 1e-4, Seed(1))
    layout = summary.paired_layout(paired, cohorts, {name: name for name in MODELS})
    assert len(layout.rows) == len(MODELS)
    decomposed = gap.decompose(gap.stages(published, fits, gap.best_fits(fits, MODELS)), Seed(1))
    assert len(gap.layout(decomposed, cohorts).rows) == len(gap.PARTS) + 1


def test_published_matrices_are_judged_by_the_claims_of_a_run(root, found, arrays):
    registry = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")
    cohorts = [registry.cohorts["prostate"]]
    random = np.random.default_rng(0)
    known = pd.DataFrame(
        random.dirichlet(np.ones(96), 6).T, index=list(CHANNELS), columns=[f"SBS{i}" for i in range(6)]
    )
    references = {"prostate": {"cosmic": known, "signal": known}}
    audited = paper.Audited({"prostate": cohorts[0]}, {"prostate": arrays}, references, None)
    tables, run = audited.published(errors_table(found))
    assert len(tables.errors) == 3 * 3 * 2
    claims = load_claims(root / "config/paper_claims.yaml")
    own = pd.DataFrame({"claim_id": ["cosmic-prostate-nmf"], "ours": ["0.9"], "verdict": ["holds"]})
    table = paper.compare_verdicts(claims, run, run, own).set_index("claim_id")
    assert list(table.columns) == paper.COMPARISON[1:]
    assert table.loc["cosmic-prostate-nmf", "own_splits"] == "0.9"
    assert not {headline.id for headline in claims.headlines} & set(table.index)
    assert not any("scenario8" in name for name in table.index)
    assert table.loc["cosmic-prostate-nmf", "published"] == table.loc["cosmic-prostate-nmf", "same_patients"]
    assert len(summary.verdict_layout(table.reset_index()).rows) == len(table)
    searched = paper.left_out_of_signal(claims, tables.consensus, references)
    assert searched["n"].tolist() == [0, 1, 2] and set(searched["cohort"]) == {"prostate"}


def test_fits_of_the_same_patients_are_judged_as_the_published(root, found, arrays, refitted):
    cohort = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv").cohorts["prostate"]
    known = pd.DataFrame(np.eye(96)[:, :6], index=list(CHANNELS), columns=[f"SBS{i}" for i in range(6)])
    audited = paper.Audited({"prostate": cohort}, {"prostate": arrays}, {"prostate": {"cosmic": known}}, None)
    _, published = audited.published(errors_table(found))
    theirs = {"splits": arrays["splits"], "signatures": arrays["signatures_nmf"]}
    errors = errors_table(found).rename(columns={"method": "fit"})
    again = audited.fitted_again({("prostate", "nmf"): theirs}, errors, {"nmf": "nmf"}, {"nmf": "NMF"})
    assert [entry.name for entry in again.entries] == ["nmf"] and again.training == {"prostate": 32}
    for name in ("errors", "consistency", "matches"):
        both = [getattr(run, name) for run in (published, again)]
        assert (both[0][both[0]["method"] == "nmf"].reset_index(drop=True) == both[1]).all(axis=None), name


def test_left_out_signatures_are_searched_for():
    random = np.random.default_rng(0)
    library = pd.DataFrame(random.dirichlet(np.ones(96), 5).T, columns=list("abcde"))
    own = library[["a", "b"]].to_numpy()
    table = paper.left_out({"nmf": own}, library, {"nmf": 1.0})
    assert table["distance"].iloc[0] == pytest.approx(0)
    assert table["left_out"].iloc[0] == ""
    lower = paper.match(own, library.drop(columns="b").to_numpy()).mean
    assert paper.left_out({"nmf": own}, library, {"nmf": lower}, most=1)["left_out"].iloc[1] == "b"


@pytest.fixture(scope="module")
def configuration(root):
    registry = Registry.load(root / "config/cohorts.tsv", root / "config/references.tsv")
    return yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8")), registry


def test_settings_of_the_shipped_configuration(configuration):
    config, registry = configuration
    fits = audit_fits(config, registry)
    assert {"nmf", "cnmf", "aenmf"} <= {fit.method.model for fit in fits.values()}
    assert all(
        fit.splits[c] <= config["audit"]["n_splits"] for fit in fits.values() for c in config["audit"]["cohorts"]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.update(cohorts=["scenario8"]), "audit.cohorts: nothing is published of 'scenario8'"),
        (lambda a: a.update(cohorts=["ovarry"]), "audit.cohorts: unknown cohort 'ovarry'"),
        (lambda a: a.update(references=["cosmos"]), "audit.references: unknown reference"),
        (lambda a: a.update(references=["pcawg"]), "audit.references: unknown reference 'pcawg'"),
        (lambda a: a.update(references=["published"]), "audit.references: unknown reference 'published'"),
        (lambda a: a["fits"]["nmf"].update(entry="nmff"), "audit.fits.nmf.entry: unknown method entry 'nmff'"),
        (lambda a: a["fits"]["nmf"].update(starts=9, most_starts=3), "audit.fits.nmf: most_starts is below starts"),
        (lambda a: a["fits"]["nmf"].update(options={"tool": 1}), "unknown option 'tool'"),
    ],
)
def test_mistakes_in_the_settings_are_one_message(configuration, change, message):
    config, registry = copy.deepcopy(configuration[0]), configuration[1]
    change(config["audit"])
    with pytest.raises(UserError, match=message):
        audit_fits(config, registry)


def follows_template(document: str, template: str) -> bool:
    """Whether a text is the template with something in place of every placeholder."""
    pattern = "".join(
        ".+?" if re.fullmatch(r"\$[a-z_0-9]+", part) else re.escape(part)
        for part in re.split(r"(\$[a-z_0-9]+)", template)
    )
    # A placeholder at the end of a sentence may be empty.
    return re.fullmatch(pattern.replace(".+?", ".*?"), document, flags=re.DOTALL) is not None


def test_mutation_files_of_the_users_own_are_not_published(configuration):
    config, registry = copy.deepcopy(configuration[0]), configuration[1]
    own = Cohort("mine", "Mine", "catalogue", 3, data=DataFile("mine", "vcf", "folder", genome="GRCh37"))
    config["audit"]["cohorts"] = ["mine"]
    with pytest.raises(UserError, match="nothing is published of 'mine'"):
        audit_fits(config, replace(registry, cohorts=dict(registry.cohorts) | {"mine": own}))


def test_the_committed_findings_are_the_template_filled_in(root):
    template = TEMPLATE.read_text(encoding="utf-8")
    assert follows_template(template, template)
    assert not follows_template(template.replace("Blemishes", "Flaws"), template)
    assert follows_template((root / "docs/published-matrices.md").read_text(encoding="utf-8"), template)


def test_blemishes_are_counted_without_their_particulars():
    assert kind_of("2 of 480 entries are denormal numbers (below 2.2e-308)") == "… entries are denormal numbers"
    assert kind_of("the same content as nmf_0_sigs.csv") == "the same content as …"
    assert (
        kind_of("signatures 0 and 1 are the same direction (cosine 1.0)") == "signatures … and … are the same direction"
    )
