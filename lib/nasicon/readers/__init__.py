"""Instrument files into tidy tables."""

from .eis import one_sweep, read_eis
from .masses import read_masses
from .micrograph import Micrograph, read_micrograph
from .names import temperature_from_name
from .text import ReaderError

__all__ = [
    "Micrograph",
    "ReaderError",
    "one_sweep",
    "read_eis",
    "read_masses",
    "read_micrograph",
    "temperature_from_name",
]
