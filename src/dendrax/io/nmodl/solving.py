"""Statements for solvers and tables: reactions, equations, CONSERVE, COMPARTMENT, LONGITUDINAL_DIFFUSION, TABLE."""

from dendrax.io.nmodl.cursor import Cursor
from dendrax.io.nmodl.expressions import expression, variable
from dendrax.io.nmodl.tree import (
    Binary,
    Compartment,
    Conserve,
    Diffusion,
    Equation,
    Expression,
    Name,
    Number,
    Reaction,
    Side,
    Table,
)


def table(at: Cursor) -> Table:
    """`TABLE names DEPEND names FROM first TO last WITH count`."""
    place = at.take().place
    names = () if at.at("DEPEND", "FROM") else at.names()
    depends = at.names() if at.accept("DEPEND") else ()
    at.expect("FROM")
    first = expression(at)
    at.expect("TO")
    last = expression(at)
    at.expect("WITH")
    return Table(names, depends, first, last, expression(at), place=place)


def reaction_or_equation(at: Cursor) -> Reaction | Equation:
    """`~ a + b <-> c (f, r)` or `~ x + y = 1`: whether an arrow or `=` comes first tells."""
    place = at.take().place
    if at.ahead(("=", "<->", "<<", "->", "~", "{", "}")) == "=":
        left = expression(at)
        at.expect("=")
        return Equation(left, expression(at), place=place)
    left = _side(at)
    if not at.at("<->", "<<", "->"):
        raise at.error("`+`, `<->`, `->`, `<<` or `=`")
    arrow = at.take().text
    right = () if arrow == "<<" or at.at("(") else _side(at)
    at.expect("(")
    forward, backward = expression(at), None
    if arrow == "<->":
        at.expect(",", " and the backward rate")
        backward = expression(at)
    at.expect(")")
    return Reaction(left, arrow, right, forward, backward, place=place)


def _side(at: Cursor) -> Side:
    """`2 ca + pump`."""
    sum_of = [_substance(at)]
    while at.accept("+"):
        sum_of.append(_substance(at))
    return tuple(sum_of)


def _substance(at: Cursor) -> tuple[int, Name]:
    count = at.integer("an integer") if at.token.kind == "number" else 1
    return count, variable(at, "a state")


def conserve(at: Cursor) -> Conserve:
    """`CONSERVE 2 a + b = total`."""
    place = at.take().place
    left = _term(at)
    while at.accept("+"):
        left = Binary("+", left, _term(at), place=place)
    at.expect("=")
    return Conserve(left, expression(at), place=place)


def _term(at: Cursor) -> Expression:
    place = at.place
    if at.token.kind != "number":
        return expression(at, 5)
    count = Number(float(at.integer("an integer")), integer=True, place=place)
    at.accept("*")
    return Binary("*", count, variable(at, "a state"), place=place)


def compartment(at: Cursor) -> Compartment:
    """`COMPARTMENT i, volume {a b}`."""
    place = at.take().place
    return Compartment(*_over_states(at), place=place)


def diffusion(at: Cursor) -> Diffusion:
    """`LONGITUDINAL_DIFFUSION i, coefficient {a b}`."""
    place = at.take().place
    return Diffusion(*_over_states(at), place=place)


def _over_states(at: Cursor) -> tuple[str | None, Expression, tuple[str, ...]]:
    """An index of an array with a comma, if there is one; an expression; names in braces."""
    index, value, names = None, expression(at), list[str]()
    if isinstance(value, Name) and value.index is None and at.accept(","):
        index, value = value.name, expression(at)
    at.expect("{")
    while not at.accept("}"):
        names.append(at.name("the name of a state or `}`"))
        at.accept(",")
    return index, value, tuple(names)
