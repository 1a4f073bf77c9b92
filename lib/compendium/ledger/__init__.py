"""The ledger: every claim and every consistency check with a verdict.

``build()`` judges; ``depends_on_intervals()`` says which verdicts rest on the
assumed experimental intervals. Rules in :mod:`compendium.ledger.verdict`, one
function per check in the ``checks_*`` modules, which check decides which claim
in :mod:`compendium.ledger.claims`.
"""

from compendium.ledger.build import COLUMNS, build, depends_on_intervals
from compendium.ledger.sensitivity import assumptions_used, sensitivity

__all__ = ["COLUMNS", "assumptions_used", "build", "depends_on_intervals", "sensitivity"]
