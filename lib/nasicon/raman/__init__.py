"""Raman spectra: read, take off the baseline, fit broad glass bands, draw.

>>> from nasicon import raman
>>> table = raman.read("data/simulated/raman/spectra/g-latp.txt")
>>> found = raman.fit(table)
>>> bool(found.result.converged)
True
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_raman",
    "baseline": "fit_bands:baseline",
    "Band": "fit_bands:Band",
    "analyse": "analysis:analyse",
    "bands_from_text": "analysis:bands_from_text",
    "lines": "analysis:lines",
    "fit": "fit_bands:fit_bands",
    "glass_share": "fit_bands:glass_share",
    "line_position": "fit_bands:line_position",
    "draw": "draw_bands:bands",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
