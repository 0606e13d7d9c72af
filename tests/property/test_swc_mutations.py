"""Mutated SWC files: no crash, no hang, no other error than the reader's own, and no length lost without a word."""

import random
import re
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from dendrax.errors import SwcError
from dendrax.io import read_swc
from dendrax.morphology.sample import sample_path
from dendrax.trees.branches import is_sphere
from dendrax.trees.compartments import CompartmentTree
from dendrax.trees.discretize import discretize
from dendrax.trees.points import SwcWarning, TracedPoints
from dendrax.trees.swc import points_from_bytes
from dendrax.trees.tracing import LENGTH_OF_A_POINT, SHORTEST_SEGMENT, inside_soma

SMALL = """\
1 1 0 0 0 5 -1
2 1 0 4 0 5 1
3 1 0 -4 0 5 1
4 3 10 0 0 1.5 2
5 3 20 0 0 1 4
6 3 30 5 0 0.5 5
7 3 30 -5 0 0.5 5
8 2 0 -12 0 0.4 3
9 2 0 -40 0 0.3 8
10 4 0 14 0 2 2
11 4 0 80 0 1 10
"""
WORDS = [
    "nan",
    "inf",
    "-inf",
    "0",
    "-1",
    "1",
    "1e308",
    "-1e308",
    "1e-308",
    "x",
    "",
    "#",
    ",",
    "1,5",
    "3.0",
    "7",
    "-7",
    "12",
]
WORDS += ["\t", "9" * 40, "0x1F", "1_0", "\u00bd", '"1"', "--1", "1e", "+", "True", "\r", ";"]


def mutate(text: str, rng: random.Random) -> bytes:
    """Damage a file in one to four places, the way editors, converters and disks do."""
    lines = text.splitlines()
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        words = lines[at].split()
        kind = rng.randrange(9)
        if kind == 0 and words:
            words[rng.randrange(len(words))] = rng.choice(WORDS)
            lines[at] = " ".join(words)
        elif kind == 1 and len(words) == 7:
            words[6] = str(rng.randint(-1, len(lines) + 1))
            lines[at] = " ".join(words)
        elif kind == 2 and len(words) == 7:
            words[1] = str(rng.randint(-1, 9))
            lines[at] = " ".join(words)
        elif kind == 3 and len(lines) > 1:
            del lines[at]
        elif kind == 4:
            lines.insert(at, lines[rng.randrange(len(lines))])
        elif kind == 5 and words:
            del words[rng.randrange(len(words))]
            lines[at] = " ".join(words)
        elif kind == 6:
            lines[at] = rng.choice([",", ";", "\t", "  "]).join(words)
        elif kind == 7:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            cut = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + rng.choice(WORDS) + lines[at][cut + rng.randint(0, 2) :]
    data = bytearray("\n".join(lines).encode())
    if rng.random() < 0.15 and data:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def length_outside_soma(points) -> float:
    """Length of the tracing without the ways out of the soma, from the points alone."""
    child = np.flatnonzero(points.parent >= 0)
    above = points.parent[child]
    inside = inside_soma(points)
    soma = points.type == 1
    leaves_soma = (inside[above] & ~soma[child]) | (inside[child] & ~soma[above])
    gaps = np.sqrt(((points.xyzr[child, :3] - points.xyzr[above, :3]) ** 2).sum(axis=1))
    return float(gaps[~leaves_soma].sum()) + ball(points)


def ball(points) -> float:
    """Length of a soma of a single point, or of a lone point: its diameter."""
    return float(2 * points.xyzr[is_sphere(points) | (len(points) == 1), 3].sum())


def check(data: bytes) -> str:
    """Read and cut one file, strictly and mending it; returns what became of it."""
    begin = time.process_time()
    strict, words = read(data, repair=False)
    mended, _ = read(data, repair=True)
    assert time.process_time() - begin < 2.0
    if strict is None:
        return "refused" if mended is None else "mended"
    assert mended is not None, f"strictly a neuron, but not to be mended: {words}"
    for name in ("id", "type", "xyzr", "parent"):  # what has no defects is left as it is
        np.testing.assert_array_equal(getattr(mended, name), getattr(strict, name))
    return "read with a warning" if words else "read"


def read(data: bytes, *, repair: bool) -> tuple[TracedPoints | None, list[str]]:
    """The points of a file, None if it is refused, and what was said. A cell made of the points has to be sound."""
    points, tree, error = None, None, ""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            points = points_from_bytes(data, "mutated.swc", repair=repair)
            tree = discretize(points, 2)
        except SwcError as raised:
            error = str(raised)
    if points is None or tree is None:
        assert "mutated.swc" in error
        assert re.search(r"line \d+: |the file |no point is the root", error), error
        return None, []
    words = [str(one.message) for one in said]
    check_sound(points, tree, any("single point" in one for one in words))
    return points, words


def check_sound(points: TracedPoints, tree: CompartmentTree, has_single_points: bool) -> None:
    """The compartments can be simulated, and are as long as what was traced."""
    for values in (tree.length, tree.radius, tree.area, tree.volume, tree.resistive_load_in, tree.resistive_load_out):
        assert np.isfinite(values).all()
        assert (values > 0).all()
    assert (tree.parent_of_branch < np.arange(len(tree.parent_of_branch))).all()
    assert (np.flatnonzero(tree.parent_of_branch < 0) == [0]).all()
    slack = (LENGTH_OF_A_POINT if has_single_points else SHORTEST_SEGMENT) * len(points)
    # Only the ways out of the soma may be left out, and a segment is never counted twice.
    total, rounding = tree.length.sum(), 1e-9 * points.total_length()
    assert total >= length_outside_soma(points) - rounding
    assert total <= points.total_length() + ball(points) + slack + rounding


def real_files() -> list[str]:
    """The first 80 lines of real files: our own, and those that the project does not ship."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "data"
    paths = [sample_path("interneuron"), *sorted(folder.glob("*.swc"))]
    return ["\n".join(path.read_text().splitlines()[:80]) for path in paths]


def run(n: int, seed: int) -> dict[str, int]:
    rng = random.Random(seed)
    real = real_files()
    outcome: dict[str, int] = {}
    for _ in range(n):
        what = check(mutate(rng.choice(real) if rng.random() < 0.2 else SMALL, rng))
        outcome[what] = outcome.get(what, 0) + 1
    return outcome


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.slow
def test_mutated_files(seed):
    outcome = run(500, seed)
    assert outcome["refused"] > 50
    assert outcome["mended"] > 20
    assert outcome["read"] > 5


@pytest.mark.slow
@pytest.mark.cases("SWC files, mutated, read strictly and with repair", 100_000)
def test_a_hundred_thousand_mutated_files():
    assert sum(run(100_000, 99).values()) == 100_000


def test_a_cell_of_a_mutated_file_is_that_of_its_points(tmp_path):
    """From the front door: the same file is refused or read, and the cell has the lengths of the tree."""
    rng, path, cells = random.Random(3), tmp_path / "mutated.swc", 0
    for _ in range(60):
        data = mutate(SMALL, rng)
        path.write_bytes(data)
        points, _ = read(data, repair=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SwcWarning)
            if points is None:
                with pytest.raises(SwcError, match=re.escape(str(path))):
                    read_swc(path, ncomp=2, repair=True)
                continue
            cell = read_swc(path, ncomp=2, repair=True)
        cells += 1
        np.testing.assert_allclose(cell.nodes["length"], discretize(points, 2).length)
    assert 5 < cells < 55


def test_random_bytes():
    rng = random.Random(7)
    for _ in range(200):
        check(bytes(rng.randrange(256) for _ in range(rng.randrange(200))))
