"""Operators and functions of NMODL, for Python numbers and for arrays.

Python numbers stay numbers. So values that are known at trace time cost nothing at run time, and loops and
conditions over it are decided then. Everything that is returned for arrays has finite derivatives where it has a
finite value, also in a branch of an `if` that is not taken.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.mechanisms import exponentials
from dendrax.mechanisms.rates import quotient

LARGEST_INTEGER_POWER = 64


def is_known(*values: Any) -> bool:
    """Whether all values are numbers already, not arrays."""
    return all(isinstance(value, (bool, int, float, np.number, np.bool_)) for value in values)


def divide(a: Any, b: Any) -> Any:
    """a / b; an infinite or undefined quotient of arrays is that by 1 instead, so that it can be discarded."""
    if is_known(a, b):
        return float(a) / float(b) if b else math.nan if not a else math.copysign(math.inf, a)
    if is_known(b) and b:
        return a * (1.0 / b) if math.log2(abs(b)).is_integer() else a / b
    return quotient(a, jnp.where(b == 0.0, 1.0, b))


def power(a: Any, b: Any) -> Any:
    """a ^ b."""
    if is_known(a, b):
        try:
            return float(a) ** float(b)
        except (OverflowError, ZeroDivisionError):
            return math.inf
    if is_known(b) and float(b).is_integer() and abs(b) <= LARGEST_INTEGER_POWER:
        whole = jax.lax.integer_pow(a, int(abs(b))) if b else 1.0
        return whole if b >= 0 else divide(1.0, whole)
    if is_known(a) and a > 0:
        return exp(math.log(a) * b)
    return _power(*exponentials.floats(a, b))


@jax.custom_jvp
def _power(a: jax.Array, b: jax.Array) -> jax.Array:
    return jnp.power(a, b)


@_power.defjvp
def _power_jvp(primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[jax.Array, jax.Array]:
    a, b = primals
    value, safe = _power(a, b), jnp.where(a > 0.0, a, 1.0)
    by_base = jnp.where(a == 0.0, jnp.where(b == 1.0, 1.0, 0.0), b * quotient(value, jnp.where(a == 0.0, 1.0, a)))
    by_exponent = jnp.where(a > 0.0, value * jnp.log(safe), 0.0)
    return value, by_base * tangents[0] + by_exponent * tangents[1]


def exp(x: Any) -> Any:
    """The exponential, which neither overflows nor vanishes."""
    return math.exp(min(max(x, -708.0), 700.0)) if is_known(x) else exponentials.exp(x)


def log(x: Any) -> Any:
    """The natural logarithm; of an array, that of 1 where it has none."""
    if is_known(x):
        return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan
    return jnp.log(jnp.where(x > 0.0, x, 1.0))


def sqrt(x: Any) -> Any:
    """The square root; its derivative at 0 is 0."""
    if is_known(x):
        return math.sqrt(x) if x >= 0 else math.nan
    positive = x > 0.0
    return jnp.where(positive, jnp.sqrt(jnp.where(positive, x, 1.0)), 0.0)


def _of(known: Callable[..., float], array: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values: known(*values) if is_known(*values) else array(*values)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": exp,
    "log": log,
    "log10": lambda x: divide(log(x), math.log(10.0)),
    "sqrt": sqrt,
    "pow": power,
    "fabs": _of(math.fabs, jnp.abs),
    "abs": _of(math.fabs, jnp.abs),
    "sin": _of(math.sin, jnp.sin),
    "cos": _of(math.cos, jnp.cos),
    "tan": _of(math.tan, jnp.tan),
    "asin": _of(math.asin, jnp.arcsin),
    "acos": _of(math.acos, jnp.arccos),
    "atan": _of(math.atan, jnp.arctan),
    "atan2": _of(math.atan2, jnp.arctan2),
    "sinh": _of(math.sinh, jnp.sinh),
    "cosh": _of(math.cosh, jnp.cosh),
    "tanh": _of(math.tanh, jnp.tanh),
    "floor": _of(math.floor, jnp.floor),
    "ceil": _of(math.ceil, jnp.ceil),
    "fmod": _of(math.fmod, jnp.fmod),
    "fmin": _of(min, jnp.minimum),
    "fmax": _of(max, jnp.maximum),
    "erf": _of(math.erf, jax.scipy.special.erf),
    "expm1": _of(math.expm1, exponentials.expm1),
    "log1p": _of(math.log1p, jnp.log1p),
}
"""Functions of C that a .mod file may call."""


def truth(value: Any) -> Any:
    """A number as a condition."""
    if is_known(value):
        return bool(value)
    return value if value.dtype == bool else value != 0


def both(a: Any, b: Any) -> Any:
    """a && b."""
    a, b = truth(a), truth(b)
    if isinstance(a, bool):
        return b if a else False
    return a & b if not isinstance(b, bool) else (a if b else False)


def either(a: Any, b: Any) -> Any:
    """a || b."""
    return opposite(both(opposite(a), opposite(b)))


def opposite(a: Any) -> Any:
    """!a."""
    a = truth(a)
    return not a if isinstance(a, bool) else ~a


def choose(condition: Any, a: Any, b: Any) -> Any:
    """`a` where the condition holds and `b` elsewhere, arrays of NMODL (lists) entry by entry."""
    if isinstance(a, list):
        return [choose(condition, one, other) for one, other in zip(a, b, strict=True)]
    return a if a is b else jnp.where(condition, a, b)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "^": power,
    "&&": both,
    "||": either,
}
"""The operators of NMODL."""
