"""Made-up tables of the pipeline's form, and every figure drawn from them, for the tests of the figures."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from aenmf.channels import CHANNELS
from aenmf.evaluation.projection import project_signatures
from aenmf.figures import boxes, colours, consistency, convergence, names, variants
from aenmf.figures.benchmark import seconds_to_target
from aenmf.figures.conditions import condition_bars
from aenmf.figures.forest import forest
from aenmf.figures.leaderboard import leaderboard_dots
from aenmf.figures.luck import luck
from aenmf.figures.match_tiles import match_tiles
from aenmf.figures.pca import signature_projection
from aenmf.figures.precision import precision_curves
from aenmf.figures.profiles import recovered_profiles, signature_profiles
from aenmf.figures.proof import proof_of_concept_panels
from aenmf.figures.rank import rank_errors, rank_seconds
from aenmf.figures.rank_criteria import criterion_curves
from aenmf.figures.robustness import ratio_dots
from aenmf.figures.scaling import scaling_curves
from aenmf.figures.schematic import schematic
from aenmf.figures.scores import score_dots
from aenmf.figures.trainings import NO_RULE, PLATEAU, PUBLISHED, SAME_RULE
from aenmf.studies.proof_of_concept import EXPOSURES, SIGNATURES
from aenmf.studies.robustness import VARIANTS

LOSS = "frobenius"
ENTRIES = {
    "nmf": "nmf",
    "cnmf": "cnmf",
    "aenmf": "aenmf",
    "dsae": "dsae",
    "musexae": "musexae",
    "sklearn": "sklearn",
    "bootstrap": "bootstrap",
}
LONG = {"sklearn": "scikit-learn NMF (coordinate descent)", "bootstrap": "Bootstrap-and-cluster NMF"}
SEVEN = names.method_styles(ENTRIES, LONG)
THREE = {name: SEVEN[name] for name in list(ENTRIES)[:3]}
TWO = {name: SEVEN[name] for name in ("nmf", "aenmf")}
TRAININGS = {PUBLISHED: "float32", SAME_RULE: "float64", PLATEAU: "float64", NO_RULE: "float32"}
FOUR_COHORTS = {"scenario8": 3, "ovary": 4, "prostate": 5, "uterus": 8}
LEVELS = {"scenario8": 0.09, "ovary": 2e3, "prostate": 150.0, "uterus": 4.6e5}


def frame(columns: str, rows) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(","))


def tables(methods, ranks: dict[str, int], n_splits: int) -> dict[str, pd.DataFrame]:
    """Tables of the pipeline's form with random content."""
    rng = np.random.default_rng(3)
    cosmic = list(colours.SIGNATURE_COLOURS)
    out: dict[str, list] = {
        name: [] for name in ("errors", "consistency", "consensus", "clusters", "matches", "splits")
    }
    coordinates, explained = [], []
    for cohort, k in ranks.items():
        arrays = {}
        for m, method in enumerate(methods):
            key = (cohort, method, LOSS)
            for s, part, measure in itertools.product(range(n_splits), ("train", "test"), ("mse", "kld")):
                value = LEVELS.get(cohort, 1.0) * (1 + 0.2 * m) * np.exp(0.3 * rng.standard_normal())
                out["errors"].append((*key, s, part, measure, value))
            pairs = itertools.combinations(range(n_splits), 2)
            out["consistency"] += [(*key, a, b, rng.uniform(0.5, 1)) for a, b in pairs]
            arrays[method] = (list(range(n_splits)), rng.dirichlet(np.full(96, 0.3), (n_splits, k)).transpose(0, 2, 1))
            for c in range(1, k + 1):
                profile = rng.dirichlet(np.full(96, 0.2))
                out["consensus"] += [(*key, c, *pair) for pair in zip(CHANNELS, profile, strict=True)]
                out["matches"].append((*key, c, "cosmic", cosmic[c], 0.9))
                out["matches"].append((*key, c, "signal", "GEL-Prostate_common_SBS2+13+92", 0.8))
                out["matches"].append((*key, c, "truth", f"SBS{c}", 0.99996))
            for s, j in itertools.product(range(n_splits), range(k)):
                cluster = 1 + (j if s else max(j - 1, 0)) % k
                out["clusters"].append((*key, s, j, cluster, s == 1, rng.uniform()))
                out["splits"].append((*key, s, j, "cosmic", cosmic[(j + s) % (k + 2)], rng.uniform(0.6, 1)))
                out["splits"].append((*key, s, j, "signal", ["GEL-Ovary_common_SBS2+13+92", None][j % 2], 0.7))
        points, share = project_signatures(arrays, cohort=cohort, loss=LOSS)
        coordinates.append(points)
        explained.append(share)
    key = "cohort,method,loss,"
    return {
        "errors": frame(key + "split,set,measure,value", out["errors"]),
        "consistency": frame(key + "split_a,split_b,similarity", out["consistency"]),
        "consensus": frame(key + "cluster,channel,value", out["consensus"]),
        "clusters": frame(key + "split,signature,cluster,medoid,silhouette", out["clusters"]),
        "matches": frame(key + "cluster,reference,match,cosine", out["matches"]),
        "splits": frame(key + "split,signature,reference,match,cosine", out["splits"]),
        "coordinates": pd.concat(coordinates),
        "explained": pd.concat(explained),
    }


def series(methods, cohorts) -> dict[str, pd.DataFrame]:
    """Tables of the rank, convergence and scaling studies with smooth made-up curves."""
    rng = np.random.default_rng(4)
    grid = list(itertools.product(cohorts, methods))
    ranks, bootstraps, solvers = range(2, 13), range(4), ("multiplicative", "exact blocks")
    iterations = np.concatenate([[0], np.unique(np.geomspace(1, 1e5, 30).astype(int))])
    sizes = {"N": (250, 1000, 4000, 12000), "K": (2, 4, 8, 16)}
    runs = list(itertools.product(methods, solvers))
    return {
        "rank": frame(
            "cohort,method,loss,rank,bootstrap,set,measure,value",
            (
                (
                    c,
                    m,
                    LOSS,
                    k,
                    b,
                    "test",
                    "mse",
                    LEVELS.get(c, 1.0) * (1 + 5 / k) * np.exp(0.2 * rng.standard_normal()),
                )
                for (c, m), k, b in itertools.product(grid, ranks, bootstraps)
            ),
        ),
        "seconds": frame(
            "cohort,method,loss,rank,bootstrap,seconds",
            ((c, m, LOSS, k, b, 0.01 * k**2) for (c, m), k, b in itertools.product(grid, ranks, bootstraps)),
        ),
        "choice": frame("cohort,method,loss,chosen,paper_rank", ((c, m, LOSS, 4, 5) for c, m in grid)),
        "convergence": frame(
            "cohort,method,solver,loss,iteration,seconds,value,best",
            (
                (c, m, s, LOSS, i, 1e-4 * i * (1 + j), LEVELS.get(c, 1.0) * (1 + 9 / (1.0 + i)), LEVELS.get(c, 1.0))
                for (c, m), (j, s), i in itertools.product(grid, enumerate(solvers), iterations)
            ),
        ),
        "precision": frame(
            "cohort,training,dtype,loss,iteration,value",
            (
                (c, t, d, LOSS, i, LEVELS.get(c, 1.0) * (1.4 if d == "float32" else 1) * (1 + 50 / (1.0 + i)))
                for c, (t, d), i in itertools.product(cohorts, TRAININGS.items(), iterations)
            ),
        ),
        "summary": frame(
            "cohort,loss,training,objective,best",
            (
                (c, LOSS, training, LEVELS[c] * 1.00001, LEVELS[c])
                for c, training in itertools.product(cohorts, TRAININGS)
            ),
        ),
        "weights": frame(
            "cohort,method,split,signature,patients_50,patients_90,nonzero",
            ((c, m, s, 0, 1 + s % 3, 4 + s % 5, 15 + s) for (c, m), s in itertools.product(grid, range(8))),
        ),
        "scaling": frame(
            "quantity,outcome,converged,method,model,solver,loss,variable,size,seconds,peak_mb",
            (
                ("fit", "done", True, m, m, s, LOSS, v, z, 1e-3 * z * (1 + r / 9), 100 + z / 10)
                for (m, s), v, r in itertools.product(runs, sizes, range(2))
                for z in sizes[v]
            ),
        ),
        "fits": frame(
            "quantity,method,model,solver,loss,variable,exponent,low,high",
            (("fit", m, m, s, LOSS, v, 1.02, 0.98, 1.06) for (m, s), v in itertools.product(runs, sizes)),
        ),
    }


def race(methods, cohorts) -> pd.DataFrame:
    """Times to the best known loss, the textbook's updates under both problems, every second contestant late on a split."""
    rng, rows = np.random.default_rng(7), []
    for cohort, problem in itertools.product(cohorts, ("nmf", "cnmf")):
        for i, method in enumerate((*methods, "textbook")):
            for split in range(3):
                late, gap = i % 2 == 1 and split > 0, 10.0 ** rng.uniform(-4, 0.2)
                seconds = 10.0 ** rng.uniform(-2, 0)
                outcome = ("out of time", np.nan, gap, 5.0) if late else ("reached", seconds, 0.0, 5.0)
                rows.append((cohort, split, LOSS, problem, method, "mu", *outcome))
    return frame("cohort,split,loss,problem,method,solver,outcome,seconds,gap,spent", rows)


def luck_table(methods, cohorts) -> pd.DataFrame:
    """Excesses of single starts, of the best of five, and of searches, which are exact."""
    rng, rows = np.random.default_rng(8), []
    for cohort, method in itertools.product(cohorts, methods):
        ones = np.where(rng.random(30) < 0.4, 0.0, 10.0 ** rng.uniform(-5, -0.3, 30))
        rows += [(cohort, LOSS, method, "one start", value) for value in ones]
        rows += [(cohort, LOSS, method, "best of five", value) for value in ones.reshape(6, 5).min(axis=1)]
        rows += [(cohort, LOSS, method, "search", 0.0) for _ in range(3)]
    return frame("cohort,loss,method,kind,excess", rows)


def scores(methods, cohorts) -> pd.DataFrame:
    """A leaderboard by cohort; the last of several cohorts has no truth, and the last method an infinite error on the first."""
    rng, rows = np.random.default_rng(6), []
    for i, (cohort, method) in enumerate(itertools.product(cohorts, methods)):
        known = len(cohorts) == 1 or cohort != list(cohorts)[-1]
        found = (rng.uniform(0.7, 1), rng.choice([0.25, 0.5, 1.0])) if known else (np.nan, np.nan)
        ratio = np.inf if i == len(methods) - 1 else 1 + rng.exponential(0.5)
        rows.append((cohort, method, LOSS, *found, 0.8, ratio, 10.0 ** rng.uniform(-2, 2)))
    return frame("cohort,method,loss,acs,f1,cosmic,test_ratio,seconds", rows)


def spread_around(board: pd.DataFrame) -> pd.DataFrame:
    """Lines over the splits of a leaderboard, around its means."""
    long = board.melt(["cohort", "method", "loss"], ["acs", "f1", "test_ratio"], var_name="score").dropna(
        subset="value"
    )
    high = np.where(long["score"] == "test_ratio", 2 * long["value"], np.minimum(1.1 * long["value"], 1))
    return long.assign(low=0.9 * long["value"], high=high).drop(columns="value")


def boards(methods, cohorts) -> dict[str, pd.DataFrame]:
    """Scores of a protocol, over cohorts and by cohort; one method finds nothing in one cohort, and one has no intervals."""
    rng, rows = np.random.default_rng(8), []
    names = {**{name: look.label for name, look in methods.items()}, "control_truth": "Truth", "control_mean": "Mean"}
    ranges = {"composite": (1, 3), "tpr": (0, 1), "cosine": (0.9, 1), "manhattan": (0.01, 2), "k_error": (-5, 3)}
    for (name, title), cohort, (score, ends) in itertools.product(names.items(), cohorts, ranges.items()):
        nothing = score == "cosine" and (name, cohort) == (list(names)[0], list(cohorts)[0])
        value = 0.0 if nothing else float(score != "manhattan") if name == "control_truth" else rng.uniform(*ends)
        rows.append(("K chosen, full", cohort, name, title, score, value))
    by_cohort = frame("protocol,cohort,method,title,score,value", rows)
    keys = ["protocol", "method", "title", "score"]
    found = by_cohort.groupby(keys, sort=False)["value"].agg(value="mean", low="min", high="max").reset_index()
    found["cohorts"] = len(cohorts)
    found.loc[found["method"] == list(names)[0], ["low", "high"]] = np.nan
    return {"board": found, "by_cohort": by_cohort}


def broken(cohorts) -> pd.DataFrame:
    """Losses without each condition of the theorem on two splits; the last cohort's tied weights are a hundred times as bad."""
    sizes = {"bias": 0.9999, "relu": 0.9, "tied": 1.3, "patients": 1.02}
    rows = [
        (
            c,
            LOSS,
            s,
            name,
            LEVELS.get(c, 1.0) * ratio * (100 if c == cohorts[-1] and name == "tied" else 1),
            LEVELS.get(c, 1.0),
        )
        for c, s, (name, ratio) in itertools.product(cohorts, range(2), sizes.items())
    ]
    table = frame("cohort,loss,split,condition,value,cnmf_value", rows)
    return table.assign(nmf_value=0.88 * table["cnmf_value"])


def across(methods, cohorts) -> dict[str, pd.DataFrame]:
    """The tables of the forest plot: ratios of every cancer, one of them without, and their means."""
    rng = np.random.default_rng(9)
    ratios, means = [], []
    for name, which in itertools.product(methods, ("train", "test")):
        for i, cohort in enumerate(cohorts):
            ratio, reach = rng.uniform(0.5, 1.1), np.exp(rng.choice([0.02, 0.2, 2.0]))
            facts = (300 - i, 3 + i, 10 ** (2 + i % 4), i / 100)
            ratios.append(
                (cohort, LOSS, which, name, f"NMF/{name}", ratio, ratio / reach, ratio * reach, 0.1 + i, *facts)
            )
        means.append((LOSS, which, name, 0.8, 0.7, 0.9, 0.4, 1.6, 0.97, 0.1))
    columns = "ratio,low,high,weight,patients,rank,burden,hypermutated"
    table = frame(f"cohort,loss,set,method,title,{columns}", ratios)
    if len(cohorts) > 1:
        table.loc[table["cohort"] == list(cohorts)[-1], ["ratio", "low", "high", "weight"]] = np.nan
    summary = frame("loss,set,method,ratio,low,high,new_low,new_high,i2,tau", means)
    return {"forest": table, "summary": summary}


def changed(methods, cohorts) -> pd.DataFrame:
    """Ratios of the first method's errors to the others' with one thing changed; some have no interval."""
    rng, (first, *others) = np.random.default_rng(6), methods
    rows = []
    for c, variant, which, second in itertools.product(cohorts, VARIANTS, ("train", "test"), others):
        ratio = 10.0 ** rng.uniform(-0.6, 0.1)
        spread = np.nan if variant == "deviance" and c == cohorts[-1] else rng.uniform(1, 1.3)
        rows.append((c, LOSS, variant, which, first, second, ratio, ratio / spread, ratio * spread))
    return frame("cohort,loss,variant,set,first,second,ratio,low,high", rows)


def proof_table(methods) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = []
    for method in ("truth", *methods):
        for quantity, true in (("signatures", SIGNATURES.T), ("exposures", EXPOSURES)):
            noise = 0.0 if method == "truth" else 0.05 * rng.standard_normal(true.shape)
            for (k, i), value in np.ndenumerate(true * (1 + noise)):
                rows.append((LOSS, method, quantity, k + 1, i + 1, value))
    return frame("loss,method,quantity,signature,position,value", rows)


def truth_of(consensus: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Channels × true signatures: NMF's consensus of a cohort."""
    mine = consensus.query("cohort == @cohort and method == 'nmf'")
    wide = mine.pivot(index="channel", columns="cluster", values="value").loc[list(CHANNELS)]
    return wide.rename(columns=lambda cluster: f"SBS{cluster}").rename_axis(columns=None)


def criterion_tables(cohorts: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Made-up values of a criterion, and its choice, which is the true number in the first cohort."""
    key = ("nmf", LOSS, "mutations")
    values = (
        (cohort, *key, rank, r, "error", LEVELS.get(cohort, 1.0) * (5 + abs(rank - 4) + 0.1 * r))
        for cohort, rank, r in itertools.product(cohorts, range(2, 13), range(4))
    )
    chosen = ((cohort, *key, 4, 3, 5, 4 if i == 0 else None) for i, cohort in enumerate(cohorts))
    keys = "cohort,method,loss,criterion"
    return frame(f"{keys},rank,resample,quantity,value", values), frame(f"{keys},chosen,low,high,true", chosen)


def builders(methods, ranks: dict[str, int], n_splits: int) -> dict[str, Callable[[], Figure]]:
    """Every figure of the package drawn from tables of one shape."""
    t, s = tables(methods, ranks, n_splits), series(methods, list(ranks))
    look, last = {"methods": methods}, list(ranks)[-1]
    several = dict(itertools.islice(methods.items(), 3))
    ways_of = dict(itertools.islice(methods.items(), len(variants.VARIANTS)))
    ways = [dict(zip(("nonnegativity", "applied"), way, strict=True)) for way in variants.VARIANTS]
    entries = dict(zip(methods, ways, strict=False))
    board = scores(methods, list(ranks))
    of = {"cohort": last, "loss": LOSS}
    return {
        "errors": lambda: boxes.error_boxes(t["errors"], loss=LOSS, measure="mse", **look),
        "errors_linear": lambda: boxes.error_boxes(t["errors"], loss=LOSS, measure="kld", log=False, **look),
        "consistency": lambda: consistency.consistency_dots(t["consistency"], loss=LOSS, **look),
        "variants": lambda: variants.variant_dots(
            t["errors"], loss=LOSS, measure="mse", methods=ways_of, entries=entries
        ),
        "pca": lambda: signature_projection(t["coordinates"], t["explained"], t["clusters"], loss=LOSS, **look),
        "profiles": lambda: signature_profiles(t["consensus"], t["matches"], methods={"nmf": methods["nmf"]}, **of),
        "side_by_side": lambda: signature_profiles(t["consensus"], t["matches"], methods=several, **of),
        "recovered": lambda: recovered_profiles(
            truth_of(t["consensus"], last), t["consensus"], t["matches"], methods=several, **of
        ),
        "tiles": lambda: match_tiles(t["splits"], t["clusters"], methods=several, **of),
        "tiles_signal": lambda: match_tiles(t["splits"], t["clusters"], reference="signal", methods=several, **of),
        "rank": lambda: rank_errors(s["rank"], s["choice"], loss=LOSS, measure="mse", **look),
        "seconds": lambda: rank_seconds(s["seconds"], loss=LOSS, **look),
        "rank_criteria": lambda: criterion_curves(*criterion_tables(list(ranks)), loss=LOSS, criterion="mutations"),
        "proof": lambda: proof_of_concept_panels(proof_table(methods), loss=LOSS, **look),
        "convergence": lambda: convergence.convergence_curves(s["convergence"], loss=LOSS, **look),
        "precision": lambda: precision_curves(s["precision"], s["summary"], loss=LOSS),
        "conditions": lambda: condition_bars(broken(list(ranks)), loss=LOSS),
        "robustness": lambda: ratio_dots(
            changed(methods, list(ranks)),
            loss=LOSS,
            cohorts={name: names.cohort_title(name) for name in ranks},
            variants=VARIANTS,
            **look,
        ),
        "weights": lambda: convergence.weight_sparsity(s["weights"], **look),
        "benchmark": lambda: seconds_to_target(
            race(methods, ranks),
            loss=LOSS,
            models=ENTRIES,
            titles={name: look.label for name, look in methods.items()},
            cohorts={name: names.cohort_title(name) for name in ranks},
            within=1e-4,
        ),
        "luck": lambda: luck(
            luck_table(methods, ranks),
            loss=LOSS,
            cohorts={name: names.cohort_title(name) for name in ranks},
            **look,
        ),
        "forest": lambda: forest(
            **across([name for name in methods if name != "nmf"][:2] or list(methods), ranks),
            loss=LOSS,
            cohorts={name: names.cohort_title(name) for name in ranks},
            **look,
        ),
        "scaling": lambda: scaling_curves(s["scaling"], s["fits"], loss=LOSS, quantity="fit", budget=5.0),
        "leaderboard": lambda: leaderboard_dots(
            board.drop(columns="seconds"),
            board[["cohort", "method", "loss", "seconds"]],
            spread_around(board),
            loss=LOSS,
            **look,
        ),
        "scores": lambda: score_dots(**boards(methods, list(ranks)), protocol="chosen-full"),
        "schematic": schematic,
    }


SMALL = builders(TWO, {"ovary": 3}, 3)
USUAL = builders(THREE, FOUR_COHORTS, 5)
MANY_METHODS = builders(SEVEN, FOUR_COHORTS, 4)
MANY_SIGNATURES = builders({"nmf": SEVEN["nmf"]}, {"uterus": 12}, 30)
