"""``findings.csv``: the numbers that an analysis finds, one row each."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from nasicon.core.atomic import write_atomically
from nasicon.core.vocabulary import as_flags

COLUMNS = (
    "notebook",
    "claim_id",
    "sample",
    "quantity",
    "value",
    "stderr",
    "ci_low",
    "ci_high",
    "unit",
    "evidence",
    "method",
    "flag",
    "interval",
    "note",
)
NUMBERS = ("value", "stderr", "ci_low", "ci_high")
KEY = tuple(name for name in COLUMNS if name not in (*NUMBERS, "flag", "interval", "note"))
EVIDENCE = ("printed", "derived", "literature", "simulated", "measured")
INTERVALS = ("confidence", "rounding", "ensemble", "range")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run
FILE_NAME = "findings.csv"


class Findings:
    """The numbers of one notebook, or of one analysis of a lab's own.

    Parameters
    ----------
    notebook : str
        The notebook's id, which is also the name of its results folder.
    record : callable, optional
        Called with the folder after writing, for what else belongs beside the numbers
        (what they were made from).
    """

    def __init__(self, notebook: str, record: Callable[[Path], None] | None = None) -> None:
        if not notebook:
            raise ValueError("notebook must be the notebook's id, got an empty text")
        self.notebook, self._record = notebook, record
        self._rows: dict[tuple[str, ...], dict[str, str]] = {}

    def add(
        self,
        *,
        sample: str,
        quantity: str,
        value: float | None,
        unit: str,
        evidence: str,
        method: str,
        claim_id: str = "",
        stderr: float | None = None,
        ci_low: float | None = None,
        ci_high: float | None = None,
        flag: str | Sequence[str] = (),
        interval: str = "",
        note: str = "",
    ) -> None:
        """Add one number.

        Parameters
        ----------
        sample, quantity, unit, method : str
            Names as the field writes them (``bulk conductivity``, ``S cm-1``;
            unit ``1`` for a pure number). Together with `claim_id` and
            `evidence` they must be unlike those of every other row.
        value : float or None
            None only with the flag ``not_identifiable``, under which no digits
            are written, whatever is given.
        evidence : str
            One of ``EVIDENCE``.
        claim_id : str
            Empty where the paper prints no such number.
        stderr, ci_low, ci_high : float, optional
            Standard error and 95 % interval, in `unit`; one that is not finite is none (a
            parameter on a bound), an end an open one.
        flag : str or sequence of str
            Of :data:`nasicon.core.vocabulary.FLAGS`; a text may hold several, separated
            by ``;``.
        interval : str
            What it is: ``confidence`` (the default where there is one), ``rounding`` of
            printed digits, ``ensemble`` over draws, ``range`` of given ends.
        note : str
            The size of a ``systematic`` error, the slip of an ``implausible`` value.

        Raises
        ------
        ValueError
            If a name is empty or not in its closed list, a number is not
            finite, or the row is there already.
        """
        names = {"sample": sample, "quantity": quantity, "unit": unit, "method": method}
        for name, text in names.items():
            if not isinstance(text, str) or not text.strip():
                raise ValueError(f"{name} must be a text, got {text!r} (quantity {quantity!r})")
        if evidence not in EVIDENCE:
            raise ValueError(f"evidence must be one of {', '.join(EVIDENCE)}; got {evidence!r}")
        flags = as_flags(flag)
        stderr, low, high = (
            number if number is not None and math.isfinite(number) else None
            for number in (stderr, ci_low, ci_high)
        )
        if "not_identifiable" in flags:
            value = stderr = low = high = None
        elif value is None or not math.isfinite(value):
            raise ValueError(
                f"value of {quantity!r} must be finite, got {value!r}: where there is none, flag "
                "it as not_identifiable"
            )
        if low is not None and high is not None and low > high:
            raise ValueError(
                f"{quantity} of {sample}: ci_low must not exceed ci_high, got {low}, {high}"
            )
        if stderr is not None and stderr < 0:
            raise ValueError(f"{quantity} of {sample}: stderr must be >= 0, got {stderr!r}")
        bounded = low is not None or high is not None
        interval = (interval or "confidence") if bounded else ""
        if bounded and interval not in INTERVALS:
            raise ValueError(f"interval must be one of {', '.join(INTERVALS)}; got {interval!r}")
        if "systematic" in flags and not note:
            raise ValueError(f"{quantity} of {sample}: say in `note` how large the error is")
        numbers = dict(zip(NUMBERS, (value, stderr, low, high), strict=True))
        row = {
            "notebook": self.notebook,
            "claim_id": claim_id,
            "evidence": evidence,
            "flag": ";".join(flags),
            "interval": interval,
            "note": note,
            **names,
            **{name: "" if n is None else f"{float(n):.6g}" for name, n in numbers.items()},
        }
        key = tuple(row[name] for name in KEY)
        if key in self._rows:
            raise ValueError(
                f"{quantity} of {sample} by {method} is there already: say in `quantity` or "
                "`method` what sets the two apart, for example 'resistance at 40 C'"
            )
        self._rows[key] = row

    def _sorted(self) -> list[dict[str, str]]:
        return [self._rows[key] for key in sorted(self._rows)]

    def table(self) -> pd.DataFrame:
        """Return the rows as they are written, numbers as floats (NaN where there is none)."""
        table = pd.DataFrame(self._sorted(), columns=list(COLUMNS))
        for name in NUMBERS:
            table[name] = pd.to_numeric(table[name])
        return table

    def write(self, out_dir: str | Path) -> Path | None:
        """Write ``findings.csv`` and its record; nothing where `out_dir` is empty."""
        if not str(out_dir):
            return None
        folder = Path(out_dir)
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / FILE_NAME, self.text())
        if self._record is not None:
            self._record(folder)
        return folder / FILE_NAME

    def text(self) -> str:
        """Return ``findings.csv``: six significant digits, rows sorted.

        A text that a spreadsheet would take for a formula begins with an apostrophe.
        """
        table = pd.DataFrame(self._sorted(), columns=list(COLUMNS), dtype=object)
        texts = [name for name in COLUMNS if name not in NUMBERS]
        table[texts] = table[texts].map(_plain)
        return table.to_csv(index=False, lineterminator="\n")


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
