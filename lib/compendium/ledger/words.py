"""Sentences of the ledger: which one a row says, and the numbers put into it."""

import math
import re
from fnmatch import fnmatchcase

from compendium.ledger.engine import Outcome, Row
from compendium.published import Facts
from nasicon.core.interval import Quantity, deviation_percent, sig

NO_SOLUTION = "With these numbers the equations have no solution, so nothing is judged."
_FIELD = re.compile(r"\{([^{}:]+)(?::(\d+)?(\+)?)?\}")
DIGITS = 3
_ENDLESS = "without bound"


def sentence(facts: Facts, row_id: str, status: str) -> str:
    """Find the sentence of a row for a status: its own, or that of its family (``A-series-*``).

    Raises
    ------
    ValueError
        No sentence for the status; the message names the row.
    """
    found = facts.sentences.get(_family(facts, row_id, status), "")
    if not found:
        raise ValueError(f"{row_id}: readings.csv has no sentence for {status!r}; add one")
    return found


def fill(row: Row, outcome: Outcome, text: str) -> str:
    """Put numbers into a sentence.

    Understood are ``{computed}``, ``{range}`` (rounding), ``{scatter}`` (experimental),
    ``{stated}``, ``{percent}`` (stated over computed), outputs of the formula by name with
    ``.range`` and ``.scatter``, inputs as printed by position (``{1}``) and claims by id.
    ``:2`` sets the digits, ``:2+`` shows the sign.
    """

    def put(match: re.Match) -> str:
        name, digits, plus = match[1], int(match[2] or DIGITS), bool(match[3])
        return _value(row, outcome, name, digits, plus)

    return _FIELD.sub(put, text)


def _value(row: Row, outcome: Outcome, name: str, digits: int, plus: bool) -> str:
    if name.isdigit():
        return _printed(row, row.tokens[int(name) - 1] if row.tokens else row.claims[int(name) - 1])
    if row.facts.is_claim(name):
        return row.facts.claim(name).printed
    if name == "stated":
        return stated_text(row)
    if name == "percent":
        off = deviation_percent(stated_number(row), outcome.computed)
        return f"{off:+.1f}"
    stem, _, kind = name.partition(".")
    stem = {"range": "computed", "scatter": "computed"}.get(stem, stem)
    kind = kind or (name if name in ("range", "scatter") else "")
    pool = outcome.wide_named if kind == "scatter" else outcome.named
    if stem not in pool:
        raise ValueError(f"{row.id}: a sentence asks for {{{name}}}, which is not computed")
    q = pool[stem]
    if kind:
        return interval_text(q, digits)
    if not math.isfinite(q.value):
        return _ENDLESS if q.value > 0 else "no number"
    if plus:
        return f"{q.value:+.{digits - 1}f}"
    whole = q.value == round(q.value) and q.lo == q.hi and abs(q.value) < 1e4
    return f"{q.value:.0f}" if whole else sig(q.value, digits)


def interval_text(q: Quantity, digits: int = DIGITS) -> str:
    """``1.14 to 1.16``; one number where both ends read alike; ``above`` where there is no end."""
    if not math.isfinite(q.lo):
        return _ENDLESS if q.lo > 0 else "no number"
    low, high = sig(q.lo, digits), sig(q.hi, digits)
    if not math.isfinite(q.hi):
        return f"{low} and more"
    return low if low == high else f"{low} to {high}"


def explained(row: Row) -> list[str]:
    """What a row asks, its equation and every number that enters, line by line."""
    table, function = row.table, row.formula
    lines = [f"question     {table['question']}"]
    if function is not None:
        lines.append(f"equation     {function.__doc__.splitlines()[0]}")
        lines.append(f"computed by  {function.__module__}.{function.__qualname__}")
    told = {"source": table["source"], "held against": stated_text(row), "basis": table["basis"]}
    lines += [f"{k:12s} {text}" for k, text in told.items() if text]
    for claim_id in row.claims:
        claim = row.facts.claim(claim_id)
        width = f" +- {claim.half_width:g}" if claim.half_width == claim.half_width else ""
        lines.append(f"  {claim_id:24s} {claim.printed}{width} {claim.unit}")
    for name in row.assumed:
        a = row.facts.assumed(name)
        lines.append(
            f"  {name:24s} {a['value']} ({a['low']} to {a['high']}) {a['unit']}: {a['source']}"
        )
    for name in row.widths:
        w = row.facts.interval(name)
        lines.append(f"  {name:24s} {w['kind']} {w['high']}, {w['what']}: {w['source']}")
    return lines


def stated_number(row: Row) -> float | str:
    """Number that the row is held against, empty where it is a phrase or a window."""
    ends = [p.lstrip("!") for p in row.table["stated"].split("..") if not _endless(p)]
    if len(ends) == 1 and row.facts.is_claim(ends[0]):
        return row.facts.claim(ends[0]).number
    try:
        return float(row.table["stated"])
    except ValueError:
        return ""


def stated_text(row: Row) -> str:
    """What the row is held against, in words: as printed, a phrase, or ``a to b``."""
    text = row.table["stated"]
    if text.startswith("wording:"):
        return text.removeprefix("wording:")
    ends = [part for part in text.split("..") if not _endless(part)]
    shown = [f"{float(e):g}" if _is_number(e) else _printed(row, e) for e in ends]
    if ".." not in text or len(ends) == 2:
        return " to ".join(shown)
    claim = row.table["claim_or_finding"] == "claim" and not _is_number(ends[0])
    return (
        shown[0] if claim else f"{'below' if _endless(text.split('..')[0]) else 'above'} {shown[0]}"
    )


def _endless(text: str) -> bool:
    return text in ("inf", "-inf")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[\d.]+(e-?\d+)?", text) is not None


def _printed(row: Row, token: str) -> str:
    token = token.lstrip("!")
    if row.facts.is_claim(token):
        return row.facts.claim(token).printed
    if row.facts.is_assumed(token):
        return row.facts.assumed(token)["value"]
    return token.lstrip("=")


def _family(facts: Facts, row_id: str, status: str) -> tuple[str, str]:
    """Key of the sentence: the row's own, else the longest family pattern that fits."""
    table = facts.sentences
    if (row_id, status) in table:
        return row_id, status
    fits = [p for p, s in table if s == status and "*" in p and fnmatchcase(row_id, p)]
    return (max(fits, key=len) if fits else row_id), status


def check_sentences(facts: Facts, rows: list[Row]) -> None:
    """Every status that a row can reach has a sentence, and every sentence a row.

    Raises
    ------
    ValueError
        Naming the rows without a sentence, or the sentence without a row.
    """
    used, missing = set(), []
    for row in rows:
        hand = row.table["rule"].removeprefix("by hand: ")
        statuses = (hand,) if row.formula is None else row.standing.reachable()
        for status in statuses:
            key = _family(facts, row.id, status)
            used.add(key)
            if key not in facts.sentences:
                missing.append(f"{row.id}: {status}")
    if missing:
        raise ValueError(f"readings.csv has no sentence for {'; '.join(missing)}")
    if idle := sorted(set(facts.sentences) - used):
        raise ValueError(
            f"readings.csv: no row can reach {'; '.join(f'{r}: {s}' for r, s in idle)}"
        )
