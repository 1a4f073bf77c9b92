"""Figures of the ledger: how many of what, and how far printed and computed numbers lie apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from compendium.ledger.verdict import STATUSES
from nasicon.core import style

COLOURS = {
    "agrees": style.DOPED,
    "differs": style.ORANGE,
    "contradicts": style.PRINTED,
    "established": style.UNDOPED,
    "hypothesis": style.FOURTH,
    "not testable": "#BBBBBB",
    "input": style.SHADE,
}


def statuses(table: pd.DataFrame) -> Figure:
    """Draw the number of rows of each status, by paper and kind of row."""
    groups = {
        "checks, LAGP paper": ("check", "B"),
        "checks, LATP paper": ("check", "A"),
        "claims, LAGP paper": ("claim", "B"),
        "claims, LATP paper": ("claim", "A"),
    }
    figure, ax = style.subplots(1, 1, width=style.PAGE_INCH, height=1.9)
    for y, (kind, paper) in enumerate(groups.values()):
        rows = table[(table["row_type"] == kind) & (table["paper"] == paper)]
        left = 0
        for status in STATUSES:
            count = int((rows["status"] == status).sum())
            ax.barh(
                y,
                count,
                left=left,
                height=0.66,
                color=COLOURS[status],
                ec="white",
                lw=0.5,
                label=status if y == 0 else None,
            )
            if count > 5:
                ax.text(left + count / 2, y, str(count), ha="center", va="center", fontsize=7)
            left += count
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set_xlabel("rows of the ledger")
    figure.legend(loc="outside upper center", ncols=len(STATUSES), columnspacing=1.0)
    style.badge(figure, "derived")
    return figure


def deviations(table: pd.DataFrame, ids: list[str]) -> Figure:
    """Draw computed against printed, in per cent of the printed value.

    Thick: rounding interval; thin: what experiments scatter. ``table``: rows of
    the ledger with numeric ``computed, lo, hi, exp_lo, exp_hi, stated``.
    """
    rows = table.set_index("id").loc[ids]
    stated = pd.to_numeric(rows["stated"])
    relative = {
        column: 100 * (pd.to_numeric(rows[column]) / stated - 1)
        for column in ("computed", "lo", "hi", "exp_lo", "exp_hi")
    }
    y = np.arange(len(rows))[::-1]
    figure, ax = style.subplots(1, 1, width=style.PAGE_INCH, height=0.2 * len(rows) + 0.9)
    colours = [COLOURS[status] for status in rows["status"]]
    ax.hlines(y, relative["exp_lo"], relative["exp_hi"], color=colours, lw=1.0)
    ax.hlines(y, relative["lo"], relative["hi"], color=colours, lw=4.5, alpha=0.7)
    ax.scatter(relative["computed"], y, marker="|", s=46, color=style.INK, lw=1.2, zorder=3)
    ax.axvline(0, color=style.PRINTED, ls="--", lw=1.0)
    ax.set_xscale("symlog", linthresh=5)
    ax.set_xticks([-50, -5, 0, 5, 50], ["−50", "−5", "0", "5", "50"])
    ax.minorticks_off()
    ax.set_yticks(y, rows.index)
    ax.set_ylim(-0.8, len(rows) - 0.2)
    ax.set_xlabel("computed − printed (% of the printed value)")
    for status in dict.fromkeys(rows["status"]):
        ax.plot([], [], lw=4.5, alpha=0.7, color=COLOURS[status], label=status)
    figure.legend(loc="outside upper center", ncols=4)
    style.badge(figure, "derived", "thick: rounding, thin: experimental scatter")
    return figure
