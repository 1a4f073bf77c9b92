"""What every strain-microscopy format hands over, and the frequency axis that is stated."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nasicon.core.text import ReaderError

SAME_AXIS = 1e-6  # relative; a stated axis that differs by more contradicts the file
MOST_BYTES = 64 * 2**30  # of one array, whatever the file promises
MOST_EXPANSION = 200  # times the file's size, beyond the first 100 MB
MOST_RADIANS = 60.0  # of a phase, unwrapped or not
FREE_BYTES = 100 * 2**20
HERTZ = {"hz": 1.0, "khz": 1e3, "mhz": 1e6}


@dataclass(frozen=True)
class Cube:
    """Data of a file before they are checked.

    Attributes
    ----------
    format : str
    data : ndarray, shape (y, x, n)
        Complex, or amplitudes.
    frequency_hz : ndarray, shape (n,) or None
        None where the file states none.
    units, title : str
    positions : dict
        Coordinates ``y`` and ``x`` in m, where known.
    notes : tuple of str
    """

    format: str
    data: NDArray
    frequency_hz: NDArray | None = None
    units: str = ""
    title: str = ""
    positions: dict[str, NDArray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def stated_axis(in_file: NDArray | None, stated: tuple, count: int, notes: list[str]) -> NDArray:
    """Axis of the file or as told; a contradiction and a missing axis are errors."""
    frequency_hz, centre_hz, band_hz = stated
    told = None
    if frequency_hz is not None:
        told = np.asarray(frequency_hz, dtype=float).ravel()
    elif centre_hz is not None or band_hz is not None:
        if centre_hz is None or band_hz is None or not 0 < band_hz < 2 * centre_hz:
            raise ReaderError(
                f"centre_hz={centre_hz!r} and band_hz={band_hz!r} must both be given, with "
                "0 < band_hz < 2 centre_hz",
            )
        told = np.linspace(centre_hz - band_hz / 2, centre_hz + band_hz / 2, count)
    if told is None and in_file is None:
        raise ReaderError(
            f"holds no frequency axis for its {count} points a spectrum; state it with "
            "frequency_hz, or with centre_hz and band_hz",
        )
    axis = told if in_file is None else np.asarray(in_file, dtype=float).ravel()
    if axis.size != count:
        raise ReaderError(f"{axis.size} frequencies for {count} points a spectrum; they must agree")
    if told is not None and in_file is None:
        notes.append("frequency axis as told, not from the file")
    elif told is not None and (
        told.size != axis.size or not np.allclose(told, axis, rtol=SAME_AXIS)
    ):
        raise ReaderError(
            f"states frequencies {axis[0]:g} to {axis[-1]:g} Hz, other than the ones given; "
            "leave them out to use the file's",
        )
    return axis


def hertz_of(quantity: str, unit: str) -> float:
    """Factor to Hz of an axis that is called ``quantity`` and measured in ``unit``.

    Raises
    ------
    ReaderError
        Either says that it is no frequency (a bias, a time, a position).
    """
    factor = HERTZ.get(unit.strip().lower(), 1.0 if not unit.strip() else None)
    named = quantity.strip().lower()
    if factor is None or (not unit.strip() and named and "freq" not in named):
        raise ReaderError(
            f"its spectra run over {quantity or 'an axis'!r} in {unit or 'no unit'!r}, not over a "
            "frequency in Hz; give a map of resonance spectra (one value of the bias at a time)",
        )
    return factor


def complex_from(parts: dict[str, NDArray], notes: list[str]) -> NDArray:
    """Complex response from real and imaginary part, or amplitude and phase; or the amplitude.

    A phase in degrees is told from one in radians by its range: beyond 2 pi it
    must be degrees. Wrapping does not matter, since exp(i phase) undoes it.
    """
    if {"real", "imag"} <= parts.keys():
        return parts["real"] + 1j * parts["imag"]
    if "amplitude" not in parts:
        raise ReaderError(
            f"holds {', '.join(sorted(parts)) or 'nothing known'}; expected amplitude (and "
            "phase), or real and imag",
        )
    amplitude = parts["amplitude"]
    name = next((name for name in ("phase_deg", "phase_rad", "phase") if name in parts), None)
    if name is None:
        notes.append("no phase: amplitude only")
        return amplitude
    phase = parts[name]
    largest = float(np.nanmax(np.abs(phase))) if phase.size else 0.0
    degrees = name == "phase_deg" or (name == "phase" and largest > 2 * np.pi + 1e-6)
    if name == "phase":
        why = "degrees (it exceeds 2 pi)" if degrees else "radians (it stays within 2 pi)"
        notes.append(f"phase taken as {why}")
    elif degrees and largest <= 2 * np.pi:
        notes.append("the phase is stated in degrees and stays within 2 pi: is it in radians?")
    elif not degrees and largest > MOST_RADIANS:
        raise ReaderError(
            f"states its phase in radians, and it reaches {largest:g}: name it phase_deg if it is "
            "in degrees"
        )
    return amplitude * np.exp(1j * (np.deg2rad(phase) if degrees else phase))


def check_size(nbytes: int, file_bytes: int) -> None:
    """Refuse what unpacks to an absurd size."""
    if nbytes > MOST_BYTES or nbytes > FREE_BYTES + MOST_EXPANSION * file_bytes:
        raise ReaderError(
            f"{file_bytes} bytes that claim to unpack to {nbytes}; refused as damaged or hostile",
        )
