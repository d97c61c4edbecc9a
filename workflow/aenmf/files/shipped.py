"""Where the project's own files are: schemas and captions inside the package; config/ next to it, in a checkout or a wheel."""

from __future__ import annotations

from pathlib import Path

from aenmf.errors import UserError

PACKAGE = Path(__file__).parents[1]
SCHEMAS = PACKAGE / "schemas"
CAPTIONS = PACKAGE / "captions"
_ROOT = PACKAGE.parents[1]
CONFIG = _ROOT / "config" if (_ROOT / "Snakefile").is_file() else PACKAGE / "config"
"""The folder with config.yaml, cohorts.tsv and the rest; a wheel brings its own copy."""


def checkout() -> Path:
    """The root of the project's checkout.

    Raises:
        UserError: the package was installed without one, from a wheel.
    """
    if not (_ROOT / "Snakefile").is_file():
        raise UserError(
            "this works in a checkout of the project only, and the package was installed without one",
            where=str(PACKAGE),
            remedy="Clone the project, and run the command there",
        )
    return _ROOT
