"""From the bytes of an SWC file to a table of numbers; what cannot be a number is a defect with its line."""

import re
from dataclasses import dataclass, field

import numpy as np

COLUMNS = ("id", "type", "x", "y", "z", "radius", "parent")
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|[+-]?(nan|inf|infinity)$", re.IGNORECASE)
COMMENT = re.compile(rb"#[^\r\n]*")
LONGEST = 100_000
"""Characters of a line of numbers: what comes after the seventh is not read, but there may be much of it."""
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?$")


COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ")
"""How files of gzip, zip, bzip2 and xz begin."""


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
class Table:
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


def parse(data: bytes, *, repair: bool = False) -> Table:
    """Read the first seven columns of every line that is not a comment.

    Blanks and tabs separate columns; `#` begins a comment anywhere in a line; further columns are ignored.
    With `repair`, separating commas or semicolons and decimal commas are read too, and noted.
    """
    if data.startswith(COMPRESSED):
        return _nothing(Defect(0, "the file is compressed", "unpack it first, with gunzip or unzip"))
    if b"\0" in data:
        return _nothing(Defect(0, "the file is binary, not text", "export it as SWC, one point per line of text"))
    # Comments go before anything is copied: a comment of any length costs no memory.
    lines = COMMENT.sub(b"", data.removeprefix(b"\xef\xbb\xbf")).splitlines()
    number = np.array([i for i, line in enumerate(lines, 1) if line.strip()], dtype=int)
    if len(number) == 0:
        what = "the file holds comments only" if b"#" in data else "the file is empty"
        return _nothing(Defect(0, what, "it must have one line per point: id type x y z radius parent"))
    if long := [i for i in number.tolist() if len(lines[i - 1]) > LONGEST]:
        remedy = "it must have one line per point: id type x y z radius parent"
        return _nothing(Defect(long[0], f"the line has {len(lines[long[0] - 1])} characters", remedy))
    lines = [line.decode("latin-1") for line in lines]
    try:
        values = np.loadtxt(lines, usecols=range(7), ndmin=2, dtype=float)
    except ValueError:
        return _parse_line_by_line(lines, number, repair=repair)
    return Table(values, number)


def _nothing(defect: Defect) -> Table:
    return Table(np.zeros((0, 7)), np.zeros(0, dtype=int), [defect])


def _parse_line_by_line(lines: list[str], number: np.ndarray, *, repair: bool) -> Table:
    """Read line by line, to find every line that is not seven numbers."""
    rows, kept, defects = [], [], []
    unread: set[float] = set()
    commas: dict[str, list[int]] = {}
    for at in number.tolist():
        words, misused = _words(lines[at - 1])
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
    return Table(np.array(rows).reshape(-1, 7), np.array(kept, dtype=int), defects, notes, frozenset(unread))


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
