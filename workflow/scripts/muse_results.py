"""The answers that the authors of MUSE-XAE published, as files of results of the benchmark."""

from aenmf.data.fetch import resolve
from aenmf.data.muse_outputs import SCENARIOS, read_runs
from aenmf.data.truth import truth_of
from aenmf.evaluation.results import write_result
from aenmf.run.jobs import job
from aenmf.run.runinfo import code_version
from aenmf.studies.muse_outputs import AUGMENTATION, results

with job(snakemake.log[0]):
    params, software = snakemake.params, {"commit": code_version()["commit"]}
    archive = resolve(params.source.data, params.data_dir).path
    runs = [run for run in read_runs(archive) if run.augmentation == AUGMENTATION]
    outputs = iter(snakemake.output)
    for scenario, name in SCENARIOS.items():
        cohort = truth_of(name, params.registry, params.data_dir)
        of_scenario = [run for run in runs if run.scenario == scenario]
        for content in results(of_scenario, {"name": name, "title": params.titles[name]}, cohort, software):
            write_result(next(outputs), content)
