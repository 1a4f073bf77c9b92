"""The same fit on dask blocks, also of a map larger than the workers' memory."""

import sys

import numpy as np
import pytest

from nasicon.esm import fit_maps
from nasicon.esm.model_oscillator import oscillator

dask_array = pytest.importorskip("dask.array")
F = np.linspace(270e3, 340e3, 40)


def small_map(rng, ny=40, nx=30):
    clean = oscillator(F, 3.9, rng.normal(307e3, 5e3, (ny, nx, 1)), 25.0, 0.3)
    return clean + 5 * (rng.normal(size=clean.shape) + 1j * rng.normal(size=clean.shape))


@pytest.mark.parametrize("scheduler", [None, "threads", "synchronous"])
def test_blocks_give_the_same_numbers(scheduler):
    cube = small_map(np.random.default_rng(0))
    cube[3, 4, 5] = np.nan
    whole = fit_maps.fit_map(cube, F)
    blocks = fit_maps.fit_map(
        dask_array.from_array(cube, chunks=(17, 11, 9)), F, scheduler=scheduler
    )
    assert blocks.attrs == whole.attrs
    for name in whole.data_vars:
        np.testing.assert_array_equal(blocks[name], whole[name])


def test_a_scheduler_cuts_a_map_in_memory():
    cube = small_map(np.random.default_rng(1))
    whole, blocks = fit_maps.fit_map(cube, F), fit_maps.fit_map(cube, F, scheduler="threads")
    np.testing.assert_array_equal(blocks["quality"], whole["quality"])


def test_without_dask_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ImportError, match=r"nasicon\[scale\]"):
        fit_maps.fit_map(small_map(np.random.default_rng(2)), F, scheduler="threads")


@pytest.mark.slow
def test_a_map_larger_than_the_workers_memory():
    dask, distributed = pytest.importorskip("dask"), pytest.importorskip("distributed")
    fit_maps.fit_map(make_rows(np.arange(2), 4), F)  # compiles here: the compiler is large itself
    limit = 448 * 2**20
    step, rows, side = 16, 1536, 1024
    # 1536 x 1024 x 40 complex doubles: 1.0 GB, made where it is fitted
    cube = dask_array.map_blocks(
        make_block, dtype=complex, chunks=((step,) * (rows // step), (side,), (F.size,)), side=side
    )
    assert cube.nbytes > 2 * limit
    # a worker beyond its limit dies, and the test with it, instead of waiting for memory
    memory = {f"distributed.worker.memory.{name}": False for name in ("target", "spill", "pause")}
    with (
        dask.config.set(memory),
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            memory_limit=limit,
            processes=True,
            dashboard_address=None,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        fit = fit_maps.fit_map(cube, F, scheduler=client)
    assert fit.attrs["pixels_converged"] == rows * side
    resonance = fit["resonance_hz"].to_numpy()
    np.testing.assert_allclose(resonance[:, 0], 290e3 + 10 * np.arange(rows), rtol=1e-6)


def make_rows(numbers, side):
    """Rows of an exact map whose resonance rises by 10 Hz a row."""
    f0 = 290e3 + 10 * numbers[:, None, None]
    return np.tile(oscillator(F, 3.9, f0, 25.0, 0.3), (1, side, 1))


def make_block(side, block_info=None):
    (first, last), *_ = block_info[None]["array-location"]
    return make_rows(np.arange(first, last), side)
