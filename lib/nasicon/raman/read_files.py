"""Raman spectra of several vendors into one tidy table: shift in cm-1 and intensity.

Read are two-column text with or without header (Horiba, Renishaw, WITec), the text of
B&W Tek's BWSpec with its many columns, and the Raman Open Database's ``.rod`` (CIF).
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import median_filter

from nasicon.core.text import (
    ReaderError,
    decimal_mark,
    is_number,
    loose_cells,
    parse_number,
    read_lines,
)

_log = logging.getLogger(__name__)

FEWEST_POINTS = 16
SPIKE_SIGMA = 12.0  # a point above its neighbours by this many noise levels is a cosmic ray
SPIKE_WIDTH = 2  # points: a line of the spectrometer is wider
SATURATED_RUN = 4  # equal highest points in a row


def read_raman(path: str | Path) -> pd.DataFrame:
    """Read a Raman spectrum.

    Returns
    -------
    pandas.DataFrame
        ``raman_shift_cm1`` (ascending), ``intensity``, ``cosmic_ray`` (bool: a spike narrower
        than a line; the intensity is left as recorded). ``attrs``: ``source``, ``format``,
        ``laser_nm`` (None where not stated), ``notes``.

    Raises
    ------
    ReaderError
        The file cannot be read, or its axis is not a Raman shift.
    """
    path = Path(path)
    lines = read_lines(path)
    text = "\n".join(lines[:400])
    if "_raman_spectrum.raman_shift" in text:
        parse = _rod
    elif lines[0].startswith("File Version;BWSpec"):
        parse = _bwspec
    else:
        parse = _two_columns
    x, y, attrs, notes = parse(lines, path.name)
    if len(x) < FEWEST_POINTS:
        raise ReaderError.at(path.name, f"{len(x)} points are no spectrum")
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    if (np.diff(x) == 0).any():
        twice = x[1:][np.diff(x) == 0][0]
        raise ReaderError.at(path.name, f"{twice:g} cm-1 occurs twice; give one spectrum a file")
    spikes = cosmic_rays(y)
    if spikes.any():
        where = ", ".join(f"{v:.0f}" for v in x[spikes][:5])
        notes.append(f"{int(spikes.sum())} points look like cosmic rays (near {where} cm-1)")
    notes += _saturation(y)
    for note in notes:
        _log.warning("%s: %s", path.name, note)
    table = pd.DataFrame({"raman_shift_cm1": x, "intensity": y, "cosmic_ray": spikes})
    table.attrs = {"source": path.name, "laser_nm": None, **attrs, "notes": notes}
    return table


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
    noise = np.r_[local[0], local, local[-1]] * 1.4826 / np.sqrt(6)
    excess = y - median_filter(y, size=7)
    high = excess > SPIKE_SIGMA * np.maximum(noise, 1e-12 * np.abs(y).max())
    found = np.zeros(len(y), dtype=bool)
    for run in np.split(
        np.flatnonzero(high), np.flatnonzero(np.diff(np.flatnonzero(high)) > 1) + 1
    ):
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


def _saturation(y: np.ndarray) -> list[str]:
    top = np.flatnonzero(y == y.max())
    if len(top) >= SATURATED_RUN and (np.diff(top) == 1).sum() >= SATURATED_RUN - 1:
        return [f"{len(top)} points share the highest value: the detector was saturated"]
    return []


def _numbers(rows: list[list[str]], source: str, first_line: int = 1) -> np.ndarray:
    try:
        mark = decimal_mark([cell for row in rows for cell in row])
        return np.array([[parse_number(cell, mark) for cell in row] for row in rows])
    except ValueError as error:
        raise ReaderError.at(source, f"{error}", first_line) from error


def _rod(lines: list[str], source: str):
    """Raman Open Database: a CIF loop of shift and intensity."""
    names, rows = [], []
    for i, line in enumerate(lines):
        if line.strip() == "_raman_spectrum.raman_shift" and lines[i - 1].strip() == "loop_":
            j = i
            while lines[j].strip().startswith("_"):
                names.append(lines[j].strip())
                j += 1
            for row in lines[j:]:
                cells = row.split()
                if len(cells) != len(names) or not all(is_number(c) for c in cells):
                    break
                rows.append(cells)
            break
    if "_raman_spectrum.intensity" not in names or not rows:
        raise ReaderError.at(source, "its loop of shift and intensity is incomplete")
    values = _numbers(rows, source)
    laser = _tag(lines, "_raman_measurement_device.excitation_laser_wavelength")
    attrs = {
        "format": "ROD",
        "laser_nm": float(laser) if laser and is_number(laser) else None,
        "reference": _tag(lines, "_journal_paper_doi") or "",
        "substance": (_tag(lines, "_chemical_name_mineral") or "").strip("'"),
    }
    columns = [names.index(f"_raman_spectrum.{name}") for name in ("raman_shift", "intensity")]
    return values[:, columns[0]], values[:, columns[1]], attrs, []


def _tag(lines: list[str], name: str) -> str | None:
    for line in lines:
        if line.startswith(name + " "):
            return line[len(name) :].strip()
    return None


def _bwspec(lines: list[str], source: str):
    """B&W Tek: settings, then pixels with raw, dark, reference and derived columns."""
    start = next((i for i, line in enumerate(lines) if line.startswith("Pixel;")), None)
    if start is None:
        raise ReaderError.at(source, "has no row of column names ('Pixel;...'); export it again")
    names = [name.strip() for name in lines[start].split(";")]
    if "Raman Shift" not in names:
        raise ReaderError.at(source, f"has no column 'Raman Shift', only {', '.join(names)}")
    shift = names.index("Raman Shift")
    dark = next((i for i, n in enumerate(names) if n.startswith("Dark Subtracted")), None)
    column = (
        dark
        if dark is not None
        else next((i for i, n in enumerate(names) if n.startswith("Raw data")), None)
    )
    if column is None:
        raise ReaderError.at(source, "has neither 'Dark Subtracted' nor 'Raw data'")
    rows = [line.split(";") for line in lines[start + 1 :] if line.strip()]
    kept = [[r[shift].strip(), r[column].strip()] for r in rows if len(r) > max(shift, column)]
    kept = [r for r in kept if is_number(r[0], ",") or is_number(r[0])]
    kept = [r for r in kept if r[1]]
    if not kept:
        raise ReaderError.at(source, "has no pixel with a Raman shift and an intensity")
    values = _numbers(kept, source, start + 2)
    notes = []
    left_out = len(rows) - len(values)
    if left_out:
        notes.append(f"{left_out} pixels without a Raman shift or intensity left out")
    settings = dict(line.split(";", 1) for line in lines[:start] if ";" in line)
    laser = settings.get("laser_wavelength", "").strip().replace(",", ".")
    attrs = {
        "format": "BWSpec",
        "laser_nm": float(laser) if is_number(laser) else None,
        "column": names[column],
    }
    return values[:, 0], values[:, 1], attrs, notes


def _two_columns(lines: list[str], source: str):
    """Two columns, any delimiter; a header may name them and the laser."""
    data: list[list[str]] = []
    header: list[str] = []
    for i, line in enumerate(lines, start=1):
        cells = loose_cells(line)
        if len(cells) >= 2 and all(is_number(c) or is_number(c, ",") for c in cells):
            if len(cells) > 2:
                raise ReaderError.at(
                    source, f"{len(cells)} columns; expected shift and intensity only", i
                )
            data.append(cells)
        elif not data:
            header.append(line)
        elif line.strip():
            raise ReaderError.at(source, f"{line[:60]!r} is no data row; remove it", i)
    if not data:
        raise ReaderError.at(source, "has no two columns of numbers; export shift and intensity")
    values = _numbers(data, source, len(header) + 1)
    head = "\n".join(header)
    last = header[-1].lower() if header else ""
    if re.search(r"\bnm\b|wavelength", last) and not re.search(r"cm\s*[-^]?1|shift", last):
        raise ReaderError.at(
            source,
            "its axis is a wavelength; convert it to a Raman shift with the laser's "
            "measured wavelength, or export in cm-1",
        )
    laser = re.search(r"laser\D{0,30}?([\d.]+)\s*(?:nm)?", head, re.I)
    notes = (
        []
        if re.search(r"cm\s*[-^]?1|shift|wave", head, re.I)
        else ["the file names no unit for its axis; taken as Raman shift in cm-1"]
    )
    attrs = {"format": "two-column text", "laser_nm": float(laser[1]) if laser else None}
    return values[:, 0], values[:, 1], attrs, notes
