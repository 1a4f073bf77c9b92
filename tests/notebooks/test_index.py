"""The landing pages: every picture and link leads somewhere, every notebook is shown."""

import json
import re

import pandas as pd
import pytest

from compendium.paths import repository_root

ROOT = repository_root()
LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(text):
    return [link.split("#")[0] for link in LINK.findall(text) if "://" not in link]


def markdown(name):
    cells = json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


def test_every_notebook_has_its_picture_on_the_index():
    found = set(links(markdown("index.ipynb")))
    notebooks = {p.name for p in (ROOT / "notebooks").glob("*.ipynb")} - {"index.ipynb"}
    assert notebooks <= found
    notebooks = {name for name in notebooks if not name.startswith("measure_")}  # a reader's own
    shown = {link.split("/")[2] for link in found if link.startswith("../results/")}
    assert shown == {name.removesuffix(".ipynb") for name in notebooks}


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/your-data.md", "notebooks/index.ipynb"]
)
def test_links_lead_somewhere(page):
    path = ROOT / page
    text = markdown(path.name) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    found = links(text)
    assert found
    dead = [link for link in found if not (path.parent / link).resolve().exists()]
    assert dead == []


@pytest.mark.parametrize("page", ["README.md", "notebooks/index.ipynb"])
def test_the_first_screen_says_the_ledgers_verdicts(page):
    path = ROOT / page
    text = markdown(path.name) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    (found,) = re.findall(r"\*\*What it found\.\*\*.*", text)
    said = re.findall(r"\(\*(\w+)\*, `([^`]+)`\)", found)
    ledger = pd.read_csv(ROOT / "results/ledger.csv", keep_default_na=False)
    checks = ledger[ledger["row_type"] == "check"].set_index("id")["status"]
    assert len(said) == 5
    assert [(checks[row], row) for _, row in said] == said
    assert text.index(found) < text.index("\n## "), "before the first section"
