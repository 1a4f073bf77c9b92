"""Small hand-written spectra in the dialects that occur, sweeps, and the sign of Z''."""

import logging
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasicon.core.text import ReaderError
from nasicon.eis.read_files import one_sweep, read_eis, sign_score

# An RC-like spectrum, highest frequency first; every number is exact in decimal text
ROWS = [(1e5, 10.5, -1.25), (1e4, 20.25, -30.5), (1e3, 80.0, -60.75), (100.0, 110.5, -12.5)]


def text_of(rows, delimiter=",", decimal=".", header="f/Hz,Z'/ohm,Z''/ohm", end="\n"):
    def cell(value):
        return repr(float(value)).replace(".", decimal)

    lines = [header.replace(",", delimiter)] if header else []
    lines += [delimiter.join(cell(value) for value in row) for row in rows]
    return end.join(lines) + end


@pytest.fixture
def read(tmp_path):
    def read_text(text, encoding="utf-8", name="spectrum.txt", **options):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return read_eis(path, **options)

    return read_text


def rows_of(table, sweep=1):
    return [tuple(row) for row in one_sweep(table, sweep).itertuples(index=False)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize(
    ("delimiter", "decimal"),
    [(",", "."), (";", "."), (";", ","), ("\t", ","), (" ", ","), ("  ", ".")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n", "\r"])
def test_encodings_and_dialects(encoding, delimiter, decimal, end, read):
    table = read(text_of(ROWS, delimiter, decimal, end=end), encoding)
    assert rows_of(table) == ROWS
    assert table.attrs == {"source": "spectrum.txt", "format": "delimited text", "notes": []}


@pytest.mark.parametrize(
    ("delimiter", "decimal"), [(",", "."), (";", ","), ("\t", "."), (" ", ",")]
)
def test_without_header_the_columns_are_taken_in_order_and_said_so(delimiter, decimal, read):
    table = read(text_of(ROWS, delimiter, decimal, header=""))
    assert rows_of(table) == ROWS
    assert any("no column names" in note for note in table.attrs["notes"])


def test_a_title_above_bare_columns_is_no_header(read):
    assert rows_of(read("my pellet\n" + text_of(ROWS, header=""))) == ROWS


def test_commented_header_remarks_and_blank_lines(read):
    text = text_of(ROWS, "\t", header="# f/Hz,Z'/ohm,Z''/ohm")
    lines = text.splitlines()
    text = "\n".join(["# measured on Monday", *lines[:3], "", "# a remark", *lines[3:], ""])
    assert rows_of(read(text)) == ROWS


def test_units_in_names_and_below_names(read):
    expected = [(1e3 * f, 1e3 * re, im) for f, re, im in ROWS]
    assert rows_of(read(text_of(ROWS, header="f/kHz,Z'/kohm,Z''/ohm"))) == expected
    text = text_of(ROWS, header="f,Z',Z''\nkHz,kOhm,Ohm")
    table = read(text)
    assert rows_of(table) == expected
    assert table.attrs["notes"] == []
    assert "assumed" in read(text_of(ROWS, header="f,Z',Z''")).attrs["notes"][0]


def test_columns_in_any_order_among_others(read):
    text = "time;Z''/ohm;who;freq/Hz;Z'/ohm\n"
    text += "".join(f"12:30:01;{im};me;{f};{re}\n" for f, re, im in ROWS)
    assert rows_of(read(text)) == ROWS


def test_quoted_decimal_commas(read):
    text = '"f/Hz","Z\'/ohm","-Im(Z)/ohm"\n'
    text += "".join(f'"{f}","{re}","{-im}"\n'.replace(".", ",") for f, re, im in ROWS)
    assert rows_of(read(text)) == ROWS


def test_modulus_and_phase(read):
    rows = [(f, abs(complex(re, im)), np.degrees(np.angle(complex(re, im)))) for f, re, im in ROWS]
    table = read(text_of(rows, header="Frequency (Hz),|Z| (ohm),Phase (deg)"))
    np.testing.assert_allclose(rows_of(table), ROWS, rtol=1e-12)
    opposite = [(f, z, -phase) for f, z, phase in rows]
    table = read(text_of(opposite, header="Frequency (Hz),Z (ohm),-Phase (deg)"))
    np.testing.assert_allclose(rows_of(table), ROWS, rtol=1e-12)


def test_ascending_files_come_out_descending(read):
    table = read(text_of(ROWS[::-1]))
    assert rows_of(table) == ROWS
    assert table.attrs["notes"] == []


finite = st.floats(min_value=-1e12, max_value=1e12).filter(lambda x: abs(x) > 1e-12)


@settings(max_examples=150, deadline=None)
@given(
    frequencies=st.lists(
        st.floats(min_value=1e-6, max_value=1e12), min_size=3, max_size=40, unique=True
    ),
    data=st.data(),
    delimiter=st.sampled_from([",", ";", "\t", " "]),
    comma=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    header=st.sampled_from(["", "f/Hz,Z'/ohm,Z''/ohm", "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm"]),
)
def test_any_spectrum_comes_back_exactly(
    tmp_path_factory, frequencies, data, delimiter, comma, end, encoding, header
):
    n = len(frequencies)
    real, imaginary = (data.draw(st.lists(finite, min_size=n, max_size=n)) for _ in range(2))
    frequencies = sorted(frequencies, reverse=True)
    negated = "-Im" in header
    rows = list(zip(frequencies, real, imaginary, strict=True))
    decimal = "," if comma and delimiter != "," else "."
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text_of(rows, delimiter, decimal, header, end).encode(encoding))
    sign = "positive_is_capacitive" if negated else "negative_is_capacitive"
    table = read_eis(path, imag_sign=sign)
    if negated:
        rows = [(f, re, -im) for f, re, im in rows]
    assert rows_of(table) == rows


class TestSweeps:
    def test_the_frequency_starts_over(self, read):
        second = [(f, re + 1, im) for f, re, im in ROWS]
        table = read(text_of(ROWS + second))
        assert rows_of(table, 1) == ROWS
        assert rows_of(table, 2) == second
        assert table["sweep"].tolist() == [1] * 4 + [2] * 4
        assert "2 sweeps" in table.attrs["notes"][0]

    def test_down_and_up_again(self, read):
        up = [(f, re + 1, im) for f, re, im in ROWS[::-1]]
        table = read(text_of(ROWS + up))
        assert rows_of(table, 2) == up[::-1]

    def test_a_repeated_header_begins_a_sweep(self, read):
        second = [(f, re + 1, im) for f, re, im in ROWS[:3]]
        assert rows_of(read(text_of(ROWS) + text_of(second)), 2) == second

    def test_a_cycle_column_numbers_sweeps(self, read):
        rows = [(*row, 7) for row in ROWS] + [(f, re + 1, im, 9) for f, re, im in ROWS]
        table = read(text_of(rows, header="f/Hz,Z'/ohm,Z''/ohm,cycle number"))
        assert table.groupby("sweep").size().tolist() == [4, 4]

    def test_an_unfinished_cycle_is_left_out_with_a_note(self, read):
        rows = [(*row, 1) for row in ROWS] + [(*row, 2) for row in ROWS[:2]]
        table = read(text_of(rows, header="f/Hz,Z'/ohm,Z''/ohm,cycle number"))
        assert len(table) == 4
        assert "cycles of fewer than 3 points left out: 1" in table.attrs["notes"][0]

    def test_identical_rows_are_dropped_with_a_note(self, read, caplog):
        with caplog.at_level(logging.WARNING):
            table = read(text_of([*ROWS, ROWS[1], ROWS[1]]))
        assert rows_of(table) == ROWS
        assert "2 rows that repeat an earlier row exactly" in table.attrs["notes"][0]
        assert "spectrum.txt" in caplog.text

    @pytest.mark.parametrize("position", [1, 2, 4])
    def test_another_value_at_a_measured_frequency_is_an_error(self, position, read):
        rows = [*ROWS[:position], (1e5, 99.0, -9.0), *ROWS[position:]]
        with pytest.raises(
            ReaderError, match=f"line {position + 2}: 100000 Hz occurs again.*line 2"
        ):
            read(text_of(rows))

    def test_unordered_unique_frequencies_are_sorted_with_a_note(self, read):
        table = read(text_of([ROWS[2], ROWS[0], ROWS[3], ROWS[1]]))
        assert rows_of(table) == ROWS
        assert "sorted" in table.attrs["notes"][0]

    def test_two_ranges_measured_one_after_the_other_are_one_sweep(self, read):
        low = [(f / 1e5, re + 200, im) for f, re, im in ROWS[::-1]]
        table = read(text_of(low + ROWS[::1]))
        assert table["sweep"].unique().tolist() == [1]
        assert len(table) == 8

    def test_one_sweep(self, read):
        table = read(text_of(ROWS))
        sweep = one_sweep(table)
        assert list(sweep.columns) == ["frequency_hz", "z_real_ohm", "z_imag_ohm"]
        assert sweep.attrs["source"] == "spectrum.txt"
        with pytest.raises(ReaderError, match=r"spectrum\.txt: has no sweep 3; it has 1"):
            one_sweep(table, 3)


POSITIVE = [(f, re, -im) for f, re, im in ROWS]


class TestSign:
    def test_capacitive_positive_is_turned_and_said(self, read, caplog):
        with caplog.at_level(logging.WARNING):
            table = read(text_of(POSITIVE))
        assert rows_of(table) == ROWS
        assert "the sign was turned" in table.attrs["notes"][0]
        assert "the sign was turned" in caplog.text

    def test_minus_in_the_name_is_honoured(self, read):
        table = read(text_of(POSITIVE, header="f/Hz,Z'/ohm,-Z''/ohm"))
        assert rows_of(table) == ROWS
        assert table.attrs["notes"] == []

    def test_minus_in_the_name_of_numbers_that_are_negative_already(self, read):
        table = read(text_of(ROWS, header="f/Hz,Z'/ohm,-Z''/ohm"))
        assert rows_of(table) == ROWS
        assert "the sign was turned" in table.attrs["notes"][0]

    @pytest.mark.parametrize("name", ["Z''", "-Z''"])
    def test_what_the_caller_says_counts_more_than_name_and_data(self, name, read):
        text = text_of(ROWS, header=f"f/Hz,Z'/ohm,{name}/ohm")
        assert rows_of(read(text, imag_sign="negative_is_capacitive")) == ROWS
        table = read(text, imag_sign="positive_is_capacitive")
        assert rows_of(table) == POSITIVE
        assert "positive_is_capacitive" in table.attrs["notes"][0]

    def test_unknown_convention(self, read):
        with pytest.raises(ValueError, match=r"imag_sign must be one of auto, .*got 'plus'"):
            read(text_of(ROWS), imag_sign="plus")

    def test_an_inductive_spectrum_is_left_alone(self, read):
        # a wire: 0.02 ohm and 1 microhenry, nearly all of it inductive
        f = np.logspace(6, 1, 26)
        rows = np.column_stack([f, np.full(26, 0.02), 2e-6 * np.pi * f]).tolist()
        assert rows_of(read(text_of(rows))) == [tuple(row) for row in rows]

    def test_mostly_inductive_points_do_not_turn_a_cell(self, read):
        # battery-like: inductive above 100 Hz (3 decades), RC and diffusion below (2 decades)
        f = np.logspace(5, 0, 51)
        w = 2 * np.pi * f
        z = 0.02 + 1e-6j * w + 0.01 / (1 + 1j * w * 0.02) + 0.01 / np.sqrt(1j * w)
        assert (z.imag > 0).sum() > 20
        table = read(text_of(np.column_stack([f, z.real, z.imag]).tolist()))
        np.testing.assert_array_equal(table["z_imag_ohm"], z.imag)
        assert table.attrs["notes"] == []

    def test_a_bare_resistor_does_not_tell(self, read):
        rows = [(10.0**k, 100.0, 0.0) for k in range(5, 0, -1)]
        table = read(text_of(rows))
        assert "do not tell the sign convention" in table.attrs["notes"][0]

    def test_score_is_one_minus_one_and_independent_of_order(self):
        f = np.logspace(6, 0, 61)
        z = 1 / (2e-6j * np.pi * f)  # a capacitor
        agreement, total = sign_score(f, z)
        assert agreement == pytest.approx(total)
        # pi/2 times the change of ln|Z|: Bode's relation, exact for a capacitor
        assert total == pytest.approx(np.pi / 2 * 6 * np.log(10))
        assert sign_score(f, z.conj())[0] == pytest.approx(-total)
        assert sign_score(f[::-1], z[::-1])[0] == pytest.approx(total)


class TestMpr:
    """BioLogic .mpr goes through galvani, which is optional and replaced by a stand-in here."""

    MAGIC = b"BIO-LOGIC MODULAR FILE\x1a" + b" " * 25 + b"\0" * 4

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "peis.mpr"
        path.write_bytes(self.MAGIC)
        return path

    def stand_in(self, monkeypatch, data):
        module = SimpleNamespace(MPRfile=lambda path: SimpleNamespace(data=data))
        monkeypatch.setitem(sys.modules, "galvani.BioLogic", module)

    def test_missing_extra_is_named(self, path, monkeypatch):
        monkeypatch.setitem(sys.modules, "galvani", None)
        with pytest.raises(ReaderError, match=r"peis.mpr: .*pip install 'nasicon\[mpr\]'"):
            read_eis(path)

    def test_cycles_and_direct_current_rows(self, path, monkeypatch):
        names = ["freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "cycle number"]
        rows = [(0.0, 0.0, 0.0, 1.0)]
        rows += [(f, re + n, -im, n) for n in (1.0, 2.0) for f, re, im in ROWS]
        data = np.array(rows, dtype=[(name, "<f4") for name in names])
        self.stand_in(monkeypatch, data)
        table = read_eis(path)
        assert table.attrs["format"] == "BioLogic mpr"
        assert rows_of(table, 2) == [(f, re + 2, im) for f, re, im in ROWS]
        assert "1 rows with frequency 0" in table.attrs["notes"][0]

    def test_a_measurement_without_impedance(self, path, monkeypatch):
        self.stand_in(monkeypatch, np.zeros(4, dtype=[("time/s", "<f8"), ("Ewe/V", "<f4")]))
        with pytest.raises(ReaderError, match="no impedance measurement: no frequency column"):
            read_eis(path)

    def test_what_galvani_does_not_know(self, path, monkeypatch):
        def refuse(path):
            raise NotImplementedError("Column ID 999 is unknown")

        module = SimpleNamespace(MPRfile=refuse)
        monkeypatch.setitem(sys.modules, "galvani.BioLogic", module)
        with pytest.raises(ReaderError, match=r"galvani cannot read it \(Column ID 999.*\.mpt"):
            read_eis(path)


def test_pandas_reads_the_same_numbers(tmp_path):
    rng = np.random.default_rng(1)
    f = np.logspace(6, 0, 200)
    z = 1e4 / (1 + 1j * f / 30) * (1 + rng.normal(0, 0.01, 200))
    frame = pd.DataFrame({"frequency_hz": f, "z_real_ohm": z.real, "z_imag_ohm": z.imag})
    path = tmp_path / "pandas.csv"
    frame.to_csv(path, index=False, sep=";", decimal=",")
    table = one_sweep(read_eis(path))
    again = pd.read_csv(path, sep=";", decimal=",")
    np.testing.assert_array_equal(table.to_numpy(), again.to_numpy())
    np.testing.assert_array_equal(table.to_numpy(), frame.to_numpy())
