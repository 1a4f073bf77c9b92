"""The report: landing, figures, notebooks, ledger, numbers and library as a static site.

``python -m tools.report [--out FOLDER] [NOTEBOOK ...]`` writes pages that open from disk, from
what is committed: nothing is executed, nothing is fetched, and a link that leads nowhere is an
error. With notebooks named, only theirs are built; links to the others lead to their files.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
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
#: Documents by their file, and the page that each becomes.
DOCUMENTS = {
    "README.md": "index.html",
    "docs/your-data.md": "your-data.html",
    "docs/trust.md": "trust.html",
    "docs/figures.md": "items.html",
    "docs/libraries.md": "libraries.html",
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
#: Whose model is the equation of a methods page.
MODELS = {
    "composition": "lagp_fig1_synthesis",
    "cycling": "lagp_fig6_cells",
    "diffraction": "lagp_fig2_xrd",
    "eels": "latp_fig4_boundaries",
    "esm": "latp_fig5_esm",
    "grains": "lagp_fig3_grains",
    "impedance": "latp_fig2_nyquist",
    "nmr": "latp_fig3_nmr",
    "raman": "latp_fig3_raman",
    "transport": "latp_fig2_arrhenius",
    "xps": "lagp_fig4_chemistry",
}
LINK = re.compile(
    r'(<(?P<tag>a|img)\b[^>]*? (?:href|src)=")(?P<to>[^"#:?]*)(?:\?[^"#]*)?(?P<at>#[^"]*)?(?=")'
)


class ReportError(RuntimeError):
    """The site could not be built."""


class Site:
    """Pages by address, and where each file of the repository is found among them.

    Parameters
    ----------
    root, out : Path
        The repository, and the folder to write to.
    """

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out = root, out
        self.places = DOCUMENTS | ELSEWHERE
        self.pages: dict[str, str] = {}
        self.rows: dict[str, str] = {}
        loader = FileSystemLoader(root / "docs/site")
        self.templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        code = re.search(publish.ADDRESS, (root / "CITATION.cff").read_text("utf-8"))
        self.templates.globals.update(
            papers=PAPERS, address=code[1] if code else "", binder=publish.binder
        )

    def write(self, page: str, template: str, **values: object) -> None:
        """Fill a template."""
        up = "../" * page.count("/")
        self.pages[page] = self.templates.get_template(template).render(page=page, up=up, **values)

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
        stem = PurePosixPath(name).with_suffix("").as_posix()
        if match["tag"] == "img" and f"{stem}.png" in self.places:
            name = f"{stem}.png"
        place = self.places.get(name)
        if place is None:
            if not (self.root / name).is_file():
                raise ReportError(f"{base}: a link leads to {name}, which is not there")
            place = f"files/{name}"
            self.copy(self.root / name, place)
        if at.startswith("#L"):  # a line of a file
            at = ""
        return os.path.relpath(place, PurePosixPath(page).parent) + at

    def copy(self, source: Path, place: str) -> None:
        """Copy a file into the site."""
        (self.out / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, self.out / place)

    def save(self) -> None:
        """Write the pages.

        Raises
        ------
        ReportError
            A link leads to a page or a place in it that is not there.
        """
        anchors = {p: set(re.findall(r'\bid="([^"]+)"', text)) for p, text in self.pages.items()}
        dead = []
        for page, text in self.pages.items():
            for match in LINK.finditer(text):
                to = (
                    os.path.normpath(PurePosixPath(page).parent / match["to"])
                    if match["to"]
                    else page
                )
                at = (match["at"] or "")[1:]
                there = to in anchors or (self.out / to).is_file()
                if not there or (at and to in anchors and at not in anchors[to]):
                    dead.append(f"{page}: {match['to']}{match['at'] or ''}")
            (self.out / page).parent.mkdir(parents=True, exist_ok=True)
            (self.out / page).write_text(text, encoding="utf-8", newline="\n")
        if dead:
            raise ReportError("links that lead nowhere:\n" + "\n".join(sorted(set(dead))))


def build(root: Path, out: Path, notebooks: Sequence[str] = ()) -> Path:
    """Build the site; the folder of its ``index.html``.

    Parameters
    ----------
    root, out : Path
        The repository, and a folder that is written anew.
    notebooks : sequence of str
        Of these executed notebooks only; empty takes all.

    Raises
    ------
    ReportError
        No results, an unknown notebook, or a dead link.
    """
    executed = {p.parent.name: p for p in sorted((root / "results").glob("*/notebook.ipynb"))}
    if not executed or not (root / "results/ledger.csv").is_file():
        raise ReportError("results/ holds no executed notebooks or no ledger.csv: run make update")
    if unknown := set(notebooks) - set(executed):
        raise ReportError(f"no executed notebook {', '.join(sorted(unknown))} in results/")
    order = sorted(
        notebooks or executed, key=lambda n: (n[:4] != "latp", n[:4] != "lagp", n == "audit")
    )
    chosen = {name: normalize.read(executed[name]) for name in order}
    titles = {name: report_pages.title(notebook) for name, notebook in chosen.items()}
    measure = {
        p.stem: normalize.read(p)
        for p in sorted((root / "notebooks").glob("measure_*.ipynb"))
        if not notebooks or p.stem == "measure_eis"
    }
    shutil.rmtree(out, ignore_errors=True)
    site = Site(root, out)
    for name in (*chosen, *measure):
        place = f"notebooks/{name}.html"
        site.places |= {f"results/{name}/notebook.ipynb": place, f"notebooks/{name}.ipynb": place}
    pictures = _pictures(site, chosen, titles)
    ledger = pd.read_csv(root / "results/ledger.csv", keep_default_na=False)
    modules = report_pages.modules(root / "lib")
    for name in modules:
        path = (root / "lib" / name.replace(".", "/")).with_suffix(".py")
        file = path if path.is_file() else path.with_suffix("") / "__init__.py"
        site.places[file.relative_to(root).as_posix()] = f"api/{name}.html"
    methods = sorted(p.stem for p in (root / "docs/methods").glob("*.md"))
    site.places |= {f"docs/methods/{name}.md": f"methods/{name}.html" for name in methods}
    told = stories.stories(ledger)
    site.rows |= {r.id: f"ledger/{r.issue}.html#{anchor(r)}" for r in ledger.itertuples()}
    _write_documents(site, methods, chosen)
    _write_notebooks(site, chosen | measure, titles, pictures)
    site.write("gallery.html", "gallery.html", pictures=pictures, titles=titles, measure=measure)
    _write_ledger(site, told, ledger, set(chosen), modules)
    paths = [root / "results" / name / FILE_NAME for name in chosen]
    tables = [pd.read_csv(p, dtype=str, keep_default_na=False) for p in paths if p.is_file()]
    numbers = pd.concat(tables, ignore_index=True).fillna("")
    site.write("numbers.html", "numbers.html", rows=list(numbers.itertuples()), titles=titles)
    for name, module in modules.items():
        site.write(f"api/{name}.html", "module.html", name=name, module=module)
    site.write("api/index.html", "modules.html", modules=modules)
    for path in sorted((root / "docs/site/static").iterdir()):
        site.copy(path, f"static/{path.name}")
    (out / "static/code.css").write_text(report_pages.code_style(), encoding="utf-8")
    site.save()
    return out


def anchor(row: object) -> str:
    """Place of a ledger row on its page. One id may be a claim and a check, or differ by case."""
    upper = "-upper" if any(c.isupper() for c in row.id[1:]) else ""
    return f"{row.row_type}-{row.id}{upper}".lower()


def _pictures(site: Site, notebooks: dict[str, dict], titles: dict[str, str]) -> list[Picture]:
    """Every figure as PNG and SVG in the site; its words from register and finding."""
    register = pd.read_csv(site.root / "docs/figures.csv", dtype=str, keep_default_na=False)
    named: dict[tuple[str, str], str] = {}
    for row in register.itertuples():
        for stem in row.panels.split():
            named.setdefault((row.notebook, stem), f"{row.item}: {row.shows}")
    found = []
    for name, notebook in notebooks.items():
        for picture in report_pages.pictures(notebook, name):
            picture.title = named.get((name, picture.stem), titles[name].split(":")[-1].strip())
            svg = f"results/{name}/{picture.stem}.svg"
            site.copy(site.root / svg, f"figures/{name}/{picture.stem}.svg")
            png = f"figures/{name}/{picture.stem}.png"
            (site.out / png).write_bytes(picture.png)
            site.places |= {svg: png.replace(".png", ".svg"), svg.replace(".svg", ".png"): png}
            found.append(picture)
    return found


def _write_documents(site: Site, methods: list[str], notebooks: dict[str, dict]) -> None:
    pages = DOCUMENTS | {f"docs/methods/{n}.md": f"methods/{n}.html" for n in methods}
    titles = {}
    for file, page in pages.items():
        text = (site.root / file).read_text(encoding="utf-8")
        titles[page] = text.split("\n", 1)[0].lstrip("# ")
        name = PurePosixPath(file).stem
        model = ""
        if file.startswith("docs/methods/") and MODELS[name] in notebooks:
            model = report_pages.model(notebooks[MODELS[name]])
        body = site.lead(report_pages.markdown(text), file, page)
        values = {"title": titles[page], "body": body, "model": model}
        site.write(page, "page.html", source=MODELS.get(name, ""), **values)
    listed = {page: title for page, title in titles.items() if page.startswith("methods/")}
    site.write("methods/index.html", "methods.html", pages=listed)


def _write_notebooks(
    site: Site, notebooks: dict[str, dict], titles: dict[str, str], pictures: list[Picture]
) -> None:
    for name, notebook in notebooks.items():
        file = site.root / "results" / name / provenance.FILE_NAME
        record = json.loads(file.read_text("utf-8")) if file.is_file() else None
        own = {p.stem: p for p in pictures if p.notebook == name}
        base = f"results/{name}/notebook.ipynb" if record else f"notebooks/{name}.ipynb"
        page = f"notebooks/{name}.html"
        values = {
            "title": titles.get(name) or report_pages.title(notebook),
            "cells": [site.lead(c, base, page) for c in report_pages.cells(notebook, own)],
            "record": record,
            "name": name,
            "sections": report_pages.sections(notebook),
        }
        site.write(page, "notebook.html", **values)


def _write_ledger(
    site: Site,
    told: list[stories.Story],
    ledger: pd.DataFrame,
    notebooks: set[str],
    modules: dict[str, report_pages.Module],
) -> None:
    """The ledger by issue, and every row in full on the page of its issue."""
    facts = published.facts()
    rows = {"check": check_rows(facts), "claim": claim_rows(facts)}
    common = {"anchor": anchor, "counts": stories.counts(ledger)}
    site.write("ledger/index.html", "ledger.html", stories=told, **common)
    for story in told:
        shown = []
        for row in story.rows.itertuples():
            module, _, function = row.function.rpartition(".")
            known = rows[row.row_type]
            origin = "\n".join(explained(known[row.id])) if row.id in known else ""
            shown.append((row, module if module in modules else "", function, origin))
        values = {"story": story, "rows": shown, "notebooks": notebooks, **common}
        site.write(f"ledger/{story.issue}.html", "issue.html", **values)


def main(arguments: Iterable[str] | None = None) -> int:
    """Build the report and say where it is."""
    parser = argparse.ArgumentParser(prog="tools.report", description=__doc__)
    root = repository_root()
    parser.add_argument("notebooks", nargs="*", help="of these only; default: all")
    parser.add_argument("--out", type=Path, default=root / "build/report/html")
    options = parser.parse_args(arguments)
    try:
        site = build(root, options.out.absolute(), options.notebooks)
    except ReportError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{site / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
