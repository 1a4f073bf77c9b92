"""Sliders of a linear sweep."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from compendium.sliders import SEED, draw
from compendium.sliders.explore import Slider, movable
from nasicon.cycling import fit_sweeps


@movable(
    onset_v=Slider(3.6, 5.4, 4.5, "reaction from (V)"),
    noise_ua_per_cm2=Slider(1e-3, 10, 0.03, "noise (µA cm⁻²)", logarithmic=True),
    scan_mv_per_s=Slider(0.1, 100, 10, "scan rate (mV s⁻¹)", logarithmic=True),
    capacitance_uf_per_cm2=Slider(1, 1000, 10, "capacitance (µF cm⁻²)", logarithmic=True),
)
def sweep(
    onset_v: float, noise_ua_per_cm2: float, scan_mv_per_s: float, capacitance_uf_per_cm2: float
) -> Figure:
    """Sweep of a capacitor on which a reaction sets in, and the onset found in what is left."""
    rng = np.random.default_rng(SEED)
    v = np.arange(2.0, 5.5, 0.01)
    rate = scan_mv_per_s / 1e3
    reaction = 0.1e-6 * np.expm1(np.maximum(v - onset_v, 0.0) / 0.15)  # A cm-2
    current = capacitance_uf_per_cm2 * 1e-6 * rate + reaction
    current = current + 1e-6 * noise_ua_per_cm2 * rng.normal(size=v.size)
    table = pd.DataFrame({"time_s": v / rate, "voltage_v": v, "current_a": current})
    freed = fit_sweeps.remove_capacitive(table, 1.0, (2.2, 3.5))
    found = fit_sweeps.onset(freed)
    title = f"reaction from {onset_v:.2f} V; " + (
        f"seen from {found.voltage_v:.2f} V on ({found.low_v:.2f} to {found.high_v:.2f})"
        if found.found
        else f"nothing seen below {v[-1]:.1f} V"
    )
    background = freed.current_a_per_cm2 - freed.faradaic_a_per_cm2
    limit = 1e6 * (background + freed.detection_limit())
    look = {"xlabel": "Voltage (V vs Li⁺/Li)", "ylabel": "Current (µA cm⁻²)", "title": title}
    look |= {"fit_label": "baseline"}
    noticed = {"would be noticed": limit}
    figure = draw.spectrum(v, 1e6 * current, 1e6 * background, noticed, **look)
    height = np.ptp([limit.max(), 1e6 * background.min()])
    figure.axes[0].legend(loc="upper left", fontsize=6)  # the reaction rises on the right
    figure.axes[0].set_ylim(1e6 * background.min() - height, limit.max() + 3 * height)
    return figure
