"""A stand-in for SigProfilerMatrixGenerator, which reads names and columns as it does; every channel gets all counts."""

from __future__ import annotations

import sys
from pathlib import Path

from aenmf.channels import CHANNELS

NAME = "SigProfilerMatrixGenerator"
GENERATOR = (
    f"CHANNELS = {list(CHANNELS)!r}"
    + """
from pathlib import Path
def SigProfilerMatrixGeneratorFunc(project, reference_genome, path_to_input_files, plot=True):
    folder, counts, before = Path(path_to_input_files), {}, None
    files = sorted(folder.iterdir())
    kind = files[0].name.split(".")[-1]
    assert reference_genome == "GRCh37" and kind in ("vcf", "maf")
    for path in files:
        lines = [line for line in path.read_text().splitlines() if line[0] != "#"]
        if kind == "vcf":
            counts.setdefault(path.name.split(".")[0], 0)
        for line in lines[kind == "maf":]:
            if kind == "maf":
                fields = line.strip().split("\\t")
                chromosome, start, end, ref, mut, sample = (fields[place] for place in (4, 5, 6, 10, 12, 15))
                int(end)
            else:
                chromosome, start, _, ref, mut = line.split()[:5]
                sample = path.name.split(".")[0]
            counts.setdefault(sample, 0)
            sample, chromosome, start, ref, mut = "\\t".join([sample, chromosome, start, ref, mut]).split()
            int(start)
            counts[sample] += len(ref) == len(mut) == 1 and ref != mut and line != before
            before = line
        path.unlink()  # the real one moves its input
    target = folder / "output/SBS"
    target.mkdir(parents=True)
    rows = ["MutationType\\t" + "\\t".join(sorted(counts))]
    rows += [channel + "".join(f"\\t{counts[name]}" for name in sorted(counts)) for channel in CHANNELS]
    if sum(counts.values()):
        (target / f"{project}.SBS96.all").write_text("\\n".join(rows) + "\\n")
"""
)


def put_generator(site: Path, text: str = GENERATOR) -> Path:
    """Put the stand-in into a folder of modules, with the genome GRCh37; returns the folder of the genome."""
    package = site / NAME
    (package / "scripts").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "scripts/__init__.py").write_text("")
    (package / "scripts/SigProfilerMatrixGeneratorFunc.py").write_text(text)
    genome = package / "references/chromosomes/tsb/GRCh37"
    genome.mkdir(parents=True)
    (genome / "1.txt").write_text("")
    return genome


def loaded() -> list[str]:
    """The modules of the generator that are loaded."""
    return [name for name in sys.modules if name.startswith(NAME)]
