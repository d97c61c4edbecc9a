"""Loss against seconds of every contestant on one split, and seconds to the paper's stopping rule."""

from aenmf.data.problems import training_problems
from aenmf.evaluation.best_known import digest
from aenmf.files.tables import keyed, write_table
from aenmf.methods.registry import build_method
from aenmf.run.jobs import job
from aenmf.studies.benchmark import PAPER_SOLVER, follow, to_the_stopping_rule
from aenmf.studies.contestants import own, peers
from aenmf.studies.outsideruns import outside_peers

with job(snakemake.log[0]) as log:
    wildcards, params = snakemake.wildcards, snakemake.params
    split, loss = int(wildcards.split), wildcards.loss
    asked = {"cohort": wildcards.cohort, "rank": params.rank, "loss": loss, "seed": params.seed}
    [problem] = training_problems(snakemake.input.catalogue, snakemake.input.splits, [split], **asked)
    methods = {name: build_method(name, entry) for name, entry in params.entries.items()}
    contestants = [own(name, method, loss) for name, method in methods.items()]
    problems = {one.problem for one in contestants}
    contestants += peers(loss, problems) + outside_peers(params.peers, loss, problems)
    keys = {"cohort": wildcards.cohort, "split": split, "loss": loss}
    courses = follow(problem, contestants, params.starts, params.budget, log.info)
    papers = {name: m for name, m in methods.items() if m.solver_name(loss) == PAPER_SOLVER}
    stopping = to_the_stopping_rule(problem, papers, params.tol, params.budget, params.limit, log.info)
    one = digest(problem.catalogue, problem.n_signatures)
    write_table(snakemake.output.courses, keyed(courses, **keys, digest=one))
    write_table(snakemake.output.stopping, keyed(stopping, **keys))
