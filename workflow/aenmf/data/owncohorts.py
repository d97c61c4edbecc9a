"""The user's own cohorts: a catalogue file or a folder of VCF or MAF files, and optionally the true signatures.

VCF and MAF files are counted by SigProfilerMatrixGenerator, which needs the reference genome installed. It works on a copy,
because it writes beside its input and moves it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from aenmf.data.catalogues import Catalogue, read_catalogue
from aenmf.data.datasets import Cohort, DataFile
from aenmf.data.fetch import Resolved, resolve, tree_sha256
from aenmf.data.fetch import file_sha256 as sha256
from aenmf.data.references import SUM_TOLERANCE, read_signatures
from aenmf.data.usertable import some
from aenmf.errors import UserError

GENERATOR = "SigProfilerMatrixGenerator"
SUFFIXES = (".vcf", ".maf")
LEAST_COLUMNS = 3
"""Fewer columns may have the same sum, or add up to another one, by chance."""
SUMMARIES = {"total", "totals", "grandtotal", "sum", "sums", "rowsum", "rowsums", "overall"}
SUMMARIES |= {"mean", "means", "rowmean", "rowmeans", "average", "averages", "avg"}
"""Headings of columns that sum up the others, in lower-case letters."""


def is_own(data: DataFile | None) -> bool:
    """Whether a catalogue is the user's own."""
    return data is not None and data.kind in ("own", "vcf")


def input_files(data: DataFile | None) -> list[str]:
    """The user's files that the catalogue of an own cohort is made from; none for the cohorts of the registry."""
    if data is None or not is_own(data):
        return []
    return [str(path) for path in mutation_files(data)] if data.kind == "vcf" else [data.path]


def check_paths(cohort: Cohort) -> None:
    """Check that Snakemake can take the user's paths as they are; to it, braces are wildcards.

    Raises:
        UserError: a path holds braces or a line break.
    """
    for path in (*input_files(cohort.data), cohort.truth):
        if any(mark in path for mark in "{}\n\r"):
            where = f"config key own_cohorts.{cohort.cohort}"
            raise UserError(f"the path {path!r} holds braces or a line break", where=where, remedy="Rename it")


def own_catalogue(data: DataFile, empty_samples: str) -> tuple[Resolved, Catalogue]:
    """Find, or count, and check the catalogue of an own cohort.

    Raises:
        UserError: with the file or key, and remedy.
    """
    if data.kind == "vcf":
        return _counted(data, empty_samples)
    where = f"config key own_cohorts.{data.name}.file"
    path = Path(data.path)
    if path.is_dir():
        remedy = "Name the file of the catalogue; a folder of VCF files goes under vcf_folder"
        raise UserError(f"{data.path!r} is a directory", where=where, remedy=remedy)
    if not path.exists():
        remedy = f"Correct the path; it is looked up from {Path.cwd()}"
        raise UserError(f"there is no file {data.path!r}", where=where, remedy=remedy)
    found = resolve(data)
    catalogue = read_catalogue(found.path, empty_samples=empty_samples)
    check_counts(catalogue)
    return found, catalogue


def check_counts(catalogue: Catalogue) -> None:
    """Check that a catalogue holds counts of patients, as far as one can tell.

    Raises:
        UserError: every column has the same sum and fractions, as proportions and percentages have; or a column is the sum
            or the mean of all others (at least three, unless its heading says so).
    """
    where, matrix = str(catalogue.path), catalogue.matrix
    sums, n = matrix.sum(axis=0), matrix.shape[1]
    fractional = bool((matrix != np.floor(matrix)).any())
    alike = fractional and n >= LEAST_COLUMNS and np.ptp(sums) <= SUM_TOLERANCE * sums.mean()
    if alike or sums.max() < 1.5:
        problem = f"the values of every sample sum to about {sums.mean():,.0f}: these are proportions, not counts"
        raise UserError(problem, where=where, remedy="Give numbers of mutations")
    if found := _summary(catalogue):
        column, what, others = found
        problem = (
            f"the column {catalogue.samples[column]!r} is the {what} of the other {others} columns, and no patient"
        )
        raise UserError(problem, where=f"{where}, header", remedy="Remove the column")


def _summary(catalogue: Catalogue) -> tuple[int, str, int] | None:
    """The column that is the sum or the mean of the others, which of both it is, and of how many."""
    matrix, n, n_empty = catalogue.matrix, len(catalogue.samples), len(catalogue.dropped)  # a mean is of the empty too
    total = matrix.sum(axis=1, keepdims=True)
    for what, factor in (("sum", 1), ("mean", n - 1 + n_empty)):
        same = np.isclose(factor * matrix, total - matrix, rtol=1e-6, atol=1e-6).all(axis=0)
        if n > LEAST_COLUMNS and same.sum() == 1:  # copies of one patient are all the mean of the others
            return int(same.argmax()), what, n - 1
    headed = [i for i, name in enumerate(catalogue.samples) if re.sub("[^a-z]", "", name.lower()) in SUMMARIES]
    patients = np.delete(matrix, headed, axis=1)  # a mean is not of the total next to it
    for what, factor in (("sum", 1), ("mean", max(1, patients.shape[1] + n_empty))):
        expected = patients.sum(axis=1) / factor
        for column in headed:
            if (np.abs(matrix[:, column] - expected) <= 0.5 + 1e-6 * expected).all():  # may be rounded to whole numbers
                return column, what, patients.shape[1]
    return None


def own_truth(cohort: Cohort) -> pd.DataFrame | None:
    """The true signatures of an own cohort (96 channels × signatures), or None where it names none.

    Raises:
        UserError: the file is missing, or holds no signatures.
    """
    if not cohort.truth:
        return None
    if not Path(cohort.truth).is_file():
        where = f"config key own_cohorts.{cohort.cohort}.truth"
        raise UserError(f"there is no file {cohort.truth!r}", where=where, remedy="Correct the path, or remove the key")
    return read_signatures(cohort.truth)


def mutation_files(data: DataFile) -> list[Path]:
    """The VCF or MAF files of a cohort's folder, by name.

    Raises:
        UserError: there is no such folder, or it holds none, or both kinds.
    """
    where, folder = f"config key own_cohorts.{data.name}.vcf_folder", Path(data.path)
    if not folder.is_dir():
        raise UserError(f"there is no directory {data.path!r}", where=where, remedy="Correct the path")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    found = [path for path in files if path.suffix.lower() in SUFFIXES]
    if not found:
        packed = [path.name for path in files if path.name.lower().endswith((".vcf.gz", ".maf.gz"))]
        remedy = f"Unpack {some(packed)}" if packed else "Put one .vcf file per patient there, or one .maf file"
        raise UserError("the folder holds no .vcf or .maf file", where=where, remedy=remedy)
    if len({path.suffix.lower() for path in found}) > 1:
        raise UserError("the folder holds .vcf and .maf files", where=where, remedy="Keep files of one kind there")
    return found


def check_vcf(data: DataFile) -> None:
    """Check that a cohort's VCF or MAF files can be counted, without counting.

    Raises:
        UserError: there are no such files, or the generator or the genome is not installed.
    """
    mutation_files(data)
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
        raise UserError(f"the genome {genome} is not installed for {GENERATOR}", where=where, remedy=remedy)


def _counted(data: DataFile, empty_samples: str) -> tuple[Resolved, Catalogue]:
    check_vcf(data)
    files = mutation_files(data)
    digest = tree_sha256({path.name: sha256(path) for path in files})
    from SigProfilerMatrixGenerator.scripts import SigProfilerMatrixGeneratorFunc as generator

    with TemporaryDirectory(prefix="aenmf-vcf-") as scratch:
        for path in files:
            shutil.copy(path, scratch)
        try:
            generator.SigProfilerMatrixGeneratorFunc(data.name, data.genome, scratch, plot=False)
        except SystemExit as error:
            error_or_status: object = f"exit status {error.code}"
        except Exception as error:
            error_or_status = error
        else:
            error_or_status = "it wrote no SBS96 matrix"
        counts = Path(scratch) / "output/SBS" / f"{data.name}.SBS96.all"
        if not counts.is_file():
            where = f"config key own_cohorts.{data.name}.vcf_folder"
            remedy = "Check that the files are VCF or MAF and that genome is theirs"
            raise UserError(f"{GENERATOR} cannot count the files ({error_or_status})", where=where, remedy=remedy)
        catalogue = read_catalogue(counts, empty_samples=empty_samples)
    return Resolved(Path(data.path), "vcf", digest), catalogue
