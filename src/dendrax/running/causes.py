"""Why a run came to a number that is none: what it was given, what had gone wrong before, and what to do.

Computed once a run has failed, from its last State that was finite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dendrax.engine import chunks, inputs, step, stepping
from dendrax.engine.prepare import Prepared
from dendrax.engine.state import State
from dendrax.engine.system import System
from dendrax.modules.homes import home_of

if TYPE_CHECKING:
    from dendrax.modules.module import Module

Found = dict[str, np.ndarray]

RUNAWAY = 1000.0
"""No neuron has such a voltage, of either sign [mV]."""
STRONG = 1000.0
"""No electrode injects such a current into a compartment [nA]."""
OUT_OF_RANGE = 0.5
"""How far beyond 0 or 1 a gate has to be to be out of range."""


def cause_of(
    module: Module, run: chunks.Invariants, state: State, before: Found, now: Found, first: str, row: int
) -> str:
    """What most likely led to it, and what to do.

    Args:
        module: The model.
        run: What stays the same during the run.
        state: The last State that is finite, as it is kept.
        before: The same, as users see it.
        now: Stimuli and clamps of the step that failed.
        first: The state or current that was the first to be no number.
        row: Where, as the engine counts.
    """
    held = inputs.locate(run.system, run.rows)
    prepared = stepping.prepare_from(run.system, run.params, run.dt, run.stepper, held)
    return (
        _of_inputs(module, run, now)
        or _of_gates(module, run, before)
        or _of_voltage(module, run, prepared, state, before["v"], now)
        or _of_mechanism(run.system, before, first, row)
    )


def _of_inputs(module: Module, run: chunks.Invariants, now: Found) -> str | None:
    """A stimulus or clamp that is no number."""
    for key, values in now.items():
        if not np.isfinite(values).all():
            at = int(np.asarray(run.rows[key])[np.flatnonzero(~np.isfinite(values))[0]])
            what = "stimulus" if key == "i" else f"clamp of {key}"
            return f"The cause: the {what} is not finite in this step in {place_of(module, key, at)}."
    return None


def _of_gates(module: Module, run: chunks.Invariants, before: Found) -> str | None:
    """A state that began as a gate does, between 0 and 1, and has left that range by far."""
    furthest = None
    for part, name in ((one, name) for one in run.system.membrane for name in one.states):
        began, value = np.asarray(run.system.state[name], float), before[name]
        beyond = np.where((began > 0) & (began < 1), np.maximum(value - 1, -value), 0.0)
        worst = int(np.argmax(beyond))
        if beyond[worst] > OUT_OF_RANGE and (furthest is None or beyond[worst] > furthest[0]):
            furthest = (float(beyond[worst]), part.mechanism.name, name, worst)
    if furthest is None:
        return None
    _, mechanism, name, row = furthest
    return (
        f"{name}, which began between 0 and 1 as a gate does, had gone to {before[name][row]:.3g} in "
        f"{place_of(module, name, row)} before. Likely the time step of {run.dt:g} ms is too large for the "
        f"`update_states` of {mechanism}: gates that follow `solve_gate_exponential` stay between 0 and 1 at any time "
        f"step."
    )


def _of_voltage(
    module: Module, run: chunks.Invariants, prepared: Prepared, state: State, v: np.ndarray, now: Found
) -> str | None:
    """A voltage that had run away: too strong a current, a negative conductance, or too large a time step."""
    furthest = int(np.argmax(np.abs(v)))
    if not abs(v[furthest]) > RUNAWAY:
        return None
    text = f"The voltage had run away before, to {v[furthest]:.3g} mV in {place_of(module, 'v', furthest)}. "
    slope = _slope(run.system, prepared, state)
    return text + (
        _negative(module, run, prepared, slope)
        or _strong_current(module, run, now)
        or run.stepper.instability(run.system, prepared.axial, slope, run.dt, lambda row: place_of(module, "v", row))
        or f"Likely a current is far too strong, or the time step of {run.dt:g} ms too large."
    )


def _negative(module: Module, run: chunks.Invariants, prepared: Prepared, slope: np.ndarray) -> str | None:
    """A membrane whose current falls where the voltage rises, so that the voltage feeds itself."""
    lowest = int(np.argmin(slope))
    if not slope[lowest] < 0:
        return None
    negative = [
        (name, value)
        for part in run.system.membrane
        for name, default in part.mechanism.parameter_defaults.items()
        if (value := float(run.params[name][lowest])) < 0 < default
    ]
    time = float(prepared.axial.capacitance[lowest]) / -slope[lowest]  # nF / uS = ms
    named = "; ".join(f"{name} is {value:g} there" for name, value in negative)
    return (
        f"The conductance of the membrane is negative in {place_of(module, 'v', lowest)}, so that any voltage grows "
        f"by e in {time:.3g} ms, with a time step of {run.dt:g} ms. "
        + (f"{named}; make it positive." if named else "Look for a negative conductance, or for a current of your own.")
    )


def _strong_current(module: Module, run: chunks.Invariants, now: Found) -> str | None:
    currents = now.get("i", np.zeros(0))
    if not (np.abs(currents) > STRONG).any():
        return None
    strongest = int(np.argmax(np.abs(currents)))
    return (
        f"Likely the stimulus of {currents[strongest]:.3g} nA in "
        f"{place_of(module, 'i', int(np.asarray(run.rows['i'])[strongest]))} is far too strong: it is in nA."
    )


def _slope(system: System, prepared: Prepared, state: State) -> np.ndarray:
    """Slope of the channels' currents at the last finite State [uS]; what is no number there counts as none."""
    _, drawn = step.currents(system, prepared, state)
    return np.nan_to_num(np.asarray(drawn.membrane.slope), nan=0.0, posinf=0.0, neginf=0.0)


def _of_mechanism(system: System, before: Found, first: str, row: int) -> str:
    """Nothing had gone wrong before, so that it is who made the number."""
    mechanisms = [part.mechanism for part in (*system.membrane, *system.synapses, *system.points)]
    owners = [one.name for one in mechanisms if first in (*one.state_defaults, *one.current_names)]
    if not owners:
        return (
            "Likely a mechanism that divides by zero or overflows at the voltage and the parameters that it was given."
        )
    at_voltage = f" at {before['v'][row]:.6g} mV" if first in system.layout.of_compartments else ""
    was = f", from {before[first][row]:.6g}," if first in before else ""
    return (
        f"The cause is in {' or '.join(dict.fromkeys(owners))}: it made this number{was}{at_voltage}; it likely "
        f"divides by zero or overflows there, or has parameters that it cannot take."
    )


def place_of(module: Module, key: str, row: int) -> str:
    """Where the engine's row of a state, current or input is."""
    home = home_of(module.tables, key)
    return home.place_of(int(home.in_table(np.array([row]))[0]))
