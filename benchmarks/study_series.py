"""The joint fit of a temperature series: ``python -m benchmarks.study series``.

Coverage of every shared parameter on series drawn from the model with random effects, the
size of each comparison of rivals under its null, coverage on simulated pellets that the
model does not contain. ``python -m benchmarks.study_series --map`` makes
``data/reference/lead_power.csv``: what a measurement must be like to tell leads from bulk.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from benchmarks import trust
from compendium.paths import repository_root
from compendium.recover.eis import LITERATURE_BULK_EV, RIVAL_LEAD_OHM
from compendium.simulate import eis as simulate
from compendium.simulate.assumptions import draws
from nasicon.core.atomic import write_atomically
from nasicon.transport.fit_mixed import Task, minimise
from nasicon.transport.fit_rivals import likelihood_ratio, redraw_pair
from nasicon.transport.fit_series import assemble, begin, fit_spectra, stack
from nasicon.transport.model_series import SeriesModel, evaluate, series_model

DRAWS, TYPE_ONE_DRAWS, PHYSICAL_DRAWS, MAP_DRAWS = 1000, 2000, 100, 100
SEED, TECHNIQUE = 227574, "joint fit of a series"
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
LAG_PRIOR = (0.08, 0.08)  # 8 +- 8 K at 120 degC; the simulator has 0 to 20 K, all alike
GLASS_CERAMICS = tuple(s for s in simulate.SAMPLES if s.kind == "glass-ceramic")


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
    spectra: int, draws: int, seed: int = SEED, model: SeriesModel | None = None
) -> pd.DataFrame:
    """Coverage of every shared parameter over series drawn from the model.

    Returns ``parameter, below, above, coverage_percent, bias_in_stderr, converged_percent``
    (``below``: the interval lies below the truth, per cent).
    """
    model = model or series_model().prior(lag=LAG_PRIOR)
    found = []
    for draw in tqdm(range(draws), desc=f"{spectra} spectra", unit="fit"):
        rng = np.random.default_rng([seed, draw])
        data, truth = draw_series(model, TEMPERATURES_C[spectra], rng)
        fit = fit_spectra(data, model)
        true = np.array([truth[name] for name in fit.task.shared])
        result, k = fit.result, true.size
        inner = np.where(result.problem.positive[:k], np.log10(np.maximum(true, 1e-300)), true)
        shift = (fit.minimum.u[:k] - inner) / np.sqrt(np.diag(result.covariance)[:k])
        below, above = result.ci_high[:k] < true, result.ci_low[:k] > true
        found.append((below, above, shift, np.full(k, result.converged)))
    below, above, shift, converged = np.array(found, dtype=float).transpose(1, 0, 2)
    return pd.DataFrame(
        {
            "parameter": fit.task.shared,
            "below": 100 * below.mean(axis=0),
            "above": 100 * above.mean(axis=0),
            "coverage_percent": 100 - 100 * (below + above).mean(axis=0),
            "bias_in_stderr": np.nanmedian(shift, axis=0),
            "converged_percent": 100 * converged.mean(axis=0),
        }
    )


def rivals() -> dict[str, tuple[SeriesModel, SeriesModel, dict[str, float]]]:
    """Null, alternative and the truth of each null."""
    full = series_model()
    return {
        "leads / none": (full.fix(lead_ohm=0.0), full, {"lead_ohm": 0.0}),
        "lag / none": (full, full.share(lag=0.02), {}),
        "one process / two": (series_model({"boundary": 3e-9}), full, {"lead_ohm": 60.0}),
    }


def statistics(name: str, draws: Iterable[int], seed: int = SEED) -> NDArray:
    """Statistic of each draw from a null and of one bootstrap series of it, shape (draws, 2)."""
    null, alternative, truth = rivals()[name]
    lead = replace(alternative.terms["lead_ohm"], lower=0.0)
    alternative = replace(alternative, terms={**alternative.terms, "lead_ohm": lead})
    found = []
    for draw in tqdm(draws, desc=name, unit="draw"):
        rng = np.random.default_rng([seed, draw])
        data, _ = draw_series(null, TEMPERATURES_C[7], rng, **truth)
        series = stack(data)
        narrow, wide = Task(null, series), Task(alternative, series)
        first, one, _ = likelihood_ratio(narrow, wide)
        one = minimise(narrow, one.u)  # the reference is drawn with unbiased widths
        found.append((first, likelihood_ratio(*redraw_pair(one, wide, rng))[0]))
    return np.array(found)


def type_one(found: NDArray) -> float:
    """Per cent of true nulls that a comparison at 5 % rejects.

    One bootstrap series for each draw, pooled as the reference of all (the warp-speed method,
    Giacomini, Politis and White, Econometric Theory 29 (2013) 567): what a full bootstrap
    of each draw would give, for two fits instead of hundreds.
    """
    return 100 * float(np.mean(found[:, 0] > np.quantile(found[:, 1], 0.95)))


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

    ``none``: truths that show the printed slopes with the simulator's ordinary leads;
    ``leads``: a bulk of the literature's activation energy, the rival's leads. An analyser
    with another highest frequency errs there as the 10 MHz one does at 10 MHz, if it is a
    faster one.
    """
    assumed = draws(simulate.ASSUMPTIONS, rng, 1)[0]
    energies = simulate.activation_energies_ev(sample, assumed)
    if hypothesis == "leads":
        assumed["lead_ohm"] = rng.uniform(*RIVAL_LEAD_OHM)
        energies = (rng.uniform(*LITERATURE_BULK_EV), energies[1])
    if top_hz > 1e7:
        for name in ("phase_error_deg", "gain_error_percent"):
            assumed[name] *= 1e7 / top_hz
    f = np.geomspace(top_hz, 1.0, round(10 * np.log10(top_hz)) + 1)
    data = {}
    for t in temperatures_c:
        real = t + temperature_error_k * rng.normal()
        pellet = simulate.pellet(sample, assumed, temperature_c=real, energies_ev=energies)
        data[t] = table(f, simulate.record(pellet, f, rng))
    names = ("lead_ohm", "bulk_ea_ev", "boundary_ea_ev")
    return data, dict(zip(names, (assumed["lead_ohm"], *energies), strict=True))


def physical_coverage(sample: simulate.Sample, draws: int, seed: int = SEED) -> pd.DataFrame:
    """Bias and coverage on simulated pellets, all declared assumptions varied.

    With and without 1 K of error in each temperature (standard deviation).
    """
    model, found = series_model().prior(lag=LAG_PRIOR), []
    for hypothesis, error in product(RIVALS_OHM, (0.0, 1.0)):
        case = (hypothesis, error)
        for draw in tqdm(range(draws), desc=f"{sample.name}, {case}", unit="fit"):
            rng = np.random.default_rng([seed, draw])
            data, truth = physical_series(sample, hypothesis, rng, temperature_error_k=error)
            fit = fit_spectra(data, model)
            flags = fit.table().set_index("parameter")["flag"]
            for name, true in truth.items():
                i, result = fit.result.index(name), fit.result
                inside = result.ci_low[i] <= true <= result.ci_high[i]
                width = result.ci_high[i] - result.ci_low[i]
                off = result.values[i] - true
                flagged = "misfit" in flags[name]
                found.append((sample.name, *case, name, off, 100 * inside, width, 100 * flagged))
    columns = ["sample", "truth", "temperature_error_k", "parameter"]
    numbers = ["bias", "coverage_percent", "width", "misfit_percent"]
    groups = pd.DataFrame(found, columns=columns + numbers).groupby(columns, sort=False)
    how = {"bias": "median", "width": "median", "coverage_percent": "mean"}
    return groups.agg(how | {"misfit_percent": "mean"}).reset_index().assign(draws=draws)


WINDOWS_HZ = (1e6, 1e7, 1e8)
LOWEST_C = (-50.0, 0.0, 25.0)
ERRORS_K = (0.2, 1.0)  # of each temperature, standard deviation
RIVALS_OHM = {"none": (0.0, 2.0), "leads": RIVAL_LEAD_OHM}
MAP_PATH = repository_root() / "data" / "reference" / "lead_power.csv"
MAP_HEAD = """\
# Simulated study, no measurement: python -m benchmarks.study_series --map
# Seed {seed}, {draws} draws a cell; seven temperatures from lowest_c to 120 degC; all assumptions
# of compendium.simulate.eis varied, lag prior 0.08 +- 0.08, the bulk's line straight. A rival is
# chosen where the 95 % interval of lead_ohm meets its range alone: none 0-2, leads 8.7-9.9 ohm.
"""


CELLS = list(product(GLASS_CERAMICS, WINDOWS_HZ, LOWEST_C, ERRORS_K, RIVALS_OHM))


def lead_intervals(cell: int, draws: Iterable[int], seed: int = SEED) -> NDArray:
    """Ends of the interval of the leads, and the truth, shape (draws, 3)."""
    sample, top, low, error, truth = CELLS[cell]
    model, found = series_model().prior(lag=LAG_PRIOR), []
    how = {"top_hz": top, "temperature_error_k": error}
    how["temperatures_c"] = np.linspace(low, 120.0, 7)
    for draw in draws:
        rng = np.random.default_rng([seed, cell, draw])
        data, put_in = physical_series(sample, truth, rng, **how)
        ends = (0.0, np.inf)  # refused: nothing is decided
        with contextlib.suppress(ValueError):
            result = assemble(*begin(data, model, {}), only=["lead_ohm"]).result
            i = result.index("lead_ohm")
            ends = (result.ci_low[i], result.ci_high[i])
        if np.isnan(ends).any():  # no interval: nothing is decided either
            ends = (0.0, np.inf)
        found.append((*ends, put_in["lead_ohm"]))
    return np.array(found)


def power_row(cell: int, found: NDArray) -> dict[str, object]:
    """How often the right rival is chosen in one cell of the map."""
    sample, top, low, error, truth = CELLS[cell]
    names = {"window_mhz": top / 1e6, "lowest_c": low, "temperature_error_k": error}
    return names | {"sample": sample.name, "truth": truth} | _chosen(found.T, truth)


def _chosen(found: NDArray, truth: str) -> dict[str, float]:
    """Rates of a cell from interval ends and true leads, shape (3, draws)."""
    low, high, true = found
    meets = {name: (low <= last) & (high >= first) for name, (first, last) in RIVALS_OHM.items()}
    other = meets["leads" if truth == "none" else "none"]
    return {
        "draws": true.size,
        "right_percent": 100 * np.mean(meets[truth] & ~other),
        "undecided_percent": 100 * np.mean(meets[truth] & other),
        "wrong_percent": 100 * np.mean(~meets[truth]),
        "median_width_ohm": np.median(high - low),
        "coverage_percent": 100 * np.mean((low <= true) & (true <= high)),
    }


def write_map(draws: int = MAP_DRAWS) -> None:
    """Write the committed table, after each cell."""
    rows: list[dict[str, object]] = []
    for cell in tqdm(range(len(CELLS)), unit="cell"):
        rows.append(power_row(cell, lead_intervals(cell, range(draws))))
        text = pd.DataFrame(rows).to_csv(index=False, float_format="%.4g", lineterminator="\n")
        write_atomically(MAP_PATH, MAP_HEAD.format(seed=SEED, draws=draws) + text)


def keep(found: Iterable[tuple[str, float]], draws: int, name: str = "series") -> None:
    """Keep rates; bias and width stand in the words of simulated pellets, so those are replaced."""
    rows = trust.rows((TECHNIQUE, what, value, draws, SEED) for what, value in found)
    trust.write(name, rows, keep=name == "series")


def keep_coverage(found: pd.DataFrame, spectra: int, draws: int) -> None:
    """Keep the coverage of :func:`model_coverage`."""
    pairs = zip(found["parameter"], found["coverage_percent"], strict=True)
    keep([(f"coverage, {spectra} spectra, {name}", share) for name, share in pairs], draws)


def keep_type_one(name: str, found: NDArray) -> None:
    """Keep the rate of :func:`type_one`."""
    what = f"type I error, {name} (limit from one bootstrap series a draw)"
    keep([(what, type_one(found))], len(found))


def keep_physical(found: pd.DataFrame) -> None:
    """Keep coverage and bias of :func:`physical_coverage`."""
    rows = []
    for r in found.itertuples():
        case = f"{r.sample}, truth {r.truth}, {r.temperature_error_k:g} K: {r.parameter}"
        how = f"bias {r.bias:+.2g}, width {r.width:.2g}, misfit in {r.misfit_percent:.0f} %"
        rows.append((f"coverage, simulated pellets, {case} ({how})", r.coverage_percent))
    keep(rows, int(found["draws"].min()), "series_physical")


def study(
    draws: int = DRAWS, type_one_draws: int = TYPE_ONE_DRAWS, physical_draws: int = PHYSICAL_DRAWS
) -> None:
    """Print and keep all tables but the map, each as it is done."""
    for spectra in TEMPERATURES_C:
        found = model_coverage(spectra, draws)
        print(found.to_string(index=False, float_format="%.3g"))
        keep_coverage(found, spectra, draws)
    for name in rivals():
        found = statistics(name, range(type_one_draws))
        print(f"{name}: {type_one(found):.2f} % of true nulls rejected")
        keep_type_one(name, found)
    found = pd.concat([physical_coverage(sample, physical_draws) for sample in GLASS_CERAMICS])
    print(found.to_string(index=False, float_format="%.3g"))
    keep_physical(found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--map", action="store_true", help="write the map of power")
    write_map() if parser.parse_args().map else study()
