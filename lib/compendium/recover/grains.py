"""How many crystals must be counted to tell two grain sizes apart.

``python -m compendium.recover.grains`` writes to ``data/simulated/grains_recovery/``:

``detection.csv``
    For every true ratio of sizes (one is the null), width and number of counted sections: how
    often the two samples are told apart, and the ratio found.
"""

import itertools

import numpy as np
from tqdm import tqdm

from compendium import published
from compendium.recover import Rows, command_line, tabled
from compendium.simulate import grains as simulate
from compendium.simulate.assumptions import draws
from nasicon.grains.fit_sizes import compare_sizes

SEED = 227574
REPLICATES = 250
COUNTS = (5, 10, 20, 50, 100, 200, 500, 1000)
WIDTHS = (0.2, 0.5, 0.8)


@tabled()
def recover_detection(rng: np.random.Generator, total: int = REPLICATES) -> Rows:
    """Compare ``total`` pairs of counts for each ratio, width and number."""
    old = simulate.pristine_nm()
    ratios = (1.0, 1.1, 1.3, round(published.claim("B-sem-b").number / old, 3))
    cases = list(itertools.product(ratios, WIDTHS, COUNTS))
    for ratio, width, count in tqdm(cases, desc="grains", unit="case"):
        found = []
        for assumed in draws(simulate.ASSUMPTIONS, rng, total):
            assumed = {**assumed, "log_width": width}
            pair = [
                simulate.section_diameters(size, count, assumed, rng) for size in (ratio * old, old)
            ]
            found.append(compare_sizes(*pair))
        values = np.array([f.value for f in found])
        low, middle, high = np.quantile(values, [0.025, 0.5, 0.975])
        yield {
            "ratio": ratio,
            "log_width": width,
            "count": count,
            "told_apart": np.mean([f.told_apart for f in found]),
            "covered": np.mean([f.low <= ratio <= f.high for f in found]),
            "estimate_low": low,
            "estimate": middle,
            "estimate_high": high,
        }


STUDIES = {"detection": recover_detection}

if __name__ == "__main__":
    command_line("grains", STUDIES, SEED)
