"""Maps of contact resonance: the oscillator fitted to every pixel, with errors and a verdict.

>>> fit = fit_map(cube, frequency_hz)          # numpy, xarray or dask, (y, x, frequency)
>>> fit["quality"], fit["quality_stderr"], fit["status"], fit.attrs["pixels_converged"]

The equations are in :mod:`nasicon.esm.model_oscillator`, the fit of an array in memory in
:mod:`nasicon.esm.fit_pixels`, that of dask blocks in :mod:`nasicon.esm.fit_blocks`.
"""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from nasicon.core.quality import SATURATED_RUN
from nasicon.core.vocabulary import as_flags
from nasicon.esm import fit_blocks
from nasicon.esm.fit_pixels import Setup, available_processors, fit_pixels, make_setup
from nasicon.esm.fit_rectified import SAFE_SIGNAL, take_off
from nasicon.esm.fit_rows import LAYERS, STATUS

DIMS = ("y", "x", "frequency")
EXPLAINED, USABLE = 0.25, 0.2  # R2 of the median pixel, share of pixels, below which no map is one
#: A fitted height is too high by RECTIFIED_PERCENT / (height over noise)^2, by LEFT_PERCENT in its
#: place where the excess was taken off; and the ratio from which it does not count.
RECTIFIED_PERCENT, LEFT_PERCENT, CLEAN_SIGNAL = 800.0, 150.0, 40.0
#: Height over noise below which amplitudes alone show no resonance, or leave no digits corrected.
NO_SIGNAL, NO_DIGITS = 2.0, 3.2
CLIPPED = 0.05  # share of pixels whose peak is cut off above which a map is none
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
    rectified: bool = False,
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
    rectified : bool
        Of amplitudes alone, in memory: take the rectified noise off
        (:mod:`nasicon.esm.fit_rectified`), which costs a few fits more. Without it
        :func:`map_flags` says how much too high the amplitudes are.

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
        result, status, iterations = fit_blocks.fit_blocks(array, setup, scheduler)
    else:
        threads = threads or available_processors()
        data = array.to_numpy()
        result, status, iterations = fit_pixels(data, setup, threads=threads)
        if rectified and not is_complex:
            first = result, status, iterations
            found, noise, ratio = take_off(data, setup, first, frequency, threads)
            fit = to_dataset(array, setup, *found)
            return fit.assign_attrs(rectified_noise=noise, signal_to_noise=ratio)
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


def map_flags(fit: xr.Dataset) -> tuple[tuple[str, ...], str]:
    """Flags that every number of a map carries, and why.

    Returns
    -------
    flags : tuple of str
        ``not_identifiable`` where most pixels show no resonance (the oscillator explains
        less than ``EXPLAINED`` of their variance) or fewer than ``USABLE`` are usable;
        ``misfit`` where most residuals have structure; ``systematic`` where amplitudes
        alone were measured close to the noise.
    note : str
    """
    found = []
    share = float(usable(fit).mean())
    explained = float(fit["r_squared"].median())
    if fit.attrs["data"] == "complex" and explained < EXPLAINED:
        words = f"no resonance: half of the pixels have R2 below {explained:.2g}"
        found.append(("not_identifiable", words))
    if share < USABLE:
        found.append(("not_identifiable", f"{100 * share:.0f} % of the pixels are usable"))
    if fit.attrs["pixels_structured_residual"] > fit.attrs["pixels"] / 2:
        words = "most residuals have structure: more than one resonance, or a background"
        found.append(("misfit", words))
    taken_off, ratio = "signal_to_noise" in fit.attrs, np.inf
    if fit.attrs["data"] == "amplitude only":
        height = float((fit["amplitude"] * fit["quality"]).median())
        ratio = fit.attrs.get("signal_to_noise", height / float(fit["noise"].median()))
    if ratio < (NO_DIGITS if taken_off else NO_SIGNAL):
        found.append(("not_identifiable", f"the resonance is {ratio:.2g} times the noise"))
    elif ratio < (SAFE_SIGNAL if taken_off else CLEAN_SIGNAL):
        high = (LEFT_PERCENT if taken_off else RECTIFIED_PERCENT) / ratio**2
        words = f"amplitudes alone at {ratio:.2g} times the noise come out some {high:.2g} % high"
        found.append(("systematic", f"{words}: measure the phase too, or fit with rectified=True"))
    return as_flags(flag for flag, _ in found), "; ".join(note for _, note in found)


def clipped(cube: xr.DataArray) -> str:
    """Say where the peaks of a map are cut off by the detector; empty where they are not.

    Of ``SATURATED_RUN`` neighbouring points at the map's highest amplitude noise makes none.
    """
    size = np.abs(cube.transpose(..., "frequency").to_numpy())
    full = size >= (1 - 1e-6) * np.nanmax(size)
    cut = np.lib.stride_tricks.sliding_window_view(full, SATURATED_RUN, axis=-1).all(axis=-1)
    share = float(cut.any(axis=-1).mean())
    return f"{100 * share:.0f} % of the peaks are cut off at one height" if share > CLIPPED else ""


def report(fit: xr.Dataset) -> str:
    """One sentence on how many pixels ended how."""
    counts = {name: fit.attrs[f"pixels_{name}"] for name in STATUS}
    told = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n)
    text = f"{fit.attrs['pixels']} pixels: {told}"
    if structured := fit.attrs["pixels_structured_residual"]:
        text += f"; {structured} with structure left in the residual (more than one resonance?)"
    return text
