"""A small made-up run for the tests of the page, with hostile names."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from aenmf.channels import CHANNELS
from aenmf.data.datasets import Cohort, Reference
from aenmf.files.fits import save_fits
from aenmf.files.layout import Cell, Layout, write_layout
from aenmf.files.matrices import matrix_frame, write_matrix_tsv
from aenmf.problem import Fit, Trajectory
from aenmf.report.about import About
from aenmf.report.files import Files
from aenmf.verdicts import layouts
from aenmf.verdicts.judge import COLUMNS

HOSTILE = "</script><script>window.hostile = 1</script>"
SPLITS, K, N = (0, 1, 2), 2, 5
FIGURES = {
    "schematic": {"figure1_schematic": {}},
    "errors": {"errors_mse": {"loss": "frobenius", "methods": ["nmf"], "cohorts": ["mine"]}},
}
TABLES = {"table1": "Table 1", "table2": "Table 2"}


def about() -> About:
    source = "Someone 2020, Journal 1: 2, doi 10.1000/xyz1"
    cohort = Cohort("mine", HOSTILE, "catalogue", K, citation=source, of_paper=True)
    cosmic = Reference("cosmic", "COSMIC", "package", None, citation=source)
    return About({"nmf": "NMF", "cnmf": "C-NMF"}, {"mine": cohort}, {"cosmic": cosmic}, FIGURES, TABLES)


def files(folder: Path) -> Files:
    """The files of :func:`make_run` as the rule ``report`` would name them."""
    methods = [("mine", method, "frobenius") for method in ("nmf", "cnmf")]
    names = [name for named in FIGURES.values() for name in named]
    place = {key: str(folder / "fits" / "/".join(key) / "0-2") for key in methods}
    return Files(
        folder=str(folder),
        record=str(folder / "run.json"),
        tables={path.stem: str(path) for path in (folder / "tables").glob("*.csv")},
        layouts={path.stem: str(path) for path in sorted((folder / "tables").glob("*.json"))},
        catalogues={"mine": str(folder / "data/mine/catalogue.tsv")},
        provenance={"mine": str(folder / "data/mine/provenance.json")},
        splits={"mine": str(folder / "splits/mine.tsv")},
        references={("mine", "cosmic"): str(folder / "references/cosmic.tsv")},
        signatures={key: str(folder / "signatures" / "/".join(key)) + ".tsv" for key in methods},
        exposures={key: str(folder / "exposures" / "/".join(key)) + ".tsv" for key in methods},
        fits={(*key, "0-2"): f"{path}.npz" for key, path in place.items()},
        seconds={(*key, "0-2"): f"{path}.seconds.npz" for key, path in place.items()},
        figures={name: str(folder / f"figures/{name}.png") for name in names},
    )


def with_aenmf(copy: Path) -> Files:
    """The made-up run with its second method called AE-NMF, so that there is something to answer."""
    for path in [*(copy / "tables").glob("*.csv"), copy / "run.json"]:
        path.write_text(path.read_text(encoding="utf-8").replace('"cnmf"', '"aenmf"').replace(",cnmf,", ",aenmf,"))
    held = files(copy)
    renamed = {
        kind: {(key[0], key[1].replace("cnmf", "aenmf"), *key[2:]): path for key, path in getattr(held, kind).items()}
        for kind in ("signatures", "exposures", "fits", "seconds")
    }
    return replace(held, **renamed)


def make_run(folder: Path) -> Path:
    """Write the run and return its folder."""
    rng = np.random.default_rng(1)
    known = rng.dirichlet(np.ones(96), 3).T
    write_matrix_tsv(_new(folder / "references/cosmic.tsv"), matrix_frame(known, ["SBS1", "SBS5", "SBS40a"]))
    write_matrix_tsv(_new(folder / "data/mine/catalogue.tsv"), matrix_frame(rng.poisson(9, (96, N)), [*"abcde"]))
    facts = {"source": HOSTILE, "sha256": "0" * 64, "samples": N, "dropped": []}
    (folder / "data/mine/provenance.json").write_text(json.dumps(facts))
    rows = [(split, name, "test" if name == "e" else "train") for split in SPLITS for name in "abcde"]
    pd.DataFrame(rows, columns=["split", "sample", "set"]).to_csv(
        _new(folder / "splits/mine.tsv"), sep="\t", index=False
    )
    fits, matches, errors, clusters, order, seconds, consensus = [], [], [], [], [], [], []
    worse = [
        ("mine", "cnmf", "frobenius", group, N, 3, share, 0, 1) for group, share in (("all", 0.75), ("most", 0.25))
    ]
    for method in ("nmf", "cnmf"):
        made = [_fit(rng) for _ in SPLITS]
        place = folder / "fits/mine" / method / "frobenius"
        save_fits(_new(place / "0-2.npz"), place / "0-2.seconds.npz", SPLITS, made)
        names = pd.Index(["S1 (SBS1)", "S2 (SBS5)"], name="signature")
        signatures = matrix_frame(made[0].signatures, list(names))
        write_matrix_tsv(_new(folder / f"signatures/mine/{method}/frobenius.tsv"), signatures)
        exposures = pd.DataFrame([[30.0] * N, [10.0] * N], names, [*"abcde"])
        write_matrix_tsv(_new(folder / f"exposures/mine/{method}/frobenius.tsv"), exposures)
        key = ("mine", method, "frobenius")
        for split in SPLITS:
            fits.append((*key, split, K, 0.5, 30, split != 2, 1e-9))
            errors += [(*key, split, which, "mse", 1.5 + split) for which in ("train", "test")]
            matches += [(*key, "cosmic", split, k, ("SBS1", "SBS5")[k], 0.9 + k / 100) for k in range(K)]
            clusters += [(*key, split, k, k + 1) for k in range(K)]
            seconds.append((*key, split, 0.25))
        consensus += [(*key, "cosmic", k + 1, ("SBS1", "SBS5")[k], 0.95) for k in range(K)]
        order += [(*key, k + 1, k + 1) for k in range(K)]
    keys = ["cohort", "method", "loss"]
    tables = {
        "fits": (fits, [*keys, "split", "rank", "objective", "n_iter", "converged", "kkt"]),
        "errors": (errors, [*keys, "split", "set", "measure", "value"]),
        "split_matches": (matches, [*keys, "reference", "split", "signature", "match", "cosine"]),
        "matches": (consensus, [*keys, "reference", "cluster", "match", "cosine"]),
        "optima": ([], [*keys, "fits", "same_as", "agree_1e-04"]),
        "clusters": (clusters, [*keys, "split", "signature", "cluster"]),
        "order": (order, [*keys, "cluster", "position"]),
        "seconds": (seconds, [*keys, "split", "seconds"]),
        "consistency": ([], [*keys, "similarity"]),
        "worse_patients": (worse, [*keys, "group", "patients", "splits", "share", "low", "high"]),
        "recovery": ([], [*keys, "truth", "cosine"]),
        "sparsity": ([], [*keys, "patients_50", "patients_90", "nonzero"]),
    }
    for name, (values, columns) in tables.items():
        pd.DataFrame(values, columns=columns).to_csv(_new(folder / f"tables/{name}.csv"), index=False)
    verdicts = [
        ("headline", "h", "A headline claim", "so", "Ours", "holds in part", HOSTILE),
        ("part", "a", "A claim", "3", "3", "holds", "So it is."),
        ("part", "b", "Another <b>claim</b> | with a bar", "105", "7", "does not hold", HOSTILE),
        ("part", "c", "A third", "2", "", "cannot be checked", "No data."),
        ("data", "d", "Patients of mine", "5", "6", "", ""),
    ]
    columns = ["kind", "claim_id", "claim", "paper", "ours", "verdict", "evidence"]
    judged = (
        pd.DataFrame(verdicts, columns=columns)
        .assign(headline="h", place="Table 2")
        .reindex(columns=COLUMNS, fill_value="")
    )
    judged.to_csv(folder / "tables/verdicts.csv", index=False)
    _write(folder, "verdicts", layouts.headline_layout(judged, "The rule."))
    _write(folder, "verdict_parts", layouts.parts_layout(judged))
    _write(folder, "verdicts_unchecked", layouts.unchecked_layout(judged))
    _write(folder, "table1", Layout("Architectures.", "t1", ["A", "B"], [["x", "1"]]))
    errors_shown = [["NMF", "9.10"], ["C-NMF", Cell("1.05e2", True)], ["AE-NMF", "–"], ["B", "20.1"]]
    _write(folder, "table2", Layout("Errors.", "t2", ["Method", "Error"], errors_shown, notes=["A note."]))
    for named in FIGURES.values():
        for name in named:
            image = Image.fromarray(rng.integers(0, 255, (60, 90, 3), dtype=np.uint8))
            image.save(_new(folder / f"figures/{name}.png"))
    config = {"run": "made-up", "seed": 1, "n_splits": 3, "train_fraction": 0.8, "compare": ["nmf", "cnmf"]}
    config["methods"] = {name: {"model": name, "solver": HOSTILE} for name in ("nmf", "cnmf")}
    run = {"commit": "abc", "edited": False, "python": "3.11", "packages": {"numpy": "2"}, "processor": "P"}
    (folder / "run.json").write_text(json.dumps({**run, "processors": 2, "cores": 1, "config": config}))
    return folder


def _fit(rng: np.random.Generator) -> Fit:
    path = Trajectory(np.arange(1, 31), 0.5 + 10.0 ** -np.arange(30), np.linspace(0, 1, 30))
    signatures = rng.dirichlet(np.ones(len(CHANNELS)), K).T
    return Fit(signatures, rng.random((K, N - 1)), 0.5, 30, True, 1e-9, 1.0, path)


def _write(folder: Path, name: str, layout: Layout) -> None:
    write_layout(layout, [_new(folder / f"tables/{name}.json")])


def _new(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
