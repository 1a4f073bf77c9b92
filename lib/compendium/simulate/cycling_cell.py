"""Li | separator | NCM622 as a porous-electrode cell, solved by PyBaMM.

The Doyle-Fuller-Newman half-cell with Xu et al.'s parameters (the nearest set that PyBaMM
ships; J. Electrochem. Soc. 166 (2019) A3456), widened to 2.5-4.2 V, with the open-circuit curve
of NCM622 in place of its own, and rescaled to the cell's temperature. A ceramic separator and
its interfaces are a series resistance; the liquid reference has a wetted separator instead.

PyBaMM is loaded only when a cell is made.
"""

import os
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core.constants import FARADAY_C_PER_MOL, GAS_J_PER_MOL_K, kelvin
from nasicon.cycling.model_cells import OCV_REFERENCE_K, nmc622_lithium

FILM_M = 1e-6  # what is left of the liquid separator beside a ceramic one
CELGARD_M = 25e-6
TOLERANCE = 1e-7
REST_S = 600.0
ELECTRONIC_S_PER_M = 1.0  # Xu's 100 loses the charge balance to rounding in so thin a layer
START_V = 3.45  # the cell is made discharged
#: books of no charge
NOTHING = ("capacity_ah", "energy_wh", "charge_residual_percent", "energy_residual_percent")
CURRENT = "Current function [A]"
RESISTANCE = "Series resistance [Ohm]"


def closest_at_ends(angles: NDArray) -> NDArray:
    """Shares from 0 to 1 of angles from 0 to pi: closest at both ends, where a voltage bends."""
    return (1 - np.cos(angles)) / 2


WHEN = closest_at_ends(np.linspace(0, np.pi, 1001))
RECORDED = ("time_s", "current_a", "voltage_v", "capacity_ah")
#: what a 1 M solution of LiPF6 has of its own
LIQUID = (
    "Electrolyte diffusivity [m2.s-1]",
    "Electrolyte conductivity [S.m-1]",
    "Cation transference number",
    "Thermodynamic factor",
)
#: losses of a half-cycle, by name: PyBaMM's variable (with its sign on discharge)
LOSSES = {
    "particle diffusion": "Battery particle concentration overpotential [V]",
    "charge transfer": "X-averaged battery positive reaction overpotential [V]",
    "lithium": "X-averaged battery reaction overpotential [V]",  # less charge transfer
    "salt diffusion": "X-averaged battery concentration overpotential [V]",
    "electrolyte": "X-averaged battery electrolyte ohmic losses [V]",
    "solid": "X-averaged battery solid phase ohmic losses [V]",
}


@dataclass(frozen=True)
class CellDesign:
    """One cell; every number but the temperature and window is an assumption or a print.

    Attributes
    ----------
    separator_ohm_cm2, interface_ohm_cm2 : float
        Area-specific resistances at the cell's temperature.
    loading_mg_per_cm2, area_cm2 : float
    electrode : str
        "liquid" (pores filled with 1 M LiPF6 in EC:EMC 3:7) or "single ion" (a solid ion path
        with transference number one).
    wetted_separator : bool
        A porous separator with the liquid in it, as in the liquid reference.
    kinetics_kj_per_mol : float
        Activation energy of diffusion in, and exchange at, the particles.
    """

    name: str
    separator_ohm_cm2: float
    interface_ohm_cm2: float
    loading_mg_per_cm2: float = 2.0
    area_cm2: float = 0.785
    electrode: str = "liquid"
    wetted_separator: bool = False
    temperature_c: float = 65.0
    kinetics_kj_per_mol: float = 35.0
    open_circuit_mah_per_g: float = 170.0
    crystal_g_per_cm3: float = 4.75
    single_ion_s_per_cm: float = 5e-4
    radius_um: float = 5.3
    lower_v: float = 2.5
    upper_v: float = 4.2

    def __post_init__(self) -> None:
        if self.electrode not in ("liquid", "single ion"):
            raise ValueError(f"electrode must be 'liquid' or 'single ion', got {self.electrode!r}")
        for name in ("loading_mg_per_cm2", "area_cm2", "radius_um", "crystal_g_per_cm3"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be > 0, got {getattr(self, name)!r}")

    @property
    def series_ohm(self) -> float:
        """Resistance of separator and interfaces."""
        return (self.separator_ohm_cm2 + self.interface_ohm_cm2) / self.area_cm2

    @property
    def active_mass_mg(self) -> float:
        """Active material in the cell."""
        return self.loading_mg_per_cm2 * self.area_cm2

    def current_a(self, c_rate: float, one_c_ma_per_g: float) -> float:
        """Current of a C-rate."""
        return c_rate * one_c_ma_per_g * self.active_mass_mg * 1e-6


@dataclass
class HalfCycle:
    """One charge or discharge: records and the book of its energy.

    `summary` holds capacity, energy, losses in percent of what open circuit would give or ask,
    and how well charge and energy are conserved
    (`charge_residual_percent`, `energy_residual_percent`).
    """

    records: pd.DataFrame
    summary: dict[str, float] = field(default_factory=dict)
    status: str = "solved"


class Cell:
    """A cell that is charged and discharged in turn, from the discharged state on.

    One discretised model serves all currents and series resistances.
    """

    def __init__(self, design: CellDesign) -> None:
        os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
        import pybamm

        self.design = design
        self._pybamm = pybamm
        pybamm.set_logging_level("ERROR")
        model = pybamm.lithium_ion.DFN(
            {"working electrode": "positive", "contact resistance": "true"}
        )
        solver = pybamm.IDAKLUSolver(rtol=TOLERANCE, atol=TOLERANCE)
        self._simulation = pybamm.Simulation(
            model, parameter_values=self._parameters(), solver=solver
        )
        self._last = None
        self._clock = 0.0

    @cached_property
    def sites_mah_per_g(self) -> float:
        """Capacity of all lithium sites."""
        d = self.design
        span = float(nmc622_lithium(d.lower_v) - nmc622_lithium(d.upper_v))
        return d.open_circuit_mah_per_g / span

    def _parameters(self):
        pybamm, d = self._pybamm, self.design
        values = pybamm.ParameterValues("Xu2019")
        landesfeind = pybamm.ParameterValues("ORegan2022")  # holds EC:EMC 3:7 (2019)
        t = float(kelvin(d.temperature_c))
        faster = np.exp(
            d.kinetics_kj_per_mol * 1e3 / GAS_J_PER_MOL_K * (1 / OCV_REFERENCE_K - 1 / t)
        )
        active = values["Positive electrode active material volume fraction"]
        length_m = d.loading_mg_per_cm2 * 1e-5 / (d.crystal_g_per_cm3 * active)
        sites = self.sites_mah_per_g * 3.6 * d.crystal_g_per_cm3 * 1e6 / FARADAY_C_PER_MOL
        steps = np.linspace(5.2, 2.0, 1601)  # even in voltage: fine where the curve is steep
        filled = nmc622_lithium(steps)
        exchange = values["Positive electrode exchange-current density [A.m-2]"]
        lithium = values["Exchange-current density for lithium metal electrode [A.m-2]"]
        side = np.sqrt(d.area_cm2) * 1e-2
        updates = {
            "Positive electrode OCP [V]": lambda x: pybamm.Interpolant(
                filled, steps, x, interpolator="pchip", name="NMC622"
            ),
            "Positive electrode exchange-current density [A.m-2]": (
                lambda c_e, c, c_max, T: faster * exchange(c_e, c, c_max, T)
            ),
            "Exchange-current density for lithium metal electrode [A.m-2]": (
                lambda c_e, c_li, T: faster * lithium(c_e, c_li, T)
            ),
            "Positive particle diffusivity [m2.s-1]": (
                values["Positive particle diffusivity [m2.s-1]"] * faster
            ),
            "Positive particle radius [m]": d.radius_um * 1e-6,
            "Maximum concentration in positive electrode [mol.m-3]": sites,
            "Initial concentration in positive electrode [mol.m-3]": sites
            * float(nmc622_lithium(START_V)),
            "Positive electrode thickness [m]": length_m,
            "Positive electrode conductivity [S.m-1]": ELECTRONIC_S_PER_M,
            "Separator thickness [m]": CELGARD_M if d.wetted_separator else FILM_M,
            "Electrode height [m]": side,
            "Electrode width [m]": side,
            "Nominal cell capacity [A.h]": d.active_mass_mg * 0.17e-3,
            "Lower voltage cut-off [V]": d.lower_v,
            "Upper voltage cut-off [V]": d.upper_v,
            "Open-circuit voltage at 0% SOC [V]": d.lower_v,
            "Open-circuit voltage at 100% SOC [V]": d.upper_v,
            "Ambient temperature [K]": t,
            "Initial temperature [K]": t,
            CURRENT: "[input]",
            "Contact resistance [Ohm]": pybamm.InputParameter(RESISTANCE),
        }
        if d.electrode == "liquid":
            updates |= {name: landesfeind[name] for name in LIQUID}
        else:
            updates["Cation transference number"] = 1.0
            updates["Electrolyte conductivity [S.m-1]"] = d.single_ion_s_per_cm * 100
        values.update(updates)
        return values

    def half_cycle(self, current_a: float, series_ohm: float | None = None) -> HalfCycle:
        """Pass a current until a cut-off; positive charges.

        A case that the solver cannot finish keeps the cell's state and says why in `status`; so
        does one whose ohmic drop alone passes the cut-off.
        """
        resistance = self.design.series_ohm if series_ohm is None else series_ohm
        mass_g = self.design.active_mass_mg / 1e3
        longest = 1.3 * 3.6 * self.sites_mah_per_g * mass_g / abs(current_a)
        try:
            solution = self._step(-current_a, longest, resistance)
        except self._pybamm.SolverError as error:
            reason = " ".join(str(error).split())
            at_once = "non-positive at initial conditions" in reason
            status = "cut off at once" if at_once else f"solver failed: {reason[:160]}"
            nothing = dict.fromkeys(NOTHING, 0.0)
            return HalfCycle(self._one_record(current_a, resistance), nothing, status)
        return self._book(solution, current_a, resistance)

    def _one_record(self, current_a: float, resistance: float) -> pd.DataFrame:
        """What a tester logs of a half-cycle that ends as it begins."""
        if self._last is None:
            return pd.DataFrame(columns=RECORDED)
        volts = float(self._last["Voltage [V]"].entries[-1]) + current_a * resistance
        return pd.DataFrame([(self._clock, current_a, volts, 0.0)], columns=RECORDED)

    def rest(self) -> None:
        """Wait at open circuit."""
        self._step(0.0, REST_S, self.design.series_ohm)

    def _step(self, pybamm_current: float, seconds: float, resistance: float):
        self._simulation.build()
        start = self._last
        if start is not None:
            start.termination = "final time"  # a cut-off ends a half-cycle, not the test
        solution = self._simulation.step(
            seconds,
            t_eval=np.linspace(0, seconds, 3),
            inputs={CURRENT: pybamm_current, RESISTANCE: resistance},
            starting_solution=start,
            save=False,
        )
        if "event" not in solution.termination and solution.termination != "final time":
            raise self._pybamm.SolverError(solution.termination)
        self._last = solution.last_state
        return solution

    def _book(self, solution, current_a: float, resistance: float) -> HalfCycle:
        """Records of a half-cycle, and its charge and energy balances.

        The solver's steps hang on the last bit, so they differ between machines; its own
        interpolant (by Hermite's formula, with the equations' slopes) does not.
        """
        start = float(solution.t[0])
        t = np.interp(WHEN, (0, 1), solution.t[[0, -1]])

        def read(name: str) -> NDArray:
            return np.asarray(solution[name](t), dtype=float)

        voltage, open_circuit = read("Voltage [V]"), read("Bulk open-circuit voltage [V]")
        hours = (t - start) / 3600
        charge_ah = abs(current_a) * hours

        def energy(volts: NDArray) -> float:
            return float(np.trapezoid(volts, charge_ah))

        direction = np.sign(current_a)
        losses = {name: direction * read(variable) for name, variable in LOSSES.items()}
        losses["lithium"] -= losses["charge transfer"]
        d = self.design
        share = d.separator_ohm_cm2 / max(d.separator_ohm_cm2 + d.interface_ohm_cm2, 1e-12)
        drop = np.full_like(t, abs(current_a) * resistance)
        losses["separator"] = share * drop
        losses["interfaces"] = (1 - share) * drop
        lithium = read("Total lithium in positive electrode [mol]")
        stored = abs(lithium[-1] - lithium[0]) * FARADAY_C_PER_MOL / 3600
        terminal, total = energy(voltage), energy(open_circuit)
        lost = {name: energy(v) for name, v in losses.items()}
        balance = total + direction * sum(lost.values())
        columns = (self._clock + t - start, current_a, voltage, charge_ah)
        records = pd.DataFrame(dict(zip(RECORDED, columns, strict=True)))
        self._clock += float(t[-1] - start)
        summary = {
            "capacity_ah": float(charge_ah[-1]),
            "energy_wh": terminal,
            "open_circuit_wh": total,
            **{f"loss_{n.replace(' ', '_')}_percent": 100 * v / total for n, v in lost.items()},
            "charge_residual_percent": 100 * (stored / charge_ah[-1] - 1),
            "energy_residual_percent": 100 * (balance / terminal - 1),
        }
        ended = solution.termination
        expected = "Maximum voltage" if current_a > 0 else "Minimum voltage"
        status = "solved" if expected in ended else f"ended by {ended}"
        return HalfCycle(records, summary, status)
