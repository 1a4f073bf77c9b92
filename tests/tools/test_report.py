"""The report: it builds from the committed results, opens from disk, and no link is dead."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pandas as pd
import pytest

from compendium.paths import repository_root
from tools import report
from tools.report_pages import anchor


class Page(HTMLParser):
    """Ids of a page, its links, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("id"):
            self.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        for name in ("src", "href"):
            if given.get(name) and tag in ("img", "script", "link", "iframe"):
                self.loads.append(given[name])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return report.build(repository_root(), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html")}


def inside(address):
    return not address.startswith(("http:", "https:", "mailto:", "data:", "javascript:"))


def test_nothing_is_loaded_from_elsewhere(pages):
    outside = {a for page in pages.values() for a in page.loads if not inside(a)}
    assert outside == set()


def test_every_link_inside_the_site_resolves(site, pages):
    dead = []
    for path, page in pages.items():
        for address in [*page.links, *page.loads]:
            if not inside(address):
                continue
            name, fragment = urldefrag(address)
            target = (path.parent / unquote(name.split("?")[0])).resolve() if name else path
            known = target.is_file() and (
                not fragment or target.suffix != ".html" or fragment in pages[target].ids
            )
            if not known:
                dead.append(f"{path.relative_to(site)} -> {address}")
    assert sum(len(page.links) for page in pages.values()) > 1000
    assert dead == []


def test_every_row_leads_to_its_function_and_its_notebook(site, pages):
    ledger = pd.read_csv(repository_root() / "results/ledger.csv", keep_default_na=False)
    row = ledger[(ledger["id"] == "A-series-clatbp") & (ledger["row_type"] == "check")].iloc[0]
    page = pages[site / "ledger" / "checks-a.html"]
    module, _, function = row["function"].rpartition(".")
    assert f"../api/{module}.html#{module}.{function}" in page.links
    assert "../notebooks/latp_fig2_nyquist.html" in page.links
    anchors = {anchor(row) for row in ledger.itertuples()}
    assert len(anchors) == len(ledger)
    assert anchors <= set().union(*(p.ids for n, p in pages.items() if n.parent.name == "ledger"))


def test_every_figure_is_in_the_gallery(site, pages):
    shown = {a for a in pages[site / "index.html"].loads if a.endswith(".svg")}
    figures = {
        f"_static/figures/{p.parent.name}/{p.name}"
        for p in (repository_root() / "results").glob("*/*.svg")
    }
    assert figures <= shown


def test_without_results_it_says_what_to_do(toy, capsys):
    assert report.main(["--out", str(toy / "out")]) == 1
    assert "run make update" in capsys.readouterr().err
    assert not (toy / "out" / "html").exists()


def test_a_dead_reference_is_an_error(tmp_path, monkeypatch):
    def write_source(root, source):
        source.mkdir(parents=True)
        (source / "conf.py").write_text('extensions = ["myst_nb"]\n')
        (source / "index.md").write_text("# T\n\n{ref}`nowhere`\n")

    monkeypatch.setattr(report, "write_source", write_source)
    with pytest.raises(report.ReportError, match="nowhere"):
        report.build(tmp_path, tmp_path / "out")
