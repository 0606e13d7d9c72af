"""A place in the tokens that moves forward, and what all parts of the grammar are made of: names, numbers, units."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import TypeVar

from dendrax.errors import NmodlSyntaxError
from dendrax.io.nmodl.lexer import Token
from dendrax.io.nmodl.tree import Place

Item = TypeVar("Item")

DEEPEST = 50
"""Levels of parentheses and braces: far more than anyone writes, far fewer than Python's recursion allows."""

LARGEST_INTEGER = 2**31 - 1

_KEYWORDS = (
    "AFTER ARTIFICIAL_CELL ASSIGNED BBCOREPOINTER BEFORE BREAKPOINT BY COMPARTMENT CONSERVE CONSTANT "
    "CONSTRUCTOR DEFINE DEPEND DERIVATIVE DESTRUCTOR DISCRETE ELECTRODE_CURRENT ELSE EXTERNAL FOR_NETCONS "
    "FROM FUNCTION FUNCTION_TABLE GLOBAL IF INCLUDE INDEPENDENT INITIAL KINETIC LINEAR LOCAL "
    "LONGITUDINAL_DIFFUSION METHOD MUTEXLOCK MUTEXUNLOCK NET_RECEIVE NEURON NONLINEAR NONSPECIFIC_CURRENT "
    "PARAMETER POINTER POINT_PROCESS PROCEDURE PROTECT RANDOM RANGE READ SOLVE SOLVEFOR START STATE "
    "STEADYSTATE STEP SUFFIX TABLE THREADSAFE TO UNITS UNITSOFF UNITSON USEION VALENCE WATCH WHILE WITH "
    "WRITE else if while"
)
RESERVED = frozenset(_KEYWORDS.split())


class Cursor:
    """Reads tokens one by one; `defines` are the names of DEFINE so far."""

    def __init__(self, tokens: list[Token]):
        self._tokens, self._position, self._depth = tokens, 0, 0
        self.token = tokens[0]
        self.defines: dict[str, int] = {}

    @property
    def place(self) -> Place:
        """Where the token here begins."""
        return self.token.place

    def take(self) -> Token:
        """The token here; the cursor moves on, never beyond the end."""
        token = self.token
        self._position = min(self._position + 1, len(self._tokens) - 1)
        self.token = self._tokens[self._position]
        return token

    def at(self, *texts: str) -> bool:
        """Whether one of these is here."""
        return self.token.text in texts and self.token.kind != "end"

    def accept(self, text: str) -> bool:
        """Take this if it is here."""
        if here := self.at(text):
            self.take()
        return here

    def expect(self, text: str, after: str = "") -> None:
        """Take this.

        Raises:
            NmodlSyntaxError: Something else is here.
        """
        if not self.accept(text):
            raise self.error(f"`{text}`{after}")

    def ahead(self, stops: tuple[str, ...]) -> str:
        """Which of these comes first after here; empty if none does."""
        following = (self._tokens[k].text for k in range(self._position, len(self._tokens)))
        return next((text for text in following if text in stops), "")

    def error(self, expected: str, what: str = "") -> NmodlSyntaxError:
        """That something else was expected here."""
        return self.token.error(expected, what)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level further into parentheses or braces."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.error(f"at most {DEEPEST}", f"more than {DEEPEST} levels of parentheses and braces")
        yield
        self._depth -= 1

    def name(self, expected: str = "a name") -> str:
        """A name that is not a keyword."""
        if self.token.kind != "name" or self.token.text in RESERVED:
            raise self.error(expected)
        return self.take().text

    def names(self, expected: str = "a name") -> tuple[str, ...]:
        """`a, b, c`: one at least."""
        return self.listed(lambda: self.name(expected))

    def listed(self, item: Callable[[], Item]) -> tuple[Item, ...]:
        """Items with commas between them: one at least."""
        items = [item()]
        while self.accept(","):
            items.append(item())
        return tuple(items)

    def number(self) -> float:
        """A number with or without a sign, or a name of DEFINE."""
        sign = -1.0 if self.accept("-") else 1.0
        self.accept("+")
        if self.token.text in self.defines:
            return sign * self.defines[self.take().text]
        if self.token.kind != "number":
            raise self.error("a number")
        return sign * self.finite()

    def finite(self) -> float:
        """The number that is here."""
        if not isfinite(value := float(self.token.text)):
            raise self.error("a number that float64 holds")
        self.take()
        return value

    def integer(self, expected: str) -> int:
        """An integer without a sign, or a name of DEFINE."""
        if self.token.text in self.defines:
            return self.defines[self.take().text]
        if self.token.kind != "number" or not self.token.text.isdecimal() or float(self.token.text) > LARGEST_INTEGER:
            raise self.error(expected)
        return int(self.take().text)

    def length(self) -> int:
        """`[3]` after a name; 0 without."""
        if not self.accept("["):
            return 0
        length = self.integer("the length of an array, an integer")
        self.expect("]")
        return length

    def unit(self) -> str | None:
        """`(mA/cm2)` as it is written; None if no parenthesis is here."""
        if not self.at("("):
            return None
        opening = self.take()
        while not self.at(")"):
            strange = self.token.kind not in ("name", "number", "symbol") or self.at("(", "{", "}", "[", "=", ",", "~")
            if strange or self.token.source is not opening.source:
                raise self.error("a unit such as (mA/cm2), closed by `)`")
            self.take()
        text = opening.source.text[opening.start + 1 : self.token.start]
        if "\n" in text or "\r" in text:
            raise opening.error("a unit on one line")
        self.take()
        return " ".join(text.split())
