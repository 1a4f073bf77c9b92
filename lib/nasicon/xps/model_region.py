"""A photoemission region as a model: peaks, ties between them, background, exact Jacobian."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nasicon.xps.model_lines import PseudoVoigt, Reduced, Shape, voigt_of


def parameter(peak: str, kind: str) -> str:
    """Name of a peak's ``position``, ``fwhm`` or ``area`` in the fit: ``P_2s_area``."""
    return re.sub(r"\W+", "_", f"peak {peak} {kind}" if peak[:1].isdigit() else f"{peak} {kind}")


@dataclass(frozen=True)
class Peak:
    """A line, or a spin-orbit doublet, with the ranges of what is fitted.

    Attributes
    ----------
    name : str
    position_ev, fwhm_ev : (low, high)
        Ranges; the line of *lower* binding energy of a doublet. Equal ends hold a value.
    shape : PseudoVoigt, AsymmetricLorentzian or None
        Fixed, as an analyst fixes it; None: a Voigt profile whose Lorentzian width over the
        sum of both is fitted, one for all such peaks.
    splitting_ev, ratio : float
        Partner at ``position + splitting`` with ``ratio`` times the area and the same width.
    offset_from, offset_ev
        Position held at another peak's plus an offset.
    width_of : str
        Width shared with another peak.
    signed : bool
        The area may become negative: what an unbiased test for a weak line needs.
    """

    name: str
    position_ev: tuple[float, float]
    fwhm_ev: tuple[float, float] = (0.6, 3.0)
    shape: Shape | None = field(default_factory=PseudoVoigt)
    splitting_ev: float = 0.0
    ratio: float = 0.0
    offset_from: str = ""
    offset_ev: float = 0.0
    width_of: str = ""
    signed: bool = False

    def __post_init__(self) -> None:
        for label in ("position_ev", "fwhm_ev"):
            low, high = getattr(self, label)
            if not (0 < low <= high < np.inf):
                raise ValueError(f"{self.name}: {label} must be 0 < low <= high, got {low}, {high}")
        if self.ratio < 0 or (self.splitting_ev == 0) != (self.ratio == 0):
            raise ValueError(
                f"{self.name}: a doublet needs splitting_ev and ratio > 0, "
                f"got {self.splitting_ev} and {self.ratio}"
            )


@dataclass(frozen=True)
class Region:
    """Data and model of one region, ready to be evaluated."""

    energy_ev: NDArray
    intensity: NDArray
    sigma: NDArray
    peaks: tuple[Peak, ...]
    background: str
    tougaard: NDArray | None
    slope: bool

    @property
    def fitted(self) -> list[tuple[str, str, str, Peak | None]]:
        """Names, units, kinds and peaks (None for the background) of the parameters, in order."""
        rows = [("base", "counts", "base", None)]
        if self.slope:
            rows.append(("slope", "counts eV-1", "slope", None))
        if self.background != "linear":
            unit = "eV-1" if self.background == "shirley" else "eV2"
            rows.append((self.background, unit, "step", None))
        if any(peak.shape is None for peak in self.peaks):
            rows.append(("lorentzian_share", "1", "mixing", None))
        for peak in self.peaks:
            own = {
                "position": not peak.offset_from and peak.position_ev[0] < peak.position_ev[1],
                "fwhm": not peak.width_of and peak.fwhm_ev[0] < peak.fwhm_ev[1],
                "area": True,
            }
            units = {"position": "eV", "fwhm": "eV", "area": "counts eV"}
            rows += [(parameter(peak.name, k), units[k], k, peak) for k, on in own.items() if on]
        return rows

    def lines(self, values: NDArray) -> list[tuple]:
        """Position, width and area of every peak with the columns they come from.

        ``values`` (k, p); each entry is ``(peak, position (k, 1), i_position, fwhm (k, 1),
        i_fwhm, area (k, 1), i_area)``, the index None where a value is held (an area never is).
        """
        names = [row[0] for row in self.fitted]
        by_name = {peak.name: peak for peak in self.peaks}

        def column(name: str, held: float) -> tuple[NDArray, int | None]:
            if name in names:
                i = names.index(name)
                return values[:, i : i + 1], i
            return np.full((len(values), 1), held), None

        found = []
        for peak in self.peaks:
            owner = by_name[peak.offset_from] if peak.offset_from else peak
            position, i = column(parameter(owner.name, "position"), owner.position_ev[0])
            position = position + (peak.offset_ev if peak.offset_from else 0.0)
            wide = by_name[peak.width_of] if peak.width_of else peak
            fwhm, j = column(parameter(wide.name, "fwhm"), wide.fwhm_ev[0])
            area, k = column(parameter(peak.name, "area"), np.nan)
            found.append((peak, position, i, fwhm, j, area, k))
        return found

    def shape(self, peak: Peak, u: NDArray, values: NDArray) -> tuple[Reduced, Reduced | None]:
        """A peak's shape at ``u`` (k, m); a fitted one with its derivatives by the mixing."""
        if peak.shape is not None:
            return peak.shape.reduced(u), None
        at = [row[2] for row in self.fitted].index("mixing")
        return voigt_of(u, values[:, at : at + 1])

    def evaluate(self, values: NDArray) -> tuple[NDArray, NDArray]:
        """Weighted residuals (k, m) and their Jacobian (k, m, p)."""
        model, jacobian = self.model(values)
        return (
            (model - self.intensity) / self.sigma,
            jacobian / self.sigma[:, None],
        )

    def model(self, values: NDArray) -> tuple[NDArray, NDArray]:
        """Model (k, m) and its Jacobian (k, m, p), exact."""
        rows = [row[2] for row in self.fitted]
        energy = self.energy_ev[None, :]
        jacobian = np.zeros((len(values), energy.size, len(rows)))
        jacobian[..., 0] = 1.0
        if self.slope:
            jacobian[..., 1] = self.energy_ev - self.energy_ev[0]
        step = np.zeros((len(values), 1))
        if "step" in rows:
            at = rows.index("step")
            step = values[:, at : at + 1]
            if self.background == "tougaard":
                jacobian[..., at] = self.tougaard
        shirley = step if self.background == "shirley" else 0.0
        for peak, position, i, fwhm, j, area, k in self.lines(values):
            for shift, share in ((0.0, 1.0), (peak.splitting_ev, peak.ratio)):
                if share == 0.0:
                    continue
                u = (energy - position - shift) / fwhm
                r, mixing = self.shape(peak, u, values)
                f = r.density / fwhm
                weight = share * area
                if mixing is not None:
                    change = mixing.density / fwhm + shirley * mixing.integral
                    jacobian[..., rows.index("mixing")] += weight * change
                jacobian[..., k] += share * (f + shirley * r.integral)
                if i is not None:
                    jacobian[..., i] += weight * (-r.slope / fwhm**2 - shirley * f)
                if j is not None:
                    jacobian[..., j] += weight * (
                        -(r.density + u * r.slope) / fwhm**2 - shirley * u * f
                    )
                if self.background == "shirley":
                    jacobian[..., rows.index("step")] += weight * r.integral
        linear = [c for c, kind in enumerate(rows) if kind in ("base", "slope", "area")]
        model = np.einsum("kmc,kc->km", jacobian[..., linear], values[:, linear])
        if self.background == "tougaard":
            model = model + step * self.tougaard
        return model, jacobian
