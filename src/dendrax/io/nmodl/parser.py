"""A .mod file as a tree: the blocks of a file, by recursive descent.

    text --lexer--> tokens --cursor--> expressions, solving, statements, declarations, and here the file

The grammar is that of NEURON's documentation and of the files that people use.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dendrax.errors import NmodlSyntaxError
from dendrax.io.nmodl.cursor import Cursor
from dendrax.io.nmodl.declarations import declared, neuron, units
from dendrax.io.nmodl.lexer import Include, Lexer
from dendrax.io.nmodl.statements import arguments_of, body, local_names, verbatim
from dendrax.io.nmodl.tree import Declared, File, Neuron, Node, Place, Routine, Verbatim, children

DEEPEST_TREE = 150
"""Levels of the tree: a sum of 150 terms, an if with 150 else if."""


def parse(text: str, path: str = "", include: Include | None = None) -> File:
    """The tree of a .mod file.

    Args:
        text: What the file says.
        path: Its name, for places and errors.
        include: Takes the name in an INCLUDE and its place; returns the text of that file and its path. Without it
            INCLUDE is an error.

    Raises:
        NmodlSyntaxError: The text breaks the grammar: where, what was found and what was expected.

    Example:
        >>> from dendrax.io.nmodl.parser import parse
        >>> file = parse("NEURON { SUFFIX leak  RANGE g }  PARAMETER { g = 1e-3 (S/cm2) <0, 1e9> }", "leak.mod")
        >>> file.neuron.name, file.parameters[0].default, file.parameters[0].unit
        ('leak', 0.001, 'S/cm2')
    """
    lexer = Lexer(include)
    at = Cursor(lexer.tokens(text, path))
    found = _Found()
    while at.token.kind != "end":
        found.block(at)
    file = File(
        path=path,
        title=found.title,
        neuron=found.neuron,
        **{entry: tuple(declarations) for entry, declarations in found.declared.items()},
        locals=tuple(found.locals),
        routines=tuple(found.routines),
        units=found.units,
        factors=found.factors,
        defines=at.defines,
        verbatim=tuple(found.verbatim),
        comments=tuple(lexer.comments),
        text=text,
        place=Place(path, 1, 1),
    )
    _check_depth(file)
    return file


def parse_file(path: str | Path, folders: Iterable[str | Path] = ()) -> File:
    """The tree of the .mod file at a path, read as UTF-8 or, where it is not, as Latin-1.

    Args:
        path: Of the file.
        folders: Where files of INCLUDE are searched after the folder of the file that includes them.

    Raises:
        NmodlSyntaxError: The file breaks the grammar, or a file that it includes is missing.
        OSError: The file cannot be read.
    """
    folders = [Path(folder) for folder in folders]

    def include(name: str, place: Place) -> tuple[str, str]:
        tried = [folder / name for folder in (Path(place.file).parent, *folders)]
        for candidate in tried:
            try:
                return _text(candidate), str(candidate)
            except (OSError, ValueError):  # a name with a NUL is a ValueError
                continue
        where = ", ".join(str(file.parent) for file in tried)
        raise NmodlSyntaxError(place.file, place.line, place.column, f'"{name}"', f"a file that can be read in {where}")

    return parse(_text(Path(path)), str(path), include)


def _text(path: Path) -> str:
    raw = path.read_bytes().removeprefix(BOM_UTF8)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _check_depth(file: File) -> None:
    """No tree is too deep for functions that call themselves."""
    waiting: list[tuple[Node, int]] = [(file, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST_TREE:
            place = node.place
            what = f"an expression or a ladder of else if with more than {DEEPEST_TREE} parts"
            raise NmodlSyntaxError(place.file, place.line, place.column, what, "shorter ones")
        waiting.extend((child, depth + 1) for child in children(node))


@dataclass
class _Found:
    """What the blocks so far have said."""

    title: str = ""
    neuron: Neuron = field(default_factory=Neuron)
    declared: dict[str, list[Declared]] = field(
        default_factory=lambda: {entry: list[Declared]() for entry in DECLARATIONS.values()}
    )
    locals: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    routines: list[Routine] = field(default_factory=list[Routine])
    units: dict[str, str] = field(default_factory=dict[str, str])
    factors: dict[str, str] = field(default_factory=dict[str, str])
    verbatim: list[Verbatim] = field(default_factory=list[Verbatim])

    def block(self, at: Cursor) -> None:
        """Read one block, or one line outside of all blocks."""
        word = at.token.text
        if at.token.kind == "verbatim":
            self.verbatim.append(verbatim(at))
        elif at.token.kind == "title":
            title = at.take().text.removeprefix("TITLE").strip()
            self.title = self.title or title
        elif entry := DECLARATIONS.get(word):
            at.take()
            self.declared[entry].extend(declared(at))
        elif head := ROUTINES.get(word):
            self.routines.append(_routine(at, head))
        elif at.accept("NEURON"):
            self.neuron = neuron(at, self.neuron)
        elif at.accept("UNITS"):
            units(at, self.units, self.factors)
        elif at.accept("LOCAL"):
            self.locals.extend(local_names(at))
        elif at.accept("DEFINE"):
            name = at.name()
            at.defines[name] = at.integer("an integer")
        elif at.accept("INDEPENDENT"):
            _skip_braces(at)
        elif not (at.accept("UNITSOFF") or at.accept("UNITSON") or at.accept("THREADSAFE")):
            raise at.error("a block such as NEURON, PARAMETER or PROCEDURE")


DECLARATIONS = {"PARAMETER": "parameters", "ASSIGNED": "assigned", "STATE": "states", "CONSTANT": "constants"}


def _skip_braces(at: Cursor) -> None:
    """Past `{t FROM 0 TO 1 WITH 1 (ms)}`, which says nothing any more."""
    at.expect("{")
    while not at.accept("}"):
        if at.token.kind == "end" or at.at("{"):
            raise at.error("`}`")
        at.take()


def _plain(at: Cursor) -> Routine:
    return Routine(at.take().text)


def _with_moment(at: Cursor) -> Routine:
    kind = at.take().text
    if not at.at("BREAKPOINT", "SOLVE", "INITIAL", "STEP"):
        raise at.error("BREAKPOINT, SOLVE, INITIAL or STEP")
    return Routine(f"{kind} {at.take().text}")


def _named(at: Cursor) -> Routine:
    kind, name = at.take().text, at.name("the name of the block")
    return Routine(kind, name, unknowns=at.names() if at.accept("SOLVEFOR") else ())


def _with_arguments(at: Cursor) -> Routine:
    kind = at.take().text
    name = "" if kind == "NET_RECEIVE" else at.name(f"the name of the {kind}")
    arguments = arguments_of(at) if at.at("(") or kind != "PROCEDURE" else ()
    return Routine(kind, name, arguments, unit=at.unit())


ROUTINES: dict[str, Callable[[Cursor], Routine]] = {
    **dict.fromkeys(("INITIAL", "BREAKPOINT", "CONSTRUCTOR", "DESTRUCTOR"), _plain),
    **dict.fromkeys(("BEFORE", "AFTER"), _with_moment),
    **dict.fromkeys(("DERIVATIVE", "KINETIC", "LINEAR", "NONLINEAR", "DISCRETE"), _named),
    **dict.fromkeys(("PROCEDURE", "FUNCTION", "FUNCTION_TABLE", "NET_RECEIVE"), _with_arguments),
}


def _routine(at: Cursor, head: Callable[[Cursor], Routine]) -> Routine:
    place = at.place
    routine = head(at)
    statements = () if routine.kind == "FUNCTION_TABLE" else body(at)
    return Routine(
        routine.kind, routine.name, routine.arguments, statements, routine.unknowns, routine.unit, place=place
    )
