"""What is known of a data set: a cohort, or a reference, and its files."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DataFile:
    """Where a data set's file comes from and how to know it.

    Attributes:
        name: the cohort or reference it belongs to.
        kind: ``file`` (data directory, cache or download), ``archive`` (the same, a folder), ``package`` (inside an
            installed package), ``own`` (the user's path, taken as it is) or ``vcf`` (the user's VCF or MAF file,
            or folder of such files).
        path: relative to the data directory, the package, or (``own``) the working directory.
        sha256: checksum, of an archive that of its file list; empty only for ``own``.
        urls: https addresses, tried in order.
        package: import name of the package.
        member: folder of the archive to unpack, below its top folder.
        citation: what to cite.
        genome: genome of the files of kind ``vcf``.
        selection: how the names of a catalogue's wanted columns begin, which is cut off; empty: all are wanted.
    """

    name: str
    kind: str
    path: str
    sha256: str = ""
    urls: tuple[str, ...] = ()
    package: str = ""
    member: str = ""
    citation: str = ""
    genome: str = ""
    selection: str = ""


NOISES = ("poisson", "negative-binomial", "none")
"""Kinds of noise around expected counts; none: they are rounded."""


@dataclass(frozen=True)
class Simulation:
    """A cohort that is simulated from COSMIC signatures (:mod:`aenmf.data.simulation`).

    Attributes:
        signatures: COSMIC v3.4 names of the true signatures.
        patients: N.
        burden: mean number of mutations of a patient.
        sigma: standard deviation of the natural logarithm of an active signature's exposure.
        presence: probability that a signature is active in a patient, above 0, at most 1.
        noise: one of :data:`NOISES`.
        dispersion: of negative-binomial counts, whose variance is mean + mean² / dispersion.
    """

    signatures: tuple[str, ...]
    patients: int
    burden: float = 5000.0
    sigma: float = 0.6
    presence: float = 0.6
    noise: str = "poisson"
    dispersion: float = 10.0


@dataclass(frozen=True)
class Regenerated:
    """A published set of simulated tumours that is regenerated (:mod:`aenmf.data.synsiggen`) under the cohort's name.

    Attributes:
        sha256: of its counts.
    """

    sha256: str


@dataclass(frozen=True)
class Given:
    """A published set of simulated tumours that is read from files, the cohort's catalogue and its truth.

    Attributes:
        signatures, exposures: files of the truth.
    """

    signatures: DataFile
    exposures: DataFile


@dataclass(frozen=True)
class Draw:
    """Another draw of a cohort with known truth: noise around the product of its signatures and exposures.

    Attributes:
        base: that cohort.
        noise, dispersion: as of :class:`Simulation`.
        depth: what the exposures are multiplied by.
        sha256: of the counts; empty where they are not known beforehand.
    """

    base: Cohort
    noise: str
    dispersion: float = 10.0
    depth: float = 1.0
    sha256: str = ""


@dataclass(frozen=True)
class Cohort:
    """A cohort: a catalogue, and the rank it is factorised with.

    Attributes:
        cohort: name in configuration and paths.
        title: name in tables and figures.
        kind: ``simulated`` or ``catalogue``.
        rank: number of signatures K.
        organ: organ as Signal names it, or empty.
        pcawg: cancer type as the PCAWG attributions name it, or empty.
        data: the catalogue's file; None for cohorts that the pipeline makes.
        citation: what to cite.
        truth: the user's file of true signatures, or empty.
        ranks: lowest and highest rank of an own cohort's rank selection, or empty.
        simulation: where a simulated cohort and its truth come from; None for patients.
        of_paper: whether the paper analyses it.
    """

    cohort: str
    title: str
    kind: str
    rank: int
    organ: str = ""
    pcawg: str = ""
    data: DataFile | None = None
    citation: str = ""
    truth: str = ""
    ranks: tuple[int, ...] = ()
    simulation: Simulation | Regenerated | Given | Draw | None = None
    of_paper: bool = False


@dataclass(frozen=True)
class Reference:
    """A reference: known signatures, attributions, or published matrices.

    Attributes:
        reference: name in configuration and paths.
        title: name in tables and figures.
        kind: ``package`` or ``table`` (signatures), ``truth`` (of a cohort), ``attributions`` or ``archive``.
        data: its file.
        selection: how the names of the wanted columns begin, ``{organ}`` standing for the cohort's organ; empty: all.
        citation: what to cite.
    """

    reference: str
    title: str
    kind: str
    data: DataFile
    selection: str = ""
    citation: str = ""

    @property
    def by_organ(self) -> bool:
        """Whether the signatures depend on the cohort's organ."""
        return "{organ}" in self.selection
