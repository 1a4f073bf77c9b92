"""Impedance spectra: read, test, fit equivalent circuits, label arcs, draw.

>>> from nasicon import eis
>>> spectrum = eis.one_sweep(eis.read("data/simulated/eis/spectra/gc-latp_025c.txt"))
>>> found = eis.analyse(spectrum, "L0-R1-(R2||CPE2)-CPE3", thickness_mm=1.0, diameter_mm=10.0)
>>> list(found.sample_arcs["label"])
['bulk', 'grain boundary']
>>> figure = eis.draw({"GC-LATP": found}, evidence="simulated")  # a matplotlib figure
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_eis",
    "one_sweep": "read_files:one_sweep",
    "test": "fit_consistency:kramers_kronig",
    "fit": "fit_circuits:fit_circuit",
    "fit_series": "fit_circuits:fit_series",
    "choose_circuit": "fit_circuits:choose_circuit",
    "arcs": "fit_arcs:arc_table",
    "analyse": "fit_pellets:analyse",
    "analyse_series": "fit_pellets:analyse_series",
    "relaxation_times": "fit_drt:relaxation_times",
    "draw": "draw_spectra:nyquist",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
