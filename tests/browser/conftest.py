"""JupyterLab and Chromium for every test here."""

from test_lab import browser, lab

__all__ = ["browser", "lab"]
