"""Chemical formulas, weighed batches, densities.

>>> from nasicon import composition
>>> round(composition.molar_mass("Li1.3Al0.3Ti1.7(PO4)3"), 2)
383.4
>>> round(composition.theoretical_density(383.4, 6, composition.hexagonal_volume(8.5, 20.82)), 2)
2.93
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_weights:read_masses",
    "parse": "model_formulas:parse",
    "molar_mass": "model_formulas:molar_mass",
    "charge": "model_formulas:charge",
    "nasicon": "model_formulas:nasicon",
    "hexagonal_volume": "model_density:hexagonal_volume",
    "theoretical_density": "model_density:theoretical_density",
    "relative_density": "model_density:relative_density",
    "archimedes": "model_density:archimedes",
    "from_masses": "fit_batches:from_masses",
    "pellet_densities": "fit_batches:pellet_densities",
    "analyse": "analysis:analyse",
    "draw": "draw_batches:batch",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
