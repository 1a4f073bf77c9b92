"""What the analysis of cell tests makes of simulated ones whose truth is known.

``python -m compendium.recover.cycling`` writes to ``data/simulated/cycling_recovery/``:

``rates.csv``
    Capacity at each C-rate over the declared ranges (quasi-steady cell, many draws): with the
    printed conductivities and one interface resistance for both cells, and the other way round.
``checks.csv``
    Some of those draws again by the porous-electrode cell, with a liquid-filled and a
    single-ion electrode, and the resistance that the analysis finds in them.
``fade.csv``
    Fade and efficiency that 50 recorded cycles give under rival hypotheses.
``onsets.csv``
    Onsets and limits of simulated sweeps, with a reaction and without.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from tqdm import tqdm

from compendium import published
from compendium.recover import Rows, command_line, tabled, trials
from compendium.simulate import assumptions, cycling_lsv
from compendium.simulate import cycling as simulate
from compendium.simulate.cycling_cell import CellDesign
from nasicon.core.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K, kelvin
from nasicon.cycling import fit_sweeps
from nasicon.cycling.fit_cycles import resistance
from nasicon.cycling.fit_fades import fade
from nasicon.cycling.model_cells import OCV_REFERENCE_K, QuasiSteadyCell, areal_current_a_per_cm2

DRAWS = 200
CHECKED = 3  # draws that the porous-electrode cell repeats
FADE_DRAWS = 60
ONSET_DRAWS = 150
SEED = 622171
CHECKED_RATES = (0.2, 1.0, 3.0, 5.0)  # enough for a resistance; each costs seconds
XU_DIFFUSIVITY = 1e-14  # m2 s-1, Xu et al. 2019
XU_EXCHANGE = 5.76e-11 * FARADAY_C_PER_MOL * 1000**0.5  # A m-2 per mol m-3, at 1 mol/L
HYPOTHESES = ("conductivities differ", "interfaces differ")
#: What both kinds of cell are told by the same name.
SHARED = str.split(
    "loading_mg_per_cm2 open_circuit_mah_per_g radius_um crystal_g_per_cm3 temperature_c "
    "lower_v upper_v"
)


def quasi_steady(design: CellDesign) -> QuasiSteadyCell:
    """Build the quasi-steady cell of a design: the same inputs without space and time."""
    t = float(kelvin(design.temperature_c))
    energy_k = design.kinetics_kj_per_mol * 1e3 / GAS_J_PER_MOL_K
    faster = np.exp(energy_k * (1 / OCV_REFERENCE_K - 1 / t))
    cell = QuasiSteadyCell(
        series_ohm_cm2=design.separator_ohm_cm2 + design.interface_ohm_cm2,
        diffusion_s=(design.radius_um * 1e-6) ** 2 / (XU_DIFFUSIVITY * faster),
        **{name: getattr(design, name) for name in SHARED},
    )
    sites = cell.site_mah_per_g * 3.6 * design.crystal_g_per_cm3 * 1e6 / FARADAY_C_PER_MOL
    return replace(cell, exchange_a_per_cm2=XU_EXCHANGE * faster * sites / 2 * 1e-4)


def recover_rates(rng: np.random.Generator, total: int = DRAWS) -> pd.DataFrame:
    """Capacity and retention at every rate over the declared ranges, quasi-steady."""
    one_c = simulate.one_c_ma_per_g()
    rates = np.array(simulate.c_rates())
    tables = []
    sets = assumptions.draws(simulate.ASSUMPTIONS, rng, total)
    other = [a["interface_ohm_cm2"] for a in assumptions.draws(simulate.ASSUMPTIONS, rng, total)]
    for draw, assumed in enumerate(tqdm(sets, desc="rates", unit="draw")):
        cells = simulate.designs(assumed)
        pristine = cells["LAGP"]
        for hypothesis in HYPOTHESES:
            for name, design in cells.items():
                if hypothesis == "interfaces differ":
                    if name == simulate.LIQUID:
                        continue  # as before
                    if name != "LAGP":
                        design = replace(pristine, name=name, interface_ohm_cm2=other[draw])
                current = areal_current_a_per_cm2(rates, design.loading_mg_per_cm2, one_c)
                capacity = quasi_steady(design).capacity_mah_per_g(current)
                kept = 100 * capacity / capacity[0] if capacity[0] else np.zeros(rates.size)
                columns = {"hypothesis": hypothesis, "cell": name, "draw": draw, "c_rate": rates}
                columns |= {"mah_per_g": capacity, "retention_percent": kept}
                columns["loading_mg_per_cm2"] = design.loading_mg_per_cm2
                tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


@tabled()
def recover_checks(rng: np.random.Generator, total: int = CHECKED) -> Rows:
    """Porous-electrode cells at some draws, beside the quasi-steady ones."""
    one_c = simulate.one_c_ma_per_g()
    sets = [assumptions.nominal(simulate.ASSUMPTIONS)]
    sets += assumptions.draws(simulate.ASSUMPTIONS, rng, total - 1)
    cases = list(product(enumerate(sets), ("liquid", "single ion"), simulate.SEPARATORS))
    for (draw, assumed), electrode, name in tqdm(cases, desc="porous electrodes", unit="cell"):
        design = simulate.designs(assumed, electrode)[name]
        done = simulate.rate_test(design, list(CHECKED_RATES))
        found = _found_ohm_cm2(done, design)
        for rate, _, half in done[3::4]:  # the last discharge at each rate
            current = areal_current_a_per_cm2(rate, design.loading_mg_per_cm2, one_c)
            steady = float(quasi_steady(design).capacity_mah_per_g(current))
            yield {
                "draw": draw,
                "electrode": electrode,
                "cell": name,
                "c_rate": rate,
                "mah_per_g": 1e6 * half.summary["capacity_ah"] / design.active_mass_mg,
                "quasi_steady_mah_per_g": steady,
                "status": half.status,
                "series_ohm_cm2": design.series_ohm * design.area_cm2,
                "found_ohm_cm2": found,
                "loading_mg_per_cm2": design.loading_mg_per_cm2,
            }


def _found_ohm_cm2(done: list, design: CellDesign) -> float:
    """Resistance that the analysis of the polarisation finds, nan where too few rates pass."""
    rows = []
    for (_, _, up), (_, _, down) in zip(done[2::4], done[3::4], strict=True):
        if up.status != "solved" or down.status != "solved":
            continue
        means = [h.summary["energy_wh"] / h.summary["capacity_ah"] for h in (up, down)]
        rows.append(
            {
                "up_current_a": up.records["current_a"].iloc[-1],
                "down_current_a": -down.records["current_a"].iloc[-1],
                "polarisation_v": means[0] - means[1],
                "down_capacity_ah": down.summary["capacity_ah"],
            }
        )
    table = pd.DataFrame(rows)
    if len(table) < 3:
        return np.nan
    table["retention_percent"] = 100 * table["down_capacity_ah"] / table["down_capacity_ah"].max()
    try:
        return resistance(table)["resistance"] * design.area_cm2
    except ValueError:
        return np.nan


#: growth of the interface per cycle in each cell, as a multiple of what is assumed
AGEING = {
    "conductivity alone": (0.0, 0.0),
    "equal growth of interfaces": (1.0, 1.0),
    "growth in pristine LAGP only": (1.0, 0.0),
}


@tabled()
def recover_fade(rng: np.random.Generator, total: int = FADE_DRAWS) -> Rows:
    """Fade, retention and efficiency that 50 recorded cycles would give, quasi-steady."""
    count = int(published.claim("B-cyc-n").number)
    rate, one_c = published.claim("B-cyc-c").number, simulate.one_c_ma_per_g()
    n = np.arange(count)
    for _, draw, assumed in trials(simulate.ASSUMPTIONS, rng, total, ("fade",)):
        for hypothesis, factors in AGEING.items():
            alone = hypothesis == "conductivity alone"
            cells = simulate.designs(assumed)
            for name, factor in zip(simulate.SEPARATORS, factors, strict=True):
                design, growth = cells[name], factor * assumed["growth_ohm_cm2_per_cycle"]
                ohm = design.series_ohm * design.area_cm2 + growth * n
                lost = 0.0 if alone else assumed["active_loss_percent_per_cycle"] / 100
                left = 1 - lost * n
                current = areal_current_a_per_cm2(rate, design.loading_mg_per_cm2, one_c)
                # what is left carries the whole current: its density rises, the drop does not
                cell = replace(quasi_steady(design), series_ohm_cm2=ohm * left)
                truth = left * cell.capacity_mah_per_g(current / left)
                drift = simulate.drift(rng, count, 0.1, assumed["temperature_correlation"])
                recorded = truth * (1 + 1e-3 * drift)
                fitted = fade(n + 1, recorded)
                kept, low, high = fitted.retention_percent(count)
                share = assumed["parasitic_ua_per_cm2"] * 1e-6 / current
                yield {
                    "hypothesis": hypothesis,
                    "cell": name,
                    "draw": draw,
                    "true_retention_percent": 100 * truth[-1] / truth[0],
                    "retention_percent": kept,
                    "ci_low": low,
                    "ci_high": high,
                    "first_mah_per_g": truth[0],
                    "efficiency_percent": 100 * (1 - share) / (1 + share),
                }


@tabled()
def recover_onsets(rng: np.random.Generator, total: int = ONSET_DRAWS) -> Rows:
    """Onset, capacitance and charge limit of sweeps at the printed rate."""
    scan = published.claim("B-lsv-rate").number / 1e3
    for _, draw, assumed in trials(cycling_lsv.ASSUMPTIONS, rng, total, ("sweeps",)):
        for reaction in (False, True):
            table = cycling_lsv.sweep(assumed, scan, reaction, rng)
            sweep = fit_sweeps.remove_capacitive(table, assumed["lsv_area_cm2"], (2.2, 3.5))
            by_limit = fit_sweeps.onset(sweep)
            fixed = fit_sweeps.onset(sweep, 1e-6)
            yield {
                "draw": draw,
                "reaction": reaction,
                "true_v_at_1ua": assumed["lsv_onset_v"] if reaction else np.nan,
                "found": by_limit.found,
                "onset_v": by_limit.voltage_v,
                "onset_1ua_v": fixed.voltage_v,
                "limit_ua_per_cm2": 1e6 * float(np.median(sweep.detection_limit())),
                "charge_limit_uc_per_cm2": 1e6 * sweep.charge_limit_c_per_cm2(),
                "true_uf_per_cm2": assumed["lsv_capacitance_uf_per_cm2"],
                "uf_per_cm2": 1e6 * sweep.capacitance_f_per_cm2,
            }


STUDIES = {
    "rates": recover_rates,
    "checks": recover_checks,
    "fade": recover_fade,
    "onsets": recover_onsets,
}

if __name__ == "__main__":
    command_line("cycling", STUDIES, SEED)
