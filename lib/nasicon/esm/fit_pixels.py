"""The oscillator fitted to an array of pixels: axis and bounds checked, chunks shared by threads.

The compiled fit is in :mod:`nasicon.esm.fit_kernel`, one for machines without numba in
:mod:`nasicon.esm.fit_portable`. Threads share the pixels in chunks (the kernel releases
the GIL, so this needs no OpenMP and does not heed ``OMP_NUM_THREADS``); each pixel is
fitted alone, so the result is the same for any chunking or number of threads.
"""

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from nasicon.esm import fit_rows

log = logging.getLogger(__name__)

FEWEST_POINTS = 5
CHUNK_PIXELS = 1024


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


def available_processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


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
    data: NDArray, setup: Setup, *, threads: int = 1
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
    result = np.empty((fit_rows.ROWS, pixels))
    status, iterations = np.empty(pixels, np.int8), np.empty(pixels, np.int16)

    def one(start: int) -> None:
        part = slice(start, min(start + CHUNK_PIXELS, pixels))
        floats = _as_floats(rows[part], setup)
        # rows that lie a power of two apart would share a cache line's place
        own = np.empty((fit_rows.ROWS, CHUNK_PIXELS + 8))[:, : floats.shape[0]]
        kernel.fit_block(
            floats,
            setup.is_complex,
            setup.x,
            setup.box,
            setup.max_iterations,
            own,
            status[part],
            iterations[part],
        )
        result[:, part] = own

    starts = range(0, pixels, CHUNK_PIXELS)
    each = map if min(threads, len(starts)) == 1 else _pool(threads).map
    list(each(one, starts))
    result[fit_rows.RESONANCE] *= setup.reference_hz
    result[fit_rows.SE_RESONANCE] *= setup.reference_hz
    return result, status, iterations


@cache
def _kernel() -> ModuleType:
    """The compiled kernel, or where numba is not installed the portable one, told once."""
    try:
        from nasicon.esm import fit_kernel  # numba is loaded by the first fit
    except ImportError:
        from nasicon.esm import fit_portable

        log.warning(
            "numba is not installed: maps are fitted some fifty times slower; pip install "
            '"nasicon[fast]"'
        )
        return fit_portable
    return fit_kernel


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
