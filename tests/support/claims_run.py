"""Runs for the tests of the verdicts: an empty one, and one in which every claim of the paper holds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from aenmf.methods.entries import Entry
from aenmf.verdicts.claims import PaperClaims
from aenmf.verdicts.measuring import Run

ENTRIES = [Entry("plain", "nmf", "NMF"), Entry("convex", "cnmf", "C-NMF"), Entry("auto", "aenmf", "AE-NMF")]
NAMES = {entry.model: entry.name for entry in ENTRIES}
LOSS, KULLBACK = "frobenius", "kullback-leibler"
MEASURES = {LOSS: "mse", KULLBACK: "kld"}
COHORTS = ("scenario8", "ovary", "prostate", "uterus")
N_SPLITS = 12
COLUMNS = {
    "errors": ["cohort", "method", "loss", "split", "set", "measure", "value"],
    "consistency": ["cohort", "method", "loss", "split_a", "split_b", "similarity"],
    "recovery": ["cohort", "method", "loss", "split", "truth", "signature", "cosine"],
    "matches": ["cohort", "method", "loss", "cluster", "reference", "match", "cosine"],
    "table4": ["cohort", "loss", "method", "cosmic", "seen_in_cancer_type"],
}


def make_run(**tables: object) -> Run:
    """A run of one cohort of 10 patients with the given tables, the others empty."""
    frames = {name: pd.DataFrame(columns=columns) for name, columns in COLUMNS.items()}
    rest = {"samples": {"ovary": 10}, "training": {"ovary": 8}, "entries": ENTRIES}
    return Run(**(frames | rest | tables))


def errors_table(train: dict[str, list[float]], test: dict[str, list[float]]) -> pd.DataFrame:
    """errors.csv of ovary, the errors of each split given by method."""
    rows = [
        ("ovary", method, LOSS, split, which, "mse", value)
        for which, side in (("train", train), ("test", test))
        for method, values in side.items()
        for split, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=COLUMNS["errors"])


def faithful_run(claims: PaperClaims) -> Run:
    """A run in which every claim holds."""
    stated = {claim.id: claim for claim in claims.parts}
    frames = {
        "errors": _errors(stated),
        "consistency": _consistency(),
        "recovery": _rows(
            (("scenario8", name, loss, split, "SBS3", 0, 0.99) for name, loss, split in _fits()), "recovery"
        ),
        "matches": _matches(stated),
        "table4": _table4(stated),
        "scaling": _scaling(stated),
        "times": _times(),
        "ranks": _ranks(stated),
        "proof_of_concept": _proof_of_concept(),
        "variants": _variants(),
        "theorem": _theorem(),
        "architectures": pd.DataFrame({"model": ["aenmf"], "layers": ["N → K → N"], "biases": ["none"]}),
    }
    samples = {"scenario8": 1000, "scenario8_poisson": 1000, "ovary": 523, "prostate": 311, "uterus": 713}
    training = {name: int(0.8 * n) for name, n in samples.items()}
    return Run(entries=ENTRIES, samples=samples, training=training, **frames)


def _rows(rows, table: str) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS[table])


def _fits():
    return [(entry.name, loss, split) for entry in ENTRIES for loss in MEASURES for split in range(N_SPLITS)]


def _errors(stated) -> pd.DataFrame:
    """Convex errors a quarter higher in training and a tenth in test, with a little noise; NMF on prostate as in Figure 2."""
    generator = np.random.default_rng(1)
    rows = []
    for cohort in COHORTS:
        for loss, measure in MEASURES.items():
            for which, factor in (("train", 1.25), ("test", 1.1)):
                mean = float(stated[f"error-prostate-nmf-{which}"].paper)
                base = generator.lognormal(sigma=0.1, size=N_SPLITS)
                base *= mean / base.mean()
                other = base * factor * generator.lognormal(sigma=0.01, size=N_SPLITS)
                for name, side in (("plain", base), ("convex", other), ("auto", other)):
                    rows += [(cohort, name, loss, s, which, measure, value) for s, value in enumerate(side)]
    return _rows(rows, "errors")


def _consistency() -> pd.DataFrame:
    generator = np.random.default_rng(2)
    pairs = list(combinations(range(N_SPLITS), 2))
    rows = [
        (cohort, entry.name, loss, a, b, 0.9 + 1e-3 * float(generator.normal()))
        for cohort in COHORTS
        for loss in MEASURES
        for entry in ENTRIES
        for a, b in pairs
    ]
    return _rows(rows, "consistency")


def _matches(stated) -> pd.DataFrame:
    rows = [
        (
            claim.parameters["cohort"],
            NAMES[claim.parameters["method"]],
            LOSS,
            1,
            claim.parameters["reference"],
            "SBS3",
            claim.paper,
        )
        for claim in stated.values()
        if claim.evaluator == "mean_match_cosine"
    ]
    return _rows(rows, "matches")


def _table4(stated) -> pd.DataFrame:
    rows = []
    for claim in stated.values():
        if claim.evaluator == "seen_before":
            cohort, method = claim.parameters["cohort"], NAMES[claim.parameters["method"]]
            rows += [(cohort, LOSS, method, f"SBS{i}", i < claim.paper) for i in range(8)]
    return _rows(rows, "table4").astype({"seen_in_cancer_type": "boolean"})


def _scaling(stated) -> pd.DataFrame:
    rows = [
        (
            p["method"],
            p["solver"],
            LOSS,
            p["variable"],
            "iteration",
            claim.paper,
            claim.paper - 0.1,
            claim.paper + 0.1,
            2,
            4000,
        )
        for claim in stated.values()
        if claim.evaluator == "scaling_exponent" and (p := claim.parameters)
    ]
    columns = ["model", "solver", "loss", "variable", "quantity", "exponent", "low", "high", "smallest", "largest"]
    return pd.DataFrame(rows, columns=columns)


def _times() -> pd.DataFrame:
    rows = [
        (model, solver, LOSS, "K", size, 1000, repeat, quantity, "done", seconds)
        for model, solver, seconds in (("aenmf", "adam", 1.0), ("cnmf", "textbook", 2.0))
        for size in (2, 4, 8, 16, 32)
        for repeat in range(2)
        for quantity in ("iteration", "fit")
    ]
    columns = ["model", "solver", "loss", "variable", "size", "patients", "repeat", "quantity", "outcome", "seconds"]
    return pd.DataFrame(rows, columns=columns)


def _ranks(stated) -> pd.DataFrame:
    claims = [c for c in stated.values() if c.evaluator == "chosen_rank"]
    known = {control: 3 for c in claims for control in c.parameters["controls"]}
    chosen = known | {c.parameters["cohort"]: int(c.paper) for c in claims}
    rows = [(cohort, rank, rank, rank, 12, known.get(cohort)) for cohort, rank in chosen.items()]
    [criterion] = {c.parameters["criterion"] for c in claims}
    columns = ["cohort", "chosen", "low", "high", "highest_tried", "true"]
    table = pd.DataFrame(rows, columns=columns).assign(criterion=criterion)
    return pd.concat([table.assign(loss=loss) for loss in dict.fromkeys(c.parameters["loss"] for c in claims)])


def _proof_of_concept() -> pd.DataFrame:
    rows = [
        (LOSS, name, quantity, 1, 1, 100.0) for name in ("auto", "convex") for quantity in ("signatures", "exposures")
    ]
    return pd.DataFrame(rows, columns=["loss", "method", "quantity", "signature", "position", "value"])


def _variants() -> pd.DataFrame:
    methods = ("aenmf_adam", "aenmf_relu", "aenmf_abs_step", "aenmf_relu_step")
    rows = [
        ("prostate", method, loss, split, "train", measure, 100.0 + split)
        for method in methods
        for loss, measure in MEASURES.items()
        for split in range(5)
    ]
    return _rows(rows, "errors")


def _theorem() -> pd.DataFrame:
    parts = ("aenmf_optima", "cnmf_optima")
    small = ("aenmf_residual", "aenmf_fall", "cnmf_residual", "cnmf_fall")
    rows = [
        {"cohort": cohort, "loss": loss, "splits": N_SPLITS}
        | dict.fromkeys(parts, N_SPLITS)
        | dict.fromkeys(small, 1e-9)
        for cohort in COHORTS
        for loss in MEASURES
    ]
    return pd.DataFrame(rows)
