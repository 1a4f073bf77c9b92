"""The ledger: every claim and every consistency check with a verdict.

A check is a row of ``data/published/checks.csv``: inputs, a formula (a plain function in one
of the modules here, its docstring the equation), what it is held against, and in
``readings.csv`` a sentence for every status it can reach. ``engine`` computes,
``verdict.judge`` judges, ``words`` says it, ``build`` assembles.
"""

from compendium.ledger.build import COLUMNS, build, depends_on_intervals
from compendium.ledger.sensitivity import assumptions_used, sensitivity

__all__ = ["COLUMNS", "assumptions_used", "build", "depends_on_intervals", "sensitivity"]
