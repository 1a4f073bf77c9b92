"""Issues, not rows: the ledger told as questions in order of weight, with honest counts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import pandas as pd

from compendium import published
from compendium.ledger.verdict import SEVERITY

JUDGED = ("agrees", "differs", "contradicts")
#: Headlines of the README: the row whose question and answer stand for an issue.
HEADLINES = str.split(
    "A-ratio-gc A-ratio-bulk-gc A-series-clatbp A-fbulk-gclatbp A-Eb-lit A-film-R-gclatbp "
    "A-nmr-joint A-eels-overlap A-alpo4-max-gclatp A-esm-bulk B-li2o B-synergy B-2p9 B-b1s B-5C-p"
)


@dataclass(frozen=True)
class Story:
    """One issue: what is claimed, what the numbers allow, what would settle it, its rows."""

    issue: str
    paper: str
    title: str
    claimed: str
    allowed: str
    settle: str
    weight: float
    rows: pd.DataFrame


def stories(table: pd.DataFrame) -> list[Story]:
    """Tell the ledger issue by issue, the weightiest first.

    The weight of an issue is the sum of the squared severities of its load-bearing rows, and of
    plain facts that contradict: a doubt about a conclusion comes before many conditions.
    """
    found = []
    for row in published.facts().tables["issues"].to_dict("records"):
        rows = table[table["issue"] == row["issue"]]
        checks = rows[rows["row_type"] == "check"].set_index("id")
        answers = [checks.loc[i] for i in row["headline"].split()]
        bears = (rows["load_bearing"] == "yes") | (rows["status"] == "contradicts")
        heavy = rows[bears & (rows["status"] != "input")]
        weight = float(sum(SEVERITY.index(s) ** 2 for s in heavy["status"]))
        allowed = " ".join(f"{a.question} {_answer(a.reading)}" for a in answers)
        told = {name: row[name] for name in ("issue", "paper", "title", "claimed", "settle")}
        found.append(Story(**told, allowed=allowed, weight=weight, rows=_by_doubt(rows)))
    return sorted(found, key=lambda story: -story.weight)


def counts(table: pd.DataFrame) -> pd.Series:
    """Claims, honestly counted: conditions, not testable, hypotheses, judged, and decisions.

    ``independent decisions`` are different formulas-with-inputs behind judged claims: two
    claims decided by one check count once.
    """
    claims = table[table["row_type"] == "claim"]
    judged = claims[claims["status"].isin(JUDGED)]
    computed = judged[judged["decided_how"] == "computed"]
    return pd.Series(
        {
            "claims": len(claims),
            "conditions": int((claims["status"] == "input").sum()),
            "not testable": int((claims["status"] == "not testable").sum()),
            "hypotheses": int((claims["status"] == "hypothesis").sum()),
            "judged": len(judged),
            "independent decisions by computation": computed["decided_by"].nunique(),
        }
    )


def as_html(story: Story) -> str:
    """One story: claim, numbers and what would settle it, its rows folded below."""
    rows = "".join(
        f"<tr><td>{row.id}</td><td>{row.status}</td>"
        f'<td style="text-align: left">{escape(row.reading)}</td></tr>'
        for row in story.rows.itertuples()
    )
    shares = story.rows["status"].value_counts()
    told = ", ".join(f"{n} {status}" for status, n in shares.items())
    parts = [
        f'<h3 id="issue-{story.issue}">{escape(story.title)}</h3>',
        f"<p><b>Claimed.</b> {escape(story.claimed)}</p>",
    ]
    if story.allowed:
        parts.append(f"<p><b>What the numbers allow.</b> {escape(story.allowed)}</p>")
    parts += [
        f"<p><b>What would settle it.</b> {escape(story.settle)}.</p>",
        f"<details><summary>{len(story.rows)} rows: {told}</summary>",
        f"<table>{rows}</table></details>",
    ]
    return "\n".join(parts)


def readme_table(table: pd.DataFrame) -> str:
    """Markdown of the README's table: question, status and first sentence; then the counts."""
    lines = ["| question | verdict | what the printed numbers say |", "|---|---|---|"]
    for row in _headlines(table):
        lines.append(f"| {row.question} (`{row.id}`) | {row.status} | {_first(row.reading)} |")
    n = counts(table)
    told = ", ".join(f"{n[k]} {k}" for k in ("conditions", "not testable", "hypotheses", "judged"))
    decisions = n["independent decisions by computation"]
    lines += [
        "",
        f"{n['claims']} claims: {told}; {decisions} independent decisions by computation.",
    ]
    return "\n".join(lines)


def short_answers(table: pd.DataFrame) -> str:
    """HTML of the same questions and answers, each led by the story that it belongs to."""
    left = 'style="text-align: left"'
    titles = published.facts().tables["issues"].set_index("issue")["title"]
    rows = "".join(
        f'<tr><td {left}><a href="#issue-{row.issue}">{escape(titles[row.issue])}</a></td>'
        f"<td {left}>{row.status}</td>"
        f"<td {left}>{escape(row.question)} {escape(_first(row.reading))}</td></tr>"
        for row in _headlines(table)
    )
    return f"<table>{rows}</table>"


def _headlines(table: pd.DataFrame) -> Iterable[tuple]:
    checks = table[table["row_type"] == "check"].set_index("id", drop=False)
    return checks.loc[HEADLINES].itertuples()


def _answer(reading: str) -> str:
    """A reading without what would settle it, which its story says once."""
    return reading.split(" Would settle it: ")[0]


def _first(reading: str) -> str:
    """The first sentence of a reading."""
    return re.split(r"(?<=\.) (?=[A-Z])", reading, maxsplit=1)[0]


def _by_doubt(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the strongest doubt first, conditions last."""
    order = [*reversed(SEVERITY), "input"]
    return rows.sort_values("status", key=lambda s: s.map(order.index), kind="stable")
