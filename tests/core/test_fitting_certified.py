"""The fitting engine against certified results of the NIST Statistical Reference Datasets.

Data and certified values: NIST StRD, nonlinear regression,
https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml (files Misra1a.dat, Thurber.dat,
MGH10.dat; a work of the United States government), compared digit by digit with
independent copies of those files.
"""

from dataclasses import dataclass

import lmfit
import numpy as np
import pytest
from numpy.typing import NDArray

from nasicon.core.fitting import Problem, fit, profile_interval


@dataclass(frozen=True)
class Certified:
    x: NDArray
    y: NDArray
    starts: tuple[tuple[float, ...], tuple[float, ...]]
    values: tuple[float, ...]
    stderr: tuple[float, ...]
    sum_of_squares: float


MISRA1A = Certified(
    x=np.array(
        [
            77.6,
            114.9,
            141.1,
            190.8,
            239.9,
            289.0,
            332.8,
            378.4,
            434.8,
            477.3,
            536.8,
            593.1,
            689.1,
            760.0,
        ]
    ),
    y=np.array(
        [
            10.07,
            14.73,
            17.94,
            23.93,
            29.61,
            35.18,
            40.02,
            44.82,
            50.76,
            55.05,
            61.01,
            66.40,
            75.47,
            81.78,
        ]
    ),
    starts=((500, 1e-4), (250, 5e-4)),
    values=(2.3894212918e2, 5.5015643181e-4),
    stderr=(2.7070075241, 7.2668688436e-6),
    sum_of_squares=1.2455138894e-1,
)

THURBER = Certified(
    x=np.array(
        [
            -3.067,
            -2.981,
            -2.921,
            -2.912,
            -2.840,
            -2.797,
            -2.702,
            -2.699,
            -2.633,
            -2.481,
            -2.363,
            -2.322,
            -1.501,
            -1.460,
            -1.274,
            -1.212,
            -1.100,
            -1.046,
            -0.915,
            -0.714,
            -0.566,
            -0.545,
            -0.400,
            -0.309,
            -0.109,
            -0.103,
            0.010,
            0.119,
            0.377,
            0.790,
            0.963,
            1.006,
            1.115,
            1.572,
            1.841,
            2.047,
            2.200,
        ]
    ),
    y=np.array(
        [
            80.574,
            84.248,
            87.264,
            87.195,
            89.076,
            89.608,
            89.868,
            90.101,
            92.405,
            95.854,
            100.696,
            101.060,
            401.672,
            390.724,
            567.534,
            635.316,
            733.054,
            759.087,
            894.206,
            990.785,
            1090.109,
            1080.914,
            1122.643,
            1178.351,
            1260.531,
            1273.514,
            1288.339,
            1327.543,
            1353.863,
            1414.509,
            1425.208,
            1421.384,
            1442.962,
            1464.350,
            1468.705,
            1447.894,
            1457.628,
        ]
    ),
    starts=((1000, 1000, 400, 40, 0.7, 0.3, 0.03), (1300, 1500, 500, 75, 1, 0.4, 0.05)),
    values=(
        1.2881396800e3,
        1.4910792535e3,
        5.8323836877e2,
        7.5416644291e1,
        9.6629502864e-1,
        3.9797285797e-1,
        4.9727297349e-2,
    ),
    stderr=(
        4.6647963344,
        3.9571156086e1,
        2.8698696102e1,
        5.5675370270,
        3.1333340687e-2,
        1.4984928198e-2,
        6.5842344623e-3,
    ),
    sum_of_squares=5.6427082397e3,
)

MGH10 = Certified(
    x=np.arange(50.0, 126.0, 5.0),
    y=np.array(
        [
            34780.0,
            28610,
            23650,
            19630,
            16370,
            13720,
            11540,
            9744,
            8261,
            7030,
            6005,
            5147,
            4427,
            3820,
            3307,
            2872,
        ]
    ),
    starts=((2, 4e5, 2.5e4), (0.02, 4000, 250)),
    values=(5.6096364710e-3, 6.1813463463e3, 3.4522363462e2),
    stderr=(1.5687892471e-4, 2.3309021107e1, 7.8486103508e-1),
    sum_of_squares=8.7945855171e1,
)


def saturation(x, b):
    e = np.exp(-b[1] * x)
    return b[0] * (1 - e), (1 - e, b[0] * x * e)


def rational(x, b):
    top = b[0] + b[1] * x + b[2] * x**2 + b[3] * x**3
    bottom = 1 + b[4] * x + b[5] * x**2 + b[6] * x**3
    y = top / bottom
    above = [x**k / bottom for k in range(4)]
    return y, (*above, *(-y * x**k / bottom for k in (1, 2, 3)))


def vogel(x, b):
    e = np.exp(b[1] / (x + b[2]))
    y = b[0] * e
    return y, (e, y / (x + b[2]), -y * b[1] / (x + b[2]) ** 2)


def problem(data, model, positive):
    p = len(data.values)

    def evaluate(values):
        y, slopes = model(data.x, np.moveaxis(values[..., None], -2, 0))
        return y - data.y, np.stack(np.broadcast_arrays(*slopes), axis=-1)

    start = np.array(data.starts, dtype=float)
    return Problem(
        names=tuple(f"b{i + 1}" for i in range(p)),
        units=("",) * p,
        lower=start.min(axis=0) / 1e4,
        upper=start.max(axis=0) * 1e4,
        positive=np.full(p, positive),
        evaluate=evaluate,
    )


CASES = {
    "Misra1a": (MISRA1A, saturation),
    "Thurber": (THURBER, rational),
    "MGH10": (MGH10, vogel),
}


RUNS = [
    pytest.param(name, start, positive, id=f"{name}-{start + 1}-{scale}")
    for name in CASES
    for start in (0, 1)
    for positive, scale in ((True, "log10"), (False, "linear"))
    # from 2, 4e5, 2.5e4 only the logarithm finds the way
    if (name, start, positive) != ("MGH10", 0, False)
]


@pytest.mark.parametrize(("name", "start", "positive"), RUNS)
def test_certified_values_and_standard_errors(name, start, positive):
    data, model = CASES[name]
    result = fit(problem(data, model, positive), [data.starts[start]])
    assert result.converged
    assert result.moved_from_guess
    np.testing.assert_allclose(result.values, data.values, rtol=1e-6)
    np.testing.assert_allclose(result.stderr, data.stderr, rtol=1e-5)
    assert result.chi2 == pytest.approx(data.sum_of_squares, rel=1e-9)
    assert result.degrees_of_freedom == data.x.size - len(data.values)


@pytest.mark.parametrize("positive", [True, False], ids=["log10", "linear"])
def test_the_tools_of_lmfit_take_the_result(positive):
    data, model = CASES["Misra1a"]
    result = fit(problem(data, model, positive), [data.starts[1]])
    theirs = result.lmfit
    assert "chi-square         = 0.12455139" in lmfit.fit_report(theirs)
    value = np.log10(data.values[0]) if positive else data.values[0]
    assert theirs.params["b1"].value == pytest.approx(value, rel=1e-7)
    spread = np.sqrt(result.covariance[0, 0])
    assert theirs.params["b1"].stderr == pytest.approx(spread, rel=1e-6)
    ends = lmfit.conf_interval(theirs.minimizer, theirs, sigmas=[0.95])["b1"]
    low, high = profile_interval(result, "b1")
    told = [10 ** end[1] if positive else end[1] for end in (ends[0], ends[-1])]
    assert told == pytest.approx([low, high], rel=1e-3)
