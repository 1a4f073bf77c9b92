"""Conductivity against temperature: geometry, activation energies, processes in series.

>>> from nasicon import transport
>>> celsius = [25.0, 60.0, 100.0]
>>> sigma = transport.arrhenius(celsius, 1e-4, 0.3)  # S cm-1, pinned at 25 degC
>>> line = transport.fit(celsius, sigma, convention="sigma")
>>> round(line["activation_energy_ev"], 4)
0.3
"""

from nasicon.core.lazy import verbs

VERBS = {
    "Pellet": "model_conduction:Pellet",
    "analyse": "analysis:analyse",
    "read": "read_conductivities:read_conductivities",
    "listed": "read_conductivities:listed",
    "note_geometry": "read_geometry:note_geometry",
    "temperatures": "read_temperature:temperatures",
    "temperature_from_name": "read_temperature:temperature_from_name",
    "arrhenius": "model_conduction:arrhenius",
    "geometric_factor_per_cm": "model_conduction:geometric_factor_per_cm",
    "resistance": "model_conduction:resistance",
    "conductivity": "fit_temperature:conductivity",
    "fit": "fit_temperature:fit_arrhenius",
    "series_model": "model_series:series_model",
    "fit_spectra": "fit_series:fit_spectra",
    "disagreements": "fit_series:disagreements",
    "released": "fit_series:released",
    "compare": "fit_rivals:compare",
    "compare_boundaries": "fit_rivals:compare_boundaries",
    "bootstrap": "fit_rivals:bootstrap",
    "allowed_truths": "model_series:allowed_truths",
    "draw_joint": "draw_series:joint_spectra",
    "percentile": "fit_literature:percentile",
    "meyer_neldel": "fit_literature:meyer_neldel",
    "draw": "draw_arrhenius:arrhenius_plot",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
