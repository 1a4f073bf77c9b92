"""The set-up: what is whole stays, what is not is made anew, and no folder or home breaks it."""

import os
import shutil
import subprocess

import pytest

from compendium.paths import repository_root

ROOT = repository_root()
#: Stands for every Python: notes how it was called, and makes an environment of copies of itself.
STUB = """\
#!/bin/sh
echo "$@ cache=${UV_CACHE_DIR:-}" >> calls.txt
case "$1 $2" in
  "-m venv") sleep "${NAP:-0}"; rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python;;
esac
"""


@pytest.fixture
def folder(tmp_path):
    """A folder whose name has a blank and an umlaut, with what set-up reads."""
    folder = tmp_path / "nasicon test ä"
    (folder / "tools").mkdir(parents=True)
    (folder / ".jupyter").mkdir()
    (folder / ".jupyter" / "a.json").write_text("{}")
    shutil.copy(ROOT / "tools" / "setup.sh", folder / "tools")
    (folder / "requirements.lock").write_text("uv==1.2.3 \\\n")
    (folder / "pyproject.toml").write_text("")
    stub = tmp_path / "python-stub"
    stub.write_text(STUB)
    stub.chmod(0o755)
    return folder


def setup(folder, **environment):
    """Run it with the stub as Python; what it said, and how Python was called."""
    stub = folder.parent / "python-stub"
    begun = subprocess.Popen(
        [folder / "tools" / "setup.sh"],
        env={**os.environ, "PYTHON": str(stub), **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = begun.communicate(timeout=60)[0]
    calls = folder / "calls.txt"
    lines = calls.read_text().splitlines() if calls.exists() else []
    calls.unlink(missing_ok=True)
    return begun.returncode, said, lines


def made_anew(calls):
    return any(line.startswith("-m venv --clear .venv") for line in calls)


def test_from_nothing_then_nothing(folder):
    code, said, calls = setup(folder)
    assert code == 0, said
    assert made_anew(calls)
    (sync,) = [line for line in calls if "pip sync" in line]
    assert "--require-hashes" in sync
    assert any("--no-deps --no-build-isolation -e ." in line for line in calls)
    assert (folder / ".venv/etc/jupyter/a.json").is_file()
    assert setup(folder) == (0, "", [])


def test_an_unfinished_environment_is_made_anew(folder):
    setup(folder)
    (folder / ".venv/ready").unlink()
    assert made_anew(setup(folder)[2])


def test_an_environment_does_not_move_with_its_folder(folder):
    setup(folder)
    moved = folder.rename(folder.with_name("elsewhere"))
    assert made_anew(setup(moved)[2])


def test_a_new_lock_is_taken_over_in_place(folder):
    setup(folder)
    os.utime(folder / ".venv/ready", (1, 1))
    calls = setup(folder)[2]
    assert not made_anew(calls)
    assert any("pip sync" in line for line in calls)


def test_two_at_once_make_it_once(folder):
    command = [folder / "tools" / "setup.sh"]
    environment = {**os.environ, "PYTHON": str(folder.parent / "python-stub"), "NAP": "1"}
    two = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    assert [one.wait(60) for one in two] == [0, 0]
    calls = (folder / "calls.txt").read_text().splitlines()
    assert sum("-m venv" in line for line in calls) == 1
    for one in two:
        one.stdout.close()


def test_a_home_that_cannot_be_written_is_left_alone(folder):
    code, said, calls = setup(folder, HOME="/dev/null", XDG_CACHE_HOME="")
    assert code == 0, said
    assert calls[-1].endswith(f"cache={folder}/.cache/uv")


def test_another_python_is_named(folder):
    old = folder.parent / "old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.1 && exit 0\nexit 1\n')
    old.chmod(0o755)
    code, said, _ = setup(folder, PYTHON=str(old))
    assert code == 1
    assert f"PYTHON={old} must be Python 3.11 to 3.14, got Python 3.9.1" in said
