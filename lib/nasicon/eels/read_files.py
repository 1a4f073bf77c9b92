"""Electron energy-loss spectra and spectrum images into labelled arrays.

EMSA ``.msa``, NumPy archives of named arrays (never pickled objects), delimited text with
an energy-loss column, and Gatan ``.dm3``/``.dm4`` through RosettaSciIO, which is GPL and
therefore an optional extra. The result is an ``xarray.DataArray`` of electrons (or counts)
with the coordinate ``energy_loss_ev`` last and ascending, and ``y_nm, x_nm`` before it for
a map. An axis that is not in electron volts, or not calibrated, is an error that says so.
"""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nasicon.core.axes import contradiction
from nasicon.core.quality import saturation
from nasicon.core.tables import Lines, is_comment, numeric_table
from nasicon.core.text import (
    ReaderError,
    check_file,
    decode,
    foreign_parser,
    names_its_file,
    optional_package,
    read_bytes,
    split_lines,
)
from nasicon.eels.read_emsa import is_emsa, parse_emsa

if TYPE_CHECKING:
    import xarray as xr

UNITS_EV = {"ev": 1.0, "kev": 1000.0, "mev": 1e-3}
UNITS_NM = {"nm": 1.0, "\u00b5m": 1e3, "\u03bcm": 1e3, "um": 1e3, "a": 0.1, "\u00e5": 0.1}
FEWEST_CHANNELS = 5
LARGEST_VALUES = 200_000_000
LARGEST_MAP = 8 * LARGEST_VALUES  # bytes of a spectrum image
NEVER_SET = "energy axis starts at 0 with 1 eV a channel: calibrated, or never set?"
_ENERGY = re.compile(r"energy|e[_ ]?loss|\bev\b", re.IGNORECASE)


@names_its_file
def read_eels(path: str | Path) -> xr.DataArray:
    """Read an energy-loss spectrum or spectrum image.

    Parameters
    ----------
    path
        ``.msa``, ``.dm3``, ``.dm4``, ``.npz`` with arrays ``counts``, ``energy_loss_ev`` (and
        ``y_nm``, ``x_nm`` for a map), or delimited text whose header names an energy loss.

    Returns
    -------
    xarray.DataArray
        Dimensions ``energy_loss_ev`` or ``(y_nm, x_nm, energy_loss_ev)``, energies
        ascending. ``attrs``: ``source, format, notes, title``, and ``beam_kv``,
        ``collection_mrad`` where an EMSA file states them.

    Raises
    ------
    ReaderError
        The file holds no spectrum, or its energy axis is not calibrated in eV.
    """
    with check_file(path, LARGEST_MAP).open("rb") as stream:
        version = int.from_bytes(stream.read(4), "big")
    if version in (3, 4) and path.suffix.lower() in (".dm3", ".dm4"):
        return _gatan(path)
    raw, source = read_bytes(path), path.name
    if is_emsa(raw):
        return _emsa(raw, source)
    if raw.startswith(b"PK\x03\x04"):
        return _archive(raw, source)
    return _text(raw, source)


def tidy(array: xr.DataArray) -> dict[str, NDArray]:
    """Energies and intensities of one spectrum, or the sum of a map, as plain arrays."""
    summed = array.sum([d for d in array.dims if d != "energy_loss_ev"])
    return {
        "energy_loss_ev": summed["energy_loss_ev"].to_numpy(),
        "intensity_counts": summed.to_numpy().astype(float),
    }


def same_grid(*arrays: xr.DataArray) -> None:
    """Check that spectra stand on one energy axis.

    Raises
    ------
    ReaderError
        Two axes differ; names both and the remedy.
    """
    first = arrays[0]["energy_loss_ev"].to_numpy()
    for array in arrays[1:]:
        other = array["energy_loss_ev"].to_numpy()
        if first.shape != other.shape or not np.allclose(first, other, rtol=0, atol=1e-6):
            raise ReaderError.at(
                str(array.attrs.get("source", "spectrum")),
                f"{len(other)} channels over {other[0]:g}-{other[-1]:g} eV, but "
                f"{arrays[0].attrs.get('source', 'the first')} has {len(first)} over "
                f"{first[0]:g}-{first[-1]:g} eV: resample onto one axis before comparing",
            )


def _labelled(
    counts: NDArray, coords: dict[str, NDArray], form: str, source: str, title: str, notes: list
) -> xr.DataArray:
    """Name the axes, refuse what no fit can use, note what a user must know."""
    import xarray as xr

    array = xr.DataArray(counts, dims=[*coords], coords=coords).sortby("energy_loss_ev")
    array.attrs = {"source": source, "format": form, "notes": notes, "title": title}
    energies, values = array["energy_loss_ev"].to_numpy(), array.to_numpy()
    if len(energies) < FEWEST_CHANNELS:
        raise ReaderError(f"{len(energies)} channels; at least {FEWEST_CHANNELS}")
    if bad := int((~np.isfinite(values)).sum()):
        raise ReaderError(f"{bad} values are not finite")
    if not np.all(np.diff(energies) > 0):
        raise ReaderError("an energy occurs twice; split the spectra first")
    if negative := int((values < 0).sum()):
        notes.append(f"{negative} negative intensities: dark current subtracted too high?")
    if values.ndim == 1:
        notes += filter(None, [saturation(values)])
    return array.assign_attrs(notes=notes)  # sorting has copied the list


def _emsa(raw: bytes, source: str) -> xr.DataArray:
    title, unit, energies, counts, notes, stated = parse_emsa(split_lines(decode(raw)))
    if unit.lower() not in UNITS_EV:
        raise _not_calibrated(f"XUNITS {unit}")
    coords = {"energy_loss_ev": UNITS_EV[unit.lower()] * energies}
    if np.array_equal(energies, np.arange(len(energies))):
        notes.append(NEVER_SET)
    found = _labelled(counts, coords, "EMSA/MAS", source, title, notes)
    return found.assign_attrs({name: value for name, value in stated.items() if value})


def _gatan(path: Path) -> xr.DataArray:
    gatan = optional_package(
        "rsciio.digitalmicrograph",
        "dm",
        "Gatan .dm3 and .dm4",
        "save EMSA .msa text in DigitalMicrograph",
    )
    with foreign_parser("is damaged or cut off", "export it again"):
        signals = gatan.file_reader(str(path))
    spectra = [s for s in signals if any(_is_energy(a) for a in s["axes"])]
    if not spectra:
        found = "; ".join(
            ", ".join(f"{a.get('name', '')} [{a.get('units', '')}]" for a in s["axes"])
            for s in signals
        )
        raise _not_calibrated(f"axes: {found}")
    several = f"{len(spectra)} spectra in the file: the first is read"
    notes = [several] if len(spectra) > 1 else []
    with foreign_parser("its DigitalMicrograph axes cannot be read"):
        return _array(spectra[0], path.name, notes)


def _not_calibrated(found: str) -> ReaderError:
    return ReaderError(
        f"no axis is an energy loss in eV ({found}): the energy axis is not "
        "calibrated, or this is an image; calibrate the dispersion and save it again",
    )


def _archive(raw: bytes, source: str) -> xr.DataArray:
    """A NumPy archive; sizes are checked before anything is unpacked, pickle is refused."""
    wanted = "counts, energy_loss_ev (and y_nm, x_nm for a map)"
    with foreign_parser("is no readable NumPy archive of plain arrays", f"expected {wanted}"):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            size = sum(i.file_size for i in packed.infolist())
        if size > 8 * LARGEST_VALUES:
            raise ReaderError(f"would unpack to {size} bytes; refused as a zip bomb")
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            found = {name: np.asarray(arrays[name]) for name in arrays.files}
    if not {"counts", "energy_loss_ev"} <= found.keys():
        raise ReaderError(f"holds {', '.join(found) or 'nothing'}; expected {wanted}")
    with foreign_parser("holds counts that are no numbers"):
        counts = np.asarray(found["counts"], dtype=float)
    dims = ("energy_loss_ev",) if counts.ndim == 1 else ("y_nm", "x_nm", "energy_loss_ev")
    coords = {name: found.get(name) for name in dims}
    sizes = {k: None if v is None else np.shape(v) for k, v in coords.items()}
    if counts.ndim not in (1, 3) or [*sizes.values()] != [(n,) for n in counts.shape]:
        raise ReaderError(
            f"counts of shape {counts.shape} do not go with {sizes}; expected {wanted}"
        )
    return _labelled(counts, coords, "NumPy archive", source, str(found.get("title", "")), [])


def _is_energy(axis: dict) -> bool:
    return str(axis.get("units", "")).strip().lower() in UNITS_EV


def _array(signal: dict, source: str, notes: list[str]) -> xr.DataArray:
    axes = sorted(signal["axes"], key=lambda a: a.get("index_in_array", 0))
    data = np.asarray(signal["data"])
    if data.size > LARGEST_VALUES:
        raise ReaderError(f"{data.size} values; at most {LARGEST_VALUES} are read")
    data = data.astype(float)
    if data.ndim not in (1, 3) or data.ndim != len(axes):
        raise ReaderError(f"{data.ndim} dimensions; a spectrum has 1 and a spectrum image 3")
    energy = next(i for i, a in enumerate(axes) if _is_energy(a))
    axis = axes.pop(energy)
    coords = {n: _lengths(a, notes) for n, a in zip(("y_nm", "x_nm"), axes, strict=False)}
    data = np.moveaxis(data, energy, -1)
    factor = UNITS_EV[str(axis["units"]).strip().lower()]
    energies = factor * (axis["offset"] + axis["scale"] * np.arange(data.shape[-1]))
    if axis["scale"] == 0 or not np.isfinite(energies).all():
        raise ReaderError(f"energy axis with a step of {axis['scale']} eV")
    if axis["scale"] == 1 and axis["offset"] == 0:
        notes.append(NEVER_SET)
    title = str(signal.get("metadata", {}).get("General", {}).get("title", ""))
    coords["energy_loss_ev"] = energies
    return _labelled(data, coords, "DigitalMicrograph", source, title, notes)


def _lengths(axis: dict, notes: list[str]) -> NDArray:
    unit = str(axis.get("units", "")).strip().lower()
    positions = axis.get("offset", 0) + axis.get("scale", 1) * np.arange(axis["size"])
    if unit not in UNITS_NM:
        notes.append(f"map axis in {unit or 'no unit'!r}: positions are pixels, not nm")
        return np.arange(axis["size"], dtype=float)
    return UNITS_NM[unit] * positions


def _text(raw: bytes, source: str) -> xr.DataArray:
    wanted = "two columns of numbers; expected an energy loss and an intensity"
    table = numeric_table(Lines(decode(raw)), wanted, fewest=2)
    lines = [line for line in table.above if line.strip()]
    names = table.names or [line[:300] for line in lines[-1:]]
    if re.search(r"\bed[sx]\b|x-?ray", " ".join(names), re.IGNORECASE):
        raise ReaderError("names X-rays; an energy loss is expected")
    x, y = table.pair(_ENERGY.pattern)
    if not names or not _ENERGY.search(names[x]):
        raise ReaderError(
            "is no .dm3, .dm4 or .msa file, and its first column is not called an energy "
            "loss in eV: the energy axis is not calibrated; name it, for example energy_loss_ev"
        )
    values = table.numbers([x, y])
    unit = re.search(r"(?<![a-z])[km]?ev(?![a-z])", names[x], re.IGNORECASE)
    energies = UNITS_EV[unit[0].lower() if unit else "ev"] * values[:, 0]
    title = next((line.lstrip("#%! ") for line in lines if is_comment(line)), "")
    notes = list(table.notes)
    coords = {"energy_loss_ev": energies}
    array = _labelled(values[:, 1], coords, "delimited text", source, title, notes)
    return array.assign_attrs(axis=contradiction(table.head, energies, "energy"))
