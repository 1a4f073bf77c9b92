"""Settle a row with a measurement: the criterion was written before the data.

A criterion reads ``technique: quantity < number unit``, with ``<``, ``>``, ``within a..b`` or
``within factor f of CLAIM``. It is decided by a *measured* finding whose interval, with the
margin that the recovery ensembles ask for (``recoveries.csv``), lies on one side. The verdict
speaks for that pellet, in a ledger of one's own; the committed one stays.
"""

import difflib
import hashlib
import math
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from compendium.published import Facts
from nasicon.core.interval import Quantity, sig
from nasicon.core.vocabulary import BLOCKING

TECHNIQUES = tuple(
    str.split("eis transport diffraction nmr raman xps eels esm cycling grains composition")
)
FINDING_COLUMNS = ("sample", "quantity", "value", "ci_low", "ci_high", "unit", "evidence", "flag")
_NUMBER = r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?"
_CRITERION = re.compile(
    rf"(?P<technique>\w+): (?P<quantity>.+?) (?:(?P<sign>[<>]) (?P<bound>{_NUMBER})"
    rf"|within (?P<low>{_NUMBER})\.\.(?P<high>{_NUMBER})"
    rf"|within factor (?P<factor>{_NUMBER}) of (?P<claim>\S+))(?: (?P<unit>.+))?"
)


class SettleError(ValueError):
    """A row that cannot be settled with these findings; the message names the row."""


@dataclass(frozen=True)
class Criterion:
    """What a measured quantity must be: met inside [low, high]."""

    technique: str
    quantity: str
    low: float
    high: float
    unit: str
    text: str

    def decide(self, measured: Quantity) -> bool | None:
        """True where the whole interval meets it, False where none of it does, else None."""
        if self.low <= measured.lo and measured.hi <= self.high:
            return True
        if measured.hi < self.low or measured.lo > self.high:
            return False
        return None


def parse(row_id: str, text: str, facts: Facts) -> Criterion:
    """Read a criterion.

    Raises
    ------
    SettleError
        Text that is no criterion, an unknown technique or claim.
    """
    match = _CRITERION.fullmatch(text)
    if match is None or match["technique"] not in TECHNIQUES:
        raise SettleError(
            f"{row_id}: criterion {text!r} does not parse; write 'technique: quantity < number "
            f"unit' with one of {', '.join(TECHNIQUES)}"
        )
    low, high, unit = -math.inf, math.inf, match["unit"] or "1"
    if match["sign"] == "<":
        high = float(match["bound"])
    elif match["sign"] == ">":
        low = float(match["bound"])
    elif match["factor"]:
        name = row_id if match["claim"] == "stated" else match["claim"]
        if not facts.is_claim(name):
            raise SettleError(f"{row_id}: criterion {text!r} names {name!r}, which is no claim")
        claim, factor = facts.claim(name), float(match["factor"])
        low, high, unit = claim.number / factor, claim.number * factor, claim.unit
    else:
        low, high = float(match["low"]), float(match["high"])
    if low > high:
        raise SettleError(f"{row_id}: criterion {text!r} has its ends the wrong way round")
    return Criterion(match["technique"], match["quantity"], low, high, unit, text)


def margin(facts: Facts, quantity: str, row_id: str = "") -> tuple[str, float]:
    """How far such a measurement can be off beyond its interval: kind and size, 0 if not known.

    The row's own ensemble where there is one, else the worst of the quantity's.
    """
    rows = facts.tables["recoveries"][facts.tables["recoveries"]["quantity"] == quantity]
    if (own := rows["claim"] == row_id).any():
        rows = rows[own]
    if rows.empty:
        return "absolute", 0.0
    kind = "relative" if rows["kind"].iloc[0] == "relative" else "absolute"
    return kind, float(rows["margin"].astype(float).max())


def with_margin(measured: Quantity, kind: str, size: float) -> Quantity:
    """The interval and a margin of that kind, independent, in quadrature."""
    extra = size * abs(measured.value) if kind == "relative" else size
    down = math.hypot(measured.value - measured.lo, extra)
    up = math.hypot(measured.hi - measured.value, extra)
    return Quantity(measured.value, measured.value - down, measured.value + up)


def settle(
    ledger: pd.DataFrame, row_id: str, sample: str, findings: Path | str, facts: Facts
) -> tuple[pd.DataFrame, str]:
    """Apply a row's criterion to measured findings.

    Parameters
    ----------
    ledger : DataFrame
        ``results/ledger.csv`` as text; it is not changed.
    row_id : str
        A check, or a claim with a criterion of its own.
    sample : str
        The sample of the papers that the reader vouches the specimen is made like.
    findings : path
        A ``findings.csv`` of one's own measurement.

    Returns
    -------
    ledger : DataFrame
        A copy with that one row settled, or equal where the interval decides nothing.
    text : str
        What was decided, and by what.

    Raises
    ------
    SettleError
        An unknown row or one without criterion, another sample, findings that are not
        measured or carry a blocking flag, a missing quantity, another unit, no interval.
    """
    row = _row(ledger, row_id)
    criterion = parse(row_id, str(row["criterion"]), facts)
    _right_sample(row_id, str(row["sample"]), sample, facts)
    measured = _measured(row_id, criterion, sample, Path(findings), facts)
    allowed = margin(facts, criterion.quantity, row_id)
    met = criterion.decide(with_margin(measured, *allowed))
    shown = f"{sig(measured.value)} ({sig(measured.lo)} to {sig(measured.hi)}) {criterion.unit}"
    says = f"{row_id}: {criterion.quantity} of {sample} measured as {shown}, criterion "
    says += f"'{criterion.text}'"
    if met is None:
        return ledger, f"{says}: not decided, its interval with the margin reaches both sides."
    status = _status(row, met)
    digest = hashlib.sha256(Path(findings).read_bytes()).hexdigest()[:12]
    text = f"{says}, written before the data, is {'met' if met else 'not met'}. It speaks for "
    text += "that pellet."
    settled = ledger.copy()
    here = settled.index[settled.index == row.name]
    changed = {
        "status": status,
        "evidence": "measured",
        "reading": text,
        "decided_how": "computed",
        "decided_by": f"{Path(findings).name} sha256 {digest}, as {sample}",
    }
    for column, value in changed.items():
        settled.loc[here, column] = value
    return settled, f"{text} Status: {row['status']} -> {status}."


def _row(ledger: pd.DataFrame, row_id: str) -> pd.Series:
    found = ledger[(ledger["id"] == row_id) & (ledger["criterion"].astype(str) != "")]
    if found.empty:
        known = set(ledger["id"])
        if row_id in known:
            raise SettleError(f"{row_id}: has no criterion that a program could apply; see `why`")
        near = difflib.get_close_matches(row_id, sorted(known), n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise SettleError(f"{row_id}: no such row in the ledger{hint}")
    return found.sort_values("row_type").iloc[0]


def _right_sample(row_id: str, of_row: str, sample: str, facts: Facts) -> None:
    names = set(facts.tables["samples"]["sample"])
    if sample not in names:
        raise SettleError(f"{row_id}: --as {sample!r} is no sample of the papers: {sorted(names)}")
    if of_row in names and of_row != sample:
        raise SettleError(f"{row_id}: speaks about {of_row}, not about {sample}")


def _measured(row_id: str, criterion: Criterion, sample: str, path: Path, facts: Facts) -> Quantity:
    """Read the one finding that the criterion asks for."""
    if not path.is_file():
        raise SettleError(f"{row_id}: no file {path}; give the findings.csv of a measurement")
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    if missing := [c for c in FINDING_COLUMNS if c not in table.columns]:
        raise SettleError(f"{row_id}: {path.name} lacks the columns {missing}")
    rows = table[table["quantity"] == criterion.quantity]
    if rows.empty:
        raise SettleError(
            f"{row_id}: {path.name} holds no {criterion.quantity!r}, only "
            f"{', '.join(sorted(set(table['quantity'])))}"
        )
    if len(rows) > 1:
        raise SettleError(
            f"{row_id}: {path.name} holds {len(rows)} rows of {criterion.quantity!r}; keep one"
        )
    row = rows.iloc[0]
    others = set(facts.tables["samples"]["sample"]) - {sample}
    if row["sample"] in others:
        raise SettleError(f"{row_id}: the findings are of {row['sample']}, not of {sample}")
    if row["evidence"] != "measured":
        raise SettleError(f"{row_id}: the finding is {row['evidence']!r}, only 'measured' settles")
    if flags := [f for f in row["flag"].split(";") if f in BLOCKING]:
        raise SettleError(f"{row_id}: the finding carries {', '.join(flags)} and is no result")
    if row["unit"] != criterion.unit:
        raise SettleError(
            f"{row_id}: the finding is in {row['unit']!r}, the criterion in {criterion.unit!r}"
        )
    try:
        value, low, high = (float(row[c]) for c in ("value", "ci_low", "ci_high"))
    except ValueError as error:
        raise SettleError(f"{row_id}: the finding has no interval (ci_low, ci_high)") from error
    if not low <= value <= high:
        raise SettleError(f"{row_id}: expected ci_low <= value <= ci_high, got {row['value']}")
    return Quantity(value, low, high)


def _status(row: pd.Series, met: bool) -> str:
    if row["claim_or_finding"] == "finding":
        return "established" if met else "agrees"
    if met:
        return "agrees"
    return "contradicts" if row["load_bearing"] == "yes" else "differs"
