"""Sliders of Raman spectra."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from compendium.sliders import SEED, draw
from compendium.sliders.explore import Slider, movable
from nasicon.raman import fit_bands
from nasicon.raman.model_bands import gaussian

SHIFTS_CM1 = np.arange(520.0, 861.0)
FWHM_CM1 = 80.0  # of both bands


@movable(
    tio4_per_tio6=Slider(0.05, 4, 1.5, "TiO₄ per TiO₆"),
    slope=Slider(-3, 3, 0.5, "background slope"),
    counts=Slider(10, 1e4, 1000, "counts of TiO₆", logarithmic=True),
)
def titania_bands(tio4_per_tio6: float, slope: float, counts: float) -> Figure:
    """TiO6 and TiO4 bands of a glass over a sloping background, counted, and their fit.

    ``slope`` is the background's rise over the window in units of the TiO6 band's height,
    ``counts`` that height.
    """
    rng = np.random.default_rng(SEED)
    x = SHIFTS_CM1
    unit = gaussian(600.0, 600.0, FWHM_CM1)
    bands = gaussian(x, 600.0, FWHM_CM1)
    bands = bands + tio4_per_tio6 * gaussian(x, 750.0, FWHM_CM1)
    level = 1.0 + slope * (x - x[0]) / np.ptp(x) - min(slope, 0.0)
    data = rng.poisson(counts * (bands / unit + level)).astype(float)
    fitted = fit_bands.fit_bands(pd.DataFrame({"raman_shift_cm1": x, "intensity": data}))
    ratio, low, high = fitted.ratio()
    flags = fitted.flags()
    what = f"fit gives TiO4/TiO6 {ratio:.2f} (95 %: {low:.2f} to {high:.2f})"
    what = f"the fit cannot tell ({', '.join(flags)})" if flags else what
    title = f"true ratio {tio4_per_tio6:.2f}; {what}"
    parts = {n: fitted.component(n) + fitted.baseline for n in ("TiO6", "TiO4")}
    total = fitted.component("TiO6") + fitted.component("TiO4") + fitted.baseline
    look = {"xlabel": "Raman shift (cm⁻¹)", "title": title}
    parts |= {"background": fitted.baseline}
    return draw.spectrum(fitted.x, fitted.intensity, total, parts, **look)
