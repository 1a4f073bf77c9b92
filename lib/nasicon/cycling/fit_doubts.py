"""What the records of a whole cell test cannot be, in words: slips of units, axes and logging."""

from collections import Counter, namedtuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.cycling.fit_cycles import CUT_OFF_V, REST_SHARE, SAME_CURRENT

FEWEST_RECORDS = 20  # of a cycle, and different voltages in it, below which chance may repeat it
HIGHEST_V, LEAST_MAH_PER_G = 100.0, 1.0  # of a cell; of the best half-cycle of a test
LOW_SHARE, SMALL_LAG = 0.1, 0.2  # of the nominal capacity; of all voltages, charge to discharge
COUNTED_TWICE = 1.25  # between a counter and its current; a real one was 1.14 off
RANGE_SLIP = 2.0  # between charges of one file; currents' ranges are decades apart
FEWEST_TO_COUNT, SMALL_SHARE = 5, 0.05  # records of a half-cycle, and of the largest capacity
SAME_TIME = 1e-4  # of a cycle's length: a clock's rounding
FEWEST_TIMED, TIMED_SHARE, ENDS_V = 5, 0.8, 0.02  # half-cycles; their share; spread of their ends
ANODE_V, CATHODE_V = 0.8, 2.5  # mean voltages against lithium that no other electrode has
STILL_V, STILL_A = 1e-3, 0.01  # this close to the end voltage, and (relative) to one current
STILL_SHARE = 0.05  # of the charge, which no curve holds so close to its end
DROP_V, DROPS, SIGMAS = 0.02, 3, 8.0  # against the current; in one half-cycle; of the scatter
REPEATED, COARSE = 0.2, 0.02  # share of records at an earlier one's time; of a half-cycle's length
AT_REST, ALIKE = 0.2, 0.2  # of the largest current; spread within and among rests off zero
NEAR, FEWEST_NEAR, EVEN = 20, 5, 1.1  # records on each side of a hole; ratio of their intervals
HOLE, HELD, STOOD = 5.0, 0.01, 0.2  # records' charge; share of all; of the voltage due in it


# records of a half-cycle under current, the voltage with the current's sign
Half = namedtuple("Half", "cycle sign place time current voltage charge")


def copied(table: pd.DataFrame) -> str:
    """Which cycles repeat an earlier one to the last digit, in words; empty where none does.

    No two cycles of a real cell give the same voltages after the same times record for record:
    such a block was copied or written twice, and a fade over it is none.
    """
    seen: dict[bytes, list[tuple[int, NDArray]]] = {}
    pairs = []
    for number, part in table[table["half_cycle"] > 0].groupby("cycle"):
        record, time = part[["current_a", "voltage_v"]].to_numpy(), part["time_s"].to_numpy()
        if len(record) >= FEWEST_RECORDS and len(np.unique(record[:, 1])) >= FEWEST_RECORDS:
            like = seen.setdefault(record.tobytes(), [])
            elapsed, close = time - time[0], SAME_TIME * (time[-1] - time[0])
            pairs += [
                f"{int(number)} is {one}" for one, t in like if np.abs(t - elapsed).max() < close
            ][:1]
            like.append((int(number), elapsed))
    if not pairs:
        return ""
    more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
    return f"cycles repeat others record for record ({', '.join(pairs[:3])}{more}): copied twice?"


def misranged(table: pd.DataFrame) -> str:
    """Say in which half-cycles, all or some, the capacity is not the current over time."""
    halves = [h for h in _driven(table) if h.time.size >= FEWEST_TO_COUNT and np.ptp(h.time) > 0]
    if table.attrs.get("capacity_from") != "instrument" or not halves:
        return ""
    logged = [np.diff(h.time) * (np.diff(h.place) == 1) / 3600 for h in halves]
    own = [
        np.fmin(h.current[1:], h.current[:-1]) @ dt for h, dt in zip(halves, logged, strict=True)
    ]
    ratio = np.array([h.charge.max() / q for h, q in zip(halves, own, strict=True)])
    usual = np.median(ratio)
    if abs(np.log(usual)) > np.log(COUNTED_TWICE):
        return (
            f"the file's capacity is {usual:.3g} times its current over time: is one of them in "
            "another unit, per gram or area, or an energy?"
        )
    off = np.abs(np.log(ratio / usual)) > np.log(RANGE_SLIP)
    if not off.any():
        return ""
    cycles = [h.cycle for h, far in zip(halves, off, strict=True) if far]
    return (
        f"in {off.sum()} half-cycles (cycles {min(cycles)} to {max(cycles)}) the file's capacity "
        f"is {np.median(ratio[off]):.3g} times its current over time, in the others {usual:.3g}: "
        "was the current logged in another range?"
    )


def timed(table: pd.DataFrame) -> str:
    """Say that the clock ended the half-cycles, not a cut-off voltage; empty where it did not.

    Most last equally long while their end voltages stray: such a capacity is current times time
    as programmed, the cell could give more, and its fade does not show.
    """
    halves = _driven(table)
    halves = [half for half in halves if half.sign < 0] or halves
    parts = Counter(half.cycle for half in halves)  # of several the last one may end at a cut-off
    halves = [half for half in halves if parts[half.cycle] == 1]
    lengths = np.array([np.ptp(half.time) for half in halves] or [0.0])
    same = np.abs(lengths - np.median(lengths)) < SAME_TIME * np.median(lengths)
    ends = [h.sign * h.voltage[-1] for h, alike in zip(halves, same, strict=False) if alike]
    if len(ends) < max(FEWEST_TIMED, TIMED_SHARE * len(halves)) or np.ptp(ends) < ENDS_V:
        return ""
    return (
        f"{len(ends)} half-cycles end after {np.median(lengths):.6g} s, at {min(ends):.4g} to "
        f"{max(ends):.4g} V: by the clock, not at a cut-off; their capacity is the programme's"
    )


def slip(table: pd.DataFrame, cycles: pd.DataFrame, nominal_mah_per_g: float = 0.0) -> str:
    """Say why the numbers of a whole test cannot be; an empty text where they can.

    A poor cell holds little because its voltage soon runs to the cut-off.
    """
    highest = float(table["voltage_v"].abs().max())
    if highest > HIGHEST_V:
        return f"voltages up to {highest:.4g} V, and no cell has more than {HIGHEST_V:g}: in mV?"
    most = float(cycles[["up_mah_per_g", "down_mah_per_g"]].max().max())
    if most < LEAST_MAH_PER_G:
        return (
            f"no half-cycle holds more than {most:.2g} mAh g-1: the time in hours, the mass in µg?"
        )
    lag = float(cycles["polarisation_v"].min()) / float(np.ptp(table["voltage_v"]))
    if most < LOW_SHARE * nominal_mah_per_g and lag < SMALL_LAG:
        return (
            f"no half-cycle holds more than {most:.2g} of {nominal_mah_per_g:g} mAh g-1, though "
            "charge and discharge lie close together: the time in minutes, the mass of more than "
            "the active material?"
        )
    return ""


def miscalled(cycles: pd.DataFrame, kind: str) -> str:
    """Say that the mean voltages are none of the declared kind of cell; empty where they may be."""
    charge, discharge = (float(cycles[f"{side}_voltage_v"].median()) for side in ("up", "down"))
    if not (discharge > CATHODE_V if kind == "half-negative" else charge < ANODE_V):
        return ""
    return (
        f"charge at {charge:.3g} V and discharge at {discharge:.3g} V in the mean are not those of "
        f"cell_kind {kind!r}: another kind, or a symmetric cell?"
    )


def strange_voltage(table: pd.DataFrame) -> str:
    """Say that the voltage stands at its end, or runs back, while a steady current flows.

    In a hold the current falls, and what is stored never makes the voltage run back.
    """
    still, back = [], []
    for half in _driven(table):
        end = half.voltage > half.voltage.max() - STILL_V
        end &= half.current > (1 - STILL_A) * half.current.max()
        passed = np.diff(half.charge)
        still.append((half.sign, passed[end[1:] & end[:-1]].sum() / max(passed.sum(), 1e-300)))
        steady = np.abs(np.diff(half.current)) < SAME_CURRENT * half.current[1:]
        step = np.diff(half.voltage)[steady & (np.diff(half.place) == 1)]  # no rest between
        if step.size >= FEWEST_RECORDS and step.min() < -DROP_V:
            scatter = np.subtract(*np.percentile(step, (60, 40))) / 0.507
            fell = step < -max(DROP_V, SIGMAS * scatter)  # once where a deposit nucleates
            back.append(
                -step.min() if (np.diff(fell, prepend=False) & fell).sum() >= DROPS else 0.0
            )
    for sign, word in ((1, "charge"), (-1, "discharge")):
        share = np.median([share for side, share in still if side == sign] or [0.0])
        if share > STILL_SHARE:
            return (
                f"the voltage stands at its end during {100 * share:.0f} % of each {word} at one "
                "current: clipped by a range, or voltage or current as set, not as measured?"
            )
    if not any(back):
        return ""
    return (
        f"the voltage runs back by up to {max(back):.2g} V under a steady current again and again, "
        f"in {np.count_nonzero(back)} half-cycles: a soft short or a loose contact"
    )


def off_zero(table: pd.DataFrame) -> tuple[float, str]:
    """Error of the smallest test current by a channel that is off zero, in words too; 0 and "".

    In a rest the voltage runs against a small current that is shown, or does not follow it.
    """
    step, current, voltage = table[["step", "current_a", "voltage_v"]].to_numpy(dtype=float).T
    largest, shown = abs(current).max(), []
    share = abs(current) / largest
    low = np.sign(current) * (share > REST_SHARE) * (share < AT_REST)
    ends = np.flatnonzero((np.diff(step) != 0) | (np.diff(low) != 0)) + 1
    for first, last in zip([0, *ends], [*ends, low.size], strict=True):
        if low[first] and last - first >= FEWEST_TO_COUNT:
            held, along = current[first:last], low[first] * voltage[first:last]
            relaxed = min(along[0] - CUT_OFF_V, along[along.size // 2] + STILL_V) > along[-1]
            shown += [held.mean()] * bool(relaxed and held.std() < ALIKE * abs(held.mean()))
    off = np.median(shown or [0.0])
    if len(shown) < 2 or np.ptp(shown) > ALIKE * abs(off):
        return 0.0, ""
    tested = (half.current.max() for half in _driven(table))
    error = abs(off) / min((amps for amps in tested if amps > 2 * abs(off)), default=largest)
    return float(error), (
        f"{1e3 * off:+.3g} mA in {len(shown)} rests while the voltage relaxes against it: the "
        f"channel is off zero, charge and discharge are {100 * error:.2g} % wrong in opposite "
        "ways, the efficiency by twice that; subtract it"
    )


def jumped(table: pd.DataFrame) -> tuple[set[int], str]:
    """Cycles with a hole over which charge was counted while the voltage stood, and words.

    After lost records it is elsewhere; records by voltage leave out a flat part in most halves.
    """
    found, halves = {}, _driven(table)
    for half in halves:
        passed, dt, dv = map(np.diff, (half.charge, half.time, half.voltage))
        large = passed > max(HOLE * np.median(passed), HELD * half.charge.max())
        for at in np.flatnonzero(large & (np.diff(half.place) == 1)):
            sides = slice(max(at - NEAR, 0), at), slice(at + 1, at + 1 + NEAR)
            count, near = min(dv[s].size for s in sides), np.r_[dt[sides[0]], dt[sides[1]]]
            if count < FEWEST_NEAR or near.max() > EVEN * near.min():
                continue
            scatter = np.hypot(*(dv[s].std() for s in sides))
            slope = min(dv[s].mean() for s in sides) - 3 * scatter / count
            due = slope * dt[at] / near.mean()
            if dv[at] < min(slope + STOOD * due, due - SIGMAS * scatter):
                found[half.cycle, half.sign] = f"{dt[at]:.6g} s in cycle {half.cycle}"
    if not 0 < 2 * len(found) <= len(halves):
        return set(), ""
    where = ", ".join([*found.values()][:FEWEST_NEAR])
    return {cycle for cycle, _ in found}, (
        f"{where} without a record, over which the voltage hardly moved: the clock jumped or no "
        "current flowed, and the capacity counts that time; set the times right"
    )


def coarse_clock(table: pd.DataFrame) -> str:
    """Say how coarse the times are beside the shortest half-cycle; empty where they are fine."""
    halves = [half.time for half in _driven(table)]
    steps = np.concatenate([*map(np.diff, halves), [np.inf]])
    step, shortest = steps[steps > 0].min(), min(map(np.ptp, halves), default=0.0)
    if np.mean(steps == 0) < REPEATED or step < COARSE * shortest:
        return ""
    return f"times in steps of {step:g} s, and a half-cycle of {shortest:g} s: export seconds"


def against_header(table: pd.DataFrame, **given: float) -> str:
    """Say that the file's header states another mass or area than was given."""
    stated = {n: table.attrs.get("metadata", {}).get(n, v) for n, v in given.items()}
    return "; ".join(
        f"{name} {value:g} was given, and the file's header states {stated[name]:g}"
        for name, value in given.items()
        if abs(stated[name] / value - 1) > COARSE
    )


def _driven(table: pd.DataFrame) -> list[Half]:
    """Half-cycles that hold more than a pulse does."""
    names = ["half_cycle", "cycle", "time_s", "current_a", "voltage_v", "capacity_ah"]
    values, size = table[names].to_numpy(dtype=float), table["current_a"].abs().to_numpy()
    place = np.flatnonzero((values[:, 0] > 0) & (size > REST_SHARE * size.max()))
    halves = []
    for part in np.split(place, np.flatnonzero(np.diff(values[place, 0])) + 1):
        _, cycle, time, current, voltage, charge = values[part].T
        sign = int(np.sign(current[0]))
        halves.append(Half(int(cycle[0]), sign, part, time, abs(current), sign * voltage, charge))
    least = SMALL_SHARE * max(half.charge.max() for half in halves)
    return [half for half in halves if half.charge.max() > least]


OF_RECORDS = (copied, misranged, timed, strange_voltage)
