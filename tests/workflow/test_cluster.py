"""The profile for Slurm: it grants what the rules need and docs/cluster.md says, and its runs make what a local run makes."""

from __future__ import annotations

import re
import tempfile
import tomllib
from pathlib import Path

import pytest
import same_tables
import single_node
import yaml
from packaging.requirements import Requirement


@pytest.fixture(scope="module")
def profile(root: Path) -> dict:
    return yaml.safe_load((root / "profiles/slurm/config.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def memory_of_rules(root: Path) -> dict[str, int]:
    """What every rule that runs something asks for, in MB, or the default of all."""
    default = yaml.safe_load((root / "profiles/default/config.yaml").read_text(encoding="utf-8"))["default-resources"]
    found = {}
    for path in (root / "workflow/rules").glob("*.smk"):
        for part in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            memory = re.search(r"mem_mb=(\d+)", part)
            if "    script:" in part:
                found[part.split(":")[0]] = int(memory[1]) if memory else default["mem_mb"]
    return found


def at_first(granted: str) -> int:
    """What is granted at the first attempt: ``at_first("2000 * attempt") == 2000``."""
    return int(re.fullmatch(r"(\d+) \* attempt", granted)[1])


def test_profile_names_rules_and_grants_no_less_than_they_ask_for(profile, memory_of_rules):
    assert profile["executor"] == "slurm"
    assert len(memory_of_rules) > 20
    for rule, granted in profile["set-resources"].items():
        assert rule in memory_of_rules, f"there is no rule {rule}"
        if "mem_mb" in granted:
            assert at_first(granted["mem_mb"]) >= memory_of_rules[rule], rule
    assert set(profile["set-threads"]) <= set(memory_of_rules)


def test_rules_that_take_every_core_are_given_one(root, profile):
    greedy = set()
    for path in (root / "workflow/rules").glob("*.smk"):
        for part in re.split(r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            if "workflow.cores" in part.split("script:")[0]:
                greedy.add(part.split(":")[0])
    assert greedy and greedy == set(profile["set-threads"])


def test_docs_grant_what_the_profile_grants(root, profile, memory_of_rules):
    text = (root / "docs/cluster.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]
    default = at_first(profile["default-resources"]["runtime"])
    listed = set()
    for rules, memory, minutes in (row for row in rows if len(row) == 3):
        for rule in re.findall(r"`(\w+)`", rules):
            own = profile["set-resources"].get(rule, {})
            assert int(minutes) == (at_first(own["runtime"]) if "runtime" in own else default), rule
            assert int(memory) == (at_first(own["mem_mb"]) if "mem_mb" in own else memory_of_rules[rule]), rule
            listed.add(rule)
    assert set(profile["set-resources"]) <= listed


def test_pins_hold_the_extra_and_nothing_that_is_locked(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = {r.name: r for r in map(Requirement, project["optional-dependencies"]["cluster"])}
    pins, locked = (
        dict(line.split("==") for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
        for path in (root / "envs/cluster.txt", root / "envs/lock.txt")
    )
    assert extra and not set(pins) & set(locked)
    for name, requirement in extra.items():
        assert requirement.specifier.contains(pins[name])


def test_what_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(single_node, "program", lambda name: None)
    with pytest.raises(RuntimeError, match="slurmctld.*apt-get install slurm-wlm munge"):
        single_node.SingleNode(tmp_path / "slurm").__enter__()
    assert not (tmp_path / "slurm").exists()
    monkeypatch.setattr(same_tables, "missing", lambda: ["sbatch"])
    assert "sbatch" in same_tables.why_not()


@pytest.mark.workflow
@pytest.mark.slurm
def test_slurm_makes_what_one_machine_makes(capsys):
    if reason := same_tables.why_not():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="aenmf-slurm-") as folder:  # pytest's own are too long for a socket
        assert same_tables.main(["--directory", folder]) == 0, capsys.readouterr().out
