"""The papers' facts: claims, checks, samples and experimental intervals.

Thin typed access to the tables in ``data/published``. Every table is validated
when it is read, so that a wrong digit count, a unit that does not parse or a
duplicated id stops with the row's name before anything is computed from it.
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

KINDS = ("condition", "measured", "fitted", "derived", "comparison", "qualitative")
INTERVAL_KINDS = ("relative", "absolute", "factor")
BY_HAND = ("agrees", "differs", "hypothesis", "not testable")  # words against words
TEXT_UNITS = ("", "date", "formula", "card")  # values under these are words, not numbers

# Printed units that pint would misread or not know; everything else is only
# rewritten from "S cm-1" to "S * cm**-1".
UNIT_ALIASES = {
    "1": "dimensionless",
    "%": "percent",
    "wt%": "percent",
    "C": "1/hour",  # C-rate; pint's C is the coulomb
    "degC min-1": "delta_degC/minute",  # a rate has no offset
    "V vs Li/Li+": "volt",
}

# Units known to parse (a test has pint parse every one); only a new unit costs the import
# of pint, which takes a third of a second in every notebook.
PARSED_UNITS = frozenset(
    str.split(
        "1;%;wt%;ppm;deg;mrad;s;h;Hz;mHz;kHz;MHz;C;pm;nm;mm;ml;g;g cm-3;mol L-1;cm-1;K;degC;"
        "degC min-1;eV;V;mV;kV;V vs Li/Li+;mV s-1;mA g-1;S cm-1;MPa;N m-1",
        ";",
    )
)

_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?")
_CLAIM_COLUMNS = str.split(
    "id paper item sample quantity value uncertainty unit decimals sigfigs "
    "rounding_half_width kind location_hint notes load_bearing issue decided_by notebook "
    "would_settle criterion note"
)
_CHECK_COLUMNS = str.split(
    "check_id paper item issue question inputs about formula source widths stated unit rule basis "
    "evidence assumptions claim_or_finding notebook would_settle criterion"
)
_SAMPLE_COLUMNS = str.split(
    "sample key paper kind undoped nominal_composition additive composition_claim preparation"
)
_INTERVAL_COLUMNS = str.split(
    "interval quantity kind low high strict applies what coverage_percent shared source"
)
_ASSUMED_COLUMNS = str.split("name value low high sourced unit source")
_READING_COLUMNS = str.split("row status sentence")
_RECOVERY_COLUMNS = str.split(
    "quantity claim file where estimate truth kind scale margin unit dominates"
)
_ISSUE_COLUMNS = str.split("issue paper title claimed settle headline")
_WORDING_COLUMNS = str.split("wording low high reason")


class PublishedError(ValueError):
    """A table of facts that contradicts itself; the message names file and row."""


@dataclass(frozen=True)
class Claim:
    """One printed statement.

    Attributes
    ----------
    value : float or str
        The number, or the words of a qualitative statement.
    printed : str
        The value exactly as printed.
    half_width : float
        Half-width of the rounding interval in ``unit``; 0 for an exact setting,
        nan for words.
    uncertainty : float
        What the paper gives after a "+-", nan if nothing.
    """

    id: str
    paper: str
    item: str
    sample: str
    quantity: str
    value: float | str
    printed: str
    half_width: float
    uncertainty: float
    unit: str
    kind: str
    load_bearing: bool
    location_hint: str
    notes: str

    @property
    def number(self) -> float:
        """The value as a float; an error for a statement in words."""
        if isinstance(self.value, str):
            raise PublishedError(
                f"claim {self.id!r} is {self.kind} and prints words ({self.value!r}), not a "
                "number; use .value, or a claim that prints a number"
            )
        return self.value

    @property
    def interval(self) -> tuple[float, float]:
        """Everything that rounds to the printed value, as (low, high)."""
        return self.number - self.half_width, self.number + self.half_width


@dataclass(frozen=True)
class Facts:
    """The tables of one folder, validated. Tables are text as printed; do not edit in place."""

    claim_table: pd.DataFrame
    check_table: pd.DataFrame
    sample_table: pd.DataFrame
    interval_table: pd.DataFrame
    wording_table: pd.DataFrame
    computed_table: pd.DataFrame  # claims that follow from other printed values, as rows of checks
    assumed_table: pd.DataFrame
    reading_table: pd.DataFrame
    issue_table: pd.DataFrame
    recovery_table: pd.DataFrame

    @cached_property
    def _rows(self) -> dict[str, dict[str, dict[str, str]]]:
        """Rows of every table by their key: thousands of look-ups stay cheap."""
        tables = {
            "claim": self.claim_table,
            "check": self.check_table,
            "sample": self.sample_table,
            "experimental interval": self.interval_table,
            "wording": self.wording_table,
            "assumption": self.assumed_table,
            "issue": self.issue_table,
            "computed claim": self.computed_table,
        }
        return {
            what: {next(iter(row.values())): row for row in table.to_dict("records")}
            for what, table in tables.items()
        }

    def rows(self, what: str) -> list[dict[str, str]]:
        """Rows of the ``claim``, ``check`` or ``computed claim`` table; do not edit in place."""
        return list(self._rows[what].values())

    def _row(self, what: str, name: str) -> dict[str, str]:
        rows = self._rows[what]
        if name not in rows:
            near = difflib.get_close_matches(str(name), rows, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else "see the table's first column"
            raise KeyError(f"no {what} {name!r}; {hint}")
        return dict(rows[name])

    def claim(self, claim_id: str) -> Claim:
        """One claim by id; an unknown id is an error that suggests near ones."""
        row = self._row("claim", claim_id)
        numeric = row["unit"] not in TEXT_UNITS
        return Claim(
            id=row["id"],
            value=float(row["value"]) if numeric else row["value"],
            printed=row["value"],
            half_width=float(row["rounding_half_width"] or "nan"),
            uncertainty=float(row["uncertainty"] or "nan"),
            load_bearing=row["load_bearing"] == "yes",
            **{k: row[k] for k in ("paper", "item", "sample", "quantity", "unit", "kind")},
            location_hint=row["location_hint"],
            notes=row["notes"],
        )

    def claim_row(self, claim_id: str) -> dict[str, str]:
        """One row of the claims as a dictionary of text."""
        return self._row("claim", claim_id)

    def check(self, check_id: str) -> dict[str, str]:
        """One row of the checks as a dictionary of text."""
        return self._row("check", check_id)

    def sample(self, name: str) -> dict[str, str]:
        """One sample by its name in the papers."""
        return self._row("sample", name)

    def interval(self, name: str) -> dict[str, str]:
        """One experimental interval by name."""
        return self._row("experimental interval", name)

    def assumed(self, name: str) -> dict[str, str]:
        """One assumed value by name, with the range that judging tries."""
        return self._row("assumption", name)

    def assumed_range(self, name: str) -> tuple[float, float, float]:
        """One assumed value with the low and the high end of its range."""
        row = self.assumed(name)
        return float(row["value"]), float(row["low"]), float(row["high"])

    def is_claim(self, name: str) -> bool:
        """Whether a name is the id of a claim."""
        return name in self._rows["claim"]

    def is_assumed(self, name: str) -> bool:
        """Whether a name is that of an assumed value."""
        return name in self._rows["assumption"]

    def issue(self, name: str) -> dict[str, str]:
        """One issue (a question that several rows belong to) by name."""
        return self._row("issue", name)

    def wording(self, phrase: str) -> tuple[float, float]:
        """Return the numbers that a phrase stands for, as (low, high)."""
        row = self._row("wording", phrase)
        return float(row["low"]), float(row["high"])


def data_folder() -> Path:
    """Find the folder ``data/published``, above this file or above the working directory."""
    here, cwd = Path(__file__).resolve(), Path.cwd()
    for base in (*here.parents, cwd, *cwd.parents):
        if (base / "data/published/claims.csv").is_file():
            return base / "data/published"
    raise FileNotFoundError(
        f"data/published/claims.csv was found neither above {here} nor above {cwd}; "
        "run from inside a checkout of the repository"
    )


def load(folder: Path | str) -> Facts:
    """Read and validate the tables of a folder.

    Raises
    ------
    PublishedError
        Missing columns, duplicated ids, an unknown kind or unit, a value that is
        not a number where its unit says so, digits that do not match what is
        printed, inputs of a check that are no claims.
    """
    folder = Path(folder)
    facts = Facts(
        claim_table=_read(folder / "claims.csv", _CLAIM_COLUMNS),
        check_table=_read(folder / "checks.csv", _CHECK_COLUMNS),
        sample_table=_read(folder / "samples.csv", _SAMPLE_COLUMNS),
        interval_table=_read(folder / "experimental_intervals.csv", _INTERVAL_COLUMNS),
        wording_table=_read(folder / "wording.csv", _WORDING_COLUMNS),
        computed_table=_read(folder / "computed_claims.csv", _CHECK_COLUMNS),
        assumed_table=_read(folder / "assumed.csv", _ASSUMED_COLUMNS),
        reading_table=_read(folder / "readings.csv", _READING_COLUMNS, key=2),
        issue_table=_read(folder / "issues.csv", _ISSUE_COLUMNS),
        recovery_table=_read(folder / "recoveries.csv", _RECOVERY_COLUMNS, key=2),
    )
    validate(facts)
    return facts


def validate(facts: Facts) -> None:
    """Check every row of every table; the first problem is raised with its row."""
    known_units = set(PARSED_UNITS)
    for row in facts.claim_table.to_dict("records"):
        _validate_claim(row, known_units)
    ids, checks = set(facts.claim_table["id"]), set(facts.check_table["check_id"])
    known = ids | set(facts.assumed_table["name"])
    issues, widths = set(facts.issue_table["issue"]), set(facts.interval_table["interval"])
    for row in [*facts.check_table.to_dict("records"), *facts.computed_table.to_dict("records")]:
        _one_of(row, "check_id", "basis", ("P", "S", "T"))
        _one_of(row, "check_id", "claim_or_finding", ("claim", "finding"))
        _one_of(row, "check_id", "rule", ("", "fact", *(f"by hand: {s}" for s in BY_HAND)))
        _one_of(row, "check_id", "evidence", ("printed", "derived", "literature"))
        _one_of(row, "check_id", "issue", tuple(issues))
        inputs = [i.lstrip("!") for i in row["inputs"].split() if not i.startswith("=")]
        if unknown := [i for i in (*inputs, *row["about"].split()) if i not in known]:
            raise PublishedError(
                f"check {row['check_id']!r}: inputs {unknown} are no claims; "
                "correct the inputs or add the claims"
            )
        named = [w.strip() for w in row["widths"].split(";") if w.strip()]
        if unknown := [w for w in named if w not in widths]:
            raise PublishedError(f"check {row['check_id']!r}: widths {unknown} are no intervals")
    for row in facts.claim_table.to_dict("records"):
        _one_of(row, "id", "issue", tuple(issues))
        if unknown := [c for c in row["decided_by"].split() if c not in checks]:
            raise PublishedError(f"claim {row['id']!r}: decided_by {unknown} are no checks")
    for row in facts.computed_table.to_dict("records"):
        _one_of(row, "check_id", "check_id", tuple(ids))
        if row["check_id"] in row["inputs"].split():
            raise PublishedError(f"{row['check_id']!r} is computed from itself; give other inputs")
    for row in facts.assumed_table.to_dict("records"):
        _one_of(row, "name", "sourced", ("yes", "no"))
        low, value, high = (_number(row, "name", c) for c in ("low", "value", "high"))
        if not low <= value <= high:
            raise PublishedError(
                f"assumption {row['name']!r}: expected low <= value <= high, got {low:g}, "
                f"{value:g}, {high:g}"
            )
    for row in facts.interval_table.to_dict("records"):
        _one_of(row, "interval", "kind", INTERVAL_KINDS)
        _one_of(row, "interval", "shared", ("yes", "no"))
        low, high, strict = (_number(row, "interval", c) for c in ("low", "high", "strict"))
        least = 1.0 if row["kind"] == "factor" else 0.0
        if not least <= strict <= high or not least <= low <= high:
            raise PublishedError(
                f"interval {row['interval']!r}: expected {least:g} <= low <= high and "
                f"{least:g} <= strict <= high, got low {low:g}, high {high:g}, strict {strict:g}"
            )
    for row in facts.wording_table.to_dict("records"):
        if not _number(row, "wording", "low") <= _number(row, "wording", "high"):
            raise PublishedError(f"wording {row['wording']!r}: low must not exceed high")


@lru_cache(maxsize=1)
def facts() -> Facts:
    """Facts of the repository, read and validated once."""
    return load(data_folder())


def claim(claim_id: str) -> Claim:
    """One claim of the repository's table, e.g. ``claim("A-sigma-gclatp").number``."""
    return facts().claim(claim_id)


def claims() -> pd.DataFrame:
    """All claims (298 rows); numbers as floats in ``number``, values as printed in ``value``."""
    table = facts().claim_table.copy()
    numeric = ~table["unit"].isin(TEXT_UNITS)
    table["number"] = pd.to_numeric(table["value"].where(numeric))
    for column in ("uncertainty", "decimals", "sigfigs", "rounding_half_width"):
        table[column] = pd.to_numeric(table[column].where(table[column] != ""))
    return table


def checks() -> pd.DataFrame:
    """All consistency checks (179 rows), text as written."""
    return facts().check_table.copy()


def samples() -> pd.DataFrame:
    """Table of the ten samples of the two papers."""
    return facts().sample_table.copy()


def intervals() -> pd.DataFrame:
    """Table of the experimental intervals, with numeric ``low``, ``high`` and ``strict``."""
    table = facts().interval_table.copy()
    return table.astype({"low": float, "high": float, "strict": float})


def pint_unit(unit: str) -> str:
    """Rewrite a printed unit in pint's notation, e.g. ``"S cm-1"`` -> ``"S * cm**-1"``."""
    if unit in UNIT_ALIASES:
        return UNIT_ALIASES[unit]
    return " * ".join(re.sub(r"(?<=[A-Za-z])(-?\d+)$", r"**\1", part) for part in unit.split())


@lru_cache(maxsize=1)
def _registry() -> object:
    import pint  # here: only validation needs it, and it takes most of a second to import

    return pint.UnitRegistry()


def _validate_claim(row: dict[str, str], known_units: set[str]) -> None:
    _one_of(row, "id", "paper", ("A", "B"))
    _one_of(row, "id", "kind", KINDS)
    _one_of(row, "id", "load_bearing", ("yes", "no"))
    name, unit = row["id"], row["unit"]
    if not name.startswith(f"{row['paper']}-"):
        raise PublishedError(f"claim {name!r}: the id must start with its paper, {row['paper']}-")
    if unit in TEXT_UNITS:
        if unit == "date":
            _date(name, row["value"])
        if not unit and _NUMBER.fullmatch(row["value"]):
            raise PublishedError(
                f"claim {name!r}: the number {row['value']} has no unit; give one, 1 for a ratio"
            )
        if row["rounding_half_width"]:
            raise PublishedError(
                f"claim {name!r}: a statement in words has no rounding_half_width, "
                f"got {row['rounding_half_width']!r}; clear it or give a unit"
            )
        return
    if unit not in known_units:
        _check_unit(name, unit)
        known_units.add(unit)
    _check_digits(row)


def _check_unit(name: str, unit: str) -> None:
    import pint

    try:
        _registry().parse_units(pint_unit(unit))
    except (pint.errors.PintError, ValueError, TypeError, AttributeError) as error:
        raise PublishedError(
            f"claim {name!r}: unit {unit!r} does not parse ({error}); write it like 'S cm-1' "
            "or add it to published.UNIT_ALIASES"
        ) from error


def _check_digits(row: dict[str, str]) -> None:
    """Decimals, significant digits and half-width must be those of the value as printed."""
    name, value = row["id"], row["value"]
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise PublishedError(
            f"claim {name!r}: value {value!r} is not a number although its unit is "
            f"{row['unit']!r}; correct the value or clear the unit"
        )
    whole, fraction, exponent = match[1], match[2] or "", int(match[3] or 0)
    digits = len((whole + fraction).lstrip("0"))
    expected = 0.5 * 10.0 ** (exponent - len(fraction))
    half_width = _number(row, "id", "rounding_half_width")
    for column, printed in (("decimals", len(fraction)), ("sigfigs", digits)):
        if row[column] != str(printed):
            raise PublishedError(
                f"claim {name!r}: {column} is {row[column]!r}, but {value!r} prints {printed}"
            )
    exact = half_width == 0 and row["kind"] == "condition"  # a setting such as 7 points
    if not exact and not math.isclose(half_width, expected, rel_tol=1e-9):
        raise PublishedError(
            f"claim {name!r}: rounding_half_width is {half_width:g}, but {value!r} rounds within "
            f"+-{expected:g} (0 is allowed for an exact condition)"
        )


def _read(path: Path, columns: list[str], key: int = 1) -> pd.DataFrame:
    """Read a table of text; its first ``key`` columns together name a row."""
    if not path.is_file():
        raise PublishedError(
            f"{path.name} is missing in {path.parent}; restore it from version control"
        )
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if missing := [c for c in columns if c not in table.columns]:
        raise PublishedError(
            f"{path.name}: columns {missing} are missing, got {list(table.columns)}"
        )
    keys = table[columns[:key]].agg(" ".join, axis=1)
    if (twice := keys[keys.duplicated()]).size:
        name = " ".join(columns[:key])
        raise PublishedError(f"{path.name}: {name} {twice.iloc[0]!r} appears more than once")
    return table


def _one_of(row: dict[str, str], key: str, column: str, allowed: tuple[str, ...]) -> None:
    if row[column] not in allowed:
        raise PublishedError(
            f"{row[key]!r}: {column} must be one of {', '.join(allowed)}, got {row[column]!r}"
        )


def _number(row: dict[str, str], key: str, column: str) -> float:
    try:
        number = float(row[column])
    except ValueError as error:
        raise PublishedError(
            f"{row[key]!r}: {column} must be a number, got {row[column]!r}"
        ) from error
    if math.isnan(number):
        raise PublishedError(f"{row[key]!r}: {column} must be a number, got nan")
    return number


def _date(name: str, text: str) -> None:
    try:
        datetime.date.fromisoformat(text)
    except ValueError as error:
        raise PublishedError(
            f"claim {name!r}: expected a date like 2019-10-07, got {text!r}"
        ) from error
