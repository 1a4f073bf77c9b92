"""``nasicon``: read an instrument's file, measure what is in it, write a report.

nasicon read FILE                     what is it, what is in it, what is missing
nasicon measure TECHNIQUE FILES ...   one technique, to a report
nasicon measure FOLDER                every file by its content, one report
nasicon ledger ...                    claims and verdicts of the two papers
"""

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from compendium.program import CommandError, described, measure, needs
from compendium.routing import TECHNIQUES, Routed, route, unreadable


def as_options(message: str) -> str:
    """A notebook's message with the program's own spelling of parameters."""
    return re.sub(r"-p (\w+) ", lambda m: f"--{m[1].replace('_', '-')} ", message)


def found_files(names: Sequence[str]) -> list[Path]:
    """Files that a command names, patterns that the shell left as they are resolved."""
    from compendium.inputs import experiment, input_files

    files = []
    for name in names:
        path = experiment(Path(name).expanduser())
        if path.exists() and (reason := unreadable(path)):
            raise CommandError(f"{path}: {reason}")
        if ";" in name and not path.exists():
            files += input_files(name)
        else:
            files += [path.resolve()] if path.is_file() else input_files(name)
    if len(set(files)) < len(files):
        twice = next(file for file in files if files.count(file) > 1)
        raise CommandError(f"{twice.name} is named twice")
    return files


def _with_values(arguments: Sequence[str], known: Iterable[str]) -> list[str]:
    """``--name value`` as ``--name=value``, so that a value may begin with a minus."""
    flags = {f"--{name.replace('_', '-')}" for name in known}
    joined: list[str] = []
    for word in arguments:
        if joined and joined[-1] in flags and word not in flags:
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _measure_one(technique: str, arguments: list[str]) -> int:
    known = described(technique)
    parser = argparse.ArgumentParser(
        prog=f"nasicon measure {technique}",
        description=f"Measure {technique} files: report.html, tables and figures in one folder.",
        epilog="Without files a small simulated example is analysed, and its numbers say so.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="one, several, or a pattern with *"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the report")
    for name, (kind, text) in known.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            metavar=kind.__name__.upper(),
            help=text.replace("%", "%%"),
        )
    options, left = parser.parse_known_args(_with_values(arguments, known))
    if left:
        flags = [f"--{name.replace('_', '-')}" for name in known]
        near = difflib.get_close_matches(left[0].split("=")[0], flags, n=1)
        hint = f", did you mean {near[0]}?" if near else f"; there are {', '.join(flags)}"
        raise CommandError(f"unknown option {left[0]}{hint}")
    values = {name: v for name in known if (v := getattr(options, name)) is not None}
    report = measure(technique, found_files(options.files), values, options.out)
    sys.stdout.write(f"{report}\n")
    return 0


def _measure_folder(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="nasicon measure",
        description=(
            "Measure every file of a folder by its content, with one report. "
            f"For one technique alone: nasicon measure {{{','.join(TECHNIQUES)}}} FILES ..."
        ),
    )
    parser.add_argument("folder", nargs="+", type=Path, metavar="FOLDER_OR_FILE")
    parser.add_argument("--sample", type=Path, help="sample.yaml: what no file states")
    parser.add_argument("--out", type=Path, required=True, help="folder for the report")
    options = parser.parse_args(arguments)
    from compendium import folders

    report = folders.measure_folder(options.folder, options.sample, options.out)
    sys.stdout.write(f"{report}\n")
    return 0


def _measure(arguments: list[str]) -> int:
    first = arguments[0] if arguments else ""
    if first in TECHNIQUES:
        return _measure_one(first, arguments[1:])
    if first and not first.startswith("-") and not Path(first).exists():
        near = difflib.get_close_matches(first, TECHNIQUES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"techniques: {', '.join(TECHNIQUES)}"
        raise CommandError(f"{first} is neither a technique nor a file nor a folder; {hint}")
    return _measure_folder(arguments or ["--help"])


def _read(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="nasicon read", description="Say what a file is.")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--to", choices=("bdf",), help="write a cell test as Battery Data Format")
    parser.add_argument("--out", type=Path, help="file for --to; default: beside the original")
    options = parser.parse_args(arguments)
    refused = 0
    for path in found_files(options.files):
        found = route(path)
        sys.stdout.write(told(found))
        refused += not found.technique
        if options.to and found.technique:
            sys.stdout.write(f"  written  {to_bdf(found, options.out)}\n")
    return 1 if refused else 0


def told(found: Routed) -> str:
    """What a file is, what is in it, what is missing: a few lines."""
    lines = [str(found.path)]
    if not found.technique:
        return f"{found.path}\n  not read  {found.reason}\n"
    table = found.table
    attrs = getattr(table, "attrs", {})
    plain = "image" if table is None else "table"
    lines.append(f"  is       {found.technique}, {attrs.get('format', plain)}")
    if hasattr(table, "columns"):
        table = table.reset_index() if table.index.name else table
        lines.append(f"  holds    {len(table)} rows")
        lines += [f"  column   {name}  {_span(table[name])}" for name in table.columns]
    elif table is not None:
        lines.append(f"  holds    {dict(getattr(table, 'sizes', {}))}")
        coords = getattr(table, "coords", {})
        lines += [f"  axis     {name}  {_span(coords[name].to_series())}" for name in coords]
    said = {k: v for k, v in attrs.items() if isinstance(v, str | int | float) and v == v and v}
    said = {k: v for k, v in said.items() if k not in ("source", "format")}
    lines += [
        f"  states   {k} {v:.7g}" if isinstance(v, float) else f"  states   {k} {v}"
        for k, v in said.items()
    ]
    lines += [f"  note     {note}" for note in attrs.get("notes", ())]
    header = attrs.get("header", {})
    lines += [f"  header   {k} {v} (shown, not used)" for k, v in header.items() if v != ""]
    if missing := needs(found):
        lines.append(f"  missing  {', '.join(missing)}")
    return "\n".join(lines) + "\n"


def _span(column: pd.Series) -> str:
    """Least and greatest value of a column; of words and whole numbers each, where they are few."""
    values = column.dropna().unique()
    if column.dtype.kind == "f":
        return f"{column.min():.6g} ... {column.max():.6g}"
    return ", ".join(map(str, values)) if len(values) <= 8 else f"{values[0]} ... {values[-1]}"


def to_bdf(found: Routed, target: Path | None) -> Path:
    """Write a cell test as Battery Data Format; nothing that is there is replaced."""
    from nasicon import cycling

    if found.technique != "cycling":
        raise CommandError(f"{found.path.name} is {found.technique}; --to bdf is for cell tests")
    target = target or found.path.with_name(f"{found.path.stem}.bdf.csv")
    if target.exists():
        raise CommandError(f"{target} is there already: give another name with --out")
    cycling.write_bdf(found.table, target)
    return target


def _ledger(arguments: list[str]) -> int:
    from compendium.ledger.__main__ import main as ledger

    return ledger(arguments)


def main(arguments: Iterable[str] | None = None) -> int:
    """Do what the command line says; 1 and one sentence where that cannot be done."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    verbs = {"read": _read, "measure": _measure, "ledger": _ledger}
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(__doc__ + "\nEach has its own --help.\n")
        return 0 if arguments else 1
    name, *rest = arguments
    if name not in verbs:
        near = difflib.get_close_matches(name, verbs, n=1)
        hint = f", did you mean {near[0]}?" if near else f"; there are {', '.join(verbs)}"
        sys.stderr.write(f"nasicon: unknown command {name!r}{hint}\n")
        return 1
    try:
        return verbs[name](rest)
    except (ValueError, OSError, RuntimeError, KeyError) as error:
        sentence, _, template = str(error).partition("\n\n")
        sys.stderr.write(f"nasicon: {as_options(' '.join(sentence.split()))}\n")
        sys.stdout.write(template)  # a sample.yaml to fill in
        return 1


if __name__ == "__main__":
    sys.exit(main())
