"""Kill the whole chain at random moments: ``make chaos``, or ``python -m benchmarks.chaos``.

Works in a clone. After every kill each committed result must still be there with its
bytes (a run either replaces a folder as a whole or not at all, and makes the same bytes);
at the end the chain runs through once and must give what is committed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nasicon.workflow.paths import repository_root

FOLDERS = ("results", "data")


def environment(clone: Path) -> dict[str, str]:
    """Environment of this interpreter on the clone's library, with DVC's state inside the clone."""
    cache = clone / ".cache"
    return {
        **os.environ,
        "PYTHONPATH": str(clone / "lib"),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(cache / "dvc"),
        "DVC_GLOBAL_CONFIG_DIR": str(cache / "dvc-config"),
    }


def start(clone: Path) -> subprocess.Popen:
    """Start the whole chain in a process group of its own."""
    command = [sys.executable, "-m", "dvc", "repro", "--force"]
    return subprocess.Popen(
        command, cwd=clone, env=environment(clone), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
    )  # fmt: skip


def changed(clone: Path) -> list[str]:
    """Committed files below the folders of results that are missing or have other bytes."""
    command = ["git", "-C", str(clone), "status", "--porcelain", "--", *FOLDERS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def kill_after(clone: Path, seconds: float) -> bool:
    """Run the chain for some seconds, then kill it and all its children; whether it was killed."""
    process = start(clone)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def main() -> None:
    """Kill, look, and at the end run through; exit code 1 where anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--longest", type=float, default=120.0, help="seconds before a kill")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, lost = random.Random(options.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        subprocess.run(["git", "clone", "-q", str(repository_root()), str(clone)], check=True)
        for number in range(1, options.kills + 1):
            seconds = rng.uniform(1.0, options.longest)
            killed = kill_after(clone, seconds)
            wrong = changed(clone)
            lost += bool(wrong)
            what = "killed" if killed else "had ended"
            state = f"{len(wrong)} files differ: {wrong[:3]}" if wrong else "nothing lost"
            print(f"{number:3} {what} after {seconds:5.1f} s: {state}", flush=True)
        began = time.monotonic()
        code = start(clone).wait()
        wrong = changed(clone)
        print(f"run through in {time.monotonic() - began:.0f} s, exit code {code}, "
              f"{len(wrong)} files differ from the committed ones {wrong[:3]}")  # fmt: skip
    raise SystemExit(1 if lost or code or wrong else 0)


if __name__ == "__main__":
    main()
