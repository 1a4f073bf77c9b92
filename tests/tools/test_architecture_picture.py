"""The picture of the house is drawn from the real imports."""

from compendium.paths import repository_root
from tools import architecture

ROOT = repository_root()


def test_counts_are_those_of_the_imports():
    count = architecture.imports_between_parts(ROOT)
    assert count["simulate", "facts"] >= 1
    assert count["eis", "transport"] >= 2
    assert count["eis", "facts"] == 0
    assert count["notebooks", "simulate"] == 0
    assert count["transport", "eis"] == 0


def test_the_committed_picture_is_current():
    told = architecture.listed(architecture.imports_between_parts(ROOT))
    assert told in (ROOT / "docs/architecture.svg").read_text(encoding="utf-8"), "run make format"


def test_another_import_makes_another_picture(toy):
    for room in ("eis", "transport"):
        (toy / "lib" / "nasicon" / room).mkdir(parents=True)
        (toy / "lib" / "nasicon" / room / "__init__.py").write_text("")
    (toy / "docs").mkdir()
    (toy / "lib" / "nasicon" / "eis" / "fit.py").write_text("from nasicon import transport\n")
    architecture.main()
    assert "eis to transport 1" in (toy / "docs" / "architecture.svg").read_text()
