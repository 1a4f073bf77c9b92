"""The rates in docs/trust.md, from what the studies leave in benchmarks/trust.

``python -m tools.trust`` writes them between the marks of the page; its other words stand there.
"""

import numpy as np
import pandas as pd

from compendium.paths import repository_root
from nasicon.core.atomic import write_atomically
from tools.publish import filled

MARKS = ("<!-- rates: written by `python -m tools.trust` -->", "<!-- /rates -->")
TITLES = {
    "coverage": "How often 95 % intervals hold the truth",
    "type I error": "True null models that a comparison at 5 % rejects",
    "misfit, false alarms": "Right models that are flagged (should be 2 % at most)",
    "misfit, flagged": "Wrong models that are flagged (should be 95 % at least)",
    "systematic, flagged": "Numbers that carry `systematic`",
    "misfit, not seen": "Wrong models that residuals show seldom or not",
    "global minimum": "Hard random problems that end in the global minimum",
}


def tables(rates: pd.DataFrame) -> str:
    """Markdown of the rates, a section for each kind."""
    parts = [MARKS[0]]
    for prefix, title in TITLES.items():
        parts += ["", f"## {title}", "", "| technique | what | % | draws |", "|---|---|---|---|"]
        chosen = rates[rates["what"].str.startswith(prefix)]
        for row in chosen.sort_values(["technique", "what"], kind="stable").itertuples():
            share, what = row.value_percent / 100, row.what.removeprefix(prefix).strip(" ,:")
            error = 100 * np.sqrt(share * (1 - share) / row.draws)
            value = f"{row.value_percent:.1f} ± {error:.1f}"
            parts.append(f"| {row.technique} | {what.replace('||', '‖')} | {value} | {row.draws} |")
    return "\n".join([*parts, MARKS[1]])


if __name__ == "__main__":
    root = repository_root()
    studied = pd.concat(map(pd.read_csv, sorted((root / "benchmarks/trust").glob("*.csv"))))
    page = root / "docs/trust.md"
    text = filled(page.read_text(encoding="utf-8"), tables(studied), page.name, MARKS)
    write_atomically(page, text)
