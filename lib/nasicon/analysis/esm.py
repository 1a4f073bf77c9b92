"""Maps of contact resonance: the oscillator fitted to every pixel, with errors and a verdict.

>>> fit = fit_map(cube, frequency_hz)          # numpy, xarray or dask, (y, x, frequency)
>>> fit["quality"], fit["quality_stderr"], fit["status"], fit.attrs["pixels_converged"]

The equations are in :mod:`nasicon.models.esm`, the compiled fit in
:mod:`nasicon.analysis.esm_kernel`, one for machines without numba in
:mod:`nasicon.analysis.esm_portable`. Threads share the pixels in chunks (the kernel
releases the GIL, so this needs no OpenMP and does not heed ``OMP_NUM_THREADS``);
each pixel is fitted alone, so the result is the same for any chunking or number of threads.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from nasicon.analysis import esm_rows

log = logging.getLogger(__name__)

DIMS = ("y", "x", "frequency")
STATUS = (  # in the order of the kernel's codes
    "converged", "not_converged", "at_bound", "outside_window", "not_identifiable", "masked",
    "dead",
)  # fmt: skip
LAYERS = (
    "amplitude", "resonance_hz", "quality", "phase_rad",
    "amplitude_stderr", "resonance_hz_stderr", "quality_stderr", "phase_rad_stderr",
    "r_squared", "noise", "residual_correlation", "moved",
)  # fmt: skip  # the rows of the kernel's result
STRUCTURED = 0.5  # lag-one correlation of the residual above which one oscillator is too few
MOVED = 1e-9  # of a line width
FEWEST_POINTS = 5
CHUNK_PIXELS = 1024
UNITS = {"resonance_hz": "Hz", "phase_rad": "rad", "quality": "1"}


@dataclass(frozen=True)
class Setup:
    """What every chunk of a map shares: the axis in reference units, bounds, order.

    Attributes
    ----------
    reference_hz : float
        Middle of the band; frequencies inside the kernel are in its units.
    x : ndarray, shape (n,)
        Ascending frequencies over the reference.
    order : ndarray of int or None
        What sorts the given axis, None where it ascends already.
    box : tuple of 4 floats
        Bounds of ``f0^2`` and ``f0 / Q`` in reference units.
    is_complex : bool
    max_iterations : int
    """

    reference_hz: float
    x: NDArray
    order: NDArray | None
    box: tuple[float, float, float, float]
    is_complex: bool
    max_iterations: int


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
        one, is fitted block by block (:mod:`nasicon.analysis.esm_scale`).
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
        from nasicon.analysis import esm_scale

        result, status, iterations = esm_scale.fit_blocks(array, setup, scheduler, progress)
    else:
        result, status, iterations = fit_pixels(
            array.to_numpy(), setup, threads=threads or available_processors(), progress=progress
        )
    return to_dataset(array, setup, result, status, iterations)


def available_processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


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


def make_setup(
    frequency_hz: NDArray,
    is_complex: bool,
    quality_bounds: tuple[float, float],
    max_iterations: int,
) -> Setup:
    """Check the axis and turn it and the bounds into reference units."""
    n = frequency_hz.size
    if n < FEWEST_POINTS:
        raise ValueError(f"{n} frequencies cannot determine an oscillator; need {FEWEST_POINTS}")
    if not np.isfinite(frequency_hz).all() or frequency_hz.min() <= 0:
        bad = frequency_hz[~(np.isfinite(frequency_hz) & (frequency_hz > 0))]
        raise ValueError(f"frequency_hz must be finite and > 0, got {bad[0]:g} ({bad.size} such)")
    low_q, high_q = quality_bounds
    if not 0 < low_q < high_q:
        raise ValueError(f"quality_bounds must be 0 < low < high, got {quality_bounds!r}")
    if max_iterations < 0:
        raise ValueError(f"max_iterations must be >= 0, got {max_iterations}")
    order = np.argsort(frequency_hz, kind="stable")
    ascending = frequency_hz[order]
    if not (np.diff(ascending) > 0).all():
        twice = ascending[:-1][np.diff(ascending) <= 0][0]
        raise ValueError(f"frequency_hz must be distinct, {twice:g} Hz occurs more than once")
    reference = 0.5 * (ascending[0] + ascending[-1])
    x = ascending / reference
    margin = 0.5 * (x[-1] - x[0])
    low_a = max(x[0] - margin, 0.05 * x[0]) ** 2
    box = (low_a, (x[-1] + margin) ** 2, 1 / high_q, 1 / low_q)
    already = bool((order == np.arange(n)).all())
    return Setup(reference, x, None if already else order, box, is_complex, max_iterations)


def fit_pixels(
    data: NDArray, setup: Setup, *, threads: int = 1, progress: bool = False
) -> tuple[NDArray, NDArray, NDArray]:
    """Fit an array in memory, shape (..., n).

    Returns
    -------
    result : ndarray, shape (12, pixels)
        The kernel's rows, resonances in Hz.
    status, iterations : ndarray, shape (pixels,)
    """
    kernel = _kernel()
    if threads < 1:
        raise ValueError(f"threads must be >= 1, got {threads}")
    rows = data.reshape(-1, data.shape[-1])
    pixels = rows.shape[0]
    result = np.empty((esm_rows.ROWS, pixels))
    status, iterations = np.empty(pixels, np.int8), np.empty(pixels, np.int16)

    def one(start: int) -> None:
        part = slice(start, min(start + CHUNK_PIXELS, pixels))
        floats = _as_floats(rows[part], setup)
        # rows that lie a power of two apart would share a cache line's place
        own = np.empty((esm_rows.ROWS, CHUNK_PIXELS + 8))[:, : floats.shape[0]]
        kernel.fit_block(
            floats, setup.is_complex, setup.x, setup.box, setup.max_iterations,
            own, status[part], iterations[part],
        )  # fmt: skip
        result[:, part] = own

    _in_threads(one, range(0, pixels, CHUNK_PIXELS), threads, progress)
    result[esm_rows.RESONANCE] *= setup.reference_hz
    result[esm_rows.SE_RESONANCE] *= setup.reference_hz
    return result, status, iterations


@cache
def _kernel() -> ModuleType:
    """The compiled kernel, or where numba is not installed the portable one, told once."""
    try:
        from nasicon.analysis import esm_kernel  # numba is loaded by the first fit
    except ImportError:
        from nasicon.analysis import esm_portable

        log.warning(
            "numba is not installed: maps are fitted some fifty times slower; pip install "
            '"nasicon[fast]"'
        )
        return esm_portable
    return esm_kernel


def _in_threads(
    one: Callable[[int], None], starts: Iterable[int], threads: int, progress: bool
) -> None:
    starts = list(starts)
    bar = tqdm(total=len(starts), desc="pixels", unit="chunk", disable=not progress)
    if min(threads, len(starts)) == 1:
        with bar:
            for start in starts:
                one(start)
                bar.update()
        return
    with bar:
        for _ in _pool(threads).map(one, starts):
            bar.update()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: starting them takes as long as a thousand pixels."""
    return ThreadPoolExecutor(threads, thread_name_prefix="esm")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, but not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


def _as_floats(rows: NDArray, setup: Setup) -> NDArray:
    """Real and imaginary parts, shape (pixels, n, 1 or 2); a copy only where it must be."""
    if setup.order is not None:
        rows = rows[:, setup.order]
    if setup.is_complex:
        wanted = np.complex64 if rows.dtype.itemsize <= 8 else np.complex128
    else:
        wanted = np.float32 if rows.dtype.kind == "f" and rows.dtype.itemsize <= 4 else np.float64
    rows = np.ascontiguousarray(rows, dtype=wanted)
    return rows.view(rows.real.dtype).reshape(*rows.shape, 2 if setup.is_complex else 1)


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
