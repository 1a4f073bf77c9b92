"""The file formats of powder diffractometers, each into one `RawPattern`.

xrdml and brml are XML, rasx and brml zip archives.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from nasicon.core.archive import Archive, descendants, first_text, local, parse_xml
from nasicon.core.text import ReaderError

_SCALED_BACK = "a beam attenuator was in for part of the scan; counts are scaled back"
# names of a coupled scan without signs, "two" as 2, and "locked", "coupled" left out
_COUPLED = re.compile(r"|gonio|2theta|2thetatheta|theta2theta|2thetaomega|omega2theta|thetatheta")


@dataclass
class RawPattern:
    """What a file says, before any check.

    Attributes
    ----------
    axis, intensity : ndarray, shape (n,)
    sigma : ndarray, optional
        Standard deviations the file gives.
    unit : str
        Unit of the axis: "deg", "rad", "1/A", "A", or "" where the file does not say.
    name : str
        Name of the axis in the file; "" where it has none.
    wavelengths : tuple of float
        K-alpha1, K-alpha2 in angstrom, as far as stated.
    ratio : float
        Intensity of K-alpha2 over K-alpha1; nan where not stated.
    monochromatic : bool
        The file says that only K-alpha1 is meant to reach the sample.
    """

    format: str
    axis: NDArray
    intensity: NDArray
    sigma: NDArray | None = None
    unit: str = "deg"
    name: str = "2theta"
    wavelengths: tuple[float, ...] = ()
    ratio: float = math.nan
    monochromatic: bool = False
    intensity_unit: str = "counts"
    counting_time_s: float = math.nan
    title: str = ""
    notes: list[str] = field(default_factory=list)


def parse_xrdml(raw: bytes, source: str) -> RawPattern:
    """PANalytical XRDML (schema 1.x and 2.x)."""
    root = parse_xml(raw, source)
    if local(root) != "xrdMeasurements":
        raise ReaderError.at(source, f"is XML of kind <{local(root)}>, not an xrdml measurement")
    scans = descendants(root, "scan")
    if not scans:
        raise ReaderError.at(source, "holds no scan; the measurement was not started")
    notes = [f"{len(scans)} scans in the file; the first one was read"] if len(scans) > 1 else []
    scan = scans[0]
    axis_name = scan.get("scanAxis", "")
    coupled(axis_name, source)
    values = [e for name in ("counts", "intensities") for e in descendants(scan, name)]
    if not values:
        raise ReaderError.at(source, "its scan holds no counts; the measurement was aborted")
    counts = _number_list(values[0].text, source, "counts")
    positions = [e for e in descendants(scan, "positions") if e.get("axis", "").lower() == "2theta"]
    if not positions:
        raise ReaderError.at(source, "its scan has no 2Theta positions; no powder pattern")
    two_theta = _xrdml_positions(positions[0], counts.size, source)
    sigma = None
    for factors in descendants(scan, "beamAttenuationFactors"):
        factor = _number_list(factors.text, source, "beamAttenuationFactors")
        if factor.size == counts.size and not np.allclose(factor, 1):
            # intensities are already corrected, counts are not (XRDML schema)
            if local(values[0]) == "counts":
                sigma = factor * np.sqrt(np.maximum(counts, 1.0))
                counts = counts * factor
                notes.append(_SCALED_BACK)
            else:
                notes.append("a beam attenuator was in for part of the scan; the file corrected it")
    wavelengths = tuple(
        float(text) for name in ("kAlpha1", "kAlpha2") if (text := first_text(root, name))
    )
    used = descendants(root, "usedWavelength")
    intended = used[0].get("intended", "") if used else ""
    incident = descendants(root, "incidentBeamPath")
    monochromatic = bool(incident and descendants(incident[0], "monochromator"))
    if intended.replace(" ", "") == "K-Alpha1" and not monochromatic:
        notes.append(
            "the file names K-Alpha 1 as intended wavelength but no monochromator; "
            "K-Alpha 2 is taken to be there"
        )
    time = first_text(scan, "commonCountingTime")
    ratio = first_text(root, "ratioKAlpha2KAlpha1")
    return RawPattern(
        format="PANalytical xrdml",
        axis=two_theta,
        intensity=counts,
        sigma=sigma,
        name=axis_name,
        wavelengths=wavelengths,
        ratio=float(ratio) if ratio else math.nan,
        monochromatic=monochromatic,
        counting_time_s=float(time) if time else math.nan,
        title=first_text(root, "id"),
        notes=notes,
    )


def parse_brml(archive: Archive) -> RawPattern:
    """Bruker brml: XML in a zip archive."""
    names = [n for n in archive.names if re.search(r"RawData\d*\.xml$", n)]
    if not names:
        raise ReaderError.at(archive.source, "has no RawData member; the measurement did not run")
    root = parse_xml(archive.read(names[0]), f"{archive.source}, {names[0]}")
    routes = descendants(root, "DataRoute")
    route = next((r for r in routes if r.get("RouteFlag") == "Measured"), None)
    if route is None:
        raise ReaderError.at(archive.source, "has no measured data route")
    scan = descendants(route, "ScanInformation")
    axis_name = scan[0].get("ScanName", "") if scan else ""
    coupled(axis_name or "2theta", archive.source)
    angle, count = _brml_columns(route, archive.source)
    rows = [
        _number_list((d.text or "").replace(",", " "), archive.source, "Datum")
        for d in descendants(route, "Datum")
    ]
    if not rows or min(len(row) for row in rows) <= max(angle, count):
        raise ReaderError.at(archive.source, "its data rows are shorter than their description")
    notes = [f"{len(names)} ranges in the file; the first one was read"] if len(names) > 1 else []
    lines = {
        name: next((e.get("Value", "") for e in descendants(root, name)), "")
        for name in ("WaveLengthAlpha1", "WaveLengthAlpha2", "WaveLengthRatio")
    }
    time = first_text(route, "TimePerStepEffective")
    return RawPattern(
        format="Bruker brml",
        axis=np.array([row[angle] for row in rows]),
        intensity=np.array([row[count] for row in rows]),
        name=axis_name,
        wavelengths=tuple(
            float(lines[n]) for n in ("WaveLengthAlpha1", "WaveLengthAlpha2") if lines[n]
        ),
        ratio=float(lines["WaveLengthRatio"] or "nan"),
        counting_time_s=float(time) if time else math.nan,
        notes=notes,
    )


def parse_rasx(archive: Archive) -> RawPattern:
    """Rigaku rasx: a table and its conditions in a zip archive."""
    profiles = sorted(n for n in archive.names if re.search(r"Profile\d+\.txt$", n))
    if not profiles:
        raise ReaderError.at(archive.source, "has no Profile member; not a measured scan")
    text = archive.read(profiles[0]).decode("utf-8-sig", errors="replace")
    rows = [line.split() for line in text.splitlines() if line.strip()]
    try:
        table = np.array(rows, dtype=float)
    except ValueError:
        raise ReaderError.at(archive.source, f"{profiles[0]} is not a table of numbers") from None
    notes = []
    if len(profiles) > 1:
        notes.append(f"{len(profiles)} profiles in the file; the first one was read")
    conditions = [n for n in archive.names if n.startswith(profiles[0].split("/")[0])]
    conditions = [n for n in conditions if n.endswith(".xml")]
    if not conditions or table.ndim != 2 or table.shape[1] < 2:
        raise ReaderError.at(archive.source, "its table or its measurement conditions are missing")
    root = parse_xml(archive.read(conditions[0]), f"{archive.source}, {conditions[0]}")
    axis_name = first_text(root, "AxisName")
    coupled(axis_name, archive.source)
    intensity, sigma = table[:, 1], None
    if table.shape[1] > 2 and not np.allclose(table[:, 2], 1):
        sigma = table[:, 2] * np.sqrt(np.maximum(intensity, 1.0))
        intensity = intensity * table[:, 2]
        notes.append(_SCALED_BACK)
    lines = [first_text(root, f"WavelengthKalpha{i}") for i in (1, 2)]
    unit = first_text(root, "IntensityUnit") or "counts"
    return RawPattern(
        format="Rigaku rasx",
        axis=table[:, 0],
        intensity=intensity,
        sigma=sigma,
        unit=first_text(root, "PositionUnit") or "deg",
        name=axis_name,
        wavelengths=tuple(float(line) for line in lines if line),
        intensity_unit=unit.lower(),
        notes=notes,
    )


def coupled(axis_name: str, source: str = "") -> None:
    """Refuse rocking curves and other scans that are no powder pattern."""
    plain = re.sub(
        r"[^a-z0-9]|(un)?locked|coupled", "", axis_name.lower().replace("\u03b8", "theta")
    )
    if not _COUPLED.fullmatch(plain.replace("two", "2")):
        raise ReaderError.at(
            source,
            f"is a scan of {axis_name!r}, not of 2theta with theta; a powder pattern is needed",
        )


def _xrdml_positions(positions: ElementTree.Element, count: int, source: str) -> NDArray:
    listed = first_text(positions, "listPositions")
    if listed:
        two_theta = _number_list(listed, source, "listPositions")
        if two_theta.size != count:
            raise ReaderError.at(source, f"{two_theta.size} positions but {count} counts")
        return two_theta
    start, end = (first_text(positions, f"{which}Position") for which in ("start", "end"))
    if not start or not end:
        raise ReaderError.at(source, "its 2Theta positions have no start and end")
    return np.linspace(float(start), float(end), count)


def _brml_columns(route: ElementTree.Element, source: str) -> tuple[int, int]:
    """Columns of 2theta and of the counts in a data row, from the file's own description."""
    angle = count = None
    for view in descendants(route, "RawDataView"):
        start = int(view.get("Start", "0"))
        axes = [e.get("AxisId", "") for e in descendants(view, "FieldDefinitions")]
        if "TwoTheta" in axes:
            angle = start + axes.index("TwoTheta")
        if any(e.get("Category") == "Count" for e in descendants(view, "Recording")):
            count = start if count is None else count
    if angle is None or count is None:
        raise ReaderError.at(source, "does not describe columns of 2theta and counts")
    return angle, count


def _number_list(text: str | None, source: str, what: str) -> NDArray:
    try:
        return np.array((text or "").split(), dtype=float)
    except ValueError as error:
        raise ReaderError.at(source, f"{what} holds something that is no number: {error}") from None
