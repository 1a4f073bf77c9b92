"""The built site in Chromium: accessible, no wider than its window, and a reviewer's walk.

Part of ``make browser``. Screenshots go to ``.cache/browser`` and are there to be looked at.
"""

import pytest
from test_lab import SHOTS

from compendium.paths import repository_root
from tools import report

pytestmark = pytest.mark.browser
ROOT = repository_root()
KINDS = (
    "index",
    "gallery",
    "ledger/index",
    "ledger/table1",
    "numbers",
    "trust",
    "your-data",
    "items",
    "contributing",
    "methods/index",
    "methods/impedance",
    "notebooks/latp_fig2_nyquist",
    "notebooks/audit",
    "notebooks/measure_eis",
    "api/index",
    "api/nasicon.eis.fit_circuits",
)
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return report.build(ROOT, tmp_path_factory.mktemp("report") / "html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_of_axe_and_nothing_wider_than_the_window(scheme, site, browser):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = []
    for kind in KINDS:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
        asked = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((site / f"{kind}.html").as_uri())
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        for violation in axe.run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                where = violation["nodes"][0]["html"][:150]
                found.append(f"{kind}: {violation['id']} {len(violation['nodes'])}: {where}")
        wide = [w for w in (1280, 390) if _width(page, w) > w]
        found += [f"{kind}: wider than {w}" for w in wide]
        found += [
            f"{kind}: asks for {url}" for url in asked if not url.startswith(("file:", "data:"))
        ]
        page.close()
    assert found == []


def test_a_reviewer_walks_from_the_landing_to_the_source_of_a_number(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})

    def shot(name):
        page.screenshot(path=str(SHOTS / f"walk-{name}.png"))

    page.goto((site / "index.html").as_uri())
    for words in ("What it found.", "Why trust it.", "Where to look.", "Your file."):
        box = page.get_by_text(words, exact=True).bounding_box()
        assert box["y"] < 900, f"{words} is below the first screen"
    shot("1-landing")
    page.get_by_role("link", name="Figures", exact=True).click()
    page.get_by_role("searchbox").fill("Nyquist glass-ceramics")
    cards = page.locator(".card:visible")
    assert 1 <= cards.count() <= 4
    shot("2-figures")
    cards.first.click()
    assert page.url.endswith("latp_fig2_nyquist.html#fig2a_simulated")
    page.wait_for_timeout(300)
    shot("3-figure")
    figure = page.locator("#fig2a_simulated")
    figure.get_by_role("link", name="eis.analysis.analyse").click()  # one click: the equation
    assert page.url.endswith("nasicon.eis.analysis.html#analyse")
    page.locator("#analyse summary").click()  # two: the source
    assert "def analyse(" in page.locator("#analyse pre").inner_text()
    shot("4-source")
    page.get_by_role("link", name="Ledger", exact=True).click()
    page.get_by_role("searchbox").fill("contradicts")
    rows = page.locator("tbody tr:visible")
    assert 1 <= rows.count() <= 30
    shot("5-ledger")
    page.locator("tbody tr:visible a", has_text="A-series-clatbp").first.click()
    page.wait_for_timeout(300)
    shot("6-row")
    page.locator("article:target a", has_text="series_conductivity").click()
    assert "1/" in page.locator("article:target").inner_text()
    shot("7-function")
    page.close()


def test_a_phone_in_the_dark_sees_the_landing_and_a_figure(site, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    for name, place in (
        ("landing", "index.html"),
        ("figure", "gallery.html"),
        ("ledger", "ledger/index.html"),
    ):
        page.goto((site / place).as_uri())
        page.screenshot(path=str(SHOTS / f"phone-{name}.png"))
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert all(int(part) < 60 for part in dark[4:-1].split(","))
    page.close()


def _width(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    return page.evaluate(WIDTH)
