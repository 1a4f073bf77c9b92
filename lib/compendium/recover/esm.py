"""What the strain-microscopy analysis makes of simulated maps and relaxation curves.

``python -m compendium.recover.esm`` writes to ``data/simulated/esm_recovery/``:

``maps.csv``
    Ratios, effect sizes and tests of pairs of maps: as printed, without any
    electrochemical difference, with an electrostatic difference alone, and with a
    difference of quality factor and resonance alone.
``bias.csv``
    R^2 of a map's fit against the bias of amplitude and quality factor, as noise and
    background grow.
``dart.csv``
    Dual-frequency inversion against truth.
``tau.csv``
    Estimated against true time constant over 1 ms to 10 s.
``power.csv``
    How often 7 against 7 points show a given ratio of time constants.
``forms.csv``
    Which model the data choose, and what an exponential calls tau, for three true forms.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import stats
from tqdm import tqdm

from compendium.recover import Rows, command_line, tabled, trials
from compendium.simulate import assumptions
from compendium.simulate import esm as simulate
from nasicon.core.statistics import rank_sum_floor
from nasicon.esm import fit_dart, fit_decays, fit_maps, fit_statistics

SEED = 435503
DRAWS = 40
PIXELS = 48
HYPOTHESES = ("printed", "no difference", "electrostatic", "crosstalk")
TAUS_S = np.geomspace(1e-3, 10.0, 17)
RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0)
CASES = ((10.0, 0.5), (25.0, 0.03), (25.0, 0.5), (25.0, 3.0), (40.0, 0.5))  # scatter in %, tau in s
FIXED_HZ = 307e3  # where a microscope without tracking would read the amplitude


@tabled()
def recover_maps(rng: np.random.Generator, total: int = DRAWS) -> Rows:
    """Compare ``total`` pairs of maps under each hypothesis, assumptions over their ranges."""
    pair = tuple(simulate.printed(key) for key in ("gclatbp", "gclatp"))
    for hypothesis, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, HYPOTHESES):
        # the electrostatic potentials differ twofold
        times = 2 if hypothesis == "electrostatic" else 1
        stronger = assumed | {"background_pm": times * assumed["background_pm"]}
        doped, undoped = _hypothesis(hypothesis, pair)
        found = [_fitted(doped, stronger, rng), _fitted(undoped, assumed, rng)]
        amplitude = _comparison(found, "amplitude")
        quality = _comparison(found, "quality")
        yield {
            "hypothesis": hypothesis,
            "draw": draw,
            "noise_pm": assumed["noise_pm"],
            "amplitude_ratio": amplitude.ratio,
            "amplitude_d": amplitude.d,
            "amplitude_overlap": amplitude.overlap_counted,
            "amplitude_cv_ratio": amplitude.cv_ratio,
            "amplitude_p": amplitude.welch.p,
            "amplitude_p_all_pixels": amplitude.welch_all_pixels.p,
            "quality_ratio": quality.ratio,
            "quality_d": quality.d,
            "quality_p": quality.welch.p,
            "fixed_frequency_ratio": found[0][1] / found[1][1],
            "effective_pixels": found[0][2],
            "r_squared": float(found[0][0]["r_squared"].median()),
            "share_usable": float(fit_maps.usable(found[0][0]).mean()),
        }


def _hypothesis(name: str, pair: tuple[simulate.Sample, ...]) -> tuple[simulate.Sample, ...]:
    """The pair under a hypothesis."""
    if name == "printed":
        return pair
    same = tuple(simulate.without_difference(s, pair) for s in pair)
    if name == "crosstalk":  # Q as printed, and a softer contact
        return same
    quality, sd = (float(np.mean([getattr(s, n) for s in pair])) for n in ("quality", "quality_sd"))
    return tuple(replace(s, quality=quality, quality_sd=sd) for s in same)


def _fitted(
    sample: simulate.Sample, assumed: dict[str, float], rng: np.random.Generator
) -> tuple[xr.Dataset, float, float]:
    """Fit of a map, mean amplitude read at a fixed frequency, effective pixels."""
    maps = simulate.surface(sample, assumed, rng, PIXELS)
    cube = simulate.response(maps, assumed, simulate.FREQUENCIES_HZ, rng).astype(np.complex64)
    fit = fit_maps.fit_map(cube, simulate.FREQUENCIES_HZ)
    at = int(np.argmin(np.abs(simulate.FREQUENCIES_HZ - FIXED_HZ)))
    effective = fit_statistics.effective_pixels(fit["amplitude"], fit_maps.usable(fit))
    return fit, float(np.abs(cube[..., at]).mean()), effective


def _comparison(found: list, layer: str) -> fit_statistics.Comparison:
    (first, *_), (second, *_) = found
    return fit_statistics.compare(
        first[layer], second[layer], fit_maps.usable(first), fit_maps.usable(second)
    )


@tabled()
def recover_bias(rng: np.random.Generator, pixels: int = PIXELS) -> Rows:
    """R^2 beside the bias it does not see."""
    sample = simulate.printed("gclatp")
    nominal = assumptions.nominal(simulate.ASSUMPTIONS)
    phases = (0.0, 0.5 * np.pi, np.pi, -0.5 * np.pi)
    grid = list(product((0.25, 1.0, 2.5, 5.0), (0.0, 1.0, 2.0, 4.0, 8.0), phases))
    names = ("noise_pm", "background_pm", "background_phase_rad")
    for case in tqdm(grid, desc="bias", unit="case"):
        assumed = nominal | (varied := dict(zip(names, case, strict=True)))
        maps = simulate.surface(sample, assumed, rng, pixels)
        cube = simulate.response(maps, assumed, simulate.FREQUENCIES_HZ, rng)
        for data, values in (("complex", cube), ("amplitude only", np.abs(cube))):
            fit = fit_maps.fit_map(values, simulate.FREQUENCIES_HZ)
            used = fit_maps.usable(fit).to_numpy()
            yield {
                "data": data,
                **varied,
                "r_squared": float(fit["r_squared"].median()),
                "residual_correlation": float(fit["residual_correlation"].median()),
                "amplitude_bias_percent": _bias(fit["amplitude"], maps["amplitude_pm"], used),
                "quality_bias_percent": _bias(fit["quality"], maps["quality"], used),
                "share_usable": float(used.mean()),
            }


def _bias(layer: xr.DataArray, truth: NDArray, used: NDArray) -> float:
    if not used.any():
        return np.nan
    return float(100 * np.median(layer.to_numpy()[used] / truth[used] - 1))


@tabled()
def recover_dart(rng: np.random.Generator, pixels: int = PIXELS) -> Rows:
    """Bias and scatter of the dual-frequency inversion."""
    nominal = assumptions.nominal(simulate.ASSUMPTIONS)
    for key, noise, background in product(("gclatp", "gclatbp"), (0.25, 1.0, 5.0), (0.0, 1.0, 4.0)):
        sample = simulate.printed(key)
        assumed = nominal | {"noise_pm": noise, "background_pm": background}
        maps = simulate.surface(sample, assumed, rng, pixels)
        made = {k: (("y", "x"), v) for k, v in simulate.dart(maps, assumed, rng).items()}
        found = fit_dart.invert_dart(xr.Dataset(made))
        for layer, name in (("amplitude", "amplitude_pm"), ("quality", "quality")):
            relative = (found[layer].to_numpy() / maps[name] - 1).ravel()
            relative = 100 * relative[np.isfinite(relative)]
            low, middle, high = np.percentile(relative, [16, 50, 84])
            yield {
                "sample": sample.name,
                "noise_pm": noise,
                "background_pm": background,
                "quantity": layer,
                "bias_percent": middle,
                "scatter_percent": (high - low) / 2,
                "invalid_percent": 100 * found.attrs["pixels_invalid"] / pixels**2,
            }


@tabled("tau_s estimate_low_s estimate_s estimate_high_s share_identifiable coverage_percent")
def recover_tau(rng: np.random.Generator, total: int = 150) -> Rows:
    """Estimated time constants of curves 5 s long, sampled every 10 ms."""
    nominal = assumptions.nominal(simulate.ASSUMPTIONS) | {"point_scatter_percent": 0.0}
    for tau in tqdm(TAUS_S, desc="tau", unit="tau"):
        t, curves, _ = simulate.relaxation(2.6, tau, nominal, rng, total)
        found = fit_decays.fit_many(t, curves)
        low, middle, high = found["tau_s"].quantile([0.025, 0.5, 0.975])
        known = (found["tau_decades"] < 0.25) & ~found["outside_window"]
        held = np.abs(np.log10(found["tau_s"] / tau)) < 1.96 * found["tau_decades"]
        yield tau, low, middle, high, known.mean(), 100 * held.mean()


@tabled()
def recover_power(rng: np.random.Generator, total: int = 50) -> Rows:
    """Share of experiments, 7 points a sample, in which the exact rank-sum test sees a ratio."""
    nominal = assumptions.nominal(simulate.ASSUMPTIONS)
    for scatter, tau in tqdm(CASES, desc="power", unit="case"):
        assumed = nominal | {"point_scatter_percent": scatter}

        def estimates(true_s: float, assumed: dict[str, float] = assumed) -> NDArray:
            count = total * simulate.CURVES
            t, curves, _ = simulate.relaxation(2.6, true_s, assumed, rng, count)
            return fit_decays.fit_many(t, curves)["tau_s"].to_numpy().reshape(total, -1)

        reference, floor = estimates(tau), rank_sum_floor(simulate.CURVES, simulate.CURVES)
        for ratio in RATIOS:
            pairs = zip(reference, estimates(tau / ratio), strict=True)
            p = np.array([stats.mannwhitneyu(a, b, method="exact").pvalue for a, b in pairs])
            yield {
                "point_scatter_percent": scatter,
                "tau_s": tau,
                "ratio": ratio,
                "experiments": total,
                "share_significant": (p < 0.05).mean(),
                "share_at_floor": (p < 1.01 * floor).mean(),
            }


@tabled()
def recover_forms(rng: np.random.Generator, total: int = 20) -> Rows:
    """Which model the Bayesian criterion prefers, and what an exponential makes of each form."""
    nominal = assumptions.nominal(simulate.ASSUMPTIONS) | {"point_scatter_percent": 0.0}
    for form in ("exponential", "stretched", "diffusion"):
        t, curves, _ = simulate.relaxation(2.6, nominal["tau_s"], nominal, rng, total, form)
        for draw, curve in enumerate(tqdm(curves, desc=form, unit="curve")):
            table, _ = fit_decays.compare_models(t, curve)
            yield {
                "form": form,
                "draw": draw,
                "chosen": table.index[0],
                "margin": table["delta_bic"].iloc[1],
                "true_tau_s": nominal["tau_s"],
                "tau_exponential_s": table.loc["exponential", "tau_s"],
                "tau_chosen_s": table["tau_s"].iloc[0],
            }


STUDIES = {
    "maps": recover_maps,
    "bias": recover_bias,
    "dart": recover_dart,
    "tau": recover_tau,
    "power": recover_power,
    "forms": recover_forms,
}

if __name__ == "__main__":
    command_line("esm", STUDIES, SEED)
