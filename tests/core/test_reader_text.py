"""Decoding and strict numbers."""

import pytest

from nasicon.core.text import (
    ReaderError,
    decimal_mark,
    decode,
    is_number,
    parse_number,
    read_bytes,
    split_lines,
    split_row,
)

TEXT = "Frequenz (Hz)\tZ' (Ω)\nµ°é\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
def test_encodings_of_instruments(encoding):
    text = TEXT.replace("Ω", "Ohm") if encoding == "cp1252" else TEXT
    assert decode(text.encode(encoding), "x.txt") == text.lstrip("\ufeff")


def test_utf16_big_endian_with_mark():
    assert decode(b"\xfe\xff" + "a\tb".encode("utf-16-be"), "x.txt") == "a\tb"


def test_cut_utf16_is_refused():
    with pytest.raises(ReaderError, match=r"UTF-16-LE.*cut off or damaged"):
        decode("abc".encode("utf-16")[:-1], "x.txt")


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel"),
        (b"\x01\x00\x00\x02\x00\x03abc\x00", "binary"),
    ],
)
def test_foreign_files_are_named(raw, what):
    with pytest.raises(ReaderError, match=what):
        decode(raw, "x.dat")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends_count_once(end):
    assert split_lines(f"a{end}b{end}") == ["a", "b", ""]
    assert split_lines(f"a{end}b") == ["a", "b"]


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1.5", ".", 1.5),
        ("-2,5e-3", ",", -0.0025),
        ("\u22121.0", ".", -1.0),
        (".5", ".", 0.5),
        ("5.", ".", 5.0),
        ("1.0003201E+003", ".", 1000.3201),
    ],
)
def test_numbers(cell, decimal, value):
    assert parse_number(cell, decimal) == value


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [
        ("nan", "."),
        ("inf", "."),
        ("1_000", "."),
        ("", "."),
        ("1.5 V", "."),
        ("1,5", "."),
        ("1.5", ","),
        ("1,000,000", ","),
        ("100,", ","),
        ("0x10", "."),
        ("1e999", "."),
        ("12:30", "."),
    ],
)
def test_what_is_not_a_finite_number(cell, decimal):
    with pytest.raises(ValueError, match=r"not a finite number|too large"):
        parse_number(cell, decimal)


def test_is_number_knows_both_marks():
    assert is_number("1,5", ",")
    assert not is_number("1,5")


def test_decimal_mark():
    assert decimal_mark(["1", "2,5"]) == ","
    assert decimal_mark(["1", "2.5"]) == "."
    assert decimal_mark(["1", "2"]) == "."
    with pytest.raises(ValueError, match="thousands separators"):
        decimal_mark(["1,000", "2.5"])


def test_rows():
    assert split_row("\t1\t2\t\t", "\t") == ["", "1", "2"]
    assert split_row('"1,5","2,5"', ",") == ["1,5", "2,5"]
    assert split_row("  1   2 ", " ") == ["1", "2"]
    assert split_row('Freq/Hz, Z"/ohm', ",") == ["Freq/Hz", 'Z"/ohm']


def test_missing_directory_and_empty(tmp_path):
    with pytest.raises(ReaderError, match=r"nothing.txt: no such file"):
        read_bytes(tmp_path / "nothing.txt")
    with pytest.raises(ReaderError, match="is a directory"):
        read_bytes(tmp_path)
    (tmp_path / "empty.txt").write_text(" \n")
    with pytest.raises(ReaderError, match=r"empty.txt: is empty"):
        read_bytes(tmp_path / "empty.txt")
