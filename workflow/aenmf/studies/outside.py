"""Peers of the benchmark that cannot be installed next to this package: each is run by an interpreter of its own.

The contract of a peer's script in ``workflow/peers``, which is run as

    INTERPRETER SCRIPT FOLDER LOSS SIGNATURES SECONDS START

FOLDER holds ``catalogue.tsv`` (channels × patients), and the start, ``signatures.tsv`` and ``exposures.tsv``: numbers with tabs
between them, no names. START is the number of the start, from which peers that take none draw one of their own. The script makes
updates for SECONDS at most and writes ``course.json`` into FOLDER: lists ``iterations``, ``seconds`` and ``losses`` of one
length, and ``finished``, whether it ended by itself. Seconds are CPU seconds of the updates alone, on one thread; losses are
means over cells.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aenmf.errors import UserError
from aenmf.files.shipped import PACKAGE
from aenmf.losses import FROBENIUS, KULLBACK_LEIBLER
from aenmf.methods.tools.environments import Environment

SCRIPTS = PACKAGE.parent / "peers"


@dataclass(frozen=True)
class Outside:
    """A peer with an interpreter of its own.

    Attributes:
        title, solver: names in tables.
        losses: the losses that it minimises, for NMF.
        script: its script.
    """

    title: str
    solver: str
    losses: tuple[str, ...]
    script: Path


OUTSIDE = {
    "salamander": Outside("salamander", "mu", (KULLBACK_LEIBLER,), SCRIPTS / "salamander_klnmf.py"),
    "rcppml": Outside("RcppML", "als, starts of its own", (FROBENIUS,), SCRIPTS / "rcppml_nmf.R"),
    "sigprofilerextractor": Outside(
        "SigProfilerExtractor", "mu, float32", (KULLBACK_LEIBLER,), SCRIPTS / "sigprofilerextractor_nmf.py"
    ),
}
"""The peers by their names in the configuration."""


ENVIRONMENT = "environment"
"""Names the interpreter of the environment that this project makes for the peer's package."""


def interpreter(name: str, command: str) -> str:
    """The program that runs a peer.

    Raises:
        UserError: there is no environment of the peer's package to be made.
    """
    if command != ENVIRONMENT:
        return command
    return str(Environment.known(name, f"config key benchmark.peers.{name}").python)


def check_peers(config: Mapping[str, Any]) -> None:
    """Check that the interpreters of the peers that take part can be run.

    Raises:
        UserError: one cannot.
    """
    for name, given in config["benchmark"]["peers"].items():
        command = given and interpreter(name, given)
        if given == ENVIRONMENT and not Path(command).is_file():
            raise UserError(
                "the environment of this peer has not been made",
                where=f"config key benchmark.peers.{name}",
                remedy="Make it: snakemake --cores 1 tools",
            )
        if command and shutil.which(command) is None:
            raise UserError(
                f"there is no program {command!r} to run this peer with",
                where=f"config key benchmark.peers.{name}",
                remedy="Give the interpreter that has the peer's package, or null to leave the peer out",
            )
