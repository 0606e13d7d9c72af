"""The syntax tree of a .mod file: frozen dataclasses, compared by what they say and not by where it stands.

Names are as in the file: nothing is resolved, except that a name of DEFINE is its number and that an INCLUDE is what
its file says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: file, line and column, both from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that stands in a file."""

    place: Place = field(default=Place("", 0, 0), kw_only=True, compare=False, repr=False)


# Expressions


@dataclass(frozen=True, slots=True)
class Number(Node):
    """`3`, `2.5e-3 (mV)`, or a name of DEFINE; `integer` if it is written without a point and an exponent."""

    value: float
    integer: bool = False
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string, as an argument of printf."""

    value: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """`x`, `x[i]`, or a derivative `x'`, which is of order 1."""

    name: str
    index: "Expression | None" = None
    order: int = 0


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`f(x, y)`."""

    name: str
    arguments: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """`-x` or `!x`."""

    operator: Literal["-", "!"]
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """`x + y` and the like: + - * / ^ < > <= >= == != && ||."""

    operator: str
    left: "Expression"
    right: "Expression"


Expression = Number | Text | Name | Call | Unary | Binary

# Statements


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`x = value`; `x' = value` in DERIVATIVE."""

    target: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Do(Node):
    """A call whose value nobody takes."""

    call: Call


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if (...) {...} else {...}`; `else if` is an If alone in `otherwise`."""

    condition: Expression
    then: "Body"
    otherwise: "Body" = ()


@dataclass(frozen=True, slots=True)
class While(Node):
    """`while (...) {...}`."""

    condition: Expression
    body: "Body"


@dataclass(frozen=True, slots=True)
class From(Node):
    """`FROM i = first TO last BY step {...}`, the last included."""

    variable: str
    first: Expression
    last: Expression
    step: Expression | None
    body: "Body"


@dataclass(frozen=True, slots=True)
class ForAll(Node):
    """`FOR_NETCONS(w, A) {...}`: for every connection to this point process."""

    arguments: tuple[str, ...]
    body: "Body"


@dataclass(frozen=True, slots=True)
class Local(Node):
    """`LOCAL a, b[3]`: names and lengths, 0 for a plain variable."""

    names: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Table(Node):
    """`TABLE names DEPEND depends FROM first TO last WITH count`; no names in a FUNCTION."""

    names: tuple[str, ...]
    depends: tuple[str, ...]
    first: Expression
    last: Expression
    count: Expression


@dataclass(frozen=True, slots=True)
class Solve(Node):
    """`SOLVE block METHOD method` or, if `steady`, `SOLVE block STEADYSTATE method`."""

    block: str
    method: str | None = None
    steady: bool = False
    on_error: "Body" = ()


@dataclass(frozen=True, slots=True)
class Conserve(Node):
    """`CONSERVE left = right`."""

    left: Expression
    right: Expression


Side = tuple[tuple[int, Name], ...]  # of a reaction: how many of which


@dataclass(frozen=True, slots=True)
class Reaction(Node):
    """`~ left <-> right (forward, backward)`, `~ left -> right (forward)`, `~ left << (forward)`."""

    left: Side
    arrow: str
    right: Side
    forward: Expression
    backward: Expression | None = None


@dataclass(frozen=True, slots=True)
class Equation(Node):
    """`~ left = right` in LINEAR and NONLINEAR."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Compartment(Node):
    """`COMPARTMENT index, volume {names}`."""

    index: str | None
    volume: Expression
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Diffusion(Node):
    """`LONGITUDINAL_DIFFUSION index, coefficient {names}`."""

    index: str | None
    coefficient: Expression
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watch(Node):
    """`WATCH (condition) flag`."""

    condition: Expression
    flag: Expression


@dataclass(frozen=True, slots=True)
class Verbatim(Node):
    """C text between VERBATIM and ENDVERBATIM."""

    text: str


@dataclass(frozen=True, slots=True)
class Block(Node):
    """`{...}` among statements, or `INITIAL {...}` inside NET_RECEIVE."""

    kind: Literal["", "INITIAL"]
    body: "Body"


@dataclass(frozen=True, slots=True)
class Ignored(Node):
    """A statement that computes nothing, as it is written: MUTEXLOCK, RESET, SENS x."""

    what: str


Statement = (
    Assign
    | Do
    | If
    | While
    | From
    | ForAll
    | Local
    | Table
    | Solve
    | Conserve
    | Reaction
    | Equation
    | Compartment
    | Diffusion
    | Watch
    | Verbatim
    | Block
    | Ignored
)
Body = tuple[Statement, ...]

# Declarations


@dataclass(frozen=True, slots=True)
class Ion(Node):
    """`USEION name READ reads WRITE writes VALENCE valence REPRESENTS represents`."""

    name: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    valence: float | None = None
    represents: str | None = None


@dataclass(frozen=True, slots=True)
class Neuron(Node):
    """The NEURON block; `kind` is SUFFIX, POINT_PROCESS or ARTIFICIAL_CELL, or None and `name` empty without one."""

    kind: str | None = None
    name: str = ""
    ions: tuple[Ion, ...] = ()
    nonspecific: tuple[str, ...] = ()
    electrode: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    globals: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    core_pointers: tuple[str, ...] = ()
    externals: tuple[str, ...] = ()
    randoms: tuple[str, ...] = ()
    threadsafe: bool = False


@dataclass(frozen=True, slots=True)
class Declared(Node):
    """`name[length] = default (unit) <low, high>`, or `FROM low TO high START start`; a `<tolerance>` is low."""

    name: str
    default: float | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    length: int = 0
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Routine(Node):
    """A block with statements.

    Attributes:
        kind: Its keyword, as INITIAL, DERIVATIVE, FUNCTION, NET_RECEIVE, "BEFORE STEP".
        name: Empty for kinds that have none.
        arguments: Names and units.
        body: Statements; none in a FUNCTION_TABLE.
        unknowns: After SOLVEFOR.
        unit: Of what a FUNCTION returns.
    """

    kind: str
    name: str = ""
    arguments: tuple[tuple[str, str | None], ...] = ()
    body: Body = ()
    unknowns: tuple[str, ...] = ()
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class File(Node):
    """All that a file says; path, text and comments do not take part in comparisons.

    Attributes:
        path: As it was given to the parser.
        title: The rest of the line after TITLE.
        locals: LOCAL outside of all blocks: names and lengths, 0 for a plain variable.
        units: `{"mV": "millivolt"}`, of UNITS.
        factors: `{"FARADAY": "(faraday) (coulomb)"}`, the constants of UNITS as they are written.
        defines: `{"N": 4}`, of DEFINE.
        verbatim: VERBATIM outside of all blocks.
        comments: After `:` or `?`, and COMMENT.
        text: The source, without what it includes.
    """

    path: str = field(default="", compare=False)
    title: str = ""
    neuron: Neuron = field(default_factory=Neuron)
    parameters: tuple[Declared, ...] = ()
    assigned: tuple[Declared, ...] = ()
    states: tuple[Declared, ...] = ()
    constants: tuple[Declared, ...] = ()
    locals: tuple[tuple[str, int], ...] = ()
    routines: tuple[Routine, ...] = ()
    units: dict[str, str] = field(default_factory=dict[str, str])
    factors: dict[str, str] = field(default_factory=dict[str, str])
    defines: dict[str, int] = field(default_factory=dict[str, int])
    verbatim: tuple[Verbatim, ...] = ()
    comments: tuple[Text, ...] = field(default=(), compare=False, repr=False)
    text: str = field(default="", compare=False, repr=False)

    def routine(self, kind: str, name: str = "") -> Routine | None:
        """The first block of this kind, and of this name if one is given; None if the file has no such block."""
        for routine in self.routines:
            if routine.kind == kind and name in ("", routine.name):
                return routine
        return None


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below a node, in the order of their fields."""
    for entry in fields(node):
        value = getattr(node, entry.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Node):
                yield item
            elif isinstance(item, tuple):  # (count, Name) of a reaction
                yield from (part for part in item if isinstance(part, Node))


def walk(*nodes: Node) -> Iterator[Node]:
    """Nodes and all below them, parents first, in the order of the file."""
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(tuple(children(node))))


def names_in(*nodes: Node) -> list[str]:
    """The names of all variables in some nodes, in their order."""
    return [one.name for one in walk(*nodes) if isinstance(one, Name)]
