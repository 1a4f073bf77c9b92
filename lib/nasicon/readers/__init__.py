"""Instrument files into tidy tables."""

from .eels import read_eels
from .eis import one_sweep, read_eis
from .names import temperature_from_name
from .text import ReaderError
from .xps import one_region, read_xps

__all__ = [
    "ReaderError",
    "one_region",
    "one_sweep",
    "read_eels",
    "read_eis",
    "read_xps",
    "temperature_from_name",
]
