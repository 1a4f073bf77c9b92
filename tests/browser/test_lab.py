"""Every notebook in a real browser: JupyterLab in Chromium, Run All, no error, a screenshot.

``make browser`` runs it (`pytest -m browser`); it needs Debian's Chromium. Screenshots go to
``.cache/browser`` and are there to be looked at.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from compendium.paths import repository_root

pytestmark = pytest.mark.browser
ROOT = repository_root()
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
NEEDS_DATA = {"validation"}  # reads files by others
WITHOUT_FIGURES = {"index"}
SHOTS = ROOT / ".cache" / "browser"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]
READY = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
}"""
DONE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const kernel = panel?.sessionContext?.session?.kernel;
  const cells = [...panel.content.widgets].filter(
    (cell) => cell.model.type === "code" && cell.model.sharedModel.getSource().trim());
  return !!kernel && cells.length > 0 && kernel.status === "idle" &&
    cells.every((cell) => cell.model.executionCount !== null);
}"""
IMAGES = """() => [...window.jupyterapp.shell.currentWidget.content.widgets]
  .filter((cell) => cell.model.type === "code")
  .flatMap((cell) => cell.model.outputs.toJSON())
  .filter((output) => output.data && ("image/png" in output.data || "image/svg+xml" in output.data))
  .length"""
ERRORS = """() => [...window.jupyterapp.shell.currentWidget.content.widgets]
  .filter((cell) => cell.model.type === "code")
  .flatMap((cell) => cell.model.outputs.toJSON())
  .filter((output) => output.output_type === "error")
  .map((output) => `${output.ename}: ${output.evalue}`)"""

TO_SLIDERS = """() => {
  const content = window.jupyterapp.shell.currentWidget.content;
  const moved = [...content.widgets].findIndex(
    (cell) => cell.model.sharedModel.getSource().includes("paper.explore("));
  return content.scrollToItem(moved, "start");
}"""


@contextlib.contextmanager
def served(root, **environment):
    """JupyterLab on a folder: a function from a file in it to its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    hidden = ("PYTHONDONTWRITEBYTECODE", "MPLBACKEND")  # the tests' own: readers see figures
    environment = {k: v for k, v in os.environ.items() if k not in hidden} | environment
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        f"--IdentityProvider.token={token}",
        "--ServerApp.root_dir=.",
        "--expose-app-in-browser",
    ]
    SHOTS.mkdir(parents=True, exist_ok=True)
    with (SHOTS / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=1)
                break
            time.sleep(0.25)
        else:
            pytest.fail(f"JupyterLab did not start: see {SHOTS / 'server.log'}", pytrace=False)
        yield lambda file: f"{address}/lab/tree/{file}?token={token}&reset"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


@pytest.fixture(scope="module")
def lab():
    """Address of a notebook of this repository."""
    with served(ROOT) as address:
        yield lambda notebook: address(f"notebooks/{notebook}.ipynb")


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_run_all_shows_no_error(notebook, lab, browser, external):
    if notebook in NEEDS_DATA:
        external("eis/s04147/s04147-140deg.txt")
    before = (ROOT / "notebooks" / f"{notebook}.ipynb").read_bytes()
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    try:
        _run_all(page, lab(notebook))
        errors, images = page.evaluate(ERRORS), page.evaluate(IMAGES)
        page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")
        _screenshots(page, notebook)
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    finally:
        page.close()
    assert errors == []
    assert images > 0 or notebook in WITHOUT_FIGURES, "a reader must see figures"
    after = (ROOT / "notebooks" / f"{notebook}.ipynb").read_bytes()
    assert after == before, "saving must not leave outputs in the repository's notebook"


def test_a_moved_slider_redraws_the_figure_beside_it(lab, browser):
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    try:
        _run_all(page, lab("latp_fig2_nyquist"))
        page.evaluate(TO_SLIDERS)
        picture = page.locator("img.widget-image")
        picture.wait_for(timeout=20_000)
        before = picture.get_attribute("src")
        handle = page.locator(".widget-slider .noUi-handle").first
        handle.focus()
        page.wait_for_timeout(2000)  # until what stands above has its height
        controls = [box.bounding_box() for box in page.locator(".widget-slider").all()]
        boxes = [picture.bounding_box(), *controls]
        assert all(c["x"] + c["width"] <= boxes[0]["x"] + 1 for c in controls), "side by side"
        assert max(b["x"] + b["width"] for b in boxes) <= 1366
        high = max(b["y"] + b["height"] for b in boxes) - min(b["y"] for b in boxes)
        assert high <= 760, "controls and picture on one screen"
        for _ in range(10):
            handle.press("ArrowRight")
        page.wait_for_function(
            "(old) => document.querySelector('img.widget-image').src !== old", arg=before
        )
        page.screenshot(path=str(SHOTS / "slider.png"))
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    finally:
        page.close()


def _run_all(page, address: str) -> None:
    """Open a notebook, run all its cells, and wait for the last."""
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
    page.evaluate(READY)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(DONE, timeout=240_000)


def _screenshots(page, notebook: str) -> None:
    """The top of the notebook and every screen below it, as a reader scrolls."""
    for old in SHOTS.glob(f"{notebook}-*.png"):
        old.unlink()
    shown = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
    for number, cell in enumerate(range(0, shown, 4)):
        page.evaluate(
            "(i) => window.jupyterapp.shell.currentWidget.content.scrollToItem(i, 'start')", cell
        )
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SHOTS, f"{notebook}-{number:02d}.png")))
