"""Micrographs into grey images. The scale is never taken from the file.

Scale bars burnt into a picture and resolution tags of image formats (which
mean print size) are both wrong more often than right, so the reader gives the
nanometres per pixel, and there is no default. What the microscope wrote itself
is compared with it.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import ReaderError, foreign_parser, names_its_file, read_bytes

LARGEST_PIXELS = 100_000_000  # 10 000 x 10 000; more is refused before it is unpacked
SMALLEST_SIDE = 32
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
# what FEI (m), Tescan (m) and Zeiss write
_SCALE = re.compile(
    rb"Pixel(?:Width|SizeX) *= *(\d\.?\d*e-\d+)|Pixel Size *= *(\d+\.?\d*) *\xc2?(pm|nm|[\xb5u]m)",
    re.IGNORECASE,
)
_NM = {b"pm": 1e-3, b"nm": 1.0}
DIFFERS = 0.05
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "I", "I;16", "I;16L", "I;16B", "F")


@dataclass(frozen=True)
class Micrograph:
    """A grey image with its scale.

    Attributes
    ----------
    image : array, shape (rows, columns)
        Brightness scaled to 0...1 over the image's own range.
    nm_per_pixel : float
        As the reader gave it.
    source, format : str
    notes : tuple of str
        What was changed on the way.
    doubt : str
        That the microscope wrote another scale into the file.
    """

    image: NDArray
    nm_per_pixel: float
    source: str
    format: str
    notes: tuple[str, ...] = ()
    doubt: str = ""


@names_its_file
def read_micrograph(
    path: str | Path,
    nm_per_pixel: float,
    *,
    crop_bottom_pixels: int = 0,
) -> Micrograph:
    """Read a PNG, TIFF or JPEG micrograph.

    Parameters
    ----------
    path
        The format is found from the content, not from the name.
    nm_per_pixel : float
        Scale; must be given.
    crop_bottom_pixels : int
        Rows to cut off below, where the microscope writes its data bar.

    Raises
    ------
    ReaderError
        Not one of the formats, damaged, too large to unpack safely, several
        pages, without contrast, or smaller than the crop leaves room for.
    ValueError
        A scale that is not positive.
    """
    if not (np.isfinite(nm_per_pixel) and nm_per_pixel > 0):
        raise ValueError(
            f"nm_per_pixel must be > 0, got {nm_per_pixel}: measure the scale bar in pixels and "
            "divide its length by that; there is no default"
        )
    raw, source = read_bytes(path), path.name
    kind = next((name for magic, name in _MAGIC.items() if raw.startswith(magic)), None)
    if kind is None:
        raise ReaderError("is no PNG, TIFF or JPEG image; export the micrograph as TIFF")
    grey, notes = _grey(raw, kind)
    if not 0 <= crop_bottom_pixels < grey.shape[0]:
        raise ReaderError(
            f"has {grey.shape[0]} rows; crop_bottom_pixels {crop_bottom_pixels} leaves none"
        )
    grey = grey[: grey.shape[0] - crop_bottom_pixels]
    if min(grey.shape) < SMALLEST_SIDE:
        rows, columns = grey.shape
        raise ReaderError(
            f"is {columns} x {rows} pixels; at least {SMALLEST_SIDE} a side are needed"
        )
    low, high = float(grey.min()), float(grey.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ReaderError("holds pixels that are no numbers; export it again")
    if high <= low:
        raise ReaderError("has no contrast: every pixel has the same brightness")
    grey, doubt = (grey - low) / (high - low), _doubt(raw, nm_per_pixel)
    return Micrograph(grey, float(nm_per_pixel), source, kind, tuple(notes), doubt)


def _doubt(raw: bytes, nm_per_pixel: float) -> str:
    """Say that the microscope wrote another scale; empty where it agrees, or wrote none."""
    found = _SCALE.findall(raw)
    stated = [
        1e9 * float(m) if m else float(n) * _NM.get(unit.lower(), 1e3) for m, n, unit in found
    ]
    if not stated or any(abs(nm / nm_per_pixel - 1) < DIFFERS for nm in stated):
        return ""
    beside = " or ".join(sorted({f"{nm:.4g}" for nm in stated}))
    return f"the microscope wrote {beside} nm per pixel into the file, {nm_per_pixel:g} was given"


def _grey(raw: bytes, kind: str) -> tuple[NDArray, list[str]]:
    import io

    from PIL import Image

    notes: list[str] = []
    with (
        foreign_parser(f"is a damaged {kind} image, or too large to unpack", "save it again"),
        warnings.catch_warnings(action="ignore"),
        Image.open(io.BytesIO(raw), formats=[kind]) as picture,
    ):
        columns, rows = picture.size
        if columns * rows > LARGEST_PIXELS:
            raise ReaderError(
                f"would unpack to {columns} x {rows} pixels; at most "
                f"{LARGEST_PIXELS:.0e} are read: crop or bin the image"
            )
        if getattr(picture, "n_frames", 1) > 1:
            raise ReaderError(f"holds {picture.n_frames} pages; save the one to be analysed")
        if picture.mode not in _MODES:
            raise ReaderError(f"has colour mode {picture.mode}; save it as grey")
        deep = picture.mode.startswith(("I", "F"))
        if picture.mode not in ("L", "1") and not deep:
            notes.append(f"colours ({picture.mode}) were turned into grey")
        return np.asarray(picture if deep else picture.convert("L"), dtype=float), notes
