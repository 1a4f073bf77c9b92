"""Workbooks: what becomes of cells and sheets, and files that lie about their size."""

import datetime
import zipfile

import openpyxl
import pytest

from nasicon.core import workbook
from nasicon.core.text import ReaderError

CONTENT = (
    '<office:document-content xmlns:office="urn:o" xmlns:table="urn:t" xmlns:text="urn:x">'
    '<office:body><office:spreadsheet><table:table table:name="S">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
NUMBER = '<table:table-cell office:value-type="float" office:value="1.5"/>'


def book(path, sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path.read_bytes()


def ods(path, rows, extra=""):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", extra + CONTENT.format(rows))
    return path.read_bytes()


def test_cells_become_text(tmp_path):
    day = datetime.datetime(2024, 4, 30, 12)
    raw = book(tmp_path / "a.xlsx", {"S": [["a b", None, 2.0, 1e-05, 3, day, "c\td\ne"]], "E": []})
    found = workbook.sheets(raw)
    assert list(found) == ["S"]
    assert workbook.text_lines(found["S"]) == ["a b\t\t2\t1e-05\t3\t2024-04-30T12:00:00\tc d e", ""]


def test_opendocument_repeats(tmp_path):
    rows = (
        f'<table:table-row table:number-rows-repeated="2">{NUMBER}'
        '<table:table-cell table:number-columns-repeated="2"/>'
        "<table:table-cell><text:p>x</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="16380"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048574"><table:table-cell/>'
        "</table:table-row>"
    )
    found = workbook.sheets(ods(tmp_path / "a.ods", rows))
    assert found == {"S": [[1.5, None, None, "x"]] * 2}


@pytest.mark.parametrize(
    ("rows", "extra", "message"),
    [
        (
            f'<table:table-row table:number-rows-repeated="999999999">{NUMBER}</table:table-row>',
            "",
            "more than 5000000 cells",
        ),
        ("", '<!DOCTYPE x [<!ENTITY a "b">]>', "document type"),
        ("<table:table-row>", "", "breaks off or is damaged"),
    ],
)
def test_hostile_opendocument(tmp_path, rows, extra, message):
    with pytest.raises(ReaderError, match=message):
        workbook.sheets(ods(tmp_path / "a.ods", rows, extra))


def test_a_sheet_that_claims_a_million_columns(tmp_path):
    raw = book(tmp_path / "a.xlsx", {"S": [[1, 2], [3, 4]]})
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as old,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                assert b"A1:B2" in content
                content = content.replace(b"A1:B2", b"A1:XFD1048576")
            new.writestr(name, content)
    raw = (tmp_path / "b.xlsx").read_bytes()
    assert workbook.sheets(raw) == {"S": [[1, 2], [3, 4]]}


def test_the_longest_table_and_one_that_goes_on_in_a_second_sheet(tmp_path):
    head = ["x", "y"]
    sheets = {
        "info": [["remarks"]],
        "a_1": [head, *([i, 1] for i in range(5))],
        "a_2": [head, *([i, 2] for i in range(5, 8))],
        "short": [["x", "z"], [1, 2]],
    }
    raw = book(tmp_path / "a.xlsx", sheets)

    def parse(lines):
        head, *rows = lines.all
        if not head.startswith("x\t"):
            raise ReaderError("no x")
        return [line.split("\t")[0] for line in rows if line]

    found, notes = workbook.largest_table(raw, parse, len)
    assert found == [str(i) for i in range(8)]
    assert notes[0] == "read from sheet 'a_1' and 'a_2'"
    assert "'short'" in notes[1]
    with pytest.raises(
        ReaderError, match="no sheet of the workbook can be read: sheet 'info': no x"
    ):
        workbook.largest_table(book(tmp_path / "b.xlsx", {"info": [["r"]]}), parse, len)
