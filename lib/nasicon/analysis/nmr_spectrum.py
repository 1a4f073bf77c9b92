"""Whether a table is a spectrum that may be fitted, and of which nucleus."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.models import nmr

FEWEST_POINTS = 30


def spectrum(table: pd.DataFrame) -> tuple[NDArray, NDArray]:
    """Axis and intensity in ascending order of the axis, checked.

    Raises
    ------
    ValueError
        Missing columns, too few points, values that are not finite, a repeated position.
    """
    for column in ("shift_ppm", "intensity"):
        if column not in table:
            raise ValueError(f"no column {column!r}; the table has {', '.join(map(str, table))}")
    ordered = table.sort_values("shift_ppm", kind="stable")
    ppm, intensity = (ordered[c].to_numpy(dtype=float) for c in ("shift_ppm", "intensity"))
    if len(ppm) < FEWEST_POINTS:
        raise ValueError(f"{len(ppm)} points; a spectrum needs at least {FEWEST_POINTS}")
    if not np.isfinite([ppm, intensity]).all():
        raise ValueError("shift_ppm and intensity must be finite: remove NaN and infinite rows")
    if (np.diff(ppm) == 0).any():
        raise ValueError(f"{ppm[1:][np.diff(ppm) == 0][0]:g} ppm occurs twice; one spectrum only")
    if not np.ptp(intensity):
        raise ValueError("the intensity is constant; there is no line in it")
    return ppm, intensity


def frequency(table: pd.DataFrame) -> float:
    """Resonance frequency that the file states, MHz; an error where it states none."""
    found = table.attrs.get("larmor_mhz")
    if not found:
        raise ValueError(
            "the file states no spectrometer frequency, which scales every quadrupolar shift: "
            "give larmor_mhz, for example 192.39"
        )
    return float(found)


def expect(table: pd.DataFrame, nucleus: str, larmor_mhz: float | None = None) -> None:
    """Refuse a spectrum of another nucleus or field than asked for.

    Raises
    ------
    ValueError
        The file names another nucleus, a frequency more than 1 % off the stated one, or a
        frequency that no common magnet gives this nucleus (1H between 50 and 1300 MHz).
    """
    source, found = table.attrs.get("source", "the file"), table.attrs.get("nucleus")
    if found and found != nucleus:
        raise ValueError(f"{source} is a spectrum of {found}, expected {nucleus}")
    stated = table.attrs.get("larmor_mhz")
    if stated and larmor_mhz and abs(stated / larmor_mhz - 1) > 0.01:
        raise ValueError(f"{source} was measured at {stated:g} MHz, expected {larmor_mhz:g} MHz")
    if stated and not 50 <= nmr.proton_frequency_mhz(nucleus, stated) <= 1300:
        raise ValueError(f"{source}: {stated:g} MHz is not a frequency of {nucleus} in any magnet")
