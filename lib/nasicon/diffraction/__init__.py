"""Powder diffraction: read patterns, fit whole patterns or single lines, name phases, draw.

>>> from nasicon import diffraction
>>> table = diffraction.read("data/simulated/diffraction/patterns/gc-latp.xy")
>>> peaks = diffraction.find_peaks(table)
>>> bool(peaks["two_theta_deg"].between(24.3, 24.8).any())  # the 113 line of LATP
True
"""

from nasicon.core.lazy import verbs

VERBS = {
    "read": "read_files:read_pattern",
    "find_peaks": "fit_widths:find_peaks",
    "fit_peaks": "fit_widths:fit_peaks",
    "scherrer_table": "fit_widths:scherrer_table",
    "williamson_hall": "fit_widths:williamson_hall",
    "Options": "model_pattern:Options",
    "axes": "model_pattern:axes",
    "Phase": "model_powder:Phase",
    "analyse": "analysis:analyse",
    "phase_from_cif": "analysis:phase_from_cif",
    "select": "fit_patterns:select",
    "fit": "fit_patterns:fit_pattern",
    "weight_fractions": "fit_patterns:weight_fractions",
    "cells": "fit_patterns:cells",
    "identify": "fit_phases:identify",
    "lines_of": "fit_phases:lines_of",
    "draw": "draw_patterns:patterns",
}
__all__ = list(VERBS)
__getattr__ = verbs(__name__, VERBS)
