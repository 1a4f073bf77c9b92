"""The chain in waves: every stage once, nothing before what it needs, workers alike busy."""

import os
import re
import subprocess
import sys
from itertools import chain as joined

import pandas as pd
import pytest

from compendium.paths import repository_root
from tools import chain
from tools.dependencies import stages

ROOT = repository_root()


def test_every_stage_runs_once():
    ran = [name for wave in chain.waves(stages()) for branch in wave for name in branch]
    assert sorted(ran) == sorted(stages())


def test_nothing_runs_before_what_it_reads():
    made: set[str] = set()
    for wave in chain.waves(stages()):
        outs = {name: next(iter(stages()[name]["outs"][0])) for branch in wave for name in branch}
        for branch in wave:
            own: set[str] = set()
            for name in branch:
                other = {out for n, out in outs.items() if n != name} - own
                reads = set(stages()[name]["deps"])
                assert not reads & other, f"{name} reads what another branch writes"
                own.add(outs[name])
        made |= set(outs.values())
    written = {next(iter(out)) for stage in stages().values() for out in stage["outs"]}
    assert made == written


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_branches_are_shared_and_kept_whole(workers):
    branches = [["simulate_eis", "recover_eis"], ["a"], ["b"], ["c"]]
    lists = chain.shared(branches, workers)
    assert len(lists) == workers
    assert sorted(joined.from_iterable(lists)) == sorted(joined.from_iterable(branches))
    (holder,) = (names for names in lists if "recover_eis" in names)
    assert holder.index("simulate_eis") == holder.index("recover_eis") - 1


def test_a_failed_stage_ends_the_chain_with_its_words(toy):
    (toy / "dvc.yaml").write_text(
        "stages:\n"
        "  simulate_a: {cmd: echo made > a.txt, outs: [a.txt: {cache: false, persist: true}]}\n"
        "  ledger:\n    cmd: echo told; false\n    deps: [a.txt]\n"
        "    outs: [l.txt: {cache: false, persist: true}]\n"
        "  audit:\n    cmd: echo never > b.txt\n    deps: [l.txt]\n"
        "    outs: [b.txt: {cache: false, persist: true}]\n"
    )
    (toy / ".dvc").mkdir()
    (toy / ".dvc" / "config").write_text("[core]\n    no_scm = true\n    analytics = false\n")
    (toy / "l.txt").write_text("earlier")
    done = subprocess.run(
        [sys.executable, "-m", "tools.chain", "--force"],
        cwd=toy,
        capture_output=True,
        text=True,
        check=False,
        env=_with_tools(),
    )
    assert done.returncode != 0
    assert "simulate_a: " in done.stdout
    assert "ledger: " in done.stdout
    assert "FAILED" in done.stdout
    assert "told" in done.stderr
    assert (toy / "l.txt").read_text() == "earlier"
    assert not (toy / "b.txt").exists()


def _with_tools():
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "lib")])}


def test_the_check_runs_a_notebook_for_each_kind_of_evidence():
    (names,) = re.findall(r"(?m)^CHECKED := (.+)$", (ROOT / "Makefile").read_text())
    tables = [pd.read_csv(ROOT / f"results/{name}/findings.csv") for name in names.split()]
    assert {"derived", "simulated", "literature"} <= set(pd.concat(tables)["evidence"])


def test_without_its_library_every_stage_that_needs_it_is_left_out(monkeypatch):
    monkeypatch.setattr(chain.importlib.util, "find_spec", lambda name: name)
    assert chain.left_out() == []
    monkeypatch.setattr(chain.importlib.util, "find_spec", lambda name: None)
    assert set(chain.left_out()) == {"simulate@nmr", "recover@nmr", "recover_settle"}
