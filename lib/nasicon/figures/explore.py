"""Small figures that redraw while a slider moves: models only, no data, no fit.

They are drawn plainly (fixed margins) because they must appear within 200 ms.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nasicon.figures import style
from nasicon.models import transport
from nasicon.models.circuits import Circuit

WINDOW_HZ = np.geomspace(1e7, 1, 71)
BULK_F = 1.04e-11  # geometric capacitance of the nominal pellet, permittivity 15
TEMPERATURES_C = np.linspace(25, 120, 40)


def plain(columns: int = 1, height: float = 2.7) -> tuple[Figure, list[Axes]]:
    """Figure with fixed margins, quicker than a layout that is solved."""
    style.use()
    width = style.COLUMN_INCH * (1.35 if columns == 1 else 2.0)
    figure, axes = style.plt.subplots(
        1, columns, figsize=(width, height), layout="none", squeeze=False
    )
    figure.subplots_adjust(left=0.17 if columns == 1 else 0.1, right=0.97, bottom=0.2, top=0.86,
                           wspace=0.35)  # fmt: skip
    return figure, list(axes[0])


def nyquist_by_hand(
    bulk_ohm: float, boundary_ohm: float, boundary_nf: float, exponent: float, lead_ohm: float
) -> Figure:
    """Draw the impedance of a pellet between 1 Hz and 10 MHz, and what lies above the window.

    Bulk arc with the geometric capacitance, boundary arc, blocking electrode, leads.
    """
    circuit = Circuit.parse("L0-R0-(R1||C1)-(R2||CPE2)-CPE3")
    q = (boundary_nf * 1e-9) ** exponent * boundary_ohm ** (exponent - 1)  # Brug, inverted
    parts = {
        "L0": 2e-7, "R0": lead_ohm, "R1": bulk_ohm, "C1": BULK_F, "R2": boundary_ohm,
        "CPE2_Q": q, "CPE2_n": exponent, "CPE3_Q": 5e-6, "CPE3_n": 0.85,
    }  # fmt: skip
    seen = circuit.impedance(circuit.values(parts), 2 * np.pi * WINDOW_HZ)
    # above the window without the leads' inductance, which would hide the arc
    bare = circuit.values({**parts, "L0": 1e-15})
    beyond = circuit.impedance(bare, 2 * np.pi * np.geomspace(1e7, 1e11, 150))
    figure, (ax,) = plain()
    ax.plot(
        beyond.real,
        -beyond.imag,
        ":",
        color=style.UNDOPED,
        lw=1.0,
        label="above the window,\nwithout inductance",
    )
    ax.plot(seen.real, -seen.imag, "o", mfc="white", mec=style.DATA, label="1 Hz to 10 MHz")
    total = lead_ohm + bulk_ohm + boundary_ohm
    ax.set_xlim(-0.05 * total, 1.35 * total)
    ax.set_ylim(-0.12 * total, 0.72 * total)
    ax.set_xlabel("Re Z (Ω)")
    ax.set_ylabel("−Im Z (Ω)")
    apex = 1 / (2 * np.pi * bulk_ohm * BULK_F)
    ax.set_title(f"model; bulk apex at {style.frequency_label(apex)}")
    ax.legend(loc="upper right")
    return figure


def arrhenius_by_hand(
    bulk_ohm: float, bulk_ev: float, boundary_ohm: float, boundary_ev: float, lead_ohm: float
) -> Figure:
    """Draw the slopes that bulk and boundary in series, plus leads, would show.

    Resistances are those at 25 degC. What an intercept gives as bulk carries the leads.
    """
    t = TEMPERATURES_C
    bulk = bulk_ohm / transport.arrhenius(t, 1.0, bulk_ev)
    boundary = boundary_ohm / transport.arrhenius(t, 1.0, boundary_ev)
    lines = {
        "total": (bulk + boundary + lead_ohm, style.DOPED),
        "intercept (bulk and leads)": (bulk + lead_ohm, style.UNDOPED),
    }
    figure, (ax,) = plain()
    for name, (ohm, colour) in lines.items():
        sigma = transport.conductivity(ohm, 1.0, 10.0)
        slope = transport.apparent_activation_energy_ev(t, sigma)
        ax.semilogy(
            1000 / transport.kelvin(t), sigma, color=colour, label=f"{name}: {slope:.3f} eV"
        )
    ax.set_xlabel("1000/T (K⁻¹)")
    ax.set_ylabel("σ (S cm⁻¹)")
    ax.set_title("model; apparent Ea between 25 and 120 °C")
    ax.legend(loc="lower left")
    return figure
