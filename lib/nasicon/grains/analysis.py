"""Micrographs to grain sizes, as a report."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nasicon.core import report
from nasicon.core.report import Report
from nasicon.core.vocabulary import implausible
from nasicon.grains import draw_grains as draw
from nasicon.grains.fit_sizes import compare_sizes, measure_grains, network_contrast, segment
from nasicon.grains.read_micrographs import Micrograph

NETWORK = 1.3  # contrast of outlines over noise's: below, sizes are off by a tenth to a half
NO_NETWORK = (
    "no network of boundaries: the outlines stand out hardly more than those of noise with the "
    "same spectrum; look at them, take a sharper image or set boundary_pixels"
)
ELONGATED = (
    1.25  # ratio of intercepts: four standard deviations of isotropic cells, some 30 whole ones
)
STRETCHED = (
    "intercepts along rows are {:.3g} times those along columns: an elongated texture, or a "
    "picture pulled in one direction: take the microscope's own file, or make its pixels square"
)
EMPTY_SHARE, EMPTY_TIMES = 0.1, 20.0  # of the picture; of the median region's area
EMPTY = (
    "{:.0%} of the picture is in regions of more than {:.0f} usual grains: out of focus, a data "
    "bar, a pore, or huge grains? The intercept counts them: crop them away"
)
BESIDE, STRAIGHT = 3, 0.9  # pixels; share brighter less share darker, some 0.3 by chance
LINES = (
    "{} stand out from edge to edge, as no boundary does: a grid, interference of the scan or a "
    "seam? Lines are counted as boundaries: filter or crop them away"
)
METHOD = "watershed on ridges, ASTM E112 lines"
ASSUMED = (
    "Look at the outlines before you use a number: on fracture surfaces a segmentation follows "
    "relief, not grains.",
    "Only whole grains have a diameter; large ones are cut by the frame more often, and sections "
    "of crystals are smaller than the crystals.",
)
CHECKS = {
    "whole grains": lambda sizes: len(sizes.grains),
    "rows over columns": lambda sizes: sizes.direction_ratio,
}


def analyse(
    pictures: Micrograph | Mapping[str, Micrograph],
    *,
    boundaries: str = "dark",
    boundary_pixels: float = 2.0,
    merge_pixels: float = 2.5,
    seed: int = 1,
    evidence: str = "measured",
) -> Report:
    """Segment one micrograph or several and measure the grains; several are compared.

    Parameters
    ----------
    pictures : Micrograph or mapping of str to Micrograph
        Of `nasicon.grains.read`.
    boundaries : {"dark", "bright"}
    boundary_pixels, merge_pixels : float
        Half-width of a boundary; larger merges give fewer, larger grains.
    seed : int
        Of the bootstrap.
    """
    shown = {"micrograph": pictures} if isinstance(pictures, Micrograph) else dict(pictures)
    settings = {"boundaries": boundaries, "boundary_pixels": boundary_pixels}
    settings["merge"] = merge_pixels
    found, contrast, rows = {}, {}, {}
    for label, picture in shown.items():
        outlined = segment(picture.image, **settings)
        sizes = found[label] = measure_grains(outlined, picture.nm_per_pixel)
        contrast[label] = network_contrast(picture.image, outlined, seed, **settings)
        ratio, found_none = sizes.direction_ratio, contrast[label] <= NETWORK
        pulled = STRETCHED.format(ratio) if not 1 / ELONGATED < ratio < ELONGATED else ""
        pulled = "; ".join(filter(None, (_empty(sizes.labels), pulled, _lines(picture.image))))
        told = {"method": METHOD, "note": NO_NETWORK if found_none else pulled}
        rows[label] = [{**row, **told} for row in sizes.table(seed=seed).to_dict("records")]
        for row in rows[label]:
            size = implausible("grain size", row["value"], row["unit"])
            row["doubt"] = picture.doubt * (row["unit"] == "nm") or size
        for row in rows[label] if told["note"] else ():
            row["flag"] += ";not_identifiable" if found_none else ";systematic"
    parameters = [(label, tuple(numbers)) for label, numbers in rows.items()]
    first = next(iter(found))
    for label in list(found)[1:]:
        ratio = compare_sizes(*(found[n].grains["diameter_nm"] for n in (label, first)))
        words, method = f"diameter over that of {first}", "Welch's test on logarithms"
        ends = {"ci_low": ratio.low, "ci_high": ratio.high}
        rows[label].append(report.number(words, ratio.value, "1", method, **ends))
    return report.assemble(
        report.titled("Grains", "Grains", found),
        "measure_grains",
        rows,
        {label: sizes.grains for label, sizes in found.items()},
        evidence=evidence,
        parameters=parameters,
        read=_read(shown),
        figures={
            f"grains_{report.file_stem(n)}": partial(
                draw.outlines, shown[n].image, sizes, title=n, evidence=evidence
            )
            for n, sizes in found.items()
        },
        checks={
            "grains": report.checked(found, CHECKS).assign(**{"outlines over noise's": contrast})
        },
        assumed=ASSUMED,
        details=found,
    )


def _empty(labels: NDArray) -> str:
    """Say that much of the picture shows no boundaries; empty where little does."""
    areas = np.bincount(labels[labels > 0])
    share = areas[areas > EMPTY_TIMES * np.median(areas[areas > 0])].sum() / areas.sum()
    return EMPTY.format(share, EMPTY_TIMES) if share > EMPTY_SHARE else ""


def _lines(image: NDArray) -> str:
    """Say that lines run straight from edge to edge, as no boundary does; empty where none do.

    Nearly all pixels of a row or column are brighter, or darker, than those on either side.
    """
    found = []
    for name, lines in (("rows", image), ("columns", image.T)):
        above = lines[BESIDE:-BESIDE] - (lines[: -2 * BESIDE] + lines[2 * BESIDE :]) / 2
        full = np.abs(np.sign(above).mean(axis=1)) > STRAIGHT
        found += [f"{full.sum()} {name}"] * bool(full.any())
    return LINES.format(" and ".join(found)) if found else ""


def _read(pictures: Mapping[str, Micrograph]) -> pd.DataFrame:
    rows = [
        {
            "label": label,
            "format": picture.format,
            "pixels": " × ".join(map(str, picture.image.shape)),
            "nm per pixel": picture.nm_per_pixel,
            "notes": "; ".join(picture.notes),
        }
        for label, picture in pictures.items()
    ]
    return pd.DataFrame(rows).set_index("label")
