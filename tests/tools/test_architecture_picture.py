"""The picture of the house is drawn from the real imports."""

from compendium.paths import repository_root
from tools import architecture


def test_counts_are_those_of_the_imports():
    count = architecture.imports_between_parts(repository_root())
    assert count["simulate", "facts"] >= 1
    assert count["eis", "transport"] >= 2
    assert count["eis", "facts"] == 0
    assert count["notebooks", "simulate"] == 0
    assert count["transport", "eis"] == 0


def test_the_committed_picture_is_current():
    assert architecture.main(["--check"]) == 0


def test_an_old_picture_is_told(toy, capsys):
    for room in ("eis", "transport"):
        (toy / "lib" / "nasicon" / room).mkdir(parents=True)
        (toy / "lib" / "nasicon" / room / "__init__.py").write_text("")
    (toy / "docs").mkdir()
    (toy / "docs" / "architecture.svg").write_text("<svg>eis to transport 99</svg>")
    (toy / "lib" / "nasicon" / "eis" / "fit.py").write_text("from nasicon import transport\n")
    assert architecture.main(["--check"]) == 1
    assert "make format" in capsys.readouterr().err
    assert architecture.main([]) == 0
    assert "eis to transport 1" in (toy / "docs" / "architecture.svg").read_text()
    assert architecture.main(["--check"]) == 0
