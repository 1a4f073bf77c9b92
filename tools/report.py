"""The report: landing, figures, notebooks, ledger, numbers and library as a static site.

``python -m tools.report [--out FOLDER]`` writes pages that open from disk, from what is committed:
nothing is executed, nothing is fetched, and a link to a file that is not there is an error. That
every link inside the site leads somewhere is a test.
"""

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from compendium import normalize, provenance, published
from compendium.ledger import stories
from compendium.ledger.build import check_rows, claim_rows
from compendium.ledger.words import explained
from compendium.paths import repository_root
from nasicon.core.findings import FILE_NAME
from tools import publish, report_pages
from tools.report_pages import Picture

PAPERS = {"A": "LATP paper", "B": "LAGP paper", "": "both papers, and the code"}
#: Documents whose page is not named like the file, or that stand outside docs.
DOCUMENTS = {
    "README.md": "index.html",
    "docs/figures.md": "items.html",
    "CONTRIBUTING.md": "contributing.html",
    "CHANGELOG.md": "changes.html",
}
#: Files and folders that stand on a page made otherwise.
ELSEWHERE = {
    "results": "gallery.html",
    "notebooks": "gallery.html",
    "results/ledger.csv": "ledger/index.html",
    "docs/methods": "methods/index.html",
    "notebooks/index.ipynb": "index.html",
}
LINK = re.compile(
    r'(<(?:a|img)\b[^>]*? (?:href|src)=")(?P<to>[^"#:?]*)(?:\?[^"#]*)?(?P<at>#[^"]*)?(?=")'
)


class ReportError(SystemExit):
    """The site could not be built; the program ends with the reason."""


class Site:
    """Pages by address, and where each file of the repository is found among them.

    Parameters
    ----------
    root, out : Path
        The repository, and the folder to write to.
    notebooks : mapping
        Content of each notebook that has a page.
    """

    def __init__(self, root: Path, out: Path, notebooks: Mapping[str, dict]) -> None:
        self.root, self.out, self.notebooks = root, out, notebooks
        self.titles = {name: report_pages.title(book) for name, book in notebooks.items()}
        self.ledger = pd.read_csv(root / "results/ledger.csv", keep_default_na=False)
        self.rows = {r.id: f"ledger/{r.issue}.html#{anchor(r)}" for r in self.ledger.itertuples()}
        self.modules = report_pages.modules(root / "lib")
        docs = [file.relative_to(root / "docs") for file in sorted((root / "docs").rglob("*.md"))]
        self.documents = {f"docs/{p}": f"{p.with_suffix('.html')}" for p in docs} | DOCUMENTS
        self.places = self.documents | ELSEWHERE
        self.places |= {f"lib/{m['file']}": f"api/{name}.html" for name, m in self.modules.items()}
        for folder, file in (("results/{}", "/notebook.ipynb"), ("notebooks/{}", ".ipynb")):
            self.places |= {folder.format(n) + file: f"notebooks/{n}.html" for n in notebooks}
        loader = FileSystemLoader(root / "docs/site")
        self.templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        code = publish.ADDRESS.search(_text(root, "CITATION.cff"))
        self.templates.globals |= {"papers": PAPERS, "binder": publish.binder, "anchor": anchor}
        self.templates.globals |= {"address": code[1] if code else "", "site": self}

    def write(self, page: str, template: str, **values: object) -> None:
        """Fill a template and write the page."""
        values |= {"page": page, "up": "../" * page.count("/")}
        text = self.templates.get_template(template).render(values)
        (self.out / page).parent.mkdir(parents=True, exist_ok=True)
        (self.out / page).write_text(text, encoding="utf-8", newline="\n")

    def lead(self, text: str, base: str, page: str) -> str:
        """HTML of a document whose links hold from the file `base`, with links into the site."""
        up = "../" * page.count("/")

        def row(match: re.Match) -> str:
            place = self.rows.get(match[1])
            return f'<a href="{up}{place}">{match[0]}</a>' if place else match[0]

        text = LINK.sub(lambda m: m[1] + self._place(m, base, page), text)
        return re.sub(r"<code>([AB]-[^<]+)</code>", row, text)

    def _place(self, match: re.Match, base: str, page: str) -> str:
        """Address of what a link in the file `base` means, seen from a page of the site."""
        to, at = match["to"], match["at"] or ""
        if not to:
            return at
        name = os.path.normpath(PurePosixPath(base).parent / to)
        if name not in self.places:
            if not (self.root / name).is_file():
                raise ReportError(f"{base}: a link leads to {name}, which is not there")
            self.places[name] = place = f"files/{name}"
            (self.out / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / name, self.out / place)
        return os.path.relpath(self.places[name], PurePosixPath(page).parent) + at


def _text(root: Path, file: str) -> str:
    return (root / file).read_text(encoding="utf-8")


def build(root: Path, out: Path) -> Path:
    """Build the site; the folder of its ``index.html``.

    Parameters
    ----------
    root, out : Path
        The repository, and a folder that is written anew.

    Raises
    ------
    ReportError
        No results, a link to a file that is not there, or a folder that holds something else.
    """
    executed = sorted(
        (root / "results").glob("*/notebook.ipynb"),
        key=lambda p: (p.parent.name[:2] != "la", p.parent.name == "audit", p),
    )
    if not executed or not (root / "results/ledger.csv").is_file():
        raise ReportError("results/ holds no executed notebooks or no ledger.csv: run make update")
    if out.exists() and any(out.iterdir()) and not (out / "static/site.css").is_file():
        raise ReportError(f"{out} holds something else than a report: give another folder")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(root / "docs/site/static", out / "static")
    (out / "static/code.css").write_text(report_pages.code_style(), encoding="utf-8")
    measure = sorted((root / "notebooks").glob("measure_*.ipynb"))
    books = {path.parent.name: path for path in executed} | {path.stem: path for path in measure}
    site = Site(root, out, {name: normalize.read(path) for name, path in books.items()})
    pictures = _pictures(site)
    site.write("gallery.html", "gallery.html", pictures=pictures)
    _write_documents(site)
    _write_notebooks(site, pictures)
    _write_ledger(site)
    site.write("numbers.html", "numbers.html", rows=_numbers(site))
    for name, module in site.modules.items():
        site.write(f"api/{name}.html", "module.html", name=name, module=module)
    site.write("api/index.html", "modules.html")
    return out


def anchor(row: object) -> str:
    """Place of a ledger row on its page. One id may be a claim and a check, or differ by case."""
    upper = "-upper" if any(c.isupper() for c in row.id[1:]) else ""
    return f"{row.row_type}-{row.id}{upper}".lower()


def _pictures(site: Site) -> list[Picture]:
    """Every figure; its words from register and finding."""
    register = pd.read_csv(site.root / "docs/figures.csv", dtype=str, keep_default_na=False)
    named: dict[tuple[str, str], str] = {}
    for row in register.itertuples():
        for stem in row.panels.split():
            named.setdefault((row.notebook, stem), f"{row.item}: {row.shows}")
    found = []
    for name, notebook in site.notebooks.items():
        for picture in report_pages.pictures(notebook, name):
            whole = site.titles[name].split(":")[-1].strip()
            picture.title = named.get((name, picture.stem), whole)
            found.append(picture)
    return found


def _write_documents(site: Site) -> None:
    titles = {}
    for file, page in site.documents.items():
        text = _text(site.root, file)
        titles[page] = text.split("\n", 1)[0].lstrip("# ")
        source = re.search(r"results/(\w+)/notebook", text) if page.startswith("methods/") else None
        model = report_pages.model(site.notebooks[source[1]]) if source else ""
        body = site.lead(report_pages.markdown(text), file, page)
        site.write(page, "page.html", title=titles[page], body=body, model=model)
    site.write("methods/index.html", "methods.html", titles=titles)


def _write_notebooks(site: Site, pictures: Iterable[Picture]) -> None:
    for name, notebook in site.notebooks.items():
        file = f"results/{name}/{provenance.FILE_NAME}"
        record = json.loads(_text(site.root, file)) if (site.root / file).is_file() else None
        own = {p.stem: p for p in pictures if p.notebook == name}
        page, base = f"notebooks/{name}.html", file if record else f"notebooks/{name}.ipynb"
        cells = report_pages.cells(notebook, own, "" if record else "open")
        values = {"title": site.titles[name], "name": name, "record": record}
        shown = [site.lead(cell, base, page) for cell in cells]
        values["sections"] = re.findall(r'<h2 id="([^"]+)">(.*?)</h2>', "".join(shown))
        site.write(page, "notebook.html", cells=shown, **values)


def _numbers(site: Site) -> list[tuple]:
    """All findings, a row each."""
    paths = [site.root / "results" / name / FILE_NAME for name in site.notebooks]
    tables = [pd.read_csv(p, dtype=str, keep_default_na=False) for p in paths if p.is_file()]
    return list(pd.concat(tables, ignore_index=True).fillna("").itertuples())


def _write_ledger(site: Site) -> None:
    """The ledger by issue, and every row in full on the page of its issue."""
    facts, told = published.facts(), stories.stories(site.ledger)
    known = {"check": check_rows(facts), "claim": claim_rows(facts)}

    def origin(row: object) -> str:
        rows = known[row.row_type]
        return "\n".join(explained(rows[row.id])) if row.id in rows else ""

    counts = stories.counts(site.ledger)
    site.write("ledger/index.html", "ledger.html", stories=told, counts=counts)
    for story in told:
        site.write(f"ledger/{story.issue}.html", "issue.html", story=story, origin=origin)


def main(arguments: Iterable[str] | None = None) -> None:
    """Build the report and say where it is."""
    parser = argparse.ArgumentParser(prog="tools.report", description=__doc__)
    root = repository_root()
    parser.add_argument("--out", type=Path, default=root / "build/report/html")
    site = build(root, parser.parse_args(arguments).out.absolute())
    sys.stdout.write(f"{site / 'index.html'}\n")


if __name__ == "__main__":
    main()
