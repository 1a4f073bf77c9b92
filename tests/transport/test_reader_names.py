"""Temperatures in file names."""

import pytest

from nasicon.transport.read_temperature import temperature_from_name


@pytest.mark.parametrize(
    ("name", "celsius"),
    [
        ("s04147-140deg.txt", 140.0),
        ("some/folder 25C/LATP_140C.mpt", 140.0),
        ("LATP_140_C.mpt", 140.0),
        ("025c.z", 25.0),
        ("LATP 140degC.csv", 140.0),
        ("LATP_140 °C.csv", 140.0),
        ("LATP_T=140.csv", 140.0),
        ("T=140", 140.0),
        ("T = 62.5.csv", 62.5),
        ("25.5C.DTA", 25.5),
        ("25,5C.DTA", 25.5),
        ("LATP_-20C.mpt", -20.0),
        ("LATP-20C.mpt", 20.0),  # the hyphen separates
        ("T=-20C_run2.mpt", -20.0),
        ("pellet_413.15K.txt", 140.0),
        ("T=413.15K.txt", 140.0),
        ("140C_repeat_140C.txt", 140.0),
        ("LATP_120oC_2.mpt", 120.0),
    ],
)
def test_stated(name, celsius):
    assert temperature_from_name(name) == pytest.approx(celsius, abs=1e-9)


@pytest.mark.parametrize(
    "name",
    [
        "Circuit1_EIS_1.z",
        "exampleData.csv",
        "LATP_140.txt",
        "25C_to_120C.txt",
        "C25.txt",
        "4K7_resistor.txt",
        "100cycles.mpt",
        "start=5.txt",
        "2019C12.txt",
        "140deg/spectrum.txt",
    ],
)
def test_not_stated_or_not_clear(name):
    assert temperature_from_name(name) is None
