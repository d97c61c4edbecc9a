"""Damaged configurations: those of ``config/`` and of an own cohort, changed as text or key by key."""

from __future__ import annotations

import copy
import random
import re
from pathlib import Path
from typing import Any

import yaml

from aenmf.run.preflight import checked, load_config
from fuzz.outcomes import Tally, outcome

ROOT = Path(__file__).resolve().parents[2]
OWN = """run: mine
cohorts: [mine, sim]
own_cohorts:
  mine: {file: own.tsv, rank: 3, ranks: [2, 4], title: My cohort, truth: truth.tsv}
simulated_cohorts:
  sim: {signatures: [SBS1, SBS5], patients: 30, burden: 2000, presence: 0.7}
n_splits: 5
losses: [frobenius]
methods:
  mine: {model: nmf, solver: hals, restarts: 2, tol: 1e-6, max_iter: 500}
compare: [nmf, mine]
variants: {cohorts: [sim], methods: [aenmf_relu]}
"""
NO_RUNS = ("reference.yaml", "tolerances.yaml", "paper_claims.yaml")
"""Files in ``config/`` that are no configurations of a run."""
VALUES: list[Any] = [None, True, False, 0, 1, -1, 2, 96, 97, 10**6, 10**12, 10**30, 0.5, 1.0, -0.0, 1e-300, 1e300]
VALUES += [float("inf"), float("nan"), "", " ", "0", "no", "nmf", "mine", "ovary", "frobenius", "cosmic", "a/b", ".."]
VALUES += ["x" * 5000, "$\\frac{$", "{}", "a\nb", "é", "\u202e", "/", "~", "module:Class", "os:getcwd", ":", "aenmf:x"]
VALUES += [[], [[]], [None], ["nmf", "nmf"], [1, 2], {}, {"": None}, {"nmf": None}, {"a": {"b": [1]}}, {"model": "nmf"}]
MARKS = [*":{}[]\"'#&*!|>-?,%@`~=\\<\t\n\0\ré\u2028\ufeff", "- ", ": ", "---\n", "...\n", "<<: ", "*a", "&a "]
WORDS = [
    "null",
    "yes",
    "010",
    "1:30",
    "0x1F",
    "1_000",
    ".inf",
    ".nan",
    "1e3",
    "1.",
    "+1",
    "2025-02-30",
    "[",
    "]",
    "{",
    "}",
    "''",
    '""',
    "|",
    ">",
    "*a",
    "~",
    "=",
    "@x",
    "%x",
    "mine",
    "-0",
    "0o17",
    "1,5",
]
WORDS += ["!!int 3", "9" * 50, "&a x", "- 1", "? x"]


def bases() -> list[str]:
    """Configurations that are in order."""
    files = sorted(path for path in (ROOT / "config").glob("*.yaml") if path.name not in NO_RUNS)
    return [OWN, OWN, *(path.read_text(encoding="utf-8") for path in files)]


def mutated(rng: random.Random, texts: list[str]) -> bytes:
    """A damaged configuration."""
    text = rng.choice(texts)
    if rng.random() < 0.5:
        content = _keys(rng, text)
    else:
        content = text.encode()
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            content = rng.choice(TEXT)(rng, content.decode("utf-8", "surrogateescape")).encode(
                "utf-8", "surrogateescape"
            )
    if rng.random() < 0.02:
        place = rng.randrange(len(content) + 1)
        content = content[:place] + rng.randbytes(rng.randrange(1, 4)) + content[place:]
    return content


def _keys(rng: random.Random, text: str) -> bytes:
    """Values and keys replaced, taken out or moved, and the whole written again."""
    config = copy.deepcopy(yaml.safe_load(text)) or {}
    if rng.random() < 0.3:  # more keys to damage, those of the default run
        default = load_config([])
        for key in rng.sample(sorted(default), 3):
            config.setdefault(key, default[key])
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(config))
        if not places:
            break
        holder, key = rng.choice(places)
        what = rng.random()
        if what < 0.6:
            holder[key] = copy.deepcopy(rng.choice(VALUES))
        elif what < 0.7:
            del holder[key]
        elif what < 0.8 and isinstance(holder, dict):
            name = str(key)
            place = rng.randrange(len(name) + 1)
            holder[rng.choice([name[:place] + name[place + 1 :], name + "s", name.upper(), 1, None, "x"])] = holder.pop(
                key
            )
        elif what < 0.9:
            other, source = rng.choice(places)
            if source in other if isinstance(other, dict) else source < len(other):
                holder[key] = copy.deepcopy(other[source])
        elif isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
    style = rng.choice((None, False, True))
    return yaml.safe_dump(config, sort_keys=rng.random() < 0.5, default_flow_style=style, allow_unicode=True).encode()


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every key of every mapping and position of every list, with its holder."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    found = []
    for key in keys:
        found.append((value, key))
        found += _places(value[key])
    return found


def _drop_lines(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    first = rng.randrange(len(lines) + 1)
    return "".join(lines[:first] + lines[first + rng.randrange(1, 4) :])


def _repeat_lines(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    first = rng.randrange(len(lines) + 1)
    part = lines[first : first + rng.randrange(1, 4)]
    place = rng.randrange(len(lines) + 1)
    return "".join(lines[:place] + part + lines[place:])


def _indent(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    for number in rng.sample(range(len(lines)), min(len(lines), rng.randrange(1, 3))):
        lines[number] = (
            rng.choice((" ", "  ", "\t", "- ")) + lines[number] if rng.random() < 0.6 else lines[number].lstrip()
        )
    return "".join(lines)


def _mark(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + rng.choice(MARKS) + text[place:]


def _drop_letters(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + text[place + rng.choice((1, 1, 2, 10)) :]


def _word(rng: random.Random, text: str) -> str:
    """Another word for one that is written."""
    words = list(re.finditer(r"[^\s:,\[\]{}#]+", text))
    if not words:
        return text
    one = rng.choice(words)
    return text[: one.start()] + rng.choice(WORDS) + text[one.end() :]


def _cut(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text) + 1)]


TEXT = (_drop_lines, _repeat_lines, _indent, _mark, _mark, _drop_letters, _word, _word, _word, _cut)


def plain_values(text: str) -> dict[tuple[str, ...], str]:
    """The values on lines ``key: value`` of block mappings, as written, by the path of their keys; what is not plain is left out.

    This reads line by line and knows nothing of YAML but its indentation, so that it can find fault with what does.
    """
    found: dict[tuple[str, ...], str] = {}
    path: list[tuple[int, str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        one = re.fullmatch(r"( *)([A-Za-z0-9_]+):(?: +(.*))?", line)
        if not one:
            return {} if not path else found  # not for this reader, from here on
        indent, key, value = len(one[1]), one[2], re.sub(r"(^| +)#.*$", "", one[3] or "").strip()
        path = [(i, k) for i, k in path if i < indent]
        keys = (*(k for _, k in path), key)
        following = next(
            (other for other in lines[number + 1 :] if other.strip() and not other.lstrip().startswith("#")), ""
        )
        continued = len(following) - len(following.lstrip()) > indent or following[indent : indent + 1] == "-"
        if not value:
            path.append((indent, key))
            if not continued:
                found[keys] = "null"
        elif re.fullmatch(r"[A-Za-z0-9_.+-][A-Za-z0-9_.+ -]*", value) and not continued:
            found[keys] = value
        elif not (value[0] in "{[" and value[-1] in "}]" and not continued and value.count("{") == value.count("}")):
            return found
    return found


def unlike(content: bytes, config: dict[str, Any]) -> str:
    """Where a configuration is not what its file says; empty if there is no such place."""
    text = content.decode("utf-8-sig")
    if re.search(r"^(---|\.\.\.)|[&*!<]|\r|\u2028|\u0085", text, re.MULTILINE):
        return ""
    for keys, written in plain_values(text).items():
        value: Any = config
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, dict) and written == "null":
            continue
        if not _same(written, value):
            return f"{'.'.join(keys)} is written {written!r} and read as {value!r}"
    return ""


def _same(written: str, value: Any) -> bool:
    if value is None:
        return written in ("null", "~", "Null", "NULL")
    if isinstance(value, bool):
        return written.lower() == str(value).lower()
    if isinstance(value, (int, float)):
        try:
            return (int(written, 16) if written.lower().lstrip("+-").startswith("0x") else float(written)) == value
        except ValueError:
            return False
    return value == written


def fuzz(number: int, seed: int, folder: Path) -> Tally:
    """Check so many damaged configurations as ``aenmf check`` does, in the working directory of the process.

    The directory holds a catalogue ``own.tsv`` and signatures ``truth.tsv``.
    """
    tally, texts, path = Tally("configurations", folder), bases(), Path("case.yaml")
    for case in range(number):
        content = mutated(random.Random(f"{seed} configuration {case}"), texts)
        path.write_bytes(content)
        kind, detail = outcome(lambda: checked([path]), lambda _, c=content: unlike(c, load_config([path])))
        tally.add(f"{case}.yaml", kind, detail, content)
    return tally
