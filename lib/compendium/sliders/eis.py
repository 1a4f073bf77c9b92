"""Sliders of impedance and of its temperature series."""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from compendium.sliders import SEED, value_text
from compendium.sliders.explore import Slider, movable
from nasicon.core import style
from nasicon.core.constants import kelvin
from nasicon.eis import fit_circuits
from nasicon.eis.model_pellet import Pellet
from nasicon.transport import model_conduction

WINDOW_HZ = np.geomspace(1e7, 1, 71)
CIRCUIT = "L0-R0-(R1||CPE1)-CPE2"  # the bulk arc lies above the window
TEMPERATURES_C = np.linspace(25, 120, 40)
INDUCTANCE_H = 2e-7  # of leads about 20 cm long


@movable(
    bulk_ohm=Slider(10, 400, 63, "R bulk (Ω)"),
    boundary_ohm=Slider(50, 5000, 1044, "R boundary (Ω)", logarithmic=True),
    boundary_nf=Slider(0.5, 20, 5.2, "C boundary (nF)", logarithmic=True),
    exponent=Slider(0.7, 1.0, 0.9, "CPE exponent"),
    lead_ohm=Slider(0, 20, 0.5, "R leads (Ω)"),
    noise_percent=Slider(0.01, 3, 0.3, "noise (%)", logarithmic=True),
)
def nyquist(
    bulk_ohm: float,
    boundary_ohm: float,
    boundary_nf: float,
    exponent: float,
    lead_ohm: float,
    noise_percent: float,
) -> Figure:
    """Spectrum of a pellet between 1 Hz and 10 MHz, fitted with the one arc that is in it."""
    rng = np.random.default_rng(SEED)
    leads = {"lead_ohm": lead_ohm, "inductance_h": INDUCTANCE_H}
    pellet = Pellet(bulk_ohm, boundary_ohm, 1e-9 * boundary_nf, exponent, **leads)
    z = pellet.impedance(WINDOW_HZ)
    scatter = noise_percent / 100 * np.abs(z) * rng.normal(size=(2, z.size))
    z = z + scatter[0] + 1j * scatter[1]
    seen = pd.DataFrame({"frequency_hz": WINDOW_HZ, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    fitted = fit_circuits.fit_circuit(seen, CIRCUIT)
    # above the window without the leads' inductance, which would hide the arc
    beyond = replace(pellet, inductance_h=0.0).impedance(np.geomspace(1e7, 1e11, 150))
    apex = style.frequency_label(1 / (2 * np.pi * bulk_ohm * pellet.bulk_f))
    title = (
        f"bulk arc at {apex}\nleads and bulk {lead_ohm + bulk_ohm:.1f} Ω, the fit's intercept "
        f"{value_text(fitted, 'R0', 'Ω')}\nboundary {boundary_ohm:.0f} Ω, the fit's arc "
        f"{value_text(fitted, 'R1', 'Ω')}"
    )
    total = lead_ohm + bulk_ohm + boundary_ohm
    return _draw(seen, fit_circuits.predict(fitted, CIRCUIT, WINDOW_HZ), beyond, total, title)


def _draw(
    spectrum: pd.DataFrame, fitted: NDArray, beyond: NDArray, total_ohm: float, title: str
) -> Figure:
    """Draw simulated impedance with its fit, and what lies above the instrument's window.

    Parameters
    ----------
    spectrum : DataFrame
        ``frequency_hz, z_real_ohm, z_imag_ohm``.
    fitted, beyond : ndarray, complex
        In ohm; ``beyond`` is the pellet above the window.
    total_ohm : float
        Where the electrode's line begins; sets the axes.
    """
    figure, ax = style.plain()
    seen = spectrum["z_real_ohm"], -spectrum["z_imag_ohm"]
    look = {"color": style.INK, "lw": 1.0, "label": "above the window,\nwithout inductance"}
    ax.plot(beyond.real, -beyond.imag, ":", **look)
    ax.plot(*seen, **style.points("simulated"), label="simulated, 1 Hz to 10 MHz")
    ax.plot(fitted.real, -fitted.imag, color=style.UNDOPED, label="fit")
    right = 0.9 * ax.bbox.width / ax.bbox.height - 0.05  # the same scale on both axes
    ax.set(xlim=(-0.05 * total_ohm, right * total_ohm), xlabel="Re Z (Ω)")
    ax.set(ylim=(-0.12 * total_ohm, 0.78 * total_ohm), ylabel="−Im Z (Ω)")
    ax.set_title(title, fontsize=7.5)
    ax.legend(loc="upper left", ncols=2)
    return figure


@movable(
    bulk_ohm=Slider(10, 200, 42, "R bulk, 25 °C (Ω)"),
    bulk_ev=Slider(0.1, 0.4, 0.13, "Ea bulk (eV)"),
    boundary_ohm=Slider(20, 5000, 84, "R boundary, 25 °C (Ω)", logarithmic=True),
    boundary_ev=Slider(0.1, 0.5, 0.2, "Ea boundary (eV)"),
    lead_ohm=Slider(0, 20, 0.5, "R leads (Ω)"),
)
def arrhenius(
    bulk_ohm: float, bulk_ev: float, boundary_ohm: float, boundary_ev: float, lead_ohm: float
) -> Figure:
    """Draw the slopes that bulk and boundary in series, plus leads, would show.

    Resistances are those at 25 degC. What an intercept gives as bulk carries the leads.
    """
    t = TEMPERATURES_C
    bulk = bulk_ohm / model_conduction.arrhenius(t, 1.0, bulk_ev)
    boundary = boundary_ohm / model_conduction.arrhenius(t, 1.0, boundary_ev)
    lines = {
        "total": (bulk + boundary + lead_ohm, style.DOPED),
        "intercept (bulk and leads)": (bulk + lead_ohm, style.UNDOPED),
    }
    figure, ax = style.plain()
    for name, (ohm, colour) in lines.items():
        sigma = model_conduction.conductivity(ohm, 1.0, 10.0)
        slope = model_conduction.apparent_activation_energy_ev(t, sigma)
        ax.semilogy(1000 / kelvin(t), sigma, color=colour, label=f"{name}: {slope:.3f} eV")
    ax.set(xlabel="1000/T (K⁻¹)", ylabel="σ (S cm⁻¹)")
    ax.set_title("model; apparent Ea between 25 and 120 °C")
    ax.legend(loc="lower left")
    return figure
