"""The environment of an external tool, in the cache."""

from aenmf.methods.tools.environments import Environment, make
from aenmf.run.jobs import job

with job(snakemake.log[0]):
    make(Environment(snakemake.wildcards.tool))
