"""The figures to reach (issue 4), and how each is read from the measures."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.processes import Measured

AT_LEAST, AT_MOST = ">=", "<="
Results = dict[str, dict[str, "Measured"]]


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        workload: Which workload it is read from.
        text: What is compared.
        sense: AT_LEAST or AT_MOST.
        bound: The figure to reach.
        unit: What follows the number.
        read: The figure from what the runners of the workload gave.
    """

    workload: str
    text: str
    sense: str
    bound: float
    unit: str
    read: Callable[[dict[str, Measured]], float]

    def value(self, results: Results) -> float | None:
        """The figure, or None where a runner that it needs is missing or has failed."""
        try:
            return self.read(results[self.workload])
        except (KeyError, ZeroDivisionError):
            return None

    def reached(self, value: float) -> bool:
        """Whether it is good enough."""
        return value >= self.bound if self.sense == AT_LEAST else value <= self.bound


def ratio(above: str, below: str) -> Callable[[dict[str, Measured]], float]:
    """Median over the rounds of the time of one runner over that of another in the same round, per unit of work."""

    def read(measured: dict[str, Measured]) -> float:
        one, other = measured[above], measured[below]
        if one.error or other.error:
            raise KeyError(above if one.error else below)
        return median(a / b for a, b in zip(one.seconds, other.seconds, strict=True)) / (work(one) / work(other))

    return read


def work(measured: Measured) -> float:
    """Compartments times steps."""
    return measured.facts.get("n_comp", 1) * measured.facts.get("steps", 1)


def seconds(label: str) -> Callable[[dict[str, Measured]], float]:
    """Median of a time."""
    return lambda measured: measured[label].median if measured[label].seconds else {}[label]


def memory(one: str, other: str) -> Callable[[dict[str, Measured]], float]:
    """Peak memory of one process over that of another."""
    return lambda measured: measured[one].facts["peak_mb"] / measured[other].facts["peak_mb"]


def kept(one: str, other: str) -> Callable[[dict[str, Measured]], float]:
    """What a compiled program keeps while it runs over what another keeps."""
    return lambda measured: measured[one].facts["kept_mb"] / measured[other].facts["kept_mb"]


def spread(measured: dict[str, Measured]) -> float:
    """Largest over smallest time per compartment and step."""
    costs = [one.median / work(one) for one in measured.values() if one.seconds]
    if len(costs) < 2:
        raise KeyError("sizes")
    return max(costs) / min(costs)


def faster(workload: str, text: str, bound: float, ours: str, theirs: str) -> Figure:
    """How many times faster than a peer."""
    return Figure(workload, text, AT_LEAST, bound, "x", ratio(theirs, ours))


def at_most(workload: str, text: str, bound: float, above: str, below: str) -> Figure:
    """A ratio of our own times that is to stay small."""
    return Figure(workload, text, AT_MOST, bound, "x", ratio(above, below))


def wait(workload: str, text: str, bound: float) -> Figure:
    """A time of ours."""
    return Figure(workload, text, AT_MOST, bound, "s", seconds("dendrax"))


FORWARD, GRADIENT = "dendrax forward", "dendrax gradient"
UNCONNECTED = "0 connections"

FIGURES = (
    faster("l5pc-324-f32", "324 compartments, forward f32, against Jaxley", 2.3, FORWARD, "jaxley forward"),
    faster("l5pc-324-f64", "324 compartments, forward f64, against Jaxley", 2.4, FORWARD, "jaxley forward"),
    faster("l5pc-324-f64", "... against NEURON, rates from tables (its default)", 3.2, FORWARD, "neuron, tables"),
    faster("l5pc-324-f64", "... against NEURON, rates from formulas", 3.2, FORWARD, "neuron, formulas"),
    faster("l5pc-324-f64", "... against CoreNEURON, tables", 2.6, FORWARD, "coreneuron, tables"),
    faster("l5pc-324-f64", "... against CoreNEURON, formulas", 2.6, FORWARD, "coreneuron, formulas"),
    faster("l5pc-324-f64", "... against Arbor", 1.5, FORWARD, "arbor f64"),
    faster("l5pc-1296-f64", "1296 compartments, forward f64, against Jaxley", 2.4, FORWARD, "jaxley forward"),
    faster("l5pc-1296-f64", "... against NEURON, tables", 3.2, FORWARD, "neuron, tables"),
    faster("l5pc-1296-f64", "... against NEURON, formulas", 3.2, FORWARD, "neuron, formulas"),
    faster("l5pc-1296-f64", "... against Arbor", 1.25, FORWARD, "arbor f64"),
    faster("l5pc-324-f32", "324 compartments, value_and_grad f32, against Jaxley", 3.2, GRADIENT, "jaxley gradient"),
    faster("batch-64-f32", "64 cells, forward f32, against Jaxley", 4.0, FORWARD, "jaxley forward"),
    faster("batch-64-f32", "... against Arbor (f64)", 4.0, FORWARD, "arbor f64"),
    faster("batch-64-f32", "64 cells, value_and_grad f32, against Jaxley", 7.5, GRADIENT, "jaxley gradient"),
    faster("batch-64-f32", "... two cores against one", 1.8, "dendrax gradient, two cores", GRADIENT),
    at_most("l5pc-324-f32", "gradient over forward, 324 compartments f32", 3.5, GRADIENT, FORWARD),
    at_most("l5pc-324-f64", "... 324 compartments f64", 3.5, GRADIENT, FORWARD),
    at_most("l5pc-1296-f32", "... 1296 compartments f32", 3.5, GRADIENT, FORWARD),
    at_most("l5pc-1296-f64", "... 1296 compartments f64", 3.5, GRADIENT, FORWARD),
    at_most("batch-64-f32", "... 64 cells f32", 3.5, GRADIENT, FORWARD),
    at_most("batch-64-f64", "... 64 cells f64", 3.5, GRADIENT, FORWARD),
    at_most("network-1000", "... network of 1,000 cells", 3.5, GRADIENT, FORWARD),
    faster("network-100", "network of 100 cells, forward, against Jaxley", 2.5, FORWARD, "jaxley forward"),
    faster("network-100", "... gradient", 3.5, GRADIENT, "jaxley gradient"),
    faster("network-1000", "network of 1,000 cells, forward, against Jaxley", 2.5, FORWARD, "jaxley forward"),
    faster("network-1000", "... gradient", 3.5, GRADIENT, "jaxley gradient"),
    at_most("l5pc-324-f32", "a step over its gates alone, one cell f32", 1.6, FORWARD, "gates alone"),
    at_most("l5pc-324-f64", "... one cell f64", 1.6, FORWARD, "gates alone"),
    at_most("batch-64-f32", "... 64 cells f32", 1.4, FORWARD, "gates alone"),
    at_most("batch-64-f64", "... 64 cells f64", 1.4, FORWARD, "gates alone"),
    *(
        at_most(workload, f"{n:,} connections over none, 1,000 cells, {how}", bound, f"{n:,} connections", UNCONNECTED)
        for workload, how, bounds in (
            ("events", "native kernels", (1.35, 1.5, 1.7)),
            ("events-jax", "JAX alone", (2.0, 2.2, 4.5)),
            ("events-gradient", "gradient", (1.9, 1.9, 1.9)),
        )
        for n, bound in zip((10_000, 100_000, 1_000_000), bounds, strict=True)
    ),
    at_most("events-gradient", "... gradient, long delays", 1.9, "1,000,000 connections, long delays", UNCONNECTED),
    Figure(
        "events-gradient",
        "memory kept by the gradient, 100,000 connections over none",
        AT_MOST,
        1.5,
        "x",
        kept("100,000 connections", UNCONNECTED),
    ),
    *(
        faster("events-peers", f"1,000 cells, 100,000 connections, against {theirs}", bound, FORWARD, theirs)
        for theirs, bound in (
            ("neuron, tables", 3.0),
            ("neuron, formulas", 3.0),
            ("coreneuron, tables", 2.5),
            ("coreneuron, formulas", 2.5),
            ("arbor", 1.3),
        )
    ),
    faster("integrators", "10,000 integrate-and-fire cells against brian2", 1.0, FORWARD, "brian2, cython"),
    wait("wait-compile-l5pc", "compile the gradient, one cell", 1.5),
    wait("wait-compile-batch", "... 64 cells", 4.0),
    wait("wait-compile-network", "... network of 1,000 cells", 5.0),
    wait("wait-read", "read the L5PC in a fresh process after imports", 0.2),
    wait("wait-import", "import, beyond that of JAX", 0.3),
    Figure(
        "batch-64-f32",
        "peak memory of the 64-cell gradient, over Jaxley's",
        AT_MOST,
        1.0,
        "x",
        memory(GRADIENT, "jaxley gradient"),
    ),
    Figure("scale-cells", "dearest over cheapest cost per compartment, 1,000 to 1,000,000", AT_MOST, 1.5, "x", spread),
    Figure("scale-cell", "... in one cell", AT_MOST, 1.5, "x", spread),
)
