"""The report: it builds from the committed results, opens from disk, and no link is dead."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pandas as pd
import pytest

from compendium.paths import repository_root
from tools import report, report_pages

ROOT = repository_root()
#: A notebook of each kind: simulated with derived figures, derived alone, printed and computed.
THREE = ("latp_fig2_nyquist", "lagp_fig1_synthesis", "audit")


class Page(HTMLParser):
    """Ids of a page, its links with their text, its headings, pictures, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.headings, self.pictures = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("id"):
            self.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.pictures.append((given.get("src"), given.get("alt")))
        for name in ("src", "href"):
            if given.get(name) and tag in ("img", "script", "link", "iframe"):
                self.loads.append(given[name])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return report.build(ROOT, tmp_path_factory.mktemp("report") / "html")


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html")}


def inside(address):
    return not address.startswith(("http:", "https:", "mailto:", "data:", "javascript:"))


def target(path, address):
    """File and anchor that a link on a page leads to."""
    name, fragment = urldefrag(address)
    return (path.parent / unquote(name.split("?")[0])).resolve() if name else path, fragment


def test_nothing_is_loaded_from_elsewhere(pages):
    outside = {a for p in pages.values() for a in p.loads if not inside(a) and a[:5] != "data:"}
    assert outside == set()


def test_every_link_inside_the_site_resolves(site, pages):
    dead = []
    for path, page in pages.items():
        for address in filter(inside, [*page.links, *page.loads]):
            file, fragment = target(path, address)
            if not file.is_file() or (
                file in pages and fragment and fragment not in pages[file].ids
            ):
                dead.append(f"{path.relative_to(site)} -> {address}")
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert dead == []


def test_from_a_figure_two_clicks_lead_to_equation_and_source(site, pages):
    """Crawl: every function under every figure is one click away, and its source with it."""
    for name in THREE[:2]:
        path = site / "notebooks" / f"{name}.html"
        text = path.read_text(encoding="utf-8")
        figures = re.findall(r"<figure .*?</figure>", text, re.DOTALL)
        assert len(figures) == len(list((ROOT / "results" / name).glob("*.svg")))
        functions = [a for f in figures for a in re.findall(r'href="(\.\./api/[^"]+)"', f)]
        assert functions
        for address in functions:
            file, entry = target(path, address)
            article = file.read_text(encoding="utf-8").split(f'<article class="" id="{entry}">')[1]
            assert f"<summary>source of {entry}</summary>" in article.split("</article>")[0]


def test_every_row_leads_to_its_function_and_its_notebook(site, pages):
    ledger = pd.read_csv(ROOT / "results/ledger.csv", keep_default_na=False)
    row = ledger[(ledger["id"] == "A-series-clatbp") & (ledger["row_type"] == "check")].iloc[0]
    page = pages[site / "ledger" / f"{row['issue']}.html"]
    module, _, function = row["function"].rpartition(".")
    assert f"../api/{module}.html#{function}" in page.links
    assert "../notebooks/latp_fig2_nyquist.html" in page.links
    anchors = {report.anchor(row) for row in ledger.itertuples()}
    assert len(anchors) == len(ledger)
    assert anchors <= set().union(*(p.ids for n, p in pages.items() if n.parent.name == "ledger"))


def test_every_figure_is_in_the_gallery_with_its_finding(site, pages):
    shown = dict(pages[site / "gallery.html"].pictures)
    for name in THREE:
        for svg in (ROOT / "results" / name).glob("*.svg"):
            alt = shown[f"files/results/{name}/{svg.name}"]
            assert svg.stem.rsplit("_", 1)[-1] in alt
            assert "_" not in alt, "a title for people, not a file name"
    nyquist = shown["files/results/latp_fig2_nyquist/fig2a_simulated.svg"]
    assert nyquist.startswith("Fig. 2a: Nyquist plot of the glass-ceramics, simulated. With boron")


def test_every_picture_says_what_it_shows_and_headings_go_down_one_by_one(site, pages):
    for path, page in pages.items():
        where = path.relative_to(site)
        assert all(alt for _, alt in page.pictures), where
        assert page.headings[0] == 1, where
        assert page.headings.count(1) == 1, where
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert all(below <= above + 1 for above, below in steps), where


def test_sliders_that_do_not_move_here_say_where_they_do(site):
    page = (site / "notebooks/latp_fig2_nyquist.html").read_text(encoding="utf-8")
    after = page.split('<h2 id="move-it-yourself">')[1].split("<h2")[0]
    assert "<code>make lab</code>" in after


def test_equations_are_mathml(site):
    page = (site / "methods/impedance.html").read_text(encoding="utf-8")
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in page
    assert "<mfrac>" in page
    assert "\\frac" not in page


def test_the_landing_weighs_less_than_two_megabytes(site, pages):
    loads = {
        target(site / "index.html", a)[0] for a in pages[site / "index.html"].loads if inside(a)
    }
    assert len(loads) > 5
    assert sum(file.stat().st_size for file in {*loads, site / "index.html"}) < 2e6


def test_without_results_it_says_what_to_do(toy):
    with pytest.raises(report.ReportError, match="run make update"):
        report.main(["--out", str(toy / "out")])
    assert not (toy / "out").exists()


def test_a_folder_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(report.ReportError, match="give another folder"):
        report.build(ROOT, tmp_path)
    assert (tmp_path / "thesis.tex").is_file()


def test_a_dead_link_in_a_document_is_an_error(tmp_path):
    site = report.Site(ROOT, tmp_path, {})
    with pytest.raises(report.ReportError, match=r"docs/no-such-page\.md"):
        site.lead('<a href="no-such-page.md">x</a>', "docs/your-data.md", "your-data.html")


def test_a_module_shows_prose_sections_signature_and_source(tmp_path):
    source = '''"""About."""


def shift(x_ev, *, by=1.0):
    """Shift an axis: x + ``by``.

    Parameters
    ----------
    x_ev : array of shape (n,)
    """
    return x_ev + by
'''
    (tmp_path / "room.py").write_text(source)
    (module,) = report_pages.modules(tmp_path).values()
    (entry,) = module["entries"]
    assert (entry["name"], entry["signature"]) == ("shift", "(x_ev, *, by=1.0)")
    assert "<code>by</code>" in entry["about"]
    assert "x_ev : array of shape (n,)" in entry["about"]
    assert "def" in entry["source"]
    assert "1.0" in entry["source"]


def test_with_a_public_address_a_notebook_opens_live(tmp_path):
    site = report.Site(ROOT, tmp_path, {})
    site.templates.globals["address"] = "https://github.com/owner/name"
    shown = {"title": "T", "name": "audit", "record": None, "sections": [], "cells": ["<h1>T</h1>"]}
    site.write("notebooks/audit.html", "notebook.html", **shown)
    live = "https://mybinder.org/v2/gh/owner/name/HEAD?urlpath=lab/tree/notebooks/audit.ipynb"
    assert f'<a href="{live}">' in (tmp_path / "notebooks/audit.html").read_text(encoding="utf-8")
