"""The State: everything that changes during a run, in two forms: typed and compact inside, a flat dict at the door."""

from collections.abc import Mapping

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from dendrax.engine.rows import Rows
from dendrax.errors import UnknownNameError

FlatState = dict[str, Float[Array, " _"]]
"""As users see it: arrays over all compartments, NaN where a state is absent, or over all synapses of a type."""

TIME = "t"
"""The name of the time in a FlatState: a pair, see `State.t`."""

PEAK = "v_peak"
"""The name of the voltage before a reset in what `Mechanism.advance` returns."""


class State(eqx.Module):
    """Everything that changes from step to step.

    Attributes:
        v: Voltage of each compartment [mV].
        own: States of mechanisms and concentrations of ions, by name; as long as `Layout.storage` says.
        currents: Currents of channels [mA/cm^2] and synapses [nA] and fluxes of pumps [mM/ms] in the step that led
            here, by name.
        t: The time and its rounding error [ms]; None if no mechanism reads it.
        peak: Within a step, the voltage that mechanisms had reached before they reset it; None between steps, and where
            no mechanism says it [mV].
    """

    v: Float[Array, " comp"]
    own: dict[str, Float[Array, " _"]]
    currents: dict[str, Float[Array, " _"]]
    t: Float[Array, " two"] | None = None
    peak: Float[Array, " comp"] | None = None

    def __getitem__(self, name: str) -> Float[Array, " _"]:
        for named in (self.own, self.currents):
            if name in named:
                return named[name]
        return self.t if name == TIME and self.t is not None else {"v": self.v}[name]

    def replace(self, values: Mapping[str, Float[Array, " _"]]) -> "State":
        """With other values for these states and currents."""
        own = {name: values.get(name, value) for name, value in self.own.items()}
        currents = {name: values.get(name, value) for name, value in self.currents.items()}
        return State(values.get("v", self.v), own, currents, values.get(TIME, self.t), values.get(PEAK, self.peak))

    def later(self, dt: float | Float[Array, ""]) -> "State":
        """The same State with the time `dt` [ms] later; compensated summation avoids accumulating rounding errors.

        References:
            Kahan W (1965). Further remarks on reducing truncation errors. Communications of the ACM 8:40.
        """
        if self.t is None:
            return self
        step = dt - self.t[1]
        after = self.t[0] + step
        return State(self.v, self.own, self.currents, jnp.stack([after, (after - self.t[0]) - step]))

    def flat(self) -> FlatState:
        """Everything by name."""
        time = {} if self.t is None else {TIME: self.t}
        return {"v": self.v, **self.own, **self.currents, **time}


class Layout(eqx.Module):
    """How the State of a model is kept.

    Attributes:
        storage: For each state and current, the compartments or synapses that keep it. Membrane currents, currents and
            states of synapses and concentrations of diffused ions are kept everywhere.
        membrane_currents: Names of the currents of channels and the fluxes of pumps, each once.
        synaptic_currents: Names of the currents of synapses.
        synaptic_states: Names of the states of synapses.
        timed: Whether the State has the time, since a mechanism reads it.
        probes: Names of the currents that are recorded of a step besides its State, see `probes`.
    """

    storage: dict[str, Rows]
    membrane_currents: tuple[str, ...] = eqx.field(static=True)
    synaptic_currents: tuple[str, ...] = eqx.field(static=True, default=())
    synaptic_states: tuple[str, ...] = eqx.field(static=True, default=())
    probes: tuple[str, ...] = eqx.field(static=True, default=())
    timed: bool = eqx.field(static=True, default=False)

    @property
    def currents(self) -> tuple[str, ...]:
        """Names of all currents, probes included."""
        return (*self.membrane_currents, *self.synaptic_currents, *self.probes)

    @property
    def of_synapses(self) -> tuple[str, ...]:
        """Names of the states and currents of synapses."""
        return (*self.synaptic_currents, *self.synaptic_states)

    @property
    def of_compartments(self) -> tuple[str, ...]:
        """Names of the states and currents of compartments that mechanisms may write."""
        others = {*([TIME] if self.timed else []), *self.probes, *self.of_synapses}
        return tuple(name for name in self.storage if name not in others)

    def compress(self, flat: FlatState) -> State:
        """The State as it runs; currents that are not given are zero.

        Raises:
            UnknownNameError: The model has no such state.
        """
        unknown = sorted(set(flat) - set(self.storage))
        if unknown:
            raise UnknownNameError(f"The model has no state {unknown[0]!r}. Known are: {sorted(self.storage)}.")
        dtype = jnp.result_type(float)
        kept = {name: self.storage[name].take(jnp.asarray(value, dtype)) for name, value in flat.items()}
        v, t = kept.pop("v"), kept.pop(TIME) if self.timed else None
        currents = {
            name: kept.pop(name) if name in kept else jnp.zeros(self.storage[name].size, dtype)
            for name in self.currents
        }
        return State(v, kept, currents, t)

    def expand(self, state: State, params: FlatState | None = None) -> FlatState:
        """The State as users see it; where a state such as eK is a parameter instead, `params` gives its value."""
        elsewhere = {} if params is None else params
        return {
            name: self.storage[name].put(jnp.asarray(elsewhere[name], value.dtype), value)
            if name in elsewhere
            else self.storage[name].spread(value, jnp.nan)
            for name, value in state.flat().items()
        }
