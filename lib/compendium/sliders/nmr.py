"""Sliders of NMR."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from compendium.sliders import SEED, draw, value_text
from compendium.sliders.explore import Slider, movable
from nasicon.nmr import fit_lines


@movable(
    delta_ppm=Slider(0, 25, 17, "δ(iso) (ppm)"),
    cq_mhz=Slider(0.2, 4.0, 2.6, "C_Q (MHz)"),
    eta=Slider(0, 1, 0.2, "η"),
    larmor_mhz=Slider(96, 320, 192, "¹¹B frequency (MHz)"),
    noise_percent=Slider(0.2, 20, 2, "noise (%)", logarithmic=True),
)
def quadrupolar_line(
    delta_ppm: float, cq_mhz: float, eta: float, larmor_mhz: float, noise_percent: float
) -> Figure:
    """Centre band of a BO3 site and its fit: the maximum is not the isotropic shift."""
    rng = np.random.default_rng(SEED)
    ppm = np.linspace(-40.0, 40.0, 321)
    site = {"delta": delta_ppm, "fwhm": 1.5, "area": 1.0, "cq": cq_mhz, "eta": eta}
    shape = fit_lines.line_shape(ppm, **site, larmor_mhz=larmor_mhz)
    data = shape / shape.max() + noise_percent / 100 * rng.normal(size=ppm.size)
    table = pd.DataFrame({"shift_ppm": ppm, "intensity": data})
    wanted = [fit_lines.Site("BO3", (-35.0, 25.0))]
    fitted = fit_lines.fit_sites(table, wanted, larmor_mhz=larmor_mhz, spin=1.5)
    top = float(ppm[shape.argmax()])
    cq = value_text(fitted.result, "BO3_cq", "MHz")
    title = (
        f"maximum at {top:.1f} ppm; fit gives δ(iso) "
        f"{value_text(fitted.result, 'BO3_delta', 'ppm')},\nC_Q {cq}"
    )
    look = {"xlabel": "¹¹B shift (ppm)", "title": title, "falling": True}
    look |= {"marks": {"isotropic": delta_ppm, "maximum": top}}
    curve = fitted.component("BO3") + fitted.baseline()
    return draw.spectrum(fitted.ppm, fitted.intensity, curve, {}, **look)
