"""Point processes: a compartment may have any number of them, each with its own parameters and states.

The engine calls the mechanism of a type once, on arrays over all its point processes. It gathers values from their
compartments and scatters their currents back. Currents are in nA.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Shaped

from dendrax.engine.calling import call
from dendrax.engine.current import MembraneCurrent, Sums
from dendrax.engine.part import Params, Part, Time, as_rows, check_returned, flowing_of
from dendrax.engine.rows import AnyArray, Rows
from dendrax.engine.state import TIME, Layout, State
from dendrax.mechanisms.mechanism import WEIGHT, Mechanism
from dendrax.mechanisms.value import Values


class AtPoints(eqx.Module):
    """The compartments and parameters that a type of point process gets during a run.

    Attributes:
        comps: The compartment of each.
        rows: The same, if the point processes are in different compartments and in their order.
        fixed: Own parameters, shared ones and surroundings of the compartment.
        nanoamperes: Current of the compartment of each per current density [nA / (mA/cm^2)].
    """

    comps: Int[Array, " point"]
    rows: Rows | None
    fixed: Params
    nanoamperes: Float[Array, " point"]

    def take(self, longer: Shaped[Array, " comp"]) -> Shaped[Array, " point"]:
        """The entries of their compartments."""
        return _at(longer, self.comps, self.rows)

    def add(self, longer: Float[Array, " comp"], values: Float[Array, " point"]) -> Float[Array, " comp"]:
        """`longer` plus `values` at their compartments."""
        return longer.at[self.comps].add(values) if self.rows is None else self.rows.add(longer, values)


class Placed(Part):
    """A type of point process and the compartments of its point processes, in the order of their table.

    Attributes:
        mechanism: The type, compared by value.
        comps: The compartment of each.
        rows: The same, if the point processes are in different compartments and in their order; None otherwise.
        port: The port of the first, if events arrive at them; those of the others follow. With several weights, all
            ports of the second weight come behind all ports of the first.
    """

    mechanism: Mechanism = eqx.field(static=True)
    comps: Int[AnyArray, " point"]
    rows: Rows | None = None
    port: int | None = eqx.field(static=True, default=None)

    @property
    def size(self) -> int:
        """Number of point processes."""
        return self.comps.shape[0]

    def prepare(self, params: Params, nanoamperes: Float[Array, " comp"]) -> AtPoints:
        """The loop invariants, from parameters of full length."""
        mechanism, comps = self.mechanism, jnp.asarray(self.comps)
        own = getattr(mechanism, mechanism.tables[0])
        around = {name for name in (*mechanism.shared, *mechanism.surroundings) if name in params}
        fixed = {name: jnp.asarray(params[name]) for name in own}
        fixed |= {name: _at(jnp.asarray(params[name]), comps, self.rows) for name in sorted(around)}
        return AtPoints(comps, self.rows, fixed, _at(nanoamperes, comps, self.rows))

    def advance(self, layout: Layout, constants: AtPoints, state: State, v: Float[Array, " comp"], dt: Time) -> State:
        """Their states one step later."""
        seen, handed = self._seen(layout, constants, state), self._handed(layout, constants, state, 0.0)
        returned = call(self.mechanism, "advance", seen, dt, constants.take(v), handed)
        return self._written(state, returned)

    def receive(
        self,
        layout: Layout,
        constants: AtPoints,
        state: State,
        arrived: Float[Array, " port"],
        still: Bool[Array, " comp"] | None = None,
    ) -> State:
        """The states after the events that `arrived` at all ports at the beginning of the step.

        The voltage of a compartment jumps by the sum of the changes that its point processes return, unless a mechanism
        holds it `still`.
        """
        if self.port is None:
            return state
        v = constants.take(state.v)
        by_name = {
            name: arrived[self.port + k * self.size :][: self.size] for k, name in enumerate(self.mechanism.weights)
        }
        weight = by_name if self.mechanism.has_own_weights else by_name[WEIGHT]
        seen, handed = self._seen(layout, constants, state), self._handed(layout, constants, state, 0.0)
        returned = call(self.mechanism, "receive", {**seen, "v": v}, weight, handed)
        after = self._written(state, returned, "receive")
        if "v" not in returned:
            return after
        jump = as_rows(self.mechanism, "v", returned["v"], self.size, v.dtype) - v
        if still is not None:
            jump = jnp.where(constants.take(still), 0.0, jump)
        return after.replace({"v": constants.add(state.v, jump)})

    def current(self, layout: Layout, constants: AtPoints, state: State, since: Time) -> tuple[Params, Params]:
        """The currents of each point process, outward [nA], by name, and their slopes in its voltage [uS]."""
        if not self.mechanism.flowing:
            return {}, {}
        v = constants.take(state.v)

        def flowing(v: Float[Array, " point"]) -> Params:
            present = self._handed(layout, constants, state, since)
            return flowing_of(self.mechanism, self._own(state), v, present, self.size)

        return jax.jvp(flowing, (v,), (jnp.ones_like(v),))

    def through(self, constants: AtPoints, line: MembraneCurrent, now: Params, slope: Params) -> MembraneCurrent:
        """`line` plus the lines of the point processes."""
        for name in now:
            line = MembraneCurrent(constants.add(line.slope, slope[name]), constants.add(line.now, now[name]))
        return line

    def recorded(self, constants: AtPoints, now: Params, sums: Sums, n_comp: int) -> Params:
        """The nonspecific current of each point process by name; currents of ions are added to `sums` as densities."""
        own: Params = {}
        for name, value in now.items():
            if name == self.mechanism.name_of_current(None):
                own[name] = value
            else:
                sums.add_at(name, constants.comps, value / constants.nanoamperes, n_comp)
        return own

    def _written(self, state: State, returned: Values, verb: str = "advance") -> State:
        """`state` with the states that a method returned; the voltage that `receive` may return is left out."""
        own = getattr(self.mechanism, self.mechanism.tables[1])
        check_returned(self.mechanism, returned, {*own, "v"} if verb == "receive" else own, verb)
        named = {name: value for name, value in returned.items() if name != "v"}
        return state.replace(
            {name: as_rows(self.mechanism, name, value, self.size, state.v.dtype) for name, value in named.items()}
        )

    def _own(self, state: State) -> Values:
        return {name: state[name] for name in getattr(self.mechanism, self.mechanism.tables[1])}

    def _seen(self, layout: Layout, constants: AtPoints, state: State) -> Values:
        """Own states, and the membrane currents of the step before in their compartments."""
        currents = {name: constants.take(state.currents[name]) for name in layout.membrane_currents}
        return currents | self._own(state)

    def _handed(self, layout: Layout, constants: AtPoints, state: State, since: Time) -> Values:
        """Parameters, where shared ones follow the state of the same name; the time is `since` after the step began."""
        handed: Values = {**constants.fixed}
        for name in self.mechanism.shared:
            if name in layout.storage and name in state.own:
                present = constants.take(layout.storage[name].spread(state[name], jnp.nan))
                fixed = handed.get(name)
                handed[name] = present if fixed is None else jnp.where(jnp.isnan(present), fixed, present)
        if TIME in self.mechanism.shared and state.t is not None:
            handed[TIME] = jnp.broadcast_to(state.t[0] + since, (self.size,))
        return handed


def _at(values: Shaped[Array, " comp"], comps: Array, rows: Rows | None) -> Shaped[Array, " point"]:
    return values.at[comps].get(mode="promise_in_bounds") if rows is None else rows.take(values)
