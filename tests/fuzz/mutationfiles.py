"""VCF and MAF files, damaged, and counted by the stand-in for the matrix generator; expected is what a plain reading counts."""

from __future__ import annotations

import gzip
import importlib
import random
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aenmf.data.catalogues import Catalogue
from aenmf.data.datasets import DataFile
from aenmf.data.owncohorts import own_catalogue
from fuzz.outcomes import Tally, outcome
from support.generator import NAME, put_generator

MAF = [
    "Hugo_Symbol",
    "Entrez",
    "Center",
    "NCBI_Build",
    "Chromosome",
    "Start_Position",
    "End_Position",
    "Strand",
    "Class",
    "Type",
]
MAF += [
    "Reference_Allele",
    "Tumor_Seq_Allele1",
    "Tumor_Seq_Allele2",
    "dbSNP",
    "Status",
    "Tumor_Sample_Barcode",
    "Normal",
]
PATIENTS = ["P{}", "TCGA-{}.01", "a b {}", "{}", "ä{}", "x.{}.pass", "P{}.vcf"]
ODD = [
    "",
    ".",
    "-",
    "chr1",
    "1,000",
    "-5",
    "1e3",
    "A",
    "ACGT",
    "<DEL>",
    "A,C",
    "N",
    "#",
    " ",
    "x" * 300,
    "１２",
    "\u2028",
    '"',
]


@contextmanager
def generator(folder: Path) -> Iterator[None]:
    """The stand-in on the search path."""
    put_generator(folder)
    sys.path.insert(0, str(folder))
    forget()  # another one may have been imported in this process
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        forget()


def forget() -> None:
    """Forget the generator that was imported."""
    for name in [name for name in sys.modules if name.startswith(NAME)]:
        del sys.modules[name]
    importlib.invalidate_caches()


def mutated(rng: random.Random) -> dict[str, bytes]:
    """Files of some patients by name."""
    pattern = rng.choice(PATIENTS)
    patients = [pattern.format(i) for i in range(rng.choice((1, 2, 4)))]
    maf = rng.random() < 0.5
    files = {"all.maf": _maf(rng, patients)} if maf else {f"{name}.vcf": _vcf(rng) for name in patients}
    made = {}
    for name, rows in files.items():
        for _ in range(rng.choice((0, 0, 1, 2))):
            rng.choice((_field, _row, _columns))(rng, rows)
        content = rng.choice(("\n", "\n", "\r\n")).join("\t".join(row) for row in rows).encode() + b"\n"
        if rng.random() < 0.2:
            place = rng.randrange(len(content) + 1)
            content = (
                content[:place]
                + rng.choice((b"", b"\t", b"\n", b"\xff", b"\0", b"#"))
                + content[place + rng.randrange(30) :]
            )
        if rng.random() < 0.2:
            name, content = f"{name}.gz", gzip.compress(content, mtime=0)
            content = content[: rng.randrange(len(content))] if rng.random() < 0.2 else content
        elif rng.random() < 0.1:
            name = rng.choice((name.upper(), f"{name}.txt", f".{name}", name.replace(".", " .", 1)))
        made[name] = content
    return made


def _mutations(rng: random.Random) -> Iterator[tuple[str, int, str, str]]:
    for _ in range(rng.choice((0, 1, 3, 10))):
        alleles = [rng.choice(("A", "C", "G", "T", "T", "AC", "-")) for _ in range(2)]
        yield rng.choice(("1", "chr2", "X")), rng.randrange(1, 10**8), *alleles


def _vcf(rng: random.Random) -> list[list[str]]:
    rows = [["##fileformat=VCFv4.2"], ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]][
        rng.randrange(2) :
    ]
    rows += [[chrom, str(at), ".", ref, alt, ".", "PASS", "."] for chrom, at, ref, alt in _mutations(rng)]
    return rows


def _maf(rng: random.Random, patients: list[str]) -> list[list[str]]:
    rows = [MAF] + [
        ["TP53", "0", ".", "37", chrom, str(at), str(at), "+", ".", "SNP", ref, ref, alt, ".", ".", name, "N"]
        for name in patients
        for chrom, at, ref, alt in _mutations(rng)
    ]
    if rng.random() < 0.4:
        order = rng.sample(range(len(MAF)), len(MAF))
        rows = [[row[i] for i in order] for row in rows]
    return [["#version 2.4"]] * rng.randrange(2) + [list(row) for row in rows]


def _field(rng: random.Random, rows: list[list[str]]) -> None:
    row = rng.choice(rows)
    if row:
        row[rng.randrange(len(row))] = rng.choice(ODD)


def _row(rng: random.Random, rows: list[list[str]]) -> None:
    place = rng.randrange(len(rows))
    new = rng.choice(([], [""], ["#"], list(rows[place]), rows[place][:4], ["x", "y", "z"]))
    rows[place : place + rng.randrange(2)] = [new]


def _columns(rng: random.Random, rows: list[list[str]]) -> None:
    place = rng.randrange(max(map(len, rows)) + 1)
    for row in rows:
        row[place : place + rng.randrange(2)] = [rng.choice(ODD)] * rng.randrange(2)


def counted_plainly(files: dict[str, bytes]) -> Counter[str]:
    """The substitutions of every patient, read as simply as can be; a line just like the one before is a copy, as the
    generator has it."""
    found: Counter[str] = Counter()
    before = None
    for name, content in sorted(files.items()):
        text = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        lines = text.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines = [line for line in lines if line.strip() and not line.startswith("#")]
        stem = name[:-3] if name.lower().endswith(".gz") else name
        if stem.lower().endswith(".maf"):
            header = [cell.strip().lower() for cell in lines[0].split("\t")]
            at = [header.index(word) for word in ("tumor_sample_barcode", "reference_allele", "tumor_seq_allele2")]
            rows = [[line.split("\t")[i].strip() for i in at] for line in lines[1:]]
        else:
            found[stem[:-4].strip()] += 0
            rows = [[stem[:-4].strip(), *line.split()[3:5]] for line in lines]
        for line, (patient, ref, alt) in zip(lines[-len(rows) :] if rows else [], rows, strict=True):
            found[patient] += len(ref) == len(alt) == 1 and ref != alt and [name, line] != before
            before = [name, line]
    return +found


def differs(files: dict[str, bytes], catalogue: Catalogue) -> str:
    """What was counted otherwise."""
    counted = {name: int(count) for name, count in zip(catalogue.samples, catalogue.matrix[0], strict=True)}
    expected = counted_plainly(files)
    return "" if counted == dict(expected) else f"counted {counted}, and the files hold {dict(expected)}"


def fuzz(number: int, seed: int, folder: Path) -> Tally:
    """Count so many folders of damaged files, in the working directory of the process."""
    tally, place = Tally("mutation files", folder), Path("mutations")
    with generator(Path("site").resolve()):
        for case in range(number):
            files = mutated(random.Random(f"{seed} mutation files {case}"))
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            for name, content in files.items():
                (place / name).write_bytes(content)
            known = {
                name: content for name, content in files.items() if name.lower().split(".")[-1] in ("vcf", "maf", "gz")
            }
            known = {name: content for name, content in known.items() if not name.startswith(".")}
            data = DataFile("mine", "vcf", str(place), genome="GRCh37")
            result = outcome(lambda data=data: own_catalogue(data, "drop")[1], lambda made, f=known: differs(f, made))
            tally.add(f"{case}", *result, repr(files).encode())
    return tally
