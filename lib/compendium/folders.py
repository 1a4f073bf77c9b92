"""A folder of mixed files measured in one go: routed by content, one report for all."""

import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from compendium import program
from compendium.provenance import refuse_committed
from compendium.routing import TECHNIQUES, Routed, route
from nasicon.core.files import labels
from nasicon.core.report import RECORD, deliver, page, table_html
from nasicon.core.text import decode, read_bytes
from nasicon.transport.read_temperature import temperature_from_name, without_temperature

MOST = 500  # files: more is not a folder of measurements but a disk
FEWEST_SERIES = 3
SKIP = "skip"  # a section of this word alone leaves a technique's files out
SAMPLE_HEAD = """\
# What no file states. Fill in, save as sample.yaml, and run the same command with
# --sample sample.yaml. A file that differs from the others has a section of its own:
# files:
#   pellet_b.mpt: {thickness_mm: 0.98}
# A technique that is to be left out: "eels: skip".
"""
BODY = re.compile(r"<body><h1>(.*?)</h1>\n(.*)\n</body>", re.S)


@dataclass
class Group:
    """Files that one notebook measures together, with the values that they share."""

    technique: str
    files: list[Path]
    values: dict[str, object]
    name: str = ""
    routed: list[Routed] = field(default_factory=list)


def measure_folder(places: Sequence[Path], sample: Path | None, out: Path) -> Path:
    """Measure every file of some folders, and put one report into another folder.

    Parameters
    ----------
    places : sequence of Path
        Folders (their visible files, those below included), or files.
    sample : Path, optional
        A ``sample.yaml`` with what no file states.
    out : Path

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    CommandError
        Nothing could be measured, or quantities are missing: all of them are named at once,
        with a ``sample.yaml`` to fill in.
    """
    refuse_committed(out)
    files = listed(places, out)
    stated = read_sample(sample) if sample else {}
    if absent := {*(stated.get("files") or {})} - {file.name for file in files}:
        raise program.CommandError(f"{sample}: no file {', '.join(sorted(absent))} to measure")
    skipped = {name for name, section in stated.items() if section == SKIP}
    routed = [
        Routed(r.path, reason=f"{r.technique} is left out as asked")
        if r.technique in skipped
        else r
        for r in map(route, files)
    ]
    names = {f: f"{n}{f.suffix}" for f, n in zip(files, labels(files), strict=True)}
    groups = grouped([r for r in routed if r.technique], stated)
    if not groups:
        reasons = "; ".join(f"{names[r.path]}: {r.reason}" for r in routed[:5])
        raise program.CommandError(f"none of {len(files)} files could be placed ({reasons})")
    if missing := lacking(groups):
        raise program.CommandError(asked(missing))
    lost = {r.path: r.reason for r in routed if not r.technique}
    with tempfile.TemporaryDirectory(prefix="nasicon-") as stage:
        done = _measured(groups, Path(stage), lost)
        if not done:
            reasons = "; ".join(f"{names[path]}: {reason}" for path, reason in lost.items())
            raise program.CommandError(f"nothing could be measured ({reasons})")
        made = {}
        for group in done:
            below = Path(stage) / group.name
            for path in below.rglob("*"):
                if path.is_file() and path.name != RECORD:
                    made[f"{group.name}/{path.relative_to(below).as_posix()}"] = path.read_bytes()
        made["findings.csv"] = _together(Path(stage), done, "findings.csv")
        title = f"Measurements in {', '.join(p.name or str(p) for p in places)}"
        made["report.html"] = _page(title, done, Path(stage), lost, names).encode()
        record = {"measured": {g.name: [f.name for f in g.files] for g in done}}
        return deliver(made, out, record)


def listed(places: Sequence[Path], out: Path) -> list[Path]:
    """Files of the places, hidden ones and the report's own left out."""
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            found = sorted(p for p in place.rglob("*") if not p.is_dir())
            inside = [p for p in found if not _hidden(p.relative_to(place))]
            files += [p for p in inside if not _reported(p, place, out)]
        elif place.exists():
            files.append(place)
        else:
            raise program.CommandError(f"{place} is neither a file nor a folder")
    if not files:
        raise program.CommandError(f"{', '.join(map(str, places))} holds no files")
    if len(files) > MOST:
        raise program.CommandError(
            f"{len(files)} files are more than {MOST}: name a smaller folder"
        )
    return list(dict.fromkeys(file.absolute() for file in files))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _reported(path: Path, place: Path, out: Path) -> bool:
    """Whether a file belongs to a report, this or an earlier one."""
    if path.is_relative_to(out) or path.suffix in (".yaml", ".yml"):
        return True
    above = [p for p in path.parents if p.is_relative_to(place)]
    return any((p / RECORD).is_file() and (p / "report.html").is_file() for p in above)


def read_sample(path: Path) -> dict[str, object]:
    """Content of a ``sample.yaml``: sections by technique, and ``files``.

    Raises
    ------
    CommandError
        It is no such file.
    """
    import yaml

    class Once(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict:
            """Refuse a name that stands twice, of which YAML would take the last."""
            for name, count in Counter(str(key.value) for key, _ in node.value).items():
                if count > 1:
                    raise yaml.YAMLError(f"{name!r} stands {count} times")
            return super().construct_mapping(node, deep)

    try:
        content = yaml.load(decode(read_bytes(path), path.name), Once) or {}
    except yaml.YAMLError as error:
        raise program.CommandError(f"{path}: no YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise program.CommandError(f"{path} must hold 'technique:' sections, got {content!r:.80}")
    for name, section in content.items():
        if name not in (*TECHNIQUES, "files", "sample"):
            known = ", ".join(("sample", *TECHNIQUES, "files"))
            raise program.CommandError(f"{path}: unknown section {name!r}; there are {known}")
        if name != "sample" and section not in (None, SKIP) and not isinstance(section, dict):
            raise program.CommandError(
                f"{path}: section {name} must hold 'name: value' lines, or the word {SKIP}"
            )
    return content


def grouped(routed: Sequence[Routed], stated: Mapping[str, object]) -> list[Group]:
    """Files that are measured together: one technique, the same values; series of spectra apart."""
    own = stated.get("files") or {}
    groups: dict[tuple[str, str], Group] = {}
    for found in _series(routed):
        technique = found.technique
        of_file = own.get(found.path.name) or {}
        values = {**(stated.get(technique) or {})}
        if found.states("wavelength_angstrom"):
            values.pop("wavelength_angstrom", None)  # it is for files that state none
        if technique == "transport":
            values = {**(stated.get("eis") or {}), **values}
            values.setdefault("sample", stated.get("sample") or without_temperature(found.path))
        values = {k: v for k, v in {**values, **of_file}.items() if v is not None}
        key = (technique, repr(sorted(values.items())) + str(found.path) * found.listed)
        group = groups.setdefault(key, Group(technique, [], values))
        group.files.append(found.path)
        group.routed.append(found)
    count: Counter[str] = Counter()
    for group in groups.values():
        count[group.technique] += 1
        number = count[group.technique]
        group.name = group.technique if number == 1 else f"{group.technique}_{number}"
    return list(groups.values())


def _series(routed: Sequence[Routed]) -> list[Routed]:
    """Spectra that differ in the temperature of their names become a temperature series."""
    sets: dict[tuple[Path, str], list[Routed]] = {}
    for found in routed:
        if found.technique == "eis" and temperature_from_name(found.path) is not None:
            sets.setdefault((found.path.parent, without_temperature(found.path)), []).append(found)
    series = {
        found.path
        for members in sets.values()
        if len({temperature_from_name(m.path) for m in members}) >= FEWEST_SERIES
        for found in members
    }
    return [
        Routed(r.path, "transport", table=r.table, header=r.header) if r.path in series else r
        for r in routed
    ]


def lacking(groups: Sequence[Group]) -> dict[str, dict[str, list[str]]]:
    """Missing parameters by technique, each with the files that need it."""
    missing: dict[str, dict[str, list[str]]] = {}
    for group in groups:
        for found in group.routed:
            section = "eis" if group.technique == "transport" else group.technique
            for name in program.needs(found):
                if not group.values.get(name):
                    missing.setdefault(section, {}).setdefault(name, []).append(found.path.name)
    return missing


def asked(missing: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """One message for all that is missing, with a ``sample.yaml`` to fill in."""
    lines = [SAMPLE_HEAD.rstrip(), "sample:   # what to call it"]
    words = []
    for technique, names in missing.items():
        known = program.described(technique)
        lines.append(f"{technique}:")
        for name, files in names.items():
            text = known[name][1] if name in known else ""
            shown = ", ".join(dict.fromkeys(files[:3])) + (" ..." if len(files) > 3 else "")
            lines.append(f"  {name}:   # {text} ({shown})")
            words.append(name)
    return (
        f"missing for these files: {', '.join(dict.fromkeys(words))}; fill in and give it with "
        "--sample sample.yaml\n\n" + "\n".join(lines) + "\n"
    )


def _measured(groups: Sequence[Group], stage: Path, lost: dict[Path, str]) -> list[Group]:
    """Run every group; where one fails, its files each alone, and say which fail."""
    done = []
    for group in groups:
        said = _failure(group, group.files, stage / group.name)
        if said and len(group.files) > 1 and group.technique != "transport":
            files = enumerate(group.files)
            alone = {f: _failure(group, [f], stage / f".{group.name}.{i}") for i, f in files}
            lost |= {file: words for file, words in alone.items() if words}
            group.files = [file for file, words in alone.items() if not words]
            said = _failure(group, group.files, stage / group.name) if group.files else said
        if said:
            lost |= dict.fromkeys(group.files, said)
        else:
            done.append(group)
    return done


def _failure(group: Group, files: Sequence[Path], place: Path) -> str:
    """Measure files of a group into a folder; what is said where that fails, else nothing."""
    try:
        program.measure(group.technique, files, group.values, place)
    except (ValueError, RuntimeError, OSError) as error:
        return str(error) or repr(error)
    return ""


def _together(stage: Path, done: Sequence[Group], name: str) -> bytes:
    tables = [pd.read_csv(stage / g.name / name, dtype=str, keep_default_na=False) for g in done]
    return pd.concat(tables).to_csv(index=False, lineterminator="\n").encode()


def _page(title: str, done: Sequence[Group], stage: Path, lost: Mapping, names: Mapping) -> str:
    rows = [
        {"file": names[file], "measured as": group.technique, "in": group.name}
        for group in done
        for file in group.files
    ]
    sections = ["<h2>Files</h2>", table_html(pd.DataFrame(rows))]
    if lost:
        left = [{"file": names[file], "why": reason} for file, reason in lost.items()]
        sections += ["<h2>Not measured</h2>", table_html(pd.DataFrame(left))]
    for group in done:
        text = (stage / group.name / "report.html").read_text(encoding="utf-8")
        heading, body = BODY.search(text).groups()
        sections += [f"<h2>{heading}</h2>", body]
    return page(title, sections)
