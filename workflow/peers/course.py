"""What the peers written in Python share: reading the problem, and following the loss against CPU seconds.

A peer gives ``make(catalogue, signatures, exposures) -> (advance, factors)``: ``advance(n)`` does n updates, and
``factors()`` are the signatures (M, K) and exposures (K, N) now. The contract is in ``aenmf/studies/outside.py``; only numpy is
needed here, as the package is not installed next to a peer.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

WARM_UP = 2
"""Updates whose time is not counted, as they compile or load code."""
STILL = 1e-10
"""A peer no longer moves when its loss changes relatively by less than this per update."""


def mean_loss(loss, catalogue, reconstruction):
    """The mean over cells of the squared error or of the Kullback–Leibler divergence, in double precision."""
    if loss == "frobenius":
        return float(np.mean((catalogue - reconstruction) ** 2))
    cells = reconstruction - catalogue
    seen = catalogue > 0
    cells[seen] += catalogue[seen] * np.log(catalogue[seen] / reconstruction[seen])
    return float(np.mean(cells))


def follow(make, problem, loss, budget):
    """Run a peer in stretches that grow by a tenth until it is still or has used its time; losses are outside the clock.

    Args:
        make: see above; called twice, the first time to warm up.
        problem: catalogue, signatures and exposures; each call gets copies.
        budget: CPU seconds that the updates may take.
    """
    make(*(part.copy() for part in problem))[0](WARM_UP)
    advance, factors = make(*(part.copy() for part in problem))

    def current():
        signatures, exposures = (np.asarray(part, dtype=np.float64) for part in factors())
        return mean_loss(loss, problem[0], signatures @ exposures)

    iterations, seconds, losses, finished = [0], [0.0], [current()], False
    while seconds[-1] < budget and not finished:
        n = max(1, iterations[-1] // 10)
        began = time.process_time()
        advance(n)
        spent, value = time.process_time() - began, current()
        if not np.isfinite(value):  # it divided by zero, and the course ends before that
            break
        seconds.append(seconds[-1] + spent)
        iterations.append(iterations[-1] + n)
        losses.append(value)
        finished = not abs(losses[-2] - losses[-1]) > STILL * n * losses[-2]
    return {"iterations": iterations, "seconds": seconds, "losses": losses, "finished": finished}


def main(make):
    """Solve the problem that the command line names, and write its course."""
    folder, loss, budget = Path(sys.argv[1]), sys.argv[2], float(sys.argv[4])
    names = ("catalogue", "signatures", "exposures")
    problem = [np.loadtxt(folder / f"{name}.tsv", delimiter="\t", ndmin=2) for name in names]
    with np.errstate(all="ignore"):
        course = follow(make, problem, loss, budget)
    (folder / "course.json").write_text(json.dumps(course))
