"""Run the chain of ``dvc.yaml``, two branches at a time: ``python -m tools.chain [--force]``.

Three waves, because a path that one DVC process writes must not be read by another:
simulate and recover by technique, then the notebooks, then ledger and audit. One line a
stage; what the stages say goes to ``.cache/chain``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from compendium.paths import repository_root
from tools.dependencies import stages

#: Seconds on two cores (Linux x86-64, Python 3.11); what is not named takes LIGHT.
EXPECTED = {
    "simulate_eis": 6,
    "simulate_diffraction": 5,
    "simulate_cycling": 24,
    "simulate@nmr": 6,
    "simulate@esm": 9,
    "recover_eis": 56,
    "recover_settle": 50,
    "recover_diffraction": 18,
    "recover_cycling": 25,
    "recover@nmr": 18,
    "recover@raman": 18,
    "recover@esm": 17,
    "recover_xps": 11,
    "recover@grains": 9,
    "notebooks@latp_fig5_esm": 7,
    "lagp_fig6_cells": 5,
    "ledger": 6,
}  # only for the balance of the two workers, and for patience
LIGHT = 4
#: Stages whose library has no wheel for every Python that is supported.
NEEDS = {"simulate@nmr": "mrsimulator"}
STARTED = re.compile(r"^Running stage '(.+)':")


@dataclass
class Worker:
    """One DVC process: its targets, and where its words go."""

    targets: list[str]
    log: Path
    seconds: dict[str, float] = field(default_factory=dict)
    code: int = 0

    def run(self, options: list[str], begun: float) -> None:
        """Run the targets one after another; a line for each stage that ran."""
        command = [sys.executable, "-m", "dvc", "--wait-for-lock", "repro", *options, *self.targets]
        environment = {**os.environ, "TQDM_DISABLE": "1", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        name, since = "", time.monotonic()
        with self.log.open("w", encoding="utf-8") as log:
            for line in process.stdout:
                log.write(line)
                if found := STARTED.match(line):
                    self._tell(name, since, begun)
                    name, since = found[1], time.monotonic()
        self.code = process.wait()
        self._tell(name, since, begun, "" if self.code == 0 else " FAILED")

    def _tell(self, name: str, since: float, begun: float, state: str = "") -> None:
        if not name:
            return
        took, now = time.monotonic() - since, time.monotonic() - begun
        self.seconds[name] = took
        usual = EXPECTED.get(name, LIGHT)
        sys.stdout.write(f"{now:6.0f} s  {name}: {took:.0f} s (usually {usual:.0f} s){state}\n")
        sys.stdout.flush()


def waves(names: Iterable[str]) -> list[list[list[str]]]:
    """Return for each wave the branches, stages that must run in this order in one process.

    A simulation and its recovery are one branch, each notebook is one; ledger and audit
    come last, together.
    """
    last = [name for name in ("ledger", "audit") if name in names]
    names = [name for name in names if name not in last]
    kinds = ("simulate", "recover")
    techniques: dict[str, list[str]] = {}
    notebooks = []
    for name in names:
        if name.startswith(kinds):
            techniques.setdefault(re.split("[@_]", name, maxsplit=1)[1], []).append(name)
        else:
            notebooks.append([name])
    for branch in techniques.values():
        branch.sort(key=lambda name: kinds.index(re.split("[@_]", name)[0]))
    return [list(techniques.values()), notebooks, [last]]


def shared(branches: list[list[str]], count: int) -> list[list[str]]:
    """Share branches among workers, the longest first, each to who is free first."""

    def seconds(branch: list[str]) -> float:
        return sum(EXPECTED.get(name, LIGHT) for name in branch)

    lists: list[list[str]] = [[] for _ in range(min(count, len(branches)))]
    for branch in sorted(branches, key=seconds, reverse=True):
        min(lists, key=seconds).extend(branch)
    return lists


def run(force: bool, workers: int) -> int:
    """Run every wave; the exit code of the first process that failed, 0 where none did."""
    root = repository_root()
    folder = root / ".cache" / "chain"
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    options = ["--single-item", *(["--force"] if force else [])]
    absent = {name: one for name, one in NEEDS.items() if importlib.util.find_spec(one) is None}
    for name, one in absent.items():
        sys.stdout.write(f"{name} is left out, its committed data stand: no {one} here\n")
    for number, wave in enumerate(waves([n for n in stages() if n not in absent]), start=1):
        team = [
            Worker(targets, folder / f"wave{number}_{i}.log")
            for i, targets in enumerate(shared(wave, workers), start=1)
        ]
        threads = [threading.Thread(target=one.run, args=(options, begun)) for one in team]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in team:
            if one.code:
                words = one.log.read_text(encoding="utf-8").splitlines()[-25:]
                sys.stderr.write("\n".join([*words, f"all its words: {one.log}"]) + "\n")
                return one.code
    return 0


def main(arguments: Iterable[str] | None = None) -> int:
    """Run the chain."""
    parser = argparse.ArgumentParser(prog="tools.chain", description=__doc__)
    parser.add_argument("--force", action="store_true", help="also what is up to date")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args(arguments)
    if options.workers < 1:
        parser.error(f"--workers must be >= 1, got {options.workers}")
    return run(options.force, options.workers)


if __name__ == "__main__":
    sys.exit(main())
