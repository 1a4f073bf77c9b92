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
from nasicon.core.text import ReaderError, is_number

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
        Unit of the axis: "deg", "rad", "1/A", "1/nm", "A", "nm", or "" where the file does not say.
    name : str
        Name of the axis in the file; "" where it has none.
    wavelengths : tuple of float
        K-alpha1, K-alpha2 in angstrom, as far as stated.
    ratio : float
        Intensity of K-alpha2 over K-alpha1; nan where not stated.
    monochromatic : bool
        The file says that only K-alpha1 is meant to reach the sample.
    automatic_slit : bool
        The file says that the divergence slit opens with theta.
    stripped : bool
        The file says that K-alpha2 was taken out of the intensities.
    doubt : str
        What its header says against its angles.
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
    automatic_slit: bool = False
    stripped: bool = False
    grains_um: tuple[float, ...] = ()
    intensity_unit: str = "counts"
    counting_time_s: float = math.nan
    title: str = ""
    doubt: str = ""
    notes: list[str] = field(default_factory=list)


def stated(text: str | None) -> float:
    """Number that a file states, nan where it states none.

    Raises
    ------
    ReaderError
        It is no number.
    """
    if not text or not text.strip():
        return math.nan
    if not is_number(text):
        raise ReaderError(f"states {text.strip()!r} where a number is expected; damaged?")
    return float(text)


def wavelengths_of(*texts: str | None) -> tuple[float, ...]:
    """Wavelengths, as far as stated and above zero."""
    return tuple(line for line in map(stated, texts) if line > 0)


def only_first(count: int, what: str, notes: list[str]) -> None:
    """Note that further scans of a file were not read."""
    if count > 1:
        notes.append(f"{count} {what} in the file; the first one was read")


def unattenuated(counts: NDArray, factor: NDArray, notes: list[str]) -> tuple[NDArray, NDArray]:
    """Counts without a beam attenuator, and their standard deviations; both (n,)."""
    notes.append("a beam attenuator was in for part of the scan; counts are scaled back")
    return counts * factor, factor * np.sqrt(np.maximum(counts, 1.0))


def parse_xrdml(raw: bytes) -> RawPattern:
    """PANalytical XRDML (schema 1.x and 2.x)."""
    root, notes = parse_xml(raw), []
    if local(root) != "xrdMeasurements":
        raise ReaderError(f"is XML of kind <{local(root)}>, not an xrdml measurement")
    scans = descendants(root, "scan")
    if not scans:
        raise ReaderError("holds no scan; the measurement was not started")
    only_first(len(scans), "scans", notes)
    scan = scans[0]
    axis_name = scan.get("scanAxis", "")
    coupled(axis_name)
    values = [e for name in ("counts", "intensities") for e in descendants(scan, name)]
    if not values:
        raise ReaderError("its scan holds no counts; the measurement was aborted")
    counts = _number_list(values[0].text, "counts")
    positions = [e for e in descendants(scan, "positions") if e.get("axis", "").lower() == "2theta"]
    if not positions:
        raise ReaderError("its scan has no 2Theta positions; no powder pattern")
    two_theta = _xrdml_positions(positions[0], counts.size)
    sigma = None
    for factors in descendants(scan, "beamAttenuationFactors"):
        factor = _number_list(factors.text, "beamAttenuationFactors")
        if factor.size == counts.size and not np.allclose(factor, 1):
            # intensities are already corrected, counts are not (XRDML schema)
            if local(values[0]) == "counts":
                counts, sigma = unattenuated(counts, factor, notes)
            else:
                notes.append("a beam attenuator was in for part of the scan; the file corrected it")
    used = descendants(root, "usedWavelength")
    intended = used[0].get("intended", "") if used else ""
    incident = descendants(root, "incidentBeamPath")
    monochromatic = bool(incident and descendants(incident[0], "monochromator"))
    slits = descendants(incident[0], "divergenceSlit") if incident else []
    kinds = {value for slit in slits for value in slit.attrib.values()}
    if automatic := "automaticDivergenceSlitType" in kinds:
        notes.append(
            "the file states an automatic divergence slit: its lines are taken with a factor "
            "sin(theta); were they converted to a fixed slit since, export them as .xy"
        )
    if intended.replace(" ", "") == "K-Alpha1" and not monochromatic:
        notes.append(
            "the file names K-Alpha 1 as intended wavelength but no monochromator; "
            "K-Alpha 2 is taken to be there"
        )
    return RawPattern(
        format="PANalytical xrdml",
        axis=two_theta,
        intensity=counts,
        sigma=sigma,
        name=axis_name,
        wavelengths=wavelengths_of(*(first_text(root, name) for name in ("kAlpha1", "kAlpha2"))),
        ratio=stated(first_text(root, "ratioKAlpha2KAlpha1")),
        monochromatic=monochromatic,
        automatic_slit=automatic,
        counting_time_s=stated(first_text(scan, "commonCountingTime")),
        title=first_text(root, "id"),
        notes=notes,
    )


def parse_brml(archive: Archive) -> RawPattern:
    """Bruker brml: XML in a zip archive."""
    names, notes = [n for n in archive.names if re.search(r"RawData\d*\.xml$", n)], []
    if not names:
        raise ReaderError("has no RawData member; the measurement did not run")
    only_first(len(names), "ranges", notes)
    root = archive.xml(names[0])
    routes = descendants(root, "DataRoute")
    route = next((r for r in routes if r.get("RouteFlag") == "Measured"), None)
    if route is None:
        raise ReaderError("has no measured data route")
    scan = descendants(route, "ScanInformation")
    axis_name = scan[0].get("ScanName", "") if scan else ""
    coupled(axis_name or "2theta")
    angle, count = _brml_columns(route)
    rows = [
        _number_list((d.text or "").replace(",", " "), "Datum") for d in descendants(route, "Datum")
    ]
    if not rows or min(len(row) for row in rows) <= max(angle, count):
        raise ReaderError("its data rows are shorter than their description")
    *lines, ratio = (
        next((e.get("Value") for e in descendants(root, f"WaveLength{name}")), None)
        for name in ("Alpha1", "Alpha2", "Ratio")
    )
    return RawPattern(
        format="Bruker brml",
        axis=np.array([row[angle] for row in rows]),
        intensity=np.array([row[count] for row in rows]),
        name=axis_name,
        wavelengths=wavelengths_of(*lines),
        ratio=stated(ratio),
        counting_time_s=stated(first_text(route, "TimePerStepEffective")),
        notes=notes,
    )


def parse_rasx(archive: Archive) -> RawPattern:
    """Rigaku rasx: a table and its conditions in a zip archive."""
    profiles = sorted(n for n in archive.names if re.search(r"Profile\d+\.txt$", n))
    notes: list[str] = []
    if not profiles:
        raise ReaderError("has no Profile member; not a measured scan")
    only_first(len(profiles), "profiles", notes)
    text = archive.read(profiles[0]).decode("utf-8-sig", errors="replace")
    try:
        table = np.array([r for line in text.splitlines() if (r := line.split())], dtype=float)
    except ValueError:
        raise ReaderError(f"{profiles[0]} is not a table of numbers") from None
    conditions = [n for n in archive.names if n.startswith(profiles[0].split("/")[0])]
    conditions = [n for n in conditions if n.endswith(".xml")]
    if not conditions or table.ndim != 2 or table.shape[1] < 2:
        raise ReaderError("its table or its measurement conditions are missing")
    root = archive.xml(conditions[0])
    axis_name = first_text(root, "AxisName")
    coupled(axis_name)
    intensity, sigma = table[:, 1], None
    if table.shape[1] > 2 and not np.allclose(table[:, 2], 1):
        intensity, sigma = unattenuated(intensity, table[:, 2], notes)
    return RawPattern(
        format="Rigaku rasx",
        axis=table[:, 0],
        intensity=intensity,
        sigma=sigma,
        unit=first_text(root, "PositionUnit") or "deg",
        name=axis_name,
        wavelengths=wavelengths_of(*(first_text(root, f"WavelengthKalpha{i}") for i in (1, 2))),
        intensity_unit=(first_text(root, "IntensityUnit") or "counts").lower(),
        notes=notes,
    )


def coupled(axis_name: str) -> None:
    """Refuse rocking curves and other scans that are no powder pattern."""
    plain = re.sub(
        r"[^a-z0-9]|(un)?locked|coupled", "", axis_name.lower().replace("\u03b8", "theta")
    )
    if not _COUPLED.fullmatch(plain.replace("two", "2")):
        raise ReaderError(
            f"is a scan of {axis_name!r}, not of 2theta with theta; a powder pattern is needed",
        )


def _xrdml_positions(positions: ElementTree.Element, count: int) -> NDArray:
    listed = first_text(positions, "listPositions")
    if listed:
        two_theta = _number_list(listed, "listPositions")
        if two_theta.size != count:
            raise ReaderError(f"{two_theta.size} positions but {count} counts")
        return two_theta
    start, end = (stated(first_text(positions, f"{which}Position")) for which in ("start", "end"))
    if not math.isfinite(start + end):
        raise ReaderError("its 2Theta positions have no start and end")
    return np.linspace(start, end, count)


def _brml_columns(route: ElementTree.Element) -> tuple[int, int]:
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
        raise ReaderError("does not describe columns of 2theta and counts")
    return angle, count


def _number_list(text: str | None, what: str) -> NDArray:
    try:
        return np.array((text or "").split(), dtype=float)
    except ValueError as error:
        raise ReaderError(f"{what} holds something that is no number: {error}") from None
