"""A file of one's own through the upload button of a measure notebook, really clicked."""

import pytest
from test_lab import DONE, ERRORS, READY, ROOT, SHOTS

pytestmark = pytest.mark.browser
SET = """([old, value]) => {
  for (const cell of window.jupyterapp.shell.currentWidget.content.widgets) {
    const source = cell.model.sharedModel.getSource();
    if (source.includes(old)) cell.model.sharedModel.setSource(source.replace(old, value));
  }
}"""
TEXTS = """() => [...window.jupyterapp.shell.currentWidget.content.widgets]
  .filter((cell) => cell.model.type === "code")
  .flatMap((cell) => cell.model.outputs.toJSON())
  .map((output) => String(output.data?.["text/html"] ?? output.text ?? "")).join("\\n")"""
TO_TABLE = """() => {
  const content = window.jupyterapp.shell.currentWidget.content;
  const table = [...content.widgets].findIndex(
    (cell) => cell.model.sharedModel.getSource().trim() === "report.table()");
  return content.scrollToItem(table - 1, "start");
}"""
RUN = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"


def test_a_spectrum_is_uploaded_and_measured(lab, browser, external):
    spectrum = external("eis/s04147/s04147-180deg.txt")
    file = ROOT / "notebooks/measure_eis.ipynb"
    before = file.read_bytes()
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    try:
        page.goto(lab("measure_eis"))
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        page.evaluate(READY)
        page.evaluate(SET, ["thickness_mm: float = 0.0", "thickness_mm: float = 2.1"])
        page.evaluate(SET, ["diameter_mm: float = 0.0", "diameter_mm: float = 8.0"])
        page.evaluate(RUN)
        page.wait_for_function(DONE, timeout=240_000)
        assert "gc-latp" in page.evaluate(TEXTS).lower(), "without a file: the example"
        button = page.locator("button.widget-upload")
        button.scroll_into_view_if_needed()
        page.screenshot(path=str(SHOTS / "upload-1-button.png"))
        with page.expect_file_chooser() as chosen:
            button.click()
        chosen.value.set_files(spectrum)
        button.filter(has_text="(1)").wait_for()
        page.screenshot(path=str(SHOTS / "upload-2-chosen.png"))
        page.evaluate(RUN)
        page.wait_for_function(f"({TEXTS})().includes('s04147-180deg')", timeout=240_000)
        page.wait_for_function(DONE, timeout=240_000)
        assert page.evaluate(ERRORS) == []
        found = page.evaluate(TEXTS)
        assert "gc-latp" not in found.lower()
        page.evaluate(TO_TABLE)
        page.wait_for_timeout(500)
        page.screenshot(path=str(SHOTS / "upload-3-measured.png"))
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    finally:
        page.close()
        file.write_bytes(before)
