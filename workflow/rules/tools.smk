# Environments of external tools, made when an entry that needs one is to run, and kept in the cache between runs.
from aenmf.methods.tools.environments import cache_folder, shipped


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
        tool="|".join(shipped()) or "(?!)",
        digest="[0-9a-f]{12}",
    conda:
        "../../envs/environment.yaml"
    message:
        "making the environment of {wildcards.tool}"
    script:
        "../scripts/tool_environment.py"


rule tools:
    input:
        [Environment(name).ready for name in shipped()],
