"""Measurements of ceramic electrolytes: read, fit, draw; one package per technique.

>>> from nasicon import eis
>>> table = eis.read("data/simulated/eis/spectra/gc-latp_025c.txt")
>>> list(table)
['sweep', 'frequency_hz', 'z_real_ohm', 'z_imag_ohm']

Each package names its verbs in its own docstring: `eis`, `transport`, `diffraction`, `nmr`,
`raman`, `xps`, `eels`, `esm`, `cycling`, `composition`, `grains`; `core` is what they share.
"""

__version__ = "0.2.0"
