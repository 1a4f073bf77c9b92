"""The joint fit of a temperature series: ``python -m benchmarks.study series``.

Coverage of every shared parameter on series drawn from the model with random effects, the
size of each comparison of rivals under its null, coverage on simulated pellets that the
model does not contain. ``python -m benchmarks.study_series --map`` makes
``data/reference/lead_power.csv``: what a measurement must be like to tell leads from bulk.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from compendium.paths import repository_root
from compendium.simulate import eis as simulate
from nasicon.eis.model_pellet import noise_level
from nasicon.transport import model_conduction
from nasicon.transport.fit_mixed import Task, minimise
from nasicon.transport.fit_rivals import likelihood_ratio, redraw_pair
from nasicon.transport.fit_series import fit_spectra, stack
from nasicon.transport.model_series import SeriesModel, evaluate, series_model

DRAWS, TYPE_ONE_DRAWS, PHYSICAL_DRAWS, MAP_DRAWS = 1000, 2000, 150, 20
SEED = 227574
NOISE = 0.005
FREQUENCY_HZ = np.geomspace(1e7, 1, 71)
TEMPERATURES_C = {
    7: np.array([25.0, 40.0, 55.0, 70.0, 85.0, 100.0, 120.0]),
    6: np.array(simulate.TEMPERATURES_C),
}
#: What series are drawn from; parameters under a prior are drawn from it.
TRUTH = {
    "bulk_ohm": 60.0,
    "bulk_ea_ev": 0.24,
    "boundary_ohm": 1000.0,
    "boundary_ea_ev": 0.30,
    "boundary_f": 5e-9,
    "boundary_alpha": 0.9,
    "boundary_gamma": 0.9,
    "lead_ohm": 9.0,
    "inductance_h": 3e-7,
    "electrode_q": 5e-6,
    "electrode_n": 0.85,
}
SCATTER = {"bulk_scatter": 0.02, "boundary_scatter": 0.03}
LAG_PRIORS = ((0.08, 0.03), (0.08, 0.08))  # how well the lag is known; neither the simulator's
LAG_PRIOR = LAG_PRIORS[1]


def draw_series(
    model: SeriesModel, temperature_c: NDArray, rng: np.random.Generator, **truth: float
) -> tuple[dict[float, pd.DataFrame], dict[str, float]]:
    """A series from the model itself, and the truths behind it."""
    values = {name: term.value for name, term in model.terms.items()} | TRUTH
    for name, term in model.terms.items():
        if term.prior and term.role == "shared":
            step = term.prior[1] * rng.normal()
            values[name] = term.prior[0] * 10**step if term.positive else term.prior[0] + step
    values |= truth
    rows = np.tile([values[name] for name in model.terms], (temperature_c.size, 1))
    names = list(model.terms)
    for name, width in SCATTER.items():
        if name in names:
            rows[:, names.index(name)] = width * rng.normal(size=temperature_c.size)
    rows[:, names.index("electrode_q")] *= 10 ** rng.normal(0, 0.05, temperature_c.size)
    z, _ = evaluate(model, rows, np.tile(FREQUENCY_HZ, (len(rows), 1)), temperature_c)
    z += NOISE * np.abs(z) * (rng.normal(size=z.shape) + 1j * rng.normal(size=z.shape))
    return {t: table(FREQUENCY_HZ, z[i]) for i, t in enumerate(temperature_c)}, values


def table(frequency_hz: NDArray, z: NDArray) -> pd.DataFrame:
    """A spectrum as the readers give it."""
    return pd.DataFrame({"frequency_hz": frequency_hz, "z_real_ohm": z.real, "z_imag_ohm": z.imag})


def model_coverage(
    spectra: int, draws: int, lag: tuple[float, float] = LAG_PRIORS[0], seed: int = SEED
) -> pd.DataFrame:
    """Coverage and bias of every shared parameter over series drawn from the model.

    Returns ``spectra, lag_prior_sd, parameter, draws, coverage_percent, binomial_error_percent,
    bias_in_stderr, converged_percent``; the binomial error is that of 95 % in so many draws.
    """
    model, rng = series_model().prior(lag=lag), np.random.default_rng(seed)
    inside, shift, converged = [], [], []
    for _ in tqdm(range(draws), desc=f"{spectra} spectra", unit="fit"):
        data, truth = draw_series(model, TEMPERATURES_C[spectra], rng)
        fit = fit_spectra(data, model)
        names = fit.task.shared
        true = np.array([truth[n] for n in names])
        shared, k = fit.result, len(names)
        inside.append((shared.ci_low[:k] <= true) & (true <= shared.ci_high[:k]))
        error = shared.problem.to_internal(shared.values)[:k]
        true_u = np.array(
            [
                np.log10(t) if p else t
                for t, p in zip(true, shared.problem.positive[:k], strict=True)
            ]
        )
        shift.append((error - true_u) / np.sqrt(np.diag(shared.covariance)[:k]))
        converged.append(shared.converged)
    share = np.mean(inside, axis=0)
    return pd.DataFrame(
        {
            "spectra": spectra,
            "lag_prior_sd": lag[1],
            "parameter": names,
            "draws": draws,
            "coverage_percent": 100 * share,
            "binomial_error_percent": 100 * np.sqrt(0.95 * 0.05 / draws),
            "bias_in_stderr": np.nanmedian(shift, axis=0),
            "converged_percent": 100 * np.mean(converged),
        }
    )


def rivals() -> dict[str, tuple[SeriesModel, SeriesModel, dict[str, float]]]:
    """Null, alternative and the truth of each null."""
    full = series_model()
    return {
        "leads / none": (full.fix(lead_ohm=0.0), full, {"lead_ohm": 0.0}),
        "lag / none": (full, full.share(lag=0.02), {}),
        "one process / two": (series_model({"boundary": 3e-9}), full, {"lead_ohm": 60.0}),
        "bend / none": (full, full.share("bulk_bend_ev2"), {}),
    }


def type_one(name: str, draws: int, seed: int = SEED) -> dict[str, object]:
    """How often a comparison at 5 % rejects its null when it is true.

    One bootstrap series for each draw, pooled as the reference of all (the warp-speed method,
    Giacomini, Politis and White, Econometric Theory 29 (2013) 567): what a full bootstrap
    of each draw would give, for two fits instead of hundreds.
    """
    null, alternative, truth = rivals()[name]
    lead = replace(alternative.terms["lead_ohm"], lower=0.0)
    alternative = replace(alternative, terms={**alternative.terms, "lead_ohm": lead})
    rng = np.random.default_rng(seed)
    found = np.empty((draws, 2))
    for i in tqdm(range(draws), desc=name, unit="draw"):
        data, _ = draw_series(null, TEMPERATURES_C[7], rng, **truth)
        series = stack(data)
        narrow, wide = Task(null, series), Task(alternative, series)
        found[i, 0], one, _ = likelihood_ratio(narrow, wide)
        one = minimise(narrow, one.u)  # the reference is drawn with unbiased widths
        found[i, 1] = likelihood_ratio(*redraw_pair(one, wide, rng))[0]
    limit = np.quantile(found[:, 1], 0.95)
    share = float(np.mean(found[:, 0] > limit))
    return {
        "comparison": name,
        "draws": draws,
        "critical": float(limit),
        "type_one_percent": 100 * share,
        "binomial_error_percent": 100 * np.sqrt(0.05 * 0.95 / draws),
    }


def physical_series(
    sample: simulate.Sample,
    hypothesis: str,
    rng: np.random.Generator,
    *,
    temperatures_c: Iterable[float] = simulate.TEMPERATURES_C,
    top_hz: float = 1e7,
    temperature_error_k: float = 0.0,
) -> tuple[dict[float, pd.DataFrame], dict[str, float]]:
    """Simulated pellets over all declared assumptions, and what was put in.

    ``leads``: 8.7 to 9.9 ohm, the rest of the printed R1 a bulk of 0.23 to 0.26 eV; ``none``:
    the printed activation energy and the simulator's ordinary leads. An analyser with another
    highest frequency errs there as the 10 MHz one does at 10 MHz, if it is a faster one.
    """
    assumed = simulate.draws(rng, 1)[0]
    sigmas, energies = simulate.conductivities(sample, np.nan), None
    energies = simulate.activation_energies_ev(sample)
    if hypothesis == "leads":
        assumed["lead_ohm"] = rng.uniform(8.7, 9.9)
        intercept = float(model_conduction.resistance(sigmas[0]))
        sigmas = (float(model_conduction.resistance(intercept - assumed["lead_ohm"])), sigmas[1])
        energies = (rng.uniform(0.23, 0.26), energies[1])
    if top_hz > 1e7:
        for name in ("phase_error_deg", "gain_error_percent"):
            assumed[name] *= 1e7 / top_hz
    f = np.geomspace(top_hz, 1.0, round(10 * np.log10(top_hz)) + 1)
    data = {}
    for t in temperatures_c:
        real = t + temperature_error_k * rng.normal()
        pellet = simulate.pellet(
            sample, assumed, temperature_c=real, energies_ev=energies, sigmas=sigmas
        )
        z = pellet.impedance(f)
        size = noise_level(f) * np.abs(z)
        data[t] = table(f, z + size * (rng.normal(size=f.size) + 1j * rng.normal(size=f.size)))
    truth = {
        "lead_ohm": assumed["lead_ohm"],
        "bulk_ea_ev": energies[0],
        "boundary_ea_ev": energies[1],
    }
    return data, truth


GLASS_CERAMICS = tuple(s for s in simulate.SAMPLES if s.kind == "glass-ceramic")


def physical_coverage(draws: int, seed: int = SEED) -> pd.DataFrame:
    """Bias and coverage on simulated pellets, all declared assumptions varied.

    With and without 1 K of error in each temperature (standard deviation).
    """
    model, rows = series_model().prior(lag=LAG_PRIOR), []
    for sample in GLASS_CERAMICS:
        for hypothesis in ("none", "leads"):
            for error in (0.0, 1.0):
                rng = np.random.default_rng(seed)
                what = f"{sample.name}, {hypothesis}, {error:g} K"
                found = []
                for _ in tqdm(range(draws), desc=what, unit="fit"):
                    data, truth = physical_series(
                        sample, hypothesis, rng, temperature_error_k=error
                    )
                    fit = fit_spectra(data, model)
                    for name, true in truth.items():
                        i, result = fit.result.index(name), fit.result
                        found.append(
                            {
                                "parameter": name,
                                "off": result.values[i] - true,
                                "inside": result.ci_low[i] <= true <= result.ci_high[i],
                                "width": result.ci_high[i] - result.ci_low[i],
                            }
                        )
                table = pd.DataFrame(found).groupby("parameter", sort=False)
                summary = table.agg(
                    draws=("off", "size"),
                    bias=("off", "median"),
                    coverage_percent=("inside", lambda x: 100 * x.mean()),
                    median_width=("width", "median"),
                ).reset_index()
                rows.append(
                    summary.assign(sample=sample.name, truth=hypothesis, temperature_error_k=error)
                )
    return pd.concat(rows, ignore_index=True)


WINDOWS_HZ = (1e6, 1e7, 1e8)
LOWEST_C = (-50.0, 0.0, 25.0)
ERRORS_K = (0.2, 1.0)  # of each temperature, standard deviation
RIVALS_OHM = {"none": (0.0, 2.0), "leads": (8.7, 9.9)}
MAP_PATH = repository_root() / "data" / "reference" / "lead_power.csv"
MAP_HEAD = """\
# Simulated study, no measurement: python -m benchmarks.study_series --map
# Seed {seed}, {draws} draws a cell; seven temperatures from lowest_c to 120 degC; all assumptions
# of compendium.simulate.eis varied, lag prior 0.08 +- 0.08. A rival is chosen where the 95 %
# interval of lead_ohm meets its range alone: none 0-2 ohm, leads 8.7-9.9 ohm.
"""


def power_map(draws: int = MAP_DRAWS, seed: int = SEED) -> pd.DataFrame:
    """How often the right rival is chosen, for windows, temperatures and truths."""
    straight = series_model().prior(lag=LAG_PRIOR)
    models = {"straight": straight, "free": straight.share("bulk_bend_ev2")}
    cells = [
        (top, low, error, sample, truth)
        for sample in GLASS_CERAMICS
        for top in WINDOWS_HZ
        for low in LOWEST_C
        for error in ERRORS_K
        for truth in RIVALS_OHM
    ]
    rows = []
    for cell, (top, low, error, sample, truth) in enumerate(tqdm(cells, desc="map", unit="cell")):
        rng = np.random.default_rng([seed, cell])
        ends: dict[str, list] = {line: [] for line in models}
        for _ in range(draws):
            data, put_in = physical_series(
                sample,
                truth,
                rng,
                temperatures_c=np.linspace(low, 120.0, 7),
                top_hz=top,
                temperature_error_k=error,
            )
            for line, model in models.items():
                try:
                    result = fit_spectra(data, model, profiles={"lead_ohm"}).result
                except ValueError:  # refused: nothing is decided
                    ends[line].append((0.0, np.inf, put_in["lead_ohm"]))
                    continue
                i = result.index("lead_ohm")
                ends[line].append((result.ci_low[i], result.ci_high[i], put_in["lead_ohm"]))
        for line, found in ends.items():
            low_ohm, high_ohm, true = np.array(found).T
            meets = {
                name: (low_ohm <= last) & (high_ohm >= first)
                for name, (first, last) in RIVALS_OHM.items()
            }
            other = meets["leads" if truth == "none" else "none"]
            rows.append(
                {
                    "window_mhz": top / 1e6,
                    "lowest_c": low,
                    "temperature_error_k": error,
                    "bulk_line": line,
                    "sample": sample.name,
                    "truth": truth,
                    "draws": draws,
                    "right_percent": 100 * np.mean(meets[truth] & ~other),
                    "undecided_percent": 100 * np.mean(meets[truth] & other),
                    "wrong_percent": 100 * np.mean(~meets[truth]),
                    "median_width_ohm": np.median(high_ohm - low_ohm),
                    "coverage_percent": 100 * np.mean((low_ohm <= true) & (true <= high_ohm)),
                }
            )
    return pd.DataFrame(rows)


def write_map() -> None:
    """Write the committed table."""
    head = MAP_HEAD.format(seed=SEED, draws=MAP_DRAWS)
    table = power_map().to_csv(index=False, float_format="%.4g", lineterminator="\n")
    MAP_PATH.write_text(head + table, encoding="utf-8")


def study(
    draws: int = DRAWS, type_one_draws: int = TYPE_ONE_DRAWS, physical_draws: int = PHYSICAL_DRAWS
) -> None:
    """Print all tables but the map."""
    drawn = [model_coverage(k, draws, lag) for lag in LAG_PRIORS for k in TEMPERATURES_C]
    print("Series drawn from the model with random effects (should be 95 %)")
    print(pd.concat(drawn).to_string(index=False, float_format="%.3g"))
    sizes = pd.DataFrame([type_one(name, type_one_draws) for name in rivals()])
    print("\nComparisons at 5 % under their null")
    print(sizes.to_string(index=False, float_format="%.3g"))
    print("\nSimulated pellets, which the model does not contain (as it is)")
    print(physical_coverage(physical_draws).to_string(index=False, float_format="%.3g"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--map", action="store_true", help="write the map of power")
    write_map() if parser.parse_args().map else study()
