"""The first screen of the page: the answer in a sentence, what it rests on, and the headline claims."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from aenmf import formats
from aenmf.evaluation.patients import ALL
from aenmf.evaluation.resampled import holm
from aenmf.files.matrices import read_matrix_tsv
from aenmf.formats import counted
from aenmf.methods.entries import Entry
from aenmf.report.about import About, listed
from aenmf.report.dots import dot_plots
from aenmf.report.files import Files
from aenmf.report.ratios import Ratio, pair, ratios
from aenmf.verdicts import judge
from aenmf.verdicts.judge import CANNOT, FAILS, HOLDS, IN_PART, UNDECIDED

MARKS = {HOLDS: "✓", IN_PART: "◐", FAILS: "✗", CANNOT: "–"}
NOT_COMPARED = "This run does not compare NMF with AE-NMF."
SETS = {"train": "training", "test": "test"}
_INTERVAL = re.compile(r" \(\S+ to \S+\)")
COMMIT = 10
"""Characters of the commit that are shown."""


@dataclass(frozen=True)
class Claim:
    """A headline claim on the page, with its parts.

    Attributes:
        id: where its parts are on the page, ``claim-…``.
        ours: what this run found, in numbers; nothing where the claim is about several quantities.
        parts, undecided, unchecked: rows of the verdict table: those with a verdict, those whose numbers decide nothing, and
            those without numbers.
    """

    id: str
    claim: str
    place: str
    paper: str
    ours: str
    verdict: str
    evidence: str
    parts: pd.DataFrame
    undecided: pd.DataFrame
    unchecked: pd.DataFrame

    @property
    def mark(self) -> str:
        """The sign of the verdict."""
        return MARKS[self.verdict]

    @property
    def measured(self) -> bool:
        """Whether the run has numbers on it, be they decisive or not."""
        return len(self.parts) + len(self.undecided) > 0

    @property
    def said(self) -> str:
        """The verdict, with its reason where it has none although the run has numbers."""
        return f"{self.verdict}, {UNDECIDED}" if self.verdict == CANNOT and self.measured else self.verdict

    @property
    def brief(self) -> str:
        """What this run found without the intervals, which the parts have."""
        before, *after = _INTERVAL.sub("", self.ours).split(" … ")
        return " … ".join([before, *(value for value in after if not before.endswith(f" {value}"))])

    @property
    def tally(self) -> str:
        """How many parts hold, and what is with the others; nothing where the run has no numbers on any.

        A claim may hold in part although nothing of it fails: the run leaves the other parts undecided or has no data for them.
        """
        hold, fail = (int((self.parts["verdict"] == verdict).sum()) for verdict in (HOLDS, FAILS))
        undecided, unchecked = len(self.undecided), len(self.unchecked)
        if not hold + fail:
            return UNDECIDED if undecided else ""
        if hold and not fail + undecided:
            which = f"{'all ' if hold > 1 else ''}{counted(hold, 'part')}{' this run can check' if unchecked else ''}"
            return f"{which} {'hold' if hold > 1 else 'holds'}{f', {unchecked} it cannot' if unchecked else ''}"
        others = {"does not" if fail == 1 else "do not": fail, "undecided": undecided, "cannot be checked": unchecked}
        rest = [f"{number} {what}" for what, number in others.items() if number]
        return f"{hold} of {hold + sum(others.values())} {'holds' if hold == 1 else 'hold'}, {', '.join(rest)}"


def claims(files: Files) -> list[Claim]:
    """The headline claims of the verdict table, in its order; none in a run without it."""
    if "verdicts" not in files.tables:
        return []
    frame = pd.read_csv(files.tables["verdicts"], dtype=str, keep_default_na=False)
    made = []
    for row in frame[frame["kind"] == judge.HEADLINE].itertuples():
        parts = frame[(frame["kind"] == judge.PART) & (frame["headline"] == row.headline)]
        checked, measured = parts["verdict"] != CANNOT, parts["ours"] != ""
        place = f"claim-{row.claim_id}"
        said = (row.claim, row.place, row.paper, row.ours, row.verdict, row.evidence)
        made.append(Claim(place, *said, parts[checked], parts[~checked & measured], parts[~checked & ~measured]))
    return made


def first_screen(files: Files, about: About, facts: dict[str, Any]) -> dict[str, Any]:
    """Everything above the fold: sentences, dot plot, claims, and one line on how far to trust it."""
    config = facts["config"]
    found = pair(config)
    rows = ratios(files, *found) if found else []
    rows.sort(key=lambda row: about.cohorts[row.cohort].kind == "simulated")
    judged = claims(files)
    sentences = own(files, about) if not about.replication else replication(files, about, rows, found)
    axis = f"error of {found[0].title} ÷ error of {found[1].title}, per split" if found else ""
    return {
        "answer": sentences[0],
        "more": sentences[1:],
        "dots": dot_plots(rows, about, axis) if rows else "",
        "published": any(row.published for row in rows),
        "claims": [claim for claim in judged if claim.measured],
        "unchecked": [claim for claim in judged if not claim.measured],
        "trust": trust(files, facts),
        "cancers": about.replication and not _patients(rows, about),
    }


def replication(files: Files, about: About, rows: Sequence[Ratio], compared: tuple[Entry, Entry] | None) -> list[str]:
    """The answer of a run with a cohort of the paper, first; then what else is known of it."""
    shown = _patients(rows, about) or list(rows)
    said = [errors_said(shown, about), certainty_said(shown)] if shown else [NOT_COMPARED]
    matched = files.table("recovery")
    if len(matched) and not _patients(rows, about):
        means = matched.groupby("method", sort=False)["cosine"].mean()
        values = listed([f"{about.method(str(name))} {formats.similarity(value)}" for name, value in means.items()])
        said.append(f"Mean cosine similarity to the true signatures: {values}.")
    if compared and "worse_patients" in files.tables:
        said += worse_said(files.table("worse_patients"), compared[1].name, {row.cohort for row in shown})
    return said + equivalence_said(files)


def worse_said(table: pd.DataFrame, method: str, cohorts: Collection[str]) -> list[str]:
    """How many new patients AE-NMF reconstructs worse than NMF, over cohorts and losses; nothing where the table does not say."""
    shares = table["share"][(table["method"] == method) & (table["group"] == ALL) & table["cohort"].isin(cohorts)]
    if shares.empty:
        return []
    ends = dict.fromkeys(f"{100 * share:.0f}" for share in (shares.min(), shares.max()))
    return [f"AE-NMF reconstructs {' to '.join(ends)} % of new patients worse than NMF does, by cohort and loss."]


def errors_said(rows: Sequence[Ratio], about: About) -> str:
    """How the errors of NMF and AE-NMF compare, with sizes, apart for training and test."""
    lower = [row for row in rows if row.mean < 1]
    titles = list(dict.fromkeys(about.cohort(row.cohort) for row in rows))
    cohorts = listed(titles)
    if not lower:
        return f"NMF has no less error than AE-NMF in any of {len(rows)} comparisons ({cohorts})."
    places: dict[str, list[str]] = {}
    for which, name in SETS.items():
        places.setdefault(_sizes(lower, which), []).append(f"in {name}")
    sizes = [f"{size} {' and '.join(place)}" for size, place in places.items() if size]
    every = f"all {len(rows)}" if len(lower) == len(rows) else f"{len(lower)} of {len(rows)}"
    return f"NMF has less error than AE-NMF, by {' and '.join(sizes)}, in {every} comparisons ({cohorts})."


def _sizes(lower: Sequence[Ratio], which: str) -> str:
    """By how much NMF's errors are lower, over cohorts and losses; nothing where none is."""
    sizes = sorted(100 * (1 - row.mean) for row in lower if row.set == which)
    ends = dict.fromkeys(f"{size:.0f}" for size in (*sizes[:1], *sizes[-1:]))
    return f"{' to '.join(ends)} %" if ends else ""


def certainty_said(rows: Sequence[Ratio]) -> str:
    """How many intervals exclude equality, and how many tests remain significant, apart for training and test, where fewer do."""
    sure = sum(row.high < 1 for row in rows)
    corrected = holm([row.p_value for row in rows])
    remain: dict[str, list[bool]] = {}
    for p, row in zip(corrected, rows, strict=True):
        remain.setdefault(SETS[row.set], []).append(bool(p < judge.ALPHA and row.mean < 1))
    parts = [f"{sum(tests)} of {len(tests)} in {name}" for name, tests in remain.items()]
    said = f"; corrected for all {len(rows)} (Holm), {' and '.join(parts)} are significant"
    every = f"all {len(rows)}" if sure == len(rows) else f"{sure} of {len(rows)}"
    fewer = sum(map(sum, remain.values())) < sure
    return f"The 95 % interval for new patients excludes equality in {every}{said if fewer else ''}."


def equivalence_said(files: Files) -> list[str]:
    """Whether AE-NMF and C-NMF ended at the same loss, from the table of optima; nothing where it does not say."""
    table = files.table("optima")
    both = table[table["same_as"].notna()]
    if both.empty:
        return []
    same, of = int(both["agree_1e-04"].sum()), int(both["fits"].sum())
    return [f"AE-NMF and C-NMF end at the same loss (to 1 in 10,000) in {same} of {of} fits."]


def own(files: Files, about: About) -> list[str]:
    """What the first method found in each of the user's own cohorts: signatures, shares, and how close the matches are."""
    first = {key[0]: key for key in reversed(list(files.exposures))}
    return [_found(files, about, *first[cohort]) for cohort in about.cohorts if cohort in first]


def _found(files: Files, about: About, cohort: str, method: str, loss: str) -> str:
    sums = read_matrix_tsv(files.exposures[cohort, method, loss]).sum(axis=1)
    shown = listed([f"{name} {100 * share:.0f} %" for name, share in (sums / sums.sum()).items()])
    matched = files.table("matches")
    here = matched[(matched["cohort"] == cohort) & (matched["method"] == method) & (matched["loss"] == loss)]
    best = here.groupby("cluster")["cosine"].max().dropna()
    close = f" Cosine similarity to the best match: {best.min():.2f} to {best.max():.2f}." if len(best) else ""
    what = f"{about.cohort(cohort)}: {about.method(method)} ({about.loss(loss)})"
    return f"{what} finds {counted(len(sums), 'signature')}: {shown} of mutations.{close}"


def trust(files: Files, facts: dict[str, Any]) -> list[str]:
    """How far to trust the answer, in four short parts."""
    fits = files.table("fits")
    said = [
        counted(fits["split"].nunique(), "split"),
        f"{int(fits['converged'].sum())} of {len(fits)} fits converged",
    ]
    if "found_again" in fits:
        again = int(fits["found_again"].fillna(False).astype(bool).sum())
        said.append(f"lowest loss found again in {again} of {len(fits)}")
    commit = facts.get("commit")
    edited = " with edited files" if facts.get("edited") else ""
    return [*said, f"commit {commit[:COMMIT]}{edited}" if commit else "not from a git checkout"]


def in_lines(shown: dict[str, Any]) -> str:
    """The answer as three lines for the terminal."""
    counts: dict[str, int] = {}
    for claim in [*shown["claims"], *shown["unchecked"]]:
        said = claim.said if claim.measured else f"{CANNOT} here"
        counts[said] = counts.get(said, 0) + 1
    words = judge.in_words(counts).replace(f"{CANNOT}, ", "")
    first: str = shown["answer"]
    more: list[str] = shown["more"]
    claimed = f"Headline claims of the paper: {words}."
    said = [" ".join([first, *more[:1]]), claimed] if words else [first, " ".join(more)]
    return "\n".join(filter(None, [*said, "; ".join(shown["trust"]) + "."])) + "\n"


def evidence(claim: Claim, ids: Collection[str]) -> list[tuple[str, str]]:
    """The tables of the page that a claim is about, as (identifier, name)."""
    wanted = claim.place.replace("Tables 2 and 3", "Table 2, Table 3")
    names = {f"table{number}": f"Table {number}" for number in range(1, 5)}
    return [(f"table-{name}", title) for name, title in names.items() if title in wanted and name in ids]


def _patients(rows: Sequence[Ratio], about: About) -> list[Ratio]:
    """The ratios of cohorts that are not simulated."""
    return [row for row in rows if about.cohorts[row.cohort].kind != "simulated"]
