"""Tidy table in, fit result out: no files, no plots, no knowledge of the papers."""
