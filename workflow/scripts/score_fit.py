"""Fit one method to the patients of a protocol, with the true number of signatures or the one that was chosen."""

import pandas as pd

from aenmf.methods.checked import checked_fits
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.run.memory import peak_memory
from aenmf.run.progress import Progress
from aenmf.seeds import Seed
from aenmf.solvers.listening import told
from aenmf.studies.protocols import GIVEN, load_answers, parts, save_answers

with job(snakemake.log[0]) as log:
    inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    of_protocol = parts(
        inputs.catalogue,
        inputs.get("splits"),
        params.numbers,
        Seed(params.seed).child(wildcards.cohort),
    )
    method = build_method(wildcards.method, params.entry)
    asked = dict.fromkeys(params.numbers, params.highest if method.chooses_rank else params.rank)
    if wildcards.rank != GIVEN and not method.chooses_rank:
        chosen = pd.read_csv(inputs.ranks).set_index("number")["chosen"]
        asked = {n: int(chosen[n]) for n in params.numbers}
    known = load_answers(inputs.given) if inputs.get("given") else {}
    answers = {n: answer for n, answer in known.items() if answer.signatures.shape[1] == asked[n]}
    log.info("%d of %d answers are those for the true number", len(answers), len(asked))
    problems = {
        p.number: p.problem(asked[p.number], wildcards.loss, params.dispersion)
        for p in of_protocol
        if p.number not in answers
    }
    name = f"{wildcards.cohort} {wildcards.method} {wildcards.loss}, K {wildcards.rank}"
    progress = Progress(name, terminal=snakemake.config["progress"], log=log)
    if problems:
        with told(progress, len(problems)):
            fits = checked_fits(method, list(problems.values()), progress)
        answers |= dict(zip(problems, fits, strict=True))
    memory = peak_memory() if problems else next(iter(known.values())).memory
    save_answers(snakemake.output.answers, {n: answers[n] for n in params.numbers}, memory)
