"""Binder: the link, and the image that would be built."""

import subprocess
import sys

import pytest
import yaml

from compendium.paths import repository_root
from tools import binder

ROOT = repository_root()
LAB = "?urlpath=lab/tree/notebooks/index.ipynb"


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/owner/name.git",
        "https://github.com/owner/name",
        "https://token@github.com/owner/name/",
        "git@github.com:owner/name.git",
        "ssh://git@github.com/owner/name.git",
    ],
)
def test_every_form_of_a_remote(remote):
    assert binder.link(remote, "v1.0") == f"https://mybinder.org/v2/gh/owner/name/v1.0{LAB}"


def test_gitlab_groups_and_branches_are_quoted():
    address = binder.link("https://gitlab.com/group/sub/name.git", "a/b")
    assert address == f"https://mybinder.org/v2/gl/group%2Fsub%2Fname/a%2Fb{LAB}"


@pytest.mark.parametrize("remote", ["", "/srv/clone", "https://example.org/owner/name.git"])
def test_other_remotes_are_refused(remote, capsys):
    with pytest.raises(binder.BinderError, match="--remote"):
        binder.link(remote)


def test_without_a_remote_it_says_so(toy, capsys):
    assert binder.main([]) == 1
    assert "no git remote" in capsys.readouterr().err
    assert binder.main(["--remote", "https://github.com/owner/name"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1] == f"[![Binder](https://mybinder.org/badge_logo.svg)]({out[0]})"


@pytest.fixture(scope="module")
def dockerfile():
    """What Binder would build from this repository; made without Docker."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout + done.stderr


def test_binder_builds_the_root_environment_with_its_python(dockerfile):
    assert "Building conda environment for python=3.11" in dockerfile
    assert '--file "environment.yml"' in dockerfile
    wanted = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert "python=3.11" in wanted
    assert any(isinstance(item, dict) and "pip" in item for item in wanted)
    assert "requirements.txt" not in dockerfile


def test_binder_installs_the_library_and_needs_no_network_afterwards(dockerfile):
    assert "RUN chmod +x postBuild" in dockerfile
    assert "RUN ./postBuild" in dockerfile
    after = (ROOT / "postBuild").read_text()
    assert "pip install --no-deps" in after
    assert "start" not in {path.name for path in ROOT.iterdir()}, "nothing may run at start"


def test_pins_of_the_image_are_those_of_the_lock():
    (pins,) = (
        item["pip"]
        for item in yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
        if isinstance(item, dict)
    )
    lock = (ROOT / "requirements.lock").read_text()
    names = {pin.split("==")[0] for pin in pins}
    assert {"jupyterlab", "papermill", "pandas", "lmfit", "seaborn", "pooch"} <= names
    assert not names & {"dvc", "pybamm", "pymatgen", "numba", "mrsimulator", "pytest"}
    for pin in pins:
        assert f"\n{pin.split(' ;')[0]}" in f"\n{lock}", pin
