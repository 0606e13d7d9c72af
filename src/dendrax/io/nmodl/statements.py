"""Statements of a block: control flow and assignments; those for solvers are in solving.py."""

from collections.abc import Callable
from dataclasses import replace

from dendrax.io.nmodl.cursor import Cursor
from dendrax.io.nmodl.expressions import call, expression, variable
from dendrax.io.nmodl.solving import compartment, conserve, diffusion, reaction_or_equation, table
from dendrax.io.nmodl.tree import (
    Assign,
    Block,
    Body,
    Do,
    Expression,
    ForAll,
    From,
    If,
    Ignored,
    Local,
    Solve,
    Statement,
    Verbatim,
    Watch,
    While,
)


def body(at: Cursor) -> Body:
    """`{ statements }`."""
    with at.deeper():
        at.expect("{")
        statements: list[Statement] = []
        while not at.accept("}"):
            statements.extend(statement(at))
    return tuple(statements)


def statement(at: Cursor) -> Body:
    """One statement; none for UNITSOFF, several for a WATCH of several conditions."""
    if at.token.kind == "verbatim":
        return (verbatim(at),)
    if at.accept("UNITSOFF") or at.accept("UNITSON"):
        return ()
    if at.accept("WATCH"):
        return at.listed(lambda: _watch(at))
    if read := STATEMENTS.get(at.token.text):
        return (read(at),)
    return (_assignment(at),)


def _assignment(at: Cursor) -> Assign | Do:
    """`x = value`, `f(x)`."""
    place = at.place
    target = variable(at, "a statement or `}`")
    if at.at("(") and target.index is None and not target.order:
        return Do(call(at, target), place=place)
    at.expect("=", f" after {target.name}")
    return Assign(target, expression(at), place=place)


def verbatim(at: Cursor) -> Verbatim:
    """VERBATIM ... ENDVERBATIM."""
    place = at.place
    return Verbatim(at.take().text.removeprefix("VERBATIM").removesuffix("ENDVERBATIM"), place=place)


def _if(at: Cursor) -> If:
    """`if (...) {...} else if (...) {...} else {...}`: a ladder is read from its top and built from its foot."""
    arms: list[If] = [_arm(at)]
    otherwise: Body = ()
    while at.accept("else") or at.accept("ELSE"):
        if at.at("if", "IF"):
            arms.append(_arm(at))
        else:
            otherwise = body(at)
            break
    for arm in reversed(arms[1:]):
        otherwise = (replace(arm, otherwise=otherwise),)
    return replace(arms[0], otherwise=otherwise)


def _arm(at: Cursor) -> If:
    place = at.take().place
    return If(_condition(at), body(at), place=place)


def _condition(at: Cursor) -> Expression:
    at.expect("(")
    condition = expression(at)
    at.expect(")")
    return condition


def _while(at: Cursor) -> While:
    place = at.take().place
    return While(_condition(at), body(at), place=place)


def _from(at: Cursor) -> From:
    place = at.take().place
    variable = at.name()
    at.expect("=")
    first = expression(at)
    at.expect("TO")
    last = expression(at)
    step = expression(at) if at.accept("BY") else None
    return From(variable, first, last, step, body(at), place=place)


def _for_all(at: Cursor) -> ForAll:
    place = at.take().place
    arguments = tuple(name for name, _ in arguments_of(at))
    return ForAll(arguments, body(at), place=place)


def arguments_of(at: Cursor) -> tuple[tuple[str, str | None], ...]:
    """`(v (mV), w)` at the head of a routine: names and units."""
    at.expect("(")
    arguments = () if at.at(")") else at.listed(lambda: (at.name(), at.unit()))
    at.expect(")")
    return arguments


def _local(at: Cursor) -> Local:
    place = at.take().place
    return Local(local_names(at), place=place)


def local_names(at: Cursor) -> tuple[tuple[str, int], ...]:
    """`a, b[3]` after LOCAL."""
    return at.listed(lambda: (at.name(), at.length()))


def _solve(at: Cursor) -> Solve:
    place = at.take().place
    block, method, steady = at.name("the name of a block"), None, False
    if at.at("METHOD", "STEADYSTATE"):
        steady = at.take().text == "STEADYSTATE"
        method = at.name("the name of a method")
    on_error = body(at) if at.accept("IFERROR") else ()
    return Solve(block, method, steady, on_error, place=place)


def _watch(at: Cursor) -> Watch:
    place = at.place
    return Watch(_condition(at), expression(at), place=place)


def _protect(at: Cursor) -> Assign | Do:
    at.take()
    return _assignment(at)


def _initial(at: Cursor) -> Block:
    place = at.take().place
    return Block("INITIAL", body(at), place=place)


def _block(at: Cursor) -> Block:
    place = at.place
    return Block("", body(at), place=place)


def _ignored(at: Cursor) -> Ignored:
    word = at.take()
    names = at.names() if word.text == "SENS" else ()
    return Ignored(" ".join([word.text, ", ".join(names)]).strip(), place=word.place)


STATEMENTS: dict[str, Callable[[Cursor], Statement]] = {
    "if": _if,
    "IF": _if,
    "while": _while,
    "WHILE": _while,
    "FROM": _from,
    "FOR_NETCONS": _for_all,
    "LOCAL": _local,
    "SOLVE": _solve,
    "PROTECT": _protect,
    "INITIAL": _initial,
    "{": _block,
    "MUTEXLOCK": _ignored,
    "MUTEXUNLOCK": _ignored,
    "RESET": _ignored,
    "SENS": _ignored,
    "TABLE": table,
    "CONSERVE": conserve,
    "COMPARTMENT": compartment,
    "LONGITUDINAL_DIFFUSION": diffusion,
    "~": reaction_or_equation,
}
