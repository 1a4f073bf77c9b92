"""Spectra measured by others against their own fits."""

import json

import numpy as np
import pandas as pd
import pytest

from nasicon.eels import fit_losses
from nasicon.eels.read_files import read_eels
from nasicon.xps.fit_regions import Peak, fit_region
from nasicon.xps.model_lines import AsymmetricLorentzian, PseudoVoigt, Tougaard
from nasicon.xps.read_files import one_region, read_xps

FEO_EV = (1486.61 - 786.7632, 1486.61 - 737.52081)


@pytest.fixture(scope="module")
def feo(external):
    table = one_region(read_xps(external("xps/FeO_Fe2p_irregular.vms")))
    return table.assign(intensity_counts=table["intensity_counts"] / 2.0)  # 2 s a point


@pytest.fixture(scope="module")
def casa(external):
    path = external("xps/FeO_casaxps_results.csv")
    return pd.read_csv(path, sep="\t", skiprows=2, nrows=4, usecols=range(4))


def test_casaxps_background_closes_with_its_own_parameters(feo, casa):
    part = feo[feo["binding_energy_ev"].between(*FEO_EV)]
    energy, y = (part[c].to_numpy() for c in ("binding_energy_ev", "intensity_counts"))
    level = y[:20].mean()
    background = level + 335.44588 * Tougaard(551.0, 436.0, 3.0).background(energy, y - level)
    assert background[-20:].mean() == pytest.approx(y[-20:].mean(), rel=0.005)
    # its four peaks, cut off at the ends of the region, hold 94 % of what is above it
    above = np.trapezoid(y - background, energy)
    assert casa["Raw Area"].sum() == pytest.approx(above, rel=0.08)


def test_feo_energies_beside_casaxps(feo, casa):
    main, sat = AsymmetricLorentzian(0.7, 10.0, 0.6, 10.0), PseudoVoigt.from_height(0.3)
    fit = fit_region(
        feo,
        [
            Peak("3/2", (708, 711), (1.1, 26), main),
            Peak("s3", (713, 718), (1.1, 8), sat),
            Peak("1/2", (720, 724), (1.1, 26), main),
            Peak("s1", (727, 733), (1.1, 8), sat),
        ],
        background="tougaard",
        tougaard=Tougaard(551.0, 436.0, 3.0),
        window_ev=FEO_EV,
    )
    assert fit.result.converged
    assert fit.result.reduced_chi2 < 1.5
    assert fit.result["tougaard"] == pytest.approx(335.4, rel=0.1)
    energies = casa["Position"].to_numpy()
    for name, theirs in (("3/2", energies[0]), ("1/2", energies[2])):
        ours = fit.position_ev(name) + main.apex_before_blur * fit.fwhm_ev(name)
        assert ours == pytest.approx(theirs, abs=0.1)
    assert fit.position_ev("s1") == pytest.approx(energies[3], abs=0.3)
    ratio = fit.total_area("1/2") / fit.total_area("3/2")
    assert ratio == pytest.approx(42839.7 / 63400.6, rel=0.1)


@pytest.mark.parametrize(
    ("level", "power", "first", "second", "window", "tied"),
    [
        ("Sr3d", 3.05, (131.5, 133.5), (133.5, 135.5), (126.08, 142.08), "a"),
        (
            "Ti2p",
            2.16,
            (457.0, 459.0),
            (463.0, 465.0),
            (452.0, 467.5),
            "",
        ),  # widths as the author ties them
    ],
)
def test_srtio3_against_its_author(external, level, power, first, second, window, tied):
    text = external("xps/STO_fit.json").read_text(encoding="utf-8")
    theirs = json.loads(text)["Core levels"][level]["Fitting"]["Peaks"].values()
    shape = AsymmetricLorentzian(power, power, 0.05)
    table = one_region(read_xps(external("xps/STO_Sr3d_Ti2p.xlsx")), level)
    peaks = [
        Peak("a", first, (0.5, 2.5), shape),
        Peak("b", second, (0.5, 3.5), shape, width_of=tied),
    ]
    fit = fit_region(table, peaks, window_ev=window)
    for name, peak in zip("ab", theirs, strict=True):
        assert fit.position_ev(name) == pytest.approx(peak["Position"], abs=0.02)
        assert fit.fwhm_ev(name) == pytest.approx(peak["FWHM"], rel=0.05)
        assert fit.total_area(name) == pytest.approx(peak["Area"], rel=0.03)


def test_a_fixed_doublet_of_sr_3d(external):
    table = one_region(read_xps(external("xps/STO_Sr3d_Ti2p.xlsx")), "Sr3d")
    shape = AsymmetricLorentzian(3.05, 3.05, 0.05)
    peak = Peak("Sr", (131.5, 133.5), (0.5, 2.5), shape, splitting_ev=1.75, ratio=2 / 3)
    fit = fit_region(table, [peak])
    assert fit.position_ev("Sr") == pytest.approx(132.49, abs=0.02)
    assert fit.total_area("Sr") == pytest.approx(111646.61 + 76904.53, rel=0.02)


def test_pet_has_three_carbons(external):
    table = one_region(read_xps(external("xps/PET_C1s.csv")))
    shape = PseudoVoigt(0.1)
    ranges = {"C-C": (284.0, 285.6), "C-O": (285.8, 287.2), "O-C=O": (288.0, 289.6)}
    peaks = [Peak(n, e, (0.6, 2.0), shape) for n, e in ranges.items()]
    fit = fit_region(table, [*peaks, Peak("shake-up", (290.5, 293), (1, 4), shape)])
    aliphatic = fit.position_ev("C-C")
    assert fit.position_ev("C-O") - aliphatic == pytest.approx(1.6, abs=0.15)
    assert fit.position_ev("O-C=O") - aliphatic == pytest.approx(4.0, abs=0.15)
    ratios = [fit.total_area(n) / fit.total_area("C-O") for n in ("C-C", "O-C=O")]
    assert ratios == pytest.approx([3.0, 1.0], rel=0.12)


def test_yag_oxygen_edge(external):
    array = read_eels(external("eels/YAG_O_K.msa"))
    energy, counts = array["energy_loss_ev"].to_numpy(), array.to_numpy()
    window = (512.0, 527.5)
    result = fit_losses.fit_background(energy, counts, window, weights="log")
    assert result["exponent"] == pytest.approx(2.13, abs=0.02)
    edge = counts - fit_losses.background_curve(result, energy, window, energy)
    inflection, maximum = fit_losses.onset(energy, edge, (528.0, 545.0))
    assert inflection == pytest.approx(534.2, abs=0.3)
    assert maximum == pytest.approx(537.8, abs=0.2)


def test_srtio3_loss_edges_and_their_axis(external):
    array = read_eels(external("eels/EELS_STO.dm3"))
    energy, counts = array["energy_loss_ev"].to_numpy(), array.to_numpy()
    window = (400.0, 445.0)
    result = fit_losses.fit_background(energy, counts, window)
    edge = counts - fit_losses.background_curve(result, energy, window, energy)
    titanium = fit_losses.onset(energy, edge, (450.0, 459.0))[0]
    oxygen = fit_losses.onset(energy, edge, (518.0, 530.0))[0]
    assert 450 < titanium < 458
    assert oxygen - titanium == pytest.approx(70.3, abs=1.0)  # not the 74 eV of a calibrated axis
