"""Kill set-up and chain at random moments: ``make chaos``, or ``python -m benchmarks.chaos``.

Works in a clone with an environment of its own. Half of the kills hit ``make reproduce``, which
begins anew every time. The other half hit ``make update`` with nothing recorded, which goes on
where it was killed, so that the kills wander through the chain. After every kill all committed
results must be there with their bytes: a stage replaces its folder as a whole or not at all.
At the end ``make update`` runs through and must leave what is committed.

With ``--setup`` it is ``make setup`` that is killed, in a folder without an environment or with
an outdated one; each time the next ``make setup`` must make it whole.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import yaml

from compendium.paths import repository_root

COMMITTED = ("results", "data")
RECORD = "dvc.lock"  # what has been run on what; rewritten after every stage


def make(clone: Path, target: str) -> subprocess.Popen:
    """Start a target of the Makefile in a process group of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    with said(clone).open("w") as log:  # a pipe would stay open as long as what is left over
        return subprocess.Popen(
            ["make", target],
            cwd=clone,
            env=environment,
            start_new_session=True,
            stdout=log,
            stderr=log,
        )


def said(clone: Path) -> Path:
    """Where the last target's words are."""
    return clone.with_name("log.txt")


def changed(clone: Path, *names: str) -> list[str]:
    """Committed files that are missing or have other bytes, and files that are new."""
    command = ["git", "-C", str(clone), "status", "--porcelain", "--", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def recorded(clone: Path) -> bool:
    """Whether the record says what is committed; its order is that in which the stages ran."""
    command = ["git", "-C", str(clone), "show", f"HEAD:{RECORD}"]
    committed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return yaml.safe_load(committed) == yaml.safe_load((clone / RECORD).read_text())


def kill_after(clone: Path, target: str, seconds: float) -> str:
    """Run a target for some seconds, then kill it and its group; what came of it.

    DVC starts a stage in a group of its own: what was running then goes on to its end.
    """
    process = make(clone, target)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return "killed"
    return f"FAILED: {said(clone).read_text()[-1000:]}" if process.returncode else "had ended"


def kills(clone: Path, count: int, longest: float, seed: int) -> Iterator[tuple[str, float]]:
    """Targets and moments of the kills; between the halves the record is taken away."""
    rng = random.Random(seed)
    for number in range(count):
        if number == count // 2:
            (clone / RECORD).unlink()
        yield "reproduce" if number < count // 2 else "update", rng.uniform(1.0, longest)


def whole(clone: Path) -> str:
    """What is wrong with the environment after one more ``make setup``; empty where nothing is."""
    if make(clone, "setup").wait():
        return f"FAILED: {said(clone).read_text()[-1000:]}"
    for command in (["-m", "pip", "check"], ["-c", "import compendium.notebook, jupyterlab, dvc"]):
        python = clone / ".venv" / "bin" / "python"
        done = subprocess.run([python, *command], cwd=clone, capture_output=True, text=True)
        if done.returncode:
            return f"FAILED: {done.stdout[-500:]}{done.stderr[-500:]}"
    return ""


def kill_setups(clone: Path, count: int, seed: int) -> int:
    """Kill ``make setup`` at random moments, heal each time; how often that failed."""
    rng, began = random.Random(seed), time.monotonic()
    make(clone, "setup").wait()
    longest = time.monotonic() - began
    failed = 0
    for number in range(1, count + 1):
        ready = clone / ".venv" / "ready"
        if ready.exists() and rng.random() < 0.5:
            os.utime(ready, (0, 0))  # the lock is newer: brought up to date in place
        else:
            shutil.rmtree(clone / ".venv", ignore_errors=True)
        seconds = rng.uniform(0.2, longest)
        what = kill_after(clone, "setup", seconds)
        wrong = whole(clone)
        failed += bool(wrong)
        print(f"{number:3} setup {what} after {seconds:5.1f} s: {wrong or 'healed'}", flush=True)
    return failed


def main() -> None:
    """Kill, look, and at the end run through; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--longest", type=float, default=120.0, help="seconds in the chain")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--setup", action="store_true", help="kill the set-up, not the chain")
    options = parser.parse_args()
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "-q", str(repository_root()), str(clone)], check=True)
        if options.setup:
            raise SystemExit(1 if kill_setups(clone, options.kills, options.seed) else 0)
        make(clone, "setup").wait()
        moments = kills(clone, options.kills, options.longest, options.seed)
        for number, (target, seconds) in enumerate(moments, start=1):
            what = kill_after(clone, target, seconds)
            wrong = changed(clone, *COMMITTED)
            lost += bool(wrong) or what.startswith("FAILED")
            state = f"{len(wrong)} files differ: {wrong[:3]}" if wrong else "nothing lost"
            print(f"{number:3} {target} {what} after {seconds:5.1f} s: {state}", flush=True)
        began = time.monotonic()
        process = make(clone, "update")
        process.wait()
        wrong = changed(clone, *COMMITTED) + [RECORD] * (not recorded(clone))
        print(
            f"run through in {time.monotonic() - began:.0f} s, exit code {process.returncode}, "
            f"{len(wrong)} files differ from the committed ones {wrong[:3]}"
        )
        if process.returncode:
            print(said(clone).read_text()[-2000:])
    raise SystemExit(1 if lost or process.returncode or wrong else 0)


if __name__ == "__main__":
    main()
