import math

import numpy as np
import pandas as pd
import pytest

from compendium.inputs import input_files, number_list, one_of, pair, require, text_list
from compendium.paths import repository_root


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ("25;40;60", [25, 40, 60]),
        (" 25 ; 4e-1;", [25, 0.4]),
        ("", []),
        (25, [25]),
        (2.5, [2.5]),
        ([25, "40"], [25, 40]),
        (np.array([1.0, 2.0]), [1, 2]),
        ((), []),
    ],
)
def test_number_list(value, numbers):
    assert number_list(value, "temperatures_c") == numbers


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("25;4O", "temperatures_c: item 2 of '25;4O' is '4O'"),
        ("25,500;40", "item 1 .* decimals with a point"),
        ("25;;40", "item 2 of '25;;40' is empty"),
        ("25;nan", "item 2"),
        ([1, None], "item 2"),
        (True, "item 1"),
        ("25;-300", "item 2 .* is -300, must be >= -273.15"),
    ],
)
def test_number_list_names_value_and_position(value, message):
    with pytest.raises(ValueError, match=message):
        number_list(value, "temperatures_c", minimum=-273.15)


def test_text_list():
    assert text_list("a b; c ;") == ["a b", "c"]
    assert text_list("") == []


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, None, "", [], [1.0, 0.0], pd.NA])
def test_require_names_the_missing_quantity(value):
    with pytest.raises(ValueError, match=r"thickness_mm must be > 0, got .*-p thickness_mm 1\.02"):
        require(diameter_mm=10, thickness_mm=value)


def test_require_words_the_error_as_promised():
    with pytest.raises(ValueError) as error:
        require(thickness_mm=0.0)
    assert str(error.value) == (
        "thickness_mm must be > 0, got 0.0: give the pellet's thickness with -p thickness_mm 1.02"
    )


def test_require_accepts_what_is_there():
    require(thickness_mm="1.02", diameter_mm=10, loads=[1, 2], temperatures_c="-20;0;25")


def test_require_refuses_a_temperature_below_absolute_zero():
    with pytest.raises(ValueError, match=r"temperatures_c must be > -273.15"):
        require(temperatures_c=[25, -300])


def test_files_come_in_natural_order(toy):
    for number in (100, 9, 25):
        (toy / f"t_{number}C.txt").touch()
    assert [path.name for path in input_files("t_*.txt")] == ["t_9C.txt", "t_25C.txt", "t_100C.txt"]
    assert [p.name for p in input_files("t_25C.txt; t_9C.txt")] == ["t_25C.txt", "t_9C.txt"]


def test_current_directory_comes_before_the_root(toy, monkeypatch):
    folder = toy / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (toy / "a.txt").touch()
    assert input_files("a.txt") == [toy / "a.txt"]
    (folder / "a.txt").touch()
    assert input_files("a.txt") == [folder / "a.txt"]


def test_default_only_where_nothing_is_given(toy):
    (toy / "own [1].txt").touch()
    (toy / "a.txt").touch()
    assert input_files("", "own [1].txt") == [toy / "own [1].txt"]
    assert input_files("a.txt", "own [1].txt") == [toy / "a.txt"]
    with pytest.raises(ValueError, match="-p data_file"):
        input_files("")


def test_missing_file_names_every_place(toy, monkeypatch):
    folder = toy / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(FileNotFoundError) as error:
        input_files("eis/*.mpt")
    for place in (folder, toy):
        assert str(place / "eis/*.mpt") in str(error.value)


def test_folder_and_repetition_are_errors(toy):
    (toy / "eis").mkdir()
    (toy / "eis" / "a.txt").touch()
    with pytest.raises(FileNotFoundError, match=r"is a folder.*eis/\*\.txt"):
        input_files("eis")
    with pytest.raises(ValueError, match="named twice"):
        input_files("eis/*.txt;eis/a.txt")


def test_root_is_found_from_below_and_from_outside(toy, monkeypatch, tmp_path_factory):
    below = toy / "notebooks" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert repository_root() == toy
    other = tmp_path_factory.mktemp("other")  # somebody's own project
    (other / "pyproject.toml").write_text('[project]\nname = "mine"\n')
    (other / "dvc.yaml").touch()
    monkeypatch.chdir(other)
    assert (repository_root() / "lib" / "nasicon").is_dir()


def test_a_decimal_comma_is_understood_where_it_can_mean_one_thing_only():
    assert number_list("25,5;-0,25;1e3", "temperatures_c") == [25.5, -0.25, 1000.0]


def test_a_pair_is_two_numbers_in_order():
    assert pair("860;520", "window_cm1") == (520.0, 860.0)
    assert pair("", "window_cm1") is None
    with pytest.raises(ValueError, match="window_cm1 must be two numbers"):
        pair("520", "window_cm1")


def test_a_closed_list_of_values_names_the_nearest():
    one_of("sweep", "mode", ("cycles", "sweep"))
    with pytest.raises(ValueError, match="did you mean sweep"):
        one_of("sweeps", "mode", ("cycles", "sweep"))
