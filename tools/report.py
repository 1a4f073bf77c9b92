"""The report: executed notebooks, ledger, figures and API as a static site that opens from disk.

``python -m tools.report [--out FOLDER]`` fills ``docs/site`` and has Sphinx
(with MyST-NB, extra ``report``) build it. Nothing is executed and nothing is fetched:
the notebooks are those of ``results/``.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from compendium import normalize, provenance
from compendium.paths import repository_root
from nasicon.core.findings import FILE_NAME
from tools.report_pages import findings_page, index_page, ledger_pages

ORDER = (
    "latp_fig1_xrd",
    "latp_figS2_microstructure",
    "latp_fig2_nyquist",
    "latp_fig2_arrhenius",
    "latp_fig3_nmr",
    "latp_fig3_raman",
    "latp_fig4_boundaries",
    "latp_fig5_esm",
    "latp_fig6_relaxation",
    "lagp_fig1_synthesis",
    "lagp_fig2_xrd",
    "lagp_fig3_grains",
    "lagp_fig4_chemistry",
    "lagp_fig5_nyquist",
    "lagp_fig6_cells",
    "lagp_figS4_lsv",
    "literature",
    "audit",
    "validation",
)
# A package shows what it defines; what it re-exports stands on its own page.
MEMBERS = "   :members:\n   :ignore-module-all:\n"


class ReportError(RuntimeError):
    """The site could not be built."""


def notebook_ids(root: Path) -> list[str]:
    """Executed notebooks there are, in reading order."""
    found = {path.parent.name for path in (root / "results").glob("*/notebook.ipynb")}
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def title(notebook: dict) -> str:
    """First heading of a notebook."""
    for cell in notebook["cells"]:
        for line in "".join(cell["source"]).splitlines():
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line[2:].strip()
    raise ReportError("a notebook without a title: its first cell must start with '# '")


def write_source(root: Path, source: Path) -> None:
    """Fill a folder with everything that Sphinx is to build.

    Parameters
    ----------
    root : Path
        The repository's root.
    source : Path
        Written anew.

    Raises
    ------
    ReportError
        No executed notebook, or no ledger: ``make update`` makes them.
    """
    ids = notebook_ids(root)
    if not ids or not (root / "results/ledger.csv").is_file():
        raise ReportError("results/ holds no executed notebooks or no ledger.csv: run make update")
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(root / "docs/site", source)
    ledger = pd.read_csv(root / "results/ledger.csv", keep_default_na=False)
    titles = {}
    (source / "notebooks").mkdir()
    for name in ids:
        notebook = normalize.read(root / "results" / name / "notebook.ipynb")
        titles[name] = title(notebook)
        _write_notebook(source / "notebooks" / f"{name}.ipynb", name, notebook, root)
    figures = {name: _copy_figures(root, source, name) for name in ids}
    modules = _write_api(root, source / "api")
    pages = {f"ledger/{k}": v for k, v in ledger_pages(ledger, set(ids), modules).items()}
    pages["findings"] = findings_page(_findings(root, ids), titles)
    pages["index"] = index_page(ids, titles, ledger, figures)
    (source / "ledger").mkdir()
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
    _write_methods(root, source / "methods")


def _findings(root: Path, ids: Iterable[str]) -> pd.DataFrame:
    paths = [root / "results" / name / FILE_NAME for name in ids]
    tables = [pd.read_csv(p, dtype=str, keep_default_na=False) for p in paths if p.is_file()]
    return pd.concat(tables, ignore_index=True)


def _write_notebook(path: Path, name: str, notebook: dict, root: Path) -> None:
    """Copy an executed notebook with a first note on where it comes from."""
    record = json.loads((root / "results" / name / provenance.FILE_NAME).read_text("utf-8"))
    given = ", ".join(f"`{k}={v!r}`" for k, v in record["parameters"].items()) or "none"
    inputs = "".join(f"- `{i['file']}` sha256 `{i['sha256'][:16]}…`\n" for i in record["inputs"])
    note = (
        f"**Executed** `notebooks/{name}.ipynb` with {record['library']}; parameters: {given}. "
        f"Its numbers: `results/{name}/findings.csv`, its rows of the ledger: "
        f"{{ref}}`ledger <ledger>`.\n"
    )
    if inputs:
        note += f"\n<details><summary>{len(record['inputs'])} input files</summary>\n\n{inputs}\n"
        note += "</details>\n"
    cells = list(notebook["cells"])
    where = {
        "cell_type": "markdown",
        "id": "provenance",
        "metadata": {},
        "source": note.splitlines(keepends=True),
    }
    cells.insert(1, where)
    cells = [_inside_the_site(cell) for cell in cells]
    path.write_text(normalize.as_text({**notebook, "cells": cells}), encoding="utf-8", newline="\n")


def _inside_the_site(cell: dict) -> dict:
    """Lead the links of an executed cell to the site's own pages.

    A module to its page of the library, another notebook to its page: by the page's source in
    Markdown that the site builds, by the page itself in outputs, which it takes as they are.
    """
    api, page = ("md", "ipynb") if cell["cell_type"] == "markdown" else ("html", "html")
    text = json.dumps(cell, ensure_ascii=False)
    text = re.sub(
        r'(\]\(|href=\\")\.\./\.\./lib/([\w/]+)\.py(?:#L\d+)?',
        lambda match: f"{match[1]}../api/{match[2].replace('/', '.')}.{api}",
        text,
    )
    text = re.sub(r'(\]\(|href=\\")\.\./\.\./results/(\w+)/notebook\.ipynb', rf"\1\2.{page}", text)
    return json.loads(text)


def _copy_figures(root: Path, source: Path, name: str) -> list[str]:
    figures = sorted((root / "results" / name).glob("*.svg"))
    target = source / "_static/figures" / name
    target.mkdir(parents=True)
    for figure in figures:
        shutil.copyfile(figure, target / figure.name)
    return [figure.name for figure in figures]


def _write_api(root: Path, folder: Path) -> set[str]:
    """One page per module of the packages; their names."""
    library = root / "lib"
    folder.mkdir()
    names = []
    for path in sorted(library.rglob("*.py")):
        parts = path.relative_to(library).with_suffix("").parts
        if parts[-1] == "__main__":
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        names.append(name)
        page = f"# {name}\n\n```{{eval-rst}}\n.. automodule:: {name}\n{MEMBERS}```\n"
        (folder / f"{name}.md").write_text(page, encoding="utf-8", newline="\n")
    listing = "\n".join(sorted(names))
    page = f"# Library\n\n```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```\n"
    (folder / "index.md").write_text(page, encoding="utf-8", newline="\n")
    return set(names)


def _write_methods(root: Path, folder: Path) -> None:
    folder.mkdir()
    pages = sorted((root / "docs/methods").glob("*.md"))
    for page in pages:
        shutil.copyfile(page, folder / page.name)
    listing = "\n".join(page.stem for page in pages)
    text = f"# Methods\n\n```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```\n"
    (folder / "index.md").write_text(text, encoding="utf-8", newline="\n")


def build(root: Path, out: Path) -> Path:
    """Build the site; the folder of its ``index.html``.

    Raises
    ------
    ReportError
        Sphinx fails or warns: a link that leads nowhere is an error.
    """
    source, site = out / "source", out / "html"
    write_source(root, source)
    shutil.rmtree(site, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "html",
        "-d",
        str(out / "doctrees"),
        str(source),
        str(site),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReportError(f"Sphinx failed:\n{done.stderr}")
    return site


def main(arguments: Iterable[str] | None = None) -> int:
    """Build the report and say where it is."""
    parser = argparse.ArgumentParser(prog="tools.report", description=__doc__)
    root = repository_root()
    parser.add_argument("--out", type=Path, default=root / "build/report")
    options = parser.parse_args(arguments)
    try:
        site = build(root, options.out.absolute())
    except ReportError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{site / 'index.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
