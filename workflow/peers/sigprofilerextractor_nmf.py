"""The update loop of SigProfilerExtractor's NMF on a processor, in its default single precision."""

import torch
from course import main
from SigProfilerExtractor.nmf_cpu import NMF

torch.set_num_threads(1)


class _FromStart(NMF):
    """Its NMF from a given start."""

    def __init__(self, catalogue, start):
        self._start = [torch.from_numpy(part).float()[None] for part in start]
        # No number is a multiple of nan: its test of convergence, which takes losses, is never made.
        super().__init__(torch.from_numpy(catalogue), start[0].shape[1], test_conv=float("nan"))

    def _initialise_wh(self, init_method):
        return self._start


def make(catalogue, signatures, exposures):
    """Its loop goes on from where it is when it is called again."""
    model = _FromStart(catalogue, (signatures, exposures))

    def advance(n):
        model.max_iterations = n
        model.fit(beta=1)

    return advance, lambda: (model.W[0].numpy(), model.H[0].numpy())


main(make)
