"""Which technique a file comes from, by its content; what it lacks before it can be analysed."""

import logging
import math
import re
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from nasicon.core.columns import plain_name
from nasicon.core.files import header_lines
from nasicon.core.text import ReaderError, check_file
from nasicon.core.workbook import KINDS, first_lines

GENERIC = ("delimited text", "two-column text", "text", *KINDS)
LARGEST = 1_000_000_000  # bytes: more than this is not read to find out what it is
# Files that stand beside a Bruker experiment's signal and spectrum and are read with it.
COMPANIONS = {"acqu", "acqus", "acqu2", "acqu2s", "proc", "procs", "proc2", "proc2s", "1i", "title"}
COMPANIONS |= {"auditp.txt", "audita.txt", "pulseprogram", "uxnmr.par", "format.temp", "scon2"}


@dataclass(frozen=True)
class Technique:
    """How a technique's files are known.

    Attributes
    ----------
    readers : tuple of str
        ``"room:verb"``, tried in this order.
    words : str
        What its headers say, a pattern: needed where the format alone says nothing.
    suffixes : tuple of str
        Endings that only this technique uses.
    needs : tuple of str
        Parameters without which nothing can be computed.
    """

    readers: tuple[str, ...]
    words: str
    suffixes: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


TECHNIQUES = {
    "eis": Technique(
        ("eis:read",),
        r"freq|z'|re\s*\(?z|impedance|\bz_real",
        (".z", ".dta"),
        ("thickness_mm", "diameter_mm"),
    ),
    "transport": Technique(("transport:read",), "(?!)", (), ("thickness_mm", "diameter_mm")),
    "cycling": Technique(
        ("cycling:read",),
        r"capacity|cycle|voltage|ecell|ewe|volt",
        (),
        ("active_mass_mg", "electrode_area_cm2", "cell_kind"),
    ),
    "diffraction": Technique(
        ("diffraction:read",),
        r"theta|2θ|2th|xrd|scantype|k-?alpha",
        (".xy", ".xye", ".uxd", ".xrd"),
    ),
    "nmr": Technique(("nmr:read",), r"ppm|larmor|nucleus|nmr", (".dx", ".jdx")),
    "raman": Technique(
        ("raman:read",), r"raman|\blaser|cm-1|cm\^-1|wave\s?number|1/cm|#wave\s", (".rod",)
    ),
    "xps": Technique(("xps:read",), r"binding|kinetic|b\.e\.|be\b.*ev|excitation", (".vms",)),
    "eels": Technique(
        ("eels:read",),
        r"energy[ _-]?loss|eels|emsa",
        (".msa", ".emsa"),
        ("electrons", "beam_kv", "collection_mrad"),
    ),
    "esm": Technique(
        ("esm:read", "esm:read_dart", "esm:read_relaxation"),
        r"\A(?!.*(?:voltage|current|[/(\[]m?v\b)).*(?:\btime|relax|deflection)"
        r"|(?:amplitude|deflection)[ _/(\[]{1,2}[fnp]m\b",
    ),
    "composition": Technique(("composition:read",), r"formula.*mass|mass.*formula"),
    "grains": Technique((), "(?!)", (".png", ".tif", ".tiff", ".jpg", ".jpeg"), ("nm_per_pixel",)),
}
# What readers say about any file that is none of theirs.
_ANY_FILE = re.compile(
    r"is (binary|a zip archive|no )|has (no |columns|\d)|[\d.]+ (cells|columns|points)"
    r"|no ([a-z]+ )*(column|impedance table|table)|.{0,80}(no data row|not a finite number)"
    r"|cannot be read as an Igor|does not say whether|2theta (runs|goes|occurs)"
    r"|its (axis|first column)|holds .*; expected counts|a (row|shift)|numbers with a comma"
    r"|names|column '|no sheet|[-+.\de]+ cm-1 occurs",
    re.DOTALL,
)
#: Files that stand beside measurements, by their endings.
BESIDE = {
    ".cif": "is a crystal structure: give it beside a pattern, nasicon measure diffraction --cif",
    ".mpl": "is the log of a BioLogic measurement: give its .mpr or .mpt",
}
IMAGES = (b"\x89PNG", b"II*\0", b"MM\0*", b"\xff\xd8\xff")


@dataclass(frozen=True)
class Routed:
    """One file, where it belongs, or why it could not be placed."""

    path: Path
    technique: str = ""
    reason: str = ""
    table: object = None
    header: tuple[str, ...] = field(default=(), repr=False)

    @property
    def listed(self) -> bool:
        """Whether it is a table of conductivities, not a spectrum of a series."""
        return self.technique == "transport" and "quantity" in self.table

    def states(self, name: str) -> bool:
        """Whether the file itself states a quantity above zero."""
        value = getattr(self.table, "attrs", {}).get(name)
        return value is not None and value > 0


def verb(name: str) -> Callable:
    """Return the function behind ``"room:verb"``."""
    room, _, what = name.partition(":")
    return getattr(import_module(f"nasicon.{room}"), what)


def route(path: Path) -> Routed:
    """Find the technique of a file.

    Every reader is tried. One that knows the format decides; where only readers of plain
    columns take the file, a word in its header or its ending must agree.
    """
    if reason := unreadable(path) or BESIDE.get(path.suffix.lower()):
        return Routed(path, reason=reason)
    if path.stat().st_size > LARGEST:
        words = f"is larger than {LARGEST / 1e9:g} GB: name the technique to read it nevertheless"
        return Routed(path, reason=words)
    if (
        path.name in COMPANIONS
        and (path.parent / "acqus").exists() | (path.parent / "procs").exists()
    ):
        return Routed(path, reason="belongs to the NMR experiment beside it")
    with path.open("rb") as file:
        if file.read(4).startswith(IMAGES):
            return Routed(path, "grains")
    known, plain, said = {}, {}, []
    # readers of plain tables that go by the names of columns
    named = ("eis", "transport", "cycling", "xps")
    for technique, kind in TECHNIQUES.items():
        for reader in kind.readers:
            try:
                table = _quiet(verb(reader), path)
            except Exception as error:  # of a reader that was not meant for this file
                said.append((technique, error))
                continue
            attrs = getattr(table, "attrs", {})
            bare = any("no column names" in note for note in attrs.get("notes", ()))
            generic = attrs.get("format", "") in ("", *GENERIC) and (technique not in named or bare)
            (plain if generic else known).setdefault(technique, table)
            break
    header = tuple(header_lines(path))
    if any(table.attrs.get("format") in KINDS for table in plain.values()):
        header = tuple(first_lines(path.read_bytes()))
    if "eis" in known:  # tables of an impedance measurement also hold time, voltage, current
        return Routed(path, "eis", table=known["eis"], header=header)
    if len(known) == 1:
        technique, table = known.popitem()
        return Routed(path, technique, table=table, header=header)
    text = " ".join(map(plain_name, header))[:20_000].lower()
    chosen = {
        name: table
        for name, table in (known or plain).items()
        if path.suffix.lower() in TECHNIQUES[name].suffixes
        or re.search(TECHNIQUES[name].words, text)
    }
    if len(chosen) == 1:
        technique, table = chosen.popitem()
        return Routed(path, technique, table=table, header=header)
    if not chosen and (near := _nearest(path, said, text)):
        return Routed(path, reason=near)
    if plain or known:
        names = " or ".join(chosen or plain or known)
        return Routed(
            path,
            reason=f"columns of numbers that do not say what they are ({names}?): "
            "name the technique, nasicon measure TECHNIQUE FILE",
        )
    return Routed(path, reason=_closest(said))


def unreadable(path: Path) -> str:
    """Why a path is no file that could be read, of whatever size; empty where it is one."""
    try:
        check_file(path, math.inf)
    except ReaderError as error:
        return str(error.args[0])
    return ""


def _quiet(read: Callable, path: Path) -> object:
    with warnings.catch_warnings(action="ignore"):
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            return read(path)
        finally:
            logging.disable(before)


def _nearest(path: Path, said: list[tuple[str, Exception]], header: str) -> str:
    """What the reader says that came nearest: by ending, by format, or by words of the header."""
    errors = [(technique, e) for technique, e in said if isinstance(e, ReaderError)]
    for technique, error in errors:
        if path.suffix.lower() in TECHNIQUES[technique].suffixes:
            return str(error)
    knew = [str(e.args[0]) for _, e in errors if not _ANY_FILE.match(str(e.args[0]))]
    near = [str(e.args[0]) for name, e in errors if re.search(TECHNIQUES[name].words, header)]
    return "; ".join([*dict.fromkeys(knew or near)][:2])


def _closest(said: list[tuple[str, Exception]]) -> str:
    """What most readers say of a file that none came near to."""
    words = Counter(str(e.args[0]) for _, e in said if isinstance(e, ReaderError))
    if any(text.startswith("is a zip archive") for text in words):
        return "is a zip archive that is no measurement as it stands; unpack it and give its files"
    common, times = words.most_common(1)[0] if words else ("", 0)
    if times > words.total() / 2:
        return common
    return (
        "no reader knows this format; give the instrument's own file, or a table in text whose "
        "columns are named with their units"
    )
