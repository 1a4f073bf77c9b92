"""What each NMR format says: axis, intensity, and the experiment's own metadata."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasicon.core.axes import together
from nasicon.core.jcamp import parse_jcamp, unit_of
from nasicon.core.quality import saturation
from nasicon.core.tables import Lines, Table, numeric_table
from nasicon.core.text import (
    ReaderError,
    decode,
    foreign_parser,
    is_number,
    optional_package,
    parse_number,
    read_bytes,
)

LARGEST_BYTES = 200_000_000
# Same magnet, same nucleus: reference frequencies agree far better than this.
SAME_NUCLEUS = 0.01
_DECIMAL = r"[-+]?[0-9]{1,9}(?:\.[0-9]{0,12})?"
MINIMUM_POINTS = 16  # of a signal


@dataclass
class Raw:
    """A spectrum or a signal as a file holds it.

    ``ppm`` for a spectrum; ``dwell_s`` (and ``carrier_ppm``, ``turns``) for a signal, where
    ``turns`` is +1 or -1: the sense in which a higher frequency turns.
    """

    format: str
    intensity: NDArray
    ppm: NDArray | None = None
    dwell_s: float = 0.0
    carrier_ppm: float = 0.0
    turns: int = 1
    attrs: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def nucleus_name(text: object) -> str:
    """Write ``^11B``, ``B11``, ``<11B>`` and ``11B`` alike; empty where it is none."""
    text = str(text)[:200]
    found = re.search(r"(\d{1,3})\s*(?:-\s*)?([A-Z][a-z]?)\b", text)
    if found:
        return found[1] + found[2]
    found = re.search(r"\b([A-Z][a-z]?)-?(\d{1,3})\b", text)
    return found[2] + found[1] if found else ""


def bruker(path: Path) -> Raw:
    """Bruker TopSpin: a processed spectrum (``1r``), or a signal (``fid``)."""
    folder = path if path.is_dir() else path.parent
    if folder.parent.name == "pdata":
        folder = folder.parent.parent
    acqus = parameters(folder / "acqus")
    processed = _processed_file(path, folder)
    raw = _bruker_signal(folder, acqus) if processed is None else _bruker_spectrum(processed, acqus)
    spin = number(acqus, "MASR", default=0.0)
    raw.attrs |= {
        "nucleus": nucleus_name(acqus.get("NUC1", "")),
        "larmor_mhz": number(acqus, "BF1"),
        "spin_rate_hz": spin or None,
    }
    return raw


def _processed_file(path: Path, folder: Path) -> Path | None:
    if path.name in ("fid", "acqus"):
        return None
    here = path if path.is_dir() else path.parent
    places = (here / "1r", folder / "pdata" / "1" / "1r")
    return next((place for place in places if place.is_file()), None)


def _bruker_spectrum(path: Path, acqus: dict[str, str]) -> Raw:
    procs = parameters(path.parent / "procs")
    count = int(number(procs, "SI"))
    order = ">" if int(number(procs, "BYTORDP", default=0)) else "<"
    kind = "f8" if int(number(procs, "DTYPP", default=0)) == 2 else "i4"
    content = _content(path)
    values = np.frombuffer(content[: len(content) - len(content) % int(kind[1])], order + kind)
    begin, kept = (int(number(procs, name, default=0)) for name in ("STSR", "STSI"))
    strip = 0 < kept < count and len(values) == kept
    if not strip and len(values) != count:
        raise ReaderError(
            f"1r holds {len(values)} points, procs says SI = {count}"
            + (f" and STSI = {kept}" if kept else "")
            + "; copy both again",
        )
    scale = 2.0 ** number(procs, "NC_proc", default=0.0)
    base, notes = number(acqus, "BF1"), []
    if strip:
        notes.append(f"a strip of the spectrum: points {begin} to {begin + kept} of {count}")
    reference = number(procs, "SF")
    width = number(procs, "SW_p")
    if abs(reference / base - 1) > SAME_NUCLEUS:
        notes.append(
            f"procs and acqus contradict each other: the reference frequency SF = {reference:g} "
            f"MHz in procs is that of another nucleus than {nucleus_name(acqus.get('NUC1'))} "
            f"(BF1 = {base:g} MHz in acqus); SF and the OFFSET = "
            f"{number(procs, 'OFFSET'):g} ppm that follows from it were not used. The "
            "axis is built from BF1, O1 and SW_p: the spectrometer's own zero, not a "
            "reference sample's"
        )
        first = (number(acqus, "SFO1") - base) / base * 1e6 + width / 2 / base
        reference, how = base, "acqus BF1 (spectrometer's own zero, no reference sample)"
    else:
        first = number(procs, "OFFSET")
        how = "procs SF and OFFSET"
    points = begin + np.arange(kept) if strip else np.arange(count)
    ppm = first - points * width / count / reference
    nuclei = {nucleus_name(acqus.get("NUC1", "")), nucleus_name(procs.get("AXNUC", ""))} - {""}
    if len(nuclei) > 1:
        notes.append(f"procs and acqus name different nuclei: {' and '.join(sorted(nuclei))}")
    broadening = number(procs, "LB", default=0.0)
    attrs = {"reference": how, "line_broadening_hz": broadening}
    return Raw("Bruker 1r", values * scale, ppm=ppm, attrs=attrs, notes=notes)


def _bruker_signal(folder: Path, acqus: dict[str, str]) -> Raw:
    from nmrglue.fileio.bruker import rm_dig_filter

    if not (folder / "fid").is_file():
        raise ReaderError("has no fid beside it; give a 1D experiment (ser is a series)")
    mode = int(number(acqus, "AQ_mod"))
    if mode not in (1, 3):  # both channels at once, with or without digital quadrature
        raise ReaderError(f"AQ_mod = {mode} (one channel), expected 1 or 3: complex")
    order = ">" if int(number(acqus, "BYTORDA")) else "<"
    # programs before TopSpin wrote no DTYPA, and integers
    kind = "f8" if int(number(acqus, "DTYPA", default=0)) == 2 else "i4"
    content, count = _content(folder / "fid"), int(number(acqus, "TD")) // 2
    stored = len(content) // (2 * np.dtype(kind).itemsize)
    if not MINIMUM_POINTS <= count <= stored:  # blocks are padded, so there may be more
        raise ReaderError(
            f"fid holds {stored} complex points, acqus says TD/2 = {count}; copy both again"
        )
    pairs = np.frombuffer(content, dtype=order + kind, count=2 * count).reshape(-1, 2)
    delay = [number(acqus, name, default=0.0) for name in ("DECIM", "DSPFVS", "GRPDLY")]
    if delay[2] > count / 2:
        raise ReaderError(f"GRPDLY = {delay[2]:g} exceeds half its {count} points")
    data, notes = pairs[:, 0] + 1j * pairs[:, 1], []
    if delay[1] > 0 or delay[2] > 0:
        with foreign_parser("its digital filter is unknown", "copy acqus again"):
            data = rm_dig_filter(data, *delay)
    else:
        notes.append("no digital filter (DSPFVS 0): the signal was taken as it stands")
    base = number(acqus, "BF1")
    carrier = (number(acqus, "SFO1") - base) / base * 1e6
    width = number(acqus, "SW_h")
    attrs = {
        "reference": "acqus BF1 (spectrometer's own zero, no reference sample)",
        "line_broadening_hz": 0.0,
        "clipped": _clipped(pairs[:, 0], pairs[:, 1]),
    }
    return Raw("Bruker fid", data, dwell_s=1 / width, carrier_ppm=carrier, attrs=attrs, notes=notes)


def _clipped(*channels: NDArray) -> str:
    """Say that the receiver was overloaded; empty where it was not."""
    return next(filter(None, (saturation(np.abs(part.astype(float))) for part in channels)), "")


def varian(path: Path) -> Raw:
    """Agilent or Varian VnmrJ: ``fid`` beside ``procpar``."""
    import nmrglue

    folder = path if path.is_dir() else path.parent
    for name in ("fid", "procpar"):
        _content(folder / name)
    with (
        foreign_parser("is no readable Agilent signal"),
        warnings.catch_warnings(action="ignore"),
    ):
        dic, data = nmrglue.varian.read(str(folder))
    if data.ndim != 1:
        raise ReaderError(f"is {data.ndim}-dimensional; give a 1D experiment")
    values = {name: entry["values"][0] for name, entry in dic["procpar"].items() if entry["values"]}
    width, transmitter = (number(values, name) for name in ("sw", "sfrq"))
    reference = number(values, "reffrq", default=transmitter)
    carrier = (transmitter - reference) / reference * 1e6
    how = "procpar reffrq"
    if "rfl" in values and "rfp" in values and "reffrq" in values:
        left = width - number(values, "rfl") + number(values, "rfp")
        by_line = (left - width / 2) / reference
        if abs(by_line - carrier) > 0.05:
            how += f" (rfl and rfp put the carrier at {by_line:.3f} ppm, reffrq at {carrier:.3f})"
    spin = number(values, "srate", default=0.0)
    attrs = {
        "nucleus": nucleus_name(values.get("tn", "")),
        "larmor_mhz": reference,
        "spin_rate_hz": spin or None,
        "reference": how,
        "line_broadening_hz": 0.0,
        "clipped": _clipped(data.real, data.imag),
    }
    return Raw("Agilent fid", data, dwell_s=1 / width, carrier_ppm=carrier, turns=-1, attrs=attrs)


def jcamp(path: Path) -> Raw:
    """JCAMP-DX spectrum, any of its forms."""
    values, x, real = parse_jcamp(decode(_content(path)))
    larmor, units = number(values, ".OBSERVEFREQUENCY", default=0.0), unit_of(values)
    if units in ("SECONDS", "S"):
        raise ReaderError("is a time signal; export the transformed spectrum")
    if units == "HZ":
        if not larmor:
            raise ReaderError(
                "its axis is in Hz and it has no .OBSERVE FREQUENCY: the shifts cannot be had; "
                "add ##.OBSERVE FREQUENCY= (MHz), or export in ppm",
            )
        x = x / larmor
    elif units != "PPM":
        raise ReaderError(f"has XUNITS {units!r}, expected PPM or HZ")
    attrs = {
        "nucleus": nucleus_name(values.get(".OBSERVENUCLEUS", "")),
        "larmor_mhz": larmor or None,
        "spin_rate_hz": number(values, "$MASFREQUENCY", default=0.0) or None,
        "reference": values.get(".SHIFTREFERENCE", "not stated"),
        "line_broadening_hz": number(values, "$LB", default=0.0),
        "title": values.get("TITLE", ""),
    }
    return Raw("JCAMP-DX", real, ppm=x, attrs=attrs)


def csdm(path: Path) -> Raw:
    """CSDM (``.csdf``), one frequency dimension."""
    text = decode(_content(path))
    try:
        model = json.loads(text)["csdm"]
        for part in model.get("dependent_variables", []):
            if part.get("type") == "external" or "components_url" in part:
                raise ReaderError("keeps its data in another file or address; save it as .csdf")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        if isinstance(error, ReaderError):
            raise
        raise ReaderError(f"is no CSDM file ({error})") from error
    csdmpy = optional_package("csdmpy", "csdm", "the CSD model", "save it as text")
    with foreign_parser("is no readable CSDM file"):
        data = csdmpy.loads(text)
    if len(data.x) != 1 or len(data.y) < 1:
        raise ReaderError(f"has {len(data.x)} dimensions, expected one")
    axis = data.x[0]
    with foreign_parser("its dimension is not in Hz or ppm", "save it as frequency"):
        if axis.coordinates.unit.is_equivalent("ppm"):
            larmor, ppm = None, axis.coordinates.to("ppm").value
        else:
            larmor = float(axis.origin_offset.to("MHz").value)
            ppm = axis.coordinates.to("Hz").value / larmor if larmor else None
    if ppm is None:
        raise ReaderError(
            "its axis is in Hz without origin_offset: the spectrometer frequency is "
            "missing and the shifts cannot be had; save it with origin_offset",
        )
    nucleus = nucleus_name(axis.label) or nucleus_name(data.description)
    real = np.real(np.asarray(data.y[0].components[0])).astype(float)
    attrs = {"nucleus": nucleus, "larmor_mhz": larmor, "reference": "CSDM dimension"}
    return Raw("CSDM", real, ppm=np.asarray(ppm, dtype=float), attrs=attrs)


def text_table(path: Path) -> Raw:
    """Two columns with a unit in the header, or TopSpin's one column between LEFT and RIGHT."""
    table = numeric_table(
        Lines(decode(_content(path))), "table of numbers; expected shift and intensity"
    )
    if len(table) < 3:
        raise ReaderError("has no table of numbers; expected shift and intensity")
    if table.width > 3:
        raise ReaderError(
            f"{table.width} columns; expected a shift and an intensity (and an imaginary part)"
        )
    refused = "a row that is no data: {cell!r} is not a finite number; remove it"
    values = table.numbers(table.pair("ppm|shift")[: table.width], refused=refused)
    head = table.head
    attrs, notes = _header_attrs(head), list(table.notes)
    if table.width == 1:
        ends = re.search(
            rf"LEFT\s{{0,9}}=\s{{0,9}}({_DECIMAL})\s{{0,9}}ppm"
            rf"[\s\S]{{0,400}}?RIGHT\s{{0,9}}=\s{{0,9}}({_DECIMAL})\s{{0,9}}ppm",
            head,
        )
        if not ends:
            raise ReaderError("has one column and no LEFT and RIGHT; give two columns")
        ppm = np.linspace(float(ends[1]), float(ends[2]), len(values))
        return Raw("TopSpin text", values[:, 0], ppm=ppm, attrs=attrs)
    _two_axes(table, attrs)
    x, larmor = values[:, 0], attrs.get("larmor_mhz")
    columns = table.above[-1][:300] if table.above else ""
    hertz = re.search(r"(?<![a-z])([km]?)hz(?![a-z])", columns, re.I)
    if hertz and "ppm" not in columns.lower():
        if hertz[1].lower() == "m":
            raise ReaderError("its axis is in MHz; give the shift in ppm, or in Hz from zero")
        if not larmor:
            raise ReaderError(
                "its axis is in Hz and no spectrometer frequency is stated; add a line "
                "'# spectrometer frequency: 192.39 MHz' or give the axis in ppm",
            )
        x = x * (1000 if hertz[1] else 1) / larmor
    elif "ppm" not in head.lower():
        if np.abs(x).max() > 2000:
            raise ReaderError(
                f"its axis reaches {np.abs(x).max():g} and names no unit; add a header "
                "'shift_ppm intensity'",
            )
        notes.append("the file names no unit for its axis; taken as ppm")
    return Raw("two-column text", values[:, 1], ppm=x, attrs=attrs, notes=notes)


def _two_axes(table: Table, attrs: dict[str, object]) -> None:
    """Frequency of columns in ppm and in Hz, which must be one axis and of the stated nucleus."""
    found = [re.search(r"(?<![a-z])(ppm|hz)(?![a-z])", name, re.I) for name in table.names]
    units = {unit[0].lower(): i for i, unit in enumerate(found) if unit}
    if len(units) < 2:
        return
    ppm, hertz = table.numbers([units["ppm"], units["hz"]]).T
    together("its columns in ppm and Hz", ppm, hertz)
    larmor, stated = float(np.ptp(hertz) / np.ptp(ppm)), attrs["larmor_mhz"]
    if stated and abs(larmor / stated - 1) > SAME_NUCLEUS:
        raise ReaderError(
            f"its columns in ppm and Hz are of {larmor:g} MHz, its header states {stated:g} MHz: "
            "correct the one that is wrong"
        )
    attrs["larmor_mhz"] = stated or larmor


def _header_attrs(head: str) -> dict[str, object]:
    frequency = re.search(
        r"(?:spectrometer|larmor|observe|resonance)[ _]{0,3}(?:frequency|mhz)?[^\d\n]{0,40}?"
        rf"({_DECIMAL})\s{{0,9}}mhz|(?:larmor|spectrometer)_mhz\s{{0,9}}[:=]\s{{0,9}}({_DECIMAL})",
        head,
        re.I,
    )
    nucleus = re.search(r"nucleus\W{1,20}(\S{1,12})", head, re.I)
    # "600 MHz (1H)" is the name of a magnet, not the frequency of another nucleus
    magnet = frequency and re.match(r"[^\n]{0,12}(1H|proton)", head[frequency.end() :])
    proton = magnet and (nucleus is None or nucleus_name(nucleus[1]) != "1H")
    spin = re.search(
        r"(?:spin(?:ning)?|mas)[ _]{0,3}(?:rate|speed|frequency)?\D{0,40}?"
        rf"({_DECIMAL})\s{{0,9}}(k?hz)",
        head,
        re.I,
    )
    broad = re.search(rf"line broadening\D{{0,40}}?({_DECIMAL})\s{{0,9}}hz", head, re.I)
    factor = 1000 if spin and spin[2].lower() == "khz" else 1
    return {
        "nucleus": nucleus_name(nucleus[1]) if nucleus else "",
        "larmor_mhz": float(frequency[1] or frequency[2]) if frequency and not proton else None,
        "spin_rate_hz": float(spin[1]) * factor if spin else None,
        "line_broadening_hz": float(broad[1]) if broad else None,
        "reference": "as the file states, unknown",
    }


def parameters(path: Path) -> dict[str, str]:
    """Scalar ``##$NAME= value`` entries of a Bruker parameter file."""
    if not path.is_file():
        raise ReaderError(
            f"{path.name} is missing beside it ({path}); copy the whole experiment folder"
        )
    found = re.findall(r"^##\$(\w+)=[ \t]*(.*)$", decode(read_bytes(path)), re.M)
    return {name: value.strip().strip("<>") for name, value in found}


def number(values: dict[str, str], name: str, default: float | None = None) -> float:
    """One number of a parameter table; missing or no number is an error without a default."""
    text = str(values.get(name, "")).split(",")[0].strip()
    if is_number(text):
        return parse_number(text)
    if default is None or text:
        raise ReaderError(f"{name} is {text or 'missing'}, expected a number")
    return default


def _content(path: Path) -> bytes:
    if path.is_file() and path.stat().st_size > LARGEST_BYTES:
        raise ReaderError(f"is larger than {LARGEST_BYTES} bytes; give one spectrum")
    return read_bytes(path)
