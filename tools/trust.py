"""The page docs/trust.md, from the rates that the studies leave in benchmarks/trust.

``python -m tools.trust [--check]``; with ``--check`` nothing is written, and the exit status
is 1 where the page is not that of the rates.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd

from compendium.paths import repository_root

#: Technique: what its interval contains, what it leaves out, what its misfit is judged by.
INTERVALS = {
    "impedance": (
        "the scatter of the fit with all correlations, the thickness where its error is given",
        "a skewed arc's pull on an intercept (tabulated beside it), leads, the electrode's edge",
        "scatter about a Kramers-Kronig consistent curve; neighbours that share residuals",
    ),
    "NMR": (
        "the scatter, widened for noise with memory (zero filling, apodisation)",
        "referencing, excitation profile, spinning sidebands, a distribution of couplings",
        "scatter where there are no lines, under the lines and over the whole axis; sums of "
        "neighbours",
    ),
    "Raman": (
        "the scatter, widened for noise with memory; the baseline under the bands",
        "the shape of the bands, cross sections, the laser's polarisation",
        "scatter of the residuals over distances that no band follows; sums of neighbours; "
        "equal highest points (saturation)",
    ),
    "powder diffraction": (
        "counting statistics and what the model leaves of the lines, with its memory; in cells "
        "0.02 deg each of zero error, axial divergence and transparency (over-covers where the "
        "instrument is better)",
        "microabsorption (a band over 1 to 20 um, told where absorption differs more than twofold "
        "or it makes more than 5 points), texture and surface unless refined (told with their "
        "size where the data ask for them), powders mixed unevenly, amorphous matter",
        "the share of the lines' signal that is left (15 %); a peak of 5 % of the strongest "
        "that belongs to no phase; a phase with lines as broad as below 5 nm",
    ),
    "photoemission": (
        "the scatter; the charge reference where it is given",
        "sensitivity factors, the choice of background",
        "differences of neighbouring residuals; neighbours that share residuals",
    ),
    "energy loss": (
        "counting statistics, times the root of the reduced chi2 where that is a misfit",
        "the shape of the edges, which is held, plural scattering; a detector's gain",
        "counting statistics; a background that falls like no core loss",
    ),
    "strain microscopy": (
        "the scatter, its memory in relaxation; neighbouring pixels counted as few",
        "the tip's calibration, electrostatic response, crosstalk of the topography",
        "residuals with structure in most pixels; height over noise of amplitudes alone; equal "
        "highest points of a decay (clipping)",
    ),
    "cells": (
        "the scatter of cycles with its memory, Student's t of the effective number of them",
        "calibration of current and mass; a fade that is no straight line",
        "none: see the curve; what a capacity cannot be",
    ),
    "transport": (
        "the scatter (Student's t), or stated errors of conductivity and temperature",
        "a thermometer off by the same everywhere, a bend of the line",
        "none: see the curvature",
    ),
    "joint fit of a series": (
        "noise, scatter of the resistances with its width not known, stated priors",
        "a bend of the bulk's line unless it is shared by name (it looks like leads), shapes that "
        "move with temperature",
        "residuals that neighbours in frequency share",
    ),
}
HEAD = (
    "# What the numbers are worth\n\n"
    "Made from the studies (`make study`, `python -m benchmarks.global_minima`) by "
    "`python -m tools.trust`; each rate is of so many random draws, ± its binomial standard "
    "error. A number with a blocking flag is no result.\n\n"
    "**Intervals** are 95 %. A parameter that ends on a bound has an upper (or lower) limit "
    "instead: 95 % of what lies inside the bound.\n\n"
    "**`misfit`** stands on every number of a fit whose residuals are 1.25 times the noise or "
    "more (and more than chance), whose neighbouring residuals go together or add up to more than "
    "noise does, or that leaves out a line. **`not_identifiable`** stands on a site or band "
    "without which the fit is as good."
    "\n\n**Starts** are placed against each other (arcs, sites, bands) by linear least squares "
    "over all combinations; `FitResult.starts_tried` and `.starts_agreeing` say how many there "
    "were, and how many of those carried to the end agree.\n"
)
TITLES = {
    "coverage": "How often 95 % intervals hold the truth",
    "type I error": "True null models that a comparison at 5 % rejects",
    "misfit, false alarms": "Right models that are flagged (should be 2 % at most)",
    "misfit, flagged": "Wrong models that are flagged (should be 95 % at least)",
    "systematic, flagged": "Numbers that carry `systematic`",
    "misfit, not seen": "Wrong models that residuals show seldom or not",
    "global minimum": "Hard random problems that end in the global minimum",
}


def page(rates: pd.DataFrame) -> str:
    """Markdown of the page."""
    parts = [HEAD, "## What the intervals contain\n", _intervals()]
    for prefix, title in TITLES.items():
        chosen = rates[rates["what"].str.startswith(prefix)]
        if chosen.empty:
            continue
        parts += [f"## {title}\n", _table(chosen, prefix)]
    return "\n".join(parts)


def _intervals() -> str:
    rows = ["| technique | contained | left out | misfit is judged by |", "|---|---|---|---|"]
    rows += [f"| {name} | {' | '.join(texts)} |" for name, texts in INTERVALS.items()]
    return "\n".join(rows) + "\n"


def _table(rates: pd.DataFrame, prefix: str) -> str:
    rows = ["| technique | what | % | draws |", "|---|---|---|---|"]
    for row in rates.sort_values(["technique", "what"], kind="stable").itertuples():
        share, what = row.value_percent / 100, row.what.removeprefix(prefix).strip(" ,:")
        error = 100 * np.sqrt(share * (1 - share) / row.draws)
        value = f"{row.value_percent:.1f} ± {error:.1f}"
        rows.append(f"| {row.technique} | {what.replace('||', '‖')} | {value} | {row.draws} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    root = repository_root()
    tables = [pd.read_csv(path) for path in sorted((root / "benchmarks/trust").glob("*.csv"))]
    text, path = page(pd.concat(tables)), root / "docs/trust.md"
    if check:
        sys.exit(int(not path.is_file() or path.read_text(encoding="utf-8") != text))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
