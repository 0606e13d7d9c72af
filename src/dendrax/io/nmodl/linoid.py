"""Quotients such as x / (exp(x) - 1), which .mod files write in a hundred ways, without their gap at 0."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from dendrax.io.nmodl.arithmetic import divide, is_known
from dendrax.io.nmodl.tree import Binary, Call, Expression, Name, Number, Unary, walk
from dendrax.mechanisms.rates import x_over_expm1

NEGLIGIBLE = 1e-10
"""Of the constant term of the numerator: the part that a zero of the exponent leaves, which is rounding."""

V = Name("v")
Evaluate = Callable[[Expression], Any]
Affine = tuple[Any, Any]
"""Slope and constant of an expression in a variable."""


def linoid(quotient: Binary, evaluate: Evaluate) -> Any:
    """The value of `quotient` if its denominator is exp(u) - 1 or 1 - exp(u) and both u and the numerator are affine.

    With u = b x + c and the numerator a x + d it is a/b u/(exp(u) - 1), as long as both are 0 at the same x; None for
    any other quotient.
    """
    found = _exponent(quotient.right)
    if found is None:
        return None
    exponent, sign = found
    variable = _only_variable(exponent)
    if variable is None:
        return None
    below, above = _affine(exponent, variable, evaluate), _affine(quotient.left, variable, evaluate)
    if below is None or above is None or (is_known(below[0]) and below[0] == 0):
        return None
    ratio = divide(above[0], below[0])
    left = above[1] - ratio * below[1]
    scale = NEGLIGIBLE * (abs(above[1]) + abs(ratio * below[1]))
    if is_known(left, scale):
        if abs(left) > scale:
            return None
        return sign * ratio * x_over_expm1(evaluate(exponent))
    u = evaluate(exponent)
    as_written = divide(evaluate(quotient.left), evaluate(quotient.right))
    return jnp.where(abs(left) <= scale, sign * ratio * x_over_expm1(u), as_written)


def _exponent(below: Expression) -> tuple[Expression, float] | None:
    """u and 1 of exp(u) - 1, u and -1 of 1 - exp(u)."""
    if not isinstance(below, Binary) or below.operator not in "+-":
        return None
    left, right = below.left, below.right
    of_left, of_right = _argument_of_exp(left), _argument_of_exp(right)
    if below.operator == "-" and of_left is not None and _is_one(right):
        return of_left, 1.0
    if below.operator == "-" and _is_one(left) and of_right is not None:
        return of_right, -1.0
    if below.operator == "+" and of_right is not None and _is_one(left, -1.0):
        return of_right, 1.0
    return None


def _argument_of_exp(one: Expression) -> Expression | None:
    return one.arguments[0] if isinstance(one, Call) and one.name == "exp" and len(one.arguments) == 1 else None


def _is_one(one: Expression, value: float = 1.0) -> bool:
    if isinstance(one, Unary) and one.operator == "-":
        return _is_one(one.operand, -value)
    return isinstance(one, Number) and one.value == value


def _only_variable(exponent: Expression) -> Name | None:
    """The variable in which u is affine: v, or else the first. Entries of an array are different variables."""
    found = _variables(exponent)
    return V if V in found else next(iter(found), None)


def _variables(expression: Expression) -> list[Name]:
    return [one for one in walk(expression) if isinstance(one, Name)]


def _affine(one: Expression, variable: Name, evaluate: Evaluate) -> Affine | None:
    """Slope and constant in a variable, None if it is not affine."""
    if variable not in _variables(one):
        return 0.0, evaluate(one)
    if one == variable:
        return 1.0, 0.0
    if isinstance(one, Unary) and one.operator == "-":
        return _scaled(_affine(one.operand, variable, evaluate), -1.0)
    return _affine_of_two(one, variable, evaluate) if isinstance(one, Binary) else None


def _affine_of_two(one: Binary, variable: Name, evaluate: Evaluate) -> Affine | None:
    """The same of two operands."""
    on_left, on_right = (variable in _variables(side) for side in (one.left, one.right))
    if one.operator in "+-":
        left, right = _affine(one.left, variable, evaluate), _affine(one.right, variable, evaluate)
        right = _scaled(right, 1.0 if one.operator == "+" else -1.0)
        return None if left is None or right is None else (left[0] + right[0], left[1] + right[1])
    if one.operator == "*" and not (on_left and on_right):
        inner, factor = (one.left, one.right) if on_left else (one.right, one.left)
        return _scaled(_affine(inner, variable, evaluate), evaluate(factor))
    if one.operator == "/" and not on_right:
        return _scaled(_affine(one.left, variable, evaluate), divide(1.0, evaluate(one.right)))
    return None


def _scaled(one: Affine | None, factor: Any) -> Affine | None:
    return None if one is None else (factor * one[0], factor * one[1])
