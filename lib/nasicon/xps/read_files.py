"""Photoemission spectra into one tidy table, whatever wrote them.

The format is found from the content: VAMAS (regular or irregular, with or
without a transmission column), delimited text with two or more columns,
workbooks with one or more regions a sheet. Energies always come out as
*binding* energies, ascending. Which of the two a file holds is read from its
labels and never guessed: a file that does not say is an error that asks.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core import workbook
from nasicon.core.archive import ZIP_MAGIC
from nasicon.core.quality import saturation
from nasicon.core.spectra import rising
from nasicon.core.tables import Lines
from nasicon.core.text import ReaderError, decode, in_file, names_its_file, read_bytes
from nasicon.xps.read_text import FEWEST_POINTS, Region, parse_text, scale_of, unit_of
from nasicon.xps.read_vamas import is_vamas, parse_vamas

_log = logging.getLogger(__name__)

ENERGIES = ("auto", "binding", "kinetic")
_HEADER_ROWS = 60  # of a sheet, within which its energies are named
_UNIT_ROWS = 3  # between the names and the numbers
_LONGEST_LABEL = 40
#: Programs that write text, by a word of their first line.
_PROGRAMS = {"Scienta text": "[Info]", "SPECS text": "SpecsLab", "CasaXPS text": "Cycle "}


@names_its_file
def read_xps(
    path: str | Path, *, energy: str = "auto", photon_energy_ev: float | None = None
) -> pd.DataFrame:
    """Read a photoemission file into a tidy table.

    Parameters
    ----------
    path
        VAMAS, Scienta text, delimited text with an energy column, or a workbook (.xlsx, .ods).
    energy
        What the energy column holds: "auto" (as the file labels it), "binding"
        or "kinetic".
    photon_energy_ev
        Needed where the file holds kinetic energies and no photon energy.

    Returns
    -------
    pandas.DataFrame
        ``region``, ``binding_energy_ev`` (ascending in each region),
        ``intensity_counts`` (or ``intensity_counts_per_s``, ``intensity_au``)
        and, where the file has one, ``transmission`` (the intensity is *not*
        divided by it). ``attrs``: ``source, format, notes, photon_energy_ev``.

    Raises
    ------
    ReaderError
        The file cannot be read, or does not say what its energies are.
    ValueError
        `energy` or `photon_energy_ev` is not of its kind.
    """
    if energy not in ENERGIES:
        raise ValueError(f"energy must be one of {', '.join(ENERGIES)}; got {energy!r}")
    if photon_energy_ev is not None and not (0 < photon_energy_ev < np.inf):
        raise ValueError(f"photon_energy_ev must be > 0, got {photon_energy_ev}")
    source, notes = path.name, []
    regions, kind = _parse(read_bytes(path), path.stem, energy, notes)
    names = _unique([region.name for region in regions])
    photon = photon_energy_ev if photon_energy_ev is not None else _photon(regions)
    columns = {r.unit for r in regions}
    if len(columns) > 1:
        raise ReaderError(
            f"regions in different units ({', '.join(sorted(columns))}); export one a file"
        )
    tables = []
    for region, name in zip(regions, names, strict=True):
        with in_file(f"{source}, region {name!r}"):
            tables.append(_table(replace(region, name=name), energy, photon, source, notes))
    table = pd.concat(tables, ignore_index=True)
    table.attrs = {"source": source, "format": kind, "notes": notes, "photon_energy_ev": photon}
    table.attrs["doubts"] = {name: r.doubt for name, r in zip(names, regions, strict=True)}
    return table


def one_region(table: pd.DataFrame, region: str = "") -> pd.DataFrame:
    """One region of a table of `read_xps`; an empty name takes the only one.

    Raises
    ------
    ReaderError
        There is no such region, or several and none is named.
    """
    names = list(dict.fromkeys(table["region"]))
    source = str(table.attrs.get("source", "table"))
    if not region and len(names) == 1:
        region = names[0]
    if region not in names:
        asked = f"no region {region!r}" if region else "no region is named"
        raise ReaderError(f"{asked}; it has {', '.join(names)}: choose one of them", source=source)
    chosen = table[table["region"] == region].drop(columns="region").reset_index(drop=True)
    doubt = table.attrs.get("doubts", {}).get(region, "")
    chosen.attrs = {**table.attrs, "region": region, "axis": doubt}
    return chosen


def _parse(raw: bytes, stem: str, energy: str, notes: list[str]) -> tuple[list[Region], str]:
    if raw.startswith(ZIP_MAGIC):
        return _workbook(raw, notes), workbook.kind(raw)
    text = decode(raw)
    lines = Lines(text.lstrip())
    if is_vamas(lines.head(2)):
        return parse_vamas(lines.all), "VAMAS"
    regions, found = parse_text(Lines(text), stem, energy)
    notes += found
    first = lines.head(1)[0]
    return regions, next((k for k, mark in _PROGRAMS.items() if mark in first), "delimited text")


def _workbook(raw: bytes, notes: list[str]) -> list[Region]:
    """Regions of a workbook: one or more a sheet, side by side below a row that names energies.

    A region is a column called binding or kinetic energy and the next one to its right that
    holds numbers. Further energies count only under the first one's name: fitting programs put
    their own copy, called otherwise, beside what was measured.
    """
    regions = []
    for sheet, rows in workbook.sheets(raw).items():
        texts = [[str(cell or "").strip() for cell in row] for row in rows[:_HEADER_ROWS]]
        top = next((i for i, row in enumerate(texts) if _names_energies(row, rows[i + 1 :])), None)
        if top is None:
            notes.append(f"sheet {sheet!r} names no energy in its first rows: left out")
            continue
        label = next(cell for cell in texts[top] if _is_energy(cell))
        places = [k for k, cell in enumerate(texts[top]) if cell.lower() == label.lower()]
        for place, stop in zip(places, [*places[1:], None], strict=True):
            region = _sheet_region(rows, texts, top, slice(place, stop), sheet)
            above = texts[top - 1][place] if top and place < len(texts[top - 1]) else ""
            name = sheet if len(places) == 1 else above or f"{sheet} {len(regions) + 1}"
            regions.append(replace(region, name=name))
    if not regions:
        raise ReaderError("no sheet has a column called binding or kinetic energy")
    return regions


def _sheet_region(
    rows: list[list], texts: list[list[str]], top: int, columns: slice, sheet: str
) -> Region:
    below = [row[columns] for row in rows[top + 1 :]]
    first = next((i for i, row in enumerate(below[:_UNIT_ROWS]) if 0 in _numbers_in(row)), None)
    if first is None:
        raise ReaderError(f"sheet {sheet!r} has no numbers below one of its energies")
    beside = next((k for k in _numbers_in(below[first]) if k), None)
    if beside is None:
        raise ReaderError(f"sheet {sheet!r} has no intensity beside its energies")
    pairs = [(row[0], row[beside]) for row in below[first:] if len(row) > beside]
    pairs = [pair for pair in pairs if pair[0] is not None and pair[1] is not None]
    try:
        values = np.array(pairs, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError):
        raise ReaderError(f"sheet {sheet!r} has text among its numbers") from None
    head = [row[columns] for row in texts[top : top + 1 + first]]
    label = " ".join(row[beside] for row in head if len(row) > beside)
    return Region("", values[:, 0], scale_of(head[0][0]), values[:, 1], unit_of(label))


def _names_energies(row: list[str], below: list[list]) -> bool:
    """Whether a row names a column of energies: numbers begin within the next rows."""
    places = [k for k, cell in enumerate(row) if _is_energy(cell)]
    return any(k in _numbers_in(next_row) for next_row in below[:_UNIT_ROWS] for k in places)


def _is_energy(cell: str) -> bool:
    """Whether a cell is a column name, not a remark, that says binding or kinetic energy."""
    return len(cell) <= _LONGEST_LABEL and bool(scale_of(cell))


def _numbers_in(row: list) -> list[int]:
    """Columns of a row that hold numbers."""
    return [k for k, cell in enumerate(row) if isinstance(cell, int | float)]


def _table(
    region: Region, energy: str, photon: float, source: str, notes: list[str]
) -> pd.DataFrame:
    along = [v for v in (region.intensity, region.transmission) if v is not None]
    x, *along = rising(FEWEST_POINTS, "eV", region.energy, *along)
    scale = region.scale if energy == "auto" else energy
    if not scale:
        raise ReaderError(
            "does not say whether its energies are binding or kinetic: give "
            'energy="binding" or energy="kinetic"',
        )
    if energy != "auto" and region.scale and region.scale != energy:
        notes.append(f"{region.name}: labelled {region.scale} energy, taken as {energy} as told")
    if scale == "kinetic":
        if not photon > 0:
            raise ReaderError(
                "holds kinetic energies and no photon energy: give photon_energy_ev, "
                "for example 1486.6 for Al K-alpha",
            )
        x, *along = (v[::-1] for v in (np.round(photon - x, 9) + 0.0, *along))  # no -0
        notes.append(
            f"{region.name}: binding energy = {photon:g} eV - kinetic energy (the analyser's "
            "work function is taken to be in its scale)"
        )
    if np.isfinite(photon) and not 0 < x.max() < photon + 10:
        raise ReaderError(
            f"binding energies up to {x.max():g} eV exceed the photon energy {photon:g} eV, or all "
            "are below 0: these are kinetic energies, or the photon energy is another",
        )
    if region.unit == "counts_per_s" and np.isfinite(region.counts_per_unit):
        notes.append(f"{region.name}: {region.counts_per_unit:g} s per point in all")
    _note_detector(along[0], region.name, notes, source)
    columns = ("binding_energy_ev", f"intensity_{region.unit}", "transmission")
    return pd.DataFrame({"region": region.name, **dict(zip(columns, (x, *along), strict=False))})


def _note_detector(y: NDArray, name: str, notes: list[str], source: str) -> None:
    negative = int((y < 0).sum())
    if negative:
        notes.append(
            f"{name}: {negative} negative intensities: something was subtracted, so they are no "
            "counts, and no region of them is fitted"
        )
        _log.warning("%s: %s", source, notes[-1])
    if clipped := saturation(y):
        notes.append(f"{name}: {clipped}")
        _log.warning("%s: %s", source, notes[-1])


def _photon(regions: list[Region]) -> float:
    energies = {r.photon_energy_ev for r in regions if np.isfinite(r.photon_energy_ev)}
    return energies.pop() if len(energies) == 1 else np.nan


def _unique(names: list[str]) -> list[str]:
    before = pd.Series(names).groupby(names).cumcount()
    return [f"{name} #{k + 1}" if k else name for name, k in zip(names, before, strict=True)]
