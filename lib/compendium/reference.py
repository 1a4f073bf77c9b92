"""Reference phases: cells, reflections and reference intensity ratios.

Thin access to ``data/reference/phases.csv`` and ``reflections.csv``, which
`tools.build_reference` calculates from the structures beside them.
"""

import difflib
from functools import lru_cache
from pathlib import Path

import pandas as pd

from compendium.published import data_folder
from nasicon.diffraction.model_powder import Phase


def data_reference():
    """Folder ``data/reference`` of the repository, or of the installed package."""
    carried = Path(__file__).parent / "share" / "data" / "reference"
    return carried if carried.is_dir() else data_folder().parent / "reference"


@lru_cache(maxsize=1)
def _tables() -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    folder = data_reference()
    phases = pd.read_csv(folder / "phases.csv").set_index("phase")
    reflections = pd.read_csv(folder / "reflections.csv")
    return phases, dict(iter(reflections.groupby("phase", sort=False)))


def phases() -> pd.DataFrame:
    """One row per phase: cell, density, reference intensity ratio, source."""
    return _tables()[0].copy()


def intensity_ratio(phase_name: str, host: str) -> float:
    """Ratio of the strongest lines of equal weights of two phases, I/I_host."""
    rir = _tables()[0]["rir"]
    return float(rir[known(phase_name)] / rir[known(host)])


def reflections(name: str) -> pd.DataFrame:
    """Reflections of a phase (Cu K-alpha1), by falling d."""
    return _tables()[1][known(name)].drop(columns="phase").reset_index(drop=True)


def phase(name: str) -> Phase:
    """One phase by name; an unknown name is an error that suggests near ones."""
    row, lines = _tables()[0].loc[known(name)], _tables()[1][name]
    return Phase(
        name=name,
        formula=row["formula"],
        system=row["system"],
        cell=tuple(float(row[n]) for n in ("a", "b", "c", "alpha", "beta", "gamma")),
        cell_mass=float(row["cell_mass_u"]),
        hkl=lines[["h", "k", "l"]].to_numpy(),
        multiplicity=lines["multiplicity"].to_numpy(float),
        f_squared=lines["f_squared"].to_numpy(float),
        rir=float(row["rir"]),
        mass_absorption=float(row["mass_absorption_cm2_g"]),
    )


@lru_cache(maxsize=1)
def sensitivity_factors() -> dict[str, float]:
    """Photoionisation cross-sections of lines for Al K-alpha, C 1s = 1 (Scofield 1973)."""
    table = pd.read_csv(data_reference() / "scofield_al.csv", comment="#")
    return dict(zip(table["line"], table["factor"], strict=True))


def all_phases() -> list[Phase]:
    """Every reference phase."""
    return [phase(name) for name in _tables()[0].index]


def known(name: str) -> str:
    """The name, if there is such a phase.

    Raises
    ------
    KeyError
        There is none; near names are suggested.
    """
    names = list(_tables()[0].index)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else f"known are {', '.join(names)}"
        raise KeyError(f"no reference phase {name!r}; {hint}")
    return name
