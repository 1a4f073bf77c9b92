"""Resistances of a fitted circuit: apex frequency, effective capacitance, label, window."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core import fitting
from nasicon.eis.fit_consistency import arrays
from nasicon.eis.model_circuits import Circuit, arc_of

BULK_F = 1e-9  # above: no bulk of a pellet
ELECTRODE_F = 1e-7  # above: an electrode process
IDEAL = 1e-6  # an exponent this close to 1 is at its bound
SURE = 5.0  # standard errors above which an arc's resistance is surely there


def arc_table(
    result: fitting.FitResult, circuit: str | Circuit, spectrum: pd.DataFrame
) -> pd.DataFrame:
    """The resistances of a fit, each with its apex, effective capacitance and label.

    Columns ``label, resistance, value_ohm, stderr_ohm, ci_low_ohm, ci_high_ohm, apex_hz,
    c_eff_f, in_window, flag``.

    C_eff = (Q R^(1-n))^(1/n) (Hsu and Mansfeld, Corrosion 57 (2001) 747; equal
    to the formula of Brug et al., J. Electroanal. Chem. 176 (1984) 275, for an
    arc without series resistance). Labels follow capacitance first: the smallest is the bulk
    unless it exceeds 1 nF, the next the grain boundary, anything above 0.1 uF an electrode
    process (ranges: Irvine, Sinclair and West, Adv. Mater. 2 (1990) 132). A resistor
    with no capacitance of its own is an intercept: whatever relaxes above the
    window, so it is labelled bulk and flagged ``outside_window``.
    """
    circuit = Circuit.parse(circuit)
    omega, _ = arrays(spectrum)
    rows = [row for block in circuit.blocks if (row := _arc_row(block, result, omega))]
    if not rows:
        raise ValueError(f"circuit {circuit} has no resistor or arc in series: nothing to label")
    table = pd.DataFrame(rows)
    table = table.sort_values("c_eff_f", kind="stable", na_position="first", ignore_index=True)
    table.insert(0, "label", _labels(table["c_eff_f"].to_numpy()))
    return table


def _arc_row(block: object, result: fitting.FitResult, omega: NDArray) -> dict | None:
    pair, kind = arc_of(block), getattr(block, "kind", "")
    apex = c_eff = np.nan
    capacitive_flags: list[str] = []
    if pair:
        name = pair[0].label
        apex, c_eff = _apex_capacitance(pair, result)
        # an exponent at 1 is an ideal capacitor: no flag for an arc that is surely there
        there = result[name] > SURE * result.stderr[result.index(name)]
        ideal = [n for n in pair[1].names if n.endswith("_n") and there and result[n] >= 1 - IDEAL]
        names = [n for n in pair[1].names if n not in ideal]
        capacitive_flags = [flag for n in names for flag in result.flags(n)]
    elif kind == "HN":
        name = block.names[0]
        apex = _skewed_apex_hz(*(result[n] for n in block.names[1:]))
        c_eff = 1 / (2 * math.pi * apex * result[name])
    elif kind == "R":
        name = block.label
    else:
        return None
    i = result.index(name)
    in_window = bool(omega.min() <= 2 * math.pi * apex <= omega.max())
    flags = [*result.flags(name), *(flag for flag in capacitive_flags if flag == "at_bound")]
    flags += [] if in_window else ["outside_window"]
    return {
        "resistance": name,
        "value_ohm": result[name],
        "stderr_ohm": result.stderr[i],
        "ci_low_ohm": result.ci_low[i],
        "ci_high_ohm": result.ci_high[i],
        "apex_hz": apex,
        "c_eff_f": c_eff,
        "in_window": in_window,
        "flag": ";".join(dict.fromkeys(flags)),
    }


def _apex_capacitance(pair: tuple, result: fitting.FitResult) -> tuple[float, float]:
    r = result[pair[0].label]
    q, n = [*(result[name] for name in pair[1].names), 1.0][:2]  # a capacitor has n = 1
    return (r * q) ** (-1 / n) / (2 * math.pi), (q * r ** (1 - n)) ** (1 / n)


def _skewed_apex_hz(tau: float, alpha: float, gamma: float) -> float:
    """Frequency of the loss maximum of a Havriliak-Negami arc."""
    angle = math.pi * alpha / (2 * (1 + gamma))
    return (math.sin(angle) / math.sin(angle * gamma)) ** (1 / alpha) / (2 * math.pi * tau)


def _labels(c_eff: NDArray) -> list[str]:
    names = ["bulk", "grain boundary"]
    labels = []
    for c in c_eff:  # nan: an intercept
        if c > ELECTRODE_F:
            labels.append("electrode")
            continue
        if c > BULK_F and names[:1] == ["bulk"]:
            names.pop(0)  # no bulk: a pellet's own capacitance is some pF
        labels.append(names.pop(0) if names else f"arc {len(labels) + 1}")
    return labels
