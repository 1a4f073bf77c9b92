"""Energy-loss spectra and maps: boron and phosphorus, or any edge's onset, as a report."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import median_filter

from nasicon.core import quality, report
from nasicon.core.report import Report, Row
from nasicon.core.vocabulary import implausible
from nasicon.eels import draw_losses as draw
from nasicon.eels import fit_losses
from nasicon.eels.fit_losses import BEFORE_EV, SIGNAL_EV, WINDOW_EV
from nasicon.eels.model_edges import Beam, Edge, misplaced
from nasicon.eels.read_files import tidy

# Onset (eV), photoabsorption (Mb) and its decay of B K and P L1 in oxides, resonance of BO3/BO4
BORON_MB, BORON_DECAY, PHOSPHORUS_MB, PHOSPHORUS_DECAY = 1.40, 2.14, 0.348, 1.35
METHOD = "edges held"
Window = tuple[float, float]  # eV
ROUNDING = 1e-6  # counts
SCALED = 0.5  # scatter over that of counted electrons, below which it is none
DIFFERS = 0.05  # between what the file states of the beam and what is given
SHARPEST_EV = 0.4  # no edge of a solid rises within less
NEAR = 0.1  # of a background's exponent: two of them are a power law of any near it
MOST_MOVED_EV, MOVED_LEAVES = 8.0, 0.1  # of an axis; share of the misfit that may be left then
SMOOTHED = 2  # channels at least in the 2 eV about a maximum
ZERO_EV, ZERO_OFF_EV = 10.0, 1.0  # no edge lies below; a spectrometer drifts less from zero
ASSUMED = (
    "Edge energies and shapes are held: what they are off by is not in the intervals, and without "
    "a boron-free reference a fit claims boron where there is none.",
    "The standard error is that of counting, times the root of the reduced chi2 where that is a "
    "misfit. Plural scattering, near-edge peaks of P L1 and the tail of P L2,3 are not in the "
    "model: at many electrons they are what misfits.",
)
EDGE_ASSUMED = (
    "The background is a power law fitted before the edge and extended below it.",
    "An onset is where the edge has half its rise; its error is that of the energy axis.",
)
CHECKS = {
    "significance of B K": lambda fit: float(fit.significance("B K")),
    "significance of P L1": lambda fit: float(fit.significance("P L1")),
}


def boron_edges(b_k_ev: float, p_l1_ev: float) -> tuple[Edge, Edge]:
    """B K and P L1 of a borophosphate, at these onsets."""
    boron = Edge("B K", b_k_ev, BORON_MB, BORON_DECAY, 2.0, b_k_ev + 2.0, 6.0, 3.0)
    return boron, Edge("P L1", p_l1_ev, PHOSPHORUS_MB, PHOSPHORUS_DECAY, 3.0)


def analyse(
    arrays: xr.DataArray | Mapping[str, xr.DataArray],
    *,
    electrons: float,
    beam_kv: float,
    collection_mrad: float,
    b_k_ev: float = 196.5,
    p_l1_ev: float = 193.4,
    energy_offset_ev: float = 0.0,
    evidence: str = "measured",
) -> Report:
    """Areal density of boron beside phosphorus in spectra, and its map in spectrum images.

    Parameters
    ----------
    arrays : DataArray or mapping of str to DataArray
        Of `nasicon.eels.read`; a map is summed for the spectrum.
    electrons : float
        Incident, per spectrum or pixel.

    Raises
    ------
    ValueError
        A spectrum does not hold the region of the two edges.
    """
    given = report.mapping_of(arrays)
    beam, edges = Beam(beam_kv * 1e3, collection_mrad / 1e3), boron_edges(b_k_ev, p_l1_ev)
    told = {"beam_kv": beam_kv, "collection_mrad": collection_mrad}
    spectra, fits, moved = {}, {}, {}
    for label, array in given.items():
        energy, counts = tidy(array).values()
        energy = energy + energy_offset_ev
        if energy.min() > BEFORE_EV[0] or energy.max() < SIGNAL_EV[1]:
            raise ValueError(
                f"{label}: {energy.min():g} to {energy.max():g} eV does not hold the boron region "
                f"({WINDOW_EV[0]:g} to {WINDOW_EV[1]:g} eV); for another edge give background_ev "
                "and onset_ev"
            )
        spectra[label] = (energy, counts)
        sent = {"electrons": electrons * array.size / counts.size, "window_ev": WINDOW_EV}
        fits[label], moved[label] = _fitted(energy, counts, edges, beam, **sent)
    maps = {
        label: fit_losses.three_maps(
            array["energy_loss_ev"] + energy_offset_ev, array, edges, beam, electrons=electrons
        )
        for label, array in given.items()
        if array.ndim == 3
    }
    figures = {
        "spectra": partial(
            draw.losses, spectra, {edge.name: edge.onset_ev for edge in edges}, evidence=evidence
        )
    }
    if maps:
        extent = float(next(a for a in given.values() if a.ndim == 3)["x_nm"][-1])
        figures["maps"] = partial(draw.maps, maps, extent, evidence=evidence)
    curves = {
        n: pd.DataFrame({"energy_loss_ev": energy, "counts": counts})
        for n, (energy, counts) in spectra.items()
    }
    layers = {
        f"{report.file_stem(n)}_{kind.replace(' ', '_')}": np.asarray(image)
        for n, images in maps.items()
        for kind, image in images.items()
    }
    return report.assemble(
        report.titled("Energy loss", "Energy loss", given),
        "measure_eels",
        {
            label: _densities(
                fit,
                *spectra[label],
                moved[label],
                _zero_loss(*spectra[label], energy_offset_ev),
                _contradiction(given[label], electrons, **told),
            )
            for label, fit in fits.items()
        },
        layers or curves,
        evidence=evidence,
        parameters=((label, _parameters(fit)) for label, fit in fits.items()),
        read=report.what_was_read(given),
        figures=figures,
        checks={"fits": report.checked(fits, CHECKS)},
        tables={"spectra": report.below(curves)} if maps else {},
        assumed=(
            *ASSUMED,
            f"{electrons:g} electrons, {beam_kv:g} kV, {collection_mrad:g} mrad; B K at "
            f"{b_k_ev:g}, P L1 at {p_l1_ev:g} eV.",
        ),
        details=fits,
    )


def analyse_edge(
    arrays: xr.DataArray | Mapping[str, xr.DataArray],
    *,
    background_ev: Window,
    onset_ev: Window,
    energy_offset_ev: float = 0.0,
    evidence: str = "measured",
) -> Report:
    """Background before any edge, and where the edge begins and is highest.

    Parameters
    ----------
    background_ev : (low, high)
        Window before the edge.
    onset_ev : (low, high)
        Window in which the edge begins and has its first maximum.
    """
    if background_ev[1] > onset_ev[0]:
        raise ValueError(
            f"the background window {background_ev[0]:g} to {background_ev[1]:g} eV reaches into "
            f"the onset window {onset_ev[0]:g} to {onset_ev[1]:g} eV: end it before the edge"
        )
    given = report.mapping_of(arrays)
    rows, powers, curves, spectra = {}, {}, {}, {}
    for label, array in given.items():
        energy, counts = tidy(array).values()
        energy = energy + energy_offset_ev
        spectra[label] = (energy, counts)
        zero = _zero_loss(energy, counts, energy_offset_ev)
        energy, counts = energy[energy > ZERO_EV], counts[energy > ZERO_EV]
        powers[label] = fit_losses.fit_background(energy, counts, background_ev)
        below = fit_losses.background_curve(powers[label], energy, background_ev, energy)
        signal = counts - below
        highest = fit_losses.onset(energy, signal, onset_ev)[1]
        begins = fit_losses.first_onset(energy, signal, (onset_ev[0], highest))
        told = {"unit": "eV", "method": "above a power law; error: one channel"}
        told["stderr"] = float(np.median(np.diff(np.sort(energy))))
        none = _no_edge(energy, signal, background_ev, onset_ev, highest)
        wide = (energy >= background_ev[0]) & (energy <= onset_ev[1])
        clipped = _clipped(energy, counts)
        if told["stderr"] < SHARPEST_EV:
            clipped = clipped or _abrupt(energy[wide], counts[wide])
        told["note"] = "; ".join(filter(None, (none, clipped)))
        told["flag"] = "not_identifiable;" * bool(none) + "misfit" * bool(clipped)
        exponent = implausible("background exponent", powers[label]["exponent"], "1")
        place = "" if none else misplaced(str(array.attrs.get("title", "")), begins)
        told["doubt"] = "; ".join(filter(None, (zero, exponent, place)))
        rows[label] = [
            report.number("onset of the edge", begins, **told),
            report.number("maximum of the edge", highest, **told),
        ]
        curve = {"energy_loss_ev": energy, "counts": counts, "background": below}
        curves[label] = pd.DataFrame(curve)
    return report.assemble(
        report.titled("Energy loss", "Energy loss", given),
        "measure_eels",
        rows,
        curves,
        evidence=evidence,
        parameters=powers.items(),
        read=report.what_was_read(given),
        figures={"spectra": partial(draw.losses, spectra, {}, evidence=evidence)},
        assumed=(*EDGE_ASSUMED, f"Background {background_ev}, edge {onset_ev} eV."),
        details=spectra,
    )


def _fitted(
    energy: np.ndarray, counts: np.ndarray, *edges_and_beam: object, **sent: object
) -> tuple[fit_losses.EdgeFit, str]:
    """Edges on a background of the usual exponents, where that is a misfit on its own power law.

    And, where the edges fit much better on an axis that is moved, by how much.
    """
    fit = fit_losses.fit_edges(energy, counts, *edges_and_beam, **sent)
    if not fit.misfit:
        return fit, ""
    exponent = fit_losses.fit_background(energy, counts, BEFORE_EV)["exponent"]
    sent["exponents"] = (exponent - NEAR, exponent + NEAR)
    moves = [0.0, *np.arange(-MOST_MOVED_EV, MOST_MOVED_EV + 0.1, 0.5)]
    found = [fit_losses.fit_edges(energy + e, counts, *edges_and_beam, **sent) for e in moves]
    left = [float(other.reduced_chi2) - 1 for other in found]
    best = int(np.argmin(left))
    told = f"they are nearly gone with the axis moved by {moves[best]:g} eV: see energy_offset_ev"
    near = fit if found[0].misfit else found[0]
    clear = 0 < abs(moves[best]) < MOST_MOVED_EV and left[best] < MOVED_LEAVES * left[0]
    return near, told if clear else ""


def _clipped(energy: np.ndarray, counts: np.ndarray) -> str:
    """Say that the detector was full; a zero loss may have filled it."""
    return quality.saturation(counts[energy > ZERO_EV])


def _zero_loss(energy: np.ndarray, counts: np.ndarray, offset_ev: float) -> str:
    """Say that a zero-loss peak in the spectrum is not at zero; empty where it is, or is none."""
    top = int(np.argmax(counts))  # nothing else in a spectrum is as high
    if abs(energy[top]) > ZERO_EV or top in (0, energy.size - 1):
        return ""
    at = float(energy[top])
    told = f"the zero loss is at {at:g} eV: energy_offset_ev = {offset_ev - at:g} takes it to 0"
    return told if abs(at) > ZERO_OFF_EV else ""


def _no_edge(
    energy: np.ndarray, signal: np.ndarray, background_ev: Window, onset_ev: Window, highest: float
) -> str:
    """Why there is no edge in the window: no rise above the noise, or none that ends in it."""
    before = (energy >= background_ev[0]) & (energy <= background_ev[1])
    inside = (energy >= onset_ev[0]) & (energy <= onset_ev[1])
    if not energy[inside].min() < highest < energy[inside].max():
        return "the signal is highest at an end of the window: no edge begins and culminates there"
    noise = quality.noise_from_differences(signal[before]) / np.sqrt(SMOOTHED)
    if signal[np.abs(energy - highest) <= 1.0].mean() <= max(quality.BUMP * noise, ROUNDING):
        return f"the edge is less than {quality.BUMP:g} times the noise of the background"
    return ""


def _contradiction(array: xr.DataArray, electrons: float, **given: float) -> str:
    """What of the beam cannot be, or the file or its counts contradict; empty where nothing."""
    said, sent = [], electrons * array.size / array.sizes["energy_loss_ev"]
    for name, value in given.items():
        stated = array.attrs.get(name)
        if stated and abs(stated / value - 1) > DIFFERS:
            said.append(f"the file states {name} {stated:g}, {value:g} was given: which is it?")
    if (total := float(array.sum())) > sent:
        said.append(f"{total:.3g} counts of {sent:.3g} electrons: incident ones of the exposure?")
    volts, angle = (given["beam_kv"], "kV"), (given["collection_mrad"], "mrad")
    said.append(report.doubts(beam_voltage=volts, collection_angle=angle))
    return "; ".join(filter(None, said))


def _cause(fit: fit_losses.EdgeFit, energy: np.ndarray, counts: np.ndarray, moved: str) -> str:
    """What residuals that are not those of counting come from, where they show it."""
    inside = (energy >= WINDOW_EV[0]) & (energy <= WINDOW_EV[1])
    model = np.maximum(fit.model(), 1.0)
    left, chi2 = (counts[inside] - model) / np.sqrt(model), float(fit.reduced_chi2)
    noise, found = quality.noise_from_differences(left), ""
    if fit.misfit and noise > SCALED:
        step = quality.noise_step(left, energy[inside], "eV")
        found = step or _abrupt(energy[inside], counts[inside]) or moved
    gain = fit.misfit and noise > quality.EXCESS and noise > np.sqrt(chi2) / quality.EXCESS
    if found or not (gain or noise < SCALED):
        return found
    return (
        f"they scatter {noise:.2g} times as much as counted electrons: scaled, averaged or "
        "smoothed? Densities hold if electrons are those of the same scale"
    )


def _abrupt(energy: np.ndarray, counts: np.ndarray) -> str:
    """Say that counts jump from one channel to the next, which no edge does; empty else."""
    if counts.size < quality.FEWEST:
        return ""
    jump = np.diff(counts) / np.sqrt(np.maximum(median_filter(counts, 9), 1.0))[1:]
    at = int(np.argmax(np.abs(jump[1:-1]))) + 1
    beside = jump[[at - 1, at + 1]] * np.sign(jump[at])  # of a rise over several channels
    noise = quality.MAD_TO_SIGMA * np.median(np.abs(jump))
    if abs(jump[at]) < max(quality.BUMP * noise, 4 * max(beside)):
        return ""
    return (
        f"the counts jump between two channels at {energy[at + 1]:.4g} eV, as no edge does: two "
        "exposures joined, an X-ray, a dead channel? Leave it out"
    )


def _densities(
    fit: fit_losses.EdgeFit, energy: np.ndarray, counts: np.ndarray, moved: str, *doubts: str
) -> list[Row]:
    exponent = fit_losses.fit_background(energy, counts, BEFORE_EV)["exponent"]
    doubt = "; ".join(filter(None, (*doubts, implausible("background exponent", exponent, "1"))))
    clipped, cause = _clipped(energy, counts), _cause(fit, energy, counts, moved)
    rows = []
    for row in fit_losses.edge_table(fit).to_dict("records"):
        scaled = "systematic" * (bool(cause) and not fit.misfit)
        flag = ";".join(filter(None, (row["flag"], "misfit" * bool(clipped), scaled)))
        note = "; ".join(filter(None, (row["note"], clipped, cause)))
        told = {"flag": flag, "note": note, "doubt": doubt}
        more = {name: row[name] for name in ("stderr", "ci_low", "ci_high")} | told
        quantity = f"{row['edge']} atoms per area"
        rows.append(report.number(quantity, row["atoms_per_nm2"], "nm-2", METHOD, **more))
    return rows


def _parameters(fit: fit_losses.EdgeFit) -> list[Row]:
    return [
        {"name": name, "value": float(fit.value(name)), "stderr": float(fit.error(name))}
        for name in fit.names
    ]
