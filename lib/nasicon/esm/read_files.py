"""Strain-microscopy files into labelled cubes with dims (y, x, frequency).

The content of a file decides its format, not its name:

- numpy ``.npy`` (the frequency axis must be stated) and ``.npz``,
- HDF5: band-excitation files in the USID layout, or a cube beside a frequency vector,
- Igor binary waves ``.ibw`` of Asylum Research: a cube, or one image per drive frequency,
- delimited text, one row per pixel and frequency.

Nothing is unpickled, no link to another file is followed, and archives that unpack
to more than they should are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from nasicon.core.text import ReaderError, check_file, names_its_file
from nasicon.esm.read_arrays import (
    HDF5_MAGIC,
    NPY_MAGIC,
    is_npz,
    read_hdf5,
    read_npy,
    read_npz,
)
from nasicon.esm.read_cube import MOST_BYTES, Cube, stated_axis
from nasicon.esm.read_igor import is_ibw, read_ibw_cube, read_ibw_images
from nasicon.esm.read_text import read_text

DIMS = ("y", "x", "frequency")
FEWEST_FREQUENCIES = 3
LOWEST_HZ = 5e3  # no cantilever resonates below


@names_its_file
def read_esm(
    path: str | Path | Sequence[str | Path],
    *,
    frequency_hz: ArrayLike | None = None,
    centre_hz: float | None = None,
    band_hz: float | None = None,
    dataset: str | None = None,
) -> xr.DataArray:
    """Read a map of spectra.

    Parameters
    ----------
    path : path or sequence of paths
        One file with a cube, or several ``.ibw`` images that state their drive
        frequency (sequential excitation), which are stacked.
    frequency_hz : array, optional
        The axis, where the file has none; refused where the file has another.
    centre_hz, band_hz : float, optional
        Or its centre and full width, evenly spaced.
    dataset : str, optional
        Path of the data inside an HDF5 file that holds several, or name in an ``.npz``.

    Returns
    -------
    xarray.DataArray
        Dims (y, x, frequency), the frequency coordinate in Hz and ascending;
        complex, or amplitudes where there is no phase. ``attrs``: ``format``,
        ``source``, ``units``, ``title``, ``notes`` (what was assumed or changed), ``data``
        (``complex`` or ``amplitude only``).

    Raises
    ------
    ReaderError
        Not a known format, no frequency axis, repeated or non-positive
        frequencies, wrong shape, damaged or oversized file.
    """
    stated = (frequency_hz, centre_hz, band_hz)
    if not isinstance(path, str | Path):
        paths = [Path(p) for p in path]
        if len(paths) != 1:
            return _labelled(read_ibw_images(paths), f"{len(paths)} files", stated)
        path = paths[0]
    return _labelled(_read(path, dataset), path.name, stated)


def _read(path: Path, dataset: str | None) -> Cube:
    check_file(path, largest=MOST_BYTES)  # maps are opened where they lie, not read as a whole
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(NPY_MAGIC):
        return read_npy(path)
    if is_npz(path, head):
        return read_npz(path, dataset)
    if head.startswith(HDF5_MAGIC):
        return read_hdf5(path, dataset)
    if is_ibw(head, path.suffix):
        return read_ibw_cube(path)
    return read_text(path)


def _labelled(cube: Cube, source: str, stated: tuple) -> xr.DataArray:
    """Check, sort and name the axes."""
    data, notes = cube.data, list(cube.notes)
    if data.ndim == 2:
        data = data[None]
        notes.append("one line of spectra: taken as a map of one row")
    if data.ndim != 3 or 0 in data.shape:
        raise ReaderError(
            f"data of shape {data.shape}; expected a map of spectra (y, x, frequency)"
        )
    frequency = stated_axis(cube.frequency_hz, stated, data.shape[-1], notes)
    _check_axis(frequency)
    order = np.argsort(frequency, kind="stable")
    if not (order == np.arange(order.size)).all():
        how = "descending" if (np.diff(frequency) < 0).all() else "not in order"
        notes.append(f"the frequencies were {how} and have been sorted")
        frequency, data = frequency[order], data[..., order]
    if frequency[-1] < LOWEST_HZ:
        notes.append(f"its frequencies end at {frequency[-1]:g} Hz, below any resonance: in kHz?")
    missing = int(np.count_nonzero(~np.isfinite(data).all(axis=-1)))
    if missing:
        notes.append(f"{missing} of {data.shape[0] * data.shape[1]} spectra hold NaN or infinity")
    coords = {"frequency": ("frequency", frequency, {"units": "Hz"})}
    for name, values in cube.positions.items():
        coords[name] = (name, values, {"units": "m"})
    attrs = {
        "format": cube.format,
        "source": source,
        "units": cube.units,
        "title": cube.title,
        "notes": tuple(notes),
        "data": "complex" if np.iscomplexobj(data) else "amplitude only",
    }
    return xr.DataArray(data, dims=DIMS, coords=coords, attrs=attrs)


def _check_axis(frequency: NDArray) -> None:
    if frequency.size < FEWEST_FREQUENCIES:
        raise ReaderError(
            f"{frequency.size} frequencies; a resonance needs at least {FEWEST_FREQUENCIES} "
            "(name all images of the sequence)",
        )
    bad = ~(np.isfinite(frequency) & (frequency > 0))
    if bad.any():
        raise ReaderError(f"frequency must be finite and > 0 Hz, got {frequency[bad][0]:g}")
    values, counts = np.unique(frequency, return_counts=True)
    if (counts > 1).any():
        raise ReaderError(
            f"{values[counts > 1][0]:g} Hz occurs more than once; average or remove the repeats",
        )
