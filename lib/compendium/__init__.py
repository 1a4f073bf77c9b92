"""Two papers on NASICON electrolytes on top of :mod:`nasicon`: facts, ledger, simulations, runs."""
