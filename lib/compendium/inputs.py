"""What a notebook is given: files, lists and quantities, checked where they enter."""

import difflib
import glob
import math
import re
from collections.abc import Iterable
from pathlib import Path

from compendium import provenance
from compendium.paths import repository_root
from nasicon.core.constants import ZERO_CELSIUS_K

EXAMPLES = {  # what to ask for, and how it is given
    "thickness_mm": ("the pellet's thickness", "1.02"),
    "diameter_mm": ("the pellet's diameter", "10"),
    "active_mass_mg": ("the electrode's active mass", "12.5"),
    "wavelength_angstrom": ("the X-ray wavelength", "1.5406"),
    "electrode_area_cm2": ("the electrode's area", "0.785"),
    "nm_per_pixel": ("the micrograph's scale", "12.4"),
    "electrons": ("the incident electrons", "1e9"),
    "beam_kv": ("the accelerating voltage", "60"),
    "collection_mrad": ("the collection semi-angle", "24.9"),
    "temperatures_c": ("one temperature per file", '"25;40;60"'),
}


def input_files(data_file: str, *default: str) -> list[Path]:
    """Return the files that a notebook analyses.

    Parameters
    ----------
    data_file : str
        The reader's own file, or several separated by ``;``. A name may hold
        the wildcards ``*``, ``?`` and ``[...]``; what it matches comes in
        natural order (9 C before 10 C). Relative names are looked for in the
        current directory, then in the repository root.
    *default : str
        Used instead where ``data_file`` is empty: the compendium's own data.

    Returns
    -------
    list of Path
        Existing files, none twice. They are noted for ``provenance.json``.

    Raises
    ------
    FileNotFoundError
        If a name matches nothing; every place tried is named.
    ValueError
        If there is no name at all, or a file is named twice.
    """
    names = text_list(data_file) or list(default)
    if not names:
        raise ValueError('no input: give a file with -p data_file "my_measurement.mpt"')
    files: list[Path] = []
    for name in names:
        for path in _matches(name):
            if path in files:
                raise ValueError(f"{path.name} is named twice in data_file {data_file!r}")
            files.append(path)
    provenance.note_inputs(files)
    return files


def experiment(path: Path) -> Path:
    """What stands for the folder of an NMR experiment: its spectrum, else its signal."""
    inside = (path / name for name in ("pdata/1/1r", "1r", "fid"))
    return next((file for file in inside if file.is_file()), path)


def _matches(name: str) -> list[Path]:
    given = Path(name).expanduser()
    candidates = [Path.cwd() / given, repository_root() / given]  # an absolute one stays itself
    for candidate in map(experiment, candidates):
        if candidate.is_file():
            return [candidate.resolve()]
        if candidate.is_dir():
            raise FileNotFoundError(
                f"{candidate} is a folder: name its files, for example {name.rstrip('/')}/*.txt"
            )
        found = sorted(glob.glob(str(candidate)), key=_natural_order)
        found = [experiment(Path(path)) for path in found]
        if files := [path.resolve() for path in found if path.is_file()]:
            return files
    tried = "\n".join(f"  {path}" for path in dict.fromkeys(candidates))
    raise FileNotFoundError(f"no file {name!r}; looked for\n{tried}")


def _natural_order(path: str) -> list[tuple[int, float, str]]:
    parts = re.split(r"(\d+(?:\.\d+)?)", path)
    return [(0, float(p), "") if i % 2 else (1, 0.0, p) for i, p in enumerate(parts)]


def text_list(value: str) -> list[str]:
    """Split a ``;``-separated text; blanks around the items are dropped.

    Raises
    ------
    ValueError
        If an item between two ``;`` is empty.
    """
    items = [item.strip() for item in value.split(";")]
    if items and not items[-1]:
        items.pop()  # a closing ";", or an empty text
    if "" in items:
        raise ValueError(f"item {items.index('') + 1} of {value!r} is empty")
    return items


def number_list(value: object, name: str, *, minimum: float | None = None) -> list[float]:
    """Return the numbers in ``"25;40;60"``, in one number, or in a list.

    papermill hands a single ``25`` over as a number and every list as a text.

    Parameters
    ----------
    value : str, number or iterable
        What the parameter holds; an empty text is an empty list.
    name : str
        The parameter's name, for the error.
    minimum : float, optional
        The smallest number allowed.

    Raises
    ------
    ValueError
        If an item is no finite number or lies below the minimum; the error
        names the item and its position.
    """
    numbers = []
    for position, item in enumerate(_items(value), start=1):
        number = as_number(item)
        where = f"{name}: item {position} of {value!r}"
        if not math.isfinite(number):
            raise ValueError(
                f"{where} is {item!r}, not a number: separate numbers with ; and write "
                f'decimals with a point, for example "25;40.5;60"'
            )
        if minimum is not None and number < minimum:
            raise ValueError(f"{where} is {number:g}, must be >= {minimum:g}")
        numbers.append(number)
    return numbers


def pair(value: object, name: str) -> tuple[float, float] | None:
    """Two numbers, ``"520;860"``, the lower first; None where the text is empty.

    Raises
    ------
    ValueError
        There are as many as something else.
    """
    numbers = number_list(value, name)
    if len(numbers) not in (0, 2):
        raise ValueError(f'{name} must be two numbers, for example "520;860", got {value!r}')
    return (min(numbers), max(numbers)) if numbers else None


def one_of(value: str, name: str, known: tuple[str, ...]) -> None:
    """Check a parameter that has a closed list of values."""
    if value not in known:
        near = difflib.get_close_matches(value, known, n=1)
        hint = f", did you mean {near[0]}?" if near else ""
        raise ValueError(f"{name} must be one of {', '.join(known)}; got {value!r}{hint}")


def needed(given: object, example: str, what: str) -> None:
    """Check that something was given; the error says how."""
    if not given:
        raise ValueError(f"give -p {example} ({what})")


def require(**quantities: object) -> None:
    """Check the quantities that scale a result of a measured file.

    Each must be a number > 0, or a non-empty list of them; a name ending in
    ``_c`` is a temperature in degrees Celsius and may be negative.

    Raises
    ------
    ValueError
        If one is missing, zero, negative or NaN; the error says how to give it.
    """
    for name, value in quantities.items():
        lowest = -ZERO_CELSIUS_K if name.endswith("_c") else 0.0
        numbers = [as_number(item) for item in _items(value)]
        if numbers and all(lowest < number < math.inf for number in numbers):
            continue
        what, example = EXAMPLES.get(name, ("it", "VALUE"))
        raise ValueError(
            f"{name} must be > {lowest:g}, got {value!r}: give {what} with -p {name} {example}"
        )


def _items(value: object) -> list:
    if isinstance(value, str):
        return text_list(value)
    return list(value) if isinstance(value, Iterable) else [value]


def as_number(item: object) -> float:
    """A float of what was given, also with a decimal comma; NaN for what is no number."""
    if isinstance(item, bool):
        return math.nan
    try:
        return float(decimal_point(item) if isinstance(item, str) else item)
    except (TypeError, ValueError):
        return math.nan


def decimal_point(text: str) -> str:
    """A number with a decimal point from one with a decimal comma.

    ``1,02`` is 1.02; ``1,000`` could also be a thousand and is left as it is, which no
    number is.
    """
    plain = text.strip()
    if re.fullmatch(r"[-+]?(0,\d+|\d*,(\d{1,2}|\d{4,}))([eE][-+]?\d+)?", plain):
        return plain.replace(",", ".")
    return plain
