"""Writes minimal Igor binary waves (version 5), from the layout in Igor's technical note 3."""

import struct
from pathlib import Path

import numpy as np


def write_wave(path: Path, data: np.ndarray, *, scale=(), units=(), labels=(), note="") -> Path:
    """Write data (x, y, layers); ``scale`` (step, start) and ``units`` per axis, layer labels."""
    data = np.asarray(data)
    kind = {"f4": 2, "f8": 4, "c8": 3, "c16": 5}[data.dtype.str[1:]]
    dims = (*data.shape, *([0] * (4 - data.ndim)))
    steps = [*(s for s, _ in scale), *([1.0] * (4 - len(scale)))]
    starts = [*(s for _, s in scale), *([0.0] * (4 - len(scale)))]
    texts = b"".join(u.encode().ljust(4, b"\0") for u in [*units, *([""] * (4 - len(units)))])
    header = struct.pack(
        "<IIIihh6sh32siI4i4d4d4s16shhdd26i",
        0,
        0,
        0,
        data.size,
        kind,
        0,
        b"",
        1,
        b"wave",
        0,
        0,
        *dims,
        *steps,
        *starts,
        b"",
        texts,
        0,
        0,
        0.0,
        0.0,
        *([0] * 26),
    )
    header = header.ljust(320, b"\0")[:320]
    body = data.tobytes(order="F")
    named = b"".join(n.encode().ljust(32, b"\0") for n in ("", *labels)) if labels else b""
    text = note.encode("cp1252")
    sizes = (320 + len(body), 0, len(text), 0, 0, 0, 0, 0, 0, 0, len(named), 0, 0, 0, 0)
    words = np.frombuffer(struct.pack("<hh15i", 5, 0, *sizes) + header, "<i2")
    checksum = int((-words.sum(dtype=np.int64)).astype(np.int16))  # all words sum to zero
    start = struct.pack("<hh15i", 5, checksum, *sizes)
    path.write_bytes(start + header + body + text + named)
    return path
