"""Command line of the ledger: ``python -m compendium.ledger VERB``.

``build`` writes it, ``list`` and ``contradicts`` list rows, ``paper A`` sums up one paper,
``show ID`` and ``why ID`` explain one row, ``intervals`` and ``sensitivity`` say which
verdicts rest on our own assumptions.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd

from compendium import published
from compendium.ledger.build import build, depends_on_intervals
from compendium.ledger.registry import CHECKS, CLAIM_VALUES, case
from compendium.ledger.sensitivity import sensitivity
from compendium.ledger.verdict import STATUSES
from compendium.scatter import Scatter
from nasicon.core.atomic import WriteError, write_atomically


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write the ledger in one step: six significant digits, sorted rows, LF line ends."""
    table = table.sort_values(["row_type", "id"], kind="stable").map(_cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, table.to_csv(index=False, lineterminator="\n"))


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if value != value else f"{value:.6g}"
    return value


def _row(table: pd.DataFrame, row_id: str) -> pd.DataFrame:
    found = table[table["id"] == row_id]
    if found.empty:
        raise KeyError(f"no claim and no check {row_id!r}; `list` shows all ids")
    return found


def _build(args: argparse.Namespace) -> str:
    table = build(args.results)
    write_csv(table, args.out)
    counts = pd.crosstab(table["row_type"], table["status"])
    return f"{counts.to_string()}\n{len(table)} rows in {args.out}"


def _list(args: argparse.Namespace) -> str:
    table = build(args.results)
    if args.status:
        table = table[table["status"] == args.status]
    return table[["row_type", "id", "status", "subject"]].to_string(index=False, max_colwidth=70)


def _show(args: argparse.Namespace) -> str:
    rows = _row(build(args.results), args.id).map(_cell).to_dict("records")
    return "\n\n".join("\n".join(f"{k:20s} {v}" for k, v in row.items() if v != "") for row in rows)


def _why(args: argparse.Namespace) -> str:
    """Formula, source and every number that enters."""
    facts = published.facts()
    lines = []
    for kind, registry in (("check", CHECKS), ("claim", CLAIM_VALUES)):
        if args.id not in registry:
            continue
        if kind == "check":
            row = facts.check(args.id)
            lines += [f"{k:12s} {row[k]}" for k in ("question", "formula", "source", "basis")]
        entry = registry[args.id]
        lines.append(f"computed by  {entry.name}: {entry.function.__doc__.splitlines()[0]}")
        for claim_id in case(kind, args.id, facts, Scatter(facts)).inputs:
            claim = facts.claim(claim_id)
            width = f" +- {claim.half_width:g}" if claim.half_width == claim.half_width else ""
            lines.append(f"  {claim_id:24s} {claim.printed}{width} {claim.unit}")
    return "\n".join([*lines, _show(args)])


def _contradicts(args: argparse.Namespace) -> str:
    """Everything that survives rounding, experimental scatter and stated assumptions."""
    table = build(args.results)
    return _readings(table[table["status"] == "contradicts"]) or "nothing contradicts"


def _paper(args: argparse.Namespace) -> str:
    """Counts, then what stands and what does not among the load-bearing claims."""
    table = build(args.results)
    table = table[table["paper"] == args.paper]
    counts = pd.crosstab(table["row_type"], table["status"]).to_string()
    load = table[(table["row_type"] == "claim") & (table["load_bearing"] == "yes")]
    parts = [f"Paper {args.paper}", counts]
    for status in ("contradicts", "differs", "hypothesis", "agrees"):
        rows = load[load["status"] == status]
        if len(rows):
            parts.append(f"{status}, load-bearing claims ({len(rows)}):\n{_readings(rows)}")
    return "\n\n".join(parts)


def _readings(rows: pd.DataFrame) -> str:
    return "\n".join(f"  {row.id}: {row.reading}" for row in rows.itertuples())


def _sensitivity(args: argparse.Namespace) -> str:
    return sensitivity().to_string(index=False)


def _intervals(args: argparse.Namespace) -> str:
    return depends_on_intervals().to_string(index=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m compendium.ledger", description=__doc__.splitlines()[0]
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--results", type=Path, default=Path("results"), help="folder with */findings.csv"
    )
    verb = verbs.add_parser("build", parents=[common], help="write the ledger")
    verb.add_argument("--out", type=Path, default=Path("results/ledger.csv"))
    verb.set_defaults(run=_build)
    verb = verbs.add_parser("list", parents=[common], help="ids and statuses")
    verb.add_argument("--status", choices=STATUSES)
    verb.set_defaults(run=_list)
    for name, run, text in (
        ("show", _show, "one row in full"),
        ("why", _why, "one row with its formula and the numbers that enter"),
    ):
        verb = verbs.add_parser(name, parents=[common], help=text)
        verb.add_argument("id")
        verb.set_defaults(run=run)
    verb = verbs.add_parser("contradicts", parents=[common], help="what no scatter explains")
    verb.set_defaults(run=_contradicts)
    verb = verbs.add_parser("paper", parents=[common], help="one paper in short")
    verb.add_argument("paper", choices=("A", "B"))
    verb.set_defaults(run=_paper)
    verb = verbs.add_parser("sensitivity", help="verdicts that change when one assumption does")
    verb.set_defaults(run=_sensitivity)
    verb = verbs.add_parser("intervals", help="verdicts that rest on the experimental intervals")
    verb.set_defaults(run=_intervals)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one verb; a wrong id or table ends with its message and exit code 1."""
    args = _parser().parse_args(argv)
    try:
        print(args.run(args))  # noqa: T201
    except (KeyError, ValueError, OSError, WriteError) as error:
        plain = error.args[0] if isinstance(error, KeyError) else error  # str() would quote it
        print(plain, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
