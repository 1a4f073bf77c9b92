"""Temperatures in file names."""

import pytest

from nasicon.transport.read_temperature import (
    temperature_from_header,
    temperature_from_name,
    temperature_of,
    temperatures,
)


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
        ("P_m20C.txt", -20.0),
        ("minus20C.csv", -20.0),
        ("P_neg20C.txt", -20.0),
        ("P_-20C.txt", -20.0),
        ("P_0C.txt", 0.0),
        ("25\u2103.txt", 25.0),
        ("P_20C_heat.txt", 20.0),
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
        "LATP_1c.txt",
        "B2K.csv",
        "Example2c.csv",
        "P_10k.txt",
        "P_10K.txt",
    ],
)
def test_not_stated_or_not_clear(name):
    assert temperature_from_name(name) is None


@pytest.mark.parametrize(
    ("line", "celsius"),
    [
        ("Temperature (°C): 25.3", 25.3),
        ("Temp: 298.15 K", 25.0),
        ("temperature = -20 °C", -20.0),
        ("Temperature: 25", None),  # of what?
        ("Template 25 C", None),
    ],
)
def test_a_header_states_a_temperature_only_with_its_unit(line, celsius):
    assert temperature_from_header(["operator: A", line]) == celsius


def test_name_and_header_that_differ_are_an_error_that_says_what_to_do():
    assert temperature_of("P_40C.txt", ["Temperature: 41.2 °C"]) == 41.2
    with pytest.raises(ValueError, match=r"40 °C.*25 °C.*temperatures_c"):
        temperature_of("P_40C.txt", ["Temperature: 25 °C"])


@pytest.mark.parametrize(
    ("stated", "told"),
    [((90, 60, 30), True), ((30, 90, 60), True), ((29, 57, 86), False), ((30, 60, 90), False)],
)
def test_temperatures_in_another_order_than_the_names_are_refused(stated, told):
    files = ["P_30C.txt", "P_60C.txt", "P_90C.txt"]
    if told:
        with pytest.raises(ValueError, match=r"whose name says .* another file's"):
            temperatures(files, stated)
    else:
        assert temperatures(files, stated) == list(stated)
