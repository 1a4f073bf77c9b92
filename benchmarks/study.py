"""The long coverage studies: ``python -m benchmarks.study [TECHNIQUE ...]``.

Each ``benchmarks/study_<technique>.py`` has a ``study()`` that measures and prints its tables.
"""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path


def techniques() -> list[str]:
    """Names of the studies there are."""
    return sorted(p.stem.removeprefix("study_") for p in Path(__file__).parent.glob("study_*.py"))


def main() -> None:
    """Run the studies that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("technique", nargs="*", help=f"of {', '.join(techniques())}")
    chosen = parser.parse_args().technique or techniques()
    if unknown := sorted(set(chosen) - set(techniques())):
        parser.error(f"unknown technique {', '.join(unknown)}; there are {', '.join(techniques())}")
    for name in chosen:
        print(f"\n== {name}")
        importlib.import_module(f"benchmarks.study_{name}").study()


if __name__ == "__main__":
    main()
