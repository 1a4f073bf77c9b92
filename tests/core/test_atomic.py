"""Files and folders that are swapped when complete: errors, kills, full and read-only disks."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from nasicon.core.atomic import WriteError, is_running, replaced_folder, write_atomically
from tools.chain import LOCK, unlock


@pytest.fixture
def earlier(tmp_path):
    folder = tmp_path / "results" / "toy"
    folder.mkdir(parents=True)
    (folder / "findings.csv").write_text("earlier")
    return folder


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_new_folder_takes_the_old_ones_place(earlier):
    with replaced_folder(earlier) as work:
        (work / "ledger.csv").write_text("new")
        assert (earlier / "findings.csv").read_text() == "earlier"
    assert names(earlier) == ["ledger.csv"]
    assert names(earlier.parent) == ["toy"]


def test_a_folder_that_was_not_there(tmp_path):
    with replaced_folder(tmp_path / "a" / "b") as work:
        (work / "x").write_text("1")
    assert (tmp_path / "a" / "b" / "x").read_text() == "1"


def half_a_run(target):
    """Begin to write a folder anew, and fail."""
    with replaced_folder(target) as work:
        assert names(work) == []
        (work / "half").write_text("x")
        raise ZeroDivisionError


def test_an_error_leaves_the_earlier_folder(earlier):
    with pytest.raises(ZeroDivisionError):
        half_a_run(earlier)
    assert (earlier / "findings.csv").read_text() == "earlier"
    assert names(earlier.parent) == ["toy"]


KILLED = """
import os, signal
from pathlib import Path
from nasicon.core.atomic import replaced_folder
target = Path({target!r})
with replaced_folder(target) as work:
    (work / "half").write_text("x")
    if {between}:
        target.rename(work.with_suffix(".old"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def zombie():
    """Number of a process that was killed and that nobody has asked about."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process.kill()
    deadline = time.monotonic() + 10
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield process.pid
    process.wait()


def test_a_zombie_is_not_at_work(zombie, earlier):
    assert not is_running(zombie)
    assert is_running(os.getpid())
    earlier.rename(earlier.with_name(f".toy.{zombie}.old"))
    with pytest.raises(ZeroDivisionError):
        half_a_run(earlier)
    assert (earlier / "findings.csv").read_text() == "earlier"


def test_the_lock_of_a_killed_dvc_goes_and_that_of_a_running_one_stays(zombie, tmp_path):
    lock = tmp_path / LOCK
    lock.parent.mkdir(parents=True)
    assert not unlock(tmp_path)
    dead = {"pid": zombie, "cmd": "dvc repro"}
    lock.write_text(json.dumps({"write": {"a": dead}, "read": {"b": [dead, dead]}}))
    assert unlock(tmp_path)
    assert not lock.exists()
    lock.write_text(json.dumps({"read": {"b": [dead, {"pid": os.getpid(), "cmd": "x"}]}}))
    assert not unlock(tmp_path)
    assert lock.exists()
    lock.write_text('{"read": {"b": [{"pid"')
    assert unlock(tmp_path)


@pytest.mark.parametrize("between", [False, True], ids=["writing", "between the renames"])
def test_a_kill_is_mended_by_the_next_run(earlier, between):
    code = KILLED.format(target=str(earlier), between=between)
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(names(earlier.parent)) == 2
    with pytest.raises(ZeroDivisionError):
        half_a_run(earlier)
    assert (earlier / "findings.csv").read_text() == "earlier"
    assert names(earlier.parent) == ["toy"]


def test_a_stage_left_over_from_a_killed_run_does_no_harm(earlier):
    code = """
import sys, time
from pathlib import Path
from nasicon.core.atomic import replaced_folder
with replaced_folder(Path(sys.argv[1])) as work:
    print("begun", flush=True)
    sys.stdin.readline()
    (work / "findings.csv").write_text("left over")
"""
    command = [sys.executable, "-c", code, str(earlier)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "begun\n"
        with replaced_folder(earlier) as work:
            (work / "findings.csv").write_text("ours")
            assert len(names(earlier.parent)) == 3
        assert (earlier / "findings.csv").read_text() == "ours"
        other.communicate("go on\n")
    assert other.returncode == 0
    assert (earlier / "findings.csv").read_text() == "left over"
    assert names(earlier.parent) == ["toy"]


def test_many_at_once_leave_one_whole_folder(tmp_path):
    code = """
import sys
from pathlib import Path
from nasicon.core.atomic import replaced_folder
for _ in range(40):
    with replaced_folder(Path(sys.argv[1])) as work:
        for name in "abc":
            (work / name).write_text(sys.argv[2])
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "toy"), str(number)])
        for number in range(3)
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert names(tmp_path) == ["toy"]
    assert names(tmp_path / "toy") == ["a", "b", "c"]
    assert len({(tmp_path / "toy" / name).read_text() for name in "abc"}) == 1


def test_a_folder_marked_read_only_is_refused_for_root_too(earlier):
    earlier.parent.chmod(0o555)
    try:
        with (
            pytest.raises(WriteError, match=r"results is read-only: toy was not replaced.*chmod"),
            replaced_folder(earlier),
        ):
            pytest.fail("a read-only place was entered")
    finally:
        earlier.parent.chmod(0o755)
    assert (earlier / "findings.csv").read_text() == "earlier"


def test_an_unreadable_input_is_not_taken_for_a_read_only_target(earlier, tmp_path):
    denied = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "input.txt"))
    with pytest.raises(PermissionError), replaced_folder(earlier):
        raise denied


def test_a_full_disk_says_so_and_keeps_the_earlier_folder(tmp_path, on_small_disk):
    script = f"""
from pathlib import Path
from nasicon.core.atomic import WriteError, is_running, replaced_folder, write_atomically
from tools.chain import LOCK, unlock
target = Path({str(tmp_path)!r}, "toy")
with replaced_folder(target) as work:
    (work / "small").write_text("earlier")
for attempt in ("folder", "file"):
    try:
        if attempt == "file":
            write_atomically(target / "small", "x" * 200_000)
        else:
            with replaced_folder(target) as work:
                (work / "large").write_bytes(bytes(200_000))
    except WriteError as error:
        print(error)
print(sorted(p.name for p in target.parent.rglob("*")), (target / "small").read_text())
"""
    done = on_small_disk(tmp_path, [sys.executable, "-c", script])
    folder, file, left = done.stdout.splitlines()
    assert "no space left on the disk" in folder
    assert "toy was not replaced" in folder
    assert "Free some space and run the same command again" in folder
    assert "small was not replaced" in file
    assert left == "['small', 'toy'] earlier"


def test_a_full_disk_without_a_disk(earlier, monkeypatch):
    def refuse(self, *_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    monkeypatch.setattr("pathlib.Path.write_bytes", refuse)
    with pytest.raises(WriteError, match=r"no space left .*findings\.csv was not replaced"):
        write_atomically(earlier / "findings.csv", "new")
    assert (earlier / "findings.csv").read_text() == "earlier"


@pytest.mark.parametrize("stage", ["simulate.grains", "recover.raman"])
def test_a_stage_in_a_read_only_place_ends_with_one_line(tmp_path, stage):
    tmp_path.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"compendium.{stage}", "--out-dir", str(tmp_path / "out")],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "is read-only: out was not replaced" in done.stderr
