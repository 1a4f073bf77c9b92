"""What simulated measurements add to a reading: what could be resolved, never a status."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from compendium.published import Facts
from nasicon.core import vocabulary
from nasicon.core.interval import sig

COLUMNS = str.split(
    "notebook claim_id sample quantity value stderr ci_low ci_high unit evidence method flag"
)
FLAGS = {name: flag.meaning for name, flag in vocabulary.FLAGS.items()} | {
    "at_bound": "the fit ends at a bound",
    "not_identifiable": "the value could not be resolved",
    "not_converged": "the fit does not converge",
    "correlated": "the value is correlated with another parameter",
    "outside_window": "its arc lies outside the measured window, and the model's own "
    "error comes on top",
}


def simulated_remarks(results_dir: Path | str, facts: Facts) -> dict[str, str]:
    """One remark per claim that a simulated finding names.

    Reads ``results_dir/*/findings.csv`` in alphabetical order; a folder without
    one, or no folder at all, simply adds nothing.

    Raises
    ------
    ValueError
        A findings file without the required columns, or with an unknown claim or flag.
    """
    known = set(facts.claim_table["id"]) | set(facts.check_table["check_id"])
    remarks: dict[str, list[str]] = {}
    for path in sorted(Path(results_dir).glob("*/findings.csv")):
        table = pd.read_csv(path, dtype={"claim_id": str, "flag": str}, keep_default_na=True)
        if missing := [c for c in COLUMNS if c not in table.columns]:
            raise ValueError(f"{path}: columns {missing} are missing, got {list(table.columns)}")
        chosen = table[(table["evidence"] == "simulated") & table["claim_id"].notna()]
        for row in chosen.to_dict("records"):
            if row["claim_id"] not in known:
                raise ValueError(f"{path}: claim_id {row['claim_id']!r} is no claim and no check")
            remarks.setdefault(row["claim_id"], []).append(_remark(row, path))
    return {claim_id: " ".join(sorted(set(found))) for claim_id, found in remarks.items()}


def _remark(row: dict[str, object], path: Path) -> str:
    flags = [f for f in str(row["flag"]).split(";") if f and f != "nan"]
    if unknown := [f for f in flags if f not in FLAGS]:
        raise ValueError(f"{path}: flags {unknown} are unknown; known are {', '.join(FLAGS)}")
    caveats = "; ".join(FLAGS[f] for f in flags)
    start = f"In simulation ({row['notebook']})"
    if "not_identifiable" in flags or pd.isna(row["value"]):
        return f"{start}, such a measurement could not resolve it" + (
            f": {caveats}." if caveats else "."
        )
    # only the width: that the number put in comes out again says nothing about the paper
    if pd.isna(row["ci_low"]) or pd.isna(row["ci_high"]):
        return f"{start}, such a measurement gives no interval" + (
            f": {caveats}." if caveats else "."
        )
    half = (float(row["ci_high"]) - float(row["ci_low"])) / 2
    width = f"{sig(half, 2)} eV" if row["unit"] == "eV" else _percent(half, float(row["value"]))
    text = f"{start}, one such measurement would resolve it to +-{width}"
    return text + (f"; {caveats}." if caveats else ".")


def _percent(half: float, value: float) -> str:
    return f"{sig(100 * half / abs(value), 2)} %" if value else f"{sig(half, 2)}"
