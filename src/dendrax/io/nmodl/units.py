"""Units of .mod files in SI, and the constants that UNITS defines by units."""

import math
import re
from typing import Any, NamedTuple

from dendrax.io.nmodl.tree import File
from dendrax.mechanisms.constants import FARADAY, GAS_CONSTANT


class Quantity(NamedTuple):
    """A unit in SI.

    Attributes:
        factor: How many SI units it is.
        dimensions: Powers of meter, kilogram, second, coulomb, kelvin, mole and candela.
    """

    factor: float
    dimensions: tuple[float, ...]

    def times(self, other: "Quantity", power: float = 1.0) -> "Quantity":
        """The product with a power of another unit."""
        both = zip(self.dimensions, other.dimensions, strict=True)
        return Quantity(self.factor * other.factor**power, tuple(a + power * b for a, b in both))


def _si(factor: float, *dimensions: int) -> Quantity:
    return Quantity(factor, (*dimensions, *(0.0,) * (7 - len(dimensions))))


ONE = _si(1.0)
AVOGADRO = 6.02214076e23
UNITS = {
    "m": _si(1.0, 1),
    "g": _si(1e-3, 0, 1),
    "s": _si(1.0, 0, 0, 1),
    "coul": _si(1.0, 0, 0, 0, 1),
    "C": _si(1.0, 0, 0, 0, 1),
    "K": _si(1.0, 0, 0, 0, 0, 1),
    "degC": _si(1.0, 0, 0, 0, 0, 1),
    "mol": _si(1.0, 0, 0, 0, 0, 0, 1),
    "A": _si(1.0, 0, 0, -1, 1),
    "V": _si(1.0, 2, 1, -2, -1),
    "ohm": _si(1.0, 2, 1, -1, -2),
    "S": _si(1.0, -2, -1, 1, 2),
    "F": _si(1.0, -2, -1, 2, 2),
    "Hz": _si(1.0, 0, 0, -1),
    "N": _si(1.0, 1, 1, -2),
    "J": _si(1.0, 2, 1, -2),
    "W": _si(1.0, 2, 1, -3),
    "Pa": _si(1.0, -1, 1, -2),
    "l": _si(1e-3, 3),
    "M": _si(1e3, -3, 0, 0, 0, 0, 1),
    "cal": _si(4.184, 2, 1, -2),
    "k": _si(GAS_CONSTANT / AVOGADRO, 2, 1, -2, 0, -1),
    "faraday": _si(FARADAY, 0, 0, 0, 1, 0, 0),
    "e": _si(FARADAY / AVOGADRO, 0, 0, 0, 1),
    "mole": _si(AVOGADRO),
    "pi": _si(math.pi),
    "percent": _si(0.01),
    "radian": ONE,
    "degree": _si(math.pi / 180),
    "minute": _si(60.0, 0, 0, 1),
    "hour": _si(3600.0, 0, 0, 1),
    "day": _si(86400.0, 0, 0, 1),
    "angstrom": _si(1e-10, 1),
    "dyne": _si(1e-5, 1, 1, -2),
    "erg": _si(1e-7, 2, 1, -2),
    "R": _si(GAS_CONSTANT, 2, 1, -2, 0, -1, -1),
}
"""Units by name. `mole` is a number, as in the program units; so k-mole is the gas constant per kelvin."""

ALIASES = {
    **dict.fromkeys(("meter", "metre"), "m"),
    "gram": "g",
    **dict.fromkeys(("second", "sec"), "s"),
    "coulomb": "coul",
    **dict.fromkeys(("kelvin", "degK", "degreeC", "celsius"), "K"),
    **dict.fromkeys(("amp", "ampere"), "A"),
    "volt": "V",
    **dict.fromkeys(("mho", "siemens", "Siemens"), "S"),
    "farad": "F",
    **dict.fromkeys(("hertz", "hz"), "Hz"),
    "newton": "N",
    "joule": "J",
    "watt": "W",
    "pascal": "Pa",
    **dict.fromkeys(("liter", "litre"), "l"),
    "molar": "M",
    "calorie": "cal",
    **dict.fromkeys(("rad",), "radian"),
    **dict.fromkeys(("deg",), "degree"),
    "min": "minute",
    "micron": "um",
    "boltzmann": "k",
}
PREFIXES = {
    "yotta": 1e24, "zetta": 1e21, "exa": 1e18, "peta": 1e15, "tera": 1e12, "giga": 1e9, "mega": 1e6, "kilo": 1e3,
    "hecto": 1e2, "deka": 1e1, "deci": 1e-1, "centi": 1e-2, "milli": 1e-3, "micro": 1e-6, "nano": 1e-9, "pico": 1e-12,
    "femto": 1e-15, "atto": 1e-18,
    "G": 1e9, "M": 1e6, "k": 1e3, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
    "a": 1e-18,
}  # fmt: skip
_PART = re.compile(r"\s*(?:(?P<slash>/)|(?P<times>[-*.]|\s)|(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?)|"
                   r"(?P<name>[A-Za-z_%]+)\^?(?P<power>[-+]?\d+)?)")  # fmt: skip
_FACTOR = re.compile(r"\s*(?:\((?P<of>[^()]*)\)|(?P<number>[-+.\deE]+))\s*(?:\((?P<into>[^()]*)\))?\s*$")


def unit(text: str, known: dict[str, str] | None = None) -> Quantity | None:
    """A unit in SI; None if it is not known.

    Args:
        text: As `mA/cm2`, without parentheses.
        known: Names that a file has defined in UNITS.

    Example:
        >>> unit("mA/cm2").factor
        10.0
    """
    total, sign, position = ONE, 1.0, 0
    while position < len(text.rstrip()):
        part = _PART.match(text, position)
        if part is None:
            return None
        position = part.end()
        if part["slash"]:
            sign = -1.0
        elif part["number"]:
            total = total.times(_si(float(part["number"])), sign)
        elif part["name"]:
            one = _named(part["name"], known or {})
            if one is None:
                return None
            total = total.times(one, sign * float(part["power"] or 1))
    return total


def _named(name: str, known: dict[str, str]) -> Quantity | None:
    if name in known and known[name].strip("() ") != name:
        return unit(known[name].strip("() "), {key: value for key, value in known.items() if key != name})
    for candidate in (name, name.removesuffix("s")):
        for prefix, factor in {"": 1.0, **PREFIXES}.items():
            rest = candidate.removeprefix(prefix) if prefix else candidate
            rest = ALIASES.get(rest, rest)
            if candidate.startswith(prefix) and rest in UNITS:
                return _si(factor).times(UNITS[rest])
            if rest == "um":
                return _si(factor * 1e-6, 1)
    return None


def factors_of(file: File) -> dict[str, Any]:
    """The constants that UNITS defines, such as FARADAY = (faraday) (coulomb)."""
    return {name: factor(text, file.units) for name, text in file.factors.items()}


def factor(text: str, known: dict[str, str]) -> float:
    """How many of the second unit the first is, or the number itself.

    Raises:
        ValueError: A unit is not known.

    Example:
        >>> factor("(kilocoulomb) (coulomb)", {})
        1000.0
    """
    found = _FACTOR.match(text)
    if found is None:
        raise ValueError(f"({text}) is not a unit.")
    if found["number"]:
        return float(found["number"])
    of, into = unit(found["of"], known), unit(found["into"] or "1", known)
    if of is None or into is None:
        raise ValueError(f"{text} has a unit that is not known.")
    return of.factor / into.factor
