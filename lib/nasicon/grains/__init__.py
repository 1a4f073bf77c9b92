"""Grain sizes from micrographs, and what boundaries make of them.

>>> from nasicon import grains
>>> round(grains.grains_to_tell(1.5, 0.4))  # crystals to count to tell a factor 1.5
25
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_micrographs:read_micrograph",
    "segment": "fit_sizes:segment",
    "measure": "fit_sizes:measure_grains",
    "compare_sizes": "fit_sizes:compare_sizes",
    "grains_to_tell": "model_grains:grains_to_tell",
    "brick_layer_conductivity": "model_grains:brick_layer_conductivity",
    "analyse": "analysis:analyse",
    "draw": "draw_grains:outlines",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
