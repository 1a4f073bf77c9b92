"""Fit results in, matplotlib figures out: nothing is fitted here."""
