"""Non-negative autoencoders against NMF for mutational signatures.

Orientation everywhere: a catalogue V is channels × patients (M × N), signatures H are M × K, exposures W are K × N. The
scikit-learn estimators ``NMF``, ``ConvexNMF`` and ``AENMF`` alone take samples × features.
"""

from importlib import import_module

from aenmf.solvers.kernelcache import use_kernel_cache

__version__ = "0.1.0"
__all__ = ["AENMF", "NMF", "ConvexNMF"]

use_kernel_cache()


def __getattr__(name: str) -> object:
    """The estimators, loaded when first asked for: importing the package alone stays quick."""
    if name in __all__:
        return getattr(import_module("aenmf.estimators"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
