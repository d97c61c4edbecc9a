"""Non-negative autoencoders against NMF for mutational signatures.

Orientation everywhere: a catalogue V is channels × patients (M × N), signatures H are M × K, exposures W are K × N.
"""

from aenmf.kernelcache import use_kernel_cache

__version__ = "0.1.0"

use_kernel_cache()
