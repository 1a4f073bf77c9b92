"""Instrument files into tidy tables."""

from .cycling import read_cycling
from .eis import one_sweep, read_eis
from .names import temperature_from_name
from .text import ReaderError

__all__ = ["ReaderError", "one_sweep", "read_cycling", "read_eis", "temperature_from_name"]
