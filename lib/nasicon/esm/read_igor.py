"""Igor binary waves (.ibw) of Asylum Research: cubes, images at one frequency, DART channels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nasicon.core.text import ReaderError, check_file, foreign_parser, in_file, names_its_file
from nasicon.esm.read_arrays import load_npz
from nasicon.esm.read_cube import Cube, hertz_of

_VERSIONS = (1, 2, 3, 5)
_HEADER_5 = 64  # bytes of a version 5 file before the wave's own header
# Lines of an Asylum note that state the drive frequency of an image.
DRIVE_KEYS = ("DriveFrequency", "DDSFrequency0", "DriveFrequency1")
_DART = (
    *("amplitude1", "amplitude2", "phase1_rad", "phase2_rad"),
    *("frequency1_hz", "frequency2_hz"),
)
_SUFFIX = re.compile(r"(Retrace|Trace)$")


@dataclass(frozen=True)
class Wave:
    """A wave: data (x, y, layers as stored), scaling and units per axis, labels, note."""

    data: NDArray
    scale: list[tuple[float, float]]
    units: list[str]
    labels: list[str]
    note: dict[str, str]


def is_ibw(head: bytes, suffix: str) -> bool:
    """Whether a file is an Igor binary wave: a small version number in either byte order."""
    little = int.from_bytes(head[:2], "little") in _VERSIONS
    big = int.from_bytes(head[:2], "big") in _VERSIONS
    return suffix.lower() == ".ibw" or ((little or big) and b"\0" in head)


def read_wave(path: Path) -> Wave:
    """Unpack a wave with igor2.

    Raises
    ------
    ReaderError
        Damaged, cut off, or a text wave.
    """
    from igor2 import binarywave

    check_file(path)
    with foreign_parser("cannot be read as an Igor binary wave"):
        content = binarywave.load(str(path))["wave"]
        data = np.asarray(content["wData"])
        header = content["wave_header"]
        note = content.get("note", b"").decode("cp1252", errors="replace")
        labels = _labels(path.read_bytes(), content["bin_header"]) if data.ndim > 2 else []
        axes = range(data.ndim)
        scale = [(float(header["sfA"][i]), float(header["sfB"][i])) for i in axes]
        units = [_text(header["dimUnits"][i]) for i in axes]
    if data.dtype.kind not in "fciu" or data.size == 0:
        raise ReaderError(f"holds {data.dtype} of shape {data.shape}, no numbers")
    pairs = (line.split(":", 1) for line in re.split(r"[\r\n]+", note) if ":" in line)
    return Wave(
        data, scale, units, [n for n in labels if n], {k.strip(): v.strip() for k, v in pairs}
    )


def _labels(raw: bytes, header: dict) -> list[str]:
    """Names of the layers of a version 5 wave: fields of 32 bytes behind data, note and units.

    igor2 drops the NUL that ends a name and keeps what an earlier, longer one left behind it. A
    name of more than 31 characters goes on in the next field.
    """
    if "dimLabelsSize" not in header:
        return []
    sizes = [int(size) for size in header["dimLabelsSize"]]
    before = ("wfmSize", "formulaSize", "noteSize", "dataEUnitsSize")
    start = _HEADER_5 + sum(int(header[name]) for name in before) + sum(sizes[:2])
    start += sum(int(size) for size in header["dimEUnitsSize"])
    fields = raw[start : start + sizes[2]]
    names, name = [], b""
    for at in range(0, len(fields) - len(fields) % 32, 32):
        field = fields[at : at + 32]
        name += field.split(b"\0")[0]
        if b"\0" in field:
            names.append(_text(name))
            name = b""
    return names


def read_ibw_cube(path: Path) -> Cube:
    """Read a wave (x, y, frequency) whose third axis is scaled in Hz (or a fourth holds parts)."""
    wave = read_wave(path)
    if wave.data.ndim != 3:
        raise ReaderError(
            f"is a wave of shape {wave.data.shape}; expected (x, y, frequency), or name all "
            "images of a sequence together",
        )
    if wave.labels:
        raise ReaderError(
            f"holds images {', '.join(wave.labels)} at one frequency; name all files of the "
            "sequence together, or read DART channels with read_dart",
        )
    step, start = wave.scale[2]
    axis = None
    factor = hertz_of("third axis", wave.units[2]) if wave.units[2] else 0.0
    if factor and step:
        axis = factor * (start + step * np.arange(wave.data.shape[2]))
    positions = {
        name: wave.scale[i][1] + wave.scale[i][0] * np.arange(wave.data.shape[i])
        for i, name in enumerate(("x", "y"))
        if wave.units[i] == "m"
    }
    return Cube("Igor ibw", wave.data.transpose(1, 0, 2), axis, positions=positions)


def read_ibw_images(paths: Sequence[Path]) -> Cube:
    """Stack amplitude (and phase) images, each at the drive frequency its note states."""
    if not paths:
        raise ReaderError("none is named; give a file, or all images of a sequence")
    frequency, images, notes = [], [], []
    for path in paths:
        with in_file(path.name):
            channels = read_images(path)
            frequency.append(_drive_frequency(channels))
            images.append(_response(channels))
            if images[-1].shape != images[0].shape:
                raise ReaderError(f"an image of {images[-1].shape} pixels beside {images[0].shape}")
    kinds = {image.dtype.kind for image in images}
    if len(kinds) > 1:
        raise ReaderError("some files have a phase channel and some have not")
    if kinds != {"c"}:
        notes.append("no phase channel: amplitude only")
    return Cube(
        "Igor ibw sequence", np.stack(images, axis=-1), np.array(frequency), "m", notes=tuple(notes)
    )


@names_its_file
def read_images(path: str | Path) -> xr.Dataset:
    """Read the labelled layers of an Asylum image, dims (y, x); the note's lines as attrs."""
    wave = read_wave(path)
    data = wave.data if wave.data.ndim == 3 else wave.data[..., None]
    if data.ndim != 3 or len(wave.labels) != data.shape[2]:
        raise ReaderError(
            f"is a wave of shape {wave.data.shape} with labels {wave.labels}; expected one "
            "label per image layer",
        )
    layers = {
        _SUFFIX.sub("", label): (("y", "x"), data[:, :, i].T) for i, label in enumerate(wave.labels)
    }
    return xr.Dataset(layers, attrs={"note": wave.note, "source": path.name})


@names_its_file
def read_dart(path: str | Path) -> xr.Dataset:
    """Channels of a dual-frequency (DART) map: two amplitudes, two phases, the centre frequency.

    Understood are an Asylum ``.ibw`` with layers Amplitude1, Amplitude2, Phase1, Phase2
    (degrees) and Frequency, whose note states ``DFRTFrequencyWidth`` (or ``FrequencyWidth``)
    in Hz, and an ``.npz`` with the same names in the compendium's spelling.

    Returns
    -------
    xarray.Dataset
        ``amplitude1``, ``amplitude2``, ``phase1_rad``, ``phase2_rad``,
        ``frequency1_hz``, ``frequency2_hz``, dims (y, x).
    """
    attrs = {"source": path.name, "format": "DART"}
    if path.suffix.lower() == ".npz":
        found = load_npz(check_file(path))
        if missing := [name for name in _DART if name not in found]:
            raise ReaderError(f"has arrays {', '.join(found)}; {', '.join(missing)} are missing")
        with foreign_parser("holds arrays that are no numbers"):
            arrays = {name: np.asarray(found[name], dtype=float) for name in _DART}
        return xr.Dataset({n: (("y", "x"), a) for n, a in arrays.items()}, attrs=attrs)
    channels = read_images(path)
    wanted = ("Amplitude1", "Amplitude2", "Phase1", "Phase2", "Frequency")
    if missing := sorted({*wanted} - {*channels}):
        raise ReaderError(f"has layers {list(channels)}; {', '.join(missing)} are missing")
    note = channels.attrs["note"]
    width = next((note[k] for k in ("DFRTFrequencyWidth", "FrequencyWidth") if k in note), None)
    if width is None:
        raise ReaderError("its note states no DFRTFrequencyWidth; give it by hand")
    first, second, phase1, phase2, centre = (channels[name] for name in wanted)
    half = float(width) / 2
    phases = np.deg2rad(phase1), np.deg2rad(phase2)
    layers = (first, second, *phases, centre - half, centre + half)
    return xr.Dataset(dict(zip(_DART, layers, strict=True)), attrs=attrs)


def _drive_frequency(channels: xr.Dataset) -> float:
    note = channels.attrs["note"]
    for key in DRIVE_KEYS:
        try:
            return float(note[key])
        except (KeyError, ValueError):
            continue
    raise ReaderError(f"its note states no drive frequency ({', '.join(DRIVE_KEYS)}) in Hz")


def _response(channels: xr.Dataset) -> NDArray:
    names = {name.lower(): name for name in channels}
    amplitude = next((names[n] for n in ("amplitude", "amplitude1") if n in names), None)
    if amplitude is None:
        raise ReaderError(f"has layers {list(channels)}; none is an amplitude")
    phase = next((names[n] for n in ("phase", "phase1") if n in names), None)
    values = channels[amplitude].to_numpy()
    if phase is None:
        return values
    return values * np.exp(1j * np.deg2rad(channels[phase].to_numpy()))


def _text(raw: object) -> str:
    """Text up to its first NUL: what follows in the field are remains of an earlier one."""
    if isinstance(raw, bytes):
        return raw.split(b"\0")[0].decode("cp1252", errors="replace")
    if isinstance(raw, np.ndarray | list | tuple):
        return _text(b"".join(bytes(c) for c in np.ravel(raw)))
    return str(raw)
