"""NMR files into one tidy table: shift in ppm (descending, as drawn) and intensity.

The format is found from the content and from the files beside it. Where a file's own
metadata contradict each other or the data, the note says which were used: procs against
acqus, a stated spinning speed against the sidebands' distance.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.optimize import minimize, minimize_scalar
from scipy.signal import find_peaks

from nasicon.core.spectra import rising
from nasicon.core.text import ReaderError, foreign_parser, names_its_file, read_bytes
from nasicon.nmr import read_formats
from nasicon.nmr.read_formats import Raw
from nasicon.nmr.read_zipped import unpacked

_log = logging.getLogger(__name__)

FEWEST_POINTS = 16
SPEED_AGREES = 0.03
CLEAR_SIDEBAND = 0.02  # of the main lines
CLOSEST_SIDEBAND_HZ = 1500.0
# of the phase's criterion: nats, and radians, by which it misses where no phase is needed
CLEARLY_BETTER, OWN_ERROR = 0.015, np.radians(12.0)


@names_its_file
def read_nmr(
    path: str | Path, *, larmor_mhz: float | None = None, line_broadening_hz: float | None = None
) -> pd.DataFrame:
    """Read an NMR spectrum, or transform a signal into one.

    Parameters
    ----------
    path
        A Bruker experiment (its folder, ``1r`` or ``fid``), an Agilent/Varian ``fid`` or its
        folder, either of them zipped, JCAMP-DX, CSDM, or text.
    larmor_mhz : float, optional
        Spectrometer frequency where the file states none; one that contradicts the file is
        an error.
    line_broadening_hz : float, optional
        Exponential apodisation of a signal; a spectrum is left as it is.

    Returns
    -------
    pandas.DataFrame
        ``shift_ppm`` (descending), ``intensity``. ``attrs``: ``source``, ``format``,
        ``nucleus``, ``larmor_mhz``, ``spin_rate_hz`` (as stated), ``sideband_hz`` (as
        measured), ``reference``, ``line_broadening_hz``, ``clipped`` (how a signal shows an
        overloaded receiver), ``notes``.

    Raises
    ------
    ReaderError
        The file cannot be read, with the reason and the remedy.
    """
    with (
        foreign_parser("its NMR parameters or data cannot be read"),
        unpacked(path) as place,
    ):
        raw = _parse(place)
        if raw.ppm is None:
            _transform(raw, line_broadening_hz or 0.0)
    if np.iscomplexobj(raw.intensity):
        raw.intensity = raw.intensity.real
    ppm, intensity = rising(FEWEST_POINTS, "ppm", raw.ppm, raw.intensity)
    table = pd.DataFrame({"shift_ppm": ppm[::-1], "intensity": intensity[::-1]})
    numbers = ("larmor_mhz", "spin_rate_hz", "sideband_hz", "line_broadening_hz")
    unsaid = dict.fromkeys(("nucleus", "reference", "clipped"), "") | dict.fromkeys(numbers)
    attrs = unsaid | raw.attrs
    raw.notes += filter(None, [attrs["clipped"]])
    _settle_frequency(attrs, raw.notes, larmor_mhz)
    if attrs["larmor_mhz"]:
        attrs["sideband_hz"] = sideband_spacing_hz(table, attrs["larmor_mhz"])
        _compare_speeds(attrs, raw.notes)
    for note in raw.notes:
        _log.warning("%s: %s", path.name, note)
    source = _source(path)
    table.attrs = {"source": source, "format": raw.format, **attrs, "notes": raw.notes}
    return table


def sideband_spacing_hz(table: pd.DataFrame, larmor_mhz: float) -> float | None:
    """Distance of spinning sidebands from the data; None where none are clear.

    Searched is the distance at which the strongest points have company on both sides, the
    weaker side counting. The distance from one line to another, or from one line to the
    other's sideband, has company on one side only.
    """
    x, y = table["shift_ppm"].to_numpy(), table["intensity"].to_numpy()
    step = float(np.ptp(x)) / (len(x) - 1) * larmor_mhz
    if np.ptp(x) * larmor_mhz < 4 * CLOSEST_SIDEBAND_HZ or len(x) < 256:
        return None
    y = y - np.median(y)
    y = np.clip(y - 9 * np.median(np.abs(y)), 0, None)  # six standard deviations of noise
    above = np.flatnonzero(y)
    if not above.size:
        return None
    near = maximum_filter1d(y, 3)
    strongest = above[np.argsort(y[above])[-60:]]
    nearest = int(CLOSEST_SIDEBAND_HZ / step)
    reach = np.arange(nearest, len(x) // 2)
    score = np.zeros(reach.size)
    for i in strongest:
        end = min(i, len(x) - 1 - i, len(x) // 2 - 1)  # the farthest that both sides have
        if end >= nearest:
            left = near[i - end : i - nearest + 1][::-1]
            right = near[i + nearest : i + end + 1]
            score[: len(left)] += y[i] * np.minimum(left, right)
    score /= (y[strongest] ** 2).sum()
    peaks, shape = find_peaks(score, prominence=CLEAR_SIDEBAND)
    clear = shape["prominences"] > 0.7 * score[peaks]  # not a bump of a background
    if not clear.any():
        return None
    best = peaks[clear][np.argmax(score[peaks[clear]])]
    window = slice(max(best - 3, 0), best + 4)  # centre of the top, finer than a point
    return float((reach[window] * score[window]).sum() / score[window].sum() * step)


def _parse(path: Path) -> Raw:
    folder = path if path.is_dir() else path.parent
    places = {folder, folder.parent.parent} if folder.parent.name == "pdata" else {folder}
    bruker_like = path.is_dir() or path.name in ("1r", "1i", "fid", "acqus", "procs")
    if bruker_like and any((place / "acqus").is_file() for place in places):
        return read_formats.bruker(path)
    if (path.is_dir() or path.name in ("fid", "procpar")) and (folder / "procpar").is_file():
        return read_formats.varian(path)
    if path.is_dir():
        raise ReaderError("holds neither acqus (Bruker) nor procpar (Agilent); give the experiment")
    if path.name in ("1r", "fid"):
        raise ReaderError("stands alone: acqus (Bruker) or procpar (Agilent) is missing beside it")
    start = read_bytes(path)[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"##"):
        return read_formats.jcamp(path)
    if start.startswith(b"{"):
        return read_formats.csdm(path)
    return read_formats.text_table(path)


def _source(path: Path) -> str:
    """Name of a text file, or of the experiment's folder."""
    names = ("1r", "1i", "fid", "acqus", "procs", "procpar")
    folder = path.parent if path.name in names else path
    return folder.parent.parent.name if folder.parent.name == "pdata" else folder.name


def _settle_frequency(attrs: dict, notes: list[str], given: float | None) -> None:
    found = attrs["larmor_mhz"]
    if given is not None:
        if not given > 0:
            raise ValueError(f"larmor_mhz must be > 0, got {given!r}")
        if found and abs(found / given - 1) > read_formats.SAME_NUCLEUS:
            raise ReaderError(
                f"states {found:g} MHz, but larmor_mhz = {given:g} was given; which is it?"
            )
        if not found:
            attrs["larmor_mhz"] = float(given)
            notes.append(f"spectrometer frequency as told: {given:g} MHz")
    elif not found:
        notes.append("no spectrometer frequency in the file: quadrupolar shifts need larmor_mhz")


def _compare_speeds(attrs: dict, notes: list[str]) -> None:
    stated, seen = attrs["spin_rate_hz"], attrs["sideband_hz"]
    order = max(round(seen / stated), 1) if stated and seen else 1
    if stated and seen and abs(seen / stated - order) < SPEED_AGREES / order:
        attrs["sideband_hz"] = seen / order  # of satellite transitions a multiple shows best
    elif stated and seen:
        notes.append(
            f"the stated spinning speed of {stated / 1e3:.1f} kHz contradicts the sidebands, which "
            f"are {seen / 1e3:.1f} kHz from their lines: the stated one is stale"
        )


def _transform(raw: Raw, broadening_hz: float) -> None:
    """Spectrum of a signal: apodised, filled to twice its length, phased by entropy."""
    signal = np.array(raw.intensity, dtype=complex)
    if raw.turns < 0:
        signal = signal.conj()
    signal[0] /= 2
    point = np.arange(signal.size)
    size = 2 ** int(np.ceil(np.log2(2 * signal.size)))
    energy = np.abs(signal) ** 2
    energy = np.maximum(energy - np.median(energy[signal.size // 2 :]), 0)  # without the noise's
    decay = max(2 * float(energy @ point) / max(float(energy.sum()), 1e-300), 1.0)

    def spectrum(rate: float) -> NDArray:
        return np.fft.fftshift(np.fft.fft(signal * np.exp(-rate * point), size))

    phases = _phases(spectrum(1 / decay))
    real = _turned(spectrum(np.pi * broadening_hz * raw.dwell_s), phases)
    raw.intensity = real / np.abs(real).max()
    hertz = np.fft.fftshift(np.fft.fftfreq(size, raw.dwell_s))
    raw.ppm = raw.carrier_ppm + hertz / float(raw.attrs["larmor_mhz"])
    raw.attrs["line_broadening_hz"] = broadening_hz
    zero, first = np.degrees(phases)
    how = f"phased by entropy ({zero:.0f} deg, {first:.0f} deg over the width)"
    how = how if phases.any() else "its phase left as it is (entropy knows no clearly better one)"
    raw.notes.append(f"a signal: transformed here, {how}; check the phase before fitting")


def _turned(spectrum: NDArray, phases: NDArray) -> NDArray:
    """Real part of a spectrum turned by a zero- and a first-order phase, radians."""
    ramp = np.linspace(-0.5, 0.5, spectrum.size)
    return (spectrum * np.exp(1j * (phases[0] + phases[1] * ramp))).real


def _phases(spectrum: NDArray) -> NDArray:
    """Zero- and first-order phase (over the width) of least entropy and no negative part.

    The criterion of L. Chen et al., J. Magn. Reson. 158 (2002) 164, on a spectrum broadened by
    its own decay: else the noise decides. One of first order must be ``CLEARLY_BETTER`` than
    none, and one of zero order differ from none by more than the criterion itself is off.
    """
    spectrum = spectrum / np.abs(spectrum).max()

    def cost(phases: NDArray) -> float:
        real = _turned(spectrum, phases)
        slope = np.abs(np.diff(real))
        p = slope / slope.sum()
        entropy = -(p * np.log(p + 1e-12)).sum()
        negative = np.clip(real, None, 0)
        return float(entropy + 1e3 * (negative @ negative) / real.size)

    turns = np.radians(range(0, 360, 15))
    near = min(turns, key=lambda turn: cost((turn, 0.0)))
    plain = minimize_scalar(lambda turn: cost((turn, 0.0)), bracket=(near, near + 0.1)).x
    starts = [(a, b) for a in turns[::3] for b in (-2.0, 0.0, 2.0)]
    options = {"xatol": 1e-3, "fatol": 1e-6}
    both = minimize(cost, min(starts, key=cost), method="Nelder-Mead", options=options).x
    if cost(both) < cost((plain, 0.0)) - CLEARLY_BETTER:
        return both
    return np.array([plain * (np.cos(plain) < np.cos(OWN_ERROR)), 0.0])
