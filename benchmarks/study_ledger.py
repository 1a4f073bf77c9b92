"""Every input of the ledger over its whole domain: which verdicts turn, and how often."""

from __future__ import annotations

from collections import Counter

import numpy as np

from compendium import published
from compendium.ledger.build import verdicts
from compendium.ledger.sensitivity import domain, moved_rows, numeric_inputs
from compendium.recover.settle import rates

STEPS = 25
TRUTHS = 60  # simulated specimens a quantity, five times those of the chain


def study() -> None:
    """Sweep every input alone, and settle simulated truths by every criterion."""
    facts = published.facts()
    base, turned, moves = verdicts(facts), Counter(), 0
    for claim_id in numeric_inputs(facts):
        for value in np.linspace(*domain(facts.claim(claim_id)), STEPS):
            for key, verdict in moved_rows(facts, base, claim_id, float(value)).items():
                moves += 1
                turned[key] += verdict.status != base[key].status
    print(f"{moves} rows judged again, {sum(turned.values())} with another status")
    print("turned most often:", turned.most_common(10))
    never = sorted(row_id for (kind, row_id), n in turned.items() if kind == "check" and not n)
    print(f"{len(never)} checks that no single input turns: {', '.join(never)}")
    table = rates(np.random.default_rng(1), TRUTHS)
    print(table.drop(columns="draws").to_string(index=False))
