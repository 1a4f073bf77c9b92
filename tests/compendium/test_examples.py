"""The examples of docs/your-data.md: each is run, from the shell's side and from Python's."""

import math
import re
import shlex

import pytest

from compendium import cli
from compendium.external import registry
from compendium.paths import repository_root
from compendium.routing import TECHNIQUES

ROOT = repository_root()
TEXT = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8")
SHELL = dict(re.findall(r"```bash\n# ([\w ]+)\n(nasicon measure .*?)\n```", TEXT))
PYTHON = dict(re.findall(r"```python\n# ([\w ]+)\n(.*?)```", TEXT, re.DOTALL))
# what each must find, to the digits that its file allows: (quantity, value, relative tolerance)
FOUND = {
    # the authors' R1 + R2 at 180 degC, data/reference/s04147_authors.csv
    "impedance": ("total conductivity", 0.21 / (math.pi * 0.16) / (3.984e4 + 2.430e5), 0.02),
    "temperature series": ("total activation energy", 0.855, 0.01),
    "diffraction": ("a of ZnO", 3.2495, 1e-3),
    "NMR": ("P1 isotropic shift", -18.9, 0.01),
    "Raman": ("line near 1001", 1001.4, 1e-3),
    "photoemission": ("binding energy of C-O", 286.5, 2e-3),
    "energy loss": ("onset of the edge", 534.2, 1e-3),
    "strain microscopy": ("resonance, mean", 326e3, 0.01),
    "cells": ("coulombic efficiency", 100.0, 0.01),
    "grains": ("median equivalent-circle diameter", 500.0, 0.1),
    "composition": ("lithium excess over 1 + x", 5.0, 0.05),
}


def files(text: str, external) -> str:
    """The text with its folders filled in, after its files were brought."""
    for name in re.findall(r"(?:\$D|\{D\})/([^\s\"]+)", text):
        wanted = re.escape(re.sub(r"\{\w+\}", "*", name)).replace(r"\*", ".*")
        matches = [entry for entry in registry() if re.fullmatch(wanted, entry)]
        assert matches, f"{name} is not in the registry"
        folder = "nmr/ba2p2o7_zg/" if name.startswith("nmr/") else None
        if folder:
            matches = [entry for entry in registry() if entry.startswith(folder)]
        for entry in matches:
            external(entry)
    return text


@pytest.fixture(scope="session")
def data(external):
    return external("spm/bepfm_32x32x102.npy").parents[1]


def test_every_technique_has_an_example():
    assert {shlex.split(line)[2] for line in SHELL.values()} == TECHNIQUES.keys()
    assert SHELL.keys() == PYTHON.keys() == FOUND.keys()


@pytest.mark.parametrize("name", SHELL)
def test_from_the_shell(name, external, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(files(SHELL[name], external))  # a folder's name may hold blanks
    assert cli.main([w.replace("$D", str(data)).replace("$R", str(ROOT)) for w in words[1:]]) == 0
    assert (tmp_path / "mine" / "report.html").is_file()


@pytest.mark.parametrize("name", PYTHON)
def test_from_python(name, external, data, tmp_path):
    variables = {"D": data, "R": ROOT}
    exec(compile(files(PYTHON[name], external), name, "exec"), variables)
    report = variables["report"]
    table = report.table()
    quantity, value, tolerance = FOUND[name]
    rows = table[table["quantity"].str.startswith(quantity)]
    assert (rows["value"] / value - 1).abs().min() < tolerance
    assert report.plot().axes
    assert report.write(tmp_path / "mine").is_file()
