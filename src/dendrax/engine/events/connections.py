"""The connections of a model as a frozen pytree, sorted by source."""

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
"""Largest number of steps between two deliveries. An epoch stores its inputs and spikes, so its length is bounded."""

_ROUNDING = 1e-6
"""Fraction of a step by which a quotient of decimal times may differ from a whole number."""


class Values(NamedTuple):
    """Where a part of the values of all connections or detectors is.

    Attributes:
        key: The parameter that holds them; None if all are 1.
        size: Number of values.
    """

    key: str | None
    size: int


class Wires(eqx.Module):
    """Some connections, sorted by source.

    Attributes:
        first: The first connection of each source, and the number of all. (source + 1,)
        target: The port of each connection. (connection,)
        order: For each connection in that order, its number in `weights` and `delays`. (connection,)
        weights: The parameters that hold the weights of all connections.
        delays: The parameters that hold the delays of all connections [ms].
        shift: For plastic connections, the distance between the port that counts an event and the port for the fraction
            of a step by which it is late. None if events are shared out between two steps.
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
    is a place where events arrive. Each point process has a port, and so has each synapse with a delay.

    Attributes:
        watched: The compartment of each detector, in rising order. (detector,)
        rows: The same, if the detectors are in different compartments; None otherwise.
        thresholds: The parameters that hold the thresholds of all detectors.
        order: For each detector, its number in `thresholds`. (detector,)
        sources: Each kind of artificial source and the number of its sources.
        wires: The connections without plasticity, and then the plastic connections, if the model has any.
        plastic: The rules of plasticity and their connections.
        recorded: The sources whose spikes a run returns, in rising order. (recorded,)
        ids: The number of each of these in `Spikes.ids`. (recorded,)
        records_detectors: Whether `recorded` is exactly all detectors.
        n_port: Number of ports.
        shortest: The shortest delay of any run [ms]; infinite without connections.
        longest: The longest delay of any run [ms].
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
        """The entries of the watched compartments."""
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
        """The number of steps of `dt` [ms] in which no spike of these steps can arrive.

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
        """Number of steps of `dt` [ms] ahead for which the queue holds arrivals."""
        return math.ceil(self.longest / dt) + 3 if self.longest else 1
