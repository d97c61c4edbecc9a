"""The update of salamander's KLNMF (package salamander-learn), called directly, without what its model does around it."""

import numpy as np
from course import main
from salamander.models._utils_klnmf import EPSILON, update_WH


def make(catalogue, signatures, exposures):
    """Its signatures sum to 1, and zeros of the catalogue are raised to its smallest number, as its models do."""
    catalogue = catalogue.clip(EPSILON)
    sums = signatures.sum(axis=0)
    w, h = np.ascontiguousarray(signatures / sums), np.ascontiguousarray(exposures * sums[:, None])

    def advance(n):
        nonlocal w, h
        for _ in range(n):
            w, h = update_WH(catalogue, w, h)

    return advance, lambda: (w, h)


main(make)
