"""Every reader before what no instrument writes: pipes, devices, two gigabytes of nothing, repeats.

Sizes and kinds are checked once, in ``nasicon.core.text.check_file``, and no reader may take
time that grows faster than the file.
"""

import os
import resource
import sys
import time
import zipfile

import pytest

from compendium.paths import repository_root
from nasicon.core.archive import Archive
from nasicon.core.errors import LONGEST_QUOTE
from nasicon.core.text import ReaderError, check_file

sys.path.insert(0, str(repository_root()))  # the benchmarks are no part of the library

from benchmarks.fuzz import readers

READERS = readers()
#: Endings that mean something, each with the first bytes of such a file.
FORMATS = {
    "txt": b"",
    "bdf.csv": b"Test Time / s,Voltage / V,Current / A\n",
    "brml": b"PK\x03\x04",
    "dm3": b"\0\0\0\x03",
    "dx": b"##TITLE=x\n",
    "h5": b"\x89HDF\r\n\x1a\n",
    "ibw": b"\x05\0",
    "idf": b"\0Technique=Impedance\nprimary_data\n3\n9\n",
    "ism": b"\0\0\xff\xff\xff\xfe\0\0\0\0\0\x09",
    "mpr": b"BIO-LOGIC MODULAR FILE\x1a",
    "msa": b"#FORMAT : EMSA/MAS Spectral Data File\n",
    "nda": b"NEWARE",
    "npy": b"\x93NUMPY\x01\0",
    "png": b"\x89PNG\r\n\x1a\n",
    "pssession": b'{"Type":"PalmSens.',
    "raw": b"RAW4.00",
    "tif": b"II*\0",
    "uxd": b"_FILEVERSION=2\n",
    "vms": b"VAMAS Surface Chemical Analysis",
    "wdf": b"WDF1",
    "xlsx": b"PK\x03\x04",
    "xrdml": b"<xrdMeasurements>",
}
GIGABYTE = 10**9


@pytest.mark.parametrize("name", READERS)
def test_pipes_and_devices_are_refused(name, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path / "link"):
        with pytest.raises(ReaderError, match="is a pipe, a socket or a device; save its content"):
            READERS[name](path)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("name", READERS)
def test_a_sparse_file_of_two_gigabytes(name, ending, tmp_path):
    path = tmp_path / f"a.{ending}"
    with path.open("wb") as stream:
        stream.write(FORMATS[ending])
        stream.truncate(2 * GIGABYTE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    with pytest.raises(ReaderError):
        READERS[name](path)
    assert time.process_time() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


TOKENS = {
    "digits": "1",
    "carriage returns": "\r",
    "lines": "\n",
    "blanks": " ",
    "tabs": "\t",
    "commas": ",",
    "letters": "x",
    "brackets": "[",
    "numbers": "1,",
    "units": "freq/Hz ",
    "words": "line broadening nucleus spin wavelength 2theta ",
    "labels": "##A=1\n",
}
STARTS = {
    "": "",
    "remark": "# ",
    "jcamp": "##TITLE=",
    "json": '{"a":',
    "rows": "1 2\n2 3\n3 4\n" * 20,
    "name": "freq/Hz,Re(Z)/Ohm,",
}


SIZES = (250_000, 1_000_000)  # of a quarter and of the whole


def seconds(read, path, text):
    """Processor time to refuse (or read) a text, and the longest word of what is said."""
    path.write_text(text, encoding="utf-8", newline="")
    start, said = time.process_time(), ""
    try:
        read(path)
    except ReaderError as error:
        said = str(error)
    return time.process_time() - start, max(map(len, said.split()), default=0)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("name", READERS)
def test_time_grows_like_the_file(name, start, tmp_path):
    """A text of a repeated token takes at most six times what a quarter of it does."""
    read, path = READERS[name], tmp_path / "a.txt"
    for what, token in TOKENS.items():
        texts = [STARTS[start] + token * (size // len(token)) + "x" for size in SIZES]
        (quarter, _), (whole, word) = (seconds(read, path, text) for text in texts)
        if whole >= max(6 * quarter, 0.5):  # a loaded machine gets a second try
            (quarter, _), (whole, word) = (seconds(read, path, text) for text in texts)
        assert whole < max(6 * quarter, 0.5), f"{what}: {quarter:.2f} s, then {whole:.2f} s"
        assert whole < 2, what
        assert word <= LONGEST_QUOTE, what


def test_thousands_of_cycles_in_one_file(tmp_path):
    """Time to tell sweeps apart grows like their number."""
    path, times = tmp_path / "a.csv", []
    for count in (4_000, 16_000):
        rows = (f"{1e5 - i},{5 + i % 7},-3,{i // 3}\n" for i in range(3 * count))
        text = "f/Hz,Re(Z)/Ohm,Im(Z)/Ohm,cycle number\n" + "".join(rows)
        times.append(min(seconds(READERS["eis"], path, text)[0] for _ in range(3)))
    assert times[1] < 6 * times[0]


def test_what_was_found_is_quoted_in_two_hundred_characters():
    remedy = "correct or remove the row"
    for found in (repr("x" * 5000), "9" * 5000, ", ".join(map(str, range(5000)))):
        said = str(ReaderError.at("a.csv", f"column 'b' holds {found}; {remedy}", line=7))
        assert said.startswith("a.csv, line 7: column 'b' holds ")
        assert said.endswith(remedy)
        assert len(said) < 1300
    short = "a.csv: its axis is 'Bias' in 'V'; give another"
    assert str(ReaderError(short)) == short


def test_limits_of_a_file(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("12345678901")
    assert check_file(path, largest=11) == path
    with pytest.raises(ReaderError, match="has 11 bytes, more than the 10 that are read at once"):
        check_file(path, largest=10)
    with pytest.raises(ReaderError, match="no such file"):
        check_file(tmp_path / "b.txt")
    with pytest.raises(ReaderError, match="cannot be opened"):
        check_file(tmp_path / ("x" * 5000))
    with pytest.raises(ReaderError, match="cannot be opened"):
        check_file("a\0b")
    (tmp_path / "empty").touch()
    with pytest.raises(ReaderError, match="is empty"):
        check_file(tmp_path / "empty")


def test_a_decompressor_with_errors_of_its_own(tmp_path, monkeypatch):
    """fastnda puts one into zlib for the whole process; its errors are none of zlib's."""

    class OtherError(Exception):
        pass

    class Broken:
        eof, unconsumed_tail = False, b""

        def decompress(self, *_):
            raise OtherError("invalid block")

    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x", "text " * 100)
    archive = Archive((tmp_path / "a.zip").read_bytes())
    monkeypatch.setattr(zipfile.zlib, "decompressobj", lambda *_: Broken())
    with pytest.raises(ReaderError, match=r"member x is damaged or encrypted \(invalid block\)"):
        archive.read("x")


def test_archives_are_refused_before_they_are_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("x", bytes(10**7))
    with pytest.raises(ReaderError, match=r"member x would unpack .* refused as a zip bomb"):
        Archive((tmp_path / "a.zip").read_bytes())
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as made:
        for i in range(2001):
            made.writestr(str(i), "")
    with pytest.raises(ReaderError, match="holds 2001 members"):
        Archive((tmp_path / "b.zip").read_bytes())
