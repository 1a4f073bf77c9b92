"""The map fit on dask blocks: maps larger than memory, many maps, an existing cluster.

Dask is an optional extra (``pip install "nasicon[scale]"``); without it maps in
memory, and memory-mapped ``.npy`` files, go through threads.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nasicon.esm.fit_pixels import Setup, fit_pixels

BLOCK_PIXELS = 65536  # of a map that is not cut into blocks yet


def fit_blocks(
    array: xr.DataArray, setup: Setup, scheduler: object = None
) -> tuple[NDArray, NDArray, NDArray]:
    """Fit every block of a dask array where the scheduler puts it.

    Only the fitted layers come back, so neither a worker nor this process ever
    holds more than its blocks of the cube.

    Parameters
    ----------
    array : DataArray, dims (..., frequency)
    setup : Setup
    scheduler : str or distributed.Client, optional
        Dask's own choice if not given.

    Returns
    -------
    result, status, iterations
        As :func:`nasicon.esm.fit_pixels.fit_pixels`.

    Raises
    ------
    ImportError
        Dask is not installed; says how to get it.
    """
    try:
        import dask
        import dask.array
    except ImportError:
        raise ImportError(
            "dask arrays and scheduler= need the optional extra: pip install 'nasicon[scale]' "
            "(or give a numpy array and no scheduler)"
        ) from None
    cube = array.data
    if array.chunks is None:
        rows = max(BLOCK_PIXELS // max(int(np.prod(cube.shape[1:-1])), 1), 1)
        cube = dask.array.from_array(cube, chunks=(rows, *cube.shape[1:]))
    cube = cube.rechunk({cube.ndim - 1: -1})  # a spectrum is never cut
    blocks = cube.to_delayed(optimize_graph=True)[..., 0]
    fitted = [dask.delayed(_fit_block)(block, setup) for block in blocks.ravel()]
    places = list(dask.array.core.slices_from_chunks(cube.chunks[:-1]))
    shape = cube.shape[:-1]
    result = None
    status, iterations = np.empty(shape, np.int8), np.empty(shape, np.int16)
    for i, (rows, codes, counts) in _run(dask, fitted, scheduler):
        if result is None:
            result = np.empty((rows.shape[0], *shape))
        result[(slice(None), *places[i])] = rows
        status[places[i]], iterations[places[i]] = codes, counts
    return result.reshape(result.shape[0], -1), status.ravel(), iterations.ravel()


def _fit_block(block: NDArray, setup: Setup) -> tuple[NDArray, NDArray, NDArray]:
    """One block on one thread: the scheduler has the processors."""
    block = np.asarray(block)
    rows, status, iterations = fit_pixels(block, setup, threads=1)
    shape = block.shape[:-1]
    return rows.reshape(-1, *shape), status.reshape(shape), iterations.reshape(shape)


def _run(dask: object, fitted: list, scheduler: object) -> Iterator[tuple]:
    """Index and result of every block, as they come."""
    if not hasattr(scheduler, "compute"):
        yield from enumerate(dask.compute(*fitted, scheduler=scheduler))
        return
    from distributed import as_completed  # a distributed.Client

    futures = scheduler.compute(fitted)
    index = {future.key: i for i, future in enumerate(futures)}
    done = as_completed(futures, with_results=True)
    del futures  # a result is given up as soon as it is copied
    for future, value in done:
        yield index[future.key], value
        future.release()
