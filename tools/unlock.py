"""Take away the lock that a killed ``dvc`` left behind: ``python -m tools.unlock``.

DVC notes in ``.dvc/tmp/rwlock`` which process reads or writes what. It forgives entries whose
process is gone, but takes a zombie for a living one: where nothing collects the killed (in many
containers), every later run would be refused as "busy".
"""

import re
from pathlib import Path

from compendium.paths import repository_root
from nasicon.core.atomic import is_running

LOCK = Path(".dvc", "tmp", "rwlock")


def unlock(root: Path) -> bool:
    """Remove the lock if no process that it names is at work; whether it was removed."""
    lock = root / LOCK
    if not lock.is_file():
        return False
    holders = re.findall(r'"pid": *(\d+)', lock.read_text(encoding="utf-8"))
    if any(is_running(int(pid)) for pid in holders):
        return False
    lock.unlink(missing_ok=True)
    return True


if __name__ == "__main__":
    unlock(repository_root())
