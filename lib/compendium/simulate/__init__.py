"""Instrument-like files made from printed numbers and declared assumptions, truth kept apart."""
