"""Simulated impedance spectra of the ten samples.

``python -m compendium.simulate.eis`` writes to ``data/simulated/eis/``:

``spectra/``
    One file per sample and temperature in the text format of the Novocontrol
    software, as an instrument would leave it.
``assumptions.csv``
    Everything the papers do not print, with nominal value, range and reason.
``bands.csv``
    5-95 % of the spectra over those ranges at 25 degC (what the eye may compare).
``truth/truth.csv``
    What went into each file. No analysis reads it.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares, root

from compendium import published
from compendium.simulate import Sample, assumptions, samples, writing
from nasicon.eis.model_circuits import Circuit
from nasicon.eis.model_pellet import Pellet, noise_level
from nasicon.transport import model_conduction

TEMPERATURES_C = (25.0, 40.0, 60.0, 80.0, 100.0, 120.0)
BAND_DRAWS = 300
SEED = 20191211
SUPPLY_V = 0.01
INTERCEPT = Circuit.parse("L0-R1-(R2||CPE2)-CPE3")
INVERSIONS = 3  # steps towards the printed values; each leaves the square of what was off
ASSUMPTIONS = assumptions.declared("eis")
SAMPLES = samples()
#: The film that a boundary capacitance comes from, and the grains that it covers.
FILM_NM = {"GC-LATBP": 3.5, "C-LATP": 1.0, "C-LATBP": 1.0}  # of the others 2
GRAIN_UM = {"LAGP": 0.7, "B2O3-LAGP": 1.7, "Bi2O3-LAGP": 0.7, "B2O3-Bi2O3-LAGP": 1.7}  # else 1


def frequencies_hz(paper: str) -> NDArray:
    """Descending frequency grid of each paper's instrument window, ten points a decade."""
    if paper == "A":
        low, high = (published.claim(f"A-eis-f{end}").number for end in ("lo", "hi"))
        return np.geomspace(high * 1e6, low, 71)
    low, high = (published.claim(f"B-eis-f{end}").number for end in ("lo", "hi"))
    return np.geomspace(high * 1e6, low * 1e-3, 79)


def conductivities(sample: Sample, lagp_bulk_s_per_cm: float) -> tuple[float, float]:
    """Bulk and apparent boundary conductivity at 25 degC; the boundary is inf for a glass.

    Paper A prints both; paper B prints totals only, so a bulk value is assumed
    and the boundary is what the total leaves.
    """
    if sample.kind == "glass":
        return published.claim(f"A-sigma-{sample.key}").number, np.inf
    if sample.paper == "A":
        return tuple(published.claim(f"A-sigma-{part}-{sample.key}").number for part in ("b", "gb"))
    total = published.claim(f"B-sigma-{sample.key}").number
    if lagp_bulk_s_per_cm <= total:
        raise ValueError(
            f"lagp_bulk_s_per_cm = {lagp_bulk_s_per_cm:g} must exceed the total {total:g} "
            f"of {sample.name}"
        )
    return lagp_bulk_s_per_cm, 1 / (1 / total - 1 / lagp_bulk_s_per_cm)


@lru_cache(maxsize=8192)
def _behind_printed(sample: Sample, frozen: frozenset) -> tuple[float, float, float, float]:
    """Bulk and boundary resistance whose spectrum reads as printed, and how it reads beside them.

    Returns
    -------
    tuple of float
        Both resistances at 25 degC in ohm; what an intercept carries beside bulk and leads, and
        an arc beside the boundary, as shares of the boundary.

    Raises
    ------
    ValueError
        Leads that leave nothing of a printed resistance.
    """
    assumed = dict(frozen)
    sigmas = conductivities(sample, assumed["lagp_bulk_s_per_cm"])
    aim = [float(model_conduction.resistance(sigma)) for sigma in sigmas]
    if sample.kind == "glass":  # leads do not count beside a glass
        return aim[0], 0.0, 0.0, 0.0
    lead, beside, wider = assumed["lead_ohm"], 0.0, 0.0
    bulk, boundary = (aim[0] - lead, aim[1]) if sample.paper == "A" else (aim[0], aim[1] - lead)
    if min(bulk, boundary) <= 0:
        raise ValueError(
            f"lead_ohm = {lead:g} must be less than the printed resistances of {sample.name}, "
            f"{aim[0]:.3g} and {aim[1]:.3g} ohm"
        )
    for _ in range(INVERSIONS if sample.paper == "A" else 0):
        model = _pellet(sample, assumed, bulk, boundary)
        one, two = apparent_ohm(model, frequencies_hz(sample.paper))
        beside, wider = (one - bulk - lead) / boundary, two / boundary - 1
        bulk, boundary = bulk + aim[0] - one, boundary + aim[1] - two
    return bulk, boundary, beside, wider


def apparent_ohm(model: Pellet, frequency_hz: NDArray) -> tuple[float, float]:
    """Intercept R1 and arc R2 that L-R1-(R2||CPE2)-CPE3 reads off a pellet without noise.

    Least squares with equal relative weights, in the logarithm of every parameter: what a
    perfect spectrum of this pellet would be printed as. Leads, the skew of the boundary arc
    and the analyser's errors stand in it.
    """
    z, omega = model.impedance(frequency_hz), 2 * np.pi * frequency_hz
    n = model.boundary_alpha * (1 + model.boundary_gamma) / 2
    q2 = model.boundary_f**n * model.boundary_ohm ** (n - 1)  # C = (Q R^(1-n))^(1/n)
    one = model.bulk_ohm + model.lead_ohm
    start = (model.inductance_h, one, model.boundary_ohm, q2, n)

    def parts(logs: NDArray) -> tuple[NDArray, NDArray]:
        found, slopes = INTERCEPT.evaluate(np.exp(logs), omega)
        off, rows = (found - z) / np.abs(z), slopes * np.exp(logs) / np.abs(z)[:, None]
        return np.hstack([off.real, off.imag]), np.vstack([rows.real, rows.imag])

    best = least_squares(
        lambda logs: parts(logs)[0],
        np.log([*start, model.electrode_q, model.electrode_n]),
        jac=lambda logs: parts(logs)[1],
        method="lm",
    )
    return float(np.exp(best.x[1])), float(np.exp(best.x[2]))


def true_ohm(sample: Sample, assumed: Mapping[str, float]) -> tuple[float, float]:
    """Bulk and boundary resistance at 25 degC behind the printed, apparent values.

    What is printed was read from a two-wire spectrum with a circuit of symmetric arcs
    (`apparent_ohm`). Of paper B only the total is printed, and the bulk is assumed; the skew
    moves a fitted total by some 1 %, less than its last printed digit, and is not undone.
    """
    return _behind_printed(sample, frozenset(assumed.items()))[:2]


def activation_energies_ev(sample: Sample, assumed: Mapping[str, float]) -> tuple[float, float]:
    """Bulk and boundary activation energies behind the printed, apparent ones.

    The printed values are slopes over the plate's temperatures of what two wires read: the
    true energies are those for which leads, the skew's share of the boundary in an intercept
    (as at 25 degC), a sample that lags behind its plate, and bulk and boundary in series give
    the printed slopes between 25 and 120 degC.

    Raises
    ------
    ValueError
        No energies give the printed slopes with these leads and this lag.
    """
    bulk_ohm, boundary_ohm, beside, wider = _behind_printed(sample, frozenset(assumed.items()))
    lead, lag = assumed["lead_ohm"], assumed["lag_k"]
    plate = np.array(TEMPERATURES_C)
    inside = plate + _lag(plate, lag)
    printed = np.array([published.claim(f"A-Ea-{p}{sample.key}").number for p in ("b-", "")])

    def missing(energies: NDArray) -> NDArray:
        bulk, boundary = (
            ohm / model_conduction.arrhenius(inside, 1.0, ev)
            for ohm, ev in zip((bulk_ohm, boundary_ohm), energies, strict=True)
        )
        one = lead + bulk + beside * boundary
        read = (1 / one, 1 / (one + (1 + wider) * boundary))
        slope = model_conduction.apparent_activation_energy_ev
        return np.array([slope(plate, sigma) for sigma in read]) - printed

    found = root(missing, printed)
    if not found.success or np.min(found.x) < 0:
        raise ValueError(
            f"no activation energies of {sample.name} give the printed {printed} eV with "
            f"lead_ohm = {lead:g} and lag_k = {lag:g}; use a smaller resistance or lag"
        )
    return tuple(map(float, found.x))


def _lag(plate_c: NDArray | float, lag_k: float) -> NDArray | float:
    """How far the sample is from its plate: nothing at 25 degC, ``lag_k`` at 120 degC."""
    return lag_k * (plate_c - TEMPERATURES_C[0]) / np.ptp(TEMPERATURES_C)


def pellet(
    sample: Sample,
    assumed: Mapping[str, float],
    *,
    temperature_c: float = 25.0,
    energies_ev: tuple[float, float] | None = None,
    sigmas: tuple[float, float] | None = None,
) -> Pellet:
    """Build the pellet of a sample from printed conductivities and one set of assumptions.

    Its apparent resistances and slopes are the printed ones (`true_ohm`,
    `activation_energies_ev`). ``energies_ev`` and ``sigmas`` are truths that override them,
    for null models and rivals.
    """
    if sigmas is None:
        bulk_ohm, boundary_ohm = true_ohm(sample, assumed)
    else:
        bulk_ohm, boundary_ohm = (float(model_conduction.resistance(s)) for s in sigmas)
    if temperature_c != 25.0:
        inside = temperature_c + _lag(temperature_c, assumed["lag_k"])
        energies = energies_ev or activation_energies_ev(sample, assumed)
        factors = [float(model_conduction.arrhenius(inside, 1.0, ev)) for ev in energies]
        bulk_ohm, boundary_ohm = bulk_ohm / factors[0], boundary_ohm / factors[1]
    return _pellet(sample, assumed, bulk_ohm, boundary_ohm)


def _pellet(
    sample: Sample, assumed: Mapping[str, float], bulk_ohm: float, boundary_ohm: float
) -> Pellet:
    given = {name: assumed[name] for name in vars(Pellet(1.0)) if name in assumed}
    if sample.kind == "glass":
        return Pellet(bulk_ohm, **given)
    film_f = model_conduction.brick_layer_capacitance_f(
        FILM_NM.get(sample.name, 2.0), GRAIN_UM.get(sample.name, 1.0), assumed["permittivity"]
    )
    return Pellet(bulk_ohm, boundary_ohm, film_f * assumed["boundary_f_factor"], **given)


def record(model: Pellet, frequency_hz: NDArray, rng: np.random.Generator) -> NDArray:
    """Impedance with random noise, as an analyser would record it."""
    z = model.impedance(frequency_hz)
    noise = rng.normal(size=(2, frequency_hz.size)) * noise_level(frequency_hz) * np.abs(z)
    return z + noise[0] + 1j * noise[1]


def write_spectrum(path: Path, title: str, frequency_hz: NDArray, z: NDArray) -> None:
    """Write one spectrum in the text format of the Novocontrol software (six digits)."""
    lines = [
        f"{title} ",
        f"Fixed value(s) :  AC Volt  [Vrms]={SUPPLY_V:.4e}  ",
        "   Freq.[Hz]   \tZs'[ohm]  \tZs''[ohm]",
        *(f" {f:.5e}\t{v.real: .5e}\t{v.imag: .5e}" for f, v in zip(frequency_hz, z, strict=True)),
    ]
    writing.write_lines(path, lines)


def band(sample: Sample, rng: np.random.Generator) -> pd.DataFrame:
    """5, 50 and 95 % of -Im Z at given Re Z over the declared ranges, 25 degC."""
    f = frequencies_hz(sample.paper)
    sets = assumptions.draws(ASSUMPTIONS, rng, BAND_DRAWS)
    spectra = np.array([pellet(sample, a).impedance(f) for a in sets])
    span = float(np.median(spectra.real[:, np.argmin(np.abs(np.log(f / 1e3)))]))
    grid = np.linspace(0, 1.6 * span, 81)
    rising = np.maximum.accumulate(spectra.real, axis=1)
    ends = {"left": np.nan, "right": np.nan}
    curves = np.array(
        [np.interp(grid, x, -z, **ends) for x, z in zip(rising, spectra.imag, strict=True)]
    )
    known = np.isfinite(curves).mean(axis=0) > 0.5
    low_to_high = np.nanpercentile(curves[:, known], [5, 50, 95], axis=0)
    columns = (f"minus_z_imag_p{p}_ohm" for p in ("05", "50", "95"))
    table = dict(zip(columns, low_to_high, strict=True))
    return pd.DataFrame({"sample": sample.name, "z_real_ohm": grid[known]} | table)


def main(out_dir: Path) -> None:
    """Write every file of the stage."""
    rng = np.random.default_rng(SEED)
    truth, bands = [], []
    for sample in SAMPLES:
        series = TEMPERATURES_C if sample.kind == "glass-ceramic" else TEMPERATURES_C[:1]
        for t in series:
            model = pellet(sample, assumptions.nominal(ASSUMPTIONS), temperature_c=t)
            f = frequencies_hz(sample.paper)
            name = f"{sample.stem}_{t:03.0f}c.txt"
            title = f"SIMULATED {sample.name} {t:g} degC"
            write_spectrum(out_dir / "spectra" / name, title, f, record(model, f, rng))
            truth.append({"file": name, "sample": sample.name, "temperature_c": t, **vars(model)})
        bands.append(band(sample, rng))
    writing.write_truth(truth, out_dir)
    assumptions.write(ASSUMPTIONS, out_dir)
    pd.concat(bands).to_csv(out_dir / "bands.csv", **writing.STYLE)


if __name__ == "__main__":
    writing.command("simulate.eis", "eis", main)
