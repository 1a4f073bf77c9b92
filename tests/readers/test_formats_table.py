"""The table of formats in docs/your-data.md: every row reads the real file that it names."""

import re

import pytest

from nasicon import readers
from nasicon.workflow.data import registry
from nasicon.workflow.paths import repository_root

ROW = re.compile(r"^\| `(read_\w+)` \| (.+?) \| `(.+?)` \|$", re.M)
ROWS = ROW.findall((repository_root() / "docs" / "your-data.md").read_text(encoding="utf-8"))
#: What a file does not state and its reader asks for.
GIVEN = {
    "spm/bepfm_32x32x102.npy": {"centre_hz": 323e3, "band_hz": 50e3},
}


def test_the_table_is_there():
    assert len(ROWS) >= 30
    assert {function for function, _, _ in ROWS} >= {
        "read_eis", "read_pattern", "read_nmr", "read_raman", "read_xps", "read_eels",
        "read_esm", "read_cycling",
    }  # fmt: skip
    assert {name for _, _, name in ROWS} <= set(registry())


@pytest.mark.parametrize(("function", "name"), [(f, n) for f, _, n in ROWS])
def test_the_real_file_reads(function, name, external):
    folder = name.rsplit("/", 1)[0]
    for entry in registry():  # some formats keep their parameters in files beside
        if entry.startswith(folder.split("/pdata")[0] + "/") and "nmr/" in entry:
            external(entry)
    read = getattr(readers, function)(external(name), **GIVEN.get(name, {}))
    assert read.size > 50
    assert read.attrs["format"]
