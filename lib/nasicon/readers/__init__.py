"""Instrument files into tidy tables."""

from .eis import one_sweep, read_eis
from .names import temperature_from_name
from .nmr import read_nmr
from .raman import read_raman
from .text import ReaderError

__all__ = [
    "ReaderError",
    "one_sweep",
    "read_eis",
    "read_nmr",
    "read_raman",
    "temperature_from_name",
]
