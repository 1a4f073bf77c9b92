"""Photoemission: read regions, fit peaks with an active background, draw.

>>> from nasicon import xps
>>> table = xps.read("data/simulated/xps/spectra/b2o3-bi2o3-lagp_no-boron.vms")
>>> region = xps.one_region(table, "Ge 3d")
>>> found = xps.fit(region, [xps.Peak("Ge 3d", (31.0, 34.0), (0.8, 2.5))])
>>> bool(31.0 < found.result["Ge_3d_position"] < 34.0)  # eV
True
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_xps",
    "one_region": "read_files:one_region",
    "Peak": "model_region:Peak",
    "PseudoVoigt": "model_lines:PseudoVoigt",
    "fit": "fit_regions:fit_region",
    "boron_window": "fit_boron:boron_window",
    "analyse": "analysis:analyse",
    "peaks_from_text": "analysis:peaks_from_text",
    "draw": "draw_regions:regions",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
