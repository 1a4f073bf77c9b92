"""environment.yml against the lock, and against what is really installed."""

import importlib.metadata
import re
import sys

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from compendium.paths import repository_root
from tools.environment import environment, needed, read_lock

ROOT = repository_root()
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
COMMITTED = (ROOT / "environment.yml").read_text(encoding="utf-8")


def conda() -> dict:
    return yaml.safe_load(COMMITTED)


def pinned() -> list[Requirement]:
    return [Requirement(line) for line in conda()["dependencies"][-1]["pip"]]


def test_made_again_it_is_the_committed_file():
    assert environment(LOCK, PROJECT) == COMMITTED


def test_every_pin_is_the_locks():
    locked = set(re.findall(r"^(\S+)==(\S+)", LOCK, flags=re.MULTILINE))
    pins = {(pin.name, str(pin.specifier).removeprefix("==")) for pin in pinned()}
    assert pins <= locked
    assert len(pins) == len(pinned()), "a name is pinned twice"


def test_extras_and_development_tools_are_left_out():
    names = {pin.name for pin in pinned()}
    assert names & {"pytest", "ruff", "hypothesis", "impedance", "uv", "hatchling"} == set()
    assert names & {"dvc", "dask", "networkx", "rosettasciio", "scikit-image"} == set()
    assert {"lmfit", "papermill", "jupyterlab", "pooch"} <= names


def test_nothing_is_asked_for_that_binder_rebuilds_at_every_commit():
    dependencies = conda()["dependencies"]
    assert conda()["name"] == "nasicon"
    assert dependencies[:2] == ["python=3.11", "pip"]
    assert not re.search(r"(^|\s)-(r|e)\s|\./|file:|://", COMMITTED)


@pytest.mark.skipif(sys.platform != "linux", reason="the installed set is that of Linux")
def test_it_holds_everything_the_installed_library_needs():
    """The other way to the same set: what the installed distributions declare."""
    environment_of_linux = {"python_full_version": "3.11.14", "python_version": "3.11"}
    waiting, found = [Requirement("nasicon")], set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in found:
            continue
        found.add((name, frozenset(requirement.extras)))
        for text in importlib.metadata.requires(name) or []:
            child = Requirement(text)
            extras = requirement.extras or {""}
            if not child.marker or any(
                child.marker.evaluate({**environment_of_linux, "extra": extra}) for extra in extras
            ):
                waiting.append(child)
    needed_names = {name for name, _ in found} - {"nasicon"}
    on_linux = {
        pin.name for pin in pinned() if not pin.marker or pin.marker.evaluate(environment_of_linux)
    }
    assert needed_names <= on_linux
    # The lock's notes do not say for which platform a package was asked for.
    assert len(on_linux - needed_names) < 10


TOY = """\
a==1.0 \\
    --hash=sha256:00
    # via
    #   nasicon (pyproject.toml)
    #   x
b==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:00
    # via a
c==3.0 ; python_full_version >= '3.12' \\
    --hash=sha256:00
    # via b
c==2.9 ; python_full_version < '3.12' \\
    --hash=sha256:00
    # via b
dev==1 \\
    --hash=sha256:00
    # via nasicon (pyproject.toml)
x==1 ; os_name == 'java' \\
    --hash=sha256:00
    # via dev
"""


def test_needed_follows_the_notes_and_keeps_markers_that_decide():
    assert [pin.line for pin in needed(read_lock(TOY), ["A"])] == [
        "a==1.0",
        "b==2.0 ; sys_platform == 'win32'",
        "c==2.9",
    ]
    with pytest.raises(ValueError, match="lacks zzz: run make lock"):
        needed(read_lock(TOY), ["a", "zzz"])


def test_lock_has_hashes_the_build_backend_and_no_address():
    blocks = re.split(r"^(?=\S)", LOCK, flags=re.MULTILINE)[1:]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)
    names = {block.split("==")[0] for block in blocks}
    assert {"hatchling", "editables", "uv", "pytest", "hypothesis", "ruff"} <= names
    assert not re.search(r"://|--index|--find-links|/wheels", LOCK)
