"""Coverage of activation energies: ``python -m benchmarks.study transport``."""

from __future__ import annotations

import numpy as np
from tqdm import tqdm

from benchmarks import trust
from nasicon.transport.fit_temperature import fit_arrhenius
from nasicon.transport.model_conduction import arrhenius

DRAWS, SEED = 1000, 273
ENERGY_EV, SCATTER = 0.35, 0.03
TEMPERATURES_C = {
    4: np.linspace(25, 100, 4),
    6: np.linspace(25, 125, 6),
    12: np.linspace(-20, 200, 12),
}


def coverage(
    count: int, scatter: float, carried_k: float, stated_k: float, relative: bool, draws: int
) -> float:
    """Per cent of 95 % intervals of the activation energy that hold it."""
    t, rng, hits = TEMPERATURES_C[count], np.random.default_rng(SEED), 0
    for _ in tqdm(range(draws), desc=f"{count} temperatures", unit="fit"):
        sigma = arrhenius(t + rng.normal(0, carried_k or 1e-12, t.size), 1e-4, ENERGY_EV)
        sigma = sigma * np.exp(rng.normal(0, scatter or 1e-9, t.size))
        errors = np.full(t.size, scatter) if relative else None
        found = fit_arrhenius(t, sigma, errors, temperature_error_k=stated_k)
        i = found.index("activation_energy_ev")
        hits += found.ci_low[i] <= ENERGY_EV <= found.ci_high[i]
    return 100 * hits / draws


def study(draws: int = DRAWS) -> None:
    """Print and keep the coverage of every case."""
    cases = {
        "nothing stated, scatter 3 %": (SCATTER, 0.0, 0.0, False),
        "errors of 3 % stated and true": (SCATTER, 0.0, 0.0, True),
        "1 K stated and in the temperatures, scatter 3 % stated": (SCATTER, 1.0, 1.0, True),
        "1 K stated, scatter of 3 % stated alone (over-covers)": (SCATTER, 0.0, 1.0, True),
        "1 K in the temperatures, nothing stated": (SCATTER, 1.0, 0.0, False),
    }
    table = trust.rows(
        (
            "transport",
            f"coverage of Ea, {count} temperatures, {what}",
            coverage(count, *case, draws),
            draws,
            SEED,
        )
        for what, case in cases.items()
        for count in TEMPERATURES_C
    )
    print(table.to_string(index=False, float_format="%.3g"))
    trust.write("transport", table)
