"""What the NMR analysis makes of simulated spectra whose truth is known.

``python -m compendium.recover.nmr`` writes to ``data/simulated/nmr_recovery/``:

``sites.csv``
    Isotropic shift, coupling, asymmetry and share of BO3 against their truth.
``shares.csv``
    Ceramic share from two reference spectra, with and without a common shift, under three
    hypotheses: a 75/25 mixture, glass alone, and lines at the printed centres.
``widths.csv``
    Ratio of 31P widths, one spectrum of each sample, with and without a difference.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium import published
from compendium.recover import Rows, command_line, tabled, trials
from compendium.simulate import nmr as simulate
from nasicon.nmr import fit_lines
from nasicon.nmr.fit_mixtures import fit_mixture, third_site

SEED = 192390
SITE_DRAWS, SHARE_DRAWS, WIDTH_DRAWS = 30, 80, 50
WINDOW_PPM = (-40.0, 40.0)
SITES = (
    fit_lines.Site("BO3", (4.0, 20.0)),
    fit_lines.Site("BO4", (-10.0, 2.0), cq_mhz=simulate.BO4_CQ_MHZ, eta=0.0),
)
SHIFT_LIMIT_PPM = 1.0
HYPOTHESES = ("75/25 mixture", "glass alone", "printed centres")


def table(intensity: NDArray, assumed: Mapping[str, float], nucleus: str = "11B") -> pd.DataFrame:
    """Return a recorded spectrum in the fitted window, as the reader would."""
    ppm = simulate.axis()
    inside = (ppm >= WINDOW_PPM[0]) & (ppm <= WINDOW_PPM[1])
    data = pd.DataFrame({"shift_ppm": ppm[inside], "intensity": intensity[inside]})
    data.attrs = {
        "larmor_mhz": simulate.larmor_mhz(nucleus),
        "nucleus": nucleus,
        "line_broadening_hz": assumed["broadening_hz"],
    }
    return data


@tabled("sample draw quantity truth estimate ci_low ci_high converged")
def recover_sites(rng: np.random.Generator, total: int = SITE_DRAWS) -> Rows:
    """Fit two sites to spectra of the glass, the ceramic and the glass-ceramic."""
    for key, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, ("c", "g", "gc")):
        sample = f"{key.upper()}-LATBP"
        spectrum, shifts = simulate.clean(key, assumed)
        data = table(simulate.record(spectrum, assumed, rng), assumed)
        fit = fit_lines.fit_sites(data, SITES, lorentz_hz=assumed["broadening_hz"])
        share = fit.shares().set_index("site").loc["BO3"]
        found = {
            name: (fit.parameter("BO3", q), *fit.interval("BO3", q))
            for name, q in (("isotropic shift", "delta"), ("C_Q", "cq"), ("eta", "eta"))
        }
        found["BO3 share"] = tuple(share[["share", "ci_low", "ci_high"]])
        truth = {
            "isotropic shift": shifts["bo3_isotropic_ppm"] + assumed["referencing_ppm"],
            "C_Q": assumed["cq_mhz"],
            "eta": round(assumed["eta"], 1),
            "BO3 share": assumed["bo3_share"],
        }
        yield from ((sample, draw, q, truth[q], *found[q], fit.result.converged) for q in found)


@tabled(
    "hypothesis method draw truth estimate ci_low ci_high shift_ppm third_site_p third_site_share"
)
def recover_shares(rng: np.random.Generator, total: int = SHARE_DRAWS) -> Rows:
    """Ceramic share that two reference spectra give, every axis with its own error."""
    glass = published.claim("A-nmr-glass-frac").number / 100
    for hypothesis, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, HYPOTHESES):
        pure = {key: simulate.clean(key, assumed)[0] for key in ("c", "g", "gc")}
        truth = {"75/25 mixture": 1 - glass, "glass alone": 0.0}.get(hypothesis, np.nan)
        target = pure["gc"] if np.isnan(truth) else truth * pure["c"] + (1 - truth) * pure["g"]
        references = {
            name: table(simulate.record(s, _own_axis(assumed, rng), rng), assumed)
            for name, s in (("target", target), ("glass", pure["g"]), ("ceramic", pure["c"]))
        }
        data = references.pop("target")
        for limit in (0.0, SHIFT_LIMIT_PPM):
            mixed = fit_mixture(data, references, shift_limit=limit, replicates=200, seed=draw)
            extra = third_site(mixed, fwhm=3.0, replicates=100, seed=draw)
            found = mixed.table().set_index("reference").loc["ceramic"]
            method = "shift free" if limit else "axis held"
            row = (hypothesis, method, draw, truth, *found[["share", "ci_low", "ci_high"]])
            yield (*row, mixed.shift, extra.p_value, extra.share)


def _own_axis(assumed: Mapping[str, float], rng: np.random.Generator) -> dict[str, float]:
    """Give one spectrum its own referencing error."""
    error = next(a for a in simulate.ASSUMPTIONS if a.name == "referencing_ppm")
    return {**assumed, "referencing_ppm": float(error.draw(rng, 1)[0])}


@tabled("hypothesis draw truth estimate")
def recover_widths(rng: np.random.Generator, total: int = WIDTH_DRAWS) -> Rows:
    """31P width with boron over width without, by one Gaussian each."""
    site = (fit_lines.Site("P", (-40.0, -15.0), cq_mhz=0.0),)
    hertz = simulate.larmor_mhz("31P")
    for hypothesis, draw, assumed in trials(
        simulate.ASSUMPTIONS, rng, total, ("wider", "no effect")
    ):
        assumed["extra_31p_ppm"] *= hypothesis == "wider"
        widths = []
        for boron in (True, False):
            line = simulate.phosphorus(assumed, boron)
            counts = simulate.record(line, assumed, rng, hertz=hertz, background=False)
            data = table(counts, assumed, "31P")
            fit = fit_lines.fit_sites(data, site, lorentz_hz=assumed["broadening_hz"])
            widths.append(fit.parameter("P", "fwhm"))
        truth = 1 + assumed["extra_31p_ppm"] / assumed["width_31p_ppm"]
        yield hypothesis, draw, truth, widths[0] / widths[1]


STUDIES = {"sites": recover_sites, "shares": recover_shares, "widths": recover_widths}

if __name__ == "__main__":
    command_line("nmr", STUDIES, SEED)
