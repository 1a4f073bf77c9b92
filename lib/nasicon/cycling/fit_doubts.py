"""What the records of a whole cell test cannot be, in words: slips of units, axes and logging."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.cycling.fit_cycles import REST_SHARE, SAME_CURRENT, half_cycle_table

FEWEST_RECORDS = 20  # of a cycle, and different voltages in it, below which chance may repeat it
HIGHEST_V, LEAST_MAH_PER_G = 100.0, 1.0  # of a cell; of the best half-cycle of a test
LOW_SHARE, SMALL_LAG = (
    0.1,
    0.2,
)  # of the nominal capacity; of the voltages between charge and discharge
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
    """Say that capacities are not their current over time; an empty text where they are.

    In most half-cycles: one of the two has another unit, or is another quantity. In some, by
    ``RANGE_SLIP`` beside the others: their current was logged in another range.
    """
    part = table[table["half_cycle"] > 0]
    if table.attrs.get("capacity_from") != "instrument" or part.empty:
        return ""
    current, time = part["current_a"].abs(), part["time_s"]
    before = pd.concat([current, time], axis=1).groupby(part["half_cycle"]).shift()
    # of two records the lower current: no charge flows into a rest
    own = np.fmin(current, before["current_a"]) * (time - before["time_s"]) / 3600
    halves = part.assign(own=own.where(before["time_s"].notna(), 0.0)).groupby("half_cycle")
    half = halves.agg(
        cycle=("cycle", "first"), own=("own", "sum"), held=("capacity_ah", "max"), n=("own", "size")
    )
    half = half[(half["n"] >= FEWEST_TO_COUNT) & (half["own"] > 0)]
    half = half[half["held"] > SMALL_SHARE * half["held"].max()]
    ratio = half["held"] / half["own"]
    if abs(np.log(ratio.median())) > np.log(COUNTED_TWICE):
        return (
            f"the file's capacity is {ratio.median():.3g} times its current over time: is one of "
            "them in another unit, per gram or area, or an energy?"
        )
    off = np.abs(np.log(ratio / ratio.median())) > np.log(RANGE_SLIP)
    if not off.any():
        return ""
    cycles = half["cycle"][off]
    return (
        f"in {off.sum()} half-cycles (cycles {cycles.min()} to {cycles.max()}) the file's capacity "
        f"is {ratio[off].median():.3g} times its current over time, in the others "
        f"{ratio.median():.3g}: was the current logged in another range?"
    )


def timed(table: pd.DataFrame) -> str:
    """Say that the clock ended the half-cycles, not a cut-off voltage; empty where it did not.

    Most last equally long while their end voltages stray: such a capacity is current times time
    as programmed, the cell could give more, and its fade does not show.
    """
    halves = half_cycle_table(table)
    down = halves[halves["direction"] < 0]
    halves = halves if down.empty else down
    length = halves["length_s"].median()
    ends = halves["end_v"][np.abs(halves["length_s"] - length) < SAME_TIME * length]
    if len(ends) < max(FEWEST_TIMED, TIMED_SHARE * len(halves)) or np.ptp(ends) < ENDS_V:
        return ""
    return (
        f"{len(ends)} half-cycles end after {length:.6g} s, at {ends.min():.4g} to "
        f"{ends.max():.4g} V: by the clock, not at a cut-off; their capacity is the programme's"
    )


def slip(table: pd.DataFrame, cycles: pd.DataFrame, nominal_mah_per_g: float = 0.0) -> str:
    """Say why the numbers of a whole test cannot be; an empty text where they can.

    A poor cell holds little because its voltage soon runs to the cut-off; one that holds little
    while charge and discharge lie close together was divided by a wrong mass or time.
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
    """Say that no cell has such a voltage under a steady current; empty where one may.

    It stands at its end in most half-cycles, where a hold would let the current fall: clipped, or
    what was set. Or it runs back again and again, which storage never makes it do.
    """
    still, back = [], []
    for half, sign in _driven(table):
        voltage, current = sign * half["voltage_v"].to_numpy(), half["current_a"].abs().to_numpy()
        charge, step = np.diff(half["capacity_ah"]), np.diff(voltage)
        end = (voltage > voltage.max() - STILL_V) & (current > (1 - STILL_A) * current.max())
        still.append((sign, charge[end[1:] & end[:-1]].sum() / max(charge.sum(), 1e-300)))
        steady = np.abs(np.diff(current)) < SAME_CURRENT * current[1:]
        step = step[steady & (np.diff(half.index) == 1)]  # no rest between the two
        if step.size >= FEWEST_RECORDS:
            scatter = np.subtract(*np.percentile(step, (75, 25))) / 1.35
            drops = step[step < -max(DROP_V, SIGMAS * scatter)]
            back.append(-drops.min() if drops.size >= DROPS else 0.0)
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


def coarse_clock(table: pd.DataFrame) -> str:
    """Say how coarse the times are beside the shortest half-cycle; empty where they are fine."""
    halves = [half["time_s"].to_numpy() for half, _ in _driven(table)]
    steps, shortest = np.concatenate([*map(np.diff, halves), [np.inf]]), min(map(np.ptp, halves))
    step = steps[steps > 0].min()
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


def _driven(table: pd.DataFrame) -> list[tuple[pd.DataFrame, int]]:
    """Records of each half-cycle under current, with its direction."""
    size = table["current_a"].abs()
    driven = table[(table["half_cycle"] > 0) & (size > REST_SHARE * size.max())]
    halves = (half for _, half in driven.groupby("half_cycle"))
    return [(half, int(np.sign(half["current_a"].iloc[0]))) for half in halves]


OF_RECORDS = (copied, misranged, timed, strange_voltage)
