"""Pages, docstrings and messages use plain English: words that betray a translation are counted, with a stated allowance."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from aenmf.formats import counted
from aenmf.reference.keep import pages

BETRAYING = re.compile(
    r"\b(stands?(?! (for|out)\b)( still)?|anew|told(?! apart)|(is|are|was|were) made(?! (from|of|up)\b)|beside|betrays?|mend(ed)?"
    r"|comes? to a standstill|in want of)\b",
    re.IGNORECASE,
)
ALLOWED = {
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


ALLOWED_CODE = {
    "aenmf/data/published.py": 2,
    "aenmf/evaluation/ordering.py": 1,
    "aenmf/methods/checked.py": 1,
    "aenmf/methods/registry.py": 2,
    "aenmf/methods/tools/exchange.py": 1,
    "aenmf/solvers/mvnmf.py": 1,
    "aenmf/studies/scaling.py": 1,
    "aenmf/tables/table4.py": 1,
}
"""Words left per file of the package: captions of kept tables, and texts whose change would fit kept results again."""


def texts(path: Path) -> list[str]:
    """The docstrings and messages of a Python file, or the whole of another one; names of columns are neither."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return [text]
    nodes = ast.walk(ast.parse(text))
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value
    ]


def test_docstrings_and_messages_have_no_more_such_words_than_allowed(root):
    package = root / "workflow"
    files = [path for kind in ("py", "rst", "html", "smk", "typ") for path in sorted(package.rglob(f"*.{kind}"))]
    found = {path.relative_to(package).as_posix(): words("\n".join(texts(path))) for path in files}
    found = {name: listed for name, listed in found.items() if listed}
    over = {name: listed for name, listed in found.items() if len(listed) > ALLOWED_CODE.get(name, 0)}
    assert not over, f"say it with shorter, more usual words: {over}"
    loose = {name: most for name, most in ALLOWED_CODE.items() if len(found.get(name, [])) < most}
    assert not loose, f"lower these allowances to what is left: {loose}"


def test_one_is_no_plural():
    assert [counted(number, "split") for number in (0, 1, 2, "1", "1 or 2")] == [
        *("0 splits", "1 split", "2 splits", "1 split", "1 or 2 splits")
    ]
