"""``environment.yml`` for conda and Binder, written from ``requirements.lock``.

``python -m tools.environment`` writes it; that it is current is a test.

It holds the lock's pins of what the library itself needs, not those of its
development. They are inlined: with ``-r`` or a local path in the pip section
Binder would rebuild the whole environment at every commit.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from compendium.paths import repository_root
from nasicon.core.atomic import write_atomically

PYTHON = {"python_version": "3.11", "python_full_version": "3.11.14"}
PLATFORMS = [
    dict(zip(("sys_platform", "os_name", "platform_system"), names.split(), strict=True))
    for names in ("linux posix Linux", "darwin posix Darwin", "win32 nt Windows")
]
VIA = re.compile(r"#(?:  | via) (\S+)")
HEAD = """\
# Written by `make lock` from requirements.lock: what the notebooks need, for conda and Binder.
name: nasicon
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
"""


@dataclass(frozen=True)
class Pin:
    """One pinned distribution of the lock: as it stands there, and which ones asked for it."""

    name: str
    text: str
    via: frozenset[str]

    @property
    def line(self) -> str:
        """The pin as a requirement; a marker that decides nothing here is left out."""
        return self.text if len(set(self.installed)) > 1 else self.text.split(" ; ")[0]

    @property
    def installed(self) -> list[bool]:
        """Whether the pin is installed, platform by platform."""
        marker = Requirement(self.text).marker
        return [marker is None or marker.evaluate({**PYTHON, **one}) for one in PLATFORMS]


def read_lock(text: str) -> list[Pin]:
    """Read the pins and the ``# via`` notes of a lock that ``uv pip compile`` wrote."""
    pins = []
    for block in re.split(r"(?m)^(?=\S)", text)[1:]:
        line = block.split("\n", 1)[0].rstrip("\\ ")
        pins.append(Pin(Requirement(line).name, line, frozenset(VIA.findall(block))))
    return pins


def needed(pins: Iterable[Pin], roots: Iterable[str]) -> list[Pin]:
    """Return the pins that some roots need, through others too, on any platform."""
    pins, names = list(pins), set(map(canonicalize_name, roots))
    if absent := names - {pin.name for pin in pins}:
        raise ValueError(f"requirements.lock lacks {', '.join(sorted(absent))}: run make lock")
    while more := {pin.name for pin in pins if pin.via & names} - names:
        names |= more
    return [pin for pin in pins if pin.name in names and any(pin.installed)]


def environment(lock: str, project: str) -> str:
    """Return the text of ``environment.yml``.

    Parameters
    ----------
    lock, project : str
        The texts of ``requirements.lock`` and ``pyproject.toml``.
    """
    dependencies = tomllib.loads(project)["project"]["dependencies"]
    roots = [Requirement(dependency).name for dependency in dependencies]
    lines = [f"      - {pin.line}\n" for pin in needed(read_lock(lock), roots)]
    return HEAD + "".join(lines)


if __name__ == "__main__":
    root = repository_root()
    files = (root / "requirements.lock", root / "pyproject.toml")
    text = environment(*(file.read_text(encoding="utf-8") for file in files))
    write_atomically(root / "environment.yml", text)
