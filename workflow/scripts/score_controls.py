"""The scores of the controls on one cohort with known truth: a file of results for each and every protocol."""

from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.splits import read_sets
from aenmf.evaluation.results import write_result
from aenmf.files.matrices import read_matrix_tsv
from aenmf.run.jobs import job
from aenmf.run.runinfo import code_version
from aenmf.seeds import Seed
from aenmf.studies.controls import CONTROLS, TITLES, control
from aenmf.studies.protocols import FULL, patients_of
from aenmf.studies.scored import Setting, of_patients

with job(snakemake.log[0]):
    inputs, params = snakemake.input, snakemake.params
    cohort = SimulatedCohort(*(read_matrix_tsv(inputs[name]) for name in ("catalogue", "truth", "exposures")))
    sets = read_sets(inputs.splits) if inputs.get("splits") else {}
    drawn = {}
    for patients, numbers in params.numbers.items():
        word = "seed" if patients == FULL else "split"
        for number in numbers:
            names = patients_of(cohort.catalogue, sets if patients != FULL else None, number)
            part, seed = of_patients(cohort, names), Seed(params.seed).child(f"{word} {number}")
            for name in CONTROLS:
                drawn.setdefault((patients, name), {})[number] = names, control(name, part, seed), {}
    outputs, software = iter(snakemake.output), {"commit": code_version()["commit"]}
    for protocol in params.protocols:
        rank, patients = protocol.split("-")
        setting = Setting(cohort, params.cohort, {"rank": rank, "patients": patients}, software)
        for name in CONTROLS:
            about = {"name": name, "title": TITLES[name]}
            write_result(next(outputs), setting.result(about, drawn[patients, name]))
