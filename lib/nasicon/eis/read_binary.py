"""Binary impedance files: Zahner .ism (own parser) and BioLogic .mpr (through galvani)."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from nasicon.core.biologic import mpr_records
from nasicon.core.text import ReaderError
from nasicon.eis.read_columns import ColumnError, find_columns
from nasicon.eis.read_rows import Points

MPR_MAGIC = b"BIO-LOGIC MODULAR FILE"
_ISM_VERSION = b"\x00\x00\xff\xff\xff\xfe"
_ISM_HEADER_BYTES = 12
_ISM_MOST_POINTS = 1_000_000


def is_ism(raw: bytes, suffix: str) -> bool:
    """Whether the bytes are a Zahner .ism file; the suffix decides for unknown versions."""
    return raw.startswith(_ISM_VERSION) or (suffix.lower() == ".ism" and b"\0" in raw[:12])


def parse_ism(raw: bytes, source: str) -> Points:
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
        raise ReaderError.at(source, f"is cut off after {len(raw)} bytes; export it again")
    (last,) = struct.unpack(">q", b"\0\0" + raw[6:_ISM_HEADER_BYTES])
    count = last + 1
    if not 1 <= count <= _ISM_MOST_POINTS:
        raise ReaderError.at(
            source, f"announces {count} points; not a Zahner .ism file, or of an unknown version"
        )
    needed = _ISM_HEADER_BYTES + 3 * 8 * count
    if len(raw) < needed:
        raise ReaderError.at(
            source,
            f"announces {count} points, which take {needed} bytes, and has {len(raw)}; "
            "the file is cut off, copy or export it again",
        )
    arrays = np.frombuffer(raw, ">f8", 3 * count, _ISM_HEADER_BYTES).astype(float)
    frequency, modulus, phase = arrays.reshape(3, count)
    ends = sorted((int(np.argmax(frequency)), int(np.argmin(frequency))))
    kept = slice(ends[0], ends[1] + 1)
    left_out = count - (ends[1] + 1 - ends[0])
    notes = ()
    if left_out:
        notes = (
            f"{left_out} of {count} points left out: measured on the way to the first extreme "
            "frequency, and again in the main run",
        )
    rows = np.arange(1, count + 1)[kept]
    return Points(
        "Zahner ism",
        frequency[kept],
        (modulus * np.cos(phase))[kept],
        (modulus * np.sin(phase))[kept],
        np.zeros(len(rows), dtype=np.int64),
        rows,
        notes=notes,
        line_unit="point",
    )


def parse_mpr(path: Path) -> Points:
    """Points of a BioLogic .mpr file, read by galvani.

    galvani is GPL and therefore an optional extra; the text export (.mpt) of
    EC-Lab holds the same numbers and needs nothing.

    Raises
    ------
    ReaderError
        galvani is not installed, does not know the file's columns, or the file
        holds no impedance.
    """
    source = path.name
    data = mpr_records(path)
    names = list(data.dtype.names)
    try:
        columns = find_columns(names)
    except ColumnError as error:
        raise ReaderError.at(source, f"no impedance measurement: {error}") from None
    values = {c.index: np.asarray(data[c.name], dtype=float) for c in columns.numeric}
    keys: dict[tuple, int] = {}
    labels = zip(*(data[c.name].tolist() for c in columns.labels), strict=True)
    numbers = [keys.setdefault(key, len(keys)) for key in labels] or [0] * len(data)
    return Points(
        "BioLogic mpr",
        *columns.convert(values),
        np.array(numbers, dtype=np.int64),
        np.arange(1, len(data) + 1),
        negated=columns.negated,
        line_unit="row",
    )
