import base64
import re
import subprocess

import pytest

from compendium import compare
from compendium.notebook import Findings


def results(folder, value=1.0, stderr=0.1, status="agrees", figure="<svg/>", sample="S"):
    findings = Findings("toy")
    findings.add(
        sample=sample,
        quantity="resistance",
        value=value,
        unit="ohm",
        evidence="derived",
        method="m",
        stderr=stderr,
    )
    findings.write(folder / "results" / "toy")
    (folder / "results" / "ledger.csv").write_text(
        f"row_type,id,status,computed,lo,hi\nclaim,A-1,{status},{value},0.5,2.5\n"
    )
    (folder / "results" / "toy" / "fig.svg").write_text(figure)
    return folder


@pytest.fixture
def before(toy):
    return results(toy / "before")


def moved(before, after):
    return compare.compare(before, after).moved


def test_same_results(before, toy, capsys):
    after = results(toy / "after")
    assert compare.main([str(before), str(after)]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == (
        "5 numbers agree, 0 moved, 0 missing, 0 new; "
        f"1 of 1 SVG figures are the same bytes; look at {after}"
    )


def test_within_a_tenth_of_the_standard_error_is_no_move(before, toy, capsys):
    after = results(toy / "after", value=1.009)
    assert compare.main([str(before), str(after)]) == 0


def test_beyond_it_is_a_move(before, toy, capsys):
    after = results(toy / "after", value=1.011)
    assert moved(before, after) == [
        "results/toy/findings.csv: toy, S, resistance, ohm, derived, m: value '1' -> '1.011'"
    ]
    assert compare.main([str(before), str(after)]) == 1
    assert "4 numbers agree, 1 moved" in capsys.readouterr().out


@pytest.mark.parametrize(("value", "count"), [(1.00001, 0), (1.00003, 1)])
def test_without_standard_error_only_the_last_digit_may_turn(toy, value, count):
    before = results(toy / "b", stderr=None)
    assert len(moved(before, results(toy / "a", value=value, stderr=None))) == count


def test_digits_that_vanish_are_a_move(before, toy):
    after = results(toy / "after", stderr=None)
    assert "stderr '0.1' -> ''" in moved(before, after)[0]


def test_status_that_changes_is_a_move(before, toy):
    after = results(toy / "after", status="differs")
    assert moved(before, after) == ["results/ledger.csv: claim, A-1: status 'agrees' -> 'differs'"]


def test_rows_are_matched_by_name_not_by_place(before, toy):
    after = results(toy / "after", sample="T")
    report = compare.compare(before, after)
    assert (len(report.missing), len(report.new), len(report.moved)) == (1, 1, 0)
    assert not report.same


def test_missing_file_and_other_figure(before, toy, capsys):
    after = results(toy / "after", figure="<svg>2</svg>")
    assert compare.main([str(before), str(after)]) == 0
    assert "0 of 1 SVG figures" in capsys.readouterr().out
    (after / "results" / "ledger.csv").unlink()
    report = compare.compare(before, after)
    assert report.missing == ["file results/ledger.csv"]
    assert report.figures_differ == ["results/toy/fig.svg"]


def test_a_runs_working_folder_is_not_compared(before, toy):
    after = results(toy / "after")
    results(after / "results" / ".toy.new")
    assert compare.compare(before, after).same


def test_nothing_to_compare_is_an_error(before, toy, capsys):
    (toy / "empty").mkdir()
    assert compare.main([str(before), str(toy / "empty")]) == 2
    assert compare.main([str(before)]) == 2
    assert "holds no results" in capsys.readouterr().err


def git(*arguments):
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


def test_with_the_last_commit(toy, capsys):
    results(toy)
    assert compare.main(["--committed"]) == 2
    assert "has no .git" in capsys.readouterr().err
    git("init", "-q")
    git("add", "results")
    git("commit", "-qm", "first")
    assert compare.main(["--committed"]) == 0
    results(toy, value=2.0)
    assert compare.main(["--committed"]) == 1
    out = capsys.readouterr().out
    assert "value '1' -> '2'" in out
    assert out.rstrip().endswith("look at results/ledger.csv and results/<notebook>/notebook.ipynb")


def test_a_copy_without_git_is_compared_with_what_it_came_with(toy, capsys):
    results(toy)
    results(toy / ".cache" / "before", value=3.0)
    (toy / ".cache" / "before" / "data" / "simulated").mkdir(parents=True)
    assert compare.main(["--committed", "--without-git", str(toy / ".cache" / "before")]) == 1
    assert "value '3' -> '1'" in capsys.readouterr().out


def test_changed_figures_stand_side_by_side(before, toy):
    after = results(toy / "after", value=1.3, figure="<svg><!-- new & odd --></svg>")
    page = toy / "pages" / "diff.html"
    assert compare.main([str(before), str(after), "--html", str(page)]) == 1
    text = page.read_text(encoding="utf-8")
    images = re.findall(r'src="data:image/svg[+]xml;base64,([^"]+)"', text)
    assert [base64.b64decode(image).decode() for image in images] == [
        "<svg/>",
        "<svg><!-- new & odd --></svg>",
    ]
    assert "moved (2)" in text
    assert "value &#x27;1&#x27; -&gt; &#x27;1.3&#x27;" in text


def test_an_unchanged_run_shows_no_figure(before, toy):
    after = results(toy / "after")
    compare.main([str(before), str(after), "--html", str(toy / "diff.html")])
    text = (toy / "diff.html").read_text(encoding="utf-8")
    assert "<img" not in text
    assert "5 numbers agree, 0 moved" in text
