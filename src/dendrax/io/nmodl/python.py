"""A .mod file as Python, to be read: what was understood of it. Nobody runs this text."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator
from pathlib import Path

from dendrax.io.nmodl import parser
from dendrax.io.nmodl.arithmetic import FUNCTIONS
from dendrax.io.nmodl.mechanism import NmodlMechanism
from dendrax.io.nmodl.program import Program
from dendrax.io.nmodl.tree import (
    Assign,
    Binary,
    Block,
    Call,
    Compartment,
    Conserve,
    Declared,
    Diffusion,
    Do,
    Equation,
    Expression,
    ForAll,
    From,
    If,
    Ignored,
    Local,
    Name,
    Number,
    Reaction,
    Routine,
    Side,
    Solve,
    Statement,
    Table,
    Text,
    Unary,
    Verbatim,
    Watch,
    While,
    walk,
)

OPERATORS = {"&&": "and", "||": "or", "^": "**"}
LEVELS = {"||": 1, "&&": 2, **dict.fromkeys(("<", ">", "<=", ">=", "==", "!="), 4), "+": 5, "-": 5, "*": 6, "/": 6}
NOT, COMPARISON, SIGN, POWER = 3, 4, 7, 8
"""How tightly operators of Python bind."""


def to_python(mechanism: str | Path | type[NmodlMechanism]) -> str:
    """What was understood of a .mod file, as Python for reading.

    The docstring lists parameters, states, ions, currents, and the variables that are kept from step to step. Every
    block is a function. `dm_dt = ...` is a differential equation; `solve`, `react`, `conserve` and the like stand for
    statements that Python does not have. Files that Dendrax cannot use are shown too.

    Args:
        mechanism: Path of the file, or a class that `load` returned.

    Returns:
        The text, which is valid Python. It is not meant to be run.

    Raises:
        FileNotFoundError: There is no such file.
        NmodlSyntaxError: The file breaks the grammar.

    Example:
        ```python
        print(nmodl.to_python("mechanisms/Ih.mod"))
        ```
    """
    program = mechanism.program if isinstance(mechanism, type) else Program(parser.parse_file(mechanism))
    parts = ["\n".join(_head(program)), *("\n".join(_routine(one)) for one in program.file.routines)]
    return "\n\n\n".join(part for part in parts if part) + "\n"


def _head(program: Program) -> Iterator[str]:
    """The docstring, imports and constants."""
    file = program.file
    yield f'"""{program.kind} {program.name}' + (f": {_plain(file.title)}" if file.title else "")
    kept = [one for name, one in program.declared.items() if name in program.carried]
    lists = {
        "Parameters": [_fact(one) for one in file.parameters if one.name in program.parameters],
        "States": [_fact(one) for one in file.states],
        "Kept from step to step": [_fact(one) for one in kept],
        "Follow from parameters": [*program.derived],
        "Ions": [f"{_plain(ion.name)}: reads {_all(ion.reads)}; writes {_all(ion.writes)}" for ion in file.neuron.ions],
        "Currents": [f"{name} ({ion or 'nonspecific'})" for name, ion in program.currents.items()],
    }
    for title, entries in lists.items():
        yield from ["", f"{title}:", *(f"    {entry}" for entry in entries)] if entries else []
    yield '"""'
    called = {one.name for one in walk(*file.routines) if isinstance(one, Call)}
    known = sorted(called & FUNCTIONS.keys() - {"abs", "fmin", "fmax"})
    yield from ["", f"from math import {', '.join(known)}"] if known else []
    constants = [f"{_name(one.name)} = {one.default or 0.0!r}" for one in file.constants]
    constants += [f"{_name(name)} = units({_plain(text)!r})" for name, text in file.factors.items()]
    yield from ["", *constants] if constants else []


def _fact(one: Declared) -> str:
    length = f"[{one.length}]" if one.length else ""
    default = "" if one.default is None else f" = {one.default!r}"
    return f"{one.name}{length}{default}" + (f" [{_plain(one.unit)}]" if one.unit else "")


def _all(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def _plain(text: str) -> str:
    """Text that is safe between quotation marks and in a comment."""
    return "".join(one if one.isprintable() else " " for one in text).replace("\\", "/").replace('"', "'")


def _name(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def _routine(routine: Routine) -> Iterator[str]:
    """A block as a function."""
    name = _name(routine.name or routine.kind.lower().replace(" ", "_"))
    arguments = ", ".join(_name(argument) for argument, _ in routine.arguments)
    yield f"def {name}({arguments}):"
    yield f'    """{routine.kind}{f" [{_plain(routine.unit)}]" if routine.unit else ""}."""'
    if routine.kind == "FUNCTION":
        yield f"    {name}_value = 0.0"
        yield from _indented(_body(routine.body, routine.name))
        yield f"    return {name}_value"
    else:
        yield from _indented(_body(routine.body, ""))


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _body(statements: Iterable[Statement], function: str) -> Iterator[str]:
    lines = [line for one in statements for line in _statement(one, function)]
    yield from lines
    if all(line.lstrip().startswith("#") for line in lines):
        yield "pass"


def _statement(one: Statement, function: str) -> Iterator[str]:  # noqa: C901, PLR0912 - a line or two for each kind
    """A statement inside of a block; `function` is the FUNCTION whose value is being set."""

    def show(expression: Expression | None, level: int = 0) -> str:
        return "None" if expression is None else _expression(expression, function, level)

    match one:
        case Assign(target, value) if target.order:
            index = "" if target.index is None else f"[{show(target.index)}]"
            yield f"d{target.name}_dt{index} = {show(value)}"
        case Assign(target, value):
            yield f"{show(target)} = {show(value)}"
        case Do(call):
            yield show(call)
        case If():
            yield from _if(one, function, "if")
        case While(condition, body):
            yield f"while {show(condition)}:"
            yield from _indented(_body(body, function))
        case From(variable, first, last, step, body):
            ends = f"{show(first)}, {show(last, LEVELS['+'])} + 1" + ("" if step is None else f", {show(step)}")
            yield f"for {_name(variable)} in range({ends}):"
            yield from _indented(_body(body, function))
        case ForAll(arguments, body):
            yield f"for {', '.join(map(_name, arguments)) or '_'} in netcons:"
            yield from _indented(_body(body, function))
        case Block(kind, body):
            yield from [f"# {kind}"] if kind else []
            yield from _body(body, function)
        case Local(names):
            yield "; ".join(f"{_name(name)} = {f'[0.0] * {length}' if length else '0.0'}" for name, length in names)
        case Solve(block, method, steady):
            facts = ([f"method={method!r}"] if method else []) + (["steady=True"] if steady else [])
            yield f"solve({', '.join([_name(block), *facts])})"
        case Reaction(left, arrow, right, forward, backward):
            rates = [show(forward)] + ([] if backward is None else [show(backward)])
            yield f"react({_side(left, function)}, {arrow!r}, {_side(right, function)}, {', '.join(rates)})"
        case Conserve(left, right) | Equation(left, right):
            word = "conserve" if isinstance(one, Conserve) else "equal"
            yield f"{word}({show(left)}, {show(right)})"
        case Compartment(index, amount, names) | Diffusion(index, amount, names):
            word = "compartment" if isinstance(one, Compartment) else "diffuse"
            value = f"lambda {_name(index)}: {show(amount)}" if index else show(amount)
            yield f"{word}([{', '.join(map(_name, names))}], {value})"
        case Table(names, depends, first, last, count):
            of, on = _all(names), f" DEPEND {', '.join(depends)}" if depends else ""
            yield f"# TABLE of {of}{on} FROM {show(first)} TO {show(last)} WITH {show(count)}"
        case Watch(condition, flag):
            yield f"watch({show(condition)}, {show(flag)})"
        case Verbatim(text):
            yield from ["# VERBATIM", *(f"# {_plain(line)}".rstrip() for line in text.splitlines())]
        case Ignored(what):
            yield f"# {_plain(what)}"


def _if(one: If, function: str, word: str) -> Iterator[str]:
    yield f"{word} {_expression(one.condition, function)}:"
    yield from _indented(_body(one.then, function))
    if len(one.otherwise) == 1 and isinstance(one.otherwise[0], If):
        yield from _if(one.otherwise[0], function, "elif")
    elif one.otherwise:
        yield "else:"
        yield from _indented(_body(one.otherwise, function))


def _side(side: Side, function: str) -> str:
    """What takes part in a reaction, as a list."""
    factors = {number: f"{count} * " for number, (count, _) in enumerate(side) if count != 1}
    parts = (factors.get(number, "") + _expression(name, function) for number, (_, name) in enumerate(side))
    return f"[{', '.join(parts)}]"


def _expression(one: Expression, function: str, level: int = 0) -> str:
    """An expression, in parentheses if it binds less tightly than `level`."""
    match one:
        case Number(value, integer):
            return str(int(value)) if integer else repr(value)
        case Text(value):
            return repr(value)
        case Name(name, index, _):
            shown = f"{name}_value" if name == function else _name(name)
            return shown if index is None else f"{shown}[{_expression(index, function)}]"
        case Call(name, arguments):
            return f"{_name(name)}({', '.join(_expression(argument, function) for argument in arguments)})"
        case Unary(operator, operand):
            binds = NOT if operator == "!" else SIGN
            text = f"{'not ' if operator == '!' else '-'}{_expression(operand, function, binds)}"
        case Binary(operator, left, right):
            binds = LEVELS.get(operator, POWER)
            above = (binds + 1, SIGN) if binds == POWER else (binds + (binds == COMPARISON), binds + 1)
            sides = (_expression(side, function, least) for side, least in zip((left, right), above, strict=True))
            text = f" {OPERATORS.get(operator, operator)} ".join(sides)
    return f"({text})" if binds < level else text
