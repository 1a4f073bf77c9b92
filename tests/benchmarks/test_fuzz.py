"""A short form of `make fuzz`: damaged real files are read or refused, nothing else."""

import os
import signal
import sys

import numpy as np
import pytest

from compendium.paths import repository_root

sys.path.insert(0, str(repository_root()))  # the benchmarks are no part of the library

from benchmarks import fuzz

EACH = 40  # files per reader here, thousands in `make fuzz`


@pytest.mark.parametrize("name", sorted(fuzz.SEEDS))
def test_damaged_files_are_read_or_refused(name, external, monkeypatch):
    from compendium.external import registry

    for entry in registry().values():
        if (
            fuzz.SEEDS[name]
            and entry.name.startswith(fuzz.SEEDS[name])
            and entry.size <= fuzz.LARGEST
        ):
            external(entry.name)
    outcomes = fuzz.fuzz(name, EACH, seed=1, progress=False)
    assert set(outcomes) <= {"read", "refused"}
    assert sum(outcomes.values()) == EACH


def test_every_reader_has_files():
    assert set(fuzz.readers()) == set(fuzz.SEEDS)


def test_mutations_change_the_file_and_repeat_with_the_seed():
    original = bytes(range(256)) * 8
    made, again = (
        [fuzz.mutated(original, np.random.default_rng([3, i])) for i in range(50)] for _ in "ab"
    )
    assert made == again
    assert sum(m != original for m in made) > 45


def test_a_crash_is_told_from_a_refusal(tmp_path):
    from nasicon.core.text import ReaderError

    def refuse(path):
        raise ReaderError("no")

    def crash(path):
        raise IndexError("list index out of range")

    assert fuzz.attempt(refuse, tmp_path) == "refused"
    assert fuzz.attempt(lambda path: 1, tmp_path) == "read"
    assert "IndexError: list index" in fuzz.attempt(crash, tmp_path)


def test_a_process_that_dies_says_how_and_where(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz, "KEPT", tmp_path)
    guarded = fuzz.Guarded("masses")
    guarded.process.kill()  # as the kernel does where memory ends
    assert "the process died (SIGKILL): no trace" in guarded(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("formula,mass_g\nLi2O,1\n")
    assert guarded(tmp_path / "a.csv") == "read"  # another one has been started
    os.kill(guarded.process.pid, signal.SIGSEGV)
    assert "the process died (SIGSEGV): Fatal Python error" in guarded(tmp_path / "a.csv")
    guarded.close()
