"""What the impedance analysis makes of simulated pellets.

``python -m compendium.recover.eis`` writes to ``data/simulated/eis_recovery/``:

``spectra.csv``
    Truth and estimate of every resistance at 25 degC over the declared ranges.
``gains.csv``
    Ratios boron-doped/undoped that one pellet each would give, as printed and without effect.
``arrhenius.csv``
    Activation energies that a temperature series would give under rival hypotheses.
"""

from collections.abc import Iterable
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from compendium.recover import Rows, command_line, tabled
from compendium.simulate import assumptions
from compendium.simulate import eis as simulate
from nasicon.eis import fit_circuits
from nasicon.eis.model_pellet import Pellet
from nasicon.transport import model_conduction
from nasicon.transport.fit_temperature import curvature

DRAWS = 250
SEED = 227574
CIRCUITS = {
    "intercept": "L0-R1-(R2||CPE2)-CPE3",
    "two arcs": "L0-(R1||CPE1)-(R2||CPE2)-CPE3",
    "published": "(R1||CPE1)-(R2||CPE2)-(R3||CPE3)-W4",
    "glass": "(R1||CPE1)-CPE3",
}
PELLET_FACTOR = 1.3  # one pellet to the next, one standard deviation
LITERATURE_BULK_EV = (0.23, 0.26)  # sigma form, reference 22 of paper A
RIVAL_LEAD_OHM = (8.7, 9.9)
PAIRS = (("GC-LATBP", "GC-LATP"), ("C-LATBP", "C-LATP"), ("G-LATBP", "G-LATP"))


def recover_spectra(rng: np.random.Generator, total: int = DRAWS) -> pd.DataFrame:
    """Fit ``total`` simulated spectra of every sample with the circuits that are in dispute."""
    frames = []
    for sample in tqdm(simulate.SAMPLES, desc="spectra", unit="sample"):
        sets = assumptions.draws(simulate.ASSUMPTIONS, rng, total)
        pellets = [simulate.pellet(sample, a) for a in sets]
        glass = sample.kind == "glass"
        for name in ("glass",) if glass else ("intercept", "two arcs", "published"):
            frames.append(_estimates(sample, pellets, name, rng))
    return pd.concat(frames, ignore_index=True)


def _estimates(
    sample: simulate.Sample, pellets: list[Pellet], name: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Truth against estimate, one row per draw and resistance."""
    f = simulate.frequencies_hz(sample.paper)
    z = np.array([simulate.record(pellet, f, rng) for pellet in pellets])
    values, stderr, converged = fit_circuits.fit_ensemble(f, z, CIRCUITS[name])
    names = list(fit_circuits.Circuit.parse(CIRCUITS[name]).names)
    bulk = np.array([pellet.bulk_ohm for pellet in pellets])
    boundary = np.array([pellet.boundary_ohm for pellet in pellets])
    one, error = (table[:, names.index("R1")] for table in (values, stderr))
    rows = {"bulk": (bulk, one, error)}
    if "R2" in names:
        two, error_two = (table[:, names.index("R2")] for table in (values, stderr))
        total_error = np.hypot(one * error, two * error_two) / (one + two)
        rows["grain boundary"] = (boundary, two, error_two)
        rows["total"] = (bulk + boundary, one + two, total_error)
    frames = []
    for quantity, (truth, estimate, spread) in rows.items():
        columns = {"sample": sample.name, "circuit": name, "quantity": quantity}
        columns |= {"draw": np.arange(len(pellets)), "truth_ohm": truth, "estimate_ohm": estimate}
        frames.append(pd.DataFrame(columns | {"relative_stderr": spread, "converged": converged}))
    return pd.concat(frames, ignore_index=True)


def recover_gains(rng: np.random.Generator, total: int = DRAWS) -> pd.DataFrame:
    """Ratio of total conductivities, one pellet each, as printed and with no effect of boron."""
    samples = {sample.name: sample for sample in simulate.SAMPLES}
    frames = []
    for doped, undoped in tqdm(PAIRS, desc="gains", unit="pair"):
        for hypothesis in ("printed", "no effect"):
            source = samples[doped if hypothesis == "printed" else undoped]
            new = _total_conductance(samples[doped], source, rng, total)
            old = _total_conductance(samples[undoped], samples[undoped], rng, total)
            columns = {"doped": doped, "undoped": undoped, "hypothesis": hypothesis}
            columns |= {"draw": np.arange(total), "gain_total": new / old}
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _total_conductance(
    sample: simulate.Sample, source: simulate.Sample, rng: np.random.Generator, total: int
) -> NDArray:
    """Estimated 1/R_total of ``total`` pellets of a sample with the conductivities of another."""
    factors = np.exp(rng.normal(0, np.log(PELLET_FACTOR), total))
    sigmas = np.array(simulate.conductivities(source, np.nan))
    sets = assumptions.draws(simulate.ASSUMPTIONS, rng, total)
    pellets = [
        simulate.pellet(sample, assumed, sigmas=tuple(sigmas * factor))
        for assumed, factor in zip(sets, factors, strict=True)
    ]
    name = "glass" if sample.kind == "glass" else "intercept"
    table = _estimates(sample, pellets, name, rng)
    wanted = "bulk" if sample.kind == "glass" else "total"
    return 1 / table.loc[table["quantity"] == wanted, "estimate_ohm"].to_numpy()


def recover_arrhenius(rng: np.random.Generator, total: int = DRAWS) -> pd.DataFrame:
    """Slopes and curvature that a 25-120 degC series would show under three hypotheses.

    ``printed``: truths for which leads, lag and series give the printed slopes.
    ``lead resistance``: a bulk activation energy from the literature and 9 ohm
    of leads and contacts, which the intercept carries.
    ``no effect``: boron changes conductivities but no activation energy.
    """
    samples = [s for s in simulate.SAMPLES if s.kind == "glass-ceramic"]
    cases = list(product(("printed", "lead resistance", "no effect"), samples))
    frames = []
    for hypothesis, sample in tqdm(cases, desc="Arrhenius", unit="case"):
        sets = assumptions.draws(simulate.ASSUMPTIONS, rng, total)
        series = [_series(sample, samples[0], hypothesis, assumed, rng) for assumed in sets]
        frames.append(_slopes(sample, hypothesis, series, rng))
    return pd.concat(frames, ignore_index=True)


def _series(
    sample: simulate.Sample,
    reference: simulate.Sample,
    hypothesis: str,
    assumed: dict[str, float],
    rng: np.random.Generator,
) -> list[Pellet]:
    """One pellet at every temperature, under one hypothesis."""
    assumed = dict(assumed)
    source = reference if hypothesis == "no effect" else sample
    energies = simulate.activation_energies_ev(source, assumed)
    if hypothesis == "lead resistance":
        assumed["lead_ohm"] = rng.uniform(*RIVAL_LEAD_OHM)
        energies = (rng.uniform(*LITERATURE_BULK_EV), energies[1])
    return [
        simulate.pellet(sample, assumed, temperature_c=t, energies_ev=energies)
        for t in simulate.TEMPERATURES_C
    ]


@tabled("sample hypothesis draw ea_total_ev ea_bulk_ev curvature_bulk_ev2")
def _slopes(
    sample: simulate.Sample,
    hypothesis: str,
    series: Iterable[list[Pellet]],
    rng: np.random.Generator,
) -> Rows:
    """Fit every spectrum, then every Arrhenius line (1 K of temperature error)."""
    f = simulate.frequencies_hz(sample.paper)
    names = list(fit_circuits.Circuit.parse(CIRCUITS["intercept"]).names)
    picks = [names.index("R1"), names.index("R2")]
    resistances = []
    for pellets in zip(*series, strict=True):  # a temperature each
        z = np.array([simulate.record(p, f, rng) for p in pellets])
        resistances.append(fit_circuits.fit_ensemble(f, z, CIRCUITS["intercept"])[0][:, picks])
    resistances = np.array(resistances)  # (temperatures, draws, 2)
    bulk, total = resistances[..., 0], resistances.sum(axis=-1)
    t = np.array(simulate.TEMPERATURES_C)
    slope = model_conduction.apparent_activation_energy_ev
    for draw in range(bulk.shape[1]):
        read = t + rng.normal(0, 1.0, t.size)
        sigma_b, sigma_t = (
            model_conduction.conductivity(r[:, draw], 1.0, 10.0) for r in (bulk, total)
        )
        slopes = (slope(read, sigma_t), slope(read, sigma_b), curvature(read, sigma_b)[0])
        yield sample.name, hypothesis, draw, *slopes


STUDIES = {"spectra": recover_spectra, "gains": recover_gains, "arrhenius": recover_arrhenius}

if __name__ == "__main__":
    command_line("eis", STUDIES, SEED)
