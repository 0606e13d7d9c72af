"""Expressions, by precedence climbing.

From loosest to tightest, as NEURON has them: `||`, `&&`, comparisons, `+ -`, `* /`, the signs `-` and `!`, and `^`,
which alone groups from the right: -x^2 is -(x^2), a^b^c is a^(b^c), !a == b is (!a) == b.
"""

from dendrax.io.nmodl.cursor import Cursor
from dendrax.io.nmodl.tree import Binary, Call, Expression, Name, Number, Text, Unary

LEVELS = {"||": 1, "&&": 2, "<": 3, ">": 3, "<=": 3, ">=": 3, "==": 3, "!=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "^": 7}
SIGN = 6  # the level of - and ! before an operand
POWER = LEVELS["^"]


def expression(at: Cursor, level: int = 1) -> Expression:
    """An expression of operators that bind at least as tightly as `level`."""
    with at.deeper():
        place = at.place
        if at.at("-"):
            at.take()
            left: Expression = Unary("-", expression(at, SIGN), place=place)
        elif at.accept("!"):
            left = Unary("!", expression(at, SIGN), place=place)
        else:
            left = operand(at)
        while (binds := LEVELS.get(at.token.text, 0)) >= level:
            operator = at.take().text
            left = Binary(operator, left, expression(at, binds if binds == POWER else binds + 1), place=place)
    return left


def operand(at: Cursor) -> Expression:
    """A number, a name, a call, or an expression in parentheses."""
    place, token = at.place, at.token
    if token.kind == "number":
        value = at.finite()
        return Number(value, token.text.isdecimal(), at.unit(), place=place)
    if token.text in at.defines:
        return Number(float(at.integer("")), integer=True, unit=at.unit(), place=place)
    if at.accept("("):
        inside = expression(at)
        at.expect(")")
        return inside
    name = variable(at, "an expression")
    return call(at, name) if at.at("(") and name.index is None and not name.order else name


def variable(at: Cursor, expected: str = "a name") -> Name:
    """`x`, `x'`, `x[i]`, `x'[i]`."""
    place, name, order, index = at.place, at.name(expected), 0, None
    while at.accept("'"):
        order += 1
    if at.accept("["):
        index = expression(at)
        at.expect("]")
    return Name(name, index, order, place=place)


def call(at: Cursor, name: Name) -> Call:
    """`(x, y)` after the name of a function."""
    at.expect("(")
    arguments = () if at.at(")") else at.listed(lambda: _argument(at))
    at.expect(")")
    return Call(name.name, arguments, place=name.place)


def _argument(at: Cursor) -> Expression:
    if at.token.kind != "string":
        return expression(at)
    place = at.place
    return Text(at.take().text[1:-1], place=place)
