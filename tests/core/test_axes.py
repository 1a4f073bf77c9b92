"""What a header states of an axis against the axis, and two columns that are one axis."""

import numpy as np
import pandas as pd
import pytest

from nasicon import esm, nmr, raman, xps
from nasicon.core import axes, report
from nasicon.core.text import ReaderError
from nasicon.diffraction.read_files import read_pattern

WRONG = [  # header, step and rows of the column, kind
    ("# Sampling interval: 4 ms", 0.01, 200, "time"),
    ("Abtastrate = 2,50 kHz\nAnzahl Punkte: 500", 1e-3, 500, "time"),
    ("Record length (s): 6.00\nNumber of samples: 1200", 0.008, 1200, "time"),
    ("Schrittweite [°2Th.]: 0,0167\nMesspunkte: 4000", 0.017, 4000, "two theta"),
    ('*START = 20.00\n*STOP = 60.00\n"No. of points",2001', 0.021, 2001, "two theta"),
    ("Energy step: 100 meV\nPoints: 301", 0.05, 301, "energy"),
    ("Pas (cm-1) : 0,50\nNombre de points : 1500", 0.8, 1500, "wave number"),
]
RIGHT = [
    ("# Sampling interval: 4 ms", 0.004, 120, "time"),  # cut
    ("Sampling rate: 50 kHz", 0.002, 400, "time"),  # averaged on the way out
    ("Sample rate: 333 Hz\nRecord length: 3.00 s", 1 / 333.3, 1000, "time"),
    ("Scan step size,0.0131303\nNo. of points,5332", 0.0131303, 2000, "two theta"),  # cut
    ("_STEPSIZE=0.013\n_STEPCOUNT=4000", 0.0131303, 4000, "two theta"),  # rounded
    ("Step: 0.5 um\nPoints: 1000", 1.2, 1000, "wave number"),  # of a map
    ("Step size 0.02\nNo. of points 4001", 0.05, 1601, "two theta"),  # resampled
    ("Time per step,147.39\nStart time: 12\nStep: 10 s", 0.02, 3000, "two theta"),
    ("Scan 10.0 to 80.0\nnothing else: 5 of them", 0.02, 3000, "two theta"),
]


@pytest.mark.parametrize(("head", "step", "rows", "kind"), WRONG)
def test_a_header_that_its_axis_contradicts(head, step, rows, kind):
    column = np.round(20 + step * np.arange(rows), 6)
    assert f"has {step:.6g}" in axes.contradiction(head, column, kind)
    assert axes.contradiction(head, column[::-1], kind)


@pytest.mark.parametrize(("head", "step", "rows", "kind"), RIGHT)
def test_a_header_that_its_axis_does_not_contradict(head, step, rows, kind):
    assert axes.contradiction(head, np.round(10 + step * np.arange(rows), 4), kind) == ""


def test_uneven_axes_are_not_judged():
    assert axes.contradiction("Step: 1.0", np.linspace(10, 50, 900) ** 2, "wave number") == ""


def test_what_hangs_on_the_axis_is_flagged_and_shares_are_not():
    table = pd.DataFrame({"x": [1.0]})
    table.attrs["axis"] = "steps of 2"
    numbers = [report.number("place", 1.0, "cm-1", "m"), report.number("share", 0.5, "1", "m")]
    read = report.what_was_read({"a": table})
    found = report.assemble(
        "t", "n", {"a": numbers}, {}, evidence="measured", read=read, figures={}
    )
    flags = found.findings.table().set_index("quantity")["flag"]
    assert (flags["place"], flags["share"]) == ("implausible", "")


def test_readers_carry_what_the_header_says(tmp_path):
    t = np.arange(300)
    relaxation = tmp_path / "r.csv"
    rows = "\n".join(f"{0.02 * i:.3f};{5 + np.exp(-i / 50):.4f}" for i in t)
    relaxation.write_text(f"# Sampling interval: 25 ms\n# Samples: 300\ntime_s;a_pm\n{rows}\n")
    pattern = tmp_path / "p.txt"
    rows = "\n".join(f"{20 + 0.02 * i:.2f}\t{100 + i % 7}" for i in t)
    pattern.write_text(f"Step size: 0.0250\nPoints: 300\n2theta (deg)\tcounts\n{rows}\n")
    for table in (esm.read_relaxation(relaxation), read_pattern(pattern)):
        assert "the header states steps of 0.025" in table.attrs["axis"]


X = np.linspace(0, 1, 60)
PAIRS = {
    "nmr": (nmr.read, "shift_ppm,offset_hz,intensity", (10 - 30 * X, 202.4 * (10 - 30 * X))),
    "raman": (raman.read, "Raman shift (cm-1),Wavelength (nm),Counts", None),
    "xps": (xps.read, "Binding Energy (eV),Kinetic Energy (eV),Counts", (525 + 9 * X, 961 - 9 * X)),
    "xrd": (read_pattern, "2theta (deg),d (A),counts", None),
}
SHIFT, TWO_THETA = 200 + 900 * X, 20 + 50 * X
PAIRS["raman"] = (*PAIRS["raman"][:2], (SHIFT, 1e7 / (1e7 / 532.1 - SHIFT)))
PAIRS["xrd"] = (*PAIRS["xrd"][:2], (TWO_THETA, 0.7703 / np.sin(np.radians(TWO_THETA / 2))))


@pytest.mark.parametrize("alone", [None, 0, 1])
@pytest.mark.parametrize("room", PAIRS)
def test_a_column_of_an_axis_that_was_sorted_alone(tmp_path, room, alone):
    read, names, columns = PAIRS[room]
    columns = [np.round(column, 3) for column in columns]
    if alone is not None:
        columns[alone] = columns[alone][::-1]
    counts = 500 + np.round(300 * np.exp(-((X - 0.3) ** 2) / 0.002)) + np.arange(60) % 5
    rows = "\n".join(",".join(f"{v:g}" for v in row) for row in zip(*columns, counts, strict=True))
    path = tmp_path / "pair.csv"
    path.write_text(f"{names}\n{rows}\n")
    if alone is None:
        assert len(read(path)) == 60
        return
    with pytest.raises(ReaderError, match="sorted alone"):
        read(path)


def test_columns_in_ppm_and_hz_of_another_nucleus(tmp_path):
    rows = "\n".join(f"{x:.3f},{161.976 * x:.3f},{100 + i % 9}" for i, x in enumerate(30 - 60 * X))
    path = tmp_path / "p.csv"
    path.write_text(f"ppm,Hz,intensity\n{rows}\n")
    assert nmr.read(path).attrs["larmor_mhz"] == pytest.approx(161.976, rel=1e-4)
    path.write_text(f"# Larmor frequency: 130.32 MHz\nppm,Hz,intensity\n{rows}\n")
    with pytest.raises(ReaderError, match="are of 161"):
        nmr.read(path)
