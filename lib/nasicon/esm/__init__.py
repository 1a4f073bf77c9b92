"""Electrochemical strain microscopy: read cubes and DART maps, fit every pixel, relaxation, draw.

>>> from nasicon import esm
>>> cube = esm.read("data/simulated/esm/gc-latp.npz")
>>> found = esm.fit(cube[:4, :4])
>>> found.attrs["pixels"], found.attrs["pixels_converged"]
(16, 16)
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_esm",
    "read_dart": "read_igor:read_dart",
    "read_relaxation": "read_text:read_relaxation",
    "fit": "fit_maps:fit_map",
    "usable": "fit_maps:usable",
    "report": "fit_maps:report",
    "invert_dart": "fit_dart:invert_dart",
    "fit_relaxation": "fit_decays:fit_relaxation",
    "fit_many": "fit_decays:fit_many",
    "describe": "fit_statistics:describe",
    "compare": "fit_statistics:compare",
    "read_any": "analysis:read_any",
    "analyse": "analysis:analyse",
    "analyse_relaxation": "analysis:analyse_relaxation",
    "draw": "draw_maps:maps",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
