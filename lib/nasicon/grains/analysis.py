"""Micrographs to grain sizes, as a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
from matplotlib.figure import Figure

from nasicon.core import report
from nasicon.core.findings import Findings
from nasicon.core.report import Report
from nasicon.grains import draw_grains as draw
from nasicon.grains.fit_sizes import GrainSizes, compare_sizes, measure_grains, segment
from nasicon.grains.read_micrographs import Micrograph

METHOD = "watershed on ridges, ASTM E112 lines"
ASSUMED = (
    "Look at the outlines before you use a number: on fracture surfaces a segmentation follows "
    "relief, not grains.",
    "Only whole grains have a diameter; large ones are cut by the frame more often, and sections "
    "of crystals are smaller than the crystals.",
)


def analyse(
    pictures: Micrograph | Mapping[str, Micrograph],
    *,
    boundaries: str = "dark",
    boundary_pixels: float = 2.0,
    merge_pixels: float = 2.5,
    seed: int = 1,
    evidence: str = "measured",
    notebook: str = "measure_grains",
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
    found = {}
    for label, picture in shown.items():
        outlined = segment(
            picture.image,
            boundaries=boundaries,
            boundary_pixels=boundary_pixels,
            merge=merge_pixels,
        )
        found[label] = measure_grains(outlined, picture.nm_per_pixel)
    findings, parameters = Findings(notebook), []
    for label, sizes in found.items():
        rows = [{"method": METHOD, **row} for row in sizes.table(seed=seed).to_dict("records")]
        parameters.append(report.rows_of(label, ({"name": r["quantity"], **r} for r in rows)))
        report.add_rows(findings, rows, sample=label, evidence=evidence)
    first = next(iter(found))
    for label in list(found)[1:]:
        ratio = compare_sizes(*(found[n].grains["diameter_nm"] for n in (label, first)))
        row = {
            "quantity": f"diameter over that of {first}",
            "value": ratio.value,
            "ci_low": ratio.low,
            "ci_high": ratio.high,
            "unit": "1",
            "method": "Welch's test on logarithms",
        }
        report.add_rows(findings, [row], sample=label, evidence=evidence)
    grains = report.joined((s.grains.assign(file=n) for n, s in found.items()), ["file"])
    return Report(
        title="Grains of " + ", ".join(found) if len(found) < 4 else "Grains",
        findings=findings,
        read=_read(shown),
        parameters=report.joined(parameters),
        curves=grains[["file", *grains.columns.drop("file")]],
        figures={
            f"grains_{report.file_stem(n)}": _outlines(shown[n], s, n, evidence)
            for n, s in found.items()
        },
        checks={"grains": _checks(found)},
        assumed=ASSUMED,
        details=found,
    )


def _outlines(
    picture: Micrograph, sizes: GrainSizes, name: str, evidence: str
) -> Callable[[], Figure]:
    return lambda: draw.outlines(picture.image, sizes, title=name, evidence=evidence)


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


def _checks(found: Mapping[str, GrainSizes]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "whole grains": {n: len(s.grains) for n, s in found.items()},
            "rows over columns": {n: s.direction_ratio for n, s in found.items()},
        }
    )
