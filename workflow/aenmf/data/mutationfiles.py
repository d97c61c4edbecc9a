"""VCF and MAF files of a user's cohort, counted by SigProfilerMatrixGenerator, which needs the reference genome installed.

It takes a patient's name from a VCF file's name up to the first dot, a MAF file's columns by their number, and at a line that it
cannot read it silently goes on to the next file. So it is given copies, which are checked, unpacked, named neutrally and have
their columns where it looks for them; the patients' names are put back afterwards.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from aenmf.channels import CHANNELS
from aenmf.data.catalogues import Catalogue, settled
from aenmf.data.cells import some
from aenmf.data.datasets import MUTATION_FILE
from aenmf.data.entries import DataFile
from aenmf.data.fetch import Resolved, file_sha256, resolve, tree_sha256
from aenmf.data.mafs import MAF_PLACES, maf_rows
from aenmf.data.mutationtext import ENDINGS, is_number, kind_of_file, lines_of
from aenmf.data.usertable import check_name
from aenmf.errors import UserError

log = logging.getLogger(__name__)

GENERATOR = "SigProfilerMatrixGenerator"
PACKED = re.compile(r".+\.(vcf|maf)\.(bgz|bz2|xz|zst|zip|7z|rar|tar)", re.IGNORECASE)
MUTATION = [MAF_PLACES[name] for name in MAF_PLACES if name != "End_Position"]
"""Where the copy of a MAF file says which mutation of which patient a line is."""
ALLELES = {False: (3, 4), True: (10, 12)}
"""Where a VCF file, or the copy of a MAF file, has the reference and the other base."""
MOST_SAMPLES = 2
"""Samples of a VCF file of one patient: the tumour, and the normal tissue."""
FILTER, PASSED = 6, ("PASS", ".", "")
"""Where a VCF file says which filters a line has failed, and what is there if none."""
OTHER_LINES, UNCHANGED = "other lines", "unchanged lines"
"""What is counted of the lines that are no substitutions, and of those whose bases are the same; no patients' neutral names."""
USUALLY_COUNTED = 0.95
"""Patients of whom fewer substitutions are counted are named."""
LEAST_COUNTED = 0.5
"""The generator skips mutations whose base is not the genome's; in another genome one in three agrees by chance."""


def mutation_files(data: DataFile) -> list[Path]:
    """The VCF or MAF files of a cohort, those packed by gzip included, by patient.

    Raises:
        UserError: there is no such file or folder, or the folder holds none, both kinds, files of other names or that
            cannot be unpacked, or two VCF files of one patient.
    """
    place = Path(data.path)
    named = MUTATION_FILE.fullmatch(place.name) and not place.is_dir()
    where = f"config key own_cohorts.{data.name}.{'file' if named else 'vcf_folder'}"
    if place.is_file() and named:
        return [place]
    if not place.is_dir():
        problem = f"there is no {'file' if named else 'directory'} {data.path!r}"
        raise UserError(problem, where=where, remedy=f"Correct the path; it is looked up from {Path.cwd()}")
    files = [path for path in place.iterdir() if path.is_file() and not path.name.startswith(".")]
    found = sorted((path for path in files if MUTATION_FILE.fullmatch(path.name)), key=_patient)
    for path in sorted(set(files) - set(found)):
        if kind := kind_of_file(path):
            problem = f"{path.name} is a {kind} file by its content, and not by its name"
            remedy = f"Rename it to end in {ENDINGS[kind]}, or take it out of the folder"
            raise UserError(problem, where=where, remedy=remedy)
    packed = sorted(path.name for path in files if PACKED.fullmatch(path.name))
    if packed:
        remedy = "Unpack them, pack them with gzip, or take them out of the folder"
        raise UserError(f"these files cannot be unpacked here: {some(packed)}", where=where, remedy=remedy)
    if not found:
        remedy = "Put one .vcf file per patient there, or one .maf file"
        raise UserError("the folder holds no .vcf or .maf file", where=where, remedy=remedy)
    if len({_is_maf(path) for path in found}) > 1:
        raise UserError("the folder holds .vcf and .maf files", where=where, remedy="Keep files of one kind there")
    for one, other in zip(found, found[1:], strict=False):
        if _patient(one) == _patient(other) and not _is_maf(one):
            problem = f"{one.name} and {other.name} are files of one patient, {_patient(one)}"
            raise UserError(problem, where=where, remedy="Remove or rename one of them")
    return found


def check_mutation_files(data: DataFile) -> int:
    """Check that a cohort's VCF or MAF files can be counted, without counting, from the beginning of every file.

    Returns:
        The number of patients, if the files are VCF; 0 for MAF files, which have to be read for it.

    Raises:
        UserError: as :func:`mutation_files`, or a file is no such file, or the generator or the genome is not installed.
    """
    files = mutation_files(data)
    for path in files:
        list(islice(maf_rows(path, {}, data.genome) if _is_maf(path) else _vcf_rows(path), 1))
    where, genome = f"config key own_cohorts.{data.name}", data.genome
    spec = importlib.util.find_spec(GENERATOR)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        remedy = f"pip install {GENERATOR}, or count the mutations elsewhere and give the catalogue as file"
        raise UserError(f"counting VCF files needs {GENERATOR}, which is not installed", where=where, remedy=remedy)
    named = os.environ.get("SIGPROFILERMATRIXGENERATOR_VOLUME")
    installed = (Path(named) if named else Path(folders[0]) / "references/chromosomes") / "tsb" / genome
    if not installed.is_dir() or not any(installed.iterdir()):
        remedy = (
            f"Install it (some gigabytes): python -c \"from {GENERATOR} import install; install.install('{genome}')\", "
            "or count the mutations elsewhere and give the catalogue as file"
        )
        raise UserError(f"the genome {genome} is not installed for {GENERATOR}", where=f"{where}.genome", remedy=remedy)
    return 0 if _is_maf(files[0]) else len(files)


def counted(data: DataFile, empty_samples: str) -> tuple[Resolved, Catalogue]:
    """Count the mutations of a cohort's VCF or MAF files.

    Raises:
        UserError: as :func:`check_mutation_files`, for any line; or the generator cannot count them.
    """
    check_mutation_files(data)
    files = mutation_files(data)
    if data.sha256:
        resolve(replace(data, kind="own"))  # checks it
    digest = tree_sha256({path.name: file_sha256(path) for path in files})
    with TemporaryDirectory(prefix="aenmf-vcf-") as scratch:
        failed: Counter[str] = Counter()
        neutral, given = _write_copies(files, Path(scratch), data.genome, failed)
        _check_given(data, given)
        table = _generated(data, Path(scratch))
        if set(table.columns) != set(neutral.values()):
            problem = f"{GENERATOR} counted {table.shape[1]} patients, but the files have {len(neutral)}"
            raise UserError(
                problem, where=data.path, remedy="Count the mutations elsewhere and give the catalogue as file"
            )
        _check_counted(data, table.sum(), given, neutral)
        if failed:
            said = "%s: %d lines whose FILTER is not PASS (%s) are counted like the others; remove those that should not be"
            log.warning(said, data.path, failed.total(), some([f"{name}: {n}" for name, n in failed.most_common()]))
        patients = sorted(neutral)
        for patient in patients:
            check_name(patient, "sample", data.path, "Rename the file of a patient, or the patient in a MAF file")
        matrix = table.loc[list(CHANNELS), [neutral[patient] for patient in patients]].to_numpy(dtype=float)
        catalogue = settled(data.path, patients, matrix, empty_samples)
    log.info("%s: %d files with %d patients, counted by %s", data.path, len(files), len(patients), GENERATOR)
    return Resolved(Path(data.path), "vcf", digest), catalogue


def _substitutions(given: Counter[str]) -> int:
    return given.total() - given[OTHER_LINES] - given[UNCHANGED]


def _check_given(data: DataFile, given: Counter[str]) -> None:
    """Refuse files without any substitution, and say why there is none: the generator would write nothing."""
    if _substitutions(given):
        return
    problem, remedy = "the files hold no single-base substitution", "Check that these are the right files"
    if given[UNCHANGED]:
        problem += f": in {given[UNCHANGED]} lines the new base is the reference base"
        remedy = "Write the new base into Tumor_Seq_Allele2 of a MAF file, and into ALT of a VCF file"
    elif given[OTHER_LINES]:
        problem += f" in their {given[OTHER_LINES]} lines, but indels or several alternatives"
    raise UserError(problem, where=data.path, remedy=remedy)


def _check_counted(data: DataFile, found: pd.Series, given: Counter[str], neutral: Mapping[str, str]) -> None:
    """Refuse patients of whom the generator left most substitutions out, and name those of whom it left some out."""
    total, of = int(found.sum()), _substitutions(given)
    remedy = "Correct genome; ##reference in a VCF file, and NCBI_Build in a MAF file, say which one it is"
    if total < LEAST_COUNTED * of:
        problem = f"{total} of {of} substitutions were counted; the others do not agree with {data.genome}"
        raise UserError(problem, where=data.path, remedy=remedy)
    said = {name: f"{name} ({int(found[of_file])} of {given[of_file]})" for name, of_file in neutral.items()}
    share = {name: found[of_file] / max(given[of_file], 1) for name, of_file in neutral.items() if given[of_file]}
    if most := [said[name] for name in share if share[name] < LEAST_COUNTED]:
        problem = f"of some patients most substitutions do not agree with {data.genome}: {some(most)}"
        raise UserError(problem, where=data.path, remedy=remedy)
    log.info("%s: %d of %d substitutions counted", data.path, total, of)
    if few := [said[name] for name in share if share[name] < USUALLY_COUNTED]:
        log.warning("%s: substitutions that do not agree with %s were left out: %s", data.path, data.genome, some(few))
    if given[UNCHANGED]:
        lines = "%s: in %d lines the new base is the reference base: they say no mutation and were left out"
        log.warning(lines, data.path, given[UNCHANGED])
    if given[OTHER_LINES]:
        lines = "%s: %d lines are no single-base substitutions (indels, several alternatives) and were left out"
        log.info(lines, data.path, given[OTHER_LINES])


def _patient(path: Path) -> str:
    """The name of a VCF file without what says that it is one."""
    return MUTATION_FILE.sub(r"\g<patient>", path.name).strip()


def _is_maf(path: Path) -> bool:
    return MUTATION_FILE.sub(r"\g<kind>", path.name).lower() == "maf"


def _write_copies(
    files: list[Path], folder: Path, genome: str, failed: Counter[str]
) -> tuple[dict[str, str], Counter[str]]:
    """Write the copies that are counted; returns the neutral names of the patients, and how many substitutions each of these
    has, with the numbers of :data:`OTHER_LINES` and :data:`UNCHANGED`. Fills in how many lines have ``failed`` which filters of
    a VCF file."""
    neutral: dict[str, str] = {}
    given: Counter[str] = Counter()
    seen: dict[int, int] = {}
    for number, path in enumerate(files):
        if _is_maf(path):
            name, rows = f"{number:06d}.maf", maf_rows(path, neutral, genome)
        else:
            name, rows = f"{neutral.setdefault(_patient(path), f'P{number:06d}')}.vcf", _vcf_rows(path)
        with open(folder / name, "w", encoding="utf-8") as copy:
            copy.write("".join(f"{place}\t" for place in range(16)) + "\n" if _is_maf(path) else "")
            before = ""
            for row in rows:
                copy.write(f"{row}\n")
                failed.update([] if _is_maf(path) else _failed_filters(row))
                if _is_maf(path) and len(files) > 1:
                    _check_in_one_file(row, number, seen, files, neutral)
                if row != before:
                    patient = row.split("\t")[MAF_PLACES["Tumor_Sample_Barcode"]] if _is_maf(path) else Path(name).stem
                    given[_what_is(row, _is_maf(path)) or patient] += 1
                before = row
    packed = [path.name for path in files if path.suffix.lower() == ".gz"]
    if packed:
        log.info("unpacked for counting: %s", some(packed))
    return neutral, given


def _failed_filters(row: str) -> list[str]:
    """What a line of a VCF file says in FILTER where that is not PASS."""
    return [value for value in row.split("\t")[FILTER : FILTER + 1] if value not in PASSED]


def _check_in_one_file(
    row: str, number: int, seen: dict[int, int], files: list[Path], neutral: Mapping[str, str]
) -> None:
    """Refuse a mutation of a patient that an earlier MAF file has too, which would count twice; fills in which file has it.

    Mutations are known by their hash: whole ones of millions of lines would fill the memory.
    """
    fields = row.split("\t")
    chromosome, start, *alleles, patient = (fields[place] for place in MUTATION)
    mutation = (patient, chromosome.lower().removeprefix("chr"), start, *alleles)
    earlier = seen.setdefault(hash(mutation), number)
    if earlier != number:
        name = next(given for given, of_file in neutral.items() if of_file == patient)
        problem = f"{files[earlier].name} and {files[number].name} hold the same mutation of the patient {name}"
        problem += f" ({chromosome}:{start}), which would count twice"
        remedy = "Take one of the files out of the folder, or leave each mutation in one of them only"
        raise UserError(problem, where=str(files[number].parent), remedy=remedy)


def _what_is(row: str, maf: bool) -> str:
    """What a line is that is no substitution; empty for a substitution."""
    fields = row.split("\t") if maf else row.split()
    ref, alt = (fields[place].upper() for place in ALLELES[maf])
    if len(ref) != 1 or len(alt) != 1 or not {ref, alt} <= set("ACGT"):
        return OTHER_LINES
    return UNCHANGED if ref == alt else ""


def _n_samples(path: Path) -> int:
    """How many samples the header of a VCF file names, after its nine columns; 0 without a header."""
    first = next(lines_of(path, "##"), (0, ""))[1]
    return max(0, len(first.split("\t")) - 9) if first.startswith("#") else 0


def _vcf_rows(path: Path) -> Iterator[str]:
    """The mutations of a VCF file, every line checked."""
    if (samples := _n_samples(path)) > MOST_SAMPLES:
        remedy = "Write a file for each patient, as bcftools +split does, or count the mutations elsewhere"
        raise UserError(f"the file has {samples} samples, and a file is one patient", where=str(path), remedy=remedy)
    for number, line in lines_of(path):
        fields = line.split()
        if len(fields) < 5 or not is_number(fields[1]):
            remedy = "Give a VCF file (CHROM, POS, ID, REF, ALT, …), or take the file out of the folder"
            problem = f"{line[:30]!r} is not a line of a VCF file"
            raise UserError(problem, where=f"{path}, line {number}", remedy=remedy)
        yield line


def _generated(data: DataFile, folder: Path) -> pd.DataFrame:
    """What the generator counts in a folder, one column per neutral name."""
    from SigProfilerMatrixGenerator.scripts import SigProfilerMatrixGeneratorFunc as generator

    said: object = "it wrote no SBS96 matrix"
    try:
        with redirect_stderr(sys.stderr):  # it does not give it back after an error
            generator.SigProfilerMatrixGeneratorFunc(data.name, data.genome, str(folder), plot=False)
    except SystemExit as error:
        said = f"exit status {error.code}"
    except Exception as error:
        said = error
    counts = folder / "output/SBS" / f"{data.name}.SBS96.all"
    if not counts.is_file():
        remedy = "Check that the files are VCF or MAF and that genome is theirs"
        raise UserError(f"{GENERATOR} cannot count the files ({said})", where=data.path, remedy=remedy)
    return pd.read_csv(counts, sep="\t", index_col=0)
