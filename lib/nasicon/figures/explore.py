"""Small figures that redraw while a slider moves.

They are drawn plainly (fixed margins) because they must appear within 200 ms.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from nasicon.figures import style
from nasicon.models import transport

TEMPERATURES_C = np.linspace(25, 120, 40)
COLOURS = (style.DOPED, style.THIRD, style.FOURTH)


def plain(columns: int = 1, height: float = 2.9) -> tuple[Figure, list[Axes]]:
    """Figure with fixed margins, quicker than a layout that is solved."""
    style.use()
    width = style.COLUMN_INCH * (1.35 if columns == 1 else 2.0)
    figure, axes = style.plt.subplots(
        1, columns, figsize=(width, height), layout="none", squeeze=False
    )
    figure.subplots_adjust(left=0.17 if columns == 1 else 0.1, right=0.97, bottom=0.18, top=0.82,
                           wspace=0.35)  # fmt: skip
    return figure, list(axes[0])


def nyquist(
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
    figure, (ax,) = plain()
    seen = spectrum["z_real_ohm"], -spectrum["z_imag_ohm"]
    ax.plot(beyond.real, -beyond.imag, ":", color=style.INK, lw=1.0,
            label="above the window,\nwithout inductance")  # fmt: skip
    ax.plot(*seen, **style.points("simulated"), label="simulated, 1 Hz to 10 MHz")
    ax.plot(fitted.real, -fitted.imag, color=style.UNDOPED, label="fit")
    ax.set_xlim(-0.05 * total_ohm, 1.35 * total_ohm)
    ax.set_ylim(-0.12 * total_ohm, 0.78 * total_ohm)
    ax.set_xlabel("Re Z (Ω)")
    ax.set_ylabel("−Im Z (Ω)")
    ax.set_title(title, fontsize=7.5)
    ax.legend(loc="upper left", ncols=2)
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


def spectrum(
    x: NDArray, data: NDArray, fitted: NDArray, parts: Mapping[str, NDArray], *,
    xlabel: str, title: str, ylabel: str = "Intensity", data_label: str = "simulated",
    fit_label: str = "fit",
    marks: Mapping[str, float] | None = None, falling: bool = False,
) -> Figure:  # fmt: skip
    """Draw a spectrum with its fit and the fit's parts; ``marks`` are positions in x."""
    figure, (ax,) = plain()
    ax.plot(x, data, ".", color=style.DATA, ms=2.5, label=data_label)
    ax.plot(x, fitted, color=style.UNDOPED, lw=1.4, label=fit_label)
    for (name, part), colour in zip(parts.items(), COLOURS, strict=False):
        ax.plot(x, part, "--", color=colour, lw=1.0, label=name)
    for (name, at), line in zip((marks or {}).items(), (":", "-."), strict=False):
        ax.axvline(at, color=style.INK, ls=line, lw=0.9, label=name)
    ax.set_xlim(*((x.max(), x.min()) if falling else (x.min(), x.max())))
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_title(title, fontsize=7.5)
    ax.legend(loc="upper right", fontsize=6)
    return figure
