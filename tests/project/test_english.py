"""README.md and docs/ use plain English: words that betray a translation are counted, and each page's allowance is stated."""

from __future__ import annotations

import re

from aenmf.reference.keep import pages

BETRAYING = re.compile(
    r"\b(stands?( still)?|anew|told|(is|are|was|were) made|beside|betrays?|mend(ed)?|comes? to a standstill)\b",
    re.IGNORECASE,
)
ALLOWED = {
    "configuration.md": 1,
    "leaderboards.md": 2,
    "published-matrices.md": 3,
    "races.md": 1,
    "speed.md": 1,
}
"""Words left per page: text that the schema, the audit or captions of kept tables hold, which change with their results."""


def words(text: str) -> list[str]:
    """The words that betray a translation, outside code."""
    return [found[0] for found in BETRAYING.finditer(re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL))]


def test_the_words_are_found():
    assert words("It stands beside the table, made anew.") == ["stands", "beside", "anew"]
    assert words("`beside` is a column; the standard is understood.") == []


def test_pages_have_no_more_such_words_than_allowed(root):
    found = {page.name: words(page.read_text(encoding="utf-8")) for page in [*pages(), root / "CHANGELOG.md"]}
    over = {name: listed for name, listed in found.items() if len(listed) > ALLOWED.get(name, 0)}
    assert not over, f"say it with shorter, more usual words: {over}"
    loose = {name: most for name, most in ALLOWED.items() if len(found[name]) < most}
    assert not loose, f"lower these allowances to what is left: {loose}"
