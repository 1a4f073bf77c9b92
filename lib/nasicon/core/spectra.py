"""What a spectrum must be, read or fitted: enough numbers along an axis, each place once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from nasicon.core.errors import ReaderError


def rising(fewest: int, unit: str, axis: ArrayLike, *along: ArrayLike) -> list[NDArray]:
    """Axis in rising order, and what stands along it.

    Raises
    ------
    ReaderError
        Fewer points than ``fewest``, values that are not finite, a place that occurs twice.
    """
    rows = np.array([axis, *along], dtype=float)
    if rows.shape[1] < fewest:
        raise ReaderError(f"{rows.shape[1]} points; a spectrum needs at least {fewest}")
    if not np.isfinite(rows).all():
        raise ReaderError("all values must be finite: remove NaN and infinite rows")
    rows = rows[:, np.argsort(rows[0], kind="stable")]
    if (twice := rows[0, 1:][np.diff(rows[0]) == 0]).size:
        raise ReaderError(
            f"{twice[0]:g} {unit} occurs twice; average the scans, or give one spectrum a file"
        )
    return list(rows)


def of_table(table: pd.DataFrame, names: Sequence[str], fewest: int, unit: str) -> list[NDArray]:
    """Columns of a table along the first of them; `rising`, and an error where one is missing."""
    for name in names:
        if name not in table:
            raise ReaderError(f"no column {name!r}; the table has {', '.join(map(str, table))}")
    return rising(fewest, unit, *(table[name] for name in names))
