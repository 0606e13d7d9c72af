"""Who hears of whose spikes: connections as a frozen pytree, sorted by their source."""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from dendrax.engine.events.plastic import Plastic
from dendrax.engine.rows import AnyArray, Rows
from dendrax.errors import ModelValueError
from dendrax.mechanisms.source import SpikeSource

LONGEST_EPOCH = 64
"""Steps between two deliveries at most, however long the shortest delay is: inputs and spikes of an epoch are kept."""

_ROUNDING = 1e-6
"""Fraction of a step by which a quotient of decimal times may miss a whole number."""


class Values(NamedTuple):
    """A part of the values of all connections or detectors.

    Attributes:
        key: The parameter that has them; None where all are 1.
        size: How many they are.
    """

    key: str | None
    size: int


class Wires(eqx.Module):
    """Some connections, sorted by source.

    Attributes:
        first: The first connection of each source, and the number of all. (source + 1,)
        target: The port of each connection. (connection,)
        order: For each connection in that order, its number in `weights` and `delays`. (connection,)
        weights: Where the weights of all connections are.
        delays: Where the delays of all connections are [ms].
        shift: Of plastic connections, how many ports further the fraction of a step arrives by which an event is late;
            None where events are shared out between two steps.
    """

    first: Int[AnyArray, " bound"]
    target: Int[AnyArray, " connection"]
    order: Int[AnyArray, " connection"]
    weights: tuple[Values, ...] = eqx.field(static=True)
    delays: tuple[Values, ...] = eqx.field(static=True)
    shift: int | None = eqx.field(static=True, default=None)


class Events(eqx.Module):
    """The connections of a model.

    Sources are numbered: first the detectors, then the trains of artificial sources in the order of `sources`. A port
    is a place where events arrive: one for each point process, and for each synapse that has a delay.

    Attributes:
        watched: The compartment of each detector, in rising order, so that to look at them is cheap. (detector,)
        rows: The same, where there is at most one in each compartment; None otherwise.
        thresholds: Where the thresholds of all detectors are.
        order: For each detector, its number in `thresholds`. (detector,)
        sources: Each kind of artificial source and how many there are.
        wires: The connections that are not plastic, and those that are, if there are any.
        plastic: The rules of the latter, and what they act on.
        recorded: The sources whose spikes are returned, in rising order. (recorded,)
        ids: What each of these is called in `Spikes.ids`. (recorded,)
        records_detectors: Whether the recorded sources are all detectors, and no others.
        n_port: Number of ports.
        shortest: No delay of any run is shorter [ms]; infinite where there are no connections.
        longest: No delay of any run is longer [ms].
    """

    watched: Int[AnyArray, " detector"]
    order: Int[AnyArray, " detector"]
    wires: tuple[Wires, ...]
    plastic: tuple[Plastic, ...]
    recorded: Int[AnyArray, " recorded"]
    ids: Int[AnyArray, " recorded"]
    thresholds: tuple[Values, ...] = eqx.field(static=True)
    sources: tuple[tuple[SpikeSource, int], ...] = eqx.field(static=True)
    n_port: int = eqx.field(static=True)
    shortest: float = eqx.field(static=True)
    longest: float = eqx.field(static=True)
    rows: Rows | None = None
    records_detectors: bool = eqx.field(static=True, default=False)

    def at_detectors(self, values: Float[Array, " comp"]) -> Float[Array, " detector"]:
        """The entries of the compartments that are watched."""
        return jnp.asarray(values)[self.watched] if self.rows is None else self.rows.take(values)

    @property
    def n_detector(self) -> int:
        """Number of detectors."""
        return self.watched.shape[0]

    @property
    def n_source(self) -> int:
        """Number of detectors and trains."""
        return self.n_detector + sum(n for _, n in self.sources)

    def steps_per_epoch(self, dt: Any, n_steps: int) -> int:
        """How many steps of `dt` [ms] can be made before what is fired in them arrives.

        Raises:
            ModelValueError: A delay is shorter than a step.
        """
        if self.shortest < dt * (1.0 - _ROUNDING):
            raise ModelValueError(
                f"The shortest delay of a connection is {self.shortest:g} ms, but the time step is {dt:g} ms. An event "
                f"takes at least a step: make the delay longer, or delta_t smaller."
            )
        return max(int(min(self.shortest / dt + _ROUNDING, LONGEST_EPOCH, n_steps)), 1)

    def slots(self, dt: Any) -> int:
        """Steps ahead for which arrivals are kept, in a state between two steps of `dt` [ms]."""
        return math.ceil(self.longest / dt) + 3 if self.longest else 1
