"""Mechanisms that are inserted into compartments: channels, pumps, point processes and electrodes."""

from collections.abc import Iterable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from dendrax.engine.calling import call
from dendrax.engine.current import Sums
from dendrax.engine.part import Params, Part, Time, as_rows, check_returned, flowing_of
from dendrax.engine.rows import Rows
from dendrax.engine.state import PEAK, TIME, Layout, State
from dendrax.errors import MechanismError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Values

DENSITY, POINT, ELECTRODE = "density", "point", "electrode"
"""Lines in the voltage that are added up apart: [mA/cm2 and S/cm2], [nA and uS], and the same of electrodes."""


class Parameters(eqx.Module):
    """The parameters that a mechanism gets at its rows during a run.

    Attributes:
        fixed: Own parameters and surroundings.
        driven: For each parameter that another mechanism drives, whether it does in each row.
        nanoamperes: Current of each row per current density [nA / (mA/cm^2)].
    """

    fixed: Params
    driven: dict[str, Bool[Array, " row"]]
    nanoamperes: Float[Array, " row"]


class Inserted(Part):
    """A mechanism and the compartments that have it.

    Attributes:
        mechanism: The channel, pump or other mechanism, compared by value.
        rows: The compartments.
        states: For each state that it declares, its rows within that state's storage.
    """

    mechanism: Mechanism = eqx.field(static=True)
    rows: Rows
    states: dict[str, Rows]

    def prepare(self, params: Params, nanoamperes: Float[Array, " comp"], parts: Iterable["Inserted"]) -> Parameters:
        """The loop invariants, from parameters of full length; `parts` may drive some of them."""
        mechanism, rows = self.mechanism, self.rows
        own = mechanism.parameter_defaults
        driven: dict[str, Array] = {}
        for part in parts:
            for name in (name for name in part.mechanism.written if name in own):
                here = rows.take(part.rows.spread(jnp.ones(part.rows.size, bool), 0.0))
                driven[name] = driven[name] | here if name in driven else here
        names = (*own, *mechanism.surroundings, *(name for name in ("x", "y", "z") if name in mechanism.shared))
        fixed = {name: rows.take(jnp.asarray(params[name])) for name in names}
        return Parameters(fixed, driven, rows.take(nanoamperes))

    def advance(self, layout: Layout, constants: Parameters, state: State, v: Float[Array, " comp"], dt: Time) -> State:
        """Its states one step later; they are written at once, so that the next part sees them."""
        mechanism, rows = self.mechanism, self.rows
        currents: Values = {name: rows.take(state.currents[name]) for name in layout.membrane_currents}
        present = self._handed(layout, constants, state, 0.0)
        returned = call(mechanism, "advance", currents | self._own(state), dt, rows.take(v), present)
        states = {name: state[name] for name in layout.of_compartments}
        check_returned(mechanism, returned, {*states, PEAK})
        written: Params = {}
        for name, value in returned.items():
            values = as_rows(mechanism, name, value, rows.size, v.dtype)
            if name == PEAK:
                written[name] = rows.put(state.v if state.peak is None else state.peak, values)
            elif name in self.states:
                written[name] = self.states[name].put(states[name], values)
            else:
                storage = layout.storage[name]
                written[name] = storage.take(rows.put(storage.spread(states[name], jnp.nan), values))
        return state.replace(written)

    def held(self, layout: Layout, constants: Parameters, state: State) -> Bool[Array, " comp"]:
        """Where it holds the voltage until the end of the step."""
        handed = self._handed(layout, constants, state, 0.0)
        returned = call(self.mechanism, "holds", self._own(state), self.rows.take(state.v), handed)
        here = as_rows(self.mechanism, "holds", returned, self.rows.size, bool)
        return self.rows.spread(here, 0.0)

    def current(self, layout: Layout, constants: Parameters, state: State, sums: Sums, since: Time) -> None:
        """Add its currents and their line, with the exact slope, to `sums`.

        The time that it is told is `since` [ms] after the step began.
        """
        mechanism, rows = self.mechanism, self.rows
        if not mechanism.flowing:
            return
        v = rows.take(state.v)
        now, slope = jax.jvp(lambda u: self._currents(layout, constants, state, u, since), (v,), (jnp.ones_like(v),))
        is_point = mechanism.place == "point"
        for name, value in now.items():
            # What carries an ion is recorded as a density, so that it adds up with that of channels.
            is_of_ion = is_point and name != mechanism.name_of_current(None)
            sums.add(name, rows, value / constants.nanoamperes if is_of_ion else value)
            if mechanism.electrode:
                sums.add_line(ELECTRODE, rows, -slope[name], -value)
            else:
                sums.add_line(POINT if is_point else DENSITY, rows, slope[name], value)

    def flux(self, layout: Layout, constants: Parameters, state: State, sums: Sums, since: Time) -> None:
        """Add its effect on concentrations, and its line in each, under the name of the ion."""
        for ion, name in self.mechanism.moves.items():
            places = self._places_of(ion)
            c = places.take(state[ion])
            now, slope = jax.jvp(
                lambda u, ion=ion: self._flux(layout, constants, state, ion, u, since), (c,), (jnp.ones_like(c),)
            )
            sums.add(name, self.rows, now)
            sums.add_line(ion, places, slope, now)

    def _own(self, state: State) -> Values:
        return {name: rows.take(state[name]) for name, rows in self.states.items()}

    def _handed(self, layout: Layout, constants: Parameters, state: State, since: Time) -> Values:
        """Parameters, where driven ones follow the state of the same name; the time is `since` after the step began."""
        handed: Values = {**constants.fixed}
        for name, here in constants.driven.items():
            follows = self.rows.take(layout.storage[name].spread(state[name], 0.0))
            handed[name] = jnp.where(here, follows, constants.fixed[name])
        if TIME in self.mechanism.shared and state.t is not None:
            handed[TIME] = jnp.broadcast_to(state.t[0] + since, (self.rows.size,))
        return handed

    def _currents(
        self, layout: Layout, constants: Parameters, state: State, v: Float[Array, " row"], since: Time
    ) -> Params:
        """Its currents at its rows, see `part.flowing_of`."""
        present = self._handed(layout, constants, state, since)
        return flowing_of(self.mechanism, self._own(state), v, present, self.rows.size)

    def _flux(
        self, layout: Layout, constants: Parameters, state: State, ion: str, c: Float[Array, " row"], since: Time
    ) -> Float[Array, " row"]:
        """Minus the rate of change of the concentration, at its rows [mM/ms]."""
        mechanism = self.mechanism
        concentrations: Values = {name: self._places_of(name).take(state[name]) for name in mechanism.moves}
        present = self._handed(layout, constants, state, since)
        returned = call(mechanism, "fluxes", self._own(state), concentrations | {ion: c}, present)
        return as_rows(mechanism, mechanism.moves[ion], returned[ion], self.rows.size, c.dtype)

    def _places_of(self, ion: str) -> Rows:
        """Where its compartments are in the storage of an ion."""
        if ion not in self.states:
            raise MechanismError(
                f"The {self.mechanism.kind} {self.mechanism.name} changes {ion!r}, which it does not declare. Give it "
                f"a default in `{self.mechanism.tables[1]}`."
            )
        return self.states[ion]
