"""Non-negative autoencoders against NMF for mutational signatures.

Orientation everywhere: a catalogue V is channels × patients (M × N), signatures H are M × K, exposures W are K × N.
"""

__version__ = "0.1.0"
