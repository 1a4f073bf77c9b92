"""Bad impedance files: each ends in a clear error that says where and what to do."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasicon.core.text import ReaderError
from nasicon.eis.read_files import read_eis

GOOD = ["f/Hz,Z'/ohm,Z''/ohm", "1e5,10,-1", "1e4,20,-30", "1e3,80,-60", "1e2,110,-12"]


def text(*lines):
    return "\n".join(lines) + "\n"


def replaced(number, line):
    """The good table with another text in a line (1-based)."""
    return text(*[line if i == number else good for i, good in enumerate(GOOD, start=1)])


MPT = ["EC-Lab ASCII FILE", "Nb header lines : 3", "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t"]
GAMRY = ["EXPLAIN", "TAG\tEISPOT", "ZCURVE\tTABLE", "\tPt\tFreq\tZreal\tZimag", "\t#\tHz\tohm\tohm"]
PAR = ["<Application>", "<Segment1>", "Definition=Frequency(Hz), Z Real, Z Imag, 0"]

CASES = {
    "empty": ("", "is empty"),
    "blank": (" \n\n", "is empty"),
    "prose": ("Dear reader,\nno data here.\n", "no impedance table found"),
    "json": ('{"R": 100.0}', "is JSON, not a spectrum"),
    "json list": ("[[1, 2, 3], [4, 5, 6]]", "is JSON, not a spectrum"),
    "report": ("FIT REPORT\nR1 = 5.0\n413.0 2.8e-6 2.5e-7 8.79\n", "is a report"),
    "header only": (GOOD[0] + "\n", "line 1: no rows below"),
    "two columns": ("10.1 200\n10.2 210\n10.3 190\n", "line 1: 2 columns without names"),
    "four bare columns": ("1 2 3 4\n5 6 7 8\n", "line 1: 4 columns without names"),
    "unknown names": (text("a,b,c", *GOOD[1:]), "line 1: no frequency column among.*'a', 'b', 'c'"),
    "no frequency": (text("t/s,Z'/ohm,Z''/ohm", *GOOD[1:]), "line 1: no frequency column"),
    "no imaginary": (text("f/Hz,Z'/ohm,|Y|", *GOOD[1:]), "line 1: no .* column among"),
    "per area": (text("f/Hz,Z'/ohm cm2,Z''/ohm cm2", *GOOD[1:]), "line 1: .*per area"),
    "ambiguous unit": (text("f/mhz,Z'/ohm,Z''/ohm", *GOOD[1:]), "line 1: .*milli or mega"),
    "short row": (replaced(3, "1e4,20"), "line 3: 2 cells where the table has 3 columns"),
    "long row": (replaced(3, "1e4,20,-30,5"), "line 3: 4 cells where the table has 3 columns"),
    "cut row": (text(*GOOD)[:-8], "line 5: 1 cells .*cut off"),
    "cut number": (
        text("f/Hz,Z'/ohm,Z''/ohm", "1,2,-1.50e+1", "2,2,-1.60e+1", "3,2,-1.70e+0")[:-5],
        r"line 4: .*ends in the middle of the number '-1\.7'|line 4: .*'-1.70'",
    ),
    "not a number": (replaced(4, "1e3,eighty,-60"), "line 4: column \"Z'/ohm\": 'eighty' is not"),
    "nan": (replaced(4, "1e3,80,NaN"), "line 4: column \"Z''/ohm\": 'NaN' is not a finite number"),
    "inf": (replaced(4, "1e3,inf,-60"), "line 4: .*'inf' is not a finite number"),
    "empty cell": (replaced(4, "1e3,,-60"), "line 4: .*'' is not a finite number"),
    "nan in the first row": (replaced(2, "1e5,nan,-1"), "line 2: .*'nan' is not a finite number"),
    "bare, nan in the first row": (
        text("1e5,nan,-1", *GOOD[2:]),
        "line 1: 'nan' is not a finite number",
    ),
    "first row all nan": (
        replaced(2, "nan,nan,nan"),
        "line 2: column 'f/Hz': 'nan' is not a finite number",
    ),
    "zero frequency": (replaced(4, "0,80,-60"), "line 4: frequency must be > 0 Hz, got 0"),
    "negative frequency": (
        replaced(4, "-1e3,80,-60"),
        "line 4: frequency must be > 0 Hz, got -1000",
    ),
    "only direct current": (
        text(GOOD[0], "0,0,0", "0,0,0", "0,0,0"),
        "all 3 rows have frequency 0",
    ),
    "zero impedance": (replaced(4, "1e3,0,0"), "line 4: the impedance at 1000 Hz is exactly 0"),
    "two points": (text(*GOOD[:3]), "2 points; a spectrum needs at least 3"),
    "one point, thrice": (text(GOOD[0], *GOOD[1:2] * 3), "3 points; .* at least 3 different"),
    "other value at one frequency": (
        replaced(4, "1e4,80,-60"),
        "line 4: 10000 Hz occurs again with other values .*line 3",
    ),
    "thousands separators": (
        text("f/Hz;Z'/ohm;Z''/ohm", "1,000;10.5;-1", "2,000;20;-2", "3,000;30;-3"),
        "expected one decimal mark",
    ),
    "mpt without header length": (
        text(MPT[0], "what?", MPT[2]),
        "line 2: expected 'Nb header lines",
    ),
    "mpt cut in its header": (text(MPT[0], "Nb header lines : 60", MPT[2]), "line 2: .*60 header"),
    "mpt without rows": (text(*MPT), "line 3: no rows below"),
    "mpt of another technique": (
        text(*MPT[:2], "time/s\tEwe/V\t<I>/mA\t", "1\t2\t3", "2\t2\t3"),
        "line 3: no frequency column",
    ),
    "mpt with names without end": (
        text(*MPT[:2], f"freq/Hz{chr(9)}{'x' * 20_000}", "1\t2"),
        "line 3: 20008 characters of column names, at most 20000",
    ),
    "mpt with shifted columns": (
        text(*MPT, "1\t2\t3\t4"),
        "line 4: 4 cells for the 3 column names",
    ),
    "gamry without impedance": (
        text("EXPLAIN", "TAG\tCV", "CURVE\tTABLE"),
        r"ZCURVE \(experiment CV\)",
    ),
    "gamry cut after the table's name": (text(*GAMRY[:3]), "line 3: the table ZCURVE is cut off"),
    "gamry without points": (text(*GAMRY), "line 4: no rows below|line 4"),
    "zplot without names": (text("ZPLOT2 ASCII", "Data Points: 4"), r"begins with Freq\(Hz\)"),
    "zplot without end of comments": (
        text("ZPLOT2 ASCII", "Freq(Hz)\tZ'(a)\tZ''(b)", "1\t2\t3"),
        "line 3: expected 'End Comments'",
    ),
    "par without data": (text("<Application>", "Name=VersaStudio"), "no data segment"),
    "par cut in its segment": (
        text(*PAR, "1,2,-3", "2,2,-3", "3,2,-3"),
        "line 3: .*no end .*cut off",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_text_is_refused(case, tmp_path):
    content, message = CASES[case]
    path = tmp_path / "bad.txt"
    path.write_text(content)
    with pytest.raises(ReaderError, match=message) as caught:
        read_eis(path)
    assert str(caught.value).startswith("bad.txt")


def test_the_good_table_of_these_cases_reads(tmp_path):
    path = tmp_path / "good.txt"
    path.write_text(text(*GOOD))
    assert len(read_eis(path)) == 4


def test_missing_file_and_directory(tmp_path):
    with pytest.raises(ReaderError, match=r"nowhere\.mpt: no such file"):
        read_eis(tmp_path / "nowhere.mpt")
    with pytest.raises(ReaderError, match="is a directory"):
        read_eis(tmp_path)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"PK\x03\x04", "damaged zip archive.*copy it"),
        (b"\x01" + bytes(range(256)) * 4, "announces .* points; not a Zahner"),
        (b"\0\0\xff\xff\xff\xfe", "cut off after 6 bytes"),
        (b"\0\0\xff\xff\xff\xfe" + b"\x7f" * 40, "announces .* points; not a Zahner"),
        (
            b"\0\0\xff\xff\xff\xfe" + b"\0" * 5 + b"\x09" + b"\0" * 100,
            "10 points, which take 252 bytes",
        ),
    ],
)
def test_bad_binary_is_refused(raw, message, tmp_path):
    path = tmp_path / "bad.ism"
    path.write_bytes(raw)
    with pytest.raises(ReaderError, match=message):
        read_eis(path)


def test_ism_with_a_damaged_number_names_the_point(tmp_path):
    numbers = [1e3, 1e2, 1e1, 5.0, float("nan"), 5.0, -0.5, -0.5, -0.5]
    path = tmp_path / "nan.ism"
    path.write_bytes(b"\0\0\xff\xff\xff\xfe\0\0\0\0\0\x02" + struct.pack(">9d", *numbers))
    with pytest.raises(ReaderError, match="point 2: a value is not finite"):
        read_eis(path)


def test_many_points_with_a_mpt_row_cut_in_an_unneeded_column(tmp_path):
    """Also where the needed numbers are whole, a short row is refused rather than trusted."""
    path = tmp_path / "cut.mpt"
    header = "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\ttime/s\t"
    path.write_text(text(*MPT[:2], header, "3\t2\t1\t5", "2\t2\t1\t6", "1\t2\t1.5"))
    with pytest.raises(ReaderError, match="line 6: 3 cells where the table has 4 columns"):
        read_eis(path)


@settings(max_examples=200, deadline=None)
@given(
    raw=st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(lambda words: words.encode("utf-8", "replace")),
        st.text(alphabet="0123456789.,;-+eE \t\r\n'\"fZ/Hzohm", max_size=300).map(str.encode),
    ),
    start=st.sampled_from([b"", b"EXPLAIN\nZCURVE", b'"Z60W Data File', b"f/Hz,Z'/ohm,Z''/ohm\n"]),
    name=st.sampled_from(["any.txt", "any.ism", "any.mpt"]),
)
def test_whatever_the_bytes_it_is_a_reader_error_or_a_clean_table(
    raw, start, name, tmp_path_factory
):
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(start + raw)
    try:
        table = read_eis(path)
    except ReaderError:
        return
    assert len(table) >= 3
    assert np.isfinite(table.to_numpy()).all()
    assert (table["frequency_hz"] > 0).all()
