"""Renishaw's binary ``.wdf``, through the maker's own library (renishaw-wdf, Apache-2.0)."""

from __future__ import annotations

import io
import struct

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import ReaderError, foreign_parser

WDF_MAGIC = b"WDF1"
_BLOCK = struct.Struct("<IIQ")  # kind, number, bytes with this head


def parse_wdf(raw: bytes, spectrum: int) -> tuple[NDArray, NDArray, dict[str, object], list[str]]:
    """Raman shift (cm-1), intensity, attributes and notes of one spectrum of a file.

    Raises
    ------
    ReaderError
        The file is damaged or has no such spectrum, or its axis is
        neither a Raman shift nor a wavelength with the laser's beside it.
    """
    import wdf

    _check_blocks(raw)
    notes: list[str] = []
    with foreign_parser("is a damaged .wdf file", "copy it again, or export text in WiRE"):
        file = wdf.Wdf()
        file.open_fd(io.BytesIO(raw))
        head = file.hdr
        taken = min(head.ncollected, head.nspectra)
        if not 1 <= spectrum <= taken:
            raise ReaderError(f"holds {taken} spectra, asked for number {spectrum}")
        if head.npoints != head.xlistcount or 4 * head.npoints > len(raw):
            raise ReaderError(
                f"has {head.npoints} intensities for {head.xlistcount} positions; damaged"
            )
        axis, intensity = file.xlist(), np.array(file.spectrum(spectrum - 1), dtype=float)
        x, unit, laser = np.array(axis, dtype=float), axis.units.name, head.laser_wavenumber
        attrs: dict[str, object] = {
            "format": "Renishaw wdf",
            "laser_nm": 1e7 / laser if laser > 0 else None,
            "title": head.title,
        }
    if unit == "Nanometre" and laser > 0 and (x > 0).all():
        x = laser - 1e7 / x
        notes.append(
            f"the axis was a wavelength in nm; turned into a Raman shift with the stated laser of "
            f"{1e7 / laser:.3f} nm, both taken to be in the same medium"
        )
    elif unit != "RamanShift":
        raise ReaderError(f"has an axis in {unit}; expected Raman shift: export it in cm-1 in WiRE")
    if taken > 1:
        notes.append(f"spectrum {spectrum} of {taken}; choose another with spectrum=")
    return x, intensity, attrs, notes


def _check_blocks(raw: bytes) -> None:
    """The library steps from block to block and would wait for ever at one without a length."""
    position = 0
    while position + _BLOCK.size <= len(raw):
        kind, _, size = _BLOCK.unpack_from(raw, position)
        if size < _BLOCK.size or position + size > len(raw):
            raise ReaderError(
                f"block {kind.to_bytes(4, 'little')!r} at byte {position} states {size} bytes; "
                "damaged or cut off, copy it again",
            )
        position += size
