"""Starting Snakemake once its configuration files could be read: of a file that is no YAML it shows a traceback, not the line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from aenmf.run.preflight import load_config


def launch(arguments: Sequence[str]) -> None:
    """Read the configuration files that arguments of Snakemake name, and become Snakemake.

    Raises:
        UserError: as :func:`aenmf.run.preflight.load_config`.
    """
    words = list(arguments)
    files: list[str] = []
    # To import Snakemake's parser takes most of a second, and it would be asked for nothing where no file is named. It knows the
    # option by a part of its name, too.
    if any(word.startswith("--configf") for word in words):
        from snakemake.cli import get_argument_parser

        # Its parser alone: its parse_args would also name the profile on the terminal, as Snakemake does again.
        files = get_argument_parser().parse_known_args(words)[0].configfile or []
    load_config(files)
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *words])
