"""The beginning of a user's own method: a file that works and a configuration that compares it with NMF."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from aenmf.errors import UserError
from aenmf.files.atomic import atomic_write
from aenmf.methods.registry import MODELS

METHOD = '''"""{title}: say here what it does. As it is, it factorises by Lee and Seung's updates."""

from dataclasses import dataclass

import numpy as np

from aenmf.methods.base import Architecture
from aenmf.methods.refitted import Extraction, RefittedMethod

SMALLEST = 1e-300


@dataclass(frozen=True)
class Options:
    """What the configuration may set, with types and defaults."""

    iterations: int = 200


class {kind}(RefittedMethod):
    model = "{name}"
    Options = Options
    orientation = "channels × patients"  # or "patients × channels": how extract gets the counts
    architecture = Architecture(  # its row in tables of methods; "none" where there is nothing to say
        title="{title}",
        reference="none",
        orientation="channels × patients",
        layers="none",
        activations="none",
        biases="none",
        constraints="non-negative",
        loss="Kullback–Leibler",
        optimiser="multiplicative updates",
    )

    def extract(self, matrix, n_signatures, seed):
        # matrix: counts, 96 channels × patients. Random numbers come from seed alone, so that a run can be repeated.
        random = seed.child("start").generator()
        signatures = random.uniform(0.1, 1.0, (matrix.shape[0], n_signatures))
        exposures = random.uniform(0.1, 1.0, (n_signatures, matrix.shape[1]))
        for _ in range(self.options.iterations):  # replace these updates by your own
            ratio = matrix / np.maximum(signatures @ exposures, SMALLEST)
            signatures *= ratio @ exposures.T / np.maximum(exposures.sum(axis=1), SMALLEST)
            ratio = matrix / np.maximum(signatures @ exposures, SMALLEST)
            exposures *= signatures.T @ ratio / np.maximum(signatures.sum(axis=0), SMALLEST)[:, None]
        # Signatures are 96 × n_signatures, not negative, in any scale; the exposures are refitted for every method alike.
        return Extraction(signatures, n_iter=self.options.iterations)
'''

CONFIGURATION = """# {title} against NMF on Scenario 8, whose signatures are known; config/config.yaml explains every other key.
run: {name}
n_splits: 3
references: [cosmic]
plugin_path: [{folder}]
compare: [nmf, {name}]
methods:
  {name}: {{model: "{name}:{kind}", title: {title}}}
"""


def new_method(name: str, folder: Path) -> list[str]:
    """Write ``<folder>/<name>.py`` and ``config/<name>.yaml``; what was written and what to do next, in lines.

    Raises:
        UserError: the name is none for a Python file, is taken, or one of the files is there.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", name):
        remedy = "Use lower-case letters, digits and underscores, such as my_method"
        raise UserError(f"{name!r} is not a name for a method", where="NAME", remedy=remedy)
    files = {folder / f"{name}.py": METHOD, Path(f"config/{name}.yaml"): CONFIGURATION}
    for file in files:
        if file.exists():
            raise UserError("there is already such a file", where=str(file), remedy="Choose another name")
    if name in MODELS or find_spec(name):
        raise UserError(f"there is already a method or module {name!r}", where="NAME", remedy="Choose another name")
    kind = "".join(part.capitalize() for part in name.split("_"))
    words = {"name": name, "kind": kind, "title": name.replace("_", " ").strip().capitalize(), "folder": folder}
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(file) as written:
            written.write(text.format(**words))
    return [
        f"Wrote {folder / name}.py and config/{name}.yaml. Next:",
        f"  pytest tests/contract --plugin-path {folder} --method {name}:{kind}",
        f"  snakemake --cores 2 scores --configfile config/{name}.yaml",
    ]
