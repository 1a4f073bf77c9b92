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
_HDF5 = b"\x89HDF\r\n\x1a\n"
_NPY = b"\x93NUMPY"


def is_npy(head: bytes) -> bool:
    """Whether a file begins like ``.npy``."""
    return head.startswith(_NPY)


def is_npz(path: Path, head: bytes) -> bool:
    """Whether a file is a zip archive of ``.npy`` members."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    with foreign_parser(path.name, "is a damaged zip archive"), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def is_hdf5(head: bytes) -> bool:
    """Whether a file begins like HDF5."""
    return head.startswith(_HDF5)


def read_npy(path: Path) -> Cube:
    """One array, memory-mapped: large files are read as they are fitted."""
    with foreign_parser(path.name, "cannot be read as a numpy array"):
        data = np.load(path, mmap_mode="r", allow_pickle=False)
    return Cube("numpy npy", _numeric(data, path.name, "the array"))


def load_npz(path: Path) -> dict[str, NDArray]:
    """Every array of a ``.npz``; its size is checked before anything is unpacked.

    Raises
    ------
    ReaderError
        Damaged, oversized, or with pickled objects.
    """
    with foreign_parser(path.name, "cannot be read as numpy arrays"):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        check_size(unpacked, path.stat().st_size, path.name)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if foreign := [n for n, array in arrays.items() if not isinstance(array, np.ndarray)]:
            raise ReaderError.at(path.name, f"holds {foreign[0]!r}, which is no array; damaged")
        return arrays


def read_npz(path: Path, dataset: str | None) -> Cube:
    """Arrays by name: ``response``, or real and imag, or amplitude and phase; ``frequency_hz``.

    Integers are multiplied by the array ``scale`` (one number), where there is one.
    """
    source = path.name
    arrays = load_npz(path)
    frequency = _by_name(arrays, FREQUENCY_NAMES)
    scale = float(arrays["scale"]) if "scale" in arrays and arrays["scale"].size == 1 else None
    texts = {k: str(v) for k, v in arrays.items() if v.dtype.kind == "U" and v.size == 1}
    notes: list[str] = []
    if dataset is not None:
        if dataset not in arrays:
            raise ReaderError.at(source, f"has no array {dataset!r}; there are {_list(arrays)}")
        data = arrays[dataset]
    elif "response" in arrays:
        data = arrays["response"]
    else:
        parts = {
            part: array
            for part, names in PART_NAMES.items()
            if (array := _by_name(arrays, names)) is not None
        }
        cubes = [name for name, a in arrays.items() if a.ndim == 3 and a.dtype.kind in "fciu"]
        if not parts and len(cubes) == 1:
            data = arrays[cubes[0]]
        elif not parts:
            raise ReaderError.at(
                source, f"has arrays {_list(arrays)}; name the cube's with dataset="
            )
        else:
            parts = {k: _scaled(_numeric(a, source, k), scale) for k, a in parts.items()}
            _same_shape(parts, source)
            scale, data = None, complex_from(parts, source, notes)
    data = _scaled(_numeric(data, source, "the cube"), scale)
    return Cube(
        "numpy npz",
        data,
        frequency,
        texts.get("units", ""),
        texts.get("title", ""),
        notes=tuple(notes),
    )


def _scaled(data: NDArray, scale: float | None) -> NDArray:
    if data.dtype.kind in "iu" and scale is not None:
        return data.astype(np.float32) * np.float32(scale)
    return data


def read_hdf5(path: Path, dataset: str | None) -> Cube:
    """Band-excitation data in the USID layout, or a three-dimensional dataset with its axis.

    USID: a main dataset (pixels x bins) refers by its attributes to the indices of
    its positions and to its spectroscopic values. The layout is documented at
    https://pycroscopy.github.io/USID/.
    """
    import h5py

    source = path.name
    with foreign_parser(source, "cannot be read as HDF5"), h5py.File(path, "r") as file:
        found: dict[str, h5py.Dataset] = {}

        def visit(name: str, item: object) -> None:  # hard links only
            if isinstance(item, h5py.Dataset) and _is_inside(item):
                found[name] = item

        file.visititems(visit)
        name = _choose(found, dataset, source)
        item = found[name]
        data = _numeric(_compound(_content(item, source)), source, name)
        if "Position_Indices" in item.attrs and data.ndim == 2:
            return _usid(file, item, data, source)
        frequency = _scale(item, source)
        if frequency is None:
            near = [d for n, d in found.items() if n.rsplit("/", 1)[-1].lower() in FREQUENCY_NAMES]
            near = [d for d in near if d.ndim == 1 and d.size == data.shape[-1]]
            frequency = np.asarray(near[0][()], dtype=float) if near else None
            if near:
                frequency *= hertz_of("frequency", _text(near[0].attrs.get("units", "")), source)
        return Cube("HDF5", data, frequency, _text(item.attrs.get("units", "")))


def _is_inside(item: object) -> bool:
    """Whether a dataset's numbers lie in the file itself, not in another that it names."""
    return not item.external and not item.is_virtual


def _content(item: object, source: str) -> NDArray:
    """Numbers of a dataset, wherever the file refers to it from.

    Raises
    ------
    ReaderError
        It keeps them in another file, is no dataset, or claims an absurd size.
    """
    if not hasattr(item, "is_virtual"):
        raise ReaderError.at(source, "refers to a group where a dataset is expected; damaged")
    if not _is_inside(item):
        raise ReaderError.at(
            source, f"keeps {item.name} in another file, which is not followed; copy it into one"
        )
    check_size(item.size * item.dtype.itemsize, item.file.id.get_filesize(), source)
    return item[()]


def _scale(item: object, source: str) -> NDArray | None:
    """Frequencies (Hz) of the scale of a cube's last axis, None where it has neither name.

    The attributes of HDF5's dimension scales are read as such: its own calls for them end the
    process where a file holds something else under their names.
    """
    import h5py

    labels = np.atleast_1d(item.attrs.get("DIMENSION_LABELS", [""] * item.ndim))
    scales = np.atleast_1d(item.attrs.get("DIMENSION_LIST", [[]] * item.ndim)).tolist()
    if len(labels) != item.ndim or len(scales) != item.ndim:
        raise ReaderError.at(source, f"names the dimensions of {item.name} otherwise; damaged")
    reference = next((r for r in np.ravel(scales[-1]) if isinstance(r, h5py.Reference) and r), None)
    if reference is None:
        hertz_of(_text(labels[-1] or ""), "", source)
        return None
    scale = item.file[reference]
    if not isinstance(scale, h5py.Dataset) or scale.shape != item.shape[-1:]:
        raise ReaderError.at(source, f"the scale of {item.name} is no axis of its length; damaged")
    quantity = _text(scale.attrs.get("quantity", scale.name.rsplit("/", 1)[-1]))
    factor = hertz_of(quantity, _text(scale.attrs.get("units", "")), source)
    return factor * np.asarray(_content(scale, source), dtype=float)


def _choose(found: dict, dataset: str | None, source: str) -> str:
    if dataset is not None:
        if dataset.strip("/") not in found:
            raise ReaderError.at(source, f"has no dataset {dataset!r}; there are {_list(found)}")
        return dataset.strip("/")
    main = [n for n, d in found.items() if "Position_Indices" in d.attrs]
    raw = [n for n in main if n.rsplit("/", 1)[-1] == "Raw_Data"] or main
    cubes = raw or [n for n, d in found.items() if d.ndim == 3 and d.dtype.kind in "fciuV"]
    if len(cubes) != 1:
        what = "several cubes" if cubes else "no cube of spectra"
        raise ReaderError.at(
            source, f"holds {what} ({_list(cubes or found)}); name one with dataset="
        )
    return cubes[0]


def _usid(file: object, item: object, data: NDArray, source: str) -> Cube:
    """(pixels, bins) into (y, x, bins) by the position indices."""
    positions = _content(_referred(file, item, "Position_Indices", len(data), 0, source), source)
    spectral = _referred(file, item, "Spectroscopic_Values", data.shape[1], -1, source)
    values = np.atleast_2d(np.asarray(_content(spectral, source), dtype=float))
    labels = [_text(label) for label in np.atleast_1d(spectral.attrs.get("labels", []))]
    units = [_text(unit) for unit in np.atleast_1d(spectral.attrs.get("units", []))]
    rows = [i for i, label in enumerate(labels) if "freq" in label.lower()]
    row = rows[0] if rows else (0 if len(values) == 1 else None)
    if row is None or row >= len(values):
        raise ReaderError.at(
            source, f"has the spectroscopic dimensions {labels}; expected one frequency"
        )
    named, unit = ((*found, "")[min(row, len(found))] for found in (labels, units))
    factor = hertz_of(named, unit, source)
    if np.unique(values[row]).size < values.shape[1]:
        raise ReaderError.at(
            source,
            f"{values.shape[1]} points a pixel over {np.unique(values[row]).size} frequencies: "
            "a spectroscopy with further dimensions (bias, cycle); select one map first",
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
        raise ReaderError.at(source, f"its {len(x)} positions do not fill a grid of {shape}")
    cube = np.empty((*shape, data.shape[1]), data.dtype)
    cube[y, x] = data
    return Cube("HDF5 USID", cube, factor * values[row], _text(item.attrs.get("units", "")))


def _referred(file: object, item: object, name: str, count: int, axis: int, source: str) -> object:
    """Ancillary dataset that an attribute refers to, of the main one's length along an axis."""
    found = file[item.attrs[name]]
    shape = getattr(found, "shape", None) or (0,)
    if shape[axis] != count or found.size > MOST_DIMENSIONS * count:
        raise ReaderError.at(
            source, f"{name} of shape {shape} does not go with {count} points; damaged"
        )
    return found


def _compound(data: NDArray) -> NDArray:
    """Complex numbers stored as a compound of two."""
    names = data.dtype.names
    if names is None:
        return data
    lower = {name.lower(): name for name in names}
    for real, imag in (("r", "i"), ("real", "imag")):
        if set(lower) == {real, imag}:
            return data[lower[real]] + 1j * data[lower[imag]]
    return data


def _numeric(data: NDArray, source: str, what: str) -> NDArray:
    if data.dtype.kind not in "fciu" or data.dtype.hasobject:
        raise ReaderError.at(source, f"{what} holds {data.dtype}, not real or complex numbers")
    return data


def _same_shape(parts: dict[str, NDArray], source: str) -> None:
    shapes = {name: array.shape for name, array in parts.items()}
    if len(set(shapes.values())) > 1:
        raise ReaderError.at(source, f"parts of different shape: {shapes}")


def _by_name(arrays: dict[str, NDArray], names: tuple[str, ...]) -> NDArray | None:
    lower = {name.lower(): array for name, array in arrays.items()}
    return next((lower[name] for name in names if name in lower), None)


def _list(names: object) -> str:
    names = list(names)
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "") or "nothing"


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
