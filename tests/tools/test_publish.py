"""The public address: badge and links in every place, and the image that Binder would build."""

import json
import subprocess
import sys
import tomllib

import pytest
import yaml

from compendium.paths import repository_root
from tools import publish

ROOT = repository_root()
FORMS = [p for p in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if p.stem != "config"]
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
    assert publish.binder(remote, "v1.0") == f"https://mybinder.org/v2/gh/owner/name/v1.0{LAB}"


def test_a_branch_is_quoted():
    address = publish.binder("https://github.com/owner/name", "a/b")
    assert address == f"https://mybinder.org/v2/gh/owner/name/a%2Fb{LAB}"


@pytest.mark.parametrize(
    "remote", ["", "/srv/clone", "https://example.org/owner/name.git", "https://gitlab.com/g/n"]
)
def test_other_addresses_are_refused(remote):
    with pytest.raises(publish.PublishError, match="URL="):
        publish.binder(remote)


@pytest.fixture
def copy(toy):
    (toy / "notebooks").mkdir()
    for name in ("README.md", "CITATION.cff", "codemeta.json", publish.LANDING):
        (toy / name).write_bytes((ROOT / name).read_bytes())
    return toy


def test_links_stand_in_every_place_and_are_replaced_as_a_whole(copy):
    publish.main(["--url", "git@github.com:first/name.git"])
    publish.main(["--url", "https://github.com/owner/name", "--revision", "v1.0"])
    for name in ("README.md", publish.LANDING):
        text = (copy / name).read_text()
        assert f"https://mybinder.org/v2/gh/owner/name/v1.0{LAB}" in text
        assert "https://github.com/owner/name/issues" in text
        assert "https://github.com/owner/name/tree/v1.0/results" in text
        assert "first/name" not in text
    citation = yaml.safe_load((copy / "CITATION.cff").read_text())
    assert citation["repository-code"] == "https://github.com/owner/name"
    meta = json.loads((copy / "codemeta.json").read_text())
    assert meta["codeRepository"] == "https://github.com/owner/name"


def test_codemeta_says_what_citation_and_package_say():
    meta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    package = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert meta["name"] == citation["title"]
    assert meta["version"] == str(citation["version"]) == package["version"]
    assert meta["license"].removeprefix("https://spdx.org/licenses/") == citation["license"]
    assert meta["keywords"] == citation["keywords"]
    assert [a["name"] for a in meta["author"]] == [a["name"] for a in citation["authors"]]
    assert meta["referencePublication"].endswith(citation["references"][0]["doi"])
    assert meta.get("codeRepository") == citation.get("repository-code")


@pytest.mark.parametrize("form", FORMS)
def test_issue_forms_are_what_github_reads(form):
    text = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert {"name", "description", "title", "labels", "body"} <= text.keys()
    ids = [item["id"] for item in text["body"]]
    assert len(ids) == len(set(ids))
    assert any(item.get("validations", {}).get("required") for item in text["body"])
    for item in text["body"]:
        assert item["attributes"]["label"]
        assert item["type"] != "dropdown" or len(item["attributes"]["options"]) > 2


def test_without_an_address_nothing_is_written(copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    with pytest.raises(publish.PublishError, match=r"URL=https://github\.com/OWNER/REPO"):
        publish.main([])
    assert {path: path.read_bytes() for path in before} == before


def test_lost_markers_are_told_and_nothing_is_written(copy):
    text = (copy / "README.md").read_text().replace(publish.END, "")
    (copy / "README.md").write_text(text)
    before = (copy / publish.LANDING).read_bytes()
    with pytest.raises(publish.PublishError, match=r"README\.md must hold"):
        publish.main(["--url", "https://github.com/owner/name"])
    assert (copy / publish.LANDING).read_bytes() == before


def test_the_committed_readme_has_the_section_and_no_dead_badge():
    text = (ROOT / "README.md").read_text()
    inside = text.partition(publish.BEGIN)[2].partition(publish.END)[0]
    assert "make publish" in inside or "mybinder.org/badge_logo.svg" in inside
    assert "OWNER" not in publish.filled(text, "", "README.md")


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
