"""What the energy-loss analysis makes of simulated spectra and maps.

``python -m compendium.recover.eels`` writes to ``data/simulated/eels_recovery/``:

``spectra.csv``
    Boron found with and without P L1 in the model, under four hypotheses about boron.
``maps.csv``
    Correlation of three kinds of "boron" map with the thickness of a boron-free specimen, and
    with the boron of one of even thickness.
"""

import numpy as np
from tqdm import tqdm

from compendium.recover import Rows, command_line, tabled
from compendium.simulate import eels as simulate
from compendium.simulate.assumptions import draws
from nasicon.eels import fit_losses
from nasicon.eels.fit_losses import WINDOW_EV
from nasicon.eels.model_edges import Edge

DRAWS = 200
MAP_DRAWS = 30
SEED = 4189
#: What the analyst takes from tables and references; held in the fit.
P_L1 = Edge("P L1", 193.4, 0.348, 1.35, 3.0)
BORON = simulate.BORON
HYPOTHESES = ("none", "mean, BO4", "mean, BO3", "glass, BO4")
MODELS = {"P L1 + B K": True, "B K only": False}


@tabled()
def recover_spectra(rng: np.random.Generator, total: int = DRAWS) -> Rows:
    """Boron density against truth: none, the mean content as BO4 and BO3, the glass."""
    energy = simulate.axis(simulate.SPECTRUM_EV)
    for hypothesis, (density, kind) in zip(HYPOTHESES, simulate.cases().values(), strict=True):
        for draw in tqdm(range(total), desc=f"EELS, {hypothesis}", unit="spectrum"):
            assumed = draws(simulate.ASSUMPTIONS, rng, 1)[0]
            dose = assumed["dose"]
            expected = simulate.expected_counts(
                energy, assumed, dose=dose, boron_per_nm3=density, coordination=kind
            )
            counts = rng.poisson(expected)
            nm = assumed["thickness_ratio"] * assumed["mean_free_path_nm"]
            for model, with_phosphorus in MODELS.items():
                edges = [BORON[kind], *([P_L1] if with_phosphorus else [])]
                fit = fit_losses.fit_edges(
                    energy, counts, edges, simulate.beam(), electrons=dose, window_ev=WINDOW_EV
                )
                yield {
                    "hypothesis": hypothesis,
                    "model": model,
                    "draw": draw,
                    "dose": dose,
                    "truth_per_nm3": density,
                    "estimate_per_nm3": float(fit.value("B K")) / nm,
                    "stderr_per_nm3": float(fit.error("B K")) / nm,
                    "significance": float(fit.significance("B K")),
                    "reduced_chi2": float(fit.reduced_chi2),
                }


@tabled()
def recover_maps(rng: np.random.Generator, total: int = MAP_DRAWS) -> Rows:
    """How three kinds of map follow what is behind them: thickness alone, or boron alone."""
    energy = simulate.axis(simulate.MAP_EV)
    for draw in tqdm(range(total), desc="maps", unit="pair"):
        assumed = draws(simulate.ASSUMPTIONS, rng, 1)[0]
        dose = assumed["pixel_dose"]
        for specimen in ("thickness", "boron"):
            counts, field = simulate.spectrum_image(specimen, assumed, rng)
            edges = [BORON["BO4"], P_L1]
            maps = fit_losses.three_maps(energy, counts, edges, simulate.beam(), electrons=dose)
            for kind, values in maps.items():
                yield {
                    "specimen": specimen,
                    "map": kind,
                    "draw": draw,
                    "pixel_dose": dose,
                    "correlation": float(np.corrcoef(values.ravel(), field.ravel())[0, 1]),
                    "contrast": float(np.std(values) / max(abs(np.mean(values)), 1e-12)),
                }


STUDIES = {"spectra": recover_spectra, "maps": recover_maps}

if __name__ == "__main__":
    command_line("eels", STUDIES, SEED)
