"""How files name the 96 channels, and the rows of the matrices that are often given instead.

A channel may be spelt ``A[C>A]A`` or, as R renames it, ``A.C.A.A``; ``ACA>AAA`` or ``ACA>A``; ``C>A:ACA``, ``CA A.A`` or
``C>A:A.A``; ``ACA:C>A``; and in four letters, ``ACAA``. Case does not matter, the colon may be ``_``, ``-``, ``.`` or a
space, and ``>`` may be an arrow, or ``&gt;`` as web pages have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aenmf.channels import POSITION, substitution, trinucleotide
from aenmf.errors import UserError

_BASES = {name: f"(?P<{name}>[ACGT])" for name in ("five", "ref", "alt", "three")}
_SPELLINGS = tuple(
    re.compile(pattern.format_map(_BASES))
    for pattern in (
        r"{five}[\[({{._ -]{ref}[>./_-]{alt}[\])}}._ -]{three}",
        r"{five}{ref}{three}[>.](?P=five){alt}(?P=three)",
        r"{five}{ref}{three}>{alt}",
        r"{ref}[>.]{alt}[:_. -]{five}(?P=ref){three}",
        r"{ref}>?{alt}[:_. -]{five}[._-]{three}",
        r"{five}{ref}{three}[:_. -](?P=ref)>{alt}",
        r"{five}{ref}{alt}{three}",
    )
)
_ARROW = re.compile("&gt;|[-=]?[→⟶⇒➔›＞]|[-=]>")
_ORDERS = ("{0}[{1}>{2}]{3}", "{2}[{0}>{1}]{3}", "{0}[{1}>{3}]{2}")
"""What four letters may mean: with the 5' base first, with the substitution first, or with the new base last, as ICAMS has it."""
_LETTERS = re.compile(r"([ACGT])([._ -]?)([ACGT])\2([ACGT])\2([ACGT])", re.IGNORECASE)

_STRAND = re.compile(r"[TUBNQ+-]|(UN|NON-?)?TRANSCRIBED|BIDIRECTIONAL|LEFT|RIGHT|LEADING|LAGGING")
_WITH_STRAND = re.compile(rf"({_STRAND.pattern})[:_. -](?P<before>.+)|(?P<after>.+)[:_. -]({_STRAND.pattern})")
SBS_BY_STRAND = "SBS192 or SBS384 (channels by strand)"
# How other matrices name their rows, by what they are, and what they are where a strand is named as well.
_OTHER_KINDS = {
    "SBS6": (re.compile(r"[CT]>[ACGT]"), "SBS12 or SBS24 (substitutions by strand)"),
    "SBS1536": (re.compile(r"[ACGT]{2}\[[CT]>[ACGT]\][ACGT]{2}"), "SBS3072 or SBS6144 (pentanucleotides by strand)"),
    "DBS78": (re.compile(r"[ACGT]{2}>[ACGT]{2}"), "DBS186 or DBS312 (doublets by strand)"),
    "DBS1248": (
        re.compile(r"[ACGT]\[[ACGT]{2}>[ACGT]{2}\][ACGT]"),
        "DBS2976 or DBS4992 (doublets in context, by strand)",
    ),
    "ID83": (re.compile(r"\d\+?:(DEL|INS):[CTRM]:\d\+?|(DEL|INS)_(C|T|REPEATS|MH)_.+"), "ID415 (indels by strand)"),
    "CNV48": (re.compile(r"[\d+-]+:(HOMDEL|LOH|HET):.+"), ""),
    "SV32": (re.compile(r"(NON-)?CLUSTERED_.+"), ""),
}


def _plain(text: str) -> str:
    """A text in upper case, with ``>`` for every arrow."""
    return _ARROW.sub(">", text.strip()).upper()


def spelt(text: str) -> re.Match[str] | None:
    """The parts of a text that is spelt like a channel, be it one of the 96 or not."""
    plain = _plain(text)
    return next((found for pattern in _SPELLINGS if (found := pattern.fullmatch(plain))), None)


def parse_channel(text: str) -> str:
    """The channel that a spelling means, in the canonical one; ``parse_channel("ACA>AAA") == "A[C>A]A"``.

    Raises:
        UserError: it is no spelling of one of the 96 channels.
    """
    if found := spelt(text):
        five, ref, alt, three = found.group("five", "ref", "alt", "three")
        channel = f"{five}[{ref}>{alt}]{three}"
        if channel in POSITION:
            return channel
        if ref in "AG":
            raise UserError(
                f"channel {text!r} is written from the purine",
                remedy="Write every channel on the strand of the pyrimidine (C or T), adding up both strands",
            )
    raise UserError(f"unknown channel {text!r}", remedy="The 96 channels are written like A[C>A]A; remove other rows")


def is_channel(text: str) -> bool:
    """Whether a text is a spelling of one of the 96 channels."""
    try:
        return bool(parse_channel(text))
    except UserError:
        return False


def written_out(labels: Sequence[str]) -> list[str]:
    """The labels of a file, those of four letters written out: one alone may mean two channels, all together do not.

    Raises:
        UserError: the labels of four letters fit no order of the letters, or both.
    """
    letters = {
        label: "".join(found.group(1, 3, 4, 5)).upper() for label in labels if (found := _LETTERS.fullmatch(label))
    }
    fits = [order for order in _ORDERS if all(order.format(*four) in POSITION for four in letters.values())]
    if letters and len(fits) != 1:
        problem = f"the order of the letters in channels such as {next(iter(letters))!r} is not clear"
        remedy = "Write them like A[C>A]A, on the strand of the pyrimidine (C or T)"
        raise UserError(problem, remedy=remedy)
    return [fits[0].format(*letters[label]) if label in letters else label for label in labels]


def repeats(text: str, channel: str) -> bool:
    """Whether a text says of a channel what is known: its substitution, its trinucleotide, or all of it."""
    plain = _plain(text)
    return plain in (substitution(channel), trinucleotide(channel)) or (
        is_channel(plain) and parse_channel(plain) == channel
    )


def is_strand(text: str) -> bool:
    """Whether a text is the name of a strand."""
    return bool(_STRAND.fullmatch(text.strip().upper()))


def other_kind(label: str) -> str:
    """The kind of matrix that has such a row, if it is a known one and not SBS96."""
    plain = _plain(label)
    found = _WITH_STRAND.fullmatch(plain)
    bare = (found["before"] or found["after"]) if found else ""
    for kind, (pattern, by_strand) in _OTHER_KINDS.items():
        if pattern.fullmatch(plain):
            return kind
        if bare and pattern.fullmatch(bare):
            return by_strand
    return SBS_BY_STRAND if bare and spelt(bare) else ""
