"""The B 1s window with P 2s in it."""

import numpy as np
import pandas as pd
import pytest

from nasicon.xps import fit_boron as bw
from nasicon.xps.fit_regions import Peak, Region
from nasicon.xps.model_lines import PseudoVoigt

WINDOW = np.arange(186.0, 198.01, 0.1)
P2P = np.arange(128.0, 142.01, 0.1)
SPACING = 57.371


def drawn(energy, peaks, values, seed, slope=False):
    ones = np.ones(energy.size)
    clean = Region(energy, ones, ones, peaks, "shirley", None, slope).model(values[None])[0][0]
    counts = np.random.default_rng(seed).poisson(clean)
    return pd.DataFrame({"binding_energy_ev": energy, "intensity_counts": counts.astype(float)})


def sample(share, charge=0.0, seed=0, total=3e4):
    """Regions drawn from the model that is fitted, with a share of boron in the window."""
    low = 133.3 + charge
    p2p = drawn(
        P2P,
        (Peak("P 2p", (130, 137), (0.8, 3.5), splitting_ev=0.87, ratio=0.5),),
        np.array([2000.0, 0.01, low, 1.4, 2e4]),
        seed,
    )
    p2s = low + 0.29 + SPACING
    window = drawn(
        WINDOW,
        (Peak("P 2s", (188, 195), (1, 5), PseudoVoigt(0.5)), Peak("B 1s", (188, 195), (1, 5))),
        np.array([2000.0, 0.0, 0.01, p2s, 2.0, (1 - share) * total, p2s + 1.8, 1.4, share * total]),
        seed + 100,
        slope=True,
    )
    return p2p, window


@pytest.mark.parametrize("share", [0.0, 0.08, 0.4])
def test_the_share_comes_back(share):
    found = [bw.boron_window(*sample(share, seed=seed)) for seed in range(6)]
    values = np.array([w.boron_share for w in found])
    errors = np.array([w.stderr for w in found])
    assert np.abs(values.mean() - share) < 3 * errors.mean() / np.sqrt(6) + 0.005
    assert (np.abs(values - share) < 4 * errors).all()


def test_a_charge_shift_changes_no_spacing_and_no_share():
    plain, charged = (bw.boron_window(*sample(0.08, charge)) for charge in (0.0, 0.7))
    assert charged.spacing_ev == pytest.approx(plain.spacing_ev, abs=0.02)
    assert charged.boron_share == pytest.approx(plain.boron_share, abs=0.02)
    moved = charged.one_line.position_ev("line") - plain.one_line.position_ev("line")
    assert moved == pytest.approx(0.7, abs=0.02)


def test_no_boron_is_not_detected_and_its_spacing_is_that_of_phosphates():
    w = bw.boron_window(*sample(0.0))
    assert not w.detected
    assert w.spacing_ev == pytest.approx(SPACING, abs=0.03)


def test_boron_alone_would_stand_two_volts_higher():
    assert bw.boron_window(*sample(0.97)).spacing_ev == pytest.approx(SPACING + 1.75, abs=0.1)


def test_the_systematic_error_is_the_spacing_s():
    regions = sample(0.08)
    narrow, wide = (bw.boron_window(*regions, spacing_error_ev=e) for e in (0.1, 0.3))
    assert wide.systematic > 1.5 * narrow.systematic > 0
    assert wide.boron_share == pytest.approx(narrow.boron_share, abs=1e-9)


def test_a_region_without_its_line_is_an_error():
    p2p, window = sample(0.0)
    kinetic = p2p.assign(binding_energy_ev=1486.6 - p2p["binding_energy_ev"])
    with pytest.raises(ValueError, match="not inside the data"):
        bw.boron_window(kinetic, window)
