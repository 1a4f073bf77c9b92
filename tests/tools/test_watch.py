"""What watches for rot and who is led by the hand: the files name only what is here."""

import json
import re
import tomllib

import pytest
import yaml

from compendium.paths import repository_root

ROOT = repository_root()
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):.*##", MAKEFILE, re.MULTILINE))
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))


def commands():
    """Every command line of every job of the hosted workflow."""
    steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    return [line for step in steps for line in step.get("run", "").splitlines()]


def test_the_workflow_calls_only_targets_that_exist():
    called = {
        word
        for line in commands()
        if line.startswith("make ")
        for word in line.split()[1:]
        if "=" not in word
    }
    assert {"setup", "lint", "test", "reproduce", "report"} <= called <= TARGETS


def test_the_whole_chain_is_run_every_week():
    when = WORKFLOW.get("on", WORKFLOW.get(True))  # YAML 1.1 reads `on` as true
    assert when["schedule"][0]["cron"].split()[2:4] == ["*", "*"]


def test_every_supported_python_is_tried():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    low, high = map(int, re.findall(r"3\.(\d+)", project["requires-python"]))
    tried = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tried == [f"3.{minor}" for minor in range(low, high)]


def test_a_codecheck_reviewer_finds_command_and_manifest():
    text = (ROOT / "codecheck.yml").read_text(encoding="utf-8")
    assert re.search(r"# command: make (\w+)", text)[1] in TARGETS
    for entry in yaml.safe_load(text)["manifest"]:
        assert (ROOT / entry["file"]).is_file(), entry["file"]
        assert entry["comment"]


def test_the_dev_container_sets_itself_up():
    config = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert config["postCreateCommand"].split()[:2] == ["make", "setup"]


@pytest.mark.parametrize("ecosystem", ["pip", "github-actions"])
def test_a_bot_watches_the_dependencies(ecosystem):
    text = (ROOT / ".github/dependabot.yml").read_text(encoding="utf-8")
    assert ecosystem in {one["package-ecosystem"] for one in yaml.safe_load(text)["updates"]}
