"""Mutated instrument files: ``make fuzz``, or ``python -m benchmarks.fuzz [--total N]``.

Every reader gets real files by others with bytes flipped, cut, doubled, swapped and
filled. It must read them or refuse them with the library's own error; a crash, a hang
or a blow-up of memory is counted, and its file is kept to be looked at.
"""

from __future__ import annotations

import argparse
import io
import logging
import multiprocessing
import resource
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from compendium import external
from nasicon.core.text import ReaderError

SECONDS = 20  # for one file; a read takes milliseconds
MEMORY_BYTES = 4 << 30
LARGEST = 900_000  # bytes of a seed file: larger ones only take longer
KEPT = Path(".cache/fuzz")


def mutations(original: bytes, rng: np.random.Generator) -> Iterator[bytes]:
    """Endless mutations of a file: the kinds of damage that files really come with."""
    interesting = (
        b"\x00",
        b"\xff",
        b"-",
        b"e",
        b"nan",
        b"inf",
        b",",
        b"\t",
        b"\n",
        b'"',
        b"<",
        b"9" * 30,
    )
    while True:
        content = bytearray(original)
        for _ in range(int(rng.integers(1, 6))):
            size = max(len(content), 1)
            at = int(rng.integers(size))
            span = int(min(rng.integers(1, 200), size - at))
            kind = int(rng.integers(7))
            if kind == 0:
                content[at:] = b""
            elif kind == 1 and content:
                content[at % len(content)] ^= 1 << int(rng.integers(8))
            elif kind == 2:
                content[at : at + span] = rng.bytes(span)
            elif kind == 3:
                content[at:at] = content[at : at + span] * int(rng.integers(1, 20))
            elif kind == 4:
                content[at : at + span] = b""
            elif kind == 5:
                content[at : at + span] = interesting[int(rng.integers(len(interesting)))]
            else:
                other = int(rng.integers(size))
                content[at : at + span] = content[other : other + span]
        yield bytes(content)


def attempt(read: Callable[[Path], object], path: Path) -> str:
    """``read``, ``refused``, or the traceback of a crash."""
    try:
        read(path)
    except ReaderError:
        return "refused"
    except Exception:  # anything else is what we look for
        return traceback.format_exc(limit=-4)
    return "read"


def _worker(name: str, connection: object) -> None:
    logging.disable()  # notes about what was dropped
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    read = readers()[name]
    while True:
        path = connection.recv()
        if path is None:
            return
        connection.send(attempt(read, Path(path)))


class Guarded:
    """A reader in a process of its own, which a hang or a blow-up may not take down with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.start()

    def start(self) -> None:
        """Start, or start again, the process."""
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=_worker, args=(self.name, other), daemon=True)
        self.process.start()

    def __call__(self, path: Path) -> str:
        """Outcome of one file."""
        self.connection.send(str(path))
        try:
            if self.connection.poll(SECONDS):
                return self.connection.recv()
            outcome = f"hang: more than {SECONDS} s"
        except EOFError:
            outcome = "the process died"
        self.process.kill()
        self.process.join()
        self.start()
        return outcome

    def close(self) -> None:
        """End the process."""
        self.connection.send(None)
        self.process.join(10)


def readers() -> dict[str, Callable[[Path], object]]:
    """Every reader of the library by technique."""
    from nasicon import composition, cycling, diffraction, eels, eis, esm, grains, nmr, raman, xps

    return {
        "cycling": cycling.read,
        "eels": eels.read,
        "eis": eis.read,
        "esm": partial(esm.read, centre_hz=323e3, band_hz=50e3),
        "masses": composition.read,
        "micrograph": partial(grains.read, nm_per_pixel=10.0),
        "nmr": nmr.read,
        "pattern": diffraction.read,
        "raman": raman.read,
        "xps": xps.read,
    }


#: Which registered files each reader is fed with; none: files made here.
SEEDS = {
    "cycling": ("cycling/",),
    "eels": ("eels/",),
    "eis": ("eis/",),
    "esm": ("spm/",),
    "masses": (),
    "micrograph": (),
    "nmr": ("nmr/",),
    "pattern": ("xrd/",),
    "raman": ("raman/",),
    "xps": ("xps/",),
}


def made() -> dict[str, list[tuple[str, bytes]]]:
    """Files for the readers of which the registry holds none."""
    from PIL import Image

    grey = np.random.default_rng(0).integers(0, 255, (48, 64), dtype=np.uint8)
    pictures = []
    for kind in ("png", "tiff", "jpeg"):
        buffer = io.BytesIO()
        Image.fromarray(grey).save(buffer, format=kind)
        pictures.append((f"grains.{kind}", buffer.getvalue()))
    table = b"formula,mass_g,purity_percent\nLiNO3,0.66,99\nAl(NO3)3*9H2O,0.94,98.5\nGeO2,1.05,\n"
    return {"masses": [("masses.csv", table)], "micrograph": pictures}


def seeds(name: str) -> list[tuple[str, bytes, dict[str, bytes]]]:
    """Files for a reader: real ones of the registry where it holds any.

    Returns name, content and what lies beside it (an NMR experiment is a folder).
    """
    if not SEEDS[name]:
        return [(file, content, {}) for file, content in made()[name]]
    entries = [e for e in external.registry().values() if e.name.startswith(SEEDS[name])]
    contents = {e.name: external.fetch(e.name).read_bytes() for e in entries if e.size <= LARGEST}
    if name == "nmr":
        return [(file, contents[file], contents) for file in sorted(contents)]
    return [(Path(file).name, contents[file], {}) for file in sorted(contents)]


def fuzz(name: str, total: int, seed: int, progress: bool = True) -> Counter:
    """Feed one reader ``total`` mutated files; outcomes and how often each came.

    Crashing files are kept in ``.cache/fuzz``.
    """
    rng = np.random.default_rng(seed)
    files = [(n, mutations(content, rng), beside) for n, content, beside in seeds(name)]
    outcomes: Counter = Counter()
    guarded = Guarded(name)
    with tempfile.TemporaryDirectory() as folder:
        for i in tqdm(range(total), desc=name, unit="file", mininterval=2, disable=not progress):
            file_name, stream, beside = files[i % len(files)]
            for other, content in beside.items():
                Path(folder, other).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, other).write_bytes(content)
            path = Path(folder, file_name)
            path.write_bytes(next(stream))
            outcome = guarded(path)
            outcomes[outcome] += 1
            if outcome not in ("read", "refused"):
                KEPT.mkdir(parents=True, exist_ok=True)
                (KEPT / f"{name}-{i}-{path.name}").write_bytes(path.read_bytes())
    guarded.close()
    return outcomes


def main() -> None:
    """Fuzz every reader; exit code 1 where one crashed or hung."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--total", type=int, default=12_000, help="files in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("readers", nargs="*", help=f"of {', '.join(SEEDS)}")
    options = parser.parse_args()
    chosen = options.readers or list(SEEDS)
    bad = 0
    for name in chosen:
        outcomes = fuzz(name, options.total // len(chosen), options.seed)
        print(f"{name}: {outcomes['read']} read, {outcomes['refused']} refused")
        for outcome, count in outcomes.items():
            if outcome not in ("read", "refused"):
                bad += count
                print(f"{count} x {outcome}")
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
