"""Behind the sliders: one simulated measurement from the values chosen, its fit, the figure.

One module per technique. Every function takes what a reader moves and returns a figure whose
title says what the fit gives back. The noise is the same at every move, so that only the
moved thing changes. Nothing here enters a result.
"""

import numpy as np

from nasicon.core.result import FitResult

SEED = 1


def value_text(result: FitResult, name: str, unit: str = "") -> str:
    """``63 ± 5 Ω``, or the word for a value that cannot be had."""
    if flags := result.flags(name):
        return ", ".join(flags).replace("_", " ")
    error = float(result.stderr[result.index(name)])
    digits = max(0, 1 - int(np.floor(np.log10(error)))) if error > 0 else 3
    return f"{result[name]:.{digits}f} ± {error:.{digits}f} {unit}".strip()
