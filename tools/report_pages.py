"""Pages of the report as text: the ledger row by row, the findings, the landing page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from compendium import published
from compendium.ledger import stories
from compendium.ledger.build import check_rows, claim_rows
from compendium.ledger.words import explained

PAPERS = {"A": "LATP paper", "B": "LAGP paper"}
LEVELS = (
    ("printed", "a number in the paper, transcribed", "it is the claim"),
    (
        "derived",
        "computed from printed numbers, rounding and experimental scatter carried along",
        "where it rests on printed digits and tabulated constants",
    ),
    ("literature", "measured and published by others", "context"),
    (
        "simulated",
        "analysis of a simulated measurement built from printed numbers and declared assumptions",
        "no: it shows what such a measurement could resolve",
    ),
    (
        "measured",
        "analysis of a real instrument file",
        "yes, for that sample; here it proves the code",
    ),
)


def anchor(row: object) -> str:
    """Label of a ledger row. One id may be a claim and a check; ids may differ by case alone."""
    upper = "-upper" if any(c.isupper() for c in row.id[1:]) else ""
    return f"{row.row_type}-{row.id}{upper}".lower()


def ledger_pages(ledger: pd.DataFrame, ids: set[str], modules: set[str]) -> dict[str, str]:
    """Pages of the ledger by file name: one table of all rows, and every row in full.

    Parameters
    ----------
    ledger : DataFrame
        ``results/ledger.csv`` as text.
    ids, modules : set of str
        Notebooks and modules that have a page to link to.
    """
    rows = [
        (
            _row_link(row),
            PAPERS[row.paper],
            row.row_type,
            f'<span class="status-{row.status.split()[0]}">{row.status}</span>',
            html.escape(row.subject),
        )
        for row in ledger.itertuples()
    ]
    kinds = [(kind, paper) for paper in PAPERS for kind in ("check", "claim")]
    listing = "\n".join(_page_name(*pair) for pair in kinds)
    pages = {
        "index": "(ledger)=\n# Ledger: every claim and every check\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{listing}\n```\n\n"
        + _table(("row", "paper", "kind", "status", "what"), rows)
    }
    for kind, paper in kinds:
        chosen = ledger[(ledger["row_type"] == kind) & (ledger["paper"] == paper)]
        parts = [f"# {PAPERS[paper]}: {kind}s\n"]
        parts += [_row_text(row, ids, modules) for row in chosen.itertuples()]
        pages[_page_name(kind, paper)] = "\n".join(parts)
    return pages


def findings_page(findings: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """All numbers that the notebooks found, each with a link to its notebook."""
    rows = [
        (
            f'<a href="notebooks/{row.notebook}.html">{html.escape(titles[row.notebook])}</a>',
            *(html.escape(text) for text in (row.sample, row.quantity)),
            " ".join(filter(None, (row.value, "" if row.unit == "1" else row.unit))),
            f"{row.ci_low} to {row.ci_high}" if row.ci_low and row.ci_high else "",
            row.evidence,
            html.escape(row.method),
            row.flag.replace(";", ", "),
        )
        for row in findings.itertuples()
    ]
    head = ("notebook", "sample", "quantity", "value", "95 %", "evidence", "method", "flag")
    return "(findings)=\n# Findings: every number the notebooks found\n\n" + _table(head, rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of HTML cells that ``filter.js`` gives a filter."""
    titles = "".join(f"<th>{name}</th>" for name in head)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<table class="ledger docutils"><thead><tr>{titles}</tr></thead>'
        f"<tbody>\n{body}\n</tbody></table>\n"
    )


def _page_name(kind: str, paper: str) -> str:
    return f"{kind}s-{paper.lower()}"


def _row_link(row: object) -> str:
    page = _page_name(row.row_type, row.paper)
    return f'<a href="{page}.html#{anchor(row)}">{html.escape(row.id)}</a>'


def _row_text(row: object, ids: set[str], modules: set[str]) -> str:
    """One row in full: verdict, numbers, and links to its notebook and its function."""
    lines = [f"({anchor(row)})=\n\n### {row.id}\n", f"*{_plain(row.subject)}*\n"]
    lines.append(f"**{row.status}** ({row.evidence}). {_plain(row.reading)}\n")
    unit = "" if row.unit == "1" else f" {row.unit}"
    facts = {
        "question": row.question,
        "computed": f"{row.computed} ({row.lo} to {row.hi}){unit}" if row.computed else "",
        "with experimental scatter": f"{row.exp_lo} to {row.exp_hi}{unit}" if row.exp_lo else "",
        "stated": f"{row.stated}",
        "assumptions": row.assumptions,
        "decided how": row.decided_how,
        "criterion": row.criterion,
        "decided by": row.decided_by,
    }
    lines += [f"- {name}: {_plain(str(value))}" for name, value in facts.items() if value]
    if row.notebook in ids:
        lines.append(f"- notebook: [{row.notebook}](../notebooks/{row.notebook}.ipynb)")
    module, _, function = row.function.rpartition(".")
    if module in modules:
        lines.append(f"- function: {{py:func}}`{function} <{row.function}>`")
    if origin := _origin(row):
        lines.append("\n```text\n" + "\n".join(origin) + "\n```")
    return "\n".join(lines) + "\n"


def _origin(row: object) -> list[str]:
    """Equation, sources and every number that enters, for a row with a formula of its own."""
    facts = published.facts()
    rows = check_rows(facts) if row.row_type == "check" else claim_rows(facts)
    return explained(rows[row.id]) if row.id in rows else []


def _plain(text: str) -> str:
    """Text as it stands: nothing in it is markup."""
    for mark in "\\`*_{}[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return text


def index_page(
    ids: list[str],
    titles: Mapping[str, str],
    ledger: pd.DataFrame,
    figures: Mapping[str, list[str]],
) -> str:
    """Landing page: what this is, evidence levels, verdicts, gallery.

    Parameters
    ----------
    ids : list of str
        Notebooks in reading order.
    titles, figures : mapping
        Title and figure files of each notebook.
    ledger : DataFrame
    """
    claims = (ledger["row_type"] == "claim").sum()
    counts = pd.crosstab([ledger["paper"], ledger["row_type"]], ledger["status"])
    head = "| paper | rows | " + " | ".join(counts.columns) + " |"
    rule = "|---|---|" + "---|" * len(counts.columns)
    table = [head, rule] + [
        f"| {PAPERS[paper]} | {kind}s | " + " | ".join(map(str, row)) + " |"
        for (paper, kind), row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    levels = "\n".join(f"| {' | '.join(level)} |" for level in LEVELS)
    anchors = {row.id: anchor(row) for row in ledger[ledger["row_type"] == "check"].itertuples()}
    headlines = re.sub(
        r"`([AB]-[^`]+)`",
        lambda m: f"{{ref}}`{m[1]} <{anchors[m[1]]}>`",
        stories.readme_table(ledger),
    )
    listing = "\n".join(f"{titles[name]} <notebooks/{name}>" for name in ids)
    return f"""# NASICON compendium

Two papers ask what glassy grain boundaries and additives do to lithium conduction in NASICON
ceramics. Their raw data are not public. This report re-analyses what they print: {len(ids)}
executed notebooks, {claims} claims and {len(ledger) - claims} consistency checks with a verdict
each. Every number leads to its notebook and to the one function that computed it.

## Evidence levels

| level | meaning | may it confirm a paper? |
|---|---|---|
{levels}

## The ledger at a glance

{chr(10).join(table)}

All rows: {{ref}}`ledger <ledger>`; all numbers: {{ref}}`findings <findings>`.

## What it found

{headlines}

## Figures

<div class="gallery">
{_gallery(ids, figures)}
</div>

```{{toctree}}
:hidden:
:caption: Notebooks

{listing}
```

```{{toctree}}
:hidden:
:caption: Background

ledger/index
findings
methods/index
api/index
```
"""


def _gallery(ids: Iterable[str], figures: Mapping[str, list[str]]) -> str:
    items = []
    for name in ids:
        for figure in figures[name]:
            label = f"{name}: {figure.removesuffix('.svg')}".replace("_", " ")
            items.append(
                f'<a href="notebooks/{name}.html"><img loading="lazy" '
                f'src="_static/figures/{name}/{figure}" alt="{label}"><span>{label}</span></a>'
            )
    return "\n".join(items)
