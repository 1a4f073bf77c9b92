"""The table of formats in docs/your-data.md: every row reads the real file that it names."""

import re
from importlib import import_module

import pytest

from compendium.external import registry
from compendium.paths import repository_root

ROW = re.compile(r"^\| `(\w+)\.read` \| (.+?) \| `(.+?)` \|$", re.M)
ROWS = ROW.findall((repository_root() / "docs" / "your-data.md").read_text(encoding="utf-8"))
#: What a file does not state and its reader asks for.
GIVEN = {
    "spm/bepfm_32x32x102.npy": {"centre_hz": 323e3, "band_hz": 50e3},
}


def test_the_table_is_there():
    assert len(ROWS) >= 50
    assert {room for room, _, _ in ROWS} >= {
        *("eis", "diffraction", "nmr", "raman", "xps", "eels", "esm", "cycling")
    }
    assert {name for _, _, name in ROWS} <= set(registry())


@pytest.mark.parametrize(("room", "name"), [(r, n) for r, _, n in ROWS])
def test_the_real_file_reads(room, name, external):
    folder = name.rsplit("/", 1)[0]
    for entry in registry():  # some formats keep their parameters in files beside
        if entry.startswith(folder.split("/pdata")[0] + "/") and "nmr/" in entry:
            external(entry)
    read = import_module(f"nasicon.{room}").read(external(name), **GIVEN.get(name, {}))
    assert read.size > 50
    assert read.attrs["format"]
