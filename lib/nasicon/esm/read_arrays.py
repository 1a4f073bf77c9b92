"""Cubes in numpy and HDF5 files; nothing is unpickled and no external link is followed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import ReaderError, foreign_parser
from nasicon.esm.read_cube import Cube, check_size, complex_from, hertz_of

FREQUENCY_NAMES = (
    "frequency_hz",
    "frequency",
    "frequencies",
    "freq",
    "freq_vec",
    "bin_frequencies",
)
PART_NAMES = {
    "real": ("real", "re"),
    "imag": ("imag", "im"),
    "amplitude": ("amplitude", "amp"),
    "phase": ("phase",),
    "phase_deg": ("phase_deg",),
    "phase_rad": ("phase_rad",),
}
MOST_DIMENSIONS = 16  # of positions or of a spectroscopy
MANY_CHUNKS = 100_000  # of a dataset: more take seconds, and must at least fit into the file
_CHUNK_BYTES = 16  # that each takes in the index of a file, at the least
HDF5_MAGIC, NPY_MAGIC = b"\x89HDF\r\n\x1a\n", b"\x93NUMPY"


def is_npz(path: Path, head: bytes) -> bool:
    """Whether a file is a zip archive of ``.npy`` members."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    with foreign_parser("is a damaged zip archive"), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def read_npy(path: Path) -> Cube:
    """One array, memory-mapped: large files are read as they are fitted."""
    with foreign_parser("cannot be read as a numpy array"):
        data = np.load(path, mmap_mode="r", allow_pickle=False)
    return Cube("numpy npy", _numeric(data, "the array"))


def load_npz(path: Path) -> dict[str, NDArray]:
    """Every array of a ``.npz``; its size is checked before anything is unpacked.

    Raises
    ------
    ReaderError
        Damaged, oversized, or with pickled objects.
    """
    with foreign_parser("cannot be read as numpy arrays"):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        check_size(unpacked, path.stat().st_size)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if foreign := [n for n, array in arrays.items() if not isinstance(array, np.ndarray)]:
            raise ReaderError(f"holds {foreign[0]!r}, which is no array; damaged")
        return arrays


def read_npz(path: Path, dataset: str | None) -> Cube:
    """Arrays by name: ``response``, or real and imag, or amplitude and phase; ``frequency_hz``.

    Integers are multiplied by the array ``scale`` (one number), where there is one.
    """
    arrays = load_npz(path)
    scale = float(arrays["scale"]) if "scale" in arrays and arrays["scale"].size == 1 else None
    texts = {k: str(v) for k, v in arrays.items() if v.dtype.kind == "U" and v.size == 1}
    notes: list[str] = []

    def scaled(name: str, data: NDArray) -> NDArray:
        if _numeric(data, name).dtype.kind in "iu" and scale is not None:
            return data.astype(np.float32) * np.float32(scale)
        return data

    parts = {
        part: array
        for part, names in PART_NAMES.items()
        if (array := _by_name(arrays, names)) is not None
    }
    cubes = [name for name, a in arrays.items() if a.ndim == 3 and a.dtype.kind in "fciu"]
    named = dataset or ("response" if "response" in arrays else None)
    if named is None and not parts and len(cubes) == 1:
        named = cubes[0]
    if named is not None:
        if named not in arrays:
            raise ReaderError(f"has no array {named!r}; there are {_list(arrays)}")
        data = scaled("the cube", arrays[named])
    elif parts:
        parts = {name: scaled(name, array) for name, array in parts.items()}
        shapes = {name: array.shape for name, array in parts.items()}
        if len({*shapes.values()}) > 1:
            raise ReaderError(f"parts of different shape: {shapes}")
        data = complex_from(parts, notes)
    else:
        raise ReaderError(f"has arrays {_list(arrays)}; name the cube's with dataset=")
    said = texts.get("units", ""), texts.get("title", "")
    return Cube("numpy npz", data, _by_name(arrays, FREQUENCY_NAMES), *said, notes=tuple(notes))


def read_hdf5(path: Path, dataset: str | None) -> Cube:
    """Band-excitation data in the USID layout, or a three-dimensional dataset with its axis.

    USID: a main dataset (pixels x bins) refers by its attributes to the indices of
    its positions and to its spectroscopic values. The layout is documented at
    https://pycroscopy.github.io/USID/.
    """
    import h5py

    with foreign_parser("cannot be read as HDF5"), h5py.File(path, "r") as file:
        found: dict[str, h5py.Dataset] = {}

        def visit(name: str, item: object) -> None:  # hard links only
            if isinstance(item, h5py.Dataset) and _is_inside(item):
                found[name] = item

        file.visititems(visit)
        name = _choose(found, dataset)
        item = found[name]
        data = _numeric(_compound(_content(item)), name)
        if "Position_Indices" in item.attrs and data.ndim == 2:
            return _usid(file, item, data)
        frequency = _scale(item)
        if frequency is None:
            near = [d for n, d in found.items() if n.rsplit("/", 1)[-1].lower() in FREQUENCY_NAMES]
            near = [d for d in near if d.ndim == 1 and d.size == data.shape[-1]]
            if near:
                factor = hertz_of("frequency", _text(near[0].attrs.get("units", "")))
                frequency = factor * np.asarray(_content(near[0]), dtype=float)
        return Cube("HDF5", data, frequency, _text(item.attrs.get("units", "")))


def _is_inside(item: object) -> bool:
    """Whether a dataset's numbers lie in the file itself, not in another that it names."""
    return not item.external and not item.is_virtual


def _content(item: object) -> NDArray:
    """Numbers of a dataset, wherever the file refers to it from.

    Raises
    ------
    ReaderError
        It keeps them in another file, is no dataset, or claims an absurd size.
    """
    if not hasattr(item, "is_virtual"):
        raise ReaderError("refers to a group where a dataset is expected; damaged")
    if not _is_inside(item):
        raise ReaderError(
            f"keeps {item.name} in another file, which is not followed; copy it into one"
        )
    size = item.file.id.get_filesize()
    check_size(item.size * item.dtype.itemsize, size)
    chunks = item.size / np.prod(item.chunks) if item.chunks else 1
    if chunks > max(MANY_CHUNKS, size / _CHUNK_BYTES):
        raise ReaderError(f"{item.name} in {chunks:.0f} pieces, in a file of {size} bytes; damaged")
    return item[()]


def _scale(item: object) -> NDArray | None:
    """Frequencies (Hz) of the scale of a cube's last axis, None where it has neither name.

    The attributes of HDF5's dimension scales are read as such: its own calls for them end the
    process where a file holds something else under their names.
    """
    import h5py

    labels = np.atleast_1d(item.attrs.get("DIMENSION_LABELS", [""] * item.ndim))
    scales = np.atleast_1d(item.attrs.get("DIMENSION_LIST", [[]] * item.ndim)).tolist()
    if len(labels) != item.ndim or len(scales) != item.ndim:
        raise ReaderError(f"names the dimensions of {item.name} otherwise; damaged")
    reference = next((r for r in np.ravel(scales[-1]) if isinstance(r, h5py.Reference) and r), None)
    if reference is None:
        hertz_of(_text(labels[-1] or ""), "")
        return None
    scale = item.file[reference]
    if not isinstance(scale, h5py.Dataset) or scale.shape != item.shape[-1:]:
        raise ReaderError(f"the scale of {item.name} is no axis of its length; damaged")
    quantity = _text(scale.attrs.get("quantity", scale.name.rsplit("/", 1)[-1]))
    factor = hertz_of(quantity, _text(scale.attrs.get("units", "")))
    return factor * np.asarray(_content(scale), dtype=float)


def _choose(found: dict, dataset: str | None) -> str:
    if dataset is not None:
        if dataset.strip("/") not in found:
            raise ReaderError(f"has no dataset {dataset!r}; there are {_list(found)}")
        return dataset.strip("/")
    main = [n for n, d in found.items() if "Position_Indices" in d.attrs]
    raw = [n for n in main if n.rsplit("/", 1)[-1] == "Raw_Data"] or main
    cubes = raw or [n for n, d in found.items() if d.ndim == 3 and d.dtype.kind in "fciuV"]
    if len(cubes) != 1:
        what = "several cubes" if cubes else "no cube of spectra"
        raise ReaderError(f"holds {what} ({_list(cubes or found)}); name one with dataset=")
    return cubes[0]


def _usid(file: object, item: object, data: NDArray) -> Cube:
    """(pixels, bins) into (y, x, bins) by the position indices."""
    positions = _content(_referred(file, item, "Position_Indices", len(data), 0))
    spectral = _referred(file, item, "Spectroscopic_Values", data.shape[1], -1)
    values = np.atleast_2d(np.asarray(_content(spectral), dtype=float))
    labels, units = (
        [_text(word) for word in np.atleast_1d(spectral.attrs.get(name, []))]
        for name in ("labels", "units")
    )
    rows = [i for i, label in enumerate(labels) if "freq" in label.lower()]
    row = rows[0] if rows else (0 if len(values) == 1 else None)
    if row is None or row >= len(values):
        raise ReaderError(f"has the spectroscopic dimensions {labels}; expected one frequency")
    factor = hertz_of(*((*found, "")[min(row, len(found))] for found in (labels, units)))
    if (count := np.unique(values[row]).size) < values.shape[1]:
        raise ReaderError(
            f"{values.shape[1]} points a pixel over {count} frequencies: a spectroscopy with "
            "further dimensions (bias, cycle); select one map first"
        )
    positions = positions.reshape(len(data), -1).astype(int)
    x = positions[:, 0]
    y = positions[:, 1] if positions.shape[1] > 1 else np.zeros_like(x)
    shape = (int(y.max()) + 1, int(x.max()) + 1)
    if (
        min(x.min(), y.min()) < 0
        or shape[0] * shape[1] != len(x)
        or np.unique(y * shape[1] + x).size != len(x)
    ):
        raise ReaderError(f"its {len(x)} positions do not fill a grid of {shape}")
    cube = np.empty((*shape, data.shape[1]), data.dtype)
    cube[y, x] = data
    return Cube("HDF5 USID", cube, factor * values[row], _text(item.attrs.get("units", "")))


def _referred(file: object, item: object, name: str, count: int, axis: int) -> object:
    """Ancillary dataset that an attribute refers to, of the main one's length along an axis."""
    found = file[item.attrs[name]]
    shape = getattr(found, "shape", None) or (0,)
    if shape[axis] != count or found.size > MOST_DIMENSIONS * count:
        raise ReaderError(f"{name} of shape {shape} does not go with {count} points; damaged")
    return found


def _compound(data: NDArray) -> NDArray:
    """Complex numbers stored as a compound of two."""
    lower = {name.lower(): name for name in data.dtype.names or ()}
    for real, imag in (("r", "i"), ("real", "imag")):
        if {*lower} == {real, imag}:
            return data[lower[real]] + 1j * data[lower[imag]]
    return data


def _numeric(data: NDArray, what: str) -> NDArray:
    if data.dtype.kind not in "fciu" or data.dtype.hasobject:
        raise ReaderError(f"{what} holds {data.dtype}, not real or complex numbers")
    return data


def _by_name(arrays: dict[str, NDArray], names: tuple[str, ...]) -> NDArray | None:
    lower = {name.lower(): array for name, array in arrays.items()}
    return next((lower[name] for name in names if name in lower), None)


def _list(names: object) -> str:
    names = list(names)
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "") or "nothing"


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
