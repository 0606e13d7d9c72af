# ruff: noqa: T201 - a script that prints
"""How long building takes: views, iteration, networks, editing, lowering. No JAX program is run.

    python benchmarks/building.py

Prints a line for each: the time, and the target where there is one.
"""

import timeit
from collections.abc import Callable

import numpy as np

from dendrax.channels import HH
from dendrax.connect import connect, fully_connect, sparse_connect
from dendrax.engine.solvers.sequential import Sequential
from dendrax.modules import Branch, Cell, Compartment, Module, Network
from dendrax.modules.lower import lower
from dendrax.synapses import IonotropicSynapse

REPEATS = 5


def measure(what: str, call: Callable[[], object], *, times: int = 1, target: float | None = None) -> None:
    """Print the least time of one call [s] over some repeats of `times` calls."""
    seconds = min(timeit.repeat(call, number=times, repeat=REPEATS)) / times
    verdict = "" if target is None else f"   target {shown(target)}{'' if seconds <= target else '   MISSED'}"
    print(f"{what:<66} {shown(seconds):>9}{verdict}")


def shown(seconds: float) -> str:
    """A time with a unit that suits it."""
    factor, unit = next(
        (pair for pair in ((1.0, "s "), (1e3, "ms")) if seconds * pair[0] >= 1.0),
        (1e6, "us"),
    )
    return f"{seconds * factor:.3g} {unit}"


def small_cell() -> Cell:
    """Twelve compartments in three branches."""
    return Cell([Branch(Compartment(), ncomp=4)] * 3, parents=[-1, 0, 0])


def built_network() -> Network:
    """A thousand cells, each built by itself, with channels, 10,000 synapses, stimuli and recordings."""
    net = Network([small_cell() for _ in range(1_000)])
    net.insert(HH())
    sparse_connect(net, net, IonotropicSynapse(), p=0.01, random_post_comp=True, seed=0)
    net.cell("all").branch(0).loc(0.0).stimulate(np.zeros(400), verbose=False)
    net.cell("all").branch(1).loc(1.0).record("v", verbose=False)
    return net


def random_tree(n_branch: int, ncomp: int) -> Cell:
    """A cell of random descent."""
    draws = np.random.default_rng(0).random(n_branch)
    parents = np.concatenate([[-1], (draws[1:] * np.arange(1, n_branch)).astype(int)])
    cell = Cell(Branch(Compartment(), ncomp=ncomp), parents)
    cell.insert(HH())
    return cell


def pair_by_pair(net: Network) -> None:
    """Ten thousand synapses, each by a call of its own."""
    net.tables.wiring = type(net.tables.wiring)()
    for i in range(10_000):
        connect(net[i % 1_000, 0, 0], net[7 * i % 1_000, 1, 1], IonotropicSynapse())
    len(net.tables.edges.names)


def in_one_call(net: Network) -> None:
    """A million synapses: every cell to every cell."""
    net.tables.wiring = type(net.tables.wiring)()
    fully_connect(net, net, IonotropicSynapse(), random_post_comp=True, seed=0)
    len(net.tables.edges.names)


def one_by_one(net: Network, do: Callable[[Module], object]) -> None:
    """Do something to the first compartment of every cell."""
    for i in range(1_000):
        do(net.cell(i).branch(0).comp(0))


def main() -> None:
    """Measure everything."""
    measure("network of 1,000 cells of 12 compartments, with everything", built_network, target=1.0)
    net = built_network()
    measure("  view of a cell", lambda: net.cell(500), times=100, target=1e-4)
    measure("  view of a branch of every cell", lambda: net.branch(1), times=100, target=1e-4)
    measure("  view of two cells", lambda: net.cell([3, 700]), times=100, target=1e-4)
    measure("  view of a compartment, net[500, 1, 2]", lambda: net[500, 1, 2], times=100, target=1e-4)
    measure("  view of a group in a cell", lambda: net.cell(500).HH, times=100, target=1e-4)
    hundred = net.cell(range(100))
    measure("  iteration over 100 cells", lambda: list(hundred.cells), target=0.02)
    measure(
        "  10,000 times net.cell(i).branch(0).comp(0)", lambda: [one_by_one(net, id) for _ in range(10)], target=2.0
    )
    measure("  set, 1,000 times", lambda: one_by_one(net, lambda one: one.set("HH_gNa", 0.1)), target=0.5)
    measure("  record, 1,000 times", lambda: one_by_one(net, lambda one: one.record("v", verbose=False)), target=0.5)
    current = np.zeros(4_000)
    measure(
        "  stimulate, 1,000 times",
        lambda: one_by_one(net, lambda one: one.stimulate(current, verbose=False)),
        target=0.5,
    )
    measure("  10,000 synapses by 10,000 calls of connect", lambda: pair_by_pair(net), target=5.0)
    measure("  view of a type of synapse", lambda: net.IonotropicSynapse, times=10)
    measure("  lower it with these", lambda: lower(net.tables, Sequential()), target=0.1)
    measure("  a million synapses in one call", lambda: in_one_call(net), target=2.0)
    measure("  lower it with these", lambda: lower(net.tables, Sequential()))
    measure("  .nodes of a cell", lambda: net.cell(500).nodes, times=10, target=2e-3)
    net.nodes["mine"] = 1.0
    measure("  set, 1,000 times, after .nodes", lambda: one_by_one(net, lambda one: one.set("HH_gNa", 0.1)), target=0.5)

    for n_branch, ncomp, target in ((100, 10, 0.01), (10_000, 10, 1.0)):
        cell = random_tree(n_branch, ncomp)
        measure(
            f"lower {n_branch * ncomp:,} compartments in {n_branch:,} branches",
            lambda c=cell: lower(c.tables, Sequential()),
            target=target,
        )
    measure("  view of a branch", lambda: cell.branch(5_000), times=100, target=1e-4)
    measure("  view of a compartment", lambda: cell.branch(5_000).comp(3), times=100, target=1e-4)

    def train() -> None:
        cell.delete_trainables()
        cell.comp("all").make_trainable("radius", verbose=False)

    measure("  make_trainable, a value for each of 100,000 compartments", train, target=0.5)
    measure("  insert", lambda: cell.insert(HH()), target=0.1)


if __name__ == "__main__":
    main()
