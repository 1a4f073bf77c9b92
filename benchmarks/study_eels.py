"""Coverage, false alarms and misses of energy loss: ``python -m benchmarks.study eels``.

Rates go to ``benchmarks/trust/eels.csv``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks import trust
from nasicon import eels
from nasicon.eels.fit_losses import design_matrix, edge_table

SEED = 611


def losses(side: int = 32) -> list[tuple]:
    """Coverage of densities, with boron and without; misfit of right and of wrong edges."""
    rng, energy = np.random.default_rng(SEED), np.arange(155.0, 240.0, 0.5)
    beam, technique, rows = eels.Beam(60e3, 0.0249), "energy loss", []
    boron = eels.Edge("B K", 196.5, 1.40, 2.14, 2.0, 198.5, 6.0, 3.0)
    phosphorus = eels.Edge("P L1", 193.4, 0.348, 1.35, 3.0)
    near = eels.Edge("P L1", 193.4, 0.348, 1.35, 3.0, 194.9, 1.5, 3.0)

    def counts(edge: eels.Edge, density: float) -> np.ndarray:
        matrix = design_matrix(energy, [boron, edge], beam, 1e9)[1]
        expected = matrix @ np.array([density, 300.0, 3e4, 2e4])
        return rng.poisson(expected, (side, side, energy.size))

    def told(data: np.ndarray, edges: list) -> list[pd.DataFrame]:
        return [
            edge_table(eels.fit(energy, one, edges, beam, electrons=1e9)).set_index("edge")
            for one in tqdm(data.reshape(-1, energy.size), desc="losses")
        ]

    for density in (1500.0, 20.0, 0.0):
        tables = told(counts(phosphorus, density), [boron, phosphorus])
        inside = [
            t.loc[name, "ci_low"] <= true <= t.loc[name, "ci_high"]
            for t in tables
            for name, true in (("B K", density), ("P L1", 300.0))
        ]
        what = f"coverage, both densities, {density:g} B per nm2"
        rows.append((technique, what, 100 * np.mean(inside), len(tables), SEED))
    for what, edge, density, edges in (
        ("misfit, false alarms: both edges in the model", phosphorus, 1500.0, [boron, phosphorus]),
        ("misfit, flagged: boron left out", phosphorus, 1500.0, [phosphorus]),
        ("misfit, flagged: a near-edge peak of P L1 left out", near, 0.0, [boron, phosphorus]),
    ):
        fit = eels.fit(energy, counts(edge, density), edges, beam, electrons=1e9)
        off = np.abs(fit.value(edges[0].name) - (density if len(edges) > 1 else 300.0))
        size = np.median(off / fit.error(edges[0].name))
        note = f" (off by {size:.2g} standard errors, residual "
        note += f"{np.sqrt(np.median(fit.reduced_chi2)):.3g} times the noise)"
        rows.append((technique, what + note, 100 * float(fit.misfit.mean()), side * side, SEED))
    return rows


def study() -> None:
    """Print the rates and keep them."""
    table = trust.rows(losses())
    print(table.to_string(index=False, float_format="%.3g"))
    trust.write("eels", table)
