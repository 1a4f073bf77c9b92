"""What the Raman analysis makes of simulated spectra whose truth is known.

``python -m compendium.recover.raman`` writes to ``data/simulated/raman_recovery/``:

``ratios.csv``
    Area ratio TiO4/TiO6 with boron over without, glasses and glass-ceramics, with and
    without an effect of boron.
``shares.csv``
    Glass share of a ceramic against its truth, and the detection limit of each spectrum.
"""

from itertools import product

import numpy as np
import pandas as pd

from compendium.recover import Rows, command_line, tabled, trials
from compendium.simulate import raman as simulate
from nasicon.raman import fit_bands

SEED = 532532
DRAWS = 150
SHARES = (0.0, 0.03, 0.07, 0.12)


def table(counts: np.ndarray) -> pd.DataFrame:
    """Return a recorded spectrum as the reader would."""
    return pd.DataFrame({"raman_shift_cm1": simulate.axis(), "intensity": counts})


@tabled("kind hypothesis draw truth estimate ci_low ci_high")
def recover_ratios(rng: np.random.Generator, total: int = DRAWS) -> Rows:
    """Change of the area ratio with boron, one spectrum of each sample."""
    cases = product(("G", "GC"), ("trend", "no effect"))
    for (kind, hypothesis), draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, cases):
        if hypothesis == "no effect":
            assumed["boron_factor"] = 1.0
        found = []
        for b in ("B", ""):
            share = simulate.amorphous_share(f"{kind}-LAT{b}P")
            counts = simulate.record(assumed, share, bool(b), rng)
            found.append(fit_bands.fit_bands(table(counts)).ratio())
        (with_boron, low_b, high_b), (without, low, high) = found
        spread = np.hypot(np.log(high_b / low_b), np.log(high / low)) / 2
        change = with_boron / without
        row = (kind, hypothesis, draw, assumed["boron_factor"], change)
        yield (*row, change * np.exp(-spread), change * np.exp(spread))


@tabled("truth draw estimate ci_low ci_high limit")
def recover_shares(rng: np.random.Generator, total: int = DRAWS) -> Rows:
    """Glass share of a ceramic from the bands of the boron-bearing glass, own focus each."""
    focus = next(a for a in simulate.ASSUMPTIONS if a.name == "focus")
    for truth, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, SHARES):
        ceramic = {**assumed, "focus": float(focus.draw(rng, 1)[0])}
        glass = fit_bands.fit_bands(table(simulate.record(assumed, 1.0, True, rng)))
        found = fit_bands.glass_share(table(simulate.record(ceramic, truth, True, rng)), glass)
        yield truth, draw, found.share, *found.interval, found.limit


STUDIES = {"ratios": recover_ratios, "shares": recover_shares}

if __name__ == "__main__":
    command_line("raman", STUDIES, SEED)
