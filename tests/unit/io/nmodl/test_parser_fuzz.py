"""Whatever the bytes of a file are: a tree, or an NmodlSyntaxError, and soon."""

import contextlib
import random
import re
import time
from pathlib import Path

import pytest

from dendrax.errors import NmodlSyntaxError
from dendrax.io.nmodl.parser import parse, parse_file
from dendrax.io.nmodl.source import source

MODS = Path(__file__).parent / "mods"
BLOCKS = [
    block for path in sorted(MODS.glob("*.mod")) for block in re.split(rb"(?<=\n}\n)", path.read_bytes()) if block
]
PIECES = [piece for block in BLOCKS for piece in block.split()]


def mutated(random):
    """A block of our files with bytes changed, cut, doubled or exchanged for words of others."""
    raw = bytearray(random.choice(BLOCKS))
    for _ in range(random.randint(1, 6)):
        at, length = random.randrange(len(raw) or 1), random.randint(0, 30)
        new = random.choice(
            (
                bytes(random.randrange(256) for _ in range(random.randint(0, 3))),
                random.choice(PIECES),
                b" " + random.choice(PIECES) + b" ",
                bytes(raw[at : at + length]) * 2,
                random.choice((b"{", b"}", b"(", b")", b'"', b":", b"~", b"'", b"\n", b"[", b"<", b"=", b"\0")),
                b"",
            )
        )
        raw[at : at + random.choice((0, 1, length))] = new
    return bytes(raw)


def survive(count, seed, folder):
    dice, path, read = random.Random(seed), folder / "x.mod", 0
    for _ in range(count):
        raw = mutated(dice)
        path.write_bytes(raw)
        try:
            file = parse_file(path, [MODS])
        except NmodlSyntaxError:
            continue
        read += 1
        assert parse(source(file)) == file, raw
    assert 0.02 * count < read < 0.9 * count


def test_three_hundred_mutations(tmp_path):
    survive(300, 1, tmp_path)


@pytest.mark.slow
def test_twenty_thousand_mutations(tmp_path):
    survive(20_000, 2, tmp_path)


BOMBS = {
    "parentheses": "PROCEDURE f() { x = " + "(" * 40_000,
    "braces": "PROCEDURE f() " + "{" * 40_000,
    "signs": "PROCEDURE f() { x = " + "-" * 40_000,
    "quotes": '"\\' * 40_000,
    "comments": "COMMENT " * 20_000,
    "one line comments": "COMMENT ENDCOMMENT " * 10_000,
    "tildes": "KINETIC s { " + "~ a " * 20_000,
    "reactions": "KINETIC s { " + "~ a + b <-> c (1, 2) " * 4_000,
    "ranges": "NEURON { " + "RANGE a " * 10_000 + "USEION " + "ca READ a " * 2_000,
    "digits": "PROCEDURE f() { x = a[" + "9" * 60_000,
    "declarations": "PARAMETER { " + "a = 1 (mV) <0, 1> " * 4_000,
    "primes": "DERIVATIVE s { x" + "'" * 40_000,
    "ladder": "PROCEDURE f() { if (a) {}" + " else if (a) {}" * 10_000,
    "units": "UNITS { " + "(a) = (b) " * 10_000,
    "blanks": "\n \t\r" * 40_000,
    "lines of a comment": "COMMENT\n" + " \n" * 40_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_time_grows_with_length_only(name):
    start = time.process_time()
    with contextlib.suppress(NmodlSyntaxError):
        parse(BOMBS[name])
    assert time.process_time() - start < 20  # of which nine tenths check types
