"""What a text says of an axis twice: in its header, or in two columns."""

import re
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike

from nasicon.core.columns import UNITS, plain_name
from nasicon.core.errors import ReaderError

_NUMBER = r"[-+]?[0-9]{1,12}(?:[.,][0-9]{1,12})?(?:e[-+]?[0-9]{1,3})?"
_SAID = re.compile(
    r"[\W_]*([^\W\d][^:=;,\t\[(\d\"]{0,60}?)\s*(?:[\[(]([^\])]{1,20})[\])])?[:=;,\t \"]+"
    rf"({_NUMBER})(?:[ ,;\t-]+({_NUMBER}))?\s*([^\s\d,;\"][^,;\t\"]{{0,19}})?[\s,;\"]*",
    re.IGNORECASE,
)
_OF = r"(?:(?:meas|scan|angle|angular|energy|sampling|data|axis)[ _]?)*"
_END = r"(?:winkel|[ _](?:angle|energy|position))?"
_NAMES = {  # in English, German and French
    "step": rf"{_OF}(?:step(?:[ _]?(?:size|width))?|increment|interval|schrittweite|pas)",
    "rate": r"(?:sampl(?:e|ing)|data|abtast)[ _]?(?:rate|frequenz|frequency)"
    r"|frequency d'echantillonnage",
    "points": r"(?:n|no\.?|number|anzahl|nombre)?(?:[ _](?:of|der|de))?[ _]?(?:data|mess|daten)?"
    r"[ _]?(?:points|punkte|samples|mesures)(?:[ _]per[ _]\w+)?|stepcount",
    "span": r"record(?:ing)?[ _](?:length|time|duration)|(?:mess|aufnahme)dauer",
    "range": r"(?:scan|angular|energy)[ _]range",
    "first": rf"{_OF}(?:start|first|begin|anfang|debut){_END}",
    "last": rf"{_OF}(?:stop|end|last|ende|fin){_END}",
}


def contradiction(head: str, axis: ArrayLike, kind: str) -> str:
    """Say that the steps of an axis are not those of the header; empty where they may be.

    Where a count in the header is not that of the rows, they may be a part, averaged or resampled.

    Parameters
    ----------
    head : str
        Lines above the table.
    axis : array_like, shape (n,)
        As read, in the unit of its kind.
    kind : str
        Of `UNITS`: "time", "energy", "two theta", "wave number".
    """
    x = np.asarray(axis, dtype=float)
    step = abs(x[-1] - x[0]) / max(x.size - 1, 1)
    if not step or np.abs(np.linspace(x[0], x[-1], x.size) - x).max() > step:
        return ""  # unevenly spaced
    said = _stated(head, kind)
    counts = [n for n, _ in said["points"] if n > 1]
    ends = said["range"] + [
        (a, b) for (a, _), (b, _) in zip(said["first"], said["last"], strict=False)
    ]
    spans = [length for length, _ in said["span"]] + [abs(b - a) for a, b in ends]
    steps = said["step"] + [(1 / rate, half / rate**2) for rate, half in said["rate"] if rate]
    steps += [(length / (n - 1), length / n / (n - 1)) for length in spans for n in counts]
    steps = [(told, half) for told, half in steps if told > 0]
    for told, half in steps:
        if abs(told - step) <= half or abs(told - step) * x.size < 1.5 * max(told, step):
            return ""
        times, near = step / told, 1.5 * max(told, step)
        part = times > 1.5 and abs(times - round(times)) < 0.01
        part |= any(abs(length - step * (x.size - 1)) < near for length in spans)
        if not any(abs(n - x.size) < 2 for n in counts) and (counts or part):
            return ""
    if not steps:
        return ""
    return (
        f"the header states steps of {steps[0][0]:.6g}, the column has {step:.6g} ({x.size} rows "
        f"to {x[-1]:.6g}): filled down anew, or the header of another file? Export it again"
    )


def _stated(head: str, kind: str) -> dict[str, list[tuple[float, float]]]:
    """Numbers that a header states: each and half its last digit, or the two of a range."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in _NAMES}
    for line in head.split("\n"):
        if len(line) > 200 or not (hit := _SAID.fullmatch(line)):
            continue
        label, before, first, second, after = hit.groups()
        label = re.sub("^(time|sample) " * (kind == "time"), "", plain_name(label).lower())
        name = next((n for n, words in _NAMES.items() if re.fullmatch(words, label)), "")
        units = {"hz": 1.0, "khz": 1e3} if name == "rate" else UNITS[kind]
        unit = re.sub(r"[\s.\u2212-]|2?th(eta)?\.?$", "", plain_name(before or after or "").lower())
        scale = units.get(unit, 0.0) if unit and name != "points" else 1.0
        timed = kind == "time" or name not in ("rate", "span")
        if name and scale and timed and (second is not None) == (name == "range"):
            values = [Decimal(v.replace(",", ".")) for v in (first, second) if v]
            half = Decimal(5).scaleb(int(values[0].as_tuple().exponent) - 1)
            numbers = [scale * float(v) for v in (*values, half)]
            found[name].append((numbers[0], numbers[1]))
    return found


def together(names: str, one: ArrayLike, other: ArrayLike) -> None:
    """Refuse two columns of one axis that do not rise together throughout.

    Raises
    ------
    ReaderError
        One of them was sorted without the other, and without what was measured.
    """
    against = int((np.diff(one) * np.diff(other) < 0).sum())
    if against:
        raise ReaderError(
            f"{names} are one axis, but in {against} rows one rises and the other falls: one was "
            "sorted alone; export the file again"
        )
