"""Figures of the ledger: how many of what, and how far printed and computed numbers lie apart."""

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
            look = {"color": COLOURS[status], "ec": "white", "lw": 0.5, "label": status}
            ax.barh(y, count, left=left, height=0.66, **look)
            if count > 3:
                ink = "white" if status in ("established", "contradicts") else style.INK
                words = {"ha": "center", "va": "center", "fontsize": 7, "color": ink}
                ax.text(left + count / 2, y, str(count), **words)
            left += count
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set_xlabel("rows of the ledger")
    style.legend_above(figure, ax)
    return style.badge(figure, "derived")


def deviations(table: pd.DataFrame, ids: list[str]) -> Figure:
    """Draw printed against computed, in per cent of the computed value: the ledger's sign.

    Thick: rounding interval; thin: what experiments scatter. ``table``: rows of
    the ledger with numeric ``computed, lo, hi, exp_lo, exp_hi, stated``.
    """
    rows = table.set_index("id").loc[ids]
    stated = pd.to_numeric(rows["stated"])
    off = {
        column: 100 * (stated / pd.to_numeric(rows[column]) - 1)
        for column in ("computed", "lo", "hi", "exp_lo", "exp_hi")
    }
    y = np.arange(len(rows))[::-1]
    figure, ax = style.subplots(1, 1, width=style.PAGE_INCH, height=0.2 * len(rows) + 0.9)
    colours = [COLOURS[status] for status in rows["status"]]
    ax.hlines(y, off["exp_lo"], off["exp_hi"], color=colours, lw=1.0)
    ax.hlines(y, off["lo"], off["hi"], color=colours, lw=4.5, alpha=0.7)
    for status in (status for status in STATUSES if status in set(rows["status"])):
        here = (rows["status"] == status).to_numpy()
        look = {"color": COLOURS[status], "mec": style.INK, "mew": 0.5, "label": status}
        ax.plot(off["computed"][here], y[here], "D", ms=4, **look)
    ax.axvline(0, color=style.INK, lw=0.7)
    ax.set_xscale("symlog", linthresh=5)
    ax.set_xticks([-50, -5, 0, 5, 50], ["−50", "−5", "0", "5", "50"])
    ax.minorticks_off()
    ax.set_yticks(y, rows["question"], fontsize=6)
    far = 2 * max(abs(off[column]).max() for column in off)
    ax.set(xlim=(-far, far), ylim=(-0.8, len(rows) - 0.2))
    ax.set_xlabel("printed − computed (% of the computed value)")
    style.legend_above(figure, ax)
    return style.badge(
        figure, "derived", "thick: rounding, thin: experimental scatter; linear within ±5 %"
    )
