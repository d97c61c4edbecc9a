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
