"""From the tree back to NMODL: `parse(source(file))` is `file` again.

What the tree does not hold is lost: comments, the order of blocks, names of DEFINE, which are numbers by now.
"""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from dendrax.io.nmodl.expressions import LEVELS, POWER, SIGN
from dendrax.io.nmodl.tree import (
    Assign,
    Binary,
    Block,
    Body,
    Call,
    Compartment,
    Conserve,
    Declared,
    Diffusion,
    Do,
    Equation,
    Expression,
    File,
    ForAll,
    From,
    If,
    Ignored,
    Ion,
    Local,
    Name,
    Neuron,
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
)


def source(file: File) -> str:
    """The file as NMODL, with what it includes in place."""
    return "\n".join(_file(file)) + "\n"


def expression_source(node: Expression, level: int = 1) -> str:
    """An expression as NMODL, in parentheses if it binds less tightly than `level`."""
    match node:
        case Number(value, integer, unit):
            return f"{int(value) if integer else repr(value)}{_unit(unit)}"
        case Text(value):
            return f'"{value}"'
        case Name(name, index, order):
            return name + "'" * order + ("" if index is None else f"[{expression_source(index)}]")
        case Call(name, arguments):
            return f"{name}({', '.join(map(expression_source, arguments))})"
        case Unary(operator, operand):
            text = f"{operator}{expression_source(operand, SIGN)}"
            return f"({text})" if level > POWER else text
        case Binary(operator, left, right):
            binds = LEVELS[operator]
            first, second = (binds + 1, binds) if binds == POWER else (binds, binds + 1)
            text = f"{expression_source(left, first)} {operator} {expression_source(right, second)}"
            return f"({text})" if binds < level else text


def statement_source(node: Statement) -> str:
    """A statement as NMODL, on one line or on several."""
    return "\n".join(_statement(node))


def _file(file: File) -> Iterator[str]:
    yield from [f"TITLE {file.title}"] if file.title else []
    yield from _braces("NEURON", _neuron(file.neuron)) if file.neuron != Neuron() else []
    abbreviations = [f"({name}) = ({meaning})" for name, meaning in file.units.items()]
    factors = [f"{name} = {value}" for name, value in file.factors.items()]
    yield from _braces("UNITS", abbreviations + factors) if abbreviations or factors else []
    lists = {
        "PARAMETER": file.parameters,
        "CONSTANT": file.constants,
        "STATE": file.states,
        "ASSIGNED": file.assigned,
    }
    for word, entries in lists.items():
        yield from _braces(word, [_declared(entry, word) for entry in entries]) if entries else []
    yield from [f"LOCAL {_lengths(file.locals)}"] if file.locals else []
    for node in (*file.verbatim, *file.routines):
        yield from _routine(node) if isinstance(node, Routine) else _statement(node)
    # Last, since a name before its DEFINE is not a number.
    yield from [f"DEFINE {name} {value}" for name, value in file.defines.items()]


def _neuron(neuron: Neuron) -> Iterator[str]:
    if neuron.kind:
        yield f"{neuron.kind} {neuron.name}"
    for ion in neuron.ions:
        yield _ion(ion)
    lists = {
        "NONSPECIFIC_CURRENT": neuron.nonspecific,
        "ELECTRODE_CURRENT": neuron.electrode,
        "RANGE": neuron.ranges,
        "GLOBAL": neuron.globals,
        "POINTER": neuron.pointers,
        "BBCOREPOINTER": neuron.core_pointers,
        "EXTERNAL": neuron.externals,
        "RANDOM": neuron.randoms,
    }
    for word, names in lists.items():  # NEURON refuses long lines
        yield from wrap(f"{word} {', '.join(names)}", subsequent_indent="    ", break_long_words=False) if names else []
    yield from ["THREADSAFE"] if neuron.threadsafe else []


def _ion(ion: Ion) -> str:
    parts = {
        "READ": ", ".join(ion.reads),
        "WRITE": ", ".join(ion.writes),
        "VALENCE": "" if ion.valence is None else repr(ion.valence),
        "REPRESENTS": ion.represents or "",
    }
    return " ".join([f"USEION {ion.name}", *(f"{word} {value}" for word, value in parts.items() if value)])


def _declared(entry: Declared, block: str) -> str:
    """PARAMETER wants its limits last, STATE and ASSIGNED want theirs before the unit."""
    text = entry.name + (f"[{entry.length}]" if entry.length else "")
    text += "" if entry.default is None else f" = {entry.default!r}"
    ranged = entry.low is not None and entry.high is not None and block in ("STATE", "ASSIGNED")
    text += f" FROM {entry.low!r} TO {entry.high!r}" if ranged else ""
    text += "" if entry.start is None else f" START {entry.start!r}"
    text += _unit(entry.unit)
    if entry.low is not None and not ranged:
        text += f" <{entry.low!r}>" if entry.high is None else f" <{entry.low!r}, {entry.high!r}>"
    return text


def _routine(routine: Routine) -> Iterator[str]:
    head = f"{routine.kind} {routine.name}".rstrip()
    if routine.arguments or routine.kind in ("PROCEDURE", "FUNCTION", "FUNCTION_TABLE", "NET_RECEIVE"):
        head += f"({', '.join(name + _unit(unit) for name, unit in routine.arguments)}){_unit(routine.unit)}"
    head += f" SOLVEFOR {', '.join(routine.unknowns)}" if routine.unknowns else ""
    yield from [head] if routine.kind == "FUNCTION_TABLE" else _body(head, routine.body)


def _body(head: str, body: Body) -> Iterator[str]:
    return _braces(head, (line for statement in body for line in _statement(statement)))


def _braces(head: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{head} {{".lstrip()
    yield from (f"    {line}" for line in lines)
    yield "}"


def _statement(node: Statement) -> Iterator[str]:
    match node:
        case If():
            yield from _if(node)
        case While(condition, body):
            yield from _body(f"while ({expression_source(condition)})", body)
        case From(variable, first, last, step, body):
            by = "" if step is None else f" BY {expression_source(step)}"
            yield from _body(f"FROM {variable} = {expression_source(first)} TO {expression_source(last)}{by}", body)
        case ForAll(arguments, body):
            yield from _body(f"FOR_NETCONS({', '.join(arguments)})", body)
        case Block(kind, body):
            yield from _body(kind, body)
        case Solve(block, method, steady, on_error):
            word = " STEADYSTATE " if steady else " METHOD "
            head = f"SOLVE {block}{word + method if method else ''}"
            yield from _body(f"{head} IFERROR", on_error) if on_error else [head]
        case _:
            yield _line(node)


def _if(node: If) -> Iterator[str]:
    """A ladder of else if on one level."""
    yield from _body(f"if ({expression_source(node.condition)})", node.then)
    otherwise = node.otherwise
    while len(otherwise) == 1 and isinstance(otherwise[0], If):
        yield from _body(f"else if ({expression_source(otherwise[0].condition)})", otherwise[0].then)
        otherwise = otherwise[0].otherwise
    yield from _body("else", otherwise) if otherwise else []


def _line(node: Statement) -> str:
    match node:
        case Assign(target, value):
            text = f"{expression_source(target)} = {expression_source(value)}"
        case Do(call):
            text = expression_source(call)
        case Local(names):
            text = f"LOCAL {_lengths(names)}"
        case Table(names, depends, first, last, count):
            text = " ".join(["TABLE", ", ".join(names)]).rstrip()
            text += f" DEPEND {', '.join(depends)}" if depends else ""
            text += f" FROM {expression_source(first)} TO {expression_source(last)} WITH {expression_source(count)}"
        case Watch(condition, flag):
            text = f"WATCH ({expression_source(condition)}) {expression_source(flag)}"
        case Verbatim(said):
            text = f"VERBATIM{said}ENDVERBATIM"
        case Ignored(what):
            text = what
        case _:
            text = _solving(node)
    return text


def _solving(node: Statement) -> str:
    match node:
        case Conserve(left, right):
            text = f"CONSERVE {_conserved(left)} = {expression_source(right)}"
        case Reaction(left, arrow, right, forward, backward):
            rates = ", ".join(expression_source(rate) for rate in (forward, backward) if rate is not None)
            text = " ".join(["~", _side(left), arrow, *([_side(right)] if right else []), f"({rates})"])
        case Equation(left, right):
            text = f"~ {expression_source(left)} = {expression_source(right)}"
        case Compartment(index, volume, names):
            text = f"COMPARTMENT {_over_states(index, volume, names)}"
        case Diffusion(index, coefficient, names):
            text = f"LONGITUDINAL_DIFFUSION {_over_states(index, coefficient, names)}"
        case _:
            raise TypeError(node)
    return text


def _conserved(left: Expression) -> str:
    """`2 a + b`: with blanks in place of `*` as NEURON wants it."""
    match left:
        case Binary("+", sum_of, term):
            return f"{_conserved(sum_of)} + {_conserved(term)}"
        case Binary("*", Number() as count, Name() as name):
            return f"{expression_source(count)} {expression_source(name)}"
        case _:
            return expression_source(left)


def _side(side: Side) -> str:
    return " + ".join(
        f"{count} {expression_source(name)}" if count != 1 else expression_source(name) for count, name in side
    )


def _over_states(index: str | None, value: Expression, names: tuple[str, ...]) -> str:
    return f"{'' if index is None else index + ', '}{expression_source(value)} {{{' '.join(names)}}}"


def _lengths(names: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{name}[{length}]" if length else name for name, length in names)


def _unit(unit: str | None) -> str:
    return "" if unit is None else f" ({unit})"
