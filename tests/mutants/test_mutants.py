"""The script that puts mistakes into the code: which ones it makes, and a run of it on one function."""

from __future__ import annotations

import subprocess
import sys

from mutants.changes import mutants

SOURCE = '''
LIMIT: int = 3
def other(): return 1
def small(x):
    """Whether a number is below 3."""
    if x is None:
        raise ValueError("no number")
    print(x)
    return -LIMIT < abs(x) - 1
'''


def test_mistakes_are_single_changes_of_what_matters():
    found = [(mutant.line, mutant.before, mutant.after) for mutant in mutants(SOURCE, "small")]
    assert set(found) == {
        (6, "x is None", "not x is None"),
        (6, "x is None", "x is not None"),
        (8, "print(x)", "pass"),
        (8, "print(x)", "x"),
        (9, "-LIMIT < abs(x) - 1", "-LIMIT <= abs(x) - 1"),
        (9, "-LIMIT < abs(x) - 1", "-LIMIT > abs(x) - 1"),
        (9, "1", "2"),
        (9, "abs(x) - 1", "abs(x) + 1"),
        (9, "abs(x)", "x"),
    }
    assert {(2, "3", "4"), (3, "1", "2")} <= {mutant[:3] for mutant in mutants(SOURCE)}
    sources = [mutant.source for mutant in mutants(SOURCE)]
    assert len(set(sources)) == len(sources) and all("Whether a number is below 3" in source for source in sources)


def test_every_mistake_in_the_size_of_a_training_set_is_noticed(root):
    command = [sys.executable, "tests/mutants", "data/splits.py", "--within", "train_size"]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "data/splits.py: 2 of 2 mistakes noticed (2 are possible)" in run.stdout
