"""The ledger: every claim and every consistency check with a verdict.

``build()`` judges; ``depends_on_intervals()`` says which verdicts rest on the
assumed experimental intervals. Rules in :mod:`nasicon.ledger.verdict`, one
function per check in the ``checks_*`` modules, which check decides which claim
in :mod:`nasicon.ledger.claims`.
"""

from nasicon.ledger.build import COLUMNS, build, depends_on_intervals
from nasicon.ledger.sensitivity import assumptions_used, sensitivity

__all__ = ["COLUMNS", "assumptions_used", "build", "depends_on_intervals", "sensitivity"]
