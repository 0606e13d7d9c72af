"""Units as print has them: everywhere else they are ASCII, so that they can be typed, searched and compared."""

import re

_TOKEN = re.compile(
    r"(?<![\w^.])(?P<prefix>[fpnumcdkMG]?)(?P<symbol>m|s|S|F|M|A|V|C|K|L|J|N|W|g|Hz|Pa|ohm|mol)(?:\^?(?P<power>-?\d))?(?!\w)"
)
_PREFIXES = {"u": "µ"}
_SYMBOLS = {"ohm": "Ω"}
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_BRACKETS = re.compile(r"\[([^\[\]]+)\]")


def typeset(unit: str) -> str:
    """A unit of ASCII letters as people print it; that of a pure number, "1", they leave out.

    Example:
        >>> [typeset(unit) for unit in ("um", "S/cm2", "ohm cm", "1/(uM ms)", "uF/cm^2", "celsius", "1")]
        ['µm', 'S/cm²', 'Ω cm', '1/(µM ms)', 'µF/cm²', '°C', '']
    """
    return "" if unit == "1" else _TOKEN.sub(_printed, unit).replace("celsius", "°C")


def label(name: str | None, unit: str | None = None) -> str:
    """A name with its unit, as an axis or a colour bar says it.

    Example:
        >>> label("radius", "um"), label("HH_m", "1"), label("membrane current [mA/cm2]")
        ('radius [µm]', 'HH_m', 'membrane current [mA/cm²]')

    Args:
        name: What it is; a unit that it already has in brackets is typeset, but for one that TeX is to set.
        unit: Unit to append, if there is one.
    """
    name = "" if name is None else str(name)  # matplotlib takes anything for a label
    if "$" not in name:
        name = _BRACKETS.sub(lambda found: f"[{typeset(found[1]) or found[1]}]", name)
    printed = typeset(unit or "")
    return f"{name} [{printed}]" if printed else name


def _printed(found: re.Match[str]) -> str:
    """A symbol with its prefix and power."""
    prefix, symbol, power = found["prefix"], found["symbol"], found["power"] or ""
    return _PREFIXES.get(prefix, prefix) + _SYMBOLS.get(symbol, symbol) + power.translate(_RAISED)
