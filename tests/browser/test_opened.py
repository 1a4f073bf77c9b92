"""What a reader of a fresh clone sees, who runs nothing and trusts nothing: every figure.

Each executed notebook is opened in JupyterLab in Chromium with a new home, its figures must be
painted, and neither it nor its source may count as changed for having been opened.
"""

import re
import shutil
import subprocess

import pytest
from test_lab import NOTEBOOKS, READY, ROOT, SHOTS, browser, served

__all__ = ["browser"]  # the fixture
pytestmark = pytest.mark.browser
EXECUTED = sorted(path.parent.name for path in ROOT.glob("results/*/notebook.ipynb"))
PICTURES = """() => [...window.jupyterapp.shell.currentWidget.content.widgets].flatMap(
  (cell, i) => (cell.model.type === "code" ? cell.model.outputs.toJSON() : [])
    .filter((output) => output.data && Object.keys(output.data).some((k) => k.startsWith("image")))
    .map(() => i))"""
TO_CELL = """(i) => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, "start")"""
PAINTED = """([i, count]) => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[i];
  const pictures = [...cell.node.querySelectorAll(".jp-OutputArea img")];
  return pictures.length === count && pictures.every((p) => p.complete && p.naturalWidth > 100);
}"""
TRUSTED = """() => [...window.jupyterapp.shell.currentWidget.content.widgets]
  .filter((cell) => cell.model.type === "code" && cell.model.outputs.length)
  .every((cell) => cell.model.trusted)"""
DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
CLOSE = """async () => {
  await window.jupyterapp.shell.currentWidget.sessionContext.shutdown();
  window.onbeforeunload = null;
}"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Address of a file in a fresh clone, served with a home where nothing is trusted."""
    place = tmp_path_factory.mktemp("reader")
    subprocess.run(["git", "clone", "-q", ROOT, place / "clone"], check=True)
    for name in EXECUTED:  # what is about to be committed
        folder = place / "clone/results" / name
        shutil.copy(ROOT / "results" / name / "notebook.ipynb", folder)
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        shutil.copy(path, place / "clone/notebooks")
    home = {"HOME": str(place), "JUPYTER_DATA_DIR": str(place / "data")}
    with served(place / "clone", **home, JUPYTER_CONFIG_DIR=str(place / "config")) as address:
        yield address


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1366, "height": 900})
    yield opened
    opened.close()


def opened(page, address):
    """Open a notebook and wait for its kernel, whose greeting might change it."""
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
    page.evaluate(READY)
    page.wait_for_timeout(3000)


@pytest.mark.parametrize("name", EXECUTED)
def test_an_executed_notebook_shows_every_figure_untrusted_and_stays_clean(name, clone, page):
    opened(page, clone(f"results/{name}/notebook.ipynb"))
    assert not page.evaluate(TRUSTED), "the clone must not be trusted"
    cells = page.evaluate(PICTURES)
    figures = re.findall(r"\.svg", " ".join(p.name for p in (ROOT / "results" / name).iterdir()))
    assert len(cells) == len(figures)
    for cell in sorted(set(cells)):
        page.evaluate(TO_CELL, cell)
        page.wait_for_function(PAINTED, arg=[cell, cells.count(cell)], timeout=20_000)
    page.screenshot(path=str(SHOTS / f"untrusted-{name}.png"))
    assert not page.evaluate(DIRTY)
    page.evaluate(CLOSE)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_opening_a_notebook_does_not_change_it(name, clone, page):
    opened(page, clone(f"notebooks/{name}.ipynb"))
    assert not page.evaluate(DIRTY)
    page.evaluate(CLOSE)
