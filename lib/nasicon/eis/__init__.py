"""Impedance spectra: read, test, fit equivalent circuits, label arcs, draw.

>>> from nasicon import eis, transport
>>> spectrum = eis.read("data/simulated/eis/spectra/gc-latp_025c.txt")
>>> found = eis.analyse(spectrum, transport.Pellet(thickness_mm=1.0, diameter_mm=10.0))
>>> list(found.table()["quantity"])
['bulk conductivity', 'grain boundary conductivity', 'total conductivity']
>>> figure = found.plot()  # a matplotlib figure; found.write("mine") puts all into a folder
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
    "analyse": "analysis:analyse",
    "analyse_series": "analysis:analyse_series",
    "by_sweep": "analysis:by_sweep",
    "relaxation_times": "fit_drt:relaxation_times",
    "draw": "draw_spectra:nyquist",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
