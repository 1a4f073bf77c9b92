"""How time and memory grow: ``python -m benchmarks.scale`` writes docs/scale.md.

Two decades each of pixels, spectra, draws and files. Every case is a process of its own, so
that its peak of memory is its own; what imports and made-up data take is taken off. Pixels
are fitted on one thread, on two, and by a dask LocalCluster of two processes: there the map
stays on disk and is read block by block. Reading is in the time: of a million pixels (480 MB)
it takes about one second.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks import eis_fit, esm_map
from compendium.paths import repository_root
from nasicon import eis
from nasicon.core.atomic import write_atomically
from nasicon.eis import fit_circuits
from nasicon.esm import fit_maps

PAGE = "docs/scale.md"
WIDTH = 100  # pixels of a row of the maps
Work = Callable[[], object]


def _map(size: int, folder: Path) -> Path:
    """Noisy map of so many pixels on disk, written by blocks of rows; the fit is compiled."""
    tile = esm_map.cube(WIDTH, esm_map.SPEED_SNR)[:10]
    fit_maps.fit_map(tile[:2], esm_map.FREQUENCY_HZ, threads=1)
    path = folder / f"{size}.npy"
    shape = (size // WIDTH, WIDTH, esm_map.FREQUENCY_HZ.size)
    cube = np.lib.format.open_memmap(path, "w+", np.complex64, shape)
    for row in range(0, shape[0], len(tile)):
        cube[row : row + len(tile)] = tile
    cube.flush()
    return path


def pixels(size: int, folder: Path, threads: int) -> Work:
    """Map in memory."""
    path = _map(size, folder)
    return lambda: fit_maps.fit_map(np.load(path), esm_map.FREQUENCY_HZ, threads=threads)


def _rows(path: Path, block_info: dict) -> np.ndarray:
    """Block of a map, read by the process that fits it (a memory map would be sent whole)."""
    (first, last), *_ = block_info[None]["array-location"]
    return np.load(path, mmap_mode="r")[first:last]


def blocks(size: int, folder: Path) -> Work:
    """Map on disk, a cluster of two processes; its start is not counted."""
    import dask.array
    from distributed import Client, LocalCluster

    path = _map(size, folder)
    height, width, points = np.load(path, mmap_mode="r").shape
    step = max(height // 20, 5)
    rows = tuple(np.diff([*range(0, height, step), height]))
    array = dask.array.map_blocks(
        _rows,
        path,
        chunks=(rows, width, points),
        dtype=np.complex64,
        meta=np.empty((0, 0, 0), "c8"),
    )
    client = Client(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    return lambda: fit_maps.fit_map(array, esm_map.FREQUENCY_HZ, scheduler=client)


def spectra(size: int, folder: Path) -> Work:
    """Impedance spectra one by one, every one with all its starts."""
    rng = np.random.default_rng(eis_fit.SEED)
    tables = [eis_fit.table(eis_fit.spectrum(eis_fit.draw(rng), rng)) for _ in range(max(size, 2))][
        :size
    ]
    fit_circuits.fit_circuit(tables[0], eis_fit.CIRCUIT)
    return lambda: [fit_circuits.fit_circuit(table, eis_fit.CIRCUIT) for table in tables]


def draws(size: int, folder: Path) -> Work:
    """Draws of one pellet, fitted as a batch."""
    rng = np.random.default_rng(eis_fit.SEED)
    z = np.array([eis_fit.spectrum(eis_fit.middle(), rng) for _ in range(size)])
    fit_circuits.fit_circuit(eis_fit.table(z[0]), eis_fit.CIRCUIT)
    return lambda: fit_circuits.fit_ensemble(eis_fit.FREQUENCY_HZ, z, eis_fit.CIRCUIT)


def files(size: int, folder: Path) -> Work:
    """Spectra as text files, read one by one."""
    rng = np.random.default_rng(eis_fit.SEED)
    paths = [folder / f"{i}.csv" for i in range(size)]
    for path in paths:
        eis_fit.table(eis_fit.spectrum(eis_fit.middle(), rng)).to_csv(path, index=False)
    eis.read(paths[0])
    return lambda: [eis.read(path) for path in paths]


CASES: dict[str, tuple[str, tuple[int, ...], Callable[[int, Path], Work]]] = {
    "pixels": ("pixels, one thread", (10_000, 100_000, 1_000_000), lambda n, f: pixels(n, f, 1)),
    "pixels2": ("pixels, two threads", (10_000, 100_000, 1_000_000), lambda n, f: pixels(n, f, 2)),
    "blocks": ("pixels, dask LocalCluster of two", (10_000, 100_000, 1_000_000), blocks),
    "spectra": ("spectra, global search each", (10, 100, 1000), spectra),
    "draws": ("draws of one spectrum, as a batch", (100, 1000, 10_000), draws),
    "files": ("impedance files read", (10, 100, 1000), files),
}


def measured(case: str, size: int, folder: Path) -> tuple[float, float]:
    """Seconds, and MB by which this process grew at its peak."""
    work = CASES[case][2](size, folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def in_a_process(case: str, size: int) -> tuple[float, float]:
    """The same in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.scale", case, str(size), folder]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, grown = map(float, done.stdout.split()[-2:])
    return seconds, grown


def row(case: str) -> str:
    """One row of the page: three sizes, seconds and MB each, and the exponent of time."""
    what, sizes, _ = CASES[case]
    found = [in_a_process(case, size) for size in sizes]
    slope = np.polyfit(np.log(sizes[-2:]), np.log([seconds for seconds, _ in found[-2:]]), 1)[0]
    cells = [
        f"{n:,}: {s:.2g} s, {max(mb, 0):.0f} MB" for n, (s, mb) in zip(sizes, found, strict=True)
    ]
    return f"| {what} | {' | '.join(cells)} | {slope:.2f} |"


def main() -> None:
    """The page; with CASE SIZE FOLDER one case, for the process that measures it."""
    if len(sys.argv) > 1:
        print(*measured(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
        return
    head = __doc__.split("\n\n")[1].replace(
        "(``python -m benchmarks.scale CASE SIZE FOLDER``), ", ""
    )
    lines = ["# How time and memory grow", "", *head.splitlines(), ""]
    lines += ["| what | | | | exponent of time |", "|---|---|---|---|---|"]
    lines += [row(case) for case in tqdm(CASES, disable=not sys.stderr.isatty())]
    lines += ["", "Two cores, Linux x86-64; a pixel has 60 frequencies, a spectrum 71.", ""]
    write_atomically(repository_root() / PAGE, "\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
