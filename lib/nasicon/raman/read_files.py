"""Raman spectra of several vendors into one tidy table: shift in cm-1 and intensity.

Read are two-column text with or without header (Horiba, Renishaw, WITec), the text of
B&W Tek's BWSpec with its many columns, JCAMP-DX, the Raman Open Database's ``.rod`` (CIF),
Renishaw's binary ``.wdf``, and workbooks.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import median_filter

from nasicon.core import workbook
from nasicon.core.archive import ZIP_MAGIC
from nasicon.core.axes import contradiction, together
from nasicon.core.jcamp import parse_jcamp, unit_of
from nasicon.core.quality import MAD_TO_SIGMA, saturation
from nasicon.core.spectra import rising
from nasicon.core.tables import Lines, named_table, numeric_table, numeric_tables
from nasicon.core.text import (
    ReaderError,
    decode,
    is_number,
    names_its_file,
    read_bytes,
)
from nasicon.raman.read_renishaw import WDF_MAGIC, parse_wdf

_log = logging.getLogger(__name__)

FEWEST_POINTS = 16
SPIKE_SIGMA = 12.0  # a point above its neighbours by this many noise levels is a cosmic ray
SPIKE_WIDTH = 2  # points: a line of the spectrometer is wider
_OTHER_AXIS = re.compile(r"\bnm\b|wavelength|\bm?ev\b|\b[tg]hz\b|pixel|channel")
_WAVELENGTH = re.compile(r"wavelength|lambda", re.IGNORECASE)
_LASER = re.compile(  # a wavelength, no power in mW, no percentage
    r"(?:laser|excitation)[^\n]{0,60}?(?<![0-9.])([2-9][0-9]{2}|1[0-9]{3})"
    r"(?![0-9]|[.,]?[0-9]{0,4} ?(?:m?w|%))([.,][0-9]{1,4})?",
    re.I,
)
SETTINGS = {  # what scales intensities, as headers call it
    "exposure_s": r"acq\w{0,9}\.? ?time|int[ei]gration times?|exposure",
    "accumulations": r"accumulations|average number",
    "laser_power": r"laser[ _]?power(?:level)?",
    "nd_filter_percent": r"nd filter",
    "objective": r"objective",
}
FURTHEST_CM1 = 4500.0  # of a fundamental: H2 has 4155
_SILICON = re.compile(r"\bon si\b|\bsi ?[(\[{<]1[01]{2}\b|\bsi(licon)? (wafer|substrate)", re.I)
_INFRARED = re.compile(r"transmi|absorb|\babs\b|reflectan|% ?[tr]\b", re.I)
SAME_LASER_NM = 0.5  # a header rounds and calibrations drift; another laser is further off


@names_its_file
def read_raman(path: str | Path, *, spectrum: int = 1) -> pd.DataFrame:
    """Read a Raman spectrum.

    Parameters
    ----------
    path
        Text of Horiba, Renishaw, WITec or B&W Tek, JCAMP-DX, ``.rod``, Renishaw ``.wdf``, or a
        workbook (.xlsx, .ods).
    spectrum
        Which one of a map or series, 1 the first.

    Returns
    -------
    pandas.DataFrame
        ``raman_shift_cm1`` (ascending), ``intensity``, ``cosmic_ray`` (bool: a spike narrower
        than a line; the intensity is left as recorded). ``attrs``: ``source``, ``format``,
        ``laser_nm`` (None where not stated), those of `SETTINGS` that text states, ``notes``.

    Raises
    ------
    ReaderError
        The file cannot be read, or its axis is not a Raman shift.
    """
    raw = read_bytes(path)
    if raw.startswith(WDF_MAGIC):
        x, y, attrs, notes = parse_wdf(raw, spectrum)
    else:
        if spectrum != 1:
            raise ReaderError(f"holds one spectrum, asked for number {spectrum}")
        x, y, attrs, notes = _workbook(raw) if raw.startswith(ZIP_MAGIC) else _text(decode(raw))
    x, y = rising(FEWEST_POINTS, "cm-1", x, y)
    if x[0] > FURTHEST_CM1:
        raise ReaderError(
            f"its axis begins at {x[0]:.0f}, and no Raman line lies above {FURTHEST_CM1:g} cm-1: "
            "absolute wave numbers? Export the shift from the laser's line"
        )
    spikes = cosmic_rays(y)
    if spikes.any():
        where = ", ".join(f"{v:.0f}" for v in x[spikes][:5])
        notes.append(f"{int(spikes.sum())} points look like cosmic rays (near {where} cm-1)")
    notes += filter(None, [saturation(y)])
    for note in notes:
        _log.warning("%s: %s", path.name, note)
    table = pd.DataFrame({"raman_shift_cm1": x, "intensity": y, "cosmic_ray": spikes})
    table.attrs = {"source": path.name, "laser_nm": None, **attrs, "notes": notes}
    return table


def _workbook(raw: bytes):
    """The largest table in a sheet of a workbook."""
    found, notes = workbook.largest_table(raw, _two_columns, lambda found: len(found[0]))
    x, y, attrs, others = found
    return x, y, attrs | {"format": workbook.kind(raw)}, others + notes


def _text(text: str):
    lines = Lines(text)
    head = lines.head(400)
    if text.lstrip().startswith("##"):
        return _jcamp(text)
    if any("_raman_spectrum.raman_shift" in line for line in head):
        return _rod(lines)
    if any(line.startswith(("File Version;", "Pixel;")) for line in head):
        return _bwspec(lines)
    return _two_columns(lines)


def _jcamp(text: str):
    values, x, y = parse_jcamp(text)
    kind, unit = values.get("DATATYPE", ""), unit_of(values)
    if "RAMAN" not in kind.upper() or unit != "1/CM":
        raise ReaderError(
            f"is JCAMP-DX of {kind or 'no stated kind'!r} in {unit!r}; expected RAMAN SPECTRUM "
            "in 1/CM: export the Raman shift"
        )
    return x, y, {"format": "JCAMP-DX", "title": values.get("TITLE", "")}, []


def cosmic_rays(intensity: np.ndarray) -> np.ndarray:
    """Points of spikes at most two points wide that tower over their neighbours, bool (n,).

    A spike stands above the median of seven points by more than twelve times the noise
    (from second differences), and both its flanks fall within two points: a line that the
    spectrometer resolves has neighbours that share its height, also one astride two points,
    whose neighbours to either side still stand above what lies further out.
    """
    y = np.asarray(intensity, dtype=float)
    second = y[2:] - 2 * y[1:-1] + y[:-2]
    local = median_filter(np.abs(second), size=min(101, len(second) | 1))
    noise = np.r_[local[0], local, local[-1]] * MAD_TO_SIGMA / np.sqrt(6)
    excess = y - median_filter(y, size=7)
    high = excess > SPIKE_SIGMA * np.maximum(noise, 1e-12 * np.abs(y).max())
    found = np.zeros(len(y), dtype=bool)
    places = np.flatnonzero(high)
    for run in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        if 0 < len(run) <= SPIKE_WIDTH:
            around = np.r_[max(run[0] - 1, 0), min(run[-1] + 1, len(y) - 1)]
            found[run] = excess[around].max() < 0.2 * excess[run].max() and not _has_wings(y, run)
    return found


def _has_wings(y: np.ndarray, run: np.ndarray) -> bool:
    """Whether the points to both sides hold a tenth of the height above those further out."""
    left, right = y[max(run[0] - 6, 0) : run[0]], y[run[-1] + 1 : run[-1] + 7]
    if len(left) < 3 or len(right) < 3:
        return False
    base = (np.median(left[:-1]) + np.median(right[1:])) / 2
    tenth = 0.1 * (y[run].max() - base)
    return bool(left[-1] - np.median(left[:-1]) > tenth and right[0] - np.median(right[1:]) > tenth)


def _rod(lines: Lines):
    """Raman Open Database: a CIF loop of shift and intensity."""
    wanted = ["_raman_spectrum.raman_shift", "_raman_spectrum.intensity"]
    for table in numeric_tables(lines):
        above = [line.strip() for line in table.above if line.strip()]
        loop = max((i for i, line in enumerate(above) if line == "loop_"), default=len(above))
        names = above[loop + 1 :]
        if {*wanted} <= {*names} and len(names) == table.width:
            break
    else:
        raise ReaderError("its loop of shift and intensity is incomplete")
    values = table.numbers([names.index(name) for name in wanted])
    tag = "_raman_measurement_device.excitation_laser_wavelength "
    laser = next((line.removeprefix(tag) for line in lines.all if line.startswith(tag)), "").strip()
    attrs = {"format": "ROD", "laser_nm": float(laser) if is_number(laser) else None}
    return values[:, 0], values[:, 1], attrs, []


def _bwspec(lines: Lines):
    """B&W Tek: settings, then pixels with raw, dark, reference and derived columns."""
    start = next((i for i, line in enumerate(lines.head()) if line.startswith("Pixel;")), None)
    if start is None:
        raise ReaderError("has no row of column names ('Pixel;...'); export it again")
    names = [name.strip() for name in lines.all[start].split(";")]
    if "Raman Shift" not in names:
        raise ReaderError(f"has no column 'Raman Shift', only {', '.join(names)}")
    shift = names.index("Raman Shift")
    starts = ("Dark Subtracted", "Raw data")
    column = next((i for s in starts for i, n in enumerate(names) if n.startswith(s)), None)
    if column is None:
        raise ReaderError("has neither 'Dark Subtracted' nor 'Raw data'")
    table = named_table(lines, start, lambda *_: True, ragged=True)
    if table is None:
        raise ReaderError("has no row below its column names; export it again", start + 1)
    table.wanted = [shift, column]
    beside = names.index("Wavelength") if "Wavelength" in names else shift
    values = table.numbers([shift, column, beside], missing="")
    known = np.isfinite(values[:, :2]).all(axis=1)
    notes = list(table.notes)
    if left_out := int((~known).sum()):
        notes.append(f"{left_out} pixels without a Raman shift or intensity left out")
    settings = dict(line.split(";", 1) for line in lines.head(start) if ";" in line)
    laser = settings.get("laser_wavelength", "").strip().replace(",", ".")
    if beside != shift and is_number(laser):
        _same_laser(float(laser), values[:, 2], values[:, 0])
    values = values[known]
    together("Wavelength and Raman Shift", values[:, 2], values[:, 0])
    attrs = {"format": "BWSpec", "laser_nm": float(laser) if is_number(laser) else None}
    attrs |= _settings("\n".join(lines.head(start)))
    return values[:, 0], values[:, 1], attrs, notes


def _settings(head: str) -> dict[str, float]:
    """Settings that a header states; no exposure where the intensities are per second."""
    found = {}
    for name, words in SETTINGS.items():
        pattern = rf"\b(?:{words})([^\n\d]{{0,20}})(\d{{1,9}}(?:[.,]\d{{1,9}})?)"
        if hit := re.search(pattern, head, re.IGNORECASE):
            found[name] = float(hit[2].replace(",", ".")) * (1e-3 if "ms" in hit[1] else 1.0)
    if re.search(r"(?:cnt|counts?) ?/ ?s|\bcps\b", head, re.IGNORECASE):
        found.pop("exposure_s", None)
    return found


def _same_laser(laser_nm: float, wavelength: np.ndarray, shift: np.ndarray) -> None:
    """Refuse shifts that another laser than the header's makes of their own wavelengths."""
    with np.errstate(divide="ignore", invalid="ignore"):
        made_with = np.nanmedian(1e7 / (shift + 1e7 / wavelength))
        apart = 1e7 / made_with - 1e7 / np.float64(laser_nm)
    if abs(made_with - laser_nm) > SAME_LASER_NM:
        raise ReaderError(
            f"its shifts were made of its wavelengths with a laser of {made_with:.2f} nm, its "
            f"header says {laser_nm:.2f} nm ({apart:+.1f} cm-1): "
            "correct the one that is wrong, in the header or by exporting again"
        )


def _two_columns(lines: Lines):
    """Two columns, any delimiter; a header may name them and the laser."""
    table = numeric_table(lines, "two columns of numbers; export shift and intensity", fewest=2)
    if table.width > 2 and not re.search("shift|wave|cm", " ".join(table.names), re.I):
        raise ReaderError(
            f"{table.width} columns; expected shift and intensity only, or names of both",
            table.first + 1,
        )
    x, y = table.pair("shift|wave|cm")
    values = table.numbers([x, y])
    head = table.head
    axis = table.names[x].lower() if table.names else ""
    other = _OTHER_AXIS.search(axis)
    if other and not re.search(r"cm\W{0,3}1|cm⁻¹|1/cm", axis):
        raise ReaderError(
            f"its axis is a wavelength or in another unit ({other[0]!r}): convert it to a Raman "
            "shift with the laser's measured wavelength, or export in cm-1",
        )
    if infrared := _INFRARED.search(" ".join(table.names)):
        raise ReaderError(f"its intensity is {infrared[0]!r}: an infrared spectrum, no Raman one")
    if "absolute" in axis:
        raise ReaderError("its wave numbers are absolute; export the shift from the laser's line")
    laser = _LASER.search(head)
    notes = list(table.notes)
    if not re.search(r"cm\s*[-^]?1|shift|wave", head, re.I):
        notes.append("the file names no unit for its axis; taken as Raman shift in cm-1")
        if np.array_equal(values[:, 0] - values[0, 0], np.arange(len(values))) and values[0, 0] < 2:
            raise ReaderError("its axis counts pixels; export the Raman shift, or name the column")
    laser_nm = float(laser[1] + (laser[2] or "").replace(",", ".")) if laser else None
    attrs = {"format": "two-column text", "laser_nm": laser_nm, **_settings(head)}
    attrs["silicon"] = _SILICON.search(head) is not None
    attrs["axis"] = contradiction(head, values[:, 0], "wave number")
    beside = [i for i, name in enumerate(table.names) if i != x and _WAVELENGTH.match(name)]
    if beside:
        together(f"{axis} and {table.names[beside[0]]}", values[:, 0], table.numbers(beside)[:, 0])
    return values[:, 0], values[:, 1], attrs, notes
