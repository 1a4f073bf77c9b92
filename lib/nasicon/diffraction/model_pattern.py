"""A calculated powder pattern as a function of its parameters, with its exact Jacobian.

Intensity of a line of phase p: s m |F|^2 LP P / (V^2 rho), in units in which the
strongest line of corundum has an area near 1. So the scale s is proportional to the mass
of the phase, and weight fractions are scales divided by their sum (the method of
reference intensity ratios, applied to all lines at once).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from nasicon.core.vocabulary import implausible
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.model_lines import add_lines
from nasicon.diffraction.model_powder import Phase

CELL_TOLERANCE = 0.015  # how far a cell length may move, relative
ANGLE_TOLERANCE_DEG = 1.0
SIZE_NM = (2.0, 3000.0)
REACH_WIDTHS, REACH_DEG = 20.0, (0.6, 8.0)
# m |F|^2 LP/(V^2 rho) of corundum 104, Cu K-alpha1: only the unit of the scales
CORUNDUM_UNIT = 3.4


@dataclass(frozen=True)
class Options:
    """What is refined, and what the instrument is.

    Attributes
    ----------
    wavelength, wavelength_2, ratio : float
        K-alpha1, K-alpha2 (nan: none) in angstrom, and their intensity ratio.
    background : int
        Order of the Chebyshev polynomial; a 1/(2theta) term is added.
    hump : bool
        One Gaussian amorphous hump with area, centre and width refined.
    held_cells : frozenset of str
        Phases whose cell is not refined.
    refine_strain : bool
        Of every phase, beside its size.
    refine_roughness : bool
        One factor exp(-r (1/sin(theta) - 1)) on all lines: what a rough or overfilled
        surface loses at low angles (after Suortti, J. Appl. Cryst. 5 (1972) 325).
    textured : mapping of phase name to axis
        March-Dollase preferred orientation about that axis, refined. Declare it:
        it is an added freedom that a texture must justify.
    automatic_slit : bool
        The divergence slit opens with theta and lights one length: lines gain sin(theta).
    gauss_deg : float or None
        Gaussian width of the instrument; None refines it, and then size is what
        width is left, not a corrected size.
    shape : float
        Scherrer constant.
    alignment_deg : float
        2theta error of an aligned instrument beside the displacement, one standard error, in
        the errors; 0 with an internal standard. Displacements of order 0.02 deg come
        with the temperature of room and tube (Thermal and Mechanical Instabilities in the
        Alignment of Bragg-Brentano Parafocussing Powder Diffractometers, Powder Diffr.), and
        +-0.01 to 0.02 deg is what a maker accepts (Bruker DOC-M88-EXX157).
    """

    wavelength: float
    wavelength_2: float = float("nan")
    ratio: float = 0.0
    background: int = 6
    hump: bool = False
    held_cells: frozenset[str] = frozenset()
    refine_strain: bool = False
    refine_roughness: bool = False
    textured: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    automatic_slit: bool = False
    gauss_deg: float | None = None
    shape: float = 0.9
    alignment_deg: float = 0.02

    def __post_init__(self) -> None:
        for name in ("wavelength", "wavelength_2"):
            if text := implausible("wavelength", getattr(self, name), "angstrom"):
                raise ValueError(f"{name}: {text}")


class PatternModel:
    """Pattern of some phases on a grid of angles.

    Parameters
    ----------
    two_theta : ndarray, shape (n,)
    phases : sequence of Phase
    options : Options
    """

    def __init__(self, two_theta: NDArray, phases: Sequence[Phase], options: Options) -> None:
        if not phases:
            raise ValueError("phases must name at least one candidate, got none")
        names = [phase.name for phase in phases]
        if len(set(names)) < len(names):
            raise ValueError(f"phases must differ, got {names}")
        if unknown := set(options.textured) - set(names):
            raise ValueError(f"textured names {sorted(unknown)}, which are no candidates {names}")
        self.x, self.phases, self.options = np.asarray(two_theta, float), tuple(phases), options
        self.names, self.units, self.positive = self._parameters()
        low, high = self.x[0], self.x[-1]
        scaled = (2 * self.x - low - high) / (high - low)
        basis = chebyshev.chebvander(scaled, options.background)
        # of 1/2theta what the polynomial has not: nearly parallel columns slow the descent
        steep = 10.0 / self.x - basis @ np.linalg.lstsq(basis, 10.0 / self.x, rcond=None)[0]
        height = np.abs(steep).max()  # in a narrow range nothing but rounding is left
        self.basis = np.column_stack([basis, steep / height if height > 1e-9 else 0.0 * steep])
        self.reachable = [self._within(phase) for phase in self.phases]

    def _parameters(self) -> tuple[tuple[str, ...], tuple[str, ...], NDArray]:
        o, names = self.options, []
        names.append(("displacement", "deg", False))
        if o.gauss_deg is None:
            names.append(("gauss", "deg", True))
        if o.refine_roughness:
            names.append(("roughness", "1", False))
        for phase in self.phases:
            k = key(phase.name)
            names.append((f"scale_{k}", "1", False))
            if phase.name not in o.held_cells:
                for n in model.CELL_PARAMETERS[phase.system]:
                    names.append((f"{n}_{k}", "deg" if len(n) > 1 else "angstrom", False))
            names.append((f"size_{k}", "nm", True))
            if o.refine_strain:
                names.append((f"strain_{k}", "%", False))
            if phase.name in o.textured:
                names.append((f"march_{k}", "1", True))
        if o.hump:
            names += [
                ("hump_area", "counts deg", False),
                ("hump_centre", "deg", False),
                ("hump_width", "deg", True),
            ]
        names += [(f"background_{i}", "counts", False) for i in range(o.background + 2)]
        columns = list(zip(*names, strict=True))
        return columns[0], columns[1], np.array(columns[2])

    def _within(self, phase: Phase) -> NDArray:
        """Reflections that can matter on the grid, tails of lines outside included."""
        d = phase.d_spacing
        angle = model.bragg_two_theta(d, self.options.wavelength)
        return np.flatnonzero((angle > self.x[0] - 2) & (angle < self.x[-1] + 2))

    def index(self, name: str) -> int:
        """Position of a parameter."""
        return self.names.index(name)

    def cell(self, phase: Phase, values: NDArray) -> tuple[float, ...]:
        """Cell of a phase at some parameter values."""
        v, k = dict(zip(self.names, values.tolist(), strict=True)), key(phase.name)
        free = {name: v.get(f"{name}_{k}", held) for name, held in phase.free_cell().items()}
        return model.complete_cell(phase.system, free)

    def __call__(self, values: NDArray) -> tuple[NDArray, NDArray, dict[str, NDArray]]:
        """Pattern (n,), Jacobian (n, p), and what the pattern is the sum of, by name."""
        jacobian = np.zeros((self.x.size, len(self.names)))
        patterns = {phase.name: np.zeros(self.x.size) for phase in self.phases}
        for phase, rows in zip(self.phases, self.reachable, strict=True):
            self._add_phase(phase, rows, values, patterns[phase.name], jacobian)
        first = len(self.names) - self.basis.shape[1]
        background, hump = self.basis @ values[first:], np.zeros(self.x.size)
        jacobian[:, first:] = self.basis
        if self.options.hump:
            i = self.index("hump_area")
            hump, jacobian[:, i : i + 3] = self.hump(values)
        total = background + hump + sum(patterns.values())
        return total, jacobian, {"background": background, "hump": hump} | patterns

    def hump(self, values: NDArray) -> tuple[NDArray, NDArray]:
        """Amorphous hump (n,) and its derivatives (n, 3) by area, centre and width."""
        i = self.index("hump_area")
        area, centre, width = values[i : i + 3]
        sigma = width * model.FWHM_TO_SIGMA
        t = (self.x - centre) / sigma
        unit = np.exp(-0.5 * t * t) / (sigma * np.sqrt(2 * np.pi))
        by = np.column_stack([unit, area * unit * t / sigma, area * unit * (t * t - 1) / width])
        return area * unit, by

    def _add_phase(
        self, phase: Phase, rows: NDArray, values: NDArray, pattern: NDArray, jacobian: NDArray
    ) -> None:
        """Add every line at every wavelength; angle factors are those of the tabulated cell."""
        o, k, v = self.options, key(phase.name), dict(zip(self.names, values, strict=True))
        hkl, cell = phase.hkl[rows], self.cell(phase, values)
        cell_names = [n for n in model.CELL_PARAMETERS[phase.system] if f"{n}_{k}" in self.names]
        wanted = ("gauss", "roughness", f"size_{k}", f"strain_{k}", f"march_{k}")
        extra = [n for n in wanted if n in self.names]
        columns = ["displacement", f"scale_{k}", *(f"{n}_{k}" for n in cell_names), *extra]
        columns = [self.index(name) for name in columns]
        volume = phase.volume  # the strengths belong to the tabulated cell
        strength = phase.multiplicity[rows] * phase.f_squared[rows] / (volume**2 * phase.density)
        march, by_march = np.ones(rows.size), np.zeros(rows.size)
        if phase.name in o.textured:
            c2 = model.axis_cosine_squared(hkl, o.textured[phase.name], phase.cell)
            r = v[f"march_{k}"]
            march = model.march_dollase(c2, r)
            by_march = -1.5 * (r**2 * c2 + (1 - c2) / r) ** -2.5 * (2 * r * c2 - (1 - c2) / r**2)
        lights = np.array([o.wavelength, o.wavelength_2])  # nan is seen nowhere
        shares = np.array([1.0, o.ratio]) / (1.0 + o.ratio)
        d, tabulated = model.d_spacing(hkl, cell), phase.d_spacing[rows]
        sine = np.divide.outer(lights, 2 * d)
        seen = (sine < 0.999) & (np.divide.outer(lights, 2 * tabulated) < 0.999)
        light, line = np.nonzero(seen)
        sine, wavelength, share = sine[seen], lights[light], shares[light]
        by_cell = self._d_by_cell(phase, hkl, cell, cell_names)[line]
        d, tabulated, strength = d[line], tabulated[line], strength[line] / CORUNDUM_UNIT
        nominal = model.bragg_two_theta(tabulated, wavelength)
        theta = np.arcsin(sine)
        tan, cos = np.tan(theta), np.cos(theta)
        scale, displacement = v[f"scale_{k}"], v["displacement"]
        centre = 2 * np.degrees(theta) + displacement * cos
        moved = 1 - np.radians(displacement) * np.sin(theta) / 2  # d centre / d bragg
        lp = model.lorentz_polarisation(nominal) * share
        steep = 1 - 2 * tabulated / wavelength
        damping = np.exp(v.get("roughness", 0.0) * steep)
        if o.automatic_slit:
            damping /= 1 - steep  # 1/sin(theta)
        unit = strength * march[line] * lp * damping
        lorentz = np.degrees(o.shape * wavelength / (10 * v[f"size_{k}"])) / cos
        by_size, by_strain = -lorentz / v[f"size_{k}"], np.degrees(0.04 * tan)
        lorentz = np.maximum(lorentz + v.get(f"strain_{k}", 0.0) * by_strain, 1e-5)
        width, eta, slopes = _tch(np.full(d.size, v.get("gauss", o.gauss_deg)), lorentz)
        slots = np.zeros((4, d.size, len(columns)))
        amplitude, position, on_width, on_eta = slots
        position[:, 0] = cos
        amplitude[:, 1] = unit
        cells = 2 + len(cell_names)
        position[:, 2:cells] = (-2 * np.degrees(tan) / d * moved)[:, None] * by_cell
        for j, name in enumerate(extra, start=cells):
            if name == "gauss":
                on_width[:, j], on_eta[:, j] = slopes[0], slopes[2]
            elif name.startswith("march"):
                amplitude[:, j] = scale * strength * by_march[line] * lp * damping
            elif name == "roughness":
                amplitude[:, j] = scale * unit * steep
            else:
                by = by_size if name.startswith("size") else by_strain
                on_width[:, j], on_eta[:, j] = slopes[1] * by, slopes[3] * by
        local = np.zeros((self.x.size, len(columns)))
        reach = np.clip(REACH_WIDTHS * width, *REACH_DEG)
        add_lines(self.x, centre, scale * unit, width, eta, reach, pattern, slots, local)
        jacobian[:, columns] += local

    def _d_by_cell(self, phase: Phase, hkl: NDArray, cell: tuple, names: list[str]) -> NDArray:
        """Derivative of d by each free cell parameter, by central differences."""
        free = {n: cell[model.CELL_NAMES.index(n)] for n in model.CELL_PARAMETERS[phase.system]}
        columns = []
        for name in names:
            h = 1e-5 * free[name]
            up, down = (
                model.d_spacing(
                    hkl, model.complete_cell(phase.system, free | {name: free[name] + s})
                )
                for s in (h, -h)
            )
            columns.append((up - down) / (2 * h))
        return np.column_stack(columns) if columns else np.zeros((len(hkl), 0))


def _tch(gauss: NDArray, lorentz: NDArray) -> tuple[NDArray, NDArray, tuple[NDArray, ...]]:
    """Width and eta of the pseudo-Voigt, with derivatives (w_g, w_l, eta_g, eta_l)."""
    g, m = gauss, lorentz
    width, eta = model.thompson_cox_hastings(g, m)
    terms = list(enumerate(model.TCH))
    by_g = sum((5 - i) * c * g ** (4 - i) * m**i for i, c in terms[:-1]) / (5 * width**4)
    by_l = sum(i * c * g ** (5 - i) * m ** (i - 1) for i, c in terms[1:]) / (5 * width**4)
    share = m / width
    slope = 1.36603 - 2 * 0.47719 * share + 3 * 0.11116 * share**2
    on_eta = -slope * share / width * by_g, slope * (1 - share * by_l) / width
    return width, eta, (by_g, by_l, *on_eta)


def key(name: str) -> str:
    """Name of a phase as it stands in parameter names: ``LATP x0.3`` -> ``LATP_x_0_3``."""
    return re.sub(r"\W+", "_", name).strip("_")


def axes(texts: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Phases with preferred orientation and their planes.

    >>> axes(["TiO2 anatase 0 0 1"])
    {'TiO2 anatase': (0, 0, 1)}

    Raises
    ------
    ValueError
        A text that does not end in three Miller indices.
    """
    found = {}
    for text in texts:
        match = re.fullmatch(r"(\S.*?)\s+(-?\d)\s+(-?\d)\s+(-?\d)", text.strip())
        if not match or not any(int(index) for index in match.groups()[1:]):
            raise ValueError(f'expected a phase and a plane, as in "V2O5 0 0 1", got {text!r}')
        found[match[1]] = tuple(int(index) for index in match.groups()[1:])
    return found
