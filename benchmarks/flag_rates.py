"""False alarms, misses and coverage of relaxation and energy loss.

``python -m benchmarks.flag_rates`` writes ``benchmarks/trust/{esm,eels}.csv``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from nasicon import eels
from nasicon.eels.fit_losses import design_matrix
from nasicon.esm.fit_decays import fit_relaxation

SEED = 611
OUT = Path(__file__).parent / "trust"
COLUMNS = ["technique", "what", "value_percent", "draws", "seed"]


def relaxation(draws: int = 300) -> list[tuple]:
    """Coverage of a time constant under noise whose neighbours share 0, 60 and 90 %."""
    rng, t, rows = np.random.default_rng(SEED), np.arange(1, 181) * 0.02, []
    for share in (0.0, 0.6, 0.9):
        inside = 0
        for _ in tqdm(range(draws), desc=f"relaxation {share:g}"):
            noise = np.zeros(t.size + 200)
            for i, white in enumerate(rng.normal(size=noise.size)[1:], start=1):
                noise[i] = share * noise[i - 1] + white
            noise = 0.25 * np.sqrt(1 - share**2) * noise[200:]
            fit = fit_relaxation(t, 8 + 3 * np.exp(-t / 0.4) + noise)
            inside += bool(fit.ci_low[1] <= 0.4 <= fit.ci_high[1])
        what = f"coverage, relaxation time, neighbours share {100 * share:.0f} % of the noise"
        rows.append(("strain microscopy", what, 100 * inside / draws, draws, SEED))
    return rows


def losses(side: int = 30) -> list[tuple]:
    """Misfit of edges that are all in the model, and of a model without one."""
    rng, energy = np.random.default_rng(SEED), np.arange(155.0, 240.0, 0.5)
    beam = eels.Beam(60e3, 0.0249)
    boron = eels.Edge("B K", 196.5, 1.40, 2.14, 2.0, 198.5, 6.0, 3.0)
    phosphorus = eels.Edge("P L1", 193.4, 0.348, 1.35, 3.0)
    matrix = design_matrix(energy, [boron, phosphorus], beam, 1e9)[1]
    counts = rng.poisson(matrix @ np.array([1500.0, 300.0, 3e4, 2e4]), (side, side, energy.size))
    rows = []
    for what, edges in (
        ("misfit, false alarms, both edges in the model", [boron, phosphorus]),
        ("misfit, flagged, boron left out", [phosphorus]),
    ):
        fit = eels.fit(energy, counts, edges, beam, electrons=1e9)
        rows.append(("energy loss", what, 100 * float(fit.misfit.mean()), side * side, SEED))
    return rows


def main() -> None:
    """Run all and write their rates."""
    for name, rows in (("esm", relaxation()), ("eels", losses())):
        table = pd.DataFrame(rows, columns=COLUMNS).round({"value_percent": 2})
        table.to_csv(OUT / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
