# Environments of external tools, made when an entry that needs one is to run, and kept in the cache between runs.
from aenmf.methods.tools.environments import Environment, cache_folder, shipped

TOOL_ENVIRONMENTS = {name: Environment(name) for name in shipped()}


def tool_ready(method):
    """The file that is there once the environment of a method is; nothing for methods without one."""
    name = config["methods"][method].get("environment")
    # A file of another run is as good, whatever its time: the name has a digest of the lock.
    return ancient(str(TOOL_ENVIRONMENTS[name].ready)) if name in TOOL_ENVIRONMENTS else []


# It downloads, and a cluster's nodes often cannot.
localrules:
    tool_environment,


rule tool_environment:
    output:
        ready=f"{cache_folder()}/{{tool}}-{{digest}}.json",
    log:
        f"{LOGS}/tools/{{tool}}-{{digest}}.log",
    benchmark:
        f"{BENCHMARKS}/tools/{{tool}}-{{digest}}.tsv"
    wildcard_constraints:
        tool="|".join(TOOL_ENVIRONMENTS),
        digest="[0-9a-f]{12}",
    conda:
        "../../envs/environment.yaml"
    message:
        "making the environment of {wildcards.tool}"
    script:
        "../scripts/tool_environment.py"


rule tools:
    input:
        [environment.ready for environment in TOOL_ENVIRONMENTS.values()],
