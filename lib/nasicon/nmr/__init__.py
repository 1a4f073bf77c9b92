"""Solid-state NMR under magic-angle spinning: read, fit sites and mixtures, draw.

>>> from nasicon import nmr
>>> table = nmr.read("data/simulated/nmr/spectra/gc-latp_31p.dx")
>>> table.attrs["nucleus"]
'31P'
>>> found = nmr.fit(table, [nmr.Site("P", (-40, -15), cq_mhz=0.0)])
>>> bool(found.result.converged)
True
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_nmr",
    "Site": "fit_lines:Site",
    "analyse": "analysis:analyse",
    "sites_from_text": "analysis:sites_from_text",
    "fit": "fit_lines:fit_sites",
    "line_shape": "fit_lines:line_shape",
    "fit_mixture": "fit_mixtures:fit_mixture",
    "third_site": "fit_mixtures:third_site",
    "implied_shifts": "fit_shifts:implied_shifts",
    "draw": "draw_spectra:sites",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
