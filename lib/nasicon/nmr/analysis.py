"""Spectra under magic-angle spinning to sites, shifts and shares, as a report."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from nasicon.core import report
from nasicon.core.report import Report, Row
from nasicon.core.style import SUPERSCRIPTS
from nasicon.core.voigt import voigt_width
from nasicon.nmr import draw_spectra as draw
from nasicon.nmr import fit_lines
from nasicon.nmr.fit_lines import NmrFit, Site
from nasicon.nmr.fit_mixtures import Mixture, fit_mixture

# Boron in oxide glasses: windows of the maxima; the tetrahedral C_Q, too small to show, is held
BORON = (Site("BO3", (4.0, 20.0)), Site("BO4", (-10.0, 3.0), cq_mhz=0.4, eta=0.0))
# isotropic shifts in ppm: BO3 of borates 12 to 22 (S. Kroeker and J. F. Stebbins, Inorg. Chem.
# 40 (2001) 6239), BO4 -4 to 3 (BPO4 and borates; from memory), and some room
BORON_PPM = {"BO3": (9.0, 24.0), "BO4": (-6.0, 5.0)}
UNITS = {
    "delta": ("isotropic shift", "ppm"),
    "fwhm": ("width", "ppm"),
    "cq": ("C_Q", "MHz"),
    "eta": ("η", "1"),
}
# second-order shift over the breadth of the powder pattern, 0.025 to 0.0536 without asymmetry
HIDDEN = 0.47
MIRRORED = 0.25  # of a sideband's height at least stands on the other side of its line
CHECKS = {
    "points": lambda fit: len(fit.ppm),
    "Lorentzian width / Hz": lambda fit: fit.lorentz_hz,
    "rms residual / % of highest": lambda fit: (
        100 * float(np.sqrt(np.mean(fit.result.residuals**2)))
    ),
    "converged": report.converged,
}
ASSUMED = (
    "Each site has a Gaussian distribution of shifts, all one Lorentzian width (as stated; fitted "
    "where the lines are a misfit without it; where plain lines only gain by it, the shares that "
    "it would move are marked) and each one C_Q; where that is a misfit, C_Q has a normal "
    "distribution of one relative width, and then each site a Lorentzian width of its own. "
    "Spinning sidebands and unequal excitation are not in the model.",
    "An isotropic shift from one field is only as good as C_Q and η: the maximum of a "
    "quadrupolar line is not its shift.",
    "The axis is as the spectrometer has it: an error of referencing is common to all shifts.",
)


def sites_from_text(items: Sequence[str]) -> tuple[Site, ...]:
    """Sites from ``"name low high"``, with ``cq=`` (MHz) and ``eta=`` where they are held.

    Raises
    ------
    ValueError
        An item is something else.
    """
    found = []
    for item in items:
        words = item.split()
        held = dict(word.split("=", 1) for word in words if "=" in word)
        plain = [word for word in words if "=" not in word]
        try:
            if len(plain) != 3 or set(held) - {"cq", "eta"}:
                raise ValueError
            values = {{"cq": "cq_mhz"}.get(k, k): float(v) for k, v in held.items()}
            low, high = sorted(map(float, plain[1:]))
        except ValueError:
            raise ValueError(
                f"site {item!r} must be 'name low high' in ppm, with cq= and eta= where they are "
                "held, for example 'BO4 -10 3 cq=0.4 eta=0'"
            ) from None
        found.append(Site(plain[0], (low, high), **values))
    return tuple(found)


def analyse(
    spectra: pd.DataFrame | Mapping[str, pd.DataFrame],
    sites: Sequence[Site] = (),
    *,
    window_ppm: tuple[float, float] | None = None,
    larmor_mhz: float = 0.0,
    line_broadening_hz: float = 0.0,
    spin: float = 0.0,
    references: Mapping[str, pd.DataFrame] | None = None,
    shift_limit_ppm: float = 1.0,
    seed: int = 1,
    evidence: str = "measured",
) -> Report:
    """Fit sites to each spectrum and, with references, express it as their mixture.

    Parameters
    ----------
    spectra : DataFrame or mapping of str to DataFrame
        Of `nasicon.nmr.read`.
    sites : sequence of Site
        Empty: BO3 and BO4, for a spectrum of 11B only.
    window_ppm : (float, float), optional
        Part of the spectrum that is fitted.
    larmor_mhz, line_broadening_hz : float
        Where the file states none.
    spin : float
        Of the nucleus, where the file names none that is known; 0: the nucleus's.
    references : mapping of two labels to DataFrame, optional
        Spectra whose sum each spectrum could be.
    """
    tables, fits, others, small, bands, mixtures = {}, {}, {}, {}, {}, {}
    for label, table in report.mapping_of(spectra).items():
        if not sites and table.attrs.get("nucleus") != "11B":
            said = table.attrs.get("nucleus") or "no nucleus"
            raise ValueError(
                f"{label}: the file states {said}; name the sites, for example 'P1 -20.4 -17 cq=0'"
            )
        tables[label] = cut(table, window_ppm)
        broad = table.attrs.get("line_broadening_hz") or line_broadening_hz
        told = {"larmor_mhz": larmor_mhz or None, "spin": spin or None}
        told["may_broaden"] = not line_broadening_hz
        fit, others[label] = _fitted(tables[label], sites or BORON, broad, **told)
        small[label] = _too_weak(fit)
        plain = [replace(s, cq_mhz=0.0) if s.name in small[label] else s for s in fit.sites]
        if small[label]:
            simple = _fitted(tables[label], plain, broad, **told)
            if fit_lines.gain(fit, simple[0]) < fit_lines.DETECTED:
                fit, others[label] = simple
        fits[label], bands[label] = fit, _sidebands(fit, table)
        if references:
            cut_references = {n: cut(t, window_ppm) for n, t in references.items()}
            mixtures[label] = fit_mixture(
                tables[label], cut_references, shift_limit=shift_limit_ppm, seed=seed
            )
    rows = {
        n: _rows(fit, others[n], small[n], bands[n]) + (_shares(mixtures[n]) if mixtures else [])
        for n, fit in fits.items()
    }
    nuclei = [table.attrs.get("nucleus") for table in tables.values()]
    shown = {"nucleus": raised(nuclei[0] or ""), "window": window_ppm or _extent(fits)}
    figures = {"sites": partial(draw.sites, fits, evidence=evidence, **shown)}
    if mixtures:
        figures["mixtures"] = partial(draw.mixtures, mixtures, evidence=evidence, **shown)
    return report.assemble(
        report.titled("NMR", "NMR spectra", fits),
        "measure_nmr",
        rows,
        {label: _curve(fit) for label, fit in fits.items()},
        evidence=evidence,
        parameters=((label, fit.result) for label, fit in fits.items()),
        read=report.what_was_read(tables).assign(
            nucleus=nuclei, **{"frequency / MHz": [fit.larmor_mhz for fit in fits.values()]}
        ),
        figures=figures,
        checks={"fits": report.checked(fits, CHECKS)},
        tables={"sites": report.joined((f.positions().assign(file=n) for n, f in fits.items()))},
        assumed=ASSUMED,
        details={**fits, **{f"{n}, mixture": m for n, m in mixtures.items()}},
    )


def _fitted(
    table: pd.DataFrame, sites: Sequence[Site], broad_hz: float, may_broaden: bool, **told: object
) -> tuple[NmrFit, NmrFit | None]:
    """Sites of one spectrum, and the same with another line shape where the data speak of it."""
    plain = best = fit_lines.fit_sites(table, sites, lorentz_hz=broad_hz, **told)
    spread = ("spread",) * any(site.cq_mhz is None for site in sites)
    # lines may be broader by nature, couplings distributed, each line as broad as it is
    ways = [(None, ()), (broad_hz, spread), (None, spread), (None, (*spread, "widths"))]
    ways = [way for way in ways if (may_broaden or way[0] is not None) and way != (broad_hz, ())]
    for lorentz_hz, free in dict.fromkeys(ways):
        each = "widths" in free and "lorentz" in best.result.names  # one was found: is it one?
        if not (best.result.misfit or each):
            continue
        other = fit_lines.fit_sites(table, sites, lorentz_hz=lorentz_hz, free=free, **told)
        better = fit_lines.gain(other, best) > fit_lines.DETECTED
        best = other if better or best.result.misfit > other.result.misfit else best
    if best is not plain:  # found in the data: shares hang on it
        return best, plain
    return plain, fit_lines.rival(table, plain)


def _too_weak(fit: NmrFit) -> dict[str, float]:
    """Sites that stand out without a C_Q, and by how much a hidden one may move them, ppm."""
    found = {}
    for name in (site.name for site in fit.sites if site.cq_mhz is None):
        known = {
            q: fit.result.identifiable[fit.result.index(f"{name}_{q}")] for q in ("cq", "area")
        }
        moved = HIDDEN * fit.parameter(name, "fwhm")
        if known["area"] and not known["cq"] and moved < fit_lines.RESOLUTION["delta"]:
            found[name] = moved
    return found


def _sidebands(fit: NmrFit, table: pd.DataFrame) -> dict[str, str]:
    """Sites a multiple of the spinning rate from a stronger one, with a like on its other side."""
    rate = table.attrs.get("sideband_hz") or table.attrs.get("spin_rate_hz")
    if not (rate and fit.larmor_mhz):
        return {}
    spacing, tops = rate / fit.larmor_mhz, fit.positions().set_index("site")["maximum_ppm"]
    x, y = table.sort_values("shift_ppm")[["shift_ppm", "intensity"]].to_numpy(float).T
    y, found = y - np.median(y), {}
    for weak, strong in itertools.permutations(tops.index, 2):
        near = _whole_width(weak, fit) / 4
        away = tops[weak] - tops[strong]
        order = round(abs(away) / spacing)
        places = [tops[strong] + s * away + near * np.linspace(-1, 1, 9) for s in (1, -1)]
        here, there = np.interp(places, x, y, left=np.nan, right=np.nan).mean(axis=1)
        if (
            fit.parameter(weak, "area") < fit.parameter(strong, "area")
            and order
            and abs(abs(away) - order * spacing) < near
            and not there < MIRRORED * here  # nan where the spectrum ends before
        ):
            found[weak] = (
                f"{weak} is {abs(away):.2f} ppm from {strong}, {order} times the spinning rate of "
                f"{rate / 1e3:.3g} kHz: a sideband named as a site? Leave it out of the sites and "
                "the window"
            )
    return found


def raised(nucleus: str) -> str:
    """``11B`` as ``¹¹B``."""
    digits = "".join(c for c in nucleus if c.isdigit())
    return digits.translate(SUPERSCRIPTS) + nucleus[len(digits) :]


def cut(table: pd.DataFrame, window_ppm: tuple[float, float] | None) -> pd.DataFrame:
    """Part of a spectrum; an empty one is an error that says what there is."""
    if window_ppm is None:
        return table
    x = table["shift_ppm"]
    chosen = table[x.between(*sorted(window_ppm))]
    if chosen.empty:
        raise ValueError(
            f"no point lies between {window_ppm[0]:g} and {window_ppm[1]:g} ppm; the spectrum runs "
            f"from {x.min():g} to {x.max():g}"
        )
    return chosen


def _extent(fits: Mapping[str, NmrFit]) -> tuple[float, float]:
    ends = [site.window_ppm for fit in fits.values() for site in fit.sites]
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    return low - (high - low) / 2, high + (high - low) / 2


def _rows(
    fit: NmrFit, other: NmrFit | None, small: Mapping[str, float], bands: Mapping[str, str]
) -> list[Row]:
    method = f"{len(fit.sites)} site{'s' if len(fit.sites) > 1 else ''}, straight baseline"
    rows, tops = [], fit.positions().set_index("site")["maximum_ppm"]
    for site in fit.sites:
        left = _left(site, float(tops[site.name]), fit.parameter(site.name, "fwhm"))
        for name, (words, unit) in UNITS.items():
            fitted = f"{site.name}_{'eta2' if name == 'eta' else name}"
            if fitted in fit.result.names:
                low, high = fit.interval(site.name, name)
                flag = ";".join([*fit.result.flags(fitted), *["outside_window"] * bool(left)])
                told = {"ci_low": low, "ci_high": high, "flag": flag, "note": left}
                told |= {"doubt": bands[site.name]} if site.name in bands else {}
                value = fit.parameter(site.name, name)
                low, high = BORON_PPM[site.name] if site in BORON else (-np.inf, np.inf)
                if name == "delta" and not low < value < high:
                    told["doubt"] = (
                        f"{site.name} of oxides lies between {low:g} and {high:g} ppm: is the axis "
                        "referenced (BF3 OEt2 at 0), and the frequency right?"
                    )
                if name == "delta" and site.cq_mhz == 0 and site.name in small:
                    told["flag"] += ";systematic"
                    told["note"] = (
                        "no C_Q shows, so that this is the centre of gravity of a plain line: one "
                        f"hidden in its width adds up to {small[site.name]:.2g} ppm to the shift"
                    )
                said = [told["note"]]
                if name == "fwhm" and fit.parameter(site.name, "lorentz"):
                    said.append(f"of the Gaussian; {_voigt(site.name, fit)}")
                if name == "cq" and fit.spread(site.name):
                    said.append(f"mean of a distribution {100 * fit.spread(site.name):.2g} % wide")
                told["note"] = "; ".join(filter(None, said))
                rows.append(report.number(f"{site.name} {words}", value, unit, method, **told))
    for i, share in enumerate(fit.shares().to_dict("records") if len(fit.sites) > 1 else ()):
        there = other.shares()["share"][i] if other else share["share"]
        if other and len(fit.result.names) > len(other.result.names):  # no rival, but a measure
            share["note"] = f"{there:.3g} with Gaussian lines, which do not fit: look at the shape"
            there = share["share"]
        if not share["ci_low"] <= there <= share["ci_high"]:
            share["flag"] += ";systematic"
            width = f" of {other.lorentz_hz:.0f} Hz" if other.lorentz_hz else " for each line"
            share["note"] = f"{there:.3g} with a Lorentzian width{width}"
        words, value = f"{share.pop('site')} share of the area", share.pop("share")
        share |= {"doubt": "; ".join(bands.values())} if bands else {}
        rows.append(report.number(words, value, "1", method, **share))
    why = fit.result.misfit_reason
    return [{**row, "note": "; ".join(filter(None, (why, row.get("note"))))} for row in rows]


def _voigt(site: str, fit: NmrFit) -> str:
    """Width of a Gaussian folded with the Lorentzian, in words."""
    lorentz = fit.parameter(site, "lorentz")
    return f"with the Lorentzian of {lorentz:.0f} Hz {_whole_width(site, fit):.3g} ppm"


def _whole_width(site: str, fit: NmrFit) -> float:
    """Full width at half maximum of a site's Voigt line, ppm."""
    lorentz = fit.parameter(site, "lorentz") / fit.larmor_mhz
    return float(voigt_width(lorentz, fit.parameter(site, "fwhm"))[0])


def _left(site: Site, top: float, fwhm: float) -> str:
    """Say where a line has its maximum if that is not where it was looked for."""
    low, high = site.window_ppm
    if low - fwhm / 2 <= top <= high + fwhm / 2:
        return ""
    return f"the line has its maximum at {top:.1f} ppm, outside {low:g} to {high:g}"


def _shares(mixture: Mixture) -> list[Row]:
    method = f"two references, shift up to {mixture.shift_limit:g} ppm"
    told = {"flag": ";".join(mixture.flags), "note": mixture.quality.reason}
    rows = []
    for row in mixture.table().to_dict("records"):
        ends = {name: 100 * row[name] for name in ("stderr", "ci_low", "ci_high")}
        words = f"share of {row['reference']}"
        rows.append(report.number(words, 100 * row["share"], "%", method, **ends, **told))
    return rows


def _curve(fit: NmrFit) -> pd.DataFrame:
    parts = {site.name: fit.component(site.name) for site in fit.sites}
    base = fit.baseline()
    curve = {"shift_ppm": fit.ppm, "intensity": fit.intensity, "fit": base + sum(parts.values())}
    return pd.DataFrame({**curve, "baseline": base, **parts})
