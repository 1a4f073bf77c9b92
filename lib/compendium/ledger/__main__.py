"""Command line of the ledger: ``python -m compendium.ledger VERB``.

``build`` writes it, ``issues`` tells it, ``list`` names rows, ``why ID`` explains one,
``intervals`` and ``sensitivity`` say which verdicts rest on our own assumptions, ``settle
ID`` applies a row's criterion to a measurement of one's own.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from compendium import published
from compendium.ledger import stories
from compendium.ledger.build import build, check_rows, claim_rows, depends_on_intervals
from compendium.ledger.sensitivity import sensitivity
from compendium.ledger.settle import settle
from compendium.ledger.verdict import STATUSES
from compendium.ledger.words import explained
from nasicon.core.atomic import WriteError, write_atomically

COMMITTED, README = Path("results/ledger.csv"), Path("README.md")
README_MARKS = (
    "<!-- ledger: written by `python -m compendium.ledger readme` -->",
    "<!-- /ledger -->",
)


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
    table = build(args.data)
    write_csv(table, args.out)
    counts = pd.crosstab(table["row_type"], table["status"])
    return f"{counts.to_string()}\n{len(table)} rows in {args.out}"


def _list(args: argparse.Namespace) -> str:
    table = build(args.data)
    if args.status:
        table = table[table["status"] == args.status]
    if args.paper:
        table = table[table["paper"] == args.paper]
    return table[["row_type", "id", "status", "subject"]].to_string(index=False, max_colwidth=70)


def _in_full(rows: pd.DataFrame) -> str:
    told = rows.drop(columns="subject").map(_cell).to_dict("records")
    return "\n\n".join("\n".join(f"{k:20s} {v}" for k, v in row.items() if v != "") for row in told)


def _why(args: argparse.Namespace) -> str:
    """Question and answer, then equation, source and every number that enters, then the row."""
    facts, rows = published.facts(), _row(build(args.data), args.id)
    answers = [f"{row.question}\n{row.status}: {row.reading}" for row in rows.itertuples()]
    names = [args.id, *(n for n in " ".join(rows["decided_by"]).split() if n != args.id)]
    checks, claims = check_rows(facts), claim_rows(facts)
    held = [checks[name] for name in dict.fromkeys(names) if name in checks]
    held += [claims[args.id]] if args.id in claims else []
    parts = ["\n".join(explained(row)) for row in held]
    return "\n\n".join([*answers, *parts, _in_full(rows)])


def _issues(args: argparse.Namespace) -> str:
    """The issues in order of weight, then the counts."""
    table = build(args.data)
    told = [
        f"{s.title}\n  claimed: {s.claimed}\n  the numbers: {s.allowed}\n  would settle it: "
        f"{s.settle}\n  rows: {len(s.rows)}"
        for s in stories.stories(table)
    ]
    return "\n\n".join([*told, stories.counts(table).to_string()])


def _readme(args: argparse.Namespace) -> str:
    """Write the README's table between its marks."""
    text = README.read_text(encoding="utf-8")
    start, end = (text.find(mark) for mark in README_MARKS)
    if not 0 <= start < end:
        raise ValueError(f"{README}: the marks {README_MARKS} are missing")
    table = stories.readme_table(build(args.data))
    write_atomically(README, f"{text[: start + len(README_MARKS[0])]}\n{table}\n{text[end:]}")
    return f"{README}: {len(stories.HEADLINES)} rows"


def _settle(args: argparse.Namespace) -> str:
    """Apply a criterion; a decided row goes into a ledger of one's own."""
    if args.out.resolve() == COMMITTED.resolve():
        raise ValueError(f"{args.id}: {COMMITTED} is the compendium's; choose another --out")
    table = pd.read_csv(args.ledger, dtype=str, keep_default_na=False)
    settled, text = settle(table, args.id, args.sample, args.findings, published.facts())
    if settled is table:
        return f"{text} Nothing written."
    write_atomically(args.out, settled.to_csv(index=False, lineterminator="\n"))
    return f"{text}\n{len(settled)} rows in {args.out}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m compendium.ledger", description=__doc__.splitlines()[0]
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--data", type=Path, default=Path("data/simulated"), help="folder of recovery tables"
    )

    def add(name: str, run: object, text: str, *, of_row: bool = False) -> argparse.ArgumentParser:
        verb = verbs.add_parser(name, parents=[common], help=text)
        verb.set_defaults(run=run)
        if of_row:
            verb.add_argument("id")
        return verb

    add("build", _build, "write the ledger").add_argument("--out", type=Path, default=COMMITTED)
    verb = add("list", _list, "ids and statuses")
    verb.add_argument("--status", choices=STATUSES)
    verb.add_argument("--paper", choices=("A", "B"), help="LATP or LAGP")
    add("why", _why, "one row with its equation and the numbers that enter", of_row=True)
    add("issues", _issues, "the questions, in order of weight")
    add("sensitivity", lambda _: sensitivity(), "verdicts that change when one assumption does")
    add(
        "intervals",
        lambda _: depends_on_intervals(),
        "verdicts that rest on the experimental intervals",
    )
    add("readme", _readme, "write the README's table")
    verb = add("settle", _settle, "apply a row's criterion to your findings", of_row=True)
    verb.add_argument("--as", dest="sample", required=True, help="sample of the papers")
    verb.add_argument("--findings", type=Path, required=True, help="your findings.csv")
    verb.add_argument("--ledger", type=Path, default=COMMITTED)
    verb.add_argument("--out", type=Path, default=Path("ledger.csv"))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one verb; a wrong id or table ends with its message and exit code 1."""
    args = _parser().parse_args(argv)
    try:
        told = args.run(args)
        print(told if isinstance(told, str) else told.to_string(index=False))  # noqa: T201
    except (KeyError, ValueError, OSError, WriteError) as error:
        plain = error.args[0] if isinstance(error, KeyError) else error  # str() would quote it
        print(plain, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
