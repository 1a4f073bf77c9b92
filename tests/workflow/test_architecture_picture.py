"""The picture of the layers is drawn from the real imports."""

from nasicon.workflow import architecture
from nasicon.workflow.paths import repository_root


def test_counts_are_those_of_the_imports():
    count = architecture.imports_between_parts(repository_root())
    assert count["simulate", "published"] >= 1
    assert count["figures", "models"] >= 2
    assert count["analysis", "published"] == 0
    assert count["notebooks", "simulate"] == 0
    assert count["models", "analysis"] == 0


def test_the_committed_picture_is_current():
    assert architecture.main(["--check"]) == 0


def test_an_old_picture_is_told(toy, capsys):
    (toy / "lib" / "nasicon").mkdir(parents=True)
    (toy / "docs").mkdir()
    (toy / "docs" / "architecture.svg").write_text("<svg>analysis to models 99</svg>")
    (toy / "lib" / "nasicon" / "ledger.py").write_text("from nasicon import models\n")
    assert architecture.main(["--check"]) == 1
    assert "make format" in capsys.readouterr().err
    assert architecture.main([]) == 0
    assert "ledger to models 1" in (toy / "docs" / "architecture.svg").read_text()
    assert architecture.main(["--check"]) == 0
