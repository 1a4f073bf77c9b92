"""Take away the lock that a killed ``dvc`` left behind: ``python -m tools.unlock``.

DVC notes in ``.dvc/tmp/rwlock`` which process reads or writes what. It forgives entries whose
process is gone, but takes a zombie for a living one: where nothing collects the killed (in many
containers), every later run would be refused as "busy".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from compendium.paths import repository_root
from nasicon.core.atomic import is_running

LOCK = Path(".dvc", "tmp", "rwlock")


def holders(text: str) -> set[int]:
    """Process numbers that a lock names; empty where it is cut off, as by a kill."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError:
        return set()
    return set(_numbers(content))


def _numbers(content: object) -> Iterator[int]:
    if isinstance(content, dict):
        if isinstance(content.get("pid"), int):
            yield content["pid"]
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from _numbers(part)


def unlock(root: Path) -> bool:
    """Remove the lock if no process that it names is at work; whether it was removed."""
    lock = root / LOCK
    if not lock.is_file():
        return False
    if any(is_running(pid) for pid in holders(lock.read_text(encoding="utf-8"))):
        return False
    lock.unlink(missing_ok=True)
    return True


if __name__ == "__main__":
    unlock(repository_root())
