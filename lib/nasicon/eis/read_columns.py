"""What the columns of an impedance table mean, and how they become Z' and Z''."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nasicon.core.columns import Column, ColumnError, Words

WORDS = Words(
    {
        "omega": ("angular frequency", r"omega|angularfrequency"),
        "frequency": (
            "frequency",
            r"f|fr|freqs?|freq(uency)?|frequencies|testfrequency",
        ),
        "label": ("", r"cyclenumber|cycle|zcycle|sweep|ns"),
        "real": (
            "resistance",
            r"z'(\(a\))?|zs'|z?'?re(al)?(part)?(ofz|\(z\)|z)?|zr|zprime|rs?|rser(ies)?|esr"
            r"|(impedance|z)\(?re(al)?(part)?\)?|realimpedance|(series)?resistance|resistance\(rs?\)",
        ),
        "imaginary": (
            "resistance",
            r"z''(\(b\))?|zs''|z?('|'')?im(a?g|aginary)?(part)?(ofz|\(z\)|z)?|zi"
            r"|z(double|prime)prime|(impedance|z)\(?im(ag)?(inary)?(part)?\)?|imag(inary)?impedance"
            r"|xs?|(series)?reactance|reactance\(x\)",
        ),
        "modulus": (
            "resistance",
            r"\|z\||z|zmod(ulus)?|mod(z|\(z\))|abs(z|\(z\))|zabs|zmag(nitude)?|\|impedance\|"
            r"|modulus|magnitude|impedance|impedance(modulus|magnitude)|(abs(olute)?|magnitude(of)?)"
            r"impedance|impedance\(?\|z\|\)?",
        ),
        "phase": (
            "angle",
            r"phase(\(z\)|z|angle)?|zph(z|ase)|phi|thetad?|angle|arg\(z\)|impedance(phase|theta)"
            r"(angle)?|th|phase(angle)?\(?(theta|phi)\)?|theta(z|\(z\))|thetaz|zphase|ztheta",
        ),
        "conductance": (
            "conductance",
            r"g|y'|yre(al)?|re\(?y\)?|gp|conductance|admittancereal",
        ),
        "susceptance": (
            "conductance",
            r"b|y''|yim(ag)?|im\(?y\)?|bp|susceptance|admittanceimag",
        ),
        "admittance": ("conductance", r"\|y\||y|ymod|abs\(?y\)?|yabs|admittance"),
        "admittance phase": ("angle", r"(phase|theta|arg)\(?y\)?|yphase|admittance(phase|theta)"),
        "series capacitance": ("capacitance", r"cs|cser(ies)?|seriescapacitance"),
        "parallel resistance": ("resistance", r"rp|rpar(allel)?|parallelresistance"),
        "parallel capacitance": ("capacitance", r"cp|cpar(allel)?|parallelcapacitance"),
        "series inductance": ("inductance", r"ls|lser(ies)?|seriesinductance"),
        "parallel inductance": ("inductance", r"lp|lpar(allel)?|parallelinductance"),
        "voltage amplitude": ("voltage", r"\|(e(we)?|u|v)\|"),
        "current amplitude": ("current", r"\|i\|"),
        "temperature": ("temperature", r"(sample)?temp(erature?)?|tsample"),
        "dissipation": ("", r"d|df|tandelta|tan\(?delta\)?|dissipation(factor)?|lossfactor"),
        "quality": ("", r"q|q(uality)?factor"),
    },
    signed=("imaginary", "phase", "susceptance", "admittance phase"),
)
#: Pairs of quantities that give an impedance, the first that a file has counts; each with
#: Z = function of both and of the angular frequency (capacitive is negative).
_PAIRS = {
    ("real", "imaginary"): lambda a, b, w: a + 1j * b,
    ("modulus", "phase"): lambda a, b, w: a * np.exp(1j * b),
    ("conductance", "susceptance"): lambda a, b, w: 1 / (a + 1j * b),
    ("admittance", "admittance phase"): lambda a, b, w: np.exp(-1j * b) / a,
    ("admittance", "phase"): lambda a, b, w: np.exp(-1j * b) / a,
    ("real", "series capacitance"): lambda a, b, w: a - 1j / (w * b),
    ("real", "series inductance"): lambda a, b, w: a + 1j * w * b,
    ("parallel resistance", "parallel capacitance"): lambda a, b, w: 1 / (1 / a + 1j * w * b),
    ("parallel resistance", "parallel inductance"): lambda a, b, w: 1 / (1 / a - 1j / (w * b)),
    ("conductance", "parallel capacitance"): lambda a, b, w: 1 / (a + 1j * w * b),
    # losses are positive whichever sign the other of the two has
    ("parallel capacitance", "dissipation"): lambda a, b, w: 1 / (w * (abs(a * b) + 1j * a)),
    ("series capacitance", "dissipation"): lambda a, b, w: (abs(b / a) - 1j / a) / w,
    ("parallel capacitance", "quality"): lambda a, b, w: 1 / (w * (abs(a / b) + 1j * a)),
    ("series capacitance", "quality"): lambda a, b, w: (abs(1 / (a * b)) - 1j / a) / w,
    ("series inductance", "quality"): lambda a, b, w: w * (abs(a / b) + 1j * a),
}
_BESIDE = ("modulus", "phase", "voltage amplitude", "current amplitude")  # of Z, said once more
_CONTRADICT = 0.05  # of |Z|, by which a tenth of the rows differ; files agree to 0.001
_COURSE, _APART = 1.0, 15.0  # of ln|Z|; times what the angles account for: degrees are 57 radians
_WANTED = (
    "a frequency (freq/Hz) with Z' and Z'' (Re(Z)/Ohm, -Im(Z)/Ohm) or with |Z| and phase "
    "(|Z|/Ohm, Phase(Z)/deg)"
)


@dataclass(frozen=True)
class ImpedanceColumns:
    """The columns that give frequency and impedance, and those that number the sweeps."""

    frequency: Column
    first: Column
    second: Column
    labels: tuple[Column, ...]
    temperatures: tuple[Column, ...] = ()
    others: tuple[Column, ...] = ()  # say again what the two give

    @property
    def numeric(self) -> tuple[Column, Column, Column]:
        """The three columns that must hold numbers."""
        return self.frequency, self.first, self.second

    @property
    def negated(self) -> bool:
        """Whether the file writes the imaginary part (or the phase) with a minus sign."""
        return self.second.negated and self.pair in (("real", "imaginary"), ("modulus", "phase"))

    @property
    def pair(self) -> tuple[str, str]:
        """Roles of the two columns beside the frequency."""
        return self.first.role, self.second.role

    @property
    def unit_is_assumed(self) -> bool:
        """Whether Hz or ohm had to be assumed."""
        return any(math.isnan(c.factor) for c in self.numeric if WORDS.kinds[c.role] != "angle")

    def convert(
        self, values: Mapping[int, NDArray], notes: list[str] | None = None
    ) -> tuple[NDArray, NDArray, NDArray]:
        """Frequency (Hz), Z' and Z'' (ohm) from the cells, all of shape (n,).

        Z'' has the sign of the file: it is -Z'' where `negated` is true.

        Raises
        ------
        ColumnError
            The phase has no unit and its values do not tell it, or `others`, as far as `values`
            has them, say another impedance.
        """
        x, a, b = (values[column.index] * column.scale for column in self.numeric)
        omega = x if self.frequency.role == "omega" else 2 * np.pi * x
        if WORDS.kinds[self.second.role] == "angle":
            b = self._radians(a, b, omega, notes if notes is not None else [])
        if self.second.negated and not self.negated:
            b = -b
        with np.errstate(divide="ignore", invalid="ignore"):
            impedance = _PAIRS[self.pair](a, b, omega)
            self._refuse_contradiction(values, impedance)
        return omega / (2 * np.pi) if self.frequency.role == "omega" else x, *(
            impedance.real,
            impedance.imag,
        )

    def _refuse_contradiction(self, values: Mapping[int, NDArray], z: NDArray) -> None:
        """Refuse rows of which other columns say another impedance."""
        here = [c for c in self.others if c.index in values]
        said = {c.role: (c.name, values[c.index] * c.scale) for c in here}
        name, volt = said.pop("voltage amplitude", ("", np.nan))
        other, ampere = said.pop("current amplitude", ("", np.nan))
        off = {one: np.abs(value / z) - 1 for one, value in said.values()}
        if "phase" in said:  # its sign differs by convention
            one, angle = said["phase"]
            off[one] = np.exp(1j * (np.abs(angle) - np.abs(np.angle(z)))) - 1
        off[f"{name} over {other}"] = np.abs(volt / ampere) / np.abs(z) - 1
        for name, part in off.items():
            known = np.abs(part[np.isfinite(part)])
            if known.size and np.quantile(known, 0.9) > _CONTRADICT:
                raise ColumnError(
                    f"columns {self.first.name!r} and {self.second.name!r} contradict {name!r} of "
                    f"the same rows by {100 * np.median(known):.0f} % (median): one is times an "
                    "area or in another unit; export again, or leave out what is wrong"
                )

    def _radians(self, a: NDArray, b: NDArray, omega: NDArray, notes: list[str]) -> NDArray:
        """Angles (rad), their unit held against their size and against the course of |Z|.

        By Bode's relation the phase is about (pi/2) d ln|Z| / d ln(omega): its integral tells
        degrees from radians where |Z| changes at all.
        """
        name, stated = self.second.name, self.second.factor
        leaves = np.abs(b).max(initial=0) > 2 * np.pi
        if math.isnan(stated):
            if not leaves:
                raise ColumnError(_without_unit(self.second))
            notes.append(
                f"column {name!r} states no unit: its angles leave two pi, so they are in degrees"
            )
            return np.radians(b)
        order = np.argsort(omega, kind="stable")
        with np.errstate(divide="ignore", invalid="ignore"):
            course = np.ptp(np.log(np.abs(a)))
            steps = np.diff(np.log(omega[order])) * (b[order][1:] + b[order][:-1]) / np.pi
        least = stated < 1 and course > _COURSE and course > _APART * np.ptp(np.cumsum(steps))
        if least or (stated == 1 and leaves):
            raise ColumnError(
                f"column {name!r} states {'degrees' if least else 'radians'} and its angles are "
                f"in {'radians' if least else 'degrees'}, by their size; name it "
                f"{'phase/rad' if least else 'phase/deg'}"
            )
        return b


def find_columns(
    names: Sequence[str], units: Sequence[str] = (), *, angles_tell: bool = False
) -> ImpedanceColumns:
    """Columns of an impedance table among the names of its header.

    Parameters
    ----------
    names
        Header cells; units may stand in brackets, after a slash or at the end.
    units
        Cells of a row of units under the header, where there is one. They
        count where the name states none.
    angles_tell
        A phase without a unit is let through: `ImpedanceColumns.convert` sees its values.

    Raises
    ------
    ColumnError
        A needed column is missing, named twice, or has a unit that is
        ambiguous, unknown, or per area.
    """
    columns = WORDS.columns(names, units)
    usable = {column.role for column in columns if not column.problem}
    roles = {column.role for column in columns}
    frequency = _only(
        columns, "omega" if roles & {"frequency", "omega"} == {"omega"} else "frequency", names
    )
    # one whose units are wrong is named in the error
    pair = next((pair for seen in (usable, roles) for pair in _PAIRS if {*pair} <= seen), None)
    if pair is None:
        pair = ("real", "imaginary") if {"real", "imaginary"} & roles else ("modulus", "phase")
    labels, temperatures = (
        tuple(column for column in columns if column.role == role)
        for role in ("label", "temperature")
    )
    stated = [
        c for c in columns if not c.problem and not (c.role == "phase" and math.isnan(c.factor))
    ]
    others = [c for c in stated if c.role in _BESIDE and c.role not in pair]
    picked = ImpedanceColumns(
        frequency,
        _only(columns, pair[0], names),
        _only(columns, pair[1], names),
        labels,
        temperatures,
        tuple(others),
    )
    if WORDS.kinds[pair[1]] == "angle" and math.isnan(picked.second.factor) and not angles_tell:
        raise ColumnError(_without_unit(picked.second))
    return picked


def names_something(names: Sequence[str]) -> bool:
    """Whether a row looks like a header: it names two of frequency and the parts of impedance."""
    return len(names) > 2 and len(WORDS.roles(names) - {"label", "temperature", *_BESIDE[2:]}) >= 2


def _without_unit(column: Column) -> str:
    return f"column {column.name!r} states no unit; name it phase/deg or phase/rad"


def _only(columns: list[Column], role: str, names: Sequence[str]) -> Column:
    found = [column for column in columns if column.role == role]
    usable = [column for column in found if not column.problem]
    if not found:
        raise ColumnError(f"no {role} column among {_listed(names)}; expected {_WANTED}")
    if not usable:
        raise ColumnError(f"column {found[0].name!r} {found[0].problem}")
    if len(usable) > 1:
        twice = " and ".join(repr(column.name) for column in usable)
        raise ColumnError(f"columns {twice} both look like the {role}; keep one of them")
    return usable[0]


def _listed(names: Sequence[str]) -> str:
    more = f", ... ({len(names)} in all)" if len(names) > 8 else ""
    return "the columns " + ", ".join(repr(name) for name in names[:8]) + more
