"""Words that mean the same everywhere: flags of findings, and quantities with plausible ranges.

>>> implausible("thickness", 900.0, "mm")
'thickness 900 mm is outside 0.005 to 50 mm (a pellet or a film): is it in µm?'
>>> implausible("bulk conductivity", 1e-4, "S cm-1")
''
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

#: Flags of a number that is no result.
BLOCKING = {
    "at_bound": "the fit ends at a bound: at most a limit",
    "not_identifiable": "the data do not determine it: no digits",
    "not_converged": "the fit did not reach a minimum",
    "kk_fail": "the spectrum fails the Kramers-Kronig test",
    "misfit": "the residuals are above the noise or structured",
    "implausible": "outside what such a quantity can be: a slip of units?",
}
#: All flags, those that only inform after those that block.
FLAGS = BLOCKING | {
    "correlated": "it is correlated with another parameter",
    "outside_window": "it lies outside the measured window",
    "systematic": "a known error larger than the interval is not in it",
}


def as_flags(given: str | Iterable[str]) -> tuple[str, ...]:
    """Return flags in the table's order, each once.

    Parameters
    ----------
    given : str or iterable of str
        Names, or a text of names separated by ``;``.

    Raises
    ------
    ValueError
        A name that is no flag.
    """
    names = given.split(";") if isinstance(given, str) else list(given)
    names = [name for name in names if name]
    for name in names:
        if name not in FLAGS:
            raise ValueError(f"flag must be of {', '.join(FLAGS)}; got {name!r}")
    return tuple(name for name in FLAGS if name in names)


def blocks(given: str | Iterable[str]) -> bool:
    """Whether one of the flags makes the number no result."""
    return any(name in BLOCKING for name in as_flags(given))


@dataclass(frozen=True)
class Quantity:
    """A quantity that is measured, fitted or given.

    Attributes
    ----------
    unit : str
        As in findings; ranges are in it.
    low, high : float
        What is plausible.
    reason : str
        Why the range ends there.
    symbol : str
        For figures.
    slips : tuple of (float, str)
        Factor between what was meant and what was given, and what to ask.
    """

    unit: str
    low: float
    high: float
    reason: str
    symbol: str = ""
    slips: tuple[tuple[float, str], ...] = ()


_LENGTH = ((1e3, "is it in µm?"), (1e-3, "is it in m?"), (0.1, "is it in cm?"))
_KELVIN = "is it in kelvin?"
_SIGMA = "from an insulator to the best solid conductors"
# what says how two numbers differ, or what scatters: not the quantity itself
_DERIVED = re.compile(
    r"\b(error|bias|gain|change|difference|ratio|over|spread|overlap|shared|curvature|p|t|d)\b"
)
_STEPS = ((1e3, "thickness in µm?"), (1e-3, "thickness in m?"), (10.0, "diameter in cm?"))
_WAVE = ((0.1, "is it in nm?"), (1e2, "is it in pm?"))
_IN_CM = ((10.0, "thickness or diameter in cm?"),)
_DENSE = "no pellet is denser than its crystal"
_PERMITTIVITY = ((100.0, "diameter in cm, kHz or kohm?"), (0.1, "thickness in cm?"))


def _sigma(symbol: str) -> Quantity:
    return Quantity("S cm-1", 1e-16, 1.0, _SIGMA, symbol, _STEPS)


def _energy(symbol: str) -> Quantity:
    return Quantity("eV", 0.04, 2.5, "of ions, from silver iodide to insulators", symbol)


_CAPACITY = Quantity(
    "mAh g-1", 0.0, 3862.0, "lithium itself holds 3862", "Q", ((1e3, "mass in g?"),)
)
#: By the name that findings, tables and figures use; given parameters by what they are.
QUANTITIES = {
    # given by the user
    "thickness": Quantity("mm", 0.005, 50.0, "a pellet or a film", "d", _LENGTH),
    "diameter": Quantity("mm", 0.1, 200.0, "a pellet", "", _LENGTH),
    "electrode area": Quantity(
        "cm2", 1e-3, 1e4, "from a microcell to a pouch", "S", ((1e2, "is it in mm2?"),)
    ),
    "active mass": Quantity(
        "mg", 0.02, 1e5, "from a thin film to a pouch", "m", ((1e-3, "is it in g?"),)
    ),
    "loading": Quantity(
        "mg cm-2", 0.03, 300.0, "of a film to a pellet", "", ((1e-2, "the area in mm2?"),)
    ),
    "cut off": Quantity("V", -5.0, 10.0, "the voltage of a cell", "", ((1e3, "is it in mV?"),)),
    "temperature": Quantity("degC", -200.0, 1600.0, "a furnace or a cryostat", "T"),
    "wavelength": Quantity("angstrom", 0.2, 2.6, "X-rays of powder diffraction", "λ", _WAVE),
    "beam voltage": Quantity("kV", 5.0, 3e3, "a microscope", "", ((1e3, "is it in V?"),)),
    "collection angle": Quantity("mrad", 0.05, 150.0, "a spectrometer", "", ((1e-3, "in rad?"),)),
    "scale": Quantity("nm per pixel", 0.005, 5e4, "a micrograph", "", ((1e-3, "is it in µm?"),)),
    # conduction
    "bulk conductivity": _sigma("σ_b"),
    "grain boundary conductivity": _sigma("σ_gb"),
    "specific grain boundary conductivity": _sigma("σ_gb,specific"),
    "total conductivity": _sigma("σ"),
    "bulk activation energy": _energy("E_a,b"),
    "grain boundary activation energy": _energy("E_a,gb"),
    "total activation energy": _energy("E_a"),
    "relative permittivity": Quantity("1", 1.0, 1e12, "no matter is below the vacuum"),
    "relative permittivity of the bulk": Quantity(
        "1", 2.0, 1e3, "from polymers to perovskites", "ε_r", _PERMITTIVITY
    ),
    "resistance": Quantity("ohm", 0.0, 1e14, "dissipation takes energy", "R"),
    # cells
    "area-specific resistance": Quantity("ohm cm2", 0.0, 1e12, "dissipation takes energy", "R_A"),
    "onset of a reaction": Quantity(
        "V", -5.0, 10.0, "the voltage of a cell", "E", ((1e3, "is it in mV?"),)
    ),
    "capacitance": Quantity(
        "uF cm-2", 0.0, 1e6, "up to a supercapacitor", "C", ((1e6, "the current in µA?"),)
    ),
    "scan rate": Quantity("mV s-1", 1e-5, 1e6, "a sweep", "v"),
    "charge capacity": _CAPACITY,
    "discharge capacity": _CAPACITY,
    "coulombic efficiency": Quantity("%", 0.0, 110.0, "charge out over charge in", "CE"),
    # diffraction, densities, grains
    "weight fraction": Quantity("wt%", 0.0, 100.0, "a share", "w"),
    "crystallite size": Quantity("nm", 0.5, 2000.0, "what widths can tell", "L"),
    "relative density": Quantity("%", 5.0, 100.5, _DENSE, "", _IN_CM),
    "porosity": Quantity("%", -0.5, 95.0, _DENSE),
    "density": Quantity("g cm-3", 0.01, 22.7, "osmium has 22.6", "ρ"),
    "per formula unit": Quantity(
        "1", 0.0, 50.0, "atoms of one element in a formula", "", ((1e3, "a mass in mg?"),)
    ),
    "crystallinity": Quantity("%", 0.0, 100.0, "a share"),
    "grain size": Quantity("nm", 1.0, 1e6, "a ceramic", "D", ((1e-3, "is the scale in µm?"),)),
    # spectroscopy and microscopy
    "isotropic shift": Quantity("ppm", -2500.0, 2500.0, "shifts of a nucleus in solids", "δ"),
    "C_Q": Quantity("MHz", 0.0, 30.0, "a nucleus in an oxide", "C_Q"),
    "eta": Quantity("1", 0.0, 1.0, "|V_xx - V_yy| over V_zz, the largest", "η"),
    "binding energy": Quantity("eV", -20.0, 1e4, "below the photon energies in use", "E_B"),
    "background exponent": Quantity("1", 0.5, 8.0, "core losses fall as a power of energy", "r"),
    "atoms per area": Quantity("nm-2", 0.0, 2e5, "a foil that electrons pass", "N"),
    "resonance": Quantity("Hz", 1e3, 1e9, "a cantilever", "f", ((1e-3, "is the axis in kHz?"),)),
    "quality factor": Quantity("1", 1.0, 2000.0, "contact resonance in air or vacuum", "Q"),
    "relaxation time constant": Quantity("s", 1e-9, 1e6, "a record", "τ"),
}  # given and found in one place: a reader sees at once what is taken for possible


def implausible(quantity: str, value: float, unit: str) -> str:
    """Say why a value cannot be, with the likely slip; an empty text where it can.

    Parameters
    ----------
    quantity : str
        A name of ``QUANTITIES``, or one that ends in it or begins with it and a space
        or comma (``discharge capacity at 1 C``); others have no range and pass, and so do
        differences, ratios and scatters (``bias of bulk resistance``).
    value : float
    unit : str
        Checked only against a range in the same unit.

    Returns
    -------
    str
        ``thickness 900 mm is outside 0.005 to 50 mm (a pellet or a film): is it in µm?``
    """
    known = _known(quantity)
    if known is None or known.unit != unit or not math.isfinite(value):
        return ""
    if known.low <= value <= known.high:
        return ""
    asked = ""
    for factor, question in known.slips:
        if known.low <= value / factor <= known.high:
            asked = f": {question}"
            break
    unit = "" if unit == "1" else f" {unit}"
    return (
        f"{quantity} {value:.4g}{unit} is outside {known.low:g} to {known.high:g}{unit} "
        f"({known.reason}){asked}"
    )


def implausible_temperatures(celsius: Iterable[float]) -> str:
    """Say when given temperatures look like kelvin, or cannot be; empty where they can.

    A series above 230 whose every value ends in .15 or .16 is kelvin to the eye of anyone who
    reads it, and so is one that is a multiple of 5 throughout less 273 (298, 313.2), and not as
    it stands.
    """
    values = [float(t) for t in celsius]
    ends = all(abs(t - math.floor(t) - 0.155) < 0.006 for t in values)
    even, plain = ([t - zero for t in values] for zero in (273.08, 0.0))
    round_in_celsius = all(abs(t - 5 * round(t / 5)) < 0.13 for t in even)
    round_in_celsius &= not any(abs(t - 5 * round(t / 5)) < 0.13 for t in plain)
    if values and min(values) > 230 and (ends or (len(values) > 2 and round_in_celsius)):
        return f"temperatures {values[0]:g} to {values[-1]:g} degC: {_KELVIN}"
    for value in values:
        if text := implausible("temperature", value, "degC"):
            return text
    return ""


def _known(quantity: str) -> Quantity | None:
    if quantity in QUANTITIES:
        return QUANTITIES[quantity]
    if _DERIVED.search(quantity):
        return None
    for name, known in QUANTITIES.items():
        if quantity.endswith(f" {name}") or quantity.startswith((f"{name} ", f"{name},")):
            return known
    return None
