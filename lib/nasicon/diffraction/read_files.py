"""Powder diffraction patterns into one tidy table, whatever instrument wrote them.

The format is found from the content. The result has 2theta in degrees, rising
and without repetition; whatever was changed or left out stands in
``table.attrs["notes"]``. What cannot be read safely is a `ReaderError`.

Decisions that are not obvious:

- A wavelength is never assumed: where neither the file nor the caller states
  one, ``attrs["wavelength_angstrom"]`` is nan and what needs it must ask.
- An axis called plain "theta" that runs beyond 45 degrees is taken as 2theta,
  with a note: hardly a powder instrument reaches theta above 80 degrees.
- Without a unit, an axis that ends below 6.3 could be radians, Q or a very
  short scan: an error that names the remedy, not a guess.
- A K-alpha2 line is reported only where the file names its wavelength and no
  monochromator.
"""

from __future__ import annotations

import logging
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core import workbook
from nasicon.core.archive import ZIP_MAGIC, Archive
from nasicon.core.tables import Lines
from nasicon.core.text import ReaderError, decode, names_its_file, read_bytes
from nasicon.diffraction.read_formats import RawPattern, parse_brml, parse_rasx, parse_xrdml
from nasicon.diffraction.read_raw import parse_raw
from nasicon.diffraction.read_text import grains_um, is_stripped, parse_text

_log = logging.getLogger(__name__)

FEWEST_POINTS = 20
_LARGEST_THETA = 45.0
_AMBIGUOUS = 2 * math.pi  # an axis that ends below this without a unit
_SAME_LINE = 4e-4  # relative; the mean of K-alpha is twice as far from K-alpha1
_XML_HEAD = 20_000  # characters
_CU_LIKE = (0.1, 3.0)  # angstrom: what a powder instrument may use


@names_its_file
def read_pattern(path: str | Path, *, wavelength_angstrom: float = 0.0) -> pd.DataFrame:
    """Read a powder pattern into a tidy table.

    Parameters
    ----------
    path
        Delimited text (.xy, .xye, .csv, .dat), PANalytical .xrdml, Bruker .raw
        (RAW4, RAW1.01) or .brml, Rigaku .rasx, STOE .raw, a workbook (.xlsx, .ods).
    wavelength_angstrom
        Overrides what the file states; 0 takes the file's.

    Returns
    -------
    pandas.DataFrame
        Columns ``two_theta_deg``, ``intensity`` and, where the file has them,
        ``sigma``. ``attrs``: ``source``, ``format``, ``notes`` (list of str),
        ``wavelength_angstrom`` (nan where unknown), ``wavelength_2_angstrom`` and
        ``ratio_2_to_1`` (nan and 0 for one line), ``intensity_unit`` ("counts" only
        where the file says or shows it), ``counting_time_s``, ``automatic_slit``, ``stripped``,
        ``grains_um``.

    Raises
    ------
    ReaderError
        The file cannot be read, with the reason and the remedy.
    ValueError
        `wavelength_angstrom` is not one of X-rays.
    """
    if wavelength_angstrom and not _CU_LIKE[0] <= wavelength_angstrom <= _CU_LIKE[1]:
        raise ValueError(
            f"wavelength_angstrom must lie in {_CU_LIKE[0]} to {_CU_LIKE[1]}, "
            f"got {wavelength_angstrom:g} (1 nm is 10 angstrom)"
        )
    pattern = _parse(path)
    source, notes = path.name, list(pattern.notes)
    lines = pattern.wavelengths
    if wavelength_angstrom:  # of the same tube: its K-alpha2 stays
        same = lines and abs(wavelength_angstrom / lines[0] - 1) < _SAME_LINE
        lines = (wavelength_angstrom, *lines[1:]) if same else (wavelength_angstrom,)
    if any(not _CU_LIKE[0] <= line <= _CU_LIKE[1] for line in lines):
        notes.append(f"the file's wavelengths {lines} are not plausible and were not used")
        lines = ()
    two_theta = _degrees(pattern, lines, source, notes)
    table = pd.DataFrame({"two_theta_deg": two_theta, "intensity": pattern.intensity})
    if pattern.sigma is not None:
        table["sigma"] = pattern.sigma
    table = _checked(table, notes)
    doublet = len(lines) > 1 and not pattern.monochromatic and not pattern.stripped
    if pattern.stripped:
        notes.append("its header says that K-alpha2 was stripped: K-alpha1 alone is in it")
    ratio = pattern.ratio if math.isfinite(pattern.ratio) else 0.5
    table.attrs = {
        "source": source,
        "format": pattern.format,
        "title": pattern.title,
        "axis": pattern.doubt,
        "notes": notes,
        "wavelength_angstrom": lines[0] if lines else math.nan,
        "wavelength_2_angstrom": lines[1] if doublet else math.nan,
        "ratio_2_to_1": ratio if doublet else 0.0,
        "intensity_unit": pattern.intensity_unit,
        "counting_time_s": pattern.counting_time_s,
        "automatic_slit": pattern.automatic_slit,
        "stripped": pattern.stripped,
        "grains_um": pattern.grains_um,
    }
    if not lines:
        notes.append("the file states no wavelength; give wavelength_angstrom where it matters")
    return table


def wavelength_of(table: pd.DataFrame) -> float:
    """Wavelength of a table of `read_pattern`.

    Raises
    ------
    ReaderError
        Neither the file nor the caller stated it.
    """
    wavelength = float(table.attrs.get("wavelength_angstrom", math.nan))
    if not math.isfinite(wavelength):
        raise ReaderError.at(
            str(table.attrs.get("source", "pattern")),
            "states no wavelength, and none is assumed; give wavelength_angstrom "
            "(Cu K-alpha1 is 1.5406)",
        )
    return wavelength


def _parse(path: Path) -> RawPattern:
    raw = read_bytes(path)
    if (pattern := parse_raw(raw)) is not None:
        return pattern
    if raw.startswith(ZIP_MAGIC):
        archive = Archive(raw)
        if any(name.endswith("RawData0.xml") for name in archive.names):
            return parse_brml(archive)
        if any("Profile" in name for name in archive.names):
            return parse_rasx(archive)
        if workbook.is_workbook(archive):
            return _workbook(raw)
        raise ReaderError(
            f"is a zip archive that holds no known scan; it has {archive.names[:4]}: give .brml, "
            ".rasx or a workbook"
        )
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        pattern = parse_xrdml(raw.lstrip(b"\xef\xbb\xbf \r\n\t"))
        return replace(pattern, stripped=is_stripped(decode(raw)[:_XML_HEAD]))
    return _text(Lines(decode(raw)))


def _text(lines: Lines) -> RawPattern:
    head = "\n".join(lines.head())
    return replace(parse_text(lines), stripped=is_stripped(head), grains_um=grains_um(head))


def _workbook(raw: bytes) -> RawPattern:
    """The largest table in a sheet of a workbook."""
    pattern, notes = workbook.largest_table(raw, _text, lambda found: len(found.axis))
    return replace(pattern, format=workbook.kind(raw), notes=[*pattern.notes, *notes])


def _degrees(
    pattern: RawPattern, lines: tuple[float, ...], source: str, notes: list[str]
) -> NDArray:
    """2theta in degrees, whatever the file's axis is."""
    axis = _guess_axis(pattern, source, notes)
    values = pattern.axis * {"1/nm": 0.1, "nm": 10.0}.get(pattern.unit, 1.0)
    if axis == "two_theta_deg":
        return values
    if axis == "two_theta_rad":
        notes.append("the axis was 2theta in radians; converted to degrees")
        return np.degrees(values)
    if not lines:
        raise ReaderError(f"its axis is {axis}, which needs a wavelength: give wavelength_angstrom")
    with np.errstate(divide="ignore", invalid="ignore"):
        sine = (
            values * lines[0] / (4 * np.pi) if axis == "q_per_angstrom" else lines[0] / 2 / values
        )
    if not np.all((sine > 0) & (sine < 1)):
        raise ReaderError(
            f"its axis read as {axis} has values beyond reach of {lines[0]:g} angstrom"
        )
    notes.append(f"the axis was {axis}; converted to 2theta with {lines[0]:g} angstrom")
    return 2 * np.degrees(np.arcsin(sine))


def _guess_axis(pattern: RawPattern, source: str, notes: list[str]) -> str:
    low, high = float(np.min(pattern.axis)), float(np.max(pattern.axis))
    unit = pattern.unit.lower()
    if unit == "rad":
        return "two_theta_rad"
    if unit in ("1/a", "1/nm"):
        return "q_per_angstrom"
    if unit in ("a", "nm"):
        return "d_angstrom"
    if not unit.startswith("deg") and high < _AMBIGUOUS:
        raise ReaderError(
            f"its axis runs from {low:g} to {high:g} without a unit: radians, Q or a short scan "
            "in degrees? Name the column two_theta_rad, q_per_angstrom or two_theta_deg",
        )
    if pattern.name == "theta" and high <= _LARGEST_THETA:
        raise ReaderError(
            f"its axis is called theta and ends at {high:g}: name it two_theta_deg where it is "
            "2theta, else double it"
        )
    if pattern.name == "theta":
        notes.append(f"the axis is called theta but runs to {high:g}; taken as 2theta")
        _log.warning("%s: %s", source, notes[-1])
    return "two_theta_deg"


def _checked(table: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Finite, within range, rising, without repetition; counts not negative."""
    if len(table) < FEWEST_POINTS:
        raise ReaderError(f"{len(table)} points; a pattern needs at least {FEWEST_POINTS}")
    if not np.isfinite(table.to_numpy()).all():
        raise ReaderError("holds values that are not finite; remove them")
    angle = table["two_theta_deg"].to_numpy()
    if angle.min() < -10 or angle.max() > 180:
        raise ReaderError(
            f"2theta runs from {angle.min():g} to {angle.max():g} deg, possible is up to 180; "
            "is the first column something else? Counts without angles: export 2theta beside them",
        )
    step = np.diff(angle)
    if (step < 0).all():
        table = table[::-1].reset_index(drop=True)
        notes.append("the angles fell; the order was turned")
    elif (step <= 0).any():
        first = int(np.argmax(step <= 0)) + 1
        what = "occurs twice" if step[first - 1] == 0 else "goes back"
        raise ReaderError(
            f"2theta {what} at {angle[first]:g} deg (point {first + 1}); several ranges or scans "
            "in one column cannot be told apart: split the file",
        )
    if (keep := table["two_theta_deg"] > 0).sum() < len(table):
        notes.append(f"{int((~keep).sum())} points at 2theta <= 0 left out")
        table = table[keep].reset_index(drop=True)
    negative = int((table["intensity"] < 0).sum())
    if negative:
        worst = float(table["intensity"].min())
        raise ReaderError(
            f"{negative} negative intensities (down to {worst:g}); a background was subtracted. "
            "Weights come from the counts: give the pattern as measured",
        )
    if "sigma" in table and (table["sigma"] <= 0).any():
        notes.append("standard deviations of 0 or below in the file; its third column was not used")
        table = table.drop(columns="sigma")
    return table
