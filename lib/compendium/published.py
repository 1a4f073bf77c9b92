"""The papers' facts: claims, checks, samples and experimental intervals.

Thin typed access to the tables in ``data/published``. Every table is validated
when it is read, so that a wrong digit count, a unit that does not parse or a
duplicated id stops with the row's name before anything is computed from it.
"""

import datetime
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

import pandas as pd

TEXT_UNITS = ("", "date", "formula", "card")  # values under these are words, not numbers
_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?")
#: Tables by the name of their file, and what one row is.
_TABLES = {
    "claims": "claim",
    "checks": "check",
    "samples": "sample",
    "experimental_intervals": "experimental interval",
    "wording": "wording",
    "computed_claims": "computed claim",  # that follow from other printed values, as rows of checks
    "assumed": "assumption",
    "readings": "reading",
    "issues": "issue",
    "recoveries": "recovery",
}


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
    """

    id: str
    paper: str
    item: str
    sample: str
    quantity: str
    value: float | str
    printed: str
    half_width: float
    unit: str
    kind: str
    load_bearing: bool

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
    """The tables of one folder by file, validated: text as printed; do not edit in place."""

    tables: Mapping[str, pd.DataFrame]

    @cached_property
    def _rows(self) -> dict[str, dict[str, dict[str, str]]]:
        """Rows of every table by their key: thousands of look-ups stay cheap."""
        return {
            what: {next(iter(row.values())): row for row in self.tables[file].to_dict("records")}
            for file, what in _TABLES.items()
        }

    @cached_property
    def sentences(self) -> dict[tuple[str, str], str]:
        """What a row, or a family of rows, says in a status."""
        rows = self.tables["readings"][["row", "status", "sentence"]]
        return {(row, status): text for row, status, text in rows.itertuples(index=False)}

    def with_table(self, file: str, table: pd.DataFrame) -> Self:
        """The facts with another table in the place of one."""
        return replace(self, tables={**self.tables, file: table})

    def rows(self, what: str) -> list[dict[str, str]]:
        """Rows of the ``claim``, ``check`` or ``computed claim`` table; do not edit in place."""
        return list(self._rows[what].values())

    def row(self, what: str, name: str) -> dict[str, str]:
        """One row of a table by its key; an unknown one is an error that suggests near ones."""
        rows = self._rows[what]
        if name not in rows:
            near = difflib.get_close_matches(str(name), rows, n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else "see the table's first column"
            raise KeyError(f"no {what} {name!r}; {hint}")
        return dict(rows[name])

    def claim(self, claim_id: str) -> Claim:
        """One claim by id; an unknown id is an error that suggests near ones."""
        row = self.row("claim", claim_id)
        numeric = row["unit"] not in TEXT_UNITS
        return Claim(
            id=row["id"],
            value=float(row["value"]) if numeric else row["value"],
            printed=row["value"],
            half_width=float(row["rounding_half_width"] or "nan"),
            load_bearing=row["load_bearing"] == "yes",
            **{k: row[k] for k in ("paper", "item", "sample", "quantity", "unit", "kind")},
        )

    def interval(self, name: str) -> dict[str, str]:
        """One experimental interval by name."""
        return self.row("experimental interval", name)

    def assumed(self, name: str) -> dict[str, str]:
        """One assumed value by name, with the range that judging tries."""
        return self.row("assumption", name)

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

    def wording(self, phrase: str) -> tuple[float, float]:
        """Return the numbers that a phrase stands for, as (low, high)."""
        row = self.row("wording", phrase)
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
    facts = Facts({file: _read(folder, file) for file in _TABLES})
    validate(facts)
    return facts


@lru_cache(maxsize=1)
def columns() -> dict[str, dict[str, str]]:
    """What may stand in each column of each table, by ``columns.csv``; text where nothing is said.

    ``number``; a closed list ``a|b``; ``id of T``, one first column of a table; ``ids of T or U``,
    any number of them.
    """
    table = pd.read_csv(data_folder() / "columns.csv", dtype=str, keep_default_na=False)
    return {
        file: dict(zip(rows["column"], rows["allowed"], strict=True))
        for file, rows in table.groupby("table", sort=False)
    }


def validate(facts: Facts) -> None:
    """Check every row of every table; the first problem is raised with its row."""
    known = {file: set(table.iloc[:, 0]) for file, table in facts.tables.items()}
    for file, rules in columns().items():
        for column, rule in rules.items():
            table = facts.tables[file]
            for name, text in zip(table.iloc[:, 0], table[column], strict=True):
                if wrong := _wrong(text, column, rule, known):
                    raise PublishedError(
                        f"{file}.csv, {name!r}: {column} must be {wrong}; correct the cell, or its "
                        "rule in columns.csv"
                    )
    for row in facts.rows("claim"):
        _validate_claim(row)
    for row in facts.rows("computed claim"):
        if row["check_id"] in row["inputs"].split():
            raise PublishedError(f"{row['check_id']!r} is computed from itself; give other inputs")
    for row in facts.rows("experimental interval"):
        least = 1.0 if row["kind"] == "factor" else 0.0
        _in_order(row, least, "low", "high")
        _in_order(row, least, "strict", "high")
    for row in facts.rows("assumption"):
        _in_order(row, -math.inf, "low", "value", "high")
    for row in facts.rows("wording"):
        _in_order(row, -math.inf, "low", "high")


def _wrong(text: str, column: str, rule: str, known: dict[str, set[str]]) -> str:
    """What a cell should have been; empty where it is."""
    kind, _, tables = rule.partition(" of ")
    if kind in ("id", "ids"):
        ids = set().union(*(known[table] for table in tables.split(" or ")))
        words = re.split("; *", text) if column == "widths" else text.split()
        words = [text] if kind == "id" else [word.lstrip("!") for word in filter(None, words)]
        unknown = [word for word in words if word not in ids and not word.startswith("=")]
        return f"{rule}, got {', '.join(map(repr, unknown))}" if unknown else ""
    if rule == "number" and _float(text) != _float(text):
        return f"a number, got {text!r}"
    if "|" in rule and text not in rule.split("|"):
        return f"one of {', '.join(rule.split('|'))}, got {text!r}"
    return ""


def _float(text: str) -> float:
    """The number, NaN where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _in_order(row: dict[str, str], least: float, *columns: str) -> None:
    numbers = [least, *(float(row[column]) for column in columns)]
    if numbers != sorted(numbers):
        raise PublishedError(
            f"{next(iter(row.values()))!r}: expected {' <= '.join((f'{least:g}', *columns))}, got "
            f"{', '.join(row[column] for column in columns)}"
        )


@lru_cache(maxsize=1)
def facts() -> Facts:
    """Facts of the repository, read and validated once."""
    return load(data_folder())


def claim(claim_id: str) -> Claim:
    """One claim of the repository's table, e.g. ``claim("A-sigma-gclatp").number``."""
    return facts().claim(claim_id)


def _validate_claim(row: dict[str, str]) -> None:
    name, unit = row["id"], row["unit"]
    if not name.startswith(f"{row['paper']}-"):
        raise PublishedError(f"claim {name!r}: the id must start with its paper, {row['paper']}-")
    if unit not in TEXT_UNITS:
        _check_digits(row)
    elif not unit and _NUMBER.fullmatch(row["value"]):
        raise PublishedError(
            f"claim {name!r}: the number {row['value']} has no unit; give one, 1 for a ratio"
        )
    elif row["rounding_half_width"]:
        raise PublishedError(
            f"claim {name!r}: a statement in words has no rounding_half_width, "
            f"got {row['rounding_half_width']!r}; clear it or give a unit"
        )
    elif unit == "date":
        try:
            datetime.date.fromisoformat(row["value"])
        except ValueError as error:
            raise PublishedError(f"claim {name!r}: no date like 2019-10-07: {error}") from error


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
    half_width = _float(row["rounding_half_width"])
    for column, printed in (("decimals", len(fraction)), ("sigfigs", digits)):
        if row[column] != str(printed):
            raise PublishedError(
                f"claim {name!r}: {column} is {row[column]!r}, but {value!r} prints {printed}"
            )
    exact = half_width == 0 and row["kind"] == "condition"  # a setting such as 7 points
    if not exact and not math.isclose(half_width, expected, rel_tol=1e-9):
        raise PublishedError(
            f"claim {name!r}: rounding_half_width is {row['rounding_half_width']!r}, but {value!r} "
            f"rounds within +-{expected:g} (0 is allowed for an exact condition)"
        )


def _read(folder: Path, file: str) -> pd.DataFrame:
    """Read a table of text; its first column, or first two, name a row."""
    path, expected = folder / f"{file}.csv", list(columns()[file])
    if not path.is_file():
        raise PublishedError(f"{path.name} is missing in {folder}; restore it from version control")
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    if missing := [c for c in expected if c not in table.columns]:
        raise PublishedError(
            f"{path.name}: columns {missing} are missing, got {list(table.columns)}"
        )
    named = expected[: 2 if file in ("readings", "recoveries") else 1]
    keys = table[named].agg(" ".join, axis=1)
    if (twice := keys[keys.duplicated()]).size:
        raise PublishedError(
            f"{path.name}: {' '.join(named)} {twice.iloc[0]!r} appears more than once"
        )
    return table
