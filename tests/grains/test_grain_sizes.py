"""Grain sizes on tessellations whose mean chord is known from theory."""

import numpy as np
import pytest
from scipy import ndimage, stats
from scipy.spatial import cKDTree

from nasicon import grains
from nasicon.grains import fit_sizes as analysis
from nasicon.grains.read_micrographs import Micrograph

SIZE = 384


def voronoi(grains: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Label a Poisson-Voronoi tessellation with so many cells per frame on average."""
    rng = np.random.default_rng(seed)
    border = 0.2
    number = rng.poisson(grains * (1 + 2 * border) ** 2)
    seeds = rng.uniform(-border * size, (1 + border) * size, (number, 2))
    rows, columns = np.mgrid[:size, :size]
    return cKDTree(seeds).query(np.c_[rows.ravel(), columns.ravel()])[1].reshape(size, size) + 1


def mean_chord(grains: int, size: int = SIZE) -> float:
    """Of a planar Poisson-Voronoi tessellation: boundary length per area is 2 sqrt(density)."""
    return np.pi / 4 * size / np.sqrt(grains)


def picture(labels: np.ndarray, noise: float, seed: int = 0) -> np.ndarray:
    """Grooves one pixel wide, blurred, with noise in units of the groove's depth."""
    edge = np.zeros(labels.shape)
    edge[:, 1:] += labels[:, 1:] != labels[:, :-1]
    edge[1:] += labels[1:] != labels[:-1]
    groove = ndimage.gaussian_filter(np.minimum(edge, 1.0), 1.0)
    depth = groove.max()
    rng = np.random.default_rng(seed)
    return 1 - groove / depth + noise * rng.normal(size=labels.shape)


def test_intervals_hold_the_theoretical_chord():
    inside, ratios = 0, []
    for seed in range(60):
        found = analysis.measure_grains(voronoi(150, seed), 2.0)
        row = found.table(replicates=10).iloc[0]
        inside += row["ci_low"] < 2 * mean_chord(150) < row["ci_high"]
        ratios.append(found.mean_intercept_nm / (2 * mean_chord(150)))
    assert np.mean(ratios) == pytest.approx(1, abs=0.01)
    assert inside >= 53  # 95 % of 60 is 57; 52 or less has a chance of 1 %


def test_diameters_of_a_regular_mosaic():
    rows, columns = np.mgrid[:300, :300]
    squares = rows // 20 * 15 + columns // 20 + 1
    found = analysis.measure_grains(squares, 10.0)
    assert found.mean_intercept_nm == pytest.approx(200, rel=0.08)  # frame edges hold no boundary
    np.testing.assert_allclose(found.grains["diameter_nm"], 200 * np.sqrt(4 / np.pi))
    assert len(found.grains) == 13 * 13
    assert found.direction_ratio == pytest.approx(1)


def test_stretched_grains_show():
    stretched = np.repeat(voronoi(400, 1), 2, axis=1)
    found = analysis.measure_grains(stretched, 1.0)
    assert found.direction_ratio == pytest.approx(2, rel=0.1)


def test_same_answer_mirrored_and_rescaled():
    labels = voronoi(200, 5)
    one = analysis.measure_grains(labels, 1.0)
    mirrored = analysis.measure_grains(labels[::-1, ::-1].copy(), 1.0)
    scaled = analysis.measure_grains(labels, 25.0)
    assert mirrored.mean_intercept_nm == pytest.approx(one.mean_intercept_nm, rel=0.02)
    assert scaled.mean_intercept_nm == pytest.approx(25 * one.mean_intercept_nm)
    np.testing.assert_allclose(scaled.grains["diameter_nm"], 25 * one.grains["diameter_nm"])


def test_frame_weights_repair_the_loss_of_large_grains():
    """Mean area over many small frames, weighted and not, against the density of seeds."""
    weighted, plain = [], []
    for seed in range(40):
        grains = analysis.measure_grains(voronoi(40, 100 + seed, 160), 1.0).grains
        areas = np.pi / 4 * grains["diameter_nm"] ** 2
        weighted.append((np.sum(areas * grains["weight"]), grains["weight"].sum()))
        plain.append((areas.sum(), len(grains)))
    expected = 160**2 / 40
    fair, naive = (np.sum(p, axis=0)[0] / np.sum(p, axis=0)[1] for p in (weighted, plain))
    assert fair == pytest.approx(expected, rel=0.05)
    assert naive < 0.95 * expected


@pytest.mark.parametrize("bright", [False, True])
@pytest.mark.parametrize("noise", [0.1, 0.2])
def test_segmentation_recovers_the_intercept(noise, bright):
    labels = voronoi(300, 9, 512)
    image = picture(labels, noise)
    found = analysis.measure_grains(
        analysis.segment(-image if bright else image, boundaries="bright" if bright else "dark"),
        1.0,
    )
    true = analysis.measure_grains(labels, 1.0)
    assert found.mean_intercept_nm == pytest.approx(true.mean_intercept_nm, rel=0.05)
    for one, other in zip(*(t.table(replicates=50)["value"] for t in (found, true)), strict=True):
        assert one == pytest.approx(other, rel=0.12)


def test_wrong_sign_of_boundaries_does_not_pass_for_right():
    labels = voronoi(300, 9)
    found = analysis.measure_grains(analysis.segment(picture(labels, 0.1), boundaries="bright"), 1)
    assert abs(found.mean_intercept_nm / mean_chord(300) - 1) > 0.1


def test_few_or_unresolved_grains_are_flagged():
    few = analysis.measure_grains(voronoi(12, 2), 1.0)
    assert "not_identifiable" in few.flags
    assert list(few.table()["quantity"]) == ["mean linear intercept"]
    fine = analysis.measure_grains(voronoi(9000, 3), 1.0)
    assert "outside_window" in fine.flags
    assert analysis.measure_grains(voronoi(400, 4), 1.0).flags == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: analysis.measure_grains(voronoi(50, 1), 0), "nm_per_pixel must be > 0 and finite"),
        (lambda: analysis.measure_grains(np.ones((50, 50), int), 1), "fewer than two grains"),
        (lambda: analysis.measure_grains(np.zeros((50, 50), int), 1), "fewer than two grains"),
        (lambda: analysis.segment(np.ones((50, 50))), "no boundary was found"),
        (lambda: analysis.segment(np.full((50, 50), np.nan)), "finite numbers"),
        (lambda: analysis.segment(np.ones((5, 5, 3))), "finite numbers"),
        (lambda: analysis.segment(np.ones((50, 50)), boundaries="blue"), "dark, bright"),
        (lambda: analysis.segment(np.ones((50, 50)), merge=0), "must be > 0"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def given(image):
    return grains.analyse(Micrograph(image, 10.0, "mine.png", "PNG")).findings.table()


@pytest.mark.parametrize("smoothing", [0.0, 2.0])
def test_an_image_without_grains_gives_no_sizes(smoothing):
    noise = np.random.default_rng(8).normal(size=(SIZE, SIZE))
    found = given(ndimage.gaussian_filter(noise, smoothing) if smoothing else noise)
    assert found["flag"].str.contains("not_identifiable").all()
    assert found["note"].str.contains("no network of boundaries").all()
    assert (given(picture(voronoi(150, 8), 0.3))["flag"] == "").all()


def test_comparison_is_welchs_test_and_covers():
    rng = np.random.default_rng(3)
    new, old = rng.lognormal(0.3, 0.5, 23), rng.lognormal(0.0, 0.3, 40)
    found = analysis.compare_sizes(new, old)
    oracle = stats.ttest_ind(np.log(new), np.log(old), equal_var=False)
    interval = oracle.confidence_interval(0.95)
    assert found.p_value == pytest.approx(oracle.pvalue)
    assert (found.low, found.high) == pytest.approx((np.exp(interval.low), np.exp(interval.high)))
    other = analysis.compare_sizes(old, new)
    assert other.value == pytest.approx(1 / found.value)
    assert analysis.compare_sizes(1e3 * new, 1e3 * old).value == pytest.approx(found.value)
    inside = [
        (c := analysis.compare_sizes(1.5 * rng.lognormal(0, 0.5, 30), rng.lognormal(0, 0.5, 30)))
        and c.low < 1.5 < c.high
        for _ in range(400)
    ]
    assert 0.92 < np.mean(inside) < 0.98


@pytest.mark.parametrize(
    ("new", "old", "message"),
    [
        ([1.0], [1.0, 2.0], "new_nm must hold two or more"),
        ([1.0, 2.0], [1.0, -2.0], "old_nm must hold two or more"),
        ([1.0, np.nan], [1.0, 2.0], "positive sizes"),
        ([1.0, 1.0], [2.0, 2.0], "do not scatter"),
    ],
)
def test_sizes_that_cannot_be_compared(new, old, message):
    with pytest.raises(ValueError, match=message):
        analysis.compare_sizes(new, old)


@pytest.mark.parametrize(("rows", "told"), [(1.0, ""), (0.6, "pulled in one direction")])
def test_a_picture_pulled_in_one_direction_is_told(rows, told):
    shown = ndimage.zoom(picture(voronoi(90, 5), 0.05), (rows, 1.0), order=1)
    found = grains.analyse(Micrograph(shown, 5.0, "array", ())).findings.table()
    assert found["note"].str.contains(told).all()
    assert (found["flag"] == ("systematic" if told else "")).all()


@pytest.mark.parametrize(
    ("rows", "told"), [(0, ""), (70, "of the picture is in regions of more than 20")]
)
def test_a_data_bar_is_no_grain(rows, told):
    shown = picture(voronoi(150, 9), 0.05)
    shown[len(shown) - rows :] = 0.8
    found = grains.analyse(Micrograph(shown, 5.0, "array", ())).findings.table()
    assert found["note"].str.contains(told).all()
    assert (found["flag"] == ("systematic" if told else "")).all()


@pytest.mark.parametrize(
    ("every", "axis", "told"), [(0, 0, ""), (50, 0, "rows"), (9, 1, "columns")]
)
def test_lines_from_edge_to_edge_are_no_boundaries(every, axis, told):
    shown = picture(voronoi(150, 9), 0.05)
    if every:
        np.moveaxis(shown, axis, 0)[::every] -= 0.5
    found = grains.analyse(Micrograph(shown, 5.0, "array", ())).findings.table()
    assert found["note"].str.contains(told + " stand out" * bool(told)).all()
    assert (found["flag"] == "").all() != bool(told)


def test_a_scale_in_micrometres_is_asked_for():
    shown = picture(voronoi(150, 9), 0.05)
    found = grains.analyse(Micrograph(shown, 0.005, "array", ())).findings.table()
    sizes = found[found["unit"] == "nm"]
    assert (sizes["flag"] == "implausible").all()
    assert sizes["note"].str.contains("is the scale in µm").all()
