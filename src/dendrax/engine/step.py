"""One step in time, and the body of the loop over time, the same for one scan and for chunks."""

from collections.abc import Collection, Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from dendrax.engine import ions, probes
from dendrax.engine.current import Drawn, Held, MembraneCurrent, Sums
from dendrax.engine.inputs import CURRENT, Acting
from dendrax.engine.inserted import DENSITY, ELECTRODE, POINT
from dendrax.engine.part import Part, Time
from dendrax.engine.placed import Placed
from dendrax.engine.prepare import Prepared
from dendrax.engine.state import FlatState, State
from dendrax.engine.steppers.base import CableStep, Stepper
from dendrax.engine.system import System

Voltages = Float[Array, " comp"]
Rises = tuple[tuple[Voltages, Voltages], ...]
"""The voltages between which a step rises, one rise after the other."""


def step(system: System, prepared: Prepared, state: State, acting: Acting, dt: Time, stepper: Stepper) -> State:
    """The State one step later: mechanisms, currents, ions, and the voltage last.

    A clamp of the voltage, or of an ion that diffuses, is a part of its solve: neighbours see it in the same step.
    Clamps of other states and of currents are applied after the currents have been computed and the ions have moved:
    the clamped values are recorded for this step and act from the next step on.

    Args:
        system: The lowered model.
        prepared: Its loop invariants.
        state: The State at the beginning of the step.
        acting: The stimuli and clamps of this step.
        dt: Time step [ms].
        stepper: The method of time integration.
    """
    return passing(system, prepared, state, acting, dt, stepper)[0]


def passing(
    system: System, prepared: Prepared, state: State, acting: Acting, dt: Time, stepper: Stepper
) -> tuple[State, Rises]:
    """`step`, and the voltages between which it rises, for the detection of spikes.

    The voltage rises from the lower of the voltages before and after resets to the higher of those after events and at
    the end; without resets and jumps from the voltage before the step to that after it. If a mechanism resets the
    voltage that its own `advance` raised, and returns the peak, a rise to that peak comes first.
    """
    rest = dt / 2 if acting.shared_out and stepper.is_centred else None
    before, held = state.v, acting.held("v")
    if not stepper.states_last:
        state = _unmoved(advance(system, prepared, state, dt, acting.arrived, rest), before, held)
    begun, peak = state.v, state.peak
    state = State(state.v, state.own, state.currents, state.t)
    still = _still(system, prepared, state)
    if acting.arrived is not None:
        state = _unmoved(receive(system, prepared, state, acting.arrived, rest, still), begun, held)
        still = still if state.v is begun else _still(system, prepared, state)
    reached = state.v
    state, drawn = currents(system, prepared, state, dt / 2)
    state = ions.advance(system, prepared, state, drawn.fluxes, dt, stepper, acting)
    state = acting.clamp(state)
    line = drawn.all
    if CURRENT in acting.positions:
        line = line.inject(acting.positions[CURRENT], acting.values[CURRENT])
    cable = CableStep(system, prepared.axial, prepared.constants, state.v, line, dt, held, still)
    v = stepper.advance(cable)
    state = state.replace(
        _of_electrodes(system, prepared, state.replace({"v": stepper.line_voltage(cable, v)}), dt / 2)
    )
    if system.layout.probes:
        state = state.replace(probes.read(stepper, cable, v, drawn))
    low = before if begun is before else jnp.where(begun < before, begun, before)
    high = v if reached is begun else jnp.where(reached > v, reached, v)
    rises = ((low, high),) if peak is None else ((before, jnp.where(peak > begun, peak, before)), (low, high))
    state = state.replace({"v": v}).later(dt)
    return _advanced_last(system, prepared, state, acting, dt, rises) if stepper.states_last else (state, rises)


def _advanced_last(
    system: System, prepared: Prepared, state: State, acting: Acting, dt: Time, rises: Rises
) -> tuple[State, Rises]:
    """NEURON's order: mechanisms are advanced at the voltage of the end of the step, with the currents that led to it.

    From the initial states, this gives the voltages of the other order without its first advance of mechanisms.
    """
    v = state.v
    state = _unmoved(advance(system, prepared, state, dt, acting.arrived), v, acting.held("v"))
    if state.peak is not None:
        rises = (*rises, (v, jnp.maximum(state.peak, v)))
    return State(state.v, state.own, state.currents, state.t), rises


def advance(
    system: System,
    prepared: Prepared,
    state: State,
    dt: Time,
    arrived: Float[Array, " port"] | None = None,
    rest: Time | None = None,
) -> State:
    """All mechanisms one step later, one after the other; synapses with a delay receive the events that `arrived`.

    Channels and pumps see the voltage at the beginning of the step; synapses see it after resets. Mechanisms see the
    membrane currents of the previous step. Point processes are left with the `rest` of the step, if given.
    """
    synapses = prepared.synapses
    if arrived is not None:
        both = zip(system.synapses, synapses, strict=True)
        synapses = tuple(part.with_arrived(handed, arrived) for part, handed in both)
    groups: list[tuple[Sequence[Part], Sequence[Any]]] = [
        (system.membrane, prepared.membrane),
        ((*system.synapses, *system.points), (*synapses, *prepared.points)),
    ]
    for parts, constants in groups:
        v = state.v
        for part, handed in zip(parts, constants, strict=True):
            ahead = rest if isinstance(part, Placed) else None
            state = part.advance(system.layout, handed, state, v, dt if ahead is None else dt - ahead)
    return state


def receive(
    system: System,
    prepared: Prepared,
    state: State,
    arrived: Float[Array, " port"],
    rest: Time | None = None,
    still: Bool[Array, " comp"] | None = None,
) -> State:
    """The effect of the events that `arrived` at point processes, and the `rest` of their step.

    Events arrive at the beginning of the step. If a stepper takes currents in the middle of the step, point processes
    receive with half of the step ahead of them: they are of second order. Events may make the voltage jump, unless a
    mechanism holds it `still`.
    """
    points = list(zip(system.points, prepared.points, strict=True))
    for part, handed in points:
        state = part.receive(system.layout, handed, state, arrived, still)
    if rest is not None:
        for part, handed in points:
            state = part.advance(system.layout, handed, state, state.v, rest)
    return state


def _still(system: System, prepared: Prepared, state: State) -> Bool[Array, " comp"] | None:
    """Where mechanisms hold the voltage until the end of the step; None without a mechanism that may hold it."""
    found = None
    for part, handed in zip(system.membrane, prepared.membrane, strict=True):
        if part.mechanism.may_hold:
            here = part.held(system.layout, handed, state)
            found = here if found is None else found | here
    return found


def _unmoved(state: State, v: Voltages, held: Held | None) -> State:
    """`state` with the earlier voltage `v` where it is clamped: neither resets nor events move it there."""
    if held is None or state.v is v:
        return state
    return state.replace({"v": state.v.at[held.rows].set(v[held.rows])})


def currents(system: System, prepared: Prepared, state: State, since: Time = 0.0) -> tuple[State, Drawn]:
    """The currents that flow in `state`, of which lines in the voltage are made with their exact slopes.

    Args:
        system: The lowered model.
        prepared: Its loop invariants.
        state: The State with its mechanisms advanced.
        since: The time that mechanisms are told, after that of the State [ms].
    """
    sums, layout = Sums(), system.layout
    for part, constants in zip(system.membrane, prepared.membrane, strict=True):
        part.current(layout, constants, state, sums, since)
        part.flux(layout, constants, state, sums, since)
    density = sums.line(DENSITY) or MembraneCurrent.none(state.v)
    line = MembraneCurrent(prepared.nanoamperes * density.slope, prepared.nanoamperes * density.now)
    line = _sum(line, sums.line(POINT))
    of_points: FlatState = {}
    for part, at in zip(system.points, prepared.points, strict=True):
        flowing, slope = part.current(layout, at, state, since)
        line = part.through(at, line, flowing, slope)
        of_points |= part.recorded(at, flowing, sums, system.cable.n_comp)
    membrane = line
    named = {name: sums.of[name] for name in layout.membrane_currents} | of_points
    electrodes = sums.line(ELECTRODE)
    line = _sum(line, electrodes)
    for part, ends in zip(system.synapses, prepared.synapses, strict=True):
        named[part.current_name], slope = part.current(ends, state)
        line = part.through(ends, line, named[part.current_name], slope)
    pumped = {ion for part in system.membrane for ion in part.mechanism.moves}
    fluxes = {ion: flux for ion in sorted(pumped) if (flux := sums.line(ion)) is not None}
    return state.replace(named), Drawn(membrane, electrodes or MembraneCurrent.none(state.v), line, fluxes)


def begin(system: System, prepared: Prepared, state: State, known: Collection[str] = ()) -> State:
    """`state` with the currents that flow in it, except the currents `known` from the run that it continues."""
    flowed, drawn = currents(system, prepared, state)
    flowing = flowed.currents
    if system.layout.probes:
        flowing = flowing | probes.read_at_rest(system, prepared.axial, state.v, drawn)
    return state.replace({name: value for name, value in flowing.items() if name not in known})


def _of_electrodes(system: System, prepared: Prepared, state: State, since: Time) -> FlatState:
    """The currents of electrodes, which are recorded at the voltage at the end of the step."""
    sums = Sums()
    for part, constants in zip(system.membrane, prepared.membrane, strict=True):
        if part.mechanism.electrode:
            part.current(system.layout, constants, state, sums, since)
    return {name: sums.of[name] for name in system.layout.membrane_currents if name in sums.of}


def _sum(line: MembraneCurrent, more: MembraneCurrent | None) -> MembraneCurrent:
    return line if more is None else line + more


class Loop(eqx.Module):
    """The inputs of a step besides the State, and the states and currents to record.

    Attributes:
        system: The lowered model.
        prepared: Its loop invariants.
        positions: Per key, where stimuli and clamps act in the storage of that state.
        recorded: Per key, which entries of that state are recorded.
        dt: Time step [ms].
        stepper: The method of time integration.
    """

    system: System
    prepared: Prepared
    positions: dict[str, Int[Array, " _"]]
    recorded: dict[str, Int[Array, " _"]]
    dt: Time
    stepper: Stepper = eqx.field(static=True)

    def advance(self, state: State, values: dict[str, Array]) -> State:
        """The State one step later, with the `values` of stimuli and clamps."""
        return step(self.system, self.prepared, state, Acting(self.positions, values), self.dt, self.stepper)

    def passing(
        self, state: State, values: dict[str, Array], arrived: Float[Array, " port"], *, shared_out: bool
    ) -> tuple[State, Rises]:
        """The same with the sums of weights that `arrived`, and the voltages between which the step rises."""
        acting = Acting(self.positions, values, arrived, shared_out)
        return passing(self.system, self.prepared, state, acting, self.dt, self.stepper)

    def observe(self, state: State) -> Float[Array, " recording"]:
        """The recorded entries of a State, key by key in sorted order."""
        return observe(self.recorded, state)


def observe(recorded: dict[str, Int[Array, " _"]], state: State) -> Float[Array, " recording"]:
    """The entries of a State at the positions `recorded`, key by key in sorted order."""
    entries = [state[name][where] for name, where in sorted(recorded.items())]
    return jnp.concatenate(entries) if entries else state.v[:0]
