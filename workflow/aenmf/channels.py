"""The 96 single-base-substitution channels and their one order in this project.

A channel is written ``A[C>T]G``: the substitution C>T between a 5' A and a 3' G, on the strand of the pyrimidine.
The canonical order runs by substitution, then 5' base, then 3' base, which is the order mutation profiles are drawn in.
"""

SUBSTITUTIONS = ("C>A", "C>G", "C>T", "T>A", "T>C", "T>G")
BASES = ("A", "C", "G", "T")
CHANNELS = tuple(f"{five}[{sub}]{three}" for sub in SUBSTITUTIONS for five in BASES for three in BASES)
N_CHANNELS = len(CHANNELS)
POSITION = {channel: i for i, channel in enumerate(CHANNELS)}


def substitution(channel: str) -> str:
    """The substitution of a channel: ``substitution("A[C>T]G") == "C>T"``."""
    return channel[2:5]


def trinucleotide(channel: str) -> str:
    """The reference trinucleotide of a channel: ``trinucleotide("A[C>T]G") == "ACG"``."""
    return channel[0] + channel[2] + channel[6]


def from_type_and_trinucleotide(mutation_type: str, trinucleotide: str) -> str:
    """The channel of a two-column row such as ``C>A, ACA``; ``from_type_and_trinucleotide("C>A", "ACA") == "A[C>A]A"``.

    Raises:
        ValueError: the trinucleotide is not three bases long or its centre is not the substituted base.
    """
    if len(trinucleotide) != 3 or trinucleotide[1] != mutation_type[:1]:
        raise ValueError(f"trinucleotide {trinucleotide!r} does not fit mutation type {mutation_type!r}")
    return f"{trinucleotide[0]}[{mutation_type}]{trinucleotide[2]}"
