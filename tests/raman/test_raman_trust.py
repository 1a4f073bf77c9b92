"""Raman spectra that were answered wrongly: lines astride pixels, saturation, missing bands."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import savgol_filter

from nasicon import raman
from nasicon.core.files import ReaderError
from nasicon.core.quality import saturation
from nasicon.raman import fit_bands
from nasicon.raman.analysis import lines
from nasicon.raman.model_bands import gaussian, lorentzian
from nasicon.raman.read_files import cosmic_rays

X = np.arange(450.0, 950.0)


def bands(shape=gaussian):
    return 1000 * shape(X, 604, 75) + 800 * shape(X, 746, 65) + 40 - 0.01 * X


def fitted(y, kernel=(1.0,), seed=0):
    noise = np.random.default_rng(seed).normal(0, 0.2, X.size)
    noise = np.convolve(noise, np.array(kernel) / np.linalg.norm(kernel), mode="same")
    return fit_bands.fit_bands(pd.DataFrame({"raman_shift_cm1": X, "intensity": y + noise}))


@pytest.mark.parametrize("kernel", [(1.0,), (1.0, 1.0, 1.0, 1.0)])
def test_the_right_bands_are_not_flagged(kernel):
    for seed in range(5):
        found = fitted(bands(), kernel, seed)
        assert found.flags() == ()
        assert found.ratio()[0] == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    "y",
    [
        bands() + 150 * gaussian(X, 675, 50),
        bands() + 40 * gaussian(X, 700, 6),
        bands(lorentzian),
        -bands(),
    ],
)
def test_other_shapes_are_a_misfit(y):
    assert "misfit" in fitted(y).flags()


def test_a_saturated_detector_is_said():
    data = pd.DataFrame({"raman_shift_cm1": X, "intensity": np.minimum(bands(), 43.0)})
    found = fit_bands.fit_bands(data)
    assert "misfit" in found.flags()
    assert "saturated" in found.result.misfit_reason


def test_noise_and_a_missing_band_have_no_digits():
    assert "not_identifiable" in fitted(0 * X).flags()
    missing = fitted(1000 * gaussian(X, 604, 75))
    assert "not_identifiable" in missing.result.flags("TiO4_area")
    assert "not_identifiable" not in missing.result.flags("TiO6_centre")


@pytest.mark.parametrize("place", np.linspace(-0.5, 0.5, 9))
@pytest.mark.parametrize("width", [1.8, 2.0, 3.0])
@pytest.mark.parametrize("shape", [gaussian, lorentzian])
def test_narrow_lines_are_no_cosmic_rays_wherever_they_lie_between_pixels(place, width, shape):
    x = np.arange(300.0)
    line = shape(x, 150 + place, width)
    y = 3000 + 1e4 * line / line.max() + np.random.default_rng(1).normal(0, 15, x.size)
    assert not cosmic_rays(y).any()


@pytest.mark.parametrize("extra", [(9000.0,), (9000.0, 4000.0)])
def test_a_spike_on_a_broad_band_is_still_found(extra):
    x = np.arange(300.0)
    y = 3000 + 2e4 * gaussian(x, 150, 40) * 40 + np.random.default_rng(1).normal(0, 15, x.size)
    y[160 : 160 + len(extra)] += extra
    assert np.flatnonzero(cosmic_rays(y)).tolist() == list(range(160, 160 + len(extra)))


@pytest.mark.parametrize(("laser", "right"), [(785.0, True), (785.2, True), (780.0, False)])
def test_shifts_of_another_laser_than_the_header_s(laser, right, tmp_path):
    wavelength = np.linspace(800.0, 880.0, 200)
    shift = 1e7 / laser - 1e7 / wavelength
    rows = "".join(
        f"{i};{w:.3f};{s:.3f};{1000 + i % 7};\n"
        for i, (w, s) in enumerate(zip(wavelength, shift, strict=True))
    )
    head = "File Version;BWRam4.15_10\nlaser_wavelength;785.00\n"
    path = tmp_path / "a.txt"
    path.write_text(head + "Pixel;Wavelength;Raman Shift;Dark Subtracted #1;\n" + rows)
    if right:
        assert raman.read(path)["raman_shift_cm1"].iloc[0] == pytest.approx(shift[0], abs=1e-3)
    else:
        with pytest.raises(ReaderError, match=r"with a laser of 780\.00 nm, its header says 785"):
            raman.read(path)
    path.write_text(head + "Pixel;Wavelength;Raman Shift;Dark Subtracted #1;\n" + "1;0;5;9;\n" * 20)
    with pytest.raises(ReaderError, match=r"with a laser of 0\.00 nm"):  # damaged: no wavelengths
        raman.read(path)


@pytest.mark.parametrize(("most", "cut"), [(np.inf, False), (6000.0, True)])
def test_a_line_whose_top_is_cut_off_says_so(most, cut):
    x, rng = np.arange(300.0, 1300.0, 1.0), np.random.default_rng(3)
    y = 500 + 9000 / (1 + ((x - 620.3) / 5) ** 2) + 3000 / (1 + ((x - 1001.7) / 4) ** 2)
    y = np.minimum(y + rng.normal(0, 15, x.size), most)
    table = pd.DataFrame({"raman_shift_cm1": x, "intensity": y})
    table.attrs = {"format": "text", "notes": []}
    rows = raman.analyse(table, ()).findings.table().set_index("quantity")
    strongest = rows.loc[rows.index.str.startswith("line near 620.")].iloc[0]
    assert strongest["value"] == pytest.approx(620.3, abs=0.6)
    assert ("misfit" in strongest["flag"]) == cut
    assert rows.loc["line near 1001.7 cm-1", "flag"] == ""


WHOLE = np.arange(120.0, 1480.0, 1.0)


def quartz(x=WHOLE, scale=1.0, noise=15.0):
    lines = ((128, 7, 2500), (206, 22, 4000), (464.5, 7.5, 20000), (1082, 10, 900))
    y = sum(h / (1 + 4 * ((x - c) / w) ** 2) for c, w, h in lines)
    return scale * y + 700 + np.random.default_rng(6).normal(0, noise, x.size)


def written(path, axis, y, head):
    rows = "".join(f"{a:.4f}\t{v:.3f}\n" for a, v in zip(axis, y, strict=True))
    path.write_text(f"{head}\n{rows}" if head else rows)
    return raman.read(path)


@pytest.mark.parametrize(
    ("axis", "head", "said"),
    [
        (1e7 / 633 - WHOLE, "Wavenumber (cm-1)\tcounts", "absolute wave numbers"),
        (WHOLE, "Wavenumber (cm-1)\tTransmittance [%]", "infrared"),
        (WHOLE, "cm-1\tAbs", "infrared"),
        (np.arange(WHOLE.size) + 1.0, "", "counts pixels"),
        (np.arange(WHOLE.size) + 1.0, "Raman shift (cm-1)\tcounts", ""),
        (WHOLE, "Raman shift (cm-1)\tcounts (absolute)", ""),
    ],
)
def test_what_is_no_raman_shift_is_refused(tmp_path, axis, head, said):
    if not said:
        assert len(written(tmp_path / "a.txt", axis, quartz(), head)) == WHOLE.size
        return
    with pytest.raises(ReaderError, match=said):
        written(tmp_path / "a.txt", axis, quartz(), head)


@pytest.mark.parametrize(
    ("axis", "y", "said"),
    [
        (WHOLE, quartz(), ""),
        (WHOLE, quartz(noise=0.5), ""),
        (WHOLE, quartz() - 800, ""),
        (1e7 / (1e7 / 514.5 - WHOLE), quartz(), "an axis in nm"),
        (WHOLE, 100 - quartz(noise=2) / 300, "point downwards"),
        (WHOLE, np.interp(WHOLE, WHOLE[::5], quartz()[::5]), "interpolated"),
        (WHOLE, np.where(abs(WHOLE - 700) < 8, -90000, quartz()), "point downwards"),
    ],
)
def test_lines_that_are_none_of_raman(tmp_path, axis, y, said):
    table = written(tmp_path / "a.txt", axis, y, "")
    found = raman.analyse(table, ()).findings.table()
    assert len(found) >= 2
    assert (found["flag"] == ("implausible" if said else "")).all()
    assert found["note"].str.contains(said).all()


@pytest.mark.parametrize(
    ("head", "flag"),
    [
        ("Laser 532 nm\nObjective: x20\nExposure: 4 s", ""),
        ("Laser 532 nm\nObjective: x100\nExposure: 4 s", "implausible"),
        ("Laser 532 nm\nObjective: x20", "systematic"),
    ],
)
def test_settings_that_one_of_two_files_states(tmp_path, head, flag):
    y = bands() * 900 + np.random.default_rng(4).normal(0, 20, X.size)
    columns = "\nRaman shift (cm-1)\tcounts"
    sample = written(
        tmp_path / "s.txt", X, 0.5 * y, f"Laser 532 nm\nObjective: x20\nExposure: 4 s{columns}"
    )
    glass = written(tmp_path / "g.txt", X, y, head + columns)
    found = raman.analyse(sample, glass=glass).findings.table().set_index("quantity")
    assert found.loc["glass share", "flag"] == flag
    assert ("only one file states exposure_s" in found.loc["glass share", "note"]) == (
        flag == "systematic"
    )


@pytest.mark.parametrize("shape", [gaussian, lorentzian])
def test_positions_of_weak_wide_lines_are_covered(shape):
    x, rng, inside, count = np.arange(300.0, 900.0, 1.5), np.random.default_rng(8), 0, 0
    for _ in range(60):
        centre = rng.uniform(590, 610)
        line = shape(x, centre, 28)
        y = 900 + 100 * line / line.max() + rng.normal(0, 10, x.size)
        rows = lines(pd.DataFrame({"raman_shift_cm1": x, "intensity": y}))
        rows = rows[(rows["position_cm1"] - centre).abs() < 30]
        inside += ((rows["ci_low"] <= centre) & (centre <= rows["ci_high"])).sum()
        count += len(rows)
    assert count > 40
    assert inside >= 0.88 * count


@pytest.mark.parametrize(("top", "cut"), [(65535, True), (61234, False)])
def test_one_point_at_the_end_of_the_converter(top, cut):
    y = np.round(quartz(noise=5.0))
    y[np.argmax(y)] = top
    assert bool(saturation(y)) == cut


def flags_of(table):
    rows = raman.analyse(table, ()).findings.table()
    assert len(rows) >= 2
    assert rows["flag"].nunique() == rows["note"].nunique() == 1
    return rows, rows["flag"].iloc[0], rows["note"].iloc[0]


@pytest.mark.parametrize(
    ("head", "low", "off", "flag"),
    [
        ("", (0.0,), 0.4, ""),
        ("", (0.0,), 1.7, "systematic"),
        ("", (0.0,), -6.2, "implausible"),
        ("", (-22.0, 22.0), 0.3, ""),  # Stokes and anti-Stokes
        ("", (-22.0, 22.0), 5.0, "implausible"),
        ("Sample: film on Si(111)\n", (), 0.2, ""),
        ("Sample: film on Si(111)\n", (), 2.0, "systematic"),
        ("Detector: Si CCD\n", (), 2.0, ""),
    ],
)
def test_lines_of_known_place(tmp_path, head, low, off, flag):
    x = np.arange(-80.0, 900.0, 0.9)
    peaks = [(at, 5.0, 5e3) for at in low] + [(520.5, 5.5, 9e3), (710.0, 7.0, 4e3)]
    y = 400 + sum(h / (1 + 4 * ((x - off - c) / w) ** 2) for c, w, h in peaks)
    y = np.random.default_rng(2).poisson(y)
    table = written(tmp_path / "a.txt", x, y, f"{head}Raman shift (cm-1)\tcounts")
    rows, found, note = flags_of(table)
    assert found == flag
    if flag:
        assert float(note.split("off by ")[1].split(" ")[0]) == pytest.approx(off, abs=0.2)
    assert len(rows) == len(peaks) - (low == (0.0,))  # the laser's is none of Raman


@pytest.mark.parametrize(
    ("change", "over"),
    [
        (lambda y: y, (0, 0)),
        (lambda y: np.convolve(y, np.ones(15) / 15, "same"), (13, 17)),
        (lambda y: savgol_filter(y, 31, 3), (8, 40)),
        (lambda y: np.interp(np.arange(y.size), np.arange(0, y.size, 2), y[::2]), (0, 0)),
        (lambda y: np.convolve(y, [0.25, 0.5, 0.25], "same"), (0, 0)),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_a_smoothed_spectrum_says_over_how_much(change, over, seed):
    x = np.arange(250.0, 1250.0, 0.8)
    peaks = ((350, 8, 900), (440, 7, 1200), (760, 6, 700), (1008, 8, 4000))
    y = 300 + 0.1 * x + sum(h / (1 + 4 * ((x - c) / w) ** 2) for c, w, h in peaks)
    y = change(np.random.default_rng(seed).poisson(y).astype(float))[20:-20]
    found = lines(pd.DataFrame({"raman_shift_cm1": x[20:-20], "intensity": y}))
    assert over[0] <= round(found.attrs["smoothed_cm1"] / 0.8) <= over[1]


def test_the_flag_of_a_smoothed_spectrum():
    y = np.convolve(quartz(noise=20.0), np.ones(25) / 25, "same")[20:-20]
    table = pd.DataFrame({"raman_shift_cm1": WHOLE[20:-20], "intensity": y})
    table.attrs = {"format": "text", "notes": []}
    _, flag, note = flags_of(table)
    assert flag == "systematic"
    assert "smoothed over 2" in note


@pytest.mark.parametrize(("height", "flag"), [(0.0, ""), (1e5, "systematic")])
def test_a_share_that_the_wing_of_a_line_moves(height, flag):
    glass, rng = 900 * bands(), np.random.default_rng(4)
    wing = height / (1 + ((X - 991) / 5) ** 2)
    spectra = [
        pd.DataFrame({"raman_shift_cm1": X, "intensity": y + rng.normal(0, 20, X.size)})
        for y in (0.4 * glass + wing, glass)
    ]
    for table in spectra:
        table.attrs = {"format": "text", "notes": []}
    found = raman.analyse(spectra[0], window=(540.0, 860.0), glass=spectra[1]).findings.table()
    row = found.set_index("quantity").loc["glass share"]
    assert row["flag"] == flag
    assert ("39.8 % in the window" in row["note"]) == bool(flag)


@pytest.mark.parametrize("seed", range(3))
def test_a_rough_broad_band_is_no_line_twice(seed):
    x, rng = np.arange(200.0, 1200.0, 0.5), np.random.default_rng(seed)
    y = 9000 * np.exp(-2.77 * ((x - 460) / 180) ** 2) + 500
    y += 120 * np.sin(x / 4) + rng.normal(0, 8, x.size)
    table = pd.DataFrame({"raman_shift_cm1": x, "intensity": y})
    table.attrs = {"format": "text", "notes": []}
    found = raman.analyse(table, ()).tables["lines"]
    assert not found["position_cm1"].round(1).duplicated().any()


@pytest.mark.parametrize(("places", "flag"), [((520.5,), ""), ((460, 905, 950), "implausible")])
def test_a_pure_glass_has_no_sharp_lines(places, flag):
    rng = np.random.default_rng(6)
    wide = np.arange(400.0, 1000.0)
    glass = 900 * (gaussian(wide, 604, 75) + 0.8 * gaussian(wide, 746, 65)) + 200
    crystal = sum(600 * lorentzian(wide, place, 6) for place in places)
    sample, pure = (
        pd.DataFrame({"raman_shift_cm1": wide, "intensity": y + rng.normal(0, 0.2, wide.size)})
        for y in (glass, glass + crystal)
    )
    found = raman.analyse(sample, (), glass=pure).findings.table().set_index("quantity")
    row = found.loc["glass share"]
    assert ("implausible" in row["flag"]) == bool(flag)
    assert ("exchanged with the sample" in row["note"]) == bool(flag)
