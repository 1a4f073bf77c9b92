"""What centres allow, against arithmetic by hand."""

import numpy as np
import pytest

from nasicon.nmr import model_mixing

BO3, BO4 = (8.609, 7.811, 12.806), (-5.015, -4.751, -2.278)


def test_weights_by_hand():
    assert model_mixing.centroid_weight(*BO3) == pytest.approx(0.798 / 4.995)
    assert model_mixing.centroid_weight(*BO4) == pytest.approx(-0.264 / 2.473)
    with pytest.raises(ValueError, match="must differ"):
        model_mixing.centroid_weight(1.0, 2.0, 2.0)


def test_exact_centres_allow_one_weight_only():
    w = np.linspace(0, 1, 1001)
    ok = model_mixing.feasible(w, [(0.25, 0.0, 1.0)], picking=1e-9)
    assert w[ok] == pytest.approx([0.25])


def test_bo4_allows_no_mixture_as_printed():
    w = np.linspace(0, 1, 1001)
    assert not model_mixing.feasible(w, [BO4], picking=0.0005).any()
    # at w = 0 three centres share 0.264 ppm, two of them at full weight
    assert not model_mixing.feasible(0.0, [BO4], picking=0.1319)[0]
    assert model_mixing.feasible(0.0, [BO4], picking=0.1321)[0]


def test_error_that_allows_a_quarter():
    # BO4: |-5.015 + 0.75 4.751 + 0.25 2.278| = 0.88225 over 1 + 0.75 + 0.25
    assert model_mixing.smallest_error(0.25, [BO4]) == pytest.approx(0.88225 / 2)
    # both lines off the same way: axis and picking share it
    below, above = (
        model_mixing.feasible(0.25, [BO3, BO4], picking=e, referencing=e)[0]
        for e in (0.999 * 0.88225 / 4, 1.001 * 0.88225 / 4)
    )
    assert above
    assert not below


def test_a_common_shift_helps_lines_that_agree_and_not_those_that_disagree():
    same, opposite = [(1.5, 0, 2), (1.5, 0, 2)], [(1.5, 0, 2), (0.5, 0, 2)]
    assert model_mixing.feasible(0.5, same, picking=0.01, referencing=0.3)[0]
    assert not model_mixing.feasible(0.5, opposite, picking=0.01, referencing=0.3)[0]


def test_required_end_member():
    assert model_mixing.required_end_member(-5.015, -2.278, 0.25) == pytest.approx(
        -5.92733, abs=1e-5
    )
    with pytest.raises(ValueError, match="weight must be"):
        model_mixing.required_end_member(0, 1, 1.0)
