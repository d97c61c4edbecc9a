"""What a user's mistake looks like: one message that names the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 1000
"""Letters that are shown of a problem, of its place and of its remedy: each may quote a whole file."""


class UserError(Exception):
    """Something the user can fix: bad input, bad configuration, missing data.

    Args:
        problem: what is wrong, as a sentence without the full stop.
        where: the file, configuration key, row or column, as the user would look it up.
        remedy: what to do about it.
    """

    def __init__(self, problem: str, *, where: str = "", remedy: str = ""):
        self.problem, self.where, self.remedy = problem, where, remedy
        super().__init__(problem, where, remedy)

    def __str__(self) -> str:
        text = f"{_shown(self.where)}: {_shown(self.problem)}." if self.where else f"{_shown(self.problem)}."
        return f"{text} {_shown(self.remedy.rstrip('. '))}." if self.remedy else text


def _shown(text: str) -> str:
    """A text in one line, shortened in the middle where it is too long."""
    line = " ".join(text.splitlines())
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


class UnknownOption(UserError):
    """An option that a method or solver does not have."""


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """A remedy for a misspelt word: the nearest allowed one, and all that are allowed."""
    allowed = sorted(allowed)
    folded = {name.lower(): name for name in allowed}
    near = get_close_matches(str(word).lower(), folded, n=1)
    hint = f"Did you mean {folded[near[0]]!r}? " if near else ""
    return f"{hint}Allowed: {', '.join(allowed)}"
