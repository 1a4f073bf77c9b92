"""Numbers that a table states twice: a column that two others make by arithmetic."""

from collections.abc import Mapping, Sequence
from itertools import permutations

import numpy as np

from nasicon.core.tables import NOT_MEASURED
from nasicon.core.text import half_digit, is_number, parse_number

OFF = 0.005  # relative: more than a second weighing or a rounding on the way
FEWEST = 3  # rows that keep a relation, for each that breaks it: no accident


def broken(columns: Mapping[str, Sequence[str]], rows: Sequence[str]) -> str:
    """Say which row breaks a sum or a product of columns that the others keep to rounding.

    A difference or a quotient is the same relation; a product may hold a power of ten (units).
    ``columns`` are names and cells as written, ``rows`` what the rows are called.
    """
    numbers = {}
    for name, cells in columns.items():
        mark = "," if any("," in cell for cell in cells) else "."
        if all(is_number(cell, mark) for cell in cells) and not NOT_MEASURED.search(name):
            numbers[name] = np.array([(parse_number(c, mark), half_digit(c)) for c in cells]).T
    for left, right, name in permutations(list(numbers)[:8], 3):
        (a, da), (b, db), (c, dc) = numbers[left], numbers[right], numbers[name]
        usual = abs(np.median(c)), abs(np.median(a * b))
        scale = 10.0 ** round(np.log10(usual[0] / usual[1])) if all(usual) else 0.0
        added = "+", a + b, da + db, np.minimum(abs(a), abs(b)) > da + db  # a zero says nothing
        times = "x", scale * a * b, scale * (da * abs(b) + db * abs(a)), True
        for sign, made, slack, telling in (added, times):
            off, slack = abs(made - c), slack + dc
            kept = (off <= 1.001 * slack) & (slack < OFF * abs(c)) & telling
            wrong = np.flatnonzero(off > np.maximum(FEWEST * slack, OFF * abs(c)))
            if not wrong.size or kept.sum() < FEWEST * wrong.size:
                continue
            if sign == "+" or (np.ptp(a[kept]) and np.ptp(b[kept])):  # nor a constant factor
                at = wrong[0]
                return (
                    f"{name!r} is {left!r} {sign} {right!r} in {kept.sum()} rows, and in that of "
                    f"{rows[at]} it is {c[at]:.5g} where they make {made[at]:.5g}: correct one "
                    "of the three"
                )
    return ""
