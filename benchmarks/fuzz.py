"""Mutated instrument files: ``make fuzz``, or ``python -m benchmarks.fuzz [--total N]``.

Every reader gets real files by others with bytes flipped, cut, doubled, swapped and filled, with
repeats of a hundred thousand characters, in other encodings, packed into archives and archives
in archives, with damaged members under right checksums, and with HDF5 links, references and
sizes that lead elsewhere. It must read them or refuse them with the library's own error, within
`SECONDS` of processor time and `MEMORY_BYTES`. What does not is printed at once, with the seed and
number of its file, with the signal of a process that died and where it was; the file is kept to
be looked at.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import logging
import multiprocessing
import os
import resource
import signal
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from tqdm import tqdm

from compendium import external
from nasicon.core.text import ReaderError

SECONDS = 2  # of processor time for one file; a read takes milliseconds
PATIENCE = 10  # seconds of processor time after which the process is killed
MEMORY_BYTES = 1 << 30
LARGEST = 900_000  # bytes of a seed file: larger ones only take longer
KEPT = Path(".cache/fuzz")
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32", "gb18030", "cp1252")
LONGEST_REPEAT = 200_000
LONGEST_TRACE = 2_000  # characters: what was found may be a megabyte
_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_INTERESTING = (
    *(b"\x00", b"\xff", b"-", b"e", b"nan", b"inf", b",", b"\t", b"\n", b"\r", b'"', b"<", b"##"),
    *(b"9" * 30, b"\x00" * 8, b"\xff" * 8, b"\xff\xff\xff\x7f"),
)


def mutated(original: bytes, rng: np.random.Generator) -> bytes:
    """A mutation of a file: damage that files really come with, and what somebody made."""
    kind = rng.random()
    if kind < 0.6:
        return damaged(original, rng)
    if kind < 0.75:
        return with_repeat(original, rng)
    if kind < 0.85:
        return recoded(original, rng)
    return relinked(original, rng) if original.startswith(_HDF5) else archived(original, rng)


def damaged(original: bytes, rng: np.random.Generator) -> bytes:
    """Cut, flipped, overwritten, doubled, left out, filled or moved in up to five places."""
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
            content[at : at + span] = _INTERESTING[int(rng.integers(len(_INTERESTING)))]
        else:
            other = int(rng.integers(size))
            content[at : at + span] = content[other : other + span]
    return bytes(content)


def with_repeat(original: bytes, rng: np.random.Generator) -> bytes:
    """A piece of the file, or a character that means something, some ten thousand times."""
    at = int(rng.integers(max(len(original), 1)))
    piece = original[at : at + int(rng.integers(1, 40))] or b" "
    if rng.random() < 0.5:
        piece = bytes([b" \t\r\n,;.-+19eE#$\"'[({<=/xS"[int(rng.integers(25))]])
    times = int(rng.integers(1_000, LONGEST_REPEAT)) // len(piece) + 1
    return original[:at] + piece * times + original[at:]


def recoded(original: bytes, rng: np.random.Generator) -> bytes:
    """The same text in another encoding, sometimes cut inside a character."""
    text = original.decode("utf-8" if rng.random() < 0.5 else "cp1252", errors="replace")
    coded = text.encode(ENCODINGS[int(rng.integers(len(ENCODINGS)))], errors="replace")
    return coded[: len(coded) - int(rng.integers(4))]


def archived(original: bytes, rng: np.random.Generator) -> bytes:
    """In a zip archive, or a zip in a zip; of an archive one member damaged, the sums right."""
    if original.startswith(_ZIP) and rng.random() < 0.8:
        with zipfile.ZipFile(io.BytesIO(original)) as old:
            members = {name: old.read(name) for name in old.namelist()}
        chosen = list(members)[int(rng.integers(len(members)))]
        change = (damaged, with_repeat, recoded)[int(rng.integers(3))]
        members[chosen] = change(members[chosen], rng)
        if rng.random() < 0.1:
            del members[chosen]
    else:
        members = {f"{'../' * int(rng.integers(2))}x/{int(rng.integers(3))}": original}
    for _ in range(int(rng.integers(1, 3))):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
            for name, content in members.items():
                new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        members = {"inner.zip": buffer.getvalue()}
        if rng.random() < 0.8:
            break
    return members["inner.zip"]


def relinked(original: bytes, rng: np.random.Generator) -> bytes:
    """An HDF5 file whose datasets are links, lie elsewhere, are virtual, or claim to be huge."""
    import h5py

    buffer = io.BytesIO(original)
    with h5py.File(buffer, "r+") as file:
        found: dict[str, object] = {}
        file.visititems(lambda name, item: found.update({name: item}))
        data = [name for name, item in found.items() if isinstance(item, h5py.Dataset)]
        name = data[int(rng.integers(len(data)))]
        old = file[name]
        attributes, shape, kind = dict(old.attrs), old.shape, old.dtype
        references = [(n, key) for n in found for key in file[n].attrs]
        change = int(rng.integers(7))
        if change < 5:
            del file[name]
        if change == 0:
            file[name] = h5py.ExternalLink("/etc/hostname", "/x")
        elif change == 1:
            file[name] = h5py.SoftLink(data[int(rng.integers(len(data)))])
        elif change == 2:
            size = kind.itemsize * int(np.prod(shape))
            file.create_dataset(name, shape, kind, external=[("/etc/hostname", 0, size)])
        elif change == 3:
            layout = h5py.VirtualLayout(shape, kind)
            layout[...] = h5py.VirtualSource("other.h5", "x", shape, kind)
            file.create_virtual_dataset(name, layout)
        elif change == 4:
            huge = tuple(n * int(10 ** rng.integers(1, 7)) for n in shape)
            file.create_dataset(name, huge, kind, chunks=(1,) * len(huge), compression=9)
        elif references:  # an attribute that refers to something else, or to nothing
            holder, key = references[int(rng.integers(len(references)))]
            del file[holder].attrs[key]
            file[holder].attrs[key] = file[name].ref if change == 5 else h5py.Reference()
        if name in file and isinstance(file.get(name), h5py.Dataset):
            file[name].attrs.update(attributes)
    return buffer.getvalue()


def attempt(read: Callable[[Path], object], path: Path) -> str:
    """``read``, ``refused``, or the traceback of a crash."""
    try:
        read(path)
    except ReaderError:
        return "refused"
    except Exception:  # anything else is what we look for
        return traceback.format_exc(limit=-4)[:LONGEST_TRACE]
    return "read"


def _worker(name: str, connection: object, trace: Path) -> None:
    logging.disable()  # notes about what was dropped
    faulthandler.enable(trace.open("w"))  # where it was when a signal ended it
    read = readers()[name]
    connection.send("ready")
    while (path := connection.recv()) is not None:
        for _ in range(2):  # the first file of a kind imports what it needs
            start = time.process_time()
            outcome = attempt(read, Path(path))
            seconds = time.process_time() - start
            if seconds <= SECONDS:
                break
        peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if outcome in ("read", "refused") and seconds > SECONDS:
            outcome = f"slow: more than {SECONDS} s"
        if outcome in ("read", "refused") and peak > MEMORY_BYTES:
            outcome = f"memory: more than {MEMORY_BYTES} bytes"
        connection.send(outcome)


class Guarded:
    """A reader in a process of its own, which a hang or a blow-up may not take down with it."""

    def __init__(self, name: str) -> None:
        self.name, self.trace = name, KEPT / f"{name}-{os.getpid()}.trace"
        KEPT.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        """Start, or start again, the process."""
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        arguments = (self.name, other, self.trace)
        self.process = context.Process(target=_worker, args=arguments, daemon=True)
        self.process.start()
        other.close()  # else its end would not be noticed
        self.connection.recv()  # it has imported the readers

    def __call__(self, path: Path) -> str:
        """Outcome of one file."""
        try:
            self.connection.send(str(path))
            if self._answers():
                outcome = self.connection.recv()
                if not outcome.startswith("memory"):  # the peak of a process never falls
                    return outcome
            else:
                outcome = f"hang: more than {PATIENCE} s"
        except (EOFError, OSError):
            self.process.join(PATIENCE)
            code = self.process.exitcode or 0
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            outcome = f"the process died ({how}): {self.trace.read_text() or 'no trace'}"
        self.process.kill()
        self.process.join()
        self.start()
        return outcome

    def _answers(self) -> bool:
        """Whether an answer comes before the process has worked, or only slept, for too long."""
        times = psutil.Process(self.process.pid).cpu_times
        before, begun = sum(times()[:2]), time.monotonic()
        while not self.connection.poll(1):
            if sum(times()[:2]) - before > PATIENCE or time.monotonic() - begun > 20 * PATIENCE:
                return False
        return True

    def close(self) -> None:
        """End the process."""
        self.connection.send(None)
        self.process.join(10)
        self.trace.unlink()


def readers() -> dict[str, Callable[[Path], object]]:
    """Every reader of the library by technique."""
    from nasicon import composition, cycling, diffraction, eels, eis, esm, grains, nmr, raman, xps
    from nasicon import transport as conduction

    return {
        "conductivities": conduction.read,
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
    "conductivities": (),
    "cycling": ("cycling/",),
    "eels": ("eels/",),  # and a file made here
    "eis": ("eis/",),
    "esm": ("spm/",),  # and files made here
    "masses": (),
    "micrograph": (),
    "nmr": ("nmr/",),
    "pattern": ("xrd/",),
    "raman": ("raman/",),
    "xps": ("xps/",),
}


def made() -> dict[str, list[tuple[str, bytes]]]:
    """Files for the readers of which the registry holds none, or not of every kind."""
    import h5py
    from PIL import Image

    grey = np.random.default_rng(0).integers(0, 255, (48, 64), dtype=np.uint8)
    pictures = []
    for kind in ("png", "tiff", "jpeg"):
        buffer = io.BytesIO()
        Image.fromarray(grey).save(buffer, format=kind)
        pictures.append((f"grains.{kind}", buffer.getvalue()))
    table = b"formula,mass_g,purity_percent\nLiNO3,0.66,99\nAl(NO3)3*9H2O,0.94,98.5\nGeO2,1.05,\n"
    frequency = np.linspace(300e3, 350e3, 12)
    response = 1 / (325e3**2 - frequency**2 + 1j * frequency * 5e3) * np.ones((4, 5, 1))
    (usid, arrays) = (io.BytesIO(), io.BytesIO())
    with h5py.File(usid, "w") as file:
        group = file.create_group("Measurement_000/Channel_000")
        main = group.create_dataset("Raw_Data", data=response.reshape(20, -1).astype("c8"))
        y, x = np.indices((4, 5))
        positions = group.create_dataset("Position_Indices", data=np.c_[x.ravel(), y.ravel()])
        values = group.create_dataset("Spectroscopic_Values", data=frequency[None])
        values.attrs["labels"], values.attrs["units"] = np.array([b"Frequency"]), [b"Hz"]
        main.attrs["Position_Indices"] = positions.ref
        main.attrs["Spectroscopic_Values"] = values.ref
    cube = io.BytesIO()
    with h5py.File(cube, "w") as file:
        data = file.create_dataset("scan/generic", data=response)
        scale = file.create_dataset("scan/frequency", data=frequency)
        scale.attrs["units"] = "Hz"
        scale.make_scale("frequency")
        data.dims[2].attach_scale(scale)
    np.savez_compressed(arrays, response=response, frequency_hz=frequency)
    maps = [("be.h5", usid), ("cube.h5", cube), ("map.npz", arrays)]
    losses = io.BytesIO()
    np.savez_compressed(losses, counts=np.arange(1, 41), energy_loss_ev=np.arange(180.0, 220.0))
    head = "##TITLE=x\n##JCAMP-DX=5\n##DATA TYPE={}\n##XUNITS={}\n##FIRSTX=100\n##LASTX=139\n"
    forms = {
        "points": "##NPOINTS=40\n##XYPOINTS=(XY..XY)\n"
        + "".join(f"{x}, 7\n" for x in range(100, 140)),
        "packed": "##NPOINTS=40\n##XYDATA=(X++(Y..Y))\n100 " + "7 " * 20 + "\n120 " + "7 " * 20,
    }
    jcamp = {
        kind: [
            (f"{n}.dx", (head.format(*what) + f + "\n##END=\n").encode()) for n, f in forms.items()
        ]
        for kind, what in {
            "nmr": ("NMR SPECTRUM", "PPM"),
            "raman": ("RAMAN SPECTRUM", "1/CM"),
        }.items()
    }
    book, rows = io.BytesIO(), {"angle": np.arange(40) / 2 + 10, "counts": 7}
    pd.DataFrame(rows).to_excel(book, index=False)
    counts = "\n".join(["5,6,7,8"] * 10)
    grid = f"*TYPE = Raw\n*START = 10\n*STEP = 0.5\n*COUNT = 40\n{counts}\n*END\n".encode()
    listed = "T (°C);1000/T (1/K);σ_bulk (S/cm)\n20;3,411;1,5E-4\n40;3,193;3E-4\n".encode()
    return {
        "conductivities": [("sigma.csv", listed)],
        "nmr": jcamp["nmr"],
        "raman": [*jcamp["raman"], ("a.xlsx", book.getvalue())],
        "pattern": [("a.xlsx", book.getvalue()), ("a.asc", grid)],
        "eels": [("losses.npz", losses.getvalue())],
        "masses": [("masses.csv", table)],
        "micrograph": pictures,
        "esm": [(name, buffer.getvalue()) for name, buffer in maps],
    }


def seeds(name: str) -> list[tuple[str, bytes, dict[str, bytes]]]:
    """Files for a reader: real ones of the registry where it holds any.

    Returns name, content and what lies beside it (an NMR experiment is a folder).
    """
    own = [(file, content, {}) for file, content in made().get(name, [])]
    if not SEEDS[name]:
        return own
    entries = [e for e in external.registry().values() if e.name.startswith(SEEDS[name])]
    contents = {e.name: external.fetch(e.name).read_bytes() for e in entries if e.size <= LARGEST}
    if name == "nmr":
        return [*own, *((file, contents[file], contents) for file in sorted(contents))]
    return [*own, *((Path(file).name, contents[file], {}) for file in sorted(contents))]


def fuzz(name: str, total: int, seed: int, progress: bool = True) -> Counter:
    """Feed one reader ``total`` mutated files; outcomes and how often each came.

    File ``i`` depends on the seed and on ``i`` alone. Files that are neither read nor refused
    are kept in ``.cache/fuzz``.
    """
    files, outcomes, guarded = seeds(name), Counter(), Guarded(name)
    with tempfile.TemporaryDirectory() as folder:
        for i in tqdm(range(total), desc=name, unit="file", mininterval=2, disable=not progress):
            file_name, content, beside = files[i % len(files)]
            for other, whole in beside.items():
                Path(folder, other).parent.mkdir(parents=True, exist_ok=True)
                Path(folder, other).write_bytes(whole)
            path = Path(folder, file_name)
            path.write_bytes(mutated(content, np.random.default_rng([seed, i])))
            outcome = guarded(path)
            outcomes[outcome] += 1
            if outcome not in ("read", "refused"):
                kept = KEPT / f"{name}-seed{seed}-{i}-{path.name}"
                kept.write_bytes(path.read_bytes())
                tqdm.write(f"{kept}: {outcome}")
    guarded.close()
    return outcomes


def main() -> None:
    """Fuzz every reader; exit code 1 where one crashed or hung."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--total", type=int, default=20_000, help="files in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("readers", nargs="*", help=f"of {', '.join(SEEDS)}")
    options = parser.parse_args()
    chosen = options.readers or list(SEEDS)
    bad = 0
    for name in chosen:
        outcomes = fuzz(name, -(-options.total // len(chosen)), options.seed)
        print(f"{name}: {outcomes['read']} read, {outcomes['refused']} refused")
        for outcome, count in outcomes.items():
            if outcome not in ("read", "refused"):
                bad += count
                print(f"{count} x {outcome}")
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
