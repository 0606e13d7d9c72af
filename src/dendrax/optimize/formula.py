"""Formulas of distance in files of BluePyOpt, computed without running them as Python."""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from dendrax.errors import ModelValueError

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name) for name in ("exp", "log", "log10", "sqrt", "sin", "cos", "tanh")
}


def evaluate(formula: str, **values: Any) -> Any:
    """A formula such as "(-0.8696 + 2.087*math.exp(({distance})*0.0031))*{value}".

    Args:
        formula: Numbers, names in braces, + - * / **, and functions of `math`.
        **values: What stands for the names; numbers or arrays.

    Returns:
        The value, an array where a name stands for one.

    Raises:
        ModelValueError: Anything else is in the formula, or a name that is not given.

    Example:
        >>> float(evaluate("2*math.exp({x})", x=0.0))
        2.0
    """
    try:
        return _value(formula, ast.parse(formula.replace("{", "").replace("}", ""), mode="eval").body, values)
    except SyntaxError:
        raise ModelValueError(f"The formula {formula!r} cannot be read.") from None


def _value(formula: str, node: ast.AST, values: dict[str, Any]) -> Any:
    """The value of a part of the formula."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Attribute(value=ast.Name(id="math"), attr="pi" | "e" as name):
            return getattr(math, name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(formula, left, values), _value(formula, right, values))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(formula, operand, values))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math" | "numpy" | "np"), attr=name), args=[argument]) if (
            name in FUNCTIONS
        ):
            return FUNCTIONS[name](_value(formula, argument, values))
    raise ModelValueError(
        f"The formula {formula!r} holds {ast.unparse(node)!r}. It may hold numbers, {', '.join(values)}, + - * / **, "
        f"math.{', math.'.join(FUNCTIONS)}."
    )
