"""What should be in view after a chain of index expressions, found by going through the compartments one by one."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dendrax.modules import Branch, Cell, Compartment, Module, Network

LEVELS = ("cell", "branch", "comp")


@dataclass(frozen=True)
class Row:
    """One compartment and its numbers in the model."""

    cell: int
    branch: int
    comp: int
    ncomp: int
    position: int
    groups: frozenset[str]


@dataclass(frozen=True)
class Oracle:
    """What should be in view."""

    rows: tuple[Row, ...]
    scope: str = "local"

    def index_of(self, row: Row, level: str) -> int:
        """The index by which `level` finds a compartment."""
        number = getattr(row, level)
        if self.scope == "global":
            return number
        parent = {"cell": "", "branch": "cell", "comp": "branch"}[level]
        siblings = {
            getattr(one, level) for one in self.rows if not parent or getattr(one, parent) == getattr(row, parent)
        }
        return sorted(siblings).index(number)

    def indices(self, level: str) -> list[int]:
        return [self.index_of(row, level) for row in self.rows]

    def at(self, level: str, wanted: set[int]) -> "Oracle":
        kept = [row for row, index in zip(self.rows, self.indices(level), strict=True) if index in wanted]
        return replace(self, rows=tuple(kept))

    def loc(self, places: list[float]) -> "Oracle":
        edges = {ncomp: np.linspace(0, 1 + 1e-10, ncomp + 1) for ncomp in {row.ncomp for row in self.rows}}

        def hit(row: Row) -> bool:
            return any(max(np.searchsorted(edges[row.ncomp], place) - 1, 0) == row.position for place in places)

        return replace(self, rows=tuple(row for row in self.rows if hit(row)))


@dataclass(frozen=True)
class Plan:
    """Of what to build a network. Drawn as plain numbers: nothing of ours may run inside a strategy."""

    cells: list[tuple[list[int], list[int]]]  # ncomp and parents of the branches
    groups: dict[str, set[int]]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Cells of branches of compartments, and two groups."""
    cells = []
    for _ in range(draw(st.integers(1, 4))):
        ncomps = draw(st.lists(st.integers(1, 5), min_size=1, max_size=5))
        cells.append((ncomps, [-1] + [draw(st.integers(0, branch - 1)) for branch in range(1, len(ncomps))]))
    n = sum(sum(ncomps) for ncomps, _ in cells)
    return Plan(cells, {name: draw(st.sets(st.integers(0, n - 1))) for name in ("red", "blue")})


def build(plan: Plan) -> tuple[Network, Oracle]:
    """The network, and what there is to select in it."""
    net = Network(
        [Cell([Branch(Compartment(), ncomp=n) for n in ncomps], parents=parents) for ncomps, parents in plan.cells]
    )
    rows: list[Row] = []
    branches = [(cell, ncomp) for cell, (ncomps, _) in enumerate(plan.cells) for ncomp in ncomps]
    for branch, (cell, ncomp) in enumerate(branches):
        for position in range(ncomp):
            groups = frozenset(name for name, members in plan.groups.items() if len(rows) in members)
            rows.append(Row(cell, branch, len(rows), ncomp, position, groups))
    for name, members in plan.groups.items():
        if members:
            net.select(sorted(members)).add_to_group(name)
    return net, Oracle(tuple(rows))


@st.composite
def expressions(draw: st.DrawFn, n: int) -> tuple[Any, set[int]]:
    """An index expression over n entities, and the indices that it means."""
    kind = draw(st.sampled_from(["int", "numpy", "list", "array", "range", "slice", "mask", "all"]))
    if kind in ("int", "numpy"):
        one = draw(st.integers(0, n))
        return (one if kind == "int" else np.int64(one)), {one}
    if kind in ("list", "array"):
        some = draw(st.lists(st.integers(0, n), min_size=1, max_size=6))
        return (some if kind == "list" else np.array(some)), set(some)
    if kind == "range":
        begin = draw(st.integers(0, n))
        index = range(begin, begin + draw(st.integers(1, n + 1)), draw(st.integers(1, 3)))
        return index, set(index)
    if kind == "slice":
        ends = st.none() | st.integers(-n - 1, n + 1)
        index = slice(draw(ends), draw(ends), draw(st.none() | st.sampled_from([-2, -1, 1, 2])))
        return index, set(range(n)[index])
    if kind == "mask":
        mask = draw(st.lists(st.booleans(), min_size=n, max_size=n))
        return (mask if draw(st.booleans()) else np.array(mask)), {i for i, inside in enumerate(mask) if inside}
    return "all", set(range(n))


def step(data: st.DataObject, view: Module, oracle: Oracle) -> tuple[Any, Oracle]:  # noqa: PLR0911 - one for each kind
    """One random step of selection: what to call on the view, and what should come out."""
    kinds = [*LEVELS, *LEVELS, "loc", "scope", "select", "mask", "view", *view.base.tables.groups]
    kind = data.draw(st.sampled_from(kinds))
    if kind in LEVELS:
        index, wanted = data.draw(expressions(max(oracle.indices(kind)) + 1))
        return (lambda: getattr(view, kind)(index)), oracle.at(kind, wanted)
    if kind == "loc":
        places = data.draw(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=2))
        return (lambda: view.loc(places if len(places) > 1 else places[0])), oracle.loc(places)
    if kind == "scope":
        scope = data.draw(st.sampled_from(["local", "global"]))
        return (lambda: view.scope(scope)), replace(oracle, scope=scope)
    if kind == "select":
        kept = data.draw(st.lists(st.sampled_from(oracle.rows), min_size=1, unique=True))
        return (lambda: view.select([row.comp for row in kept])), replace(oracle, rows=tuple(kept))
    if kind == "mask":
        mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(oracle.rows), max_size=len(oracle.rows))))
        kept = tuple(row for row, inside in zip(oracle.rows, mask, strict=True) if inside)
        return (lambda: view.select(mask)), replace(oracle, rows=kept)
    if kind == "view":
        return (lambda: view.view), oracle
    return (lambda: getattr(view, kind)), replace(oracle, rows=tuple(row for row in oracle.rows if kind in row.groups))
