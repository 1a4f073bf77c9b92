"""Thin library behind the NASICON solid-electrolyte compendium."""

__version__ = "0.1.0"
