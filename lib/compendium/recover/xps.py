"""What the photoemission analysis makes of simulated spectra.

``python -m compendium.recover.xps`` writes to ``data/simulated/xps_recovery/``:

``boron.csv``
    The B 1s window read as one line and as two, with all of the added boron, with none of it,
    and with any ratio between.
``bismuth.csv``
    Distance of the two Bi 4f doublets against the truth.
"""

import numpy as np
from tqdm import tqdm

from compendium import reference
from compendium.recover import Rows, command_line, tabled, trials
from compendium.simulate import assumptions
from compendium.simulate import xps as simulate
from nasicon.xps.fit_boron import boron_window
from nasicon.xps.fit_regions import Peak, fit_region
from nasicon.xps.model_lines import boron_share

DRAWS = 40
SEED = 4192
LADDER = (0.05, 20.0)  # boron per phosphorus
BI_SPLITTING_EV = 5.3
BI_RATIO = 0.75


@tabled()
def recover_boron(rng: np.random.Generator, total: int = DRAWS) -> Rows:
    """One line and two lines in the window, under three hypotheses about boron."""
    factors = reference.sensitivity_factors()
    factor_ratio = factors["P 2s"] / factors["B 1s"]
    for hypothesis in ("none", "as added", "any"):
        ratios = {
            "none": np.zeros(total),
            "as added": np.full(total, simulate.added_boron_per_phosphorus()),
            "any": np.exp(rng.uniform(*np.log(LADDER), total)),
        }[hypothesis]
        sets = assumptions.draws(simulate.ASSUMPTIONS, rng, total)
        for draw, assumed in enumerate(tqdm(sets, desc=hypothesis, unit="spectrum")):
            regions = [simulate.record(n, assumed, ratios[draw], rng) for n in ("P 2p", "B 1s")]
            found = boron_window(*regions)
            yield {
                "hypothesis": hypothesis,
                "draw": draw,
                "boron_per_phosphorus": ratios[draw],
                "one_line_ev": found.one_line.position_ev("line"),
                "one_line_fwhm_ev": found.one_line.fwhm_ev("line"),
                "one_line_reduced_chi2": found.one_line.result.reduced_chi2,
                "spacing_ev": found.spacing_ev,
                "true_p2s_spacing_ev": assumed["spacing_ev"],
                "true_share": float(boron_share(ratios[draw], factor_ratio)),
                "share": found.boron_share,
                "stderr": found.stderr,
                "systematic": found.systematic,
                "detected": found.detected,
            }


def bismuth_peaks() -> list[Peak]:
    """Two Bi 4f doublets of one splitting and area ratio."""
    doublet = {"splitting_ev": BI_SPLITTING_EV, "ratio": BI_RATIO}
    return [
        Peak("oxidised", (158.5, 161.0), (0.8, 2.5), **doublet),
        Peak("metal", (155.5, 158.0), (0.8, 2.5), **doublet),
    ]


@tabled()
def recover_bismuth(rng: np.random.Generator, total: int = DRAWS) -> Rows:
    """Shift between oxidised and metallic bismuth, which no charge reference touches."""
    truth = simulate.bismuth_shift_ev()
    for region, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, ("Bi 4f",)):
        fit = fit_region(simulate.record(region, assumed, 0.0, rng), bismuth_peaks())
        shift, stderr = fit.difference("oxidised", "metal")
        if not np.isfinite(stderr):  # a line that is no more than noise leaves no digits
            shift = np.nan
        share, share_error = fit.share("metal")
        yield {
            "draw": draw,
            "true_shift_ev": truth,
            "shift_ev": shift,
            "stderr_ev": stderr,
            "true_metal_share": assumed["bi_metal_share"],
            "metal_share": share,
            "metal_share_stderr": share_error,
            "converged": fit.result.converged,
        }


STUDIES = {"boron": recover_boron, "bismuth": recover_bismuth}

if __name__ == "__main__":
    command_line("xps", STUDIES, SEED)
