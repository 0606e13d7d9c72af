"""Every defect of an SWC file is named with file, line and remedy; every valid variant reads the same."""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from dendrax.errors import DendraxError, SwcError
from dendrax.trees.points import SwcWarning
from dendrax.trees.swc import MissingSwcError, points_from_bytes, read_points

HEALTHY = """\
# a cell
1 1 0 0 0 5 -1
2 3 10 0 0 1.5 1
3 3 20 0 0 1 2
4 3 30 5 0 0.5 3
5 3 30 -5 0 0.5 3
6 2 0 -12 0 0.4 1
7 2 0 -40 0 0.3 6
"""


def edited(line: int, text: str) -> str:
    """HEALTHY with one line replaced; "" takes it out."""
    lines = HEALTHY.splitlines()
    lines[line - 1 : line] = text.splitlines()
    return "\n".join(lines) + "\n"


def read(text: str | bytes, *, repair: bool = False):
    return points_from_bytes(text.encode() if isinstance(text, str) else text, "cell.swc", repair=repair)


# name: (text, line that the message names, what it says, remedy that it names)
DEFECTS = {
    "cycle": (edited(4, "3 3 20 0 0 1 4"), 4, "cycle (3 -> 4 -> 3)", "correct one of these parents"),
    "self parent": (edited(5, "4 3 30 5 0 0.5 4"), 5, "its own parent", "write the id of its parent"),
    "missing parent": (edited(5, "4 3 30 5 0 0.5 99"), 5, "parent 99 is not a point", "add the missing point"),
    "duplicate id": (edited(6, "4 3 30 -5 0 0.5 3"), 6, "id 4 was given in line 5", "its own id"),
    "second root": (edited(7, "6 2 0 -12 0 0.4 -1"), 7, "second root (the first is in line 2)", "give its parent"),
    "two somata": (edited(5, "4 1 30 5 0 0.5 3"), 5, "second soma begins here (the first in line 2)", "one soma"),
    "zero radius": (edited(4, "3 3 20 0 0 0 2"), 4, "radius 0 is zero", "positive radius"),
    "negative radius": (edited(4, "3 3 20 0 0 -1 2"), 4, "radius -1 is negative", "positive radius"),
    "NaN radius": (edited(4, "3 3 20 0 0 nan 2"), 4, "radius nan is not finite", "positive radius"),
    "absurd radius": (edited(4, "3 3 20 0 0 1e9 2"), 4, "radius 1e+09 is out of range", "positive radius"),
    "NaN coordinate": (edited(4, "3 3 20 nan 0 1 2"), 4, "coordinates 20 nan 0 are not finite", "correct them"),
    "infinite coordinate": (edited(4, "3 3 inf 0 0 1 2"), 4, "coordinates inf 0 0 are not finite", "correct them"),
    "absurd coordinate": (edited(4, "3 3 1e30 0 0 1 2"), 4, "1e+30 0 0 is far off", "correct them"),
    "negative type": (edited(4, "3 -3 20 0 0 1 2"), 4, "type -3 is negative", "write 0"),
    "type not whole": (edited(4, "3 3.5 20 0 0 1 2"), 4, "type 3.5 is not a whole number", "write 1 soma"),
    "id not whole": (edited(8, "7.5 2 0 -40 0 0.3 6"), 8, "id 7.5 is not a whole number", "number the points"),
    "negative id": (edited(8, "-7 2 0 -40 0 0.3 6"), 8, "id -7 is not a whole number from 0", "number the points"),
    "parent not whole": (edited(8, "7 2 0 -40 0 0.3 6.5"), 8, "parent 6.5 is not a whole number", "id of the parent"),
    "comma separated": (HEALTHY.replace(" ", ",").replace("#,a,cell", "# a"), 2, "separated by commas", "write blanks"),
    "semicolon separated": (edited(4, "3;3;20;0;0;1;2"), 4, "separated by semicolons", "write blanks"),
    "decimal comma": (edited(4, "3 3 20,5 0 0 1 2"), 4, "decimal comma", "points in numbers"),
    "text in a number": (edited(4, "3 3 2O 0 0 1 2"), 4, "x is '2O', not a number", "correct it"),
    "missing column": (edited(4, "3 3 20 0 0 1"), 4, "6 columns instead of 7", "add what is missing"),
    "comment without #": (edited(1, "a cell"), 1, "2 columns instead of 7", "put # before"),
    "empty file": ("", 0, "the file is empty", "one line per point"),
    "blank lines only": ("\n \n\t\n", 0, "the file is empty", "one line per point"),
    "comments only": ("# a\n# b\n", 0, "comments only", "one line per point"),
    "binary": (b"\x89PNG\0\0\1\2", 0, "binary", "export it as SWC"),
    "root parent 0": (edited(2, "1 1 0 0 0 5 0"), 2, "parent 0 is not a point", "write -1 for the root"),
    "no root": (edited(2, "1 1 0 0 0 5 7"), 2, "cycle", "correct one of these parents"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_defect(name):
    text, line, says, remedy = DEFECTS[name]
    with pytest.raises(SwcError) as caught:
        read(text)
    message = str(caught.value)
    assert message.startswith("cell.swc cannot be read as a neuron")
    named = [entry for entry in message.splitlines()[1:] if says in entry]
    assert len(named) == 1, message
    assert remedy in named[0]
    assert named[0].strip().startswith(f"line {line}: ") == bool(line)


def test_all_defects_at_once_in_the_order_of_the_file():
    text = "1 1 0 0 0 5 -1\n2 3 x 0 0 1 1\n3 3 0 0 nan 0 2\n4 3 0 9 0 1 77\n5 3 0 9 0 1\n"
    with pytest.raises(SwcError) as caught:
        read(text)
    lines = [entry.split(":")[0].strip() for entry in str(caught.value).splitlines()[1:]]
    assert lines == ["line 2", "line 3", "line 3", "line 4", "line 5"]
    assert "5 defects" in str(caught.value)


def test_errors_are_those_a_caller_would_catch(tmp_path):
    with pytest.raises(ValueError, match="empty") as caught:
        read("")
    assert isinstance(caught.value, DendraxError)
    for path in (tmp_path / "none.swc", tmp_path):
        with pytest.raises(SwcError, match=r"none\.swc|cannot be opened"):
            read_points(path)
    with pytest.raises(FileNotFoundError, match="There is no file"):
        read_points(tmp_path / "none.swc")
    assert issubclass(MissingSwcError, SwcError)


def shifted_ids(step: int, offset: int) -> str:
    rows = [line.split() for line in HEALTHY.splitlines()[1:]]
    new = {row[0]: str(int(row[0]) * step + offset) for row in rows} | {"-1": "-1"}
    return "\n".join(" ".join([new[row[0]], *row[1:6], new[row[6]]]) for row in rows)


VARIANTS = {
    "CRLF": HEALTHY.replace("\n", "\r\n"),
    "CR": HEALTHY.replace("\n", "\r"),
    "tabs": HEALTHY.replace(" ", "\t"),
    "many blanks": HEALTHY.replace("\n", "  \n   ").replace(" 0", "   0"),
    "BOM": b"\xef\xbb\xbf" + HEALTHY.encode(),
    "blank lines": HEALTHY.replace("\n", "\n\n \n"),
    "inline comments": HEALTHY.replace(" 3\n", " 3 # a tip\n"),
    "comments between": HEALTHY.replace("\n4", "\n   # here\n4"),
    "comment in latin-1": HEALTHY.replace("a cell", "5 \u00b5m").encode("latin-1"),
    "comment in utf-8": HEALTHY.replace("a cell", "\u4e2d\u6587 5 \u00b5m"),
    "no last newline": HEALTHY.rstrip("\n"),
    "extra columns": HEALTHY.replace(" 3\n", " 3 17 x\n"),
    "float ids": "\n".join(" ".join(f"{float(word)}" for word in line.split()) for line in HEALTHY.splitlines()[1:]),
    "exponents": HEALTHY.replace(" 10 ", " 1e1 ").replace(" 20 ", " +2.0E+1 "),
    "ids from 0": shifted_ids(1, -1),
    "ids with gaps": shifted_ids(13, 5),
    "parent listed later": "\n".join(HEALTHY.splitlines()[::-1]),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_valid_variant_reads_the_same(name):
    expected, found = read(HEALTHY), read(VARIANTS[name])
    for column in ("type", "xyzr", "parent"):
        np.testing.assert_array_equal(getattr(found, column), getattr(expected, column))


def test_lines_are_those_of_the_file():
    points = read("# one\r\n\r\n2 3 10 0 0 1 1\r\n# two\r\n1 1 0 0 0 5 -1")
    np.testing.assert_array_equal(points.id, [1, 2])
    np.testing.assert_array_equal(points.line, [5, 3])


@pytest.mark.parametrize(
    ("text", "note", "check"),
    [
        (DEFECTS["comma separated"][0], "separated by commas", lambda p: len(p) == 7),
        (DEFECTS["semicolon separated"][0], "line 4: columns are separated by semicolons", lambda p: len(p) == 7),
        (DEFECTS["decimal comma"][0], "line 4: numbers have a decimal comma", lambda p: p.xyzr[2, 0] == 20.5),
        (DEFECTS["root parent 0"][0], "line 2: parent 0 or below", lambda p: p.parent[0] == -1),
        (edited(2, "1 1 0 0 0 5 1"), "line 2: its own parent", lambda p: p.parent[0] == -1),
        (edited(2, "1 1 0 0 0 5 8"), "line 2: its parent is missing", lambda p: p.parent[0] == -1),
        (edited(5, "4 3 30 5 0 0.5 3\n4 3 30 5 0 0.5 3"), "line 6: repeats", lambda p: len(p) == 7),
        (DEFECTS["negative type"][0], "line 4: negative type", lambda p: p.type[2] == 0),
        (DEFECTS["zero radius"][0], "line 4: no positive radius", lambda p: p.xyzr[2, 3] == 1.5),
        (DEFECTS["NaN radius"][0], "line 4: no positive radius", lambda p: p.xyzr[2, 3] == 1.5),
        (edited(2, "1 1 0 0 0 0 -1"), "line 2: no positive radius", lambda p: p.xyzr[0, 3] in (1.5, 0.4)),
        (DEFECTS["NaN coordinate"][0], "line 4: no finite place", lambda p: p.parent.tolist() == [-1, 0, 1, 1, 0, 4]),
        (edited(7, "6 2 0 -5.2 0 0.4 -1"), "line 7: begins a loose piece", lambda p: p.parent[5] == 0),
        (edited(7, "6 2 0 -5.2 0 0.4 99"), "line 7: begins a loose piece", lambda p: p.parent[5] == 0),
        (DEFECTS["two somata"][0], "line 5: a second soma", lambda p: (p.type == 1).sum() == 2),
    ],
)
def test_repair_mends_and_says_so(text, note, check):
    with pytest.raises(SwcError):
        read(text)
    with pytest.warns(SwcWarning, match=r"cell\.swc was mended") as caught:
        points = read(text, repair=True)
    assert note in str(caught[0].message)
    assert check(points)


@pytest.mark.parametrize(
    "name",
    ["cycle", "duplicate id", "second root", "missing parent", "text in a number", "missing column", "empty file"],
)
def test_what_has_no_single_meaning_is_not_repaired(name):
    with pytest.raises(SwcError, match="cannot be repaired"):
        read(DEFECTS[name][0], repair=True)


def test_a_healthy_file_is_read_without_a_word_by_repair():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(read(HEALTHY, repair=True).xyzr, read(HEALTHY).xyzr)


def test_min_radius_is_the_remedy_for_radii_of_zero():
    text = edited(4, "3 3 20 0 0 0 2").replace("4 3 30 5 0 0.5", "4 3 30 5 0 -1")
    with pytest.warns(SwcWarning, match=r"lines 4, 5: no positive radius, took min_radius 0\.3"):
        points = points_from_bytes(text.encode(), "cell.swc", min_radius=0.3)
    np.testing.assert_array_equal(points.xyzr[:, 3], [5, 1.5, 0.3, 0.3, 0.5, 0.4, 0.3])
    with pytest.raises(SwcError, match="radius nan is not finite"):
        points_from_bytes(edited(4, "3 3 20 0 0 nan 2").encode(), min_radius=0.3)


def test_coordinates_in_nm_are_suspected():
    rows = [line.split() for line in HEALTHY.splitlines()[1:]]
    nm = "\n".join(" ".join([*row[:2], *(f"{1000 * float(x)}" for x in row[2:6]), row[6]]) for row in rows)
    with pytest.warns(SwcWarning, match="if the file is in nm, divide"):
        read(nm)


def test_a_file_without_soma_is_read_with_a_warning():
    with pytest.warns(SwcWarning, match="has no soma"):
        points = read("1 3 0 0 0 1 -1\n2 3 9 0 0 1 1\n")
    assert len(points) == 2


def test_types_above_seven_are_custom_and_valid():
    assert read(edited(8, "7 12 0 -40 0 0.3 6")).type[-1] == 12


def chain(n: int) -> bytes:
    """A soma and a neurite of n points."""
    ids = np.arange(1, n + 1)
    body = "\n".join(f"{i} 3 0 {i} 0 0.5 {i - 1}" for i in ids[1:].tolist())
    return f"1 1 0 0 0 0.5 -1\n{body}\n".encode()


@pytest.mark.parametrize("n", [10_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_deep_chains(n):
    points = points_from_bytes(chain(n))
    assert len(points) == n
    np.testing.assert_array_equal(points.parent, np.arange(-1, n - 1))


MEMORY = """
import sys, tracemalloc
from dendrax.errors import SwcError
from dendrax.trees.swc import read_points
tracemalloc.start()
for path in sys.argv[1:]:
    tracemalloc.reset_peak()
    try:
        found = str(len(read_points(path).id))
    except SwcError as error:
        found = str(error).splitlines()[-1].strip()
    print(found, tracemalloc.get_traced_memory()[1], sep="|")
"""


def test_memory_follows_the_points_and_not_the_size_of_the_file(tmp_path):
    """Each file has 8 MB: a beginning, a unit that is repeated, and an end."""
    files = [
        (b"# ", b"x", b"\n1 1 0 0 0 5 -1\n", "1"),
        (b"1 1 0 0 0 5 -1 # ", b"x", b"\r\n2 3 9 0 0 1 1\r\n", "2"),
        (b"1 1 0 0 0 5 -1\n#", b"x#", b"", "1"),
        (b"1 1 0 0 0 5 -1\n", b"# many lines of comments\n\n", b"2 3 9 0 0 1 1", "2"),
        (b"1 1 0 0 0 5 -1\n2 3 9 0 0 1 1", b" 7", b"\n", "line 2: the line has more than 65536 characters"),
        (b"1 1 0 0 0 5 -1\n", b" ", b"", "line 2: the line has more than 65536 characters"),
        (b"# ", b"\0", b"", "the file is binary"),
    ]
    paths = [tmp_path / f"{number}.swc" for number in range(len(files))]
    for path, (begin, unit, end, _) in zip(paths, files, strict=True):
        path.write_bytes(begin + unit * (2**23 // len(unit)) + end)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEMORY, *paths], capture_output=True, text=True, check=True
    )
    for line, (*_, says) in zip(done.stdout.splitlines(), files, strict=True):
        found, peak = line.split("|")
        assert found.startswith(says)
        assert int(peak) < 3e6  # what is imported on the way, and a line
