"""What the position of a quadrupolar line says about its isotropic shift."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nasicon.nmr import model_lines
from nasicon.nmr.fit_lines import line_shape

#: C_Q (MHz) and eta of planar boron, the usual pair first.
COUPLINGS = tuple((cq, eta) for cq in (2.6, 2.4, 2.8) for eta in (0.2, 0.0, 0.5))
WIDTHS_PPM = (1.0, 3.0)  # of lines whose maximum may have been read off


def displacement_ppm(larmor_mhz: float, fwhm_ppm: float | None) -> tuple[float, float, float]:
    """Isotropic shift minus apparent position: lowest, usual, highest of `COUPLINGS`, in ppm.

    Parameters
    ----------
    larmor_mhz : float
    fwhm_ppm : float or None
        Gaussian width of a line whose *maximum* was read off; None where the position is the
        centre of gravity.
    """
    x, found = np.arange(-40.0, 20.0, 0.02), []
    for cq, eta in COUPLINGS:
        if fwhm_ppm is None:
            found.append(-float(model_lines.second_order_shift_ppm(cq, eta, larmor_mhz)))
            continue
        y = line_shape(x, delta=0, fwhm=fwhm_ppm, area=1, cq=cq, eta=eta, larmor_mhz=larmor_mhz)
        found.append(-float(x[np.argmax(y)]))
    return min(found), found[0], max(found)


def implied_shifts(positions_ppm: dict[str, float], larmor_mhz: float) -> pd.DataFrame:
    """Isotropic shifts that apparent positions imply, read as centre of gravity or as maximum.

    Returns
    -------
    DataFrame
        ``sample, reading, printed_ppm, low, middle, high``.
    """
    readings = {"centre of gravity": None} | {f"maximum, FWHM {w:g} ppm": w for w in WIDTHS_PPM}
    rows = [
        (name, reading, position, *(position + d for d in displacement_ppm(larmor_mhz, width)))
        for reading, width in readings.items()
        for name, position in positions_ppm.items()
    ]
    columns = ["sample", "reading", "printed_ppm", "low", "middle", "high"]
    return pd.DataFrame(rows, columns=columns)
