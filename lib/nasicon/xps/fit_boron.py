"""What the B 1s window of a phosphate says about boron: P 2s lies in it.

Two readings of the same counts. *One line*: its distance from P 2p, free of the charge
reference, against the P 2s - P 2p spacing of phosphates. *Two lines*: P 2s held at that
spacing above P 2p, and a line for boron whose area may come out negative, so that "no boron"
is as possible an answer as any other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nasicon.xps.fit_regions import Peak, XpsFit, fit_region
from nasicon.xps.model_lines import PseudoVoigt, phosphate_spacing_ev

P2P_SPLITTING_EV = 0.87  # Thermo Fisher learning center, phosphorus
SPACING_ERROR_EV = 0.3
P_2S_EV = 191.0  # of phosphates, nearly
BORON_ABOVE_P2S_EV = 1.8  # of B 1s of borates, 192 to 193.5 eV
B_1S_EV = P_2S_EV + BORON_ABOVE_P2S_EV
LOWEST_WINDOW_EV = 187.0  # Ge 3s rises below


@dataclass(frozen=True)
class BoronWindow:
    """Result of :func:`boron_window`.

    Attributes
    ----------
    phosphorus, one_line, two_lines : XpsFit
    spacing_ev, spacing_stderr_ev : float
        Distance of the one line from the P 2p centroid; no charge reference in it.
    boron_share, stderr, systematic : float
        Share of boron in the area of the two lines (negative is possible); ``systematic`` is half
        of what a change of the spacing by its error, either way, does to it.
    """

    phosphorus: XpsFit
    one_line: XpsFit
    two_lines: XpsFit
    spacing_ev: float
    spacing_stderr_ev: float
    boron_share: float
    stderr: float
    systematic: float

    @property
    def detected(self) -> bool:
        """Whether boron stands three combined errors above zero."""
        return self.boron_share > 3 * float(np.hypot(self.stderr, self.systematic))


def boron_window(
    p2p: pd.DataFrame,
    window: pd.DataFrame,
    *,
    spacing_error_ev: float = SPACING_ERROR_EV,
) -> BoronWindow:
    """Read the P 2p region and the B 1s window of one sample together.

    Parameters
    ----------
    p2p, window : DataFrame
        Regions with ``binding_energy_ev`` and ``intensity_*``, on the *same* charge reference.
    spacing_error_ev : float
        Of P 2s - P 2p (centroid), which is that of phosphates with P-O of 153 pm.

    Raises
    ------
    ValueError
        A region does not hold the line it should (often: kinetic instead of binding energies).
    """
    expected = float(phosphate_spacing_ev())
    doublet = {"splitting_ev": P2P_SPLITTING_EV, "ratio": 0.5}
    phosphorus = fit_region(p2p, [Peak("P 2p", (130.0, 137.0), (0.8, 3.5), **doublet)])
    centroid = phosphorus.position_ev("P 2p") + P2P_SPLITTING_EV / 3
    window_ev = (LOWEST_WINDOW_EV, float(window["binding_energy_ev"].max()))
    options = {"window_ev": window_ev, "slope": True}
    shape = PseudoVoigt(0.5)
    one = fit_region(window, [Peak("line", (188.5, 195.0), (1.0, 5.0), shape)], **options)
    error = np.hypot(
        one.result.stderr[one.result.index("line_position")],
        phosphorus.result.stderr[phosphorus.result.index("P_2p_position")],
    )
    width = phosphorus.fwhm_ev("P 2p")  # both are as wide as the instrument and disorder make them
    fits = {}
    for shift in (-spacing_error_ev, 0.0, spacing_error_ev):
        p2s = centroid + expected + shift
        fits[shift] = fit_region(
            window,
            [
                Peak("P 2s", (p2s, p2s), (1.0, 5.0), shape),
                Peak("B 1s", (p2s + BORON_ABOVE_P2S_EV,) * 2, (width,) * 2, signed=True),
            ],
            **options,
        )
    share = {shift: fit.share("B 1s")[0] for shift, fit in fits.items()}
    value, stderr = fits[0.0].share("B 1s")
    return BoronWindow(
        phosphorus,
        one,
        fits[0.0],
        one.position_ev("line") - centroid,
        float(error),
        value,
        stderr,
        abs(share[spacing_error_ev] - share[-spacing_error_ev]) / 2,
    )
