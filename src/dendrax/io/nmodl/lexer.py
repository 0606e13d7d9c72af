"""From text to tokens: comments drop out, an INCLUDE is replaced by the tokens of its file.

COMMENT, VERBATIM, TITLE and REPRESENTS, whose text follows rules of its own, are one token each. As in NEURON,
ENDCOMMENT and ENDVERBATIM begin a line and the rest of that line is dropped; that they may also stand on the line of
their COMMENT or VERBATIM is CoreNEURON's. A character that NMODL does not know is a token, too: units may hold any.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dendrax.errors import NmodlSyntaxError
from dendrax.io.nmodl.tree import Place, Text

Include = Callable[[str, Place], tuple[str, str]]
"""Takes the name after INCLUDE and where it stands; returns the text of the file and its path."""

DEEPEST_INCLUDE = 20
MOST_INCLUDES = 200

_PATTERN = re.compile(
    r"""
    (?P<space>[\s\x00\x1a\ufeff]+)
  | (?P<comment>[:?][^\r\n]* | COMMENT\b(?:[^\r\n]*?|.*?[\r\n][ \t]*)ENDCOMMENT\b)
  | (?P<verbatim>VERBATIM\b(?:[^\r\n]*?|.*?[\r\n][ \t]*)ENDVERBATIM\b)
  | (?P<title>TITLE\b[^\r\n]*)
  | (?P<represents>REPRESENTS[ \t]+[^\s{}]+)
  | (?P<string>"(?:[^"\\\r\n]|\\[^\r\n])*")
  | (?P<unfinished>COMMENT\b|VERBATIM\b|")
  | (?P<name>[A-Za-z_]\w*)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
  | (?P<symbol><->|<<|->|<=|>=|==|!=|&&|\|\||.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


class Source:
    """The text of one file, and which line an offset is in."""

    def __init__(self, text: str, path: str):
        self.text, self.path = text, path
        self._lines = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]

    def place(self, offset: int) -> Place:
        """Line and column of an offset."""
        line = bisect_right(self._lines, offset)
        return Place(self.path, line, offset - self._lines[line - 1] + 1)

    def next_line(self, offset: int) -> int:
        """Where the next line begins; the end of the text on the last line."""
        line = bisect_right(self._lines, offset)
        return self._lines[line] if line < len(self._lines) else len(self.text)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text; the last of a file is of kind `end` and empty."""

    kind: str
    text: str
    start: int
    source: Source

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.source.place(self.start)

    def error(self, expected: str, what: str = "") -> NmodlSyntaxError:
        """That something else was expected here."""
        place, text = self.place, " ".join(self.text.split())
        shown = "the end of the file" if self.kind == "end" else f"`{text if len(text) < 40 else text[:37] + '...'}`"
        return NmodlSyntaxError(place.file, place.line, place.column, what or shown, expected)


@dataclass
class Lexer:
    """All tokens of a file and of those that it includes; `comments` are set aside."""

    include: Include | None
    comments: list[Text] = field(default_factory=list[Text])
    included: int = 0

    def tokens(self, text: str, path: str) -> list[Token]:
        """The tokens of a text, the last of them the end.

        Raises:
            NmodlSyntaxError: COMMENT or VERBATIM without its end, or a file that cannot be included.
        """
        source = Source(text, path)
        return [*self._with_includes(source, 0), Token("end", "", len(text), source)]

    def _plain(self, source: Source) -> Iterator[Token]:
        position = 0
        while match := _PATTERN.match(source.text, position):
            kind, position = match.lastgroup or "", match.end()
            if kind in ("comment", "verbatim") and ("\n" in match[0] or "\r" in match[0]):
                position = source.next_line(position)
            if kind == "space":
                continue
            token = Token(kind, match[0], match.start(), source)
            if kind == "unfinished":
                raise token.error("its end on the same line" if token.text == '"' else f"END{token.text} after it")
            if kind == "comment":
                said = token.text.removeprefix("COMMENT").removesuffix("ENDCOMMENT").lstrip(":?").strip()
                self.comments.append(Text(said, place=token.place))
            else:
                yield token

    def _with_includes(self, source: Source, depth: int) -> Iterator[Token]:
        plain = self._plain(source)
        for token in plain:
            if token.text != "INCLUDE":
                yield token
                continue
            name = next(plain, None)
            if name is None or name.kind != "string":
                raise (name or token).error('the name of a file in quotes after INCLUDE: "rates.inc"')
            yield from self._with_includes(self._included(name, depth), depth + 1)

    def _included(self, name: Token, depth: int) -> Source:
        self.included += 1
        if depth == DEEPEST_INCLUDE or self.included > MOST_INCLUDES:
            raise name.error(
                f"at most {MOST_INCLUDES} files, nested at most {DEEPEST_INCLUDE} deep: a file may include itself"
            )
        if self.include is None:
            raise name.error("a text without INCLUDE, or a function `include` that finds the files")
        return Source(*self.include(name.text[1:-1], name.place))
