"""The examples of docs/your-data.md: parameters that exist, files that exist, code that runs."""

import re
import shlex
from pathlib import Path

import papermill
import pytest

from compendium.external import registry
from compendium.paths import repository_root

TEXT = (repository_root() / "docs" / "your-data.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```python\n# ([\w ]+):.*?\n(.*?)```", TEXT, re.DOTALL))
CALLS = [
    shlex.split(call.replace("\\\n", " "), comments=True)
    for block in re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
    for call in re.findall(r"^papermill notebooks(?:[^\n]*\\\n)*[^\n]*", block, re.MULTILINE)
]


def test_every_technique_has_an_example():
    assert BLOCKS.keys() == {"NMR", "Raman", "photoemission", "energy loss"}
    assert len({call[1] for call in CALLS}) >= 10


@pytest.mark.parametrize("call", CALLS, ids=lambda call: Path(call[1]).stem)
def test_the_notebook_takes_what_the_example_gives(call):
    known = papermill.inspect_notebook(repository_root() / call[1])
    given = [call[i + 1] for i, word in enumerate(call) if word == "-p"]
    assert set(given) <= set(known)
    assert "data_file" in given
    for word in call:
        if word.startswith("$D/"):
            pattern = re.escape(word.removeprefix("$D/")).replace(r"\*", ".*")
            assert any(re.fullmatch(pattern, name) for name in registry()), word


def run(technique, external):
    """Variables after the block, with its files at hand."""
    for name in re.findall(r"fetch(?:_all)?\(\"([^\"]+)", BLOCKS[technique]):
        for entry in registry():
            if entry.startswith(name):
                external(entry)
    variables = {}
    exec(compile(BLOCKS[technique], technique, "exec"), variables)
    return variables


def test_nmr(external):
    fit = run("NMR", external)["fit"]
    apart = fit.parameter("P1", "delta") - fit.parameter("P2", "delta")
    assert apart == pytest.approx(3.03, abs=0.05)


def test_raman(external):
    assert run("Raman", external)["line"]["line_centre"] == pytest.approx(1001.4, abs=1.0)


def test_photoemission(external):
    fit = run("photoemission", external)["fit"]
    assert fit.total_area("C-C") / fit.total_area("C-O") == pytest.approx(3.1, abs=0.2)
    assert fit.total_area("O-C=O") / fit.total_area("C-O") == pytest.approx(0.9, abs=0.1)


def test_energy_loss(external):
    found = run("energy loss", external)
    assert found["power"]["exponent"] == pytest.approx(2.12, abs=0.05)
    assert found["onset_ev"] == pytest.approx(534.2, abs=0.2)
