"""The scores of every method's fits, and of the controls, on one cohort with known truth: a file of results each."""

from pathlib import Path

import pandas as pd

from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.splits import read_splits, samples_of
from aenmf.evaluation.exposure_scores import scores
from aenmf.evaluation.results import Scored, counts_digest, result, write_result
from aenmf.evaluation.scores import Solution, seed_consistency
from aenmf.files.fits import load_fits
from aenmf.files.matrices import read_matrix_tsv
from aenmf.files.tables import sections
from aenmf.methods.external import found_signatures, version_of
from aenmf.run.jobs import job
from aenmf.run.runinfo import code_version
from aenmf.seeds import Seed
from aenmf.studies.controls import CONTROLS, TITLES, control

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    catalogue, signatures, exposures = (read_matrix_tsv(inputs[name]) for name in ("catalogue", "truth", "exposures"))
    table = read_splits(inputs.splits)
    outputs = {Path(path).name.split("__")[0]: path for path in snakemake.output}

    def part(split: int) -> SimulatedCohort:
        training = samples_of(table, split, "train")
        return SimulatedCohort(catalogue[training], signatures, exposures[training])

    answers: dict[str, dict[int, tuple[Solution, dict[str, float]]]] = {}
    versions: dict[str, str] = {}
    paths = zip(*(sections(params.combinations, inputs[name]) for name in ("fits", "seconds")), strict=True)
    for (method, loss), files in zip(params.combinations, paths, strict=True):
        of_method = answers.setdefault(f"{method}-{params.measures[loss]}", {})
        for split, fit in load_fits(*files).items():
            k = found_signatures(fit)
            names = [f"S{i}" for i in range(1, k + 1)]
            found = pd.DataFrame(fit.signatures[:, :k], index=catalogue.index, columns=names)
            amounts = pd.DataFrame(fit.exposures[:k], index=names, columns=part(split).catalogue.columns)
            of_method[split] = Solution(found, amounts), {"seconds": fit.seconds}
            versions[f"{method}-{params.measures[loss]}"] = version_of(fit)
    splits = list(next(iter(answers.values())))
    for name in CONTROLS:
        drawn = {split: control(name, part(split), Seed(params.seed).child(f"split {split}")) for split in splits}
        answers[name] = {split: (answer, {}) for split, answer in drawn.items()}

    cohort = {"name": snakemake.wildcards.cohort, "title": params.title, "patients": part(splits[0]).catalogue.shape[1]}
    cohort |= {"signatures": signatures.shape[1], "sha256": counts_digest(catalogue.to_numpy())}
    software = {"commit": code_version()["commit"]}
    for name, of_split in answers.items():
        seeds = []
        for split, (answer, costs) in of_split.items():
            values = scores(answer, Solution(signatures, part(split).exposures)) | costs
            seeds.append(Scored(split, answer.signatures.shape[1], values))
        consistency = seed_consistency([answer.signatures for answer, _ in of_split.values()])
        about = {"name": name} | params.methods.get(name, {"title": TITLES.get(name, name)})
        about |= {"version": versions.get(name, "")}
        protocol = {"rank": params.ranks[name], "patients": "training"}
        content = result(about, cohort, protocol, seeds, consistency, software)
        write_result(outputs[name], content)
