"""The runner, end to end in a toy repository: real kernels, real kills."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from compendium import notebook, provenance
from compendium import run as runner
from compendium.parameters import ParameterError
from nasicon.core.atomic import WriteError

GOOD = """\
import os
from pathlib import Path
import matplotlib.pyplot as plt
print(data_file, seed, tolerance, temperatures_c, plain, type(plain).__name__)
path, = input_files(data_file, "own.csv")
found = Findings("toy")
found.add(sample="S", quantity="resistance", value=1 / 3, unit="ohm",
          evidence="simulated", method="read", stderr=0.01)
fig, ax = plt.subplots(); ax.plot([1, 2], [3, 1], label=r"$R_1$"); ax.legend()
save_figure(fig, out_dir, "fig1_simulated")
found.write(out_dir)
print(object(), out_dir, Path.cwd(), os.environ["OMP_NUM_THREADS"])
"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "compendium.run", *arguments]


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.slow
def test_run_twice_gives_the_same_bytes_and_leaves_nothing_behind(toy, toy_notebook):
    toy_notebook(GOOD)
    (toy / "own.csv").write_text("1,2\n")
    (toy / "params.yaml").write_text(
        "toy:\n  seed: 7\n  tolerance: 1e-5\n  temperatures_c: [25, 40]\n  plain: 'false'\n"
    )
    target = runner.run("toy", {})
    first = contents(target)
    assert target == toy / "results" / "toy"
    assert sorted(first) == [
        "fig1_simulated.svg",
        "findings.csv",
        "notebook.ipynb",
        "provenance.json",
    ]
    assert sorted(os.listdir(toy / "results")) == ["toy"]

    notebook = json.loads(first["notebook.ipynb"])
    text = "".join("".join(o.get("text", "")) for c in notebook["cells"] for o in c["outputs"])
    assert text.startswith(" 7 1e-05 25;40 False bool\n")
    assert text.endswith("<object object at 0x0> results/toy . 1\n")
    assert str(toy) not in first["notebook.ipynb"].decode()
    assert "papermill" not in notebook["metadata"]
    assert any("image/png" in o.get("data", {}) for c in notebook["cells"] for o in c["outputs"])

    (row,) = csv.DictReader(first["findings.csv"].decode().splitlines())
    assert (row["value"], row["stderr"], row["ci_low"]) == ("0.333333", "0.01", "")

    provenance = json.loads(first["provenance.json"])
    assert provenance["notebook"] == "notebooks/toy.ipynb"
    assert provenance["parameters"] == {
        "seed": 7,
        "tolerance": 1e-5,
        "temperatures_c": "25;40",
        "plain": False,
    }
    # sha256 of b"1,2\n", by coreutils' sha256sum
    assert provenance["inputs"] == [
        {
            "file": "own.csv",
            "sha256": "52186c933993da4082b3cdc7c40bb4bf735b391ff54a2ef78c037dda6c38a680",
        }
    ]

    runner.run("toy", {})
    assert contents(target) == first


@pytest.mark.slow
def test_a_folder_beyond_ascii_stays_out_of_the_notebook(tmp_path, toy_notebook, monkeypatch):
    toy_notebook("from pathlib import Path\nprint(out_dir, ascii(out_dir), Path.cwd())")
    root = tmp_path.with_name("nasicon test ä")
    tmp_path.rename(root)
    monkeypatch.chdir(root)
    text = (runner.run("toy", {}) / "notebook.ipynb").read_text(encoding="utf-8")
    assert "results/toy 'results/toy' ." in text
    assert "test \xe4" not in text
    assert "xe4" not in text


@pytest.mark.slow
def test_failing_cell_keeps_earlier_results_and_says_which_cell(toy, toy_notebook):
    toy_notebook("Findings('toy').write(out_dir)", "1 / seed")
    earlier = toy / "results" / "toy"
    earlier.mkdir(parents=True)
    (earlier / "provenance.json").write_text("{}")
    done = subprocess.run(command("toy"), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.rstrip().splitlines()[-1]
    assert last.startswith("toy.ipynb, In [5]: ZeroDivisionError: division by zero")
    assert last.endswith("The earlier results are as they were.")
    assert contents(earlier) == {"provenance.json": b"{}"}
    assert os.listdir(toy / "results") == ["toy"]


@pytest.mark.slow
def test_killed_run_keeps_earlier_results_and_the_next_cleans_up(toy, toy_notebook):
    toy_notebook(
        "from pathlib import Path\nPath(out_dir, 'half').touch()",
        "import time\ntime.sleep(60 * (seed == 0))",
        "Findings('toy').write(out_dir)",
    )
    earlier = toy / "results" / "toy"
    earlier.mkdir(parents=True)
    (earlier / "provenance.json").write_text("{}")
    process = subprocess.Popen(command("toy"))
    half = toy / "results" / f".toy.{process.pid}.new" / "half"
    deadline = time.monotonic() + 60
    while not half.exists():
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert contents(earlier) == {"provenance.json": b"{}"}
    assert half.exists()

    (toy / "params.yaml").write_text("toy: {seed: 1}\n")
    assert sorted(contents(runner.run("toy", {}))) == [
        "findings.csv",
        "half",
        "notebook.ipynb",
        "provenance.json",
    ]
    assert os.listdir(toy / "results") == ["toy"]


@pytest.mark.slow
def test_a_disk_that_fills_up_while_a_notebook_runs(toy, toy_notebook, on_small_disk):
    toy_notebook("from pathlib import Path\nPath(out_dir, 'map').write_bytes(bytes(500_000))")
    (toy / "results").mkdir()
    done = on_small_disk(toy / "results", command("toy"))
    assert done.returncode == 1
    last = done.stderr.rstrip().splitlines()[-1]
    assert "No space left on device" in last or "no space left on the disk" in last
    assert "earlier results are as they were" in last or "toy was not replaced" in last


def test_read_only_results_are_refused_before_anything_runs(toy, toy_notebook, capsys):
    toy_notebook("1 / 0")
    (toy / "results").mkdir(mode=0o555)
    try:
        assert runner.main(["toy"]) == 1
    finally:
        (toy / "results").chmod(0o755)
    message = capsys.readouterr().err
    assert "results is read-only: toy was not replaced" in message
    assert "--out-dir" in message
    assert os.listdir(toy / "results") == []


def test_unknown_notebook_is_an_error_that_lists_the_known(toy, toy_notebook):
    toy_notebook()
    with pytest.raises(runner.RunError, match=r"no notebook 'toi'.*there are: toy"):
        runner.run("toi", {})


def test_unknown_parameter_in_params_yaml_is_an_error(toy, toy_notebook):
    toy_notebook()
    (toy / "params.yaml").write_text("toy: {sed: 1}\n")
    with pytest.raises(
        ParameterError, match=r"'sed' in params\.yaml, section toy, did you mean seed"
    ):
        runner.run("toy", {})


def test_p_needs_a_folder_of_its_own(toy, toy_notebook):
    toy_notebook()
    with pytest.raises(ParameterError, match="--out-dir"):
        runner.run("toy", {"seed": "1"})


def test_folder_of_somebody_else_is_not_replaced(toy, toy_notebook):
    toy_notebook()
    precious = toy / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years")
    with pytest.raises(runner.RunError, match="holds no results of toy, but of no notebook"):
        runner.run("toy", {"seed": "1"}, precious)
    assert (precious / "thesis.txt").read_text() == "years"


def test_only_what_an_earlier_run_wrote_is_replaced(toy, toy_notebook):
    toy_notebook()
    mine = runner.run("toy", {"seed": "1"}, toy / "mine")
    wrote = {path.name for path in mine.iterdir()}
    (mine / "thesis.txt").write_text("years")
    (mine / "notes").mkdir()
    (mine / "notes" / "a.md").write_text("a")
    runner.run("toy", {"seed": "2"}, mine)
    assert (mine / "thesis.txt").read_text() == "years"
    assert (mine / "notes" / "a.md").read_text() == "a"
    assert {path.name for path in mine.iterdir()} == wrote | {"thesis.txt", "notes"}
    assert "thesis.txt" not in (mine / "provenance.json").read_text()


def test_a_file_in_the_way_stays_and_is_named(toy, toy_notebook):
    toy_notebook("from pathlib import Path\nPath(out_dir, 'a.txt').write_text(str(seed))")
    mine = runner.run("toy", {"seed": "1"}, toy / "mine")
    record = json.loads((mine / "provenance.json").read_text())
    record["files"].remove("a.txt")  # as if it had been put there by hand
    (mine / "provenance.json").write_text(json.dumps(record))
    (mine / "a.txt").write_text("mine")
    with pytest.raises(runner.RunError, match=r"a\.txt was not written by an earlier run"):
        runner.run("toy", {"seed": "2"}, mine)
    assert (mine / "a.txt").read_text() == "mine"


def test_results_of_another_notebook_are_refused(toy, toy_notebook):
    source = toy_notebook()
    mine = runner.run("toy", {"seed": "1"}, toy / "mine")
    source.rename(source.with_name("other.ipynb"))
    with pytest.raises(runner.RunError, match=r"of other, but of notebooks/toy\.ipynb"):
        runner.run("other", {"seed": "1"}, mine)
    with pytest.raises(runner.RunError, match="holds the compendium's own"):
        runner.run("other", {"seed": "1"}, toy / "results" / "toy")


def test_a_notebook_itself_stays_out_of_the_results(toy, monkeypatch):
    monkeypatch.delenv(provenance.RUN, raising=False)
    with pytest.raises(WriteError, match="lies in results/, which"):
        notebook.figure("toy", str(toy / "results" / "toy"))
    monkeypatch.setenv(provenance.RUN, "{}")
    notebook.figure("toy", str(toy / "results" / "toy"))


def test_notebook_must_declare_out_dir(toy, toy_notebook):
    toy_notebook(parameters="seed: int = 1\n")
    with pytest.raises(ParameterError, match="must declare 'out_dir"):
        runner.run("toy", {})
