"""Instrument files into tidy tables.

>>> from nasicon.readers import read_eis, read_pattern, read_nmr

A reader's module is loaded when its function is first asked for: an impedance notebook does
not wait for what a map or a diffraction pattern needs.
"""

from __future__ import annotations

from importlib import import_module

from .text import ReaderError

_WHERE = {
    "Micrograph": "micrograph",
    "one_region": "xps",
    "one_sweep": "eis",
    "read_cycling": "cycling",
    "read_eels": "eels",
    "read_eis": "eis",
    "read_esm": "esm",
    "read_masses": "masses",
    "read_micrograph": "micrograph",
    "read_nmr": "nmr",
    "read_pattern": "diffraction",
    "read_raman": "raman",
    "read_xps": "xps",
    "temperature_from_name": "names",
}
__all__ = ["ReaderError", *_WHERE]


def __getattr__(name: str) -> object:
    """Load a reader on first use (PEP 562)."""
    if name not in _WHERE:
        raise AttributeError(f"nasicon.readers has no {name!r}; there are {', '.join(__all__)}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
