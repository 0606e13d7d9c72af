"""What is measured: workloads, and who runs in each. `figures.py` says what is to come out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Runner:
    """One process of a workload.

    Attributes:
        label: Name in tables, unique in the workload.
        settings: Added to those of the workload.
    """

    label: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """A model, and all those who run it in turn.

    Attributes:
        key: Short name, what `ONLY=` selects by.
        title: Heading in tables.
        settings: What all runners share; see the `prepare` functions in `tasks`.
        runners: Who.
        fresh: Whether every round is a process of its own.
        per_step: Whether times are shown per step and compartment, or in seconds.
        rounds: How often, where that is fewer times than all others.
        alike: Whether all simulate the same, so that spikes and gradients must agree.
    """

    key: str
    title: str
    settings: dict[str, Any]
    runners: tuple[Runner, ...]
    fresh: bool = False
    per_step: bool = True
    rounds: int | None = None
    alike: bool = True


@dataclass(frozen=True)
class Cells:
    """The cell of the benchmarks, as files that the driver has written for the workers.

    Attributes:
        name: What it is called in tables.
        swc: The morphology.
        coarse: Its table at 324 compartments, or as near as its branches allow, and how many there are.
        fine: At 1296.
        finer: At thousands, for the cost by size.
    """

    name: str
    swc: str
    coarse: tuple[str, int]
    fine: tuple[str, int]
    finer: tuple[tuple[str, int], ...] = ()


def jax_runner(simulator: str, what: str) -> Runner:
    """Ours or Jaxley, forward or gradient."""
    settings = {"task": simulator, "simulator": simulator, "gradient": what == "gradient"}
    return Runner(f"{simulator} {what}", settings)


JAX = ("dendrax", "jaxley")
PAIR = tuple(jax_runner(simulator, what) for what in ("forward", "gradient") for simulator in JAX)
OURS = tuple(one for one in PAIR if one.settings["simulator"] == "dendrax")
TWO_CORES = tuple(Runner(f"{one.label}, two cores", {**one.settings, "devices": 2}) for one in OURS)
GATES = Runner("gates alone", {"task": "gates"})
NEURON = (
    Runner("neuron, tables", {"task": "neuron"}),
    Runner("neuron, formulas", {"task": "neuron", "exact": True}),
    Runner("coreneuron, tables", {"task": "neuron", "core": True}),
    Runner("coreneuron, formulas", {"task": "neuron", "core": True, "exact": True}),
)
ARBOR = Runner("arbor f64", {"task": "arbor"})


def workloads(cells: Cells, *, quick: bool = False) -> list[Workload]:
    """All of them, or those that end within some minutes."""
    if quick:
        return [
            *single(cells, "324", cells.coarse),
            batch(cells, (*PAIR, ARBOR, GATES, *TWO_CORES), "f32", t_max=5.0),
            network(100, t_max=5.0),
            *connected(t_max=10.0, sizes=(0, 10_000, 100_000)),
            *first_times(cells, JAX[:1]),
            *(replace(one, rounds=1) for one in compiles(cells, JAX[:1])),
        ]
    return [
        *single(cells, "324", cells.coarse),
        *single(cells, "1296", cells.fine),
        batch(cells, (*PAIR, ARBOR, GATES, *TWO_CORES), "f32", t_max=50.0),
        batch(cells, (*OURS, NEURON[0], ARBOR, GATES), "f64", t_max=50.0),
        network(100, t_max=20.0),
        network(1000, t_max=20.0),
        *connected(t_max=50.0, sizes=CONNECTIONS),
        integrators(10_000, 1_000_000, t_max=500.0),
        *first_times(cells, (*JAX, "neuron", "arbor")),
        *second_times(cells),
        *compiles(cells, JAX),
        *scales(cells),
    ]


def single(cells: Cells, size: str, table: tuple[str, int]) -> list[Workload]:
    """One cell, 50 ms, in both precisions."""
    file, n_comp = table
    return [
        Workload(
            f"l5pc-{size}-{bits}",
            f"{cells.name}, {n_comp} compartments, HH, 50 ms, {bits}",
            {"model": "cell", "table": file, "x64": bits == "f64", "t_max": 50.0},
            (*PAIR, GATES) if bits == "f32" else (*PAIR, *NEURON, ARBOR, GATES),
        )
        for bits in ("f32", "f64")
    ]


def batch(cells: Cells, runners: tuple[Runner, ...], bits: str, *, t_max: float) -> Workload:
    """64 cells under vmap, each with its own gNa in every compartment."""
    file, n_comp = cells.coarse
    settings = {"model": "cell", "table": file, "x64": bits == "f64", "t_max": t_max, "batch": 64}
    return Workload(f"batch-64-{bits}", f"64 cells of {n_comp} compartments, {t_max:g} ms, {bits}", settings, runners)


def network(n_cell: int, *, t_max: float) -> Workload:
    """Cells of twelve compartments, ten synapses each."""
    title = f"Network, {n_cell:,} cells of 12 compartments, {10 * n_cell:,} synapses, {t_max:g} ms, f32"
    return Workload(f"network-{n_cell}", title, of_network(n_cell, t_max), PAIR)


def of_network(n_cell: int, t_max: float) -> dict[str, Any]:
    """Settings of such a network."""
    return {"model": "network", "n_cell": n_cell, "n_per_cell": 10, "x64": False, "t_max": t_max}


CONNECTIONS = (0, 10_000, 100_000, 1_000_000)
LATER = (10.0, 14.0)
"""Delays that are far longer than the others, for a gradient whose cost is not to grow with them [ms]."""


def connected(*, t_max: float, sizes: tuple[int, ...]) -> list[Workload]:
    """1,000 squid cells of 12 compartments with more and more connections; and one of these in other simulators."""
    squid = {"task": "dendrax_events", "model": "squid", "n_cell": 1000, "t_max": t_max}
    what = f"1,000 HH cells of 12 compartments with connections, {t_max:g} ms"

    def runners(**more: Any) -> tuple[Runner, ...]:
        return tuple(Runner(wired(n), {"n_connection": n, **more}) for n in sizes)

    slow = Runner(f"{wired(sizes[-1])}, long delays", {"n_connection": sizes[-1], "delays": LATER, "gradient": True})
    peers = (
        Runner("dendrax forward", {"task": "dendrax_events"}),
        *(Runner(one.label, one.settings | {"task": "neuron_network"}) for one in NEURON),
        Runner("arbor", {"task": "arbor_network"}),
    )
    return [
        Workload("events", f"{what}, f32", squid | {"x64": False}, runners()),
        Workload("events-f64", f"{what}, f64", squid | {"x64": True}, runners()),
        Workload("events-jax", f"{what}, f32, JAX alone", squid | {"x64": False}, runners(native=False)),
        Workload(
            "events-gradient",
            f"{what}, gradient, f32",
            squid | {"x64": False},
            (*runners(gradient=True), slow),
            alike=False,
        ),
        Workload(
            "events-peers",
            f"1,000 HH cells of 12 compartments, 100,000 connections, {t_max:g} ms, f64",
            squid | {"n_connection": 100_000, "x64": True},
            peers,
        ),
    ]


def wired(n_connection: int) -> str:
    """The label of a runner."""
    return f"{n_connection:,} connections"


def integrators(n_cell: int, n_connection: int, *, t_max: float) -> Workload:
    """Integrate-and-fire cells, each simulator in its own precision; spikes differ, since the network is chaotic."""
    title = f"{n_cell:,} integrate-and-fire cells, {n_connection:,} connections, {t_max:g} ms"
    settings = {"n_cell": n_cell, "n_connection": n_connection, "t_max": t_max}
    ours = {"task": "dendrax_events", "model": "integrators"}
    runners = (
        Runner("dendrax forward", ours | {"x64": False}),
        Runner("dendrax, f64", ours | {"x64": True}),
        Runner("brian2, cython", {"task": "brian", "x64": True}),
    )
    return Workload("integrators", title, settings, runners, alike=False)


def first_times(cells: Cells, simulators: tuple[str, ...]) -> list[Workload]:
    """What a fresh process does first."""
    return [
        wait("import", "Import (beyond that of JAX)", simulators, {}, fresh=True),
        wait("read", f"Read the SWC file of {cells.name}, after imports", simulators, {"swc": cells.swc}, fresh=True),
    ]


def second_times(cells: Cells) -> list[Workload]:
    """What a session does again and again."""
    net = of_network(100, 1.0)
    cell = {"model": "cell", "table": cells.coarse[0], "t_max": 50.0}
    return [
        wait("view", "Make a view of a cell in a network of 100", JAX, net),
        wait("iterate", "Iterate over 100 cells", JAX, net),
        wait("train", "make_trainable on 2,520 synapses", JAX, net | {"n_cell": 252}),
        wait("again", f"A second plain integrate(), {cells.coarse[1]} compartments, 50 ms", JAX, cell),
    ]


def compiles(cells: Cells, simulators: tuple[str, ...]) -> list[Workload]:
    """Compilation of gradients, f32, in processes that have compiled nothing else."""
    cell = {"model": "cell", "table": cells.coarse[0], "t_max": 50.0}
    models = {
        "compile-l5pc": (f"one cell of {cells.coarse[1]} compartments", cell),
        "compile-batch": ("64 such cells", cell | {"batch": 64}),
        "compile-network": ("network of 1,000 cells", of_network(1000, 20.0)),
    }
    return [
        wait(key, f"Compile the gradient, {what}", simulators, settings | {"gradient": True}, fresh=True)
        for key, (what, settings) in models.items()
    ]


def wait(
    key: str, title: str, simulators: tuple[str, ...], settings: dict[str, Any], *, fresh: bool = False
) -> Workload:
    """Something that is measured in seconds."""
    runners = tuple(Runner(one, {"task": "waiting", "simulator": one}) for one in simulators)
    what = {"what": key.partition("-")[0]}
    return Workload(f"wait-{key}", title, settings | what, runners, fresh=fresh, per_step=False)


def scales(cells: Cells) -> list[Workload]:
    """Ours, forward in f32, from a thousand compartments to a million: more cells, and one cell cut ever finer."""
    settings = {"model": "cell", "x64": False, "t_max": 5.0, "trainable": False}
    file, n_comp = cells.coarse
    more = {"table": file}
    sizes = [max(1, round(size / n_comp)) for size in (1e3, 1e4, 1e5, 1e6)]
    in_cells = tuple(Runner(f"{n:,} cells", OURS[0].settings | more | {"copies": n}) for n in sizes)
    in_one = tuple(Runner(f"{n:,} compartments", OURS[0].settings | {"table": table}) for table, n in cells.finer)
    return [
        Workload(
            "scale-cells",
            f"Cells of {n_comp} compartments in one unconnected network, f32",
            settings,
            in_cells,
            alike=False,
        ),
        Workload("scale-cell", "One cell, cut ever finer, f32", settings, in_one, alike=False),
    ]
