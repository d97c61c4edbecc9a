"""Every method against NMF: what an autoencoder gains or loses in signatures, exposures, the choice of K, and cost."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from aenmf import formats
from aenmf.evaluation.resampled import holm
from aenmf.evaluation.statistics import mean_interval, signed_rank
from aenmf.files.layout import Cell, Layout
from aenmf.losses import KULLBACK_LEIBLER, MEASURE_OF_LOSS, MEASURES
from aenmf.seeds import Seed
from aenmf.tables.score_board import BASELINE, CONTROL, LEVEL

PAPERS = "aenmf"
"""The paper's own autoencoder, which leads."""

SHOWN = {
    "tpr": "Share of signatures found",
    "missing": "1 − cosine",
    "manhattan": "Manhattan",
    "k_off": "|K − true K|",
    "seconds": "Seconds",
}
"""What is compared: differences of the first and of K, ratios of the others, method against NMF."""
DIFFERENCES = ("tpr", "k_off")
COLUMNS = [
    "protocol",
    "method",
    "title",
    "autoencoder",
    "what",
    "cohorts",
    "baseline",
    "value",
    "change",
    "low",
    "high",
    "p",
]


def against(cohorts: pd.DataFrame, spent: pd.DataFrame, autoencoders: Collection[str], seed: Seed) -> pd.DataFrame:
    """Every method against NMF of the same loss, on the cohorts that both have.

    Args:
        cohorts: what :func:`aenmf.tables.score_board.by_cohort` returns.
        spent: what :func:`aenmf.tables.score_board.costs` returns.
        autoencoders: names of the methods that are.
        seed: of the bootstrap.

    Returns:
        :data:`COLUMNS`, by ``what`` of :data:`SHOWN`: means over cohorts of NMF and of the method, and their difference or
        geometric mean ratio with its bootstrap interval over cohorts; ``p`` of the signed-rank test, adjusted for all methods of
        a protocol and measure (Holm), missing with fewer than two cohorts. Cosines are those of matched signatures, so cohorts
        without a match are left out of them. Seconds are compared where both results name the same processor.
    """
    rows = []
    for protocol, block in _measures(cohorts, spent).groupby("protocol", sort=False):
        made_on = spent[spent["protocol"] == protocol].pivot(index="cohort", columns="method", values="processor")
        titles = dict(zip(block["method"], block["title"], strict=True))
        for what in SHOWN:
            values = block[block["what"] == what].pivot(index="cohort", columns="method", values="value")
            found = []
            for name in titles:
                other = _baseline(name)
                if name == other or not {name, other} <= set(values):
                    continue
                pair = values[[other, name]].dropna()
                if what == "seconds":
                    pair = pair[_one_processor(made_on, pair.index, other, name)]
                if what not in DIFFERENCES:
                    pair = np.log(pair[(pair > 0).all(axis=1)])
                change = pair[name] - pair[other]
                if change.empty:
                    continue
                ends = mean_interval(change, seed.child(str(protocol), name, what))
                numbers = np.array([change.mean(), *ends])
                means = values.loc[pair.index, [other, name]].mean()
                if what not in DIFFERENCES:
                    numbers = np.exp(numbers)
                p = signed_rank(change) if len(change) > 1 else np.nan
                found.append([name, titles[name], name in autoencoders, what, len(pair), *means, *numbers, p])
            tested = [row for row in found if not np.isnan(row[-1])]
            for row, p in zip(tested, holm([row[-1] for row in tested]), strict=True):
                row[-1] = p
            rows += [[protocol, *row] for row in found]
    return pd.DataFrame(rows, columns=COLUMNS)


def _one_processor(made_on: pd.DataFrame, cohorts: pd.Index, other: str, name: str) -> np.ndarray:
    """On which cohorts the results of two methods name the same processor."""
    pair = made_on.loc[cohorts, [other, name]]
    return ((pair[other] == pair[name]) & (pair[name] != "")).to_numpy()


def _baseline(name: str) -> str:
    """NMF of the loss in a method's name; a name without one has that of Kullback and Leibler."""
    measure = name.rpartition("-")[2]
    return f"{BASELINE}-{measure if measure in MEASURES else MEASURE_OF_LOSS[KULLBACK_LEIBLER]}"


def _measures(cohorts: pd.DataFrame, spent: pd.DataFrame) -> pd.DataFrame:
    """What is compared as a long table: ``protocol``, ``cohort``, ``method``, ``title``, ``what`` and ``value``."""
    keys = ["protocol", "cohort", "method", "title"]
    table = cohorts.loc[~cohorts["method"].str.startswith(CONTROL), [*keys, "score", "value"]]
    names = {"tpr": "tpr", "cosine": "missing", "manhattan": "manhattan", "k_error": "k_off"}
    table = table[table["score"].isin(names)].assign(what=lambda frame: frame["score"].map(names))
    cosine = table["what"] == "missing"
    table.loc[cosine, "value"] = (1 - table.loc[cosine, "value"]).where(table.loc[cosine, "value"] > 0)
    table.loc[table["what"] == "k_off", "value"] = table["value"].abs()
    seconds = spent[[*keys, "seconds"]].rename(columns={"seconds": "value"}).assign(what="seconds")
    seconds = seconds[~seconds["method"].str.startswith(CONTROL)]
    return pd.concat([table[[*keys, "what", "value"]], seconds], ignore_index=True)


def findings(frame: pd.DataFrame) -> list[str]:
    """What each autoencoder gains or loses against NMF, a sentence or two for each protocol, AE-NMF first.

    Args:
        frame: what :func:`against` returns.
    """
    said: dict[str, list[str]] = {}
    for (protocol, title), block in frame[frame["autoencoder"]].groupby(["protocol", "title"], sort=False):
        rows = block.set_index("what")
        name, n = str(rows["method"].iloc[0]), rows["cohorts"].max()
        parts = [f"{_two(rows, 'tpr', '{:.0%}')} of the true signatures"]
        if "manhattan" in rows.index:
            parts.append(f"exposures off by {_two(rows, 'manhattan', '{:.2f}')}")
        if "chosen" in str(protocol):
            parts.append(f"K off by {_two(rows, 'k_off', '{:.1f}')}")
        if "seconds" in rows.index:
            own = rows.loc["seconds"]
            where = "" if own["cohorts"] == n else f" (on {formats.counted(own['cohorts'], 'cohort')})"
            parts.append(f"{formats.ratio(own['change'], 2)} times NMF's seconds{where}")
        said.setdefault(f"{name}\n{title}", []).append(
            f"{protocol}, {formats.counted(n, 'cohort')}: {', '.join(parts)}."
        )
    first = sorted(said, key=lambda key: not key.startswith(PAPERS))
    return [f"{key.partition(chr(10))[2]} (NMF in brackets). {' '.join(said[key])}" for key in first]


def _two(rows: pd.DataFrame, what: str, shape: str) -> str:
    """The method's mean and NMF's."""
    return f"{shape.format(rows.loc[what, 'value'])} ({shape.format(rows.loc[what, 'baseline'])})"


def layout(frame: pd.DataFrame) -> Layout:
    """The comparison as shown, what was found for AE-NMF in its caption and for other autoencoders in notes.

    Args:
        frame: what :func:`against` returns.
    """
    rows: list[list[Cell | str]] = []
    rules, before = [], None
    for (protocol, title), block in frame.groupby(["protocol", "title"], sort=False):
        if protocol != before:
            rules.append(len(rows))
        before = protocol
        found = block.set_index("what")
        cells = [_cell(found, what) for what in SHOWN]
        rows.append([str(protocol), str(title), str(int(found["cohorts"].max())), *cells])
    heads = [f"{title}: {'difference' if what in DIFFERENCES else 'ratio'}" for what, title in SHOWN.items()]
    said = findings(frame)
    return Layout(
        caption=said[0] if said else "Methods against NMF on the cohorts that both have.",
        label="score-baseline",
        columns=["Protocol", "Method", "Cohorts", *heads],
        rows=rows,
        align="ll" + "r" * (1 + len(heads)),
        rules=rules,
        notes=[
            *said[1:],
            "Against NMF of the same loss, over the cohorts that both have: mean difference or geometric mean ratio, with 95 % "
            "bootstrap interval over cohorts; 'on n' where fewer cohorts have the measure. *: below "
            f"{LEVEL:g} by the signed-rank test over cohorts, adjusted for all methods "
            "of the protocol (Holm), which takes at least six cohorts. Cosines are of matched signatures, and seconds those of "
            "the answer once K is known, on cohorts where both results name the same kind of processor.",
        ],
    )


def _cell(found: pd.DataFrame, what: str) -> str:
    if what not in found.index:
        return formats.MISSING
    row = found.loc[what]
    show = (lambda value: f"{value:+.2f}") if what in DIFFERENCES else (lambda value: formats.ratio(value, 2))
    ends = "" if np.isnan(row["low"]) else f" ({show(row['low'])} to {show(row['high'])})"
    fewer = "" if row["cohorts"] == found["cohorts"].max() else f" on {row['cohorts']:.0f}"
    return f"{show(row['change'])}{ends}{'*' if row['p'] < LEVEL else ''}{fewer}"
