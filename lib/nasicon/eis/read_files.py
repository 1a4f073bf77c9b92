"""Impedance files into one tidy table, whatever instrument wrote them.

The format is found from the content. The result always has frequencies above
zero in descending order within a sweep, and capacitive impedance with a
negative imaginary part; whatever was changed or left out on the way stands in
``table.attrs["notes"]``. What cannot be read safely is a `ReaderError`.

Decisions that are not obvious:

- Rows with frequency and impedance zero are the direct-current part of a
  measurement (Parstat, BioLogic, VersaStudio write both into one table): left
  out, with a note. Any other frequency that is not above zero is an error.
- Rows without a frequency cannot be used; a file whose table has no frequency
  column is an error that says how many rows it concerns. Guessing the
  frequencies from the experiment's settings is not done: the settings are
  what was asked for, not what was measured.
- An aborted measurement is read up to the abort, with a note.
- Repeated frequencies are a new sweep where the frequency starts over (or
  turns round) and each part has at least three points. Identical rows are
  dropped with a note. Anything else is an error.
- The sign convention is checked against the data: see `sign_score`.
"""

from __future__ import annotations

import itertools
import logging
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.archive import ZIP_MAGIC
from nasicon.core.biologic import MPR_MAGIC
from nasicon.core.tables import Lines
from nasicon.core.text import ReaderError, decode, names_its_file, read_bytes
from nasicon.eis.read_binary import is_ism, parse_ism, parse_mpr
from nasicon.eis.read_formats import parse_text
from nasicon.eis.read_rows import Points
from nasicon.eis.read_sessions import (
    is_ivium,
    is_palmsens,
    parse_dfr,
    parse_ivium,
    parse_palmsens,
    parse_workbook,
)

_log = logging.getLogger(__name__)

IMAG_SIGNS = ("auto", "negative_is_capacitive", "positive_is_capacitive")
FEWEST_POINTS = 3
_CLEAR_SCORE = 0.5


@names_its_file
def read_eis(path: str | Path, *, imag_sign: str = "auto") -> pd.DataFrame:
    """Read an impedance file into a tidy table.

    Parameters
    ----------
    path
        File of one of the known formats: delimited text, NEISYS/Novocontrol,
        BioLogic .mpt and .mpr, Gamry .DTA, ZPlot .z, Autolab, Parstat,
        VersaStudio .par, CH Instruments, PowerSuite, Zahner .ism, Ivium .idf
        and .ids, PalmSens .pssession, Eco Chemie .dfr, workbooks (.xlsx, .ods).
    imag_sign
        Sign of the imaginary parts (or phases) as the file's numbers stand.
        "auto": what the column's name says ("-Im(Z)"), checked against the
        data and corrected, with a note and a warning in the log, where they
        contradict it. "negative_is_capacitive", "positive_is_capacitive":
        taken as told, whatever the column's name says.

    Returns
    -------
    pandas.DataFrame
        Columns ``sweep`` (1, 2, ...), ``frequency_hz``, ``z_real_ohm``,
        ``z_imag_ohm`` (capacitive is negative); frequency descends within a
        sweep. ``attrs``: ``source`` (file name), ``format``, ``notes``
        (list of str: all a user must know), ``header`` (where the file
        says anything about the sample: title, geometry; units in the names).

    Raises
    ------
    ReaderError
        The file cannot be read, with the reason, the line where there is one,
        and the remedy.
    ValueError
        `imag_sign` is not one of the three.
    """
    if imag_sign not in IMAG_SIGNS:
        raise ValueError(f"imag_sign must be one of {', '.join(IMAG_SIGNS)}; got {imag_sign!r}")
    points = _parse(path)
    source, notes = path.name, list(points.notes)
    points = _without_dc_rows(points, notes)
    _check_points(points)
    sweeps = _sweeps(points, source, notes)
    imaginary = _signed(points, sweeps, imag_sign, source, notes)
    ordered = [rows[np.argsort(-points.frequency[rows], kind="stable")] for rows in sweeps]
    rows = np.concatenate(ordered)
    table = pd.DataFrame(
        {
            "sweep": np.repeat(np.arange(1, len(ordered) + 1), [len(part) for part in ordered]),
            "frequency_hz": points.frequency[rows],
            "z_real_ohm": points.real[rows],
            "z_imag_ohm": imaginary[rows],
        }
    )
    if negative := int(np.count_nonzero(points.real < 0)):
        notes.append(
            f"points with a negative real part: {negative}; a passive sample has none, "
            "so they are artefacts (kept; look at the ends of the sweep)"
        )
    table.attrs = {"source": source, "format": points.format, "notes": notes}
    if points.header:
        table.attrs["header"] = points.header
    return table


def one_sweep(table: pd.DataFrame, sweep: int = 1) -> pd.DataFrame:
    """One sweep of a table of `read_eis`, without the sweep column.

    Raises
    ------
    ReaderError
        The table has no such sweep.
    """
    chosen = table[table["sweep"] == sweep].drop(columns="sweep").reset_index(drop=True)
    if chosen.empty:
        numbers = ", ".join(str(number) for number in table["sweep"].unique())
        source = str(table.attrs.get("source", "table"))
        raise ReaderError(f"has no sweep {sweep}; it has {numbers}", source=source)
    return chosen


def sign_score(frequency: NDArray, impedance: NDArray) -> tuple[float, float]:
    """How well the sign of the phase fits the course of |Z|, by Bode's relation.

    In a minimum-phase system the phase is about (pi/2) d ln|Z| / d ln(omega)
    (H. W. Bode, Network Analysis and Feedback Amplifier Design, 1945): |Z|
    falls with frequency where the sample is capacitive and rises where it is
    inductive. |Z| does not depend on the sign convention, so the sum of phase
    times d ln|Z| is positive in the right convention, also where the
    high-frequency end is legitimately inductive. Points with a negative real
    part (artefacts at the ends of a sweep) do not count.

    Parameters
    ----------
    frequency, impedance
        One sweep, shape (n,), in Hz and ohm (complex), in any order.

    Returns
    -------
    agreement, total : float
        Sum of phase * d ln|Z| and of its absolute value. Their ratio is 1
        where all of the spectrum fits the convention and -1 where none does.
    """
    passive = impedance.real >= 0
    frequency, impedance = frequency[passive], impedance[passive]
    order = np.argsort(frequency)
    steps = np.diff(np.log(np.abs(impedance[order])))
    phase = np.angle(impedance[order])
    products = steps * (phase[1:] + phase[:-1]) / 2
    return float(products.sum()), float(np.abs(products).sum())


def _parse(path: Path) -> Points:
    raw = read_bytes(path)
    if raw.startswith(MPR_MAGIC):
        return parse_mpr(raw)
    if is_ism(raw, path.suffix):
        return parse_ism(raw)
    if is_ivium(raw):
        return parse_ivium(raw)
    if raw.startswith(ZIP_MAGIC):
        return parse_workbook(raw)
    text = decode(raw)
    if is_palmsens(text):
        return parse_palmsens(text)
    lines = Lines(text)
    head = lines.head(2)
    if head[0].startswith("VERSION") and head[-1].strip().isdecimal():
        return parse_dfr(lines.all)
    return parse_text(lines)


def _without_dc_rows(points: Points, notes: list[str]) -> Points:
    dc = (points.frequency == 0) & (points.real == 0) & (points.imaginary == 0)
    if dc.all():
        raise ReaderError(f"all {len(dc)} rows have frequency 0; no impedance in it")
    if not dc.any():
        return points
    notes.append(f"{int(dc.sum())} rows with frequency 0 left out (direct-current part)")
    return points.only(~dc)


def _check_points(points: Points) -> None:
    frequency, real, imaginary = points.frequency, points.real, points.imaginary
    finite = np.isfinite(frequency) & np.isfinite(real) & np.isfinite(imaginary)
    for bad, what in (
        (~finite, "a value is not finite ({n} such rows); remove them"),
        (
            frequency <= 0,
            "frequency must be > 0 Hz, got {x:g} ({n} such rows); correct or remove them",
        ),
        (
            (real == 0) & (imaginary == 0),
            "the impedance at {x:g} Hz is exactly 0 ({n} such rows); remove them",
        ),
        (
            np.full(real.shape, not imaginary.any() and np.ptp(real) > 0.1 * np.abs(real).max()),
            "the imaginary part is 0 in all {n} rows: |Z| or one trace alone? Export Z' and Z''",
        ),
    ):
        if bad.any():
            first = int(np.argmax(bad))
            message = what.format(x=frequency[first], n=int(bad.sum()))
            raise ReaderError(message, int(points.line[first]), points.line_unit)


def _sweeps(points: Points, source: str, notes: list[str]) -> list[NDArray]:
    """Find the points of each sweep, as indices in the file's order."""
    cycles = [np.arange(len(points.label))]
    if np.ptp(points.label):
        label = pd.factorize(points.label)[0]
        order = np.argsort(label, kind="stable")
        cycles = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    found: list[NDArray] = []
    short = 0
    for rows in cycles:
        step = np.diff(points.frequency[rows])
        if not ((step < 0).all() or (step > 0).all()):
            rows = _without_identical(points, rows, source, notes)
        if len(rows) < FEWEST_POINTS and len(cycles) > 1:
            short += 1
        else:
            found += _restarts(points, rows, notes)
    if short:
        notes.append(f"cycles of fewer than {FEWEST_POINTS} points left out: {short}")
    if not found or min(len(rows) for rows in found) < FEWEST_POINTS:
        raise ReaderError(
            f"{len(points.frequency)} points; a spectrum needs at least {FEWEST_POINTS} different "
            "frequencies"
        )
    return found


def _without_identical(points: Points, rows: NDArray, source: str, notes: list[str]) -> NDArray:
    triples = np.column_stack([points.frequency[rows], points.real[rows], points.imaginary[rows]])
    _, first = np.unique(triples, axis=0, return_index=True)
    if len(first) < len(rows):
        dropped = len(rows) - len(first)
        notes.append(f"{dropped} rows that repeat an earlier row exactly were dropped")
        _log.warning("%s: %s", source, notes[-1])
    return rows[np.sort(first)]


def _restarts(points: Points, rows: NDArray, notes: list[str]) -> list[NDArray]:
    """Sweeps among the rows: one, or one for each time the frequency starts over."""
    frequency = points.frequency[rows]
    runs = _monotonic_runs(frequency)
    if len(runs) == 1:
        return [rows]
    if min(len(run) for run in runs) >= FEWEST_POINTS and all(
        _overlap(frequency[a], frequency[b]) and not _stutters(frequency, a, b)
        for a, b in itertools.pairwise(runs)
    ):
        notes.append(f"the frequency starts over: {len(runs)} sweeps in the file")
        return [rows[run] for run in runs]
    values, counts = np.unique(frequency, return_counts=True)
    if len(values) == len(rows):
        notes.append("frequencies were not in order and have been sorted")
        return [rows]
    twice = float(values[counts > 1][-1])
    first, second = (int(line) for line in points.line[rows][frequency == twice][:2])
    raise ReaderError(
        f"{twice:g} Hz occurs again with other values (first in {points.line_unit} {first}) "
        "and the sweep does not start over there; remove one of the rows or split the file",
        second,
        points.line_unit,
    )


def _monotonic_runs(frequency: NDArray) -> list[NDArray]:
    """Split positions into runs in which the frequency only rises, or only falls."""
    starts, direction = [0], 0.0
    for index, step in enumerate(np.sign(np.diff(frequency)), start=1):
        if step == 0 or (direction != 0 and step != direction):
            starts.append(index)
            direction = 0.0
        else:
            direction = step
    return np.split(np.arange(len(frequency)), starts[1:])


def _stutters(frequency: NDArray, run: NDArray, following: NDArray) -> bool:
    """Whether a run repeats the last frequency of the one before and then just goes on."""
    same = frequency[run[-1]] == frequency[following[0]]
    ways = [np.sign(frequency[part[-1]] - frequency[part[0]]) for part in (run, following)]
    return bool(same and ways[0] == ways[1])


def _overlap(a: NDArray, b: NDArray) -> bool:
    """Whether two runs cover common frequencies; the point where they meet may belong to either."""
    return all(c.min() < b.max() and b.min() < c.max() for c in (a, a[:-1]))


def _signed(
    points: Points, sweeps: list[NDArray], imag_sign: str, source: str, notes: list[str]
) -> NDArray:
    """Imaginary parts with capacitive negative."""
    if imag_sign != "auto":
        notes.append(f"sign of the imaginary part as told: {imag_sign}")
        return points.imaginary * (1.0 if imag_sign == "negative_is_capacitive" else -1.0)
    imaginary = -points.imaginary if points.negated else points.imaginary
    impedance = points.real + 1j * imaginary
    scores = np.array([sign_score(points.frequency[s], impedance[s]) for s in sweeps])
    agreement, total = scores.sum(axis=0)
    if agreement <= -_CLEAR_SCORE * total and total > 0:
        notes.append(
            "imaginary part: capacitive points are positive once the column's name is taken at "
            'its word, so the sign was turned; imag_sign="negative_is_capacitive" or '
            '"positive_is_capacitive" overrides this'
        )
        _log.warning("%s: %s", source, notes[-1])
        return -imaginary
    if agreement < _CLEAR_SCORE * total or total == 0:
        notes.append(
            "the data do not tell the sign convention of the imaginary part; taken as the "
            "column's name says (capacitive negative)"
        )
    return imaginary
