"""Put small mistakes into modules, one at a time, and name those that the modules' tests do not notice.

    python tests/mutants                                   # some of every module below, a quarter of an hour
    python tests/mutants data/splits.py --most 1000        # all of one module
    python tests/mutants data/splits.py --within train_size

The package is copied, a mistake is written into the copy, and a forked process runs the module's tests on it until one fails.
The same ``--seed`` tries the same mistakes. Survivors that cannot matter are listed in ``docs/mutants.md``.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests")]

from mutants.changes import mutants  # noqa: E402

TESTS = {
    "evaluation/statistics.py": ["evaluation/test_statistics.py"],
    "evaluation/resampled.py": ["evaluation/test_resampled.py"],
    "evaluation/matching.py": ["evaluation/test_matching.py"],
    "evaluation/consensus.py": ["evaluation/test_consensus.py"],
    "verdicts/judge.py": ["verdicts/test_judge.py"],
    "data/mutationfiles.py": ["data/test_mutationfiles.py"],
    "data/splits.py": ["data/test_splits.py"],
    "data/spellings.py": ["data/test_catalogues.py", "data/test_broken_catalogues.py"],
    "data/cells.py": ["data/test_catalogues.py", "data/test_broken_catalogues.py"],
    "data/channelcolumns.py": ["data/test_catalogues.py", "data/test_broken_catalogues.py"],
    "data/usertable.py": ["data/test_catalogues.py", "data/test_broken_catalogues.py"],
    "data/catalogues.py": ["data/test_catalogues.py", "data/test_broken_catalogues.py"],
    "studies/rank.py": ["studies/test_rank.py"],
    "studies/rankcriteria/*.py": ["studies/test_rank_criteria_values.py", "studies/test_rank_criteria.py"],
    "solvers/refit.py": ["solvers/test_refit.py"],
}
SLOW_TO_IMPORT = ("numpy", "pandas", "scipy.stats", "scipy.optimize", "sklearn.metrics", "numba", "kmedoids", "pytest")
LIMIT = 60
"""Seconds of the processor that the tests of one mistake may take; one that makes them run longer is noticed."""


def noticed(package: Path, module: str, source: str, tests: list[str]) -> bool:
    """Whether a test fails with this text of a module, in a process of its own."""
    path = package / "aenmf" / module
    original, times = path.read_bytes(), path.stat()
    path.write_text(source)
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()
    child = os.fork()
    if not child:
        os._exit(_run(package, tests))
    status = os.waitpid(child, 0)[1]
    path.write_bytes(original)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return status != 0


def _run(package: Path, tests: list[str]) -> int:
    """Run tests on a package until one fails."""
    sys.dont_write_bytecode = True  # files written within a second would be taken for one another
    sys.path.insert(0, str(package))
    os.environ |= {"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    signal.alarm(5 * LIMIT)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain", f"--rootdir={ROOT}"]
    return int(pytest.main([*options, *(str(ROOT / "tests" / test) for test in tests)]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="modules below workflow/aenmf; all of the list if none is named")
    parser.add_argument("--most", type=int, default=40, help="mistakes tried of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within", default="", help="a function of the module, to make mistakes in it alone")
    options = parser.parse_args()
    for name in SLOW_TO_IMPORT:
        importlib.import_module(name)
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "workflow" / "aenmf", Path(folder) / "aenmf")
        for pattern, tests in TESTS.items():
            for path in sorted((ROOT / "workflow/aenmf").glob(pattern)):
                module = str(path.relative_to(ROOT / "workflow/aenmf"))
                if not options.modules or module in options.modules or pattern in options.modules:
                    lost += tried(Path(folder), module, tests, options)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{lost} not noticed; {used.ru_utime + used.ru_stime:.0f} seconds of the processor")
    return bool(lost)


def tried(package: Path, module: str, tests: list[str], options: argparse.Namespace) -> int:
    """Try some mistakes in a module, print those that no test notices, and return how many these are."""
    source = (ROOT / "workflow/aenmf" / module).read_text()
    if noticed(package, module, source, tests):
        raise SystemExit(f"{module}: a test fails without any mistake, see {', '.join(tests)}")
    made = mutants(source, options.within)
    chosen = sorted(random.Random(options.seed).sample(range(len(made)), min(options.most, len(made))))
    lost = [made[i] for i in chosen if not noticed(package, module, made[i].source, tests)]
    print(
        f"{module}: {len(chosen) - len(lost)} of {len(chosen)} mistakes noticed ({len(made)} are possible)", flush=True
    )
    for mutant in lost:
        print(f"  line {mutant.line}: {mutant.before[:150]} → {mutant.after[:150]}", flush=True)
    return len(lost)


if __name__ == "__main__":
    sys.exit(main())
