"""Maps of contact resonance: the oscillator fitted to every pixel, with errors and a verdict.

>>> fit = fit_map(cube, frequency_hz)          # numpy, xarray or dask, (y, x, frequency)
>>> fit["quality"], fit["quality_stderr"], fit["status"], fit.attrs["pixels_converged"]

The equations are in :mod:`nasicon.esm.model_oscillator`, the fit of an array in memory in
:mod:`nasicon.esm.fit_pixels`, that of dask blocks in :mod:`nasicon.esm.fit_blocks`.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from nasicon.esm import fit_blocks
from nasicon.esm.fit_pixels import Setup, available_processors, fit_pixels, make_setup

DIMS = ("y", "x", "frequency")
STATUS = (  # in the order of the kernel's codes
    "converged",
    "not_converged",
    "at_bound",
    "outside_window",
    "not_identifiable",
    "masked",
    "dead",
)
LAYERS = (
    "amplitude",
    "resonance_hz",
    "quality",
    "phase_rad",
    "amplitude_stderr",
    "resonance_hz_stderr",
    "quality_stderr",
    "phase_rad_stderr",
    "r_squared",
    "noise",
    "residual_correlation",
    "moved",
)
STRUCTURED = 0.5  # lag-one correlation of the residual above which one oscillator is too few
MOVED = 1e-9  # of a line width
UNITS = {"resonance_hz": "Hz", "phase_rad": "rad", "quality": "1"}


def fit_map(
    cube: ArrayLike | xr.DataArray,
    frequency_hz: ArrayLike | None = None,
    *,
    quality_bounds: tuple[float, float] = (0.5, 1e4),
    max_iterations: int = 60,
    threads: int | None = None,
    scheduler: object = None,
    progress: bool = False,
) -> xr.Dataset:
    """Fit the oscillator to every pixel of a map.

    Parameters
    ----------
    cube : array, shape (..., n) or DataArray with dims (y, x, frequency)
        Complex response, or amplitudes. A dask array, or a DataArray that holds
        one, is fitted block by block (:mod:`nasicon.esm.fit_blocks`).
    frequency_hz : array, shape (n,), optional
        Needed unless the DataArray has a ``frequency`` coordinate. Any order.
    quality_bounds : (low, high)
        Bounds of f0/Q at the middle of the band; the resonance may lie half a
        band width outside.
    max_iterations : int
        Trial steps a pixel; 0 gives the algebraic start.
    threads : int, optional
        Number of threads; all available processors if not given.
    scheduler : optional
        A dask scheduler (``"threads"``, ``"processes"``, ``"synchronous"``) or a
        ``distributed.Client``; given with a numpy array it cuts the map into blocks.
    progress : bool
        Show a progress bar.

    Returns
    -------
    xarray.Dataset
        Dims of the cube without frequency. ``amplitude`` (unit of the data),
        ``resonance_hz``, ``quality``, ``phase_rad`` (complex data only; of the drive,
        at resonance the response lags by 90 degrees), each with ``_stderr``;
        ``r_squared``; ``noise`` (standard deviation of a datum about the fit);
        ``residual_correlation`` (lag one; near 0 if one oscillator suffices);
        ``moved_from_guess``; ``status`` (codes of ``STATUS``); ``iterations``. A masked or
        dead pixel is nan. Attributes count the pixels of each status and those whose
        residual has structure (a second resonance, a background).

    Raises
    ------
    ValueError
        No frequency axis, fewer than five frequencies, frequencies that are not
        positive, finite and distinct, an axis that does not fit the cube, no number
        anywhere.
    """
    array, frequency = as_cube(cube, frequency_hz)
    is_complex = np.issubdtype(array.dtype, np.complexfloating)
    setup = make_setup(frequency, is_complex, quality_bounds, max_iterations)
    if scheduler is not None or array.chunks is not None:
        result, status, iterations = fit_blocks.fit_blocks(array, setup, scheduler, progress)
    else:
        result, status, iterations = fit_pixels(
            array.to_numpy(), setup, threads=threads or available_processors(), progress=progress
        )
    return to_dataset(array, setup, result, status, iterations)


def as_cube(
    cube: ArrayLike | xr.DataArray, frequency_hz: ArrayLike | None
) -> tuple[xr.DataArray, NDArray]:
    """Name the axes of a cube and check them; nothing is copied. Returns cube and axis."""
    if isinstance(cube, xr.DataArray):
        if "frequency" not in cube.dims:
            raise ValueError(
                f"the cube has dims {cube.dims}; expected one of them to be 'frequency'"
            )
        array = cube.transpose(..., "frequency")
    else:
        data = cube if hasattr(cube, "dtype") else np.asarray(cube)
        if data.ndim < 1 or data.ndim > 3:
            raise ValueError(
                f"cube must be (y, x, frequency), (x, frequency) or (frequency,), "
                f"got shape {data.shape}"
            )
        array = xr.DataArray(data, dims=DIMS[3 - data.ndim :])
    kind = array.dtype.kind
    if kind not in "fciu":
        raise ValueError(f"cube must hold real or complex numbers, got dtype {array.dtype}")
    if frequency_hz is None:
        if "frequency" not in array.coords:
            raise ValueError(
                "no frequency axis: give frequency_hz, one value in Hz per point of the last axis"
            )
        frequency_hz = array["frequency"].to_numpy()
    frequency = np.asarray(frequency_hz, dtype=float)
    if frequency.shape != (array.sizes["frequency"],):
        raise ValueError(
            f"frequency_hz has shape {frequency.shape}, but the cube has "
            f"{array.sizes['frequency']} points a pixel"
        )
    return array, frequency


def to_dataset(
    array: xr.DataArray, setup: Setup, result: NDArray, status: NDArray, iterations: NDArray
) -> xr.Dataset:
    """Label the kernel's rows and count what happened."""
    dims = array.dims[:-1]
    shape = tuple(array.sizes[d] for d in dims)
    unit = str(array.attrs.get("units", ""))
    layers = {}
    for name, row in zip(LAYERS, result, strict=True):
        if name == "moved" or (name.startswith("phase") and not setup.is_complex):
            continue
        own = UNITS.get(name.removesuffix("_stderr"))
        of_data = unit if name.startswith(("amplitude", "noise")) else "1"
        layers[name] = (dims, row.reshape(shape), {"units": own or of_data})
    layers["moved_from_guess"] = (dims, (result[LAYERS.index("moved")] > MOVED).reshape(shape))
    flags = {"flag_values": list(range(len(STATUS))), "flag_meanings": " ".join(STATUS)}
    layers["status"] = (dims, status.reshape(shape), flags)
    layers["iterations"] = (dims, iterations.reshape(shape))
    counts = np.bincount(status, minlength=len(STATUS))
    structured = result[LAYERS.index("residual_correlation")] > STRUCTURED
    coords = {k: v for k, v in array.coords.items() if "frequency" not in v.dims}
    return xr.Dataset(
        layers,
        coords,
        {
            "pixels": int(status.size),
            **{f"pixels_{name}": int(n) for name, n in zip(STATUS, counts, strict=True)},
            "pixels_structured_residual": int(np.count_nonzero(structured)),
            "data": "complex" if setup.is_complex else "amplitude only",
            "frequencies": int(setup.x.size),
        },
    )


def usable(fit: xr.Dataset) -> xr.DataArray:
    """Pixels whose values may enter a statistic: converged, inside the window, with digits."""
    return fit["status"] == STATUS.index("converged")


def report(fit: xr.Dataset) -> str:
    """One sentence on how many pixels ended how."""
    counts = {name: fit.attrs[f"pixels_{name}"] for name in STATUS}
    told = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n)
    text = f"{fit.attrs['pixels']} pixels: {told}"
    if structured := fit.attrs["pixels_structured_residual"]:
        text += f"; {structured} with structure left in the residual (more than one resonance?)"
    return text
