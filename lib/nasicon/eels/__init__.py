"""Electron energy loss: read spectra and images, background, onsets, edges, draw.

>>> from nasicon import eels
>>> spectrum = eels.read("data/simulated/eels/spectra/latp_no-boron.msa")
>>> energy, counts = spectrum["energy_loss_ev"].to_numpy(), spectrum.to_numpy()
>>> background = eels.fit_background(energy, counts, (108.0, 128.0))
>>> bool(1.0 < background["exponent"] < 6.0)
True
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_eels",
    "tidy": "read_files:tidy",
    "same_grid": "read_files:same_grid",
    "Beam": "model_edges:Beam",
    "Edge": "model_edges:Edge",
    "fit_background": "fit_losses:fit_background",
    "background_curve": "fit_losses:background_curve",
    "onset": "fit_losses:onset",
    "fit": "fit_losses:fit_edges",
    "three_maps": "fit_losses:three_maps",
    "detection_limit": "fit_losses:detection_limit",
    "analyse": "analysis:analyse",
    "analyse_edge": "analysis:analyse_edge",
    "draw": "draw_losses:losses",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
