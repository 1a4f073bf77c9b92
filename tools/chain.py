"""Run the chain of ``dvc.yaml``, two branches at a time: ``python -m tools.chain [--force]``.

Three waves, because a path that one DVC process writes must not be read by another:
simulate and recover by technique, then the notebooks, then ledger and audit. One line a
stage; what the stages say goes to ``.cache/chain``.
"""

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path

from compendium.paths import repository_root
from nasicon.core.atomic import is_running
from tools.dependencies import stages

LIGHT = 4  # seconds of a stage that names none
#: It needs mrsimulator, which has no wheel for every Python that is supported.
NEEDS_MRSIMULATOR = "lib/compendium/simulate/nmr.py"
LOCK = Path(".dvc", "tmp", "rwlock")
STARTED = re.compile(r"^Running stage '(.+)':")


_stages = cache(stages)


def usual(name: str) -> int:
    """Seconds of a stage on two cores (Linux x86-64, Python 3.11), by its ``meta`` in dvc.yaml."""
    return _stages().get(name, {}).get("meta", {}).get("seconds", LIGHT)


def work(targets: list[str], log: Path, options: list[str], begun: float) -> int:
    """One DVC process over targets, one after another; a line for each stage, its exit code."""
    command = [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", *options, *targets]
    environment = {**os.environ, "TQDM_DISABLE": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    name, since = "", begun

    def tell(state: str = "") -> None:
        took, now = time.monotonic() - since, time.monotonic() - begun
        if name:
            sys.stdout.write(
                f"{now:6.0f} s  {name}: {took:.0f} s (usually {usual(name)} s){state}\n"
            )
            sys.stdout.flush()

    with log.open("w", encoding="utf-8") as file:
        for line in process.stdout:
            file.write(line)
            if found := STARTED.match(line):
                tell()
                name, since = found[1], time.monotonic()
    code = process.wait()
    tell(" FAILED" if code else "")
    return code


def waves(names: Iterable[str]) -> list[list[list[str]]]:
    """Return for each wave the branches, stages that must run in this order in one process.

    A simulation and its recovery are one branch, each notebook is one; ledger and audit
    come last, together.
    """
    names, techniques = list(names), {}
    last = [name for name in ("ledger", "audit") if name in names]
    kinds = ("simulate", "recover")
    for kind in kinds:
        for name in (name for name in names if name.startswith(kind)):
            techniques.setdefault(re.split("[@_]", name, maxsplit=1)[1], []).append(name)
    notebooks = [[name] for name in names if not name.startswith((*kinds, *last))]
    return [list(techniques.values()), notebooks, [last]]


def shared(branches: list[list[str]], count: int) -> list[list[str]]:
    """Share branches among workers, the longest first, each to who is free first."""

    def seconds(branch: list[str]) -> float:
        return sum(usual(name) for name in branch)

    lists: list[list[str]] = [[] for _ in range(min(count, len(branches)))]
    for branch in sorted(branches, key=seconds, reverse=True):
        min(lists, key=seconds).extend(branch)
    return lists


def unlock(root: Path) -> bool:
    """Remove the lock of a killed ``dvc`` if no process that it names is at work; whether it was.

    DVC forgives entries whose process is gone, but takes a zombie for a living one: where nothing
    collects the killed (in many containers), every later run would be refused as "busy".
    """
    lock = root / LOCK
    if not lock.is_file():
        return False
    holders = re.findall(r'"pid": *(\d+)', lock.read_text(encoding="utf-8"))
    if any(is_running(int(pid)) for pid in holders):
        return False
    lock.unlink(missing_ok=True)
    return True


def left_out() -> list[str]:
    """Stages that cannot run here, for want of mrsimulator."""
    if importlib.util.find_spec("mrsimulator"):
        return []
    return [name for name, stage in _stages().items() if NEEDS_MRSIMULATOR in stage["deps"]]


def main(arguments: Iterable[str] | None = None) -> int:
    """Run every wave; the exit code of the first process that failed, 0 where none did."""
    parser = argparse.ArgumentParser(prog="tools.chain", description=__doc__)
    parser.add_argument("--force", action="store_true", help="also what is up to date")
    force, workers = parser.parse_args(arguments).force, min(2, os.cpu_count() or 1)
    root = repository_root()
    unlock(root)
    folder = root / ".cache" / "chain"
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    options = ["--single-item", *(["--force"] if force else [])]
    absent = left_out()
    for name in absent:
        sys.stdout.write(f"{name} is left out, its committed data stand: no mrsimulator here\n")
    for number, wave in enumerate(waves(n for n in _stages() if n not in absent), start=1):
        teams = shared(wave, workers)
        logs = [folder / f"wave{number}_{i}.log" for i, _ in enumerate(teams, start=1)]
        with ThreadPoolExecutor(workers) as pool:
            codes = list(pool.map(work, teams, logs, repeat(options), repeat(begun)))
        for code, log in zip(codes, logs, strict=True):
            if code:
                words = log.read_text(encoding="utf-8").splitlines()[-25:]
                sys.stderr.write("\n".join([*words, f"all its words: {log}"]) + "\n")
                return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
