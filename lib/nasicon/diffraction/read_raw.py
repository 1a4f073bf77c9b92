"""Binary patterns: Bruker RAW of versions 4 and 1.01, and STOE's.

The layout of RAW4 was worked out from a file whose size it explains to the byte: a fixed
head of 61 bytes, segments that each begin with type and length, then for each
range a head of 160 bytes, supplementary segments, and the counts as floats. RAW1.01 (written by
DIFFRAC plus, where it is called version 3) has heads of 712 and 304 bytes; STOE's RAW_1.06 is
made of blocks of 512 bytes and states the least and the greatest count, which are checked.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from nasicon.core.text import ReaderError
from nasicon.diffraction.read_formats import RawPattern, coupled, only_first

RAW4_MAGIC = b"RAW4.00"
RAW1_MAGIC = b"RAW1.01"
STOE_MAGIC = b"RAW_1.06Powdat"
_RAW4_HEAD, _RAW4_RANGE_HEAD = 61, 160
_RAW4_HARDWARE = 30  # segment with the wavelengths
_RAW4_DATA = (0, 160)
_RAW1_HEAD, _RAW1_RANGE_HEAD = 712, 304
_RAW1_SCANS = ("locked coupled", "2theta-omega", "2theta", "rocking curve", "chi", "phi")
_STOE_BLOCK = 512
_MOST_STEPS = 2_000_000


def parse_raw(raw: bytes) -> RawPattern | None:
    """Pattern of a file that begins with RAW, None where it is no such file.

    Raises
    ------
    ReaderError
        The version is not known, or the file is damaged.
    """
    known = {RAW4_MAGIC: parse_raw4, RAW1_MAGIC: parse_raw1, STOE_MAGIC: parse_stoe}
    if parse := next((known[magic] for magic in known if raw.startswith(magic)), None):
        return parse(raw)
    if raw.startswith(b"RAW") and b"\0" in raw[:64]:
        maker = "STOE" if raw.startswith(b"RAW_") else "Bruker"
        raise ReaderError(
            f"is {maker} RAW of version {raw[:8].decode('latin-1')!r}; read are Bruker's RAW4.00 "
            "and RAW1.01 and STOE's RAW_1.06: export it as .xy",
        )
    return None


def parse_raw4(raw: bytes) -> RawPattern:
    """Bruker RAW, version 4."""
    position, hardware = _RAW4_HEAD, b""
    while True:
        kind, length = _unpack("<II", raw, position)
        if kind in _RAW4_DATA:
            break
        if length < 8:
            raise ReaderError(f"segment of {length} bytes at byte {position}; damaged")
        if kind == _RAW4_HARDWARE:
            hardware = raw[position : position + length]
        position += length
    wavelengths: tuple[float, ...] = ()
    ratio = math.nan
    if len(hardware) >= 112:
        _, first, second, _, ratio = struct.unpack_from("<5d", hardware, 72)
        wavelengths = (first, second)
    (steps,) = _unpack("<I", raw, position + 4)
    scan = raw[position + 32 : position + 56].split(b"\0")[0].decode("latin-1")
    start, step = _unpack("<2d", raw, position + 72)
    (measured, seconds) = _unpack("<If", raw, position + 88)
    size, extra = _unpack("<2I", raw, position + 136)
    if size != 4 or not 0 < steps <= _MOST_STEPS or not math.isfinite(start + step) or step <= 0:
        raise ReaderError(
            f"RAW4 range with {steps} steps of {step:g} deg and {size} bytes each; damaged"
        )
    if measured and measured < steps:
        steps = measured
    coupled(scan or "2theta")
    begin = position + _RAW4_RANGE_HEAD + extra
    counts = _counts(raw, "<f4", steps, begin)
    more = begin + 4 * steps < len(raw)
    notes = ["more ranges follow; the first one was read"] if more else []
    return RawPattern(
        format="Bruker RAW4",
        axis=start + step * np.arange(steps),
        intensity=counts,
        name=scan,
        wavelengths=wavelengths,
        ratio=ratio,
        counting_time_s=float(seconds),
        notes=notes,
    )


def parse_raw1(raw: bytes) -> RawPattern:
    """Bruker (Siemens) RAW1.01: the first range."""
    (ranges,) = _unpack("<I", raw, 12)
    _, first, second, _, ratio = _unpack("<5d", raw, 616)
    head = _RAW1_HEAD
    size, steps = _unpack("<2I", raw, head)
    (start,) = _unpack("<d", raw, head + 16)
    (step,) = _unpack("<d", raw, head + 176)
    seconds, scan = _unpack("<fI", raw, head + 192)
    width, extra = _unpack("<2I", raw, head + 252)
    if size != _RAW1_RANGE_HEAD or width != 4 or not 0 < steps <= _MOST_STEPS:
        raise ReaderError(
            f"RAW1.01 range with a head of {size} bytes, {steps} steps of {width} bytes; expected "
            f"{_RAW1_RANGE_HEAD}, at most {_MOST_STEPS} and 4: damaged, or with further columns; "
            "export it as .xy",
        )
    if not (math.isfinite(start) and 0 < step < 90):
        raise ReaderError(f"starts at {start:g} deg in steps of {step:g} deg; damaged")
    coupled(_RAW1_SCANS[scan] if scan < len(_RAW1_SCANS) else f"kind {scan}")
    counts = _counts(raw, "<f4", steps, head + size + extra)
    notes: list[str] = []
    only_first(ranges, "ranges", notes)
    return RawPattern(
        format="Bruker RAW1.01",
        axis=start + step * np.arange(steps),
        intensity=counts,
        wavelengths=(first, second),
        ratio=ratio,
        counting_time_s=float(seconds),
        title=raw[326:386].split(b"\0")[0].decode("cp1252", "replace").strip(),
        notes=notes,
    )


def parse_stoe(raw: bytes) -> RawPattern:
    """STOE RAW_1.06: the range before the last block of counts.

    The point count has to follow from start, end and step, and the least and the greatest count
    have to be those that the range states; so a file of another layout is refused, not misread.
    """
    first, second = (round(line, 6) for line in _unpack("<2f", raw, 0x142))
    (ratio,) = _unpack("<f", raw, 0x180)
    doublet = 0 < ratio <= 1
    data_blocks, blocks = _unpack("<2H", raw, 0x1DA)
    begin = (blocks - data_blocks) * _STOE_BLOCK
    if begin < 2 * _STOE_BLOCK:
        raise ReaderError(f"has {blocks} blocks, {data_blocks} of them data; damaged")
    head = begin - _STOE_BLOCK
    (steps,) = _unpack("<H", raw, head + 0x22)
    start, _, end, _, step, _ = _unpack("<6f", raw, head + 0x2C)
    low, high = _unpack("<2I", raw, head + 0x78)
    counts = _counts(raw, "<i4", steps, begin)
    if not (step > 0 and round((end - start) / step) + 1 == steps) or (
        (low, high) != (counts.min(), counts.max())
    ):
        raise ReaderError(
            f"states {steps} points from {start:g} to {end:g} deg in steps of {step:g} deg with "
            f"counts from {low} to {high}, and holds counts from {counts.min():g} to "
            f"{counts.max():g}: damaged, or a layout that is not known; export it as .xy",
        )
    return RawPattern(
        format="STOE RAW_1.06",
        axis=np.linspace(start, start + step * (steps - 1), steps),
        intensity=counts,
        wavelengths=(first, second) if doublet else (first,),
        ratio=ratio if doublet else math.nan,
        title=raw[0x20:0x130].split(b"\0")[0].decode("cp1252", "replace").strip(),
        notes=[] if doublet else [f"one wavelength; a second, {second:g}, has no intensity"],
    )


def _counts(raw: bytes, kind: str, steps: int, begin: int) -> np.ndarray:
    if not steps or begin + 4 * steps > len(raw):
        raise ReaderError(
            f"breaks off: {steps} counts are declared, {max(len(raw) - begin, 0) // 4} left"
        )
    return np.frombuffer(raw, kind, steps, begin).astype(float)


def _unpack(layout: str, raw: bytes, position: int) -> tuple:
    if position + struct.calcsize(layout) > len(raw):
        raise ReaderError(f"breaks off in its head (byte {position} of {len(raw)})")
    return struct.unpack_from(layout, raw, position)
