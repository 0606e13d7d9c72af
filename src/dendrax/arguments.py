"""What an argument has to be, checked at the door, with one sentence of error for each kind."""

import math
import reprlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dendrax.errors import ModelTypeError, ModelValueError

MOST = 2**31 - 1
"""No model has more of anything."""


def real(what: str, value: Any) -> float:
    """A finite number.

    Args:
        what: Function and argument, "rotate: degrees".
        value: What was passed.

    Raises:
        ModelTypeError: Not a number.
        ModelValueError: NaN or infinite.

    Example:
        >>> real("rotate: degrees", 90)
        90.0
    """
    try:
        number = float(_no_text(value))
    except (TypeError, ValueError, OverflowError):
        raise ModelTypeError(f"{what} must be a number, but is {reprlib.repr(value)}.") from None
    if not math.isfinite(number):
        raise ModelValueError(f"{what} must be a finite number, but is {value!r}.")
    return number


def positive(what: str, value: Any) -> float:
    """A finite number above 0. See `real`."""
    number = real(what, value)
    if number <= 0:
        raise ModelValueError(f"{what} must be positive, but is {value!r}.")
    return number


def whole(what: str, value: Any, least: int = 1) -> int:
    """A whole number of things.

    Raises:
        ModelValueError: Not a whole number, below `least` or above what any model has.

    Example:
        >>> whole("sample_comp: num", 3)
        3
    """
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or not least <= value <= MOST:
        kind = "a positive integer" if least == 1 else f"an integer from {least}"
        raise ModelValueError(f"{what} must be {kind}, but is {reprlib.repr(value)}.")
    return int(value)


def flag(what: str, value: Any) -> bool:
    """Whether something is asked for.

    Raises:
        ModelTypeError: An array, of which nobody knows whether it is true.

    Example:
        >>> flag("integrate: check", 1)
        True
    """
    try:
        return bool(value)
    except (TypeError, ValueError):
        raise ModelTypeError(f"{what} must be True or False, but is {reprlib.repr(value)}.") from None


def reals(what: str, values: Any) -> np.ndarray:
    """Numbers of any shape as an array of floats.

    Raises:
        ModelTypeError: Not numbers, or rows of different lengths.
    """
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise ModelTypeError(
            f"{what} must be a number or an array of numbers, but is {reprlib.repr(values)}."
        ) from None


def array(what: str, values: Any) -> np.ndarray:
    """Anything of even rows as an array.

    Raises:
        ModelTypeError: Rows of different lengths.
    """
    try:
        return np.asarray(values)
    except ValueError:
        raise ModelTypeError(f"{what}: the rows have different lengths: {reprlib.repr(values)}.") from None


def names(what: str, values: Any) -> list[str]:
    """One name or several as a list.

    Raises:
        ModelTypeError: Something else.

    Example:
        >>> names("show: param_names", "radius")
        ['radius']
    """
    if isinstance(values, str):
        return [values]
    several = list(values) if isinstance(values, Iterable) else [values]
    if not all(isinstance(one, str) for one in several):
        raise ModelTypeError(f"{what} must be a name or a list of names, but is {reprlib.repr(values)}.")
    return several


def keywords(what: str, value: Any) -> dict[str, Any]:
    """Keywords that are handed on; None is none.

    Raises:
        ModelTypeError: Not a dict with texts as keys.

    Example:
        >>> keywords("vis: cell_plot_kwargs", {"linewidth": 2.0})
        {'linewidth': 2.0}
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ModelTypeError(f"{what} must be a dict, such as {{'linewidth': 2.0}}, but is {reprlib.repr(value)}.")
    return dict(value)


def _no_text(value: Any) -> Any:
    """The value; Python would read a number from text."""
    if isinstance(value, (str, bytes)):
        raise TypeError
    return value
