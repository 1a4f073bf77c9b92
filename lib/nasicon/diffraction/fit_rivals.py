"""What a fit holds and a real specimen may have: a rough surface, preferred orientation.

Both move weights by more than counting does, and a fit without them does not know. Each is
tried as a further column of the fitted model; what the data clearly ask for is refined, and
the weights of that rival say how far those of the fit may be off.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from nasicon.core.quality import FALSE_ALARMS
from nasicon.core.statistics import correlation_factor
from nasicon.core.vocabulary import as_flags
from nasicon.diffraction import model_powder as model
from nasicon.diffraction.fit_patterns import PatternFit, refit, weight_fractions
from nasicon.diffraction.fit_starts import defaults
from nasicon.diffraction.model_pattern import Options, PatternModel, key

#: Axes that symmetry leaves alone: March and Dollase's average over them is one term.
AXES = {"cubic": ()} | dict.fromkeys(("hexagonal", "trigonal", "tetragonal"), ((0, 0, 1),))
ANY_AXES = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
CAUSE = 0.7  # of chi-squared: what takes off more is the cause of a misfit
CLEAR = float(stats.norm.isf(FALSE_ALARMS / 2))  # standard errors that chance hardly reaches


def rival(fitted: PatternFit) -> PatternFit | None:
    """Fit once more with the surface and the textures that the data clearly ask for.

    Returns
    -------
    PatternFit or None
        None where nothing is asked for. At most one axis per phase is taken: the one that
        lowers chi-squared most.
    """
    options = fitted.pattern.options
    wanted, textured = {}, dict(options.textured)
    if not options.refine_roughness and _gain(fitted, "roughness", refine_roughness=True) > CLEAR:
        wanted["refine_roughness"] = True
    for phase in fitted.pattern.phases:
        if phase.name in textured:
            continue
        gains = {
            axis: _gain(
                fitted, f"march_{key(phase.name)}", textured=options.textured | {phase.name: axis}
            )
            for axis in AXES.get(phase.system, ANY_AXES)
        }
        best = max(gains, key=gains.get, default=None)
        if best and gains[best] > CLEAR:
            textured[phase.name] = best
    if not wanted and textured == options.textured:
        return None
    return refit(fitted, replace(options, **wanted, textured=textured))


def with_other_lines(fitted: PatternFit) -> PatternFit:
    """A misfit where K-alpha2 is not in the data, or its cause where it is not in the model."""
    options = fitted.pattern.options
    if options.ratio:
        ratio, error = _line_ratio(fitted)
        if ratio + CLEAR * error > options.ratio / 2:
            return fitted
        said = f"{ratio:.2f} ± {error:.2f} of K-alpha1 in the data: was it stripped?"
        said = f"K-alpha2 is {said} Leave out wavelength_2_angstrom"
        said = "; ".join(filter(None, (fitted.result.misfit_reason, said)))
        return replace(fitted, result=fitted.result.doubted(said))
    first = min(model.KALPHA, key=lambda line: abs(line - options.wavelength))
    if not fitted.result.misfit or abs(options.wavelength / first - 1) > 1e-3:
        return fitted
    other = replace(options, wavelength_2=model.KALPHA[first], ratio=model.CU_RATIO)
    if refit(fitted, other).result.chi2 < CAUSE * fitted.result.chi2:
        said = f"with K-alpha2: give wavelength_2_angstrom = {other.wavelength_2:g}"
        said = f"{fitted.result.misfit_reason}, less {said}"
        return replace(fitted, result=fitted.result.doubted(said))
    return fitted


def _line_ratio(fitted: PatternFit) -> tuple[float, float]:
    """K-alpha2 over K-alpha1 to first order, all else free, and its standard error."""
    old, values = fitted.pattern, fitted.result.values
    ratio = old.options.ratio
    less = PatternModel(old.x, old.phases, replace(old.options, ratio=0.9 * ratio))
    calculated, by, _ = old(values)
    column = (calculated - less(values)[0]) / (0.1 * ratio * fitted.sigma)
    change, error = _step(fitted, by[:, ~fitted.result.at_bound] / fitted.sigma[:, None], column)
    return ratio + change, error


def _step(fitted: PatternFit, jacobian: NDArray, column: NDArray) -> tuple[float, float]:
    """How far a further parameter moves, all others free, and its standard error."""
    norm = np.linalg.norm(jacobian, axis=0)
    basis = jacobian / np.where(norm > 0, norm, 1.0)
    left = column - basis @ np.linalg.lstsq(basis, column, rcond=1e-10)[0]
    r, size = fitted.result.residuals, float(left @ left)
    spread = np.sqrt(fitted.result.reduced_chi2 * correlation_factor(r))
    return (-float(left @ r) / size, float(spread / np.sqrt(size))) if size > 0 else (0.0, np.inf)


def _gain(fitted: PatternFit, name: str, **changed: object) -> float:
    """Standard errors by which a further parameter differs from where it does nothing."""
    old = fitted.pattern
    model = PatternModel(old.x, old.phases, replace(old.options, **changed))
    values = defaults(model, 40.0, 0.10)
    shared = [model.index(n) for n in old.names]
    values[shared] = fitted.result.values
    jacobian = model(values)[1] / fitted.sigma[:, None]
    free = np.array(shared)[~fitted.result.at_bound]
    change, error = _step(fitted, jacobian[:, free], jacobian[:, model.index(name)])
    return abs(change) / error if error > 0 else 0.0


def judged_weights(
    fitted: PatternFit, other: PatternFit | None, particle_um: float | None = None
) -> pd.DataFrame:
    """Weight fractions, ``systematic`` where another model moves one out of its interval.

    Where a texture was refined that is the fit without one too: what March's form took away is
    known no better than that form holds.

    Parameters
    ----------
    fitted, other : PatternFit
        The second of `rival`.
    particle_um : float, optional
        As of `nasicon.diffraction.fit_patterns.weight_fractions`.
    """
    table, options = weight_fractions(fitted, particle_um), fitted.pattern.options
    others = {} if other is None else {" and ".join(_said(options, other.pattern.options)): other}
    if options.textured:
        others["no texture"] = refit(fitted, replace(options, textured={}))
    if options.automatic_slit:  # a header says so, and the data may have been converted since
        fixed = refit(fitted, replace(options, automatic_slit=False))
        others |= {"a fixed slit": fixed} if fixed.result.chi2 < fitted.result.chi2 else {}
    for how, one in others.items():
        there = weight_fractions(one, particle_um)["weight_percent"]
        moved = (there < table["ci_low"]) | (there > table["ci_high"])
        for i in np.flatnonzero(moved):
            table.loc[i, "flag"] = ";".join(as_flags(f"{table.loc[i, 'flag']};systematic"))
            note = (
                f"{there[i]:.1f} wt% with {how} (R_wp {one.r_weighted_percent:.1f} instead of "
                f"{fitted.r_weighted_percent:.1f} %)"
            )
            table.loc[i, "note"] = "; ".join(filter(None, (table.loc[i, "note"], note)))
    return table


def _said(options: Options, others: Options) -> Iterator[str]:
    if others.refine_roughness > options.refine_roughness:
        slit = "" if others.automatic_slit else " (an automatic divergence slit looks the same)"
        yield f"a surface factor{slit}"
    for name, axis in others.textured.items():
        if name not in options.textured:
            yield f"a texture of {name} about {' '.join(map(str, axis))}"
