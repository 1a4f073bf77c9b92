"""Sliders of impedance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from nasicon.analysis import eis
from nasicon.figures import explore as draw
from nasicon.figures.style import frequency_label
from nasicon.models.pellet import Pellet
from nasicon.workflow.by_hand import SEED, value_text

WINDOW_HZ = np.geomspace(1e7, 1, 71)
CIRCUIT = "L0-R0-(R1||CPE1)-CPE2"  # the bulk arc lies above the window
INDUCTANCE_H = 2e-7  # of leads about 20 cm long


def nyquist(
    bulk_ohm: float, boundary_ohm: float, boundary_nf: float, exponent: float, lead_ohm: float,
    noise_percent: float,
) -> Figure:  # fmt: skip
    """Spectrum of a pellet between 1 Hz and 10 MHz, fitted with the one arc that is in it."""
    rng = np.random.default_rng(SEED)
    pellet = Pellet(
        bulk_ohm, boundary_ohm, 1e-9 * boundary_nf, exponent,
        lead_ohm=lead_ohm, inductance_h=INDUCTANCE_H,
    )  # fmt: skip
    z = pellet.impedance(WINDOW_HZ)
    scatter = noise_percent / 100 * np.abs(z) * rng.normal(size=(2, z.size))
    z = z + scatter[0] + 1j * scatter[1]
    seen = pd.DataFrame({"frequency_hz": WINDOW_HZ, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    fitted = eis.fit_circuit(seen, CIRCUIT)
    # above the window without the leads' inductance, which would hide the arc
    beyond = replace(pellet, inductance_h=0.0).impedance(np.geomspace(1e7, 1e11, 150))
    apex = frequency_label(1 / (2 * np.pi * bulk_ohm * pellet.bulk_f))
    title = (
        f"bulk arc at {apex}\nleads and bulk {lead_ohm + bulk_ohm:.1f} Ω, the fit's intercept "
        f"{value_text(fitted, 'R0', 'Ω')}\nboundary {boundary_ohm:.0f} Ω, the fit's arc "
        f"{value_text(fitted, 'R1', 'Ω')}"
    )
    total = lead_ohm + bulk_ohm + boundary_ohm
    return draw.nyquist(seen, eis.predict(fitted, CIRCUIT, WINDOW_HZ), beyond, total, title)
