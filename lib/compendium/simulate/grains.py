"""Simulated size counts: sections through cube-like crystals, no micrographs.

The crystals are cubes with log-normal edges; a polished section cuts them at
random, larger ones more often, and shows polygons of any area down to nothing;
what is read off scatters by a few per cent and ends at the resolution. The
analysis that is tried on them knows none of this: it compares logarithms of
diameters. ``python -m compendium.simulate.grains`` writes the assumptions.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compendium import published
from compendium.simulate import assumptions, writing
from nasicon.grains.model_grains import cube_section_area

ASSUMPTIONS = assumptions.declared("grains")


def pristine_nm() -> float:
    """Middle of the printed range of pristine LAGP."""
    return (published.claim("B-sem-p-lo").number + published.claim("B-sem-p-hi").number) / 2


def section_diameters(
    median_nm: float, count: int, assumed: dict[str, float], rng: np.random.Generator
) -> NDArray:
    """Equivalent-circle diameters of so many sections, shape (count,), in nm.

    Edges are log-normal with the median given; a random plane hits a cube in
    proportion to its breadth, so that the edges of cut cubes are biased by
    their size, and for each the plane is uniform over the breadth.
    """
    width = assumed["log_width"]
    found = np.empty(0)
    while found.size < count:
        # edge-biased log-normal: the same width about exp(width2) times the median
        edge = median_nm * np.exp(width**2 + width * rng.normal(size=2 * count + 16))
        normal = np.abs(rng.normal(size=(edge.size, 3)))
        normal /= np.linalg.norm(normal, axis=1)[:, None]
        breadth = normal.sum(axis=1)
        # directions in which the cube is broad are hit more often
        kept = rng.uniform(0, np.sqrt(3), edge.size) < breadth
        offset = breadth * rng.uniform(size=edge.size)
        area = cube_section_area(normal[kept], offset[kept])
        diameter = 2 * np.sqrt(area / np.pi) * edge[kept]
        diameter *= np.exp(assumed["reading_error"] * rng.normal(size=diameter.size))
        found = np.concatenate([found, diameter[diameter > assumed["resolution_nm"]]])
    return found[:count]


def main(out_dir: Path) -> None:
    """Write the assumptions."""
    assumptions.write(ASSUMPTIONS, out_dir)


if __name__ == "__main__":
    writing.command("simulate.grains", "grains", main)
