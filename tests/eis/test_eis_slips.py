"""Slips that an expert sees in a spectrum, and right spectra that look unusual."""

import numpy as np
import pandas as pd
import pytest

from nasicon import eis, transport
from nasicon.core.vocabulary import blocks
from nasicon.eis import fit_circuits

PELLET = transport.Pellet(thickness_mm=1.6, diameter_mm=12.4)
LENGTH = 0.16 / (np.pi * 0.62**2)  # L/A in 1/cm
F = np.geomspace(5e6, 0.2, 66)


def arc(f, ohm, farad, width=0.2):
    """Grains that are not alike: relaxation times with a log-normal spread."""
    x = np.linspace(-3, 3, 31)
    share = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    tau = ohm * farad * np.exp(width * x)
    return ohm * (share / (1 + 2j * np.pi * f[:, None] * tau)).sum(axis=1)


def sample(f, width=0.2, scale=1.0):
    return arc(f, 3e3 * scale, 2.2e-11) + arc(f, 9e3 * scale, 2e-9, width)


def electrode(f, q=3e-6):
    return 1 / (q * (2j * np.pi * f) ** 0.86)


def table(f, z, noise=0.002, seed=4):
    rng = np.random.default_rng(seed)
    z = z * (1 + noise * (rng.normal(size=z.size) + 1j * rng.normal(size=z.size)))
    return pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})


def total(data, pellet=PELLET, **given):
    rows = eis.analyse(data, pellet, **given).findings.table().set_index("quantity")
    return rows.loc["total conductivity"]


WRONG = {
    "no contact": (lambda: table(F, 1 / (2j * np.pi * F * 9e-12 * (1 - 0.004j))), "no contact"),
    "kilohertz": (lambda: table(F / 1e3, sample(F) + electrode(F)), "kHz"),
    "kiloohm": (lambda: table(F, (sample(F) + electrode(F)) / 1e3), "kohm"),
    "reversed": (lambda: table(F[::-1], (sample(F) + electrode(F)).conj()), "in reverse"),
    "admittance": (lambda: table(F, 1 / (sample(F) + electrode(F))), "an admittance"),
    "negative": (lambda: table(F, -sample(F) - electrode(F)), "real part is negative"),
    "cut below the apex": (lambda: table(F[F > 3e4], sample(F[F > 3e4], 0.6)), "not closed"),
    "cut far above it": (lambda: table(F[F > 1e5], sample(F[F > 1e5])), "not closed"),
}


@pytest.mark.parametrize("slip", WRONG)
def test_a_spoilt_spectrum_is_told_with_its_cause(slip):
    make, words = WRONG[slip]
    row = total(make())
    assert blocks(row["flag"])
    assert words in row["note"]


def interface(f):
    lag = np.sqrt(2j * np.pi * f * 8)
    return arc(f, 4e3, 1.5e-6, 0.3) + 2e3 * np.tanh(lag) / lag


WIDE = np.geomspace(3e7, 0.02, 74)
RIGHT = {
    "plain": (F, sample(F) + electrode(F), 12e3),
    "unlike grains": (F, sample(F, 0.6) + electrode(F), 12e3),
    "long leads": (WIDE, sample(WIDE) + electrode(WIDE) + 2j * np.pi * WIDE * 2e-6, 12e3),
    "conductive": (F, sample(F, scale=2e-3) + electrode(F) + 2j * np.pi * F * 6e-7, 24),
    "lithium on both sides": (F, sample(F) + interface(F), 12e3),
    "single crystal": (F, arc(F, 5e4, 1.8e-11, 0.01) + electrode(F, 4e-7), 5e4),
    "no electrode": (F[F > 100], sample(F[F > 100]), 12e3),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_right_spectrum_is_right_and_not_flagged(case):
    f, z, ohm = RIGHT[case]
    row = total(table(f, z))
    assert not blocks(row["flag"])
    assert row["value"] == pytest.approx(LENGTH / ohm, rel=0.02)


def test_a_small_misfit_is_a_systematic_error_with_its_size():
    data = table(F, sample(F, 0.5) + electrode(F), 0.0005)
    row = total(data, circuit="(R1||CPE1)-(R2||CPE2)-CPE3")
    assert row["flag"] == "systematic"
    assert "% of abs(Z)" in row["note"]
    assert "misfit" in total(data, circuit="(R1||CPE1)-CPE3")["flag"]


def test_richer_circuits_come_only_where_the_first_do_not_do():
    circuits = set(eis.choose_circuit(table(F, sample(F) + electrode(F)))["circuit"])
    assert circuits == set(fit_circuits.CANDIDATES)
    plain, leads = (table(f, z) for f, z, _ in (RIGHT["plain"], RIGHT["long leads"]))
    tried = [
        len(next(iter(eis.analyse(d, PELLET).details.values())).ranking) for d in (plain, leads)
    ]
    assert tried[0] == len(fit_circuits.CANDIDATES) < tried[1]


@pytest.mark.parametrize(
    ("above", "told"),
    [
        ("Sample thickness: 0.8 mm", "header says thickness 0.8 mm, but 1.6 was given"),
        ("Electrode diameter: 12.4 mm, thickness = 1.61 mm", ""),
        ("Electrode area: 0.001 cm2", ""),
        ("Electrode area: 0.5 cm2", "header says area 0.5 cm2"),
    ],
)
def test_a_geometry_that_the_header_contradicts_is_told(tmp_path, above, told):
    data = table(F, sample(F) + electrode(F))
    rows = data.to_csv(index=False, sep="\t", header=["freq/Hz", "Re(Z)/Ohm", "Im(Z)/Ohm"])
    (tmp_path / "p.txt").write_text(f"{above}\n{rows}")
    row = total(eis.read(tmp_path / "p.txt"))
    assert ("header" in row["note"]) == bool(told)
    assert told in row["note"]
    assert "systematic" in row["flag"] or not told


def test_a_phase_called_th_is_read(tmp_path):
    z = sample(F) + electrode(F)
    rows = [f"{f},{abs(x)},{np.degrees(np.angle(x))}" for f, x in zip(F, z, strict=True)]
    (tmp_path / "p.csv").write_text("\n".join(["Freq[Hz],Z[Ohm],TH[deg]", *rows]))
    read = eis.read(tmp_path / "p.csv")
    np.testing.assert_allclose(read["z_real_ohm"], z.real, rtol=1e-6)
