"""The scores of one method on one cohort with known truth under one protocol, as a file of results."""

from aenmf.data.knowntruth import SimulatedCohort
from aenmf.data.splits import read_sets
from aenmf.evaluation.results import write_result
from aenmf.files.fits import load_fits
from aenmf.files.matrices import read_matrix_tsv
from aenmf.methods.external import version_of
from aenmf.run.jobs import job
from aenmf.run.runinfo import scored_by
from aenmf.studies.protocols import CHOSEN, load_answers, patients_of
from aenmf.studies.scored import Setting, of_patients, solution

with job(snakemake.log[0]):
    inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    cohort = SimulatedCohort(*(read_matrix_tsv(inputs[name]) for name in ("catalogue", "truth", "exposures")))
    sets = read_sets(inputs.splits) if inputs.get("splits") else None
    if inputs.get("answers"):
        found = load_answers(inputs.answers)
        costs = {n: {"seconds": one.seconds, "memory": one.memory} for n, one in found.items()}
    else:
        found = load_fits(inputs.fits, inputs.seconds)
        costs = {n: {"seconds": one.seconds} for n, one in found.items()}
    protocol = {"rank": wildcards.rank, "patients": wildcards.patients}
    if wildcards.rank == CHOSEN:
        protocol["chosen_by"] = "the method" if params.chooses else params.criterion
    answers = {}
    for number, one in found.items():
        names = patients_of(cohort.catalogue, sets, number)
        answer = solution(one.signatures, one.exposures, of_patients(cohort, names))
        answers[number] = names, answer.active() if params.chooses else answer, costs[number]
    setting = Setting(cohort, params.cohort, protocol, scored_by())
    method = params.method | {"version": version_of(next(iter(found.values())).extras)}
    write_result(snakemake.output[0], setting.result(method, answers))
