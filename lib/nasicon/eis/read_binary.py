"""Binary impedance files: Zahner .ism (own parser) and BioLogic .mpr (through galvani)."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np

from nasicon.core.biologic import mpr_records
from nasicon.core.text import ReaderError
from nasicon.eis.read_columns import find_columns
from nasicon.eis.read_rows import Points, binary_points

_ISM_VERSION = b"\x00\x00\xff\xff\xff\xfe"
_ISM_HEADER_BYTES = 12
_ISM_MOST_POINTS = 1_000_000


def is_ism(raw: bytes, suffix: str) -> bool:
    """Whether the bytes are a Zahner .ism file; the suffix decides for unknown versions."""
    return raw.startswith(_ISM_VERSION) or (suffix.lower() == ".ism" and b"\0" in raw[:12])


def parse_ism(raw: bytes) -> Points:
    """Points of a Zahner Thales .ism file.

    All numbers are big-endian: a version and the number of points less one (6
    bytes each), then arrays of 8-byte floats: frequency (Hz), |Z| (ohm), phase
    (rad), followed by times, significance and remarks, which are not read. The
    layout is that of `ism_import.py` in Zahner-Analysis-Python (MIT).

    Thales may begin in the middle, go to one end and come back over the same
    frequencies. Like Zahner's own import only the run from one extreme
    frequency to the other is kept; a note says how many points were left out.

    Raises
    ------
    ReaderError
        The number of points is implausible, or the file is shorter than it says.
    """
    if len(raw) < _ISM_HEADER_BYTES:
        raise ReaderError(f"is cut off after {len(raw)} bytes; export it again")
    (last,) = struct.unpack(">q", b"\0\0" + raw[6:_ISM_HEADER_BYTES])
    count = last + 1
    if not 1 <= count <= _ISM_MOST_POINTS:
        raise ReaderError(
            f"announces {count} points; not a Zahner .ism file, or of an unknown version"
        )
    needed = _ISM_HEADER_BYTES + 3 * 8 * count
    if len(raw) < needed:
        raise ReaderError(
            f"announces {count} points, which take {needed} bytes, and has {len(raw)}; "
            "the file is cut off, copy or export it again",
        )
    arrays = np.frombuffer(raw, ">f8", 3 * count, _ISM_HEADER_BYTES).astype(float)
    frequency, modulus, phase = arrays.reshape(3, count)
    first, last = sorted((int(np.argmax(frequency)), int(np.argmin(frequency))))
    notes = ()
    if left_out := count - (last + 1 - first):
        notes = (
            f"{left_out} of {count} points left out: measured on the way to the first extreme "
            "frequency, and again in the main run",
        )
    part = np.array([frequency, modulus * np.cos(phase), modulus * np.sin(phase)])
    return binary_points("Zahner ism", [part], notes=notes).only(slice(first, last + 1))


def parse_mpr(raw: bytes) -> Points:
    """Points of a BioLogic .mpr file; a new cycle is a new sweep.

    Raises
    ------
    ReaderError
        galvani is not installed or cannot read it, or the file holds no impedance.
    """
    columns, data = mpr_records(raw, find_columns, "impedance measurement")
    values = {
        c.index: np.asarray(data[c.name], dtype=float) for c in (*columns.numeric, *columns.others)
    }
    points = binary_points(
        "BioLogic mpr",
        [np.array(columns.convert(values))],
        negated=columns.negated,
        line_unit="row",
    )
    for column in columns.labels:
        known, number = np.unique(data[column.name], return_inverse=True)
        points = replace(points, label=points.label * len(known) + number)
    return points
