"""Photoemission spectra in text: plain columns, SPECS, Scienta and CasaXPS exports.

What stands above each table says what its energies are: names of columns, or the settings that
an analyser's program writes (``# Region: B 1s``, ``Excitation Energy=520``).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasicon.core.axes import contradiction, together
from nasicon.core.columns import plain_name
from nasicon.core.tables import NOT_MEASURED, Lines, Table, numeric_tables
from nasicon.core.text import ReaderError, is_number

FEWEST_POINTS = 5
KINETIC = re.compile(r"kineti|\bke\b|\bek\b|\bk\.e\.", re.IGNORECASE)
BINDING = re.compile(  # "Be 1s" is a line of beryllium
    r"binding|\bbe\b(?! ?\d)|\beb\b|\bb\.e\.", re.IGNORECASE
)
RATE = re.compile(r"cps|count rate|counts?\s*(/|per)\s*s|c/s", re.IGNORECASE)
COUNTS = re.compile(r"count|^d$|^cts$", re.IGNORECASE)
_SETTING = re.compile(
    r"[\s#]*(?:[\w/. -]{1,40}\t)?(region(?: name)?|(?:excitation|photon) energy|columnlabels"
    r"|energy (?:scale|axis)|characteristic energy ev|dimension 1 (?:name|size)|cycle \d+"
    r"|values in|number of slices)"
    r"\s*[:=\t ]\s*(.*)",
    re.IGNORECASE,
)
_PHOTON = ("excitation energy", "photon energy", "characteristic energy ev")
_SHIFT_EV = 0.02  # by which a corrected axis differs from photon energy less kinetic energy


@dataclass(frozen=True)
class Region:
    """One region as a file gives it, before any check; arrays of shape (n,)."""

    name: str
    energy: NDArray
    scale: str  # "binding", "kinetic" or ""
    intensity: NDArray
    unit: str  # "counts", "counts_per_s" or "au"
    transmission: NDArray | None = None
    photon_energy_ev: float = np.nan
    counts_per_unit: float = np.nan  # seconds x scans, turns a rate into counts
    doubt: str = ""  # what its header says against its energies


def unit_of(label: str) -> str:
    """Unit of an intensity of this name."""
    return "counts_per_s" if RATE.search(label) else "counts" if COUNTS.search(label) else "au"


def scale_of(label: str) -> str:
    """Whether a label says binding or kinetic energy; "" where it says neither, or both."""
    clean = plain_name(label).replace("_", " ").replace("/", " ")
    kinetic, binding = bool(KINETIC.search(clean)), bool(BINDING.search(clean))
    return "" if kinetic == binding else "kinetic" if kinetic else "binding"


def parse_text(lines: Lines, stem: str, energy: str) -> tuple[list[Region], list[str]]:
    """Regions of a text file, and notes.

    Parameters
    ----------
    stem
        Name of a region where the file has none.
    energy
        "binding" or "kinetic" where the user said which; a file may hold both.

    Raises
    ------
    ReaderError
        There is no table of an energy and an intensity, or a row of one cannot be read.
    """
    notes: list[str] = []
    regions: list[Region] = []
    settings: dict[str, str] = {}
    tables = [table for table in _joined(lines) if table.width > 1]
    largest = max((table.stop - table.first for table in tables), default=0)
    for table in tables:
        for line in table.above:
            if len(line) < 300 and (found := _SETTING.match(line)):
                name = found[1].lower()
                settings["cycle" if name.startswith("cycle") else name] = found[2].strip()
        if table.stop - table.first < FEWEST_POINTS:
            if largest >= FEWEST_POINTS:
                continue
            break
        if not settings.get("columnlabels", "energy").lower().startswith("energy"):
            continue  # an external channel against time
        regions.append(_region(table, settings, stem, energy, notes))
    if not regions:
        raise ReaderError("has no table of an energy and an intensity column; export two columns")
    return regions, notes


def _joined(lines: Lines) -> list[Table]:
    """Tables of the file; a second one without any word of its own is the rest of the first."""
    tables = numeric_tables(lines)
    for before, after in itertools.pairwise(tables):
        texts = [line for line in after.above if line.strip()]
        if after.width == before.width and not any(_SETTING.match(t[:300]) for t in texts):
            known = {*filter(None, map(scale_of, after.names))}
            if not known and not all(line.lstrip().startswith("#") for line in texts):
                line = next(i for i, t in enumerate(after.above) if t.strip())
                raise ReaderError(
                    f"{texts[0][:60]!r} is no data row; remove it", before.stop + line + 1
                )
    return tables


def _region(
    table: Table, settings: dict[str, str], stem: str, energy: str, notes: list[str]
) -> Region:
    slices, size = settings.get("number of slices", "1"), settings.get("dimension 1 size")
    if slices != "1":
        raise ReaderError(
            f"is a map of {slices} slices; expected an energy and an intensity: integrate over "
            "the slices in SES"
        )
    if size is not None and size != str(len(table)):
        raise ReaderError(f"states {size} points and holds {len(table)}; cut off?", table.first + 1)
    names = table.names or settings.get("columnlabels", "").split()
    names = [*names, *[""] * (table.width - len(names))][: table.width]
    scales = [scale_of(name) for name in names]
    order = ("kinetic", "binding") if energy == "kinetic" else ("binding", "kinetic")
    column = next((scales.index(scale) for scale in order if scale in scales), 0)
    others = [i for i in range(table.width) if i != column and not scales[i]]
    others = [i for i in others if not NOT_MEASURED.search(names[i])] or others
    if not others:
        raise ReaderError("has no intensity beside its energies", table.first + 1)
    counts = [i for i in others if COUNTS.search(names[i]) and not RATE.search(names[i])]
    rates = [i for i in others if RATE.search(names[i])]
    beside = (counts or rates or [i for i in others if i > column] or others)[0]
    scale = scales[column] or _stated_scale(settings, table)
    wanted = [column, beside]
    both = {*scales} >= {"kinetic", "binding"}
    table.wanted = [*wanted, scales.index("kinetic")] if both else wanted
    values = table.numbers(table.wanted)
    photon = _first_number(settings, *_PHOTON)
    if both and scale == "binding":
        together("its binding and kinetic energies", values[:, 0], -values[:, 2])
    name = settings.get("region name") or settings.get("region") or settings.get("cycle") or stem
    if both and column != scales.index("kinetic") and np.isfinite(photon):
        shift = float(np.median(values[:, 0] + values[:, 2] - photon))
        if abs(shift) > _SHIFT_EV:
            notes.append(
                f"{name.strip(': ')}: its binding energies are shifted by {shift:+.2f} eV against "
                "photon energy less kinetic energy: a calibration that the file applies"
            )
    notes += table.notes
    factor = 1e3 if re.search(r"\bkev\b", plain_name(names[column]), re.IGNORECASE) else 1.0
    columns = factor * values[:, 0], scale, values[:, 1], unit_of(names[beside])
    doubt = contradiction(table.head, columns[0], "energy")
    return Region(name.strip(": "), *columns, photon_energy_ev=photon, doubt=doubt)


def _stated_scale(settings: dict[str, str], table: Table) -> str:
    """Scale that the settings or the words above the table state."""
    for name in ("values in", "dimension 1 name", "energy scale", "energy axis"):
        if found := scale_of(settings.get(name, "")):
            return found
    header = next((line for line in reversed(table.above) if line.strip()), "")
    return scale_of(header[:300])


def _first_number(settings: dict[str, str], *names: str) -> float:
    for name in names:
        words = plain_name(settings.get(name, "")).replace(",", ".").split()
        if words and is_number(words[0]):
            return float(words[0])
    return np.nan
