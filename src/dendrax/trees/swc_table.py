"""From the bytes of an SWC file to a table of numbers; what cannot be a number is a defect with its line."""

import io
import itertools
import re
from dataclasses import dataclass, field

import numpy as np

COLUMNS = ("id", "type", "x", "y", "z", "radius", "parent")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|[+-]?(nan|inf|infinity)$", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?$")


COMPRESSED = ("\x1f\x8b", "PK\x03\x04", "BZh", "\xfd7zXZ")
"""How files of gzip, zip, bzip2 and xz begin."""
ENCODING = "latin-1"
"""Any bytes are text then."""
BYTE_ORDER_MARK = "\xef\xbb\xbf"
LONGEST_LINE = 2**16
"""Longest line without its comment. Seven numbers take a hundred characters, and programs may add columns."""


@dataclass(frozen=True)
class Defect:
    """Something in a file that a reader would have to guess about.

    Attributes:
        line: Line of the file, from 1; 0 for the file as a whole.
        what: What is wrong.
        remedy: What to do.
    """

    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.what}; {self.remedy}."


@dataclass(frozen=True)
class SwcTable:
    """The numbers of a file, row by row.

    Attributes:
        values: The columns id, type, x, y, z, radius, parent. (row, 7)
        line: Line of the file that each row stands in. (row,)
        defects: What could not be read.
        notes: What was read although it is not SWC, because `repair` allowed it.
        unread: Ids of lines that are defects, so that their children are not blamed for a missing parent.
    """

    values: np.ndarray
    line: np.ndarray
    defects: list[Defect] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: frozenset[float] = frozenset()


def parse(stream: io.TextIOBase, *, repair: bool = False) -> SwcTable:
    """Read the first seven columns of every line that is not a comment, of a text that was opened as `ENCODING`.

    Blanks and tabs separate columns; `#` begins a comment anywhere in a line; further columns are ignored.
    With `repair`, separating commas or semicolons and decimal commas are read too, and noted.
    Comments are not kept, so that the memory follows the number of points and not the size of the file.
    """
    lines: list[str] = []
    number: list[int] = []
    empty = True
    for at in itertools.count(1):
        if not (piece := stream.readline(LONGEST_LINE)):
            break
        if at == 1 and piece.startswith(COMPRESSED):
            return _nothing(Defect(0, "the file is compressed", "unpack it first, with gunzip or unzip"))
        line, comment, _ = piece.removeprefix(BYTE_ORDER_MARK if at == 1 else "").partition("#")
        cut = len(piece) == LONGEST_LINE and not piece.endswith("\n")
        while cut and (piece := stream.readline(LONGEST_LINE)) and "\0" not in piece and not piece.endswith("\n"):
            pass
        if "\0" in line or "\0" in piece:
            return _nothing(Defect(0, "the file is binary, not text", "export it as SWC, one point per line of text"))
        if cut and not comment:
            remedy = "write one point per line, or put # before a line that is not a point"
            return _nothing(Defect(at, f"the line has more than {LONGEST_LINE} characters", remedy))
        empty = empty and not comment and not line.strip()
        if line.strip():
            lines.append(line)
            number.append(at)
    if not lines:
        what = "the file is empty" if empty else "the file holds comments only"
        return _nothing(Defect(0, what, "it must have one line per point: id type x y z radius parent"))
    try:
        values = np.loadtxt(lines, comments=None, usecols=range(7), ndmin=2, dtype=float)
    except ValueError:
        return _parse_line_by_line(lines, number, repair=repair)
    return SwcTable(values, np.array(number))


def _nothing(defect: Defect) -> SwcTable:
    return SwcTable(np.zeros((0, 7)), np.zeros(0, dtype=int), [defect])


def _parse_line_by_line(lines: list[str], number: list[int], *, repair: bool) -> SwcTable:
    """Read line by line, to find every line that is not seven numbers."""
    rows, kept, defects = [], [], []
    unread: set[float] = set()
    commas: dict[str, list[int]] = {}
    for at, line in zip(number, lines, strict=True):
        words, misused = _words(line)
        if misused:
            commas.setdefault(misused, []).append(at)
        defect = _bad_words(at, words)
        if defect is None:
            rows.append([float(word) for word in words[:7]])
            kept.append(at)
            continue
        defects.append(defect)
        if words and NUMBER.match(words[0]):
            unread.add(float(words[0]))
    notes = [f"{name_lines(where)}: {what}, read as meant" for what, where in commas.items()] if repair else []
    if not repair:
        remedy = "write blanks between columns and points in numbers, or read with repair=True"
        defects += [Defect(where[0], f"{what} ({name_lines(where)})", remedy) for what, where in commas.items()]
    return SwcTable(np.array(rows).reshape(-1, 7), np.array(kept, dtype=int), defects, notes, frozenset(unread))


def _words(line: str) -> tuple[list[str], str]:
    """Columns of a line, and how commas were used in it ('' if not at all)."""
    words = line.split()
    if "," not in line and ";" not in line:
        return words, ""
    if ";" in line:
        words = [word for word in re.split(r"[;\s]+", line) if word]
        return [word.replace(",", ".") for word in words], "columns are separated by semicolons"
    if len(words) >= 7 and all(NUMBER.match(word) or DECIMAL_COMMA.match(word) for word in words[:7]):
        return [word.replace(",", ".") for word in words], "numbers have a decimal comma"
    separated = [word for word in re.split(r"[,\s]+", line) if word]
    if len(separated) >= 7 and all(NUMBER.match(word) for word in separated[:7]):
        return separated, "columns are separated by commas"
    return words, ""


def _bad_words(at: int, words: list[str]) -> Defect | None:
    """The defect of a line that is not seven numbers, if it has one."""
    if len(words) < 7:
        return Defect(
            at,
            f"{len(words)} columns instead of 7 ({', '.join(COLUMNS)})",
            "add what is missing, or put # before a line that is no point",
        )
    bad = [f"{name} is {word[:30]!r}" for name, word in zip(COLUMNS, words, strict=False) if not NUMBER.match(word)]
    if bad:
        return Defect(at, f"{' and '.join(bad)}, not a number", "correct it, or put # before a line that is no point")
    return None


def name_lines(where: list[int]) -> str:
    """Name lines in a message, not too many of them."""
    shown = ", ".join(str(line) for line in where[:10])
    more = f" and {len(where) - 10} more" if len(where) > 10 else ""
    return f"line{'s' if len(where) > 1 else ''} {shown}{more}"
