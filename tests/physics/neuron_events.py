"""Models with events in NEURON. Needs neuron; does not use Dendrax.

A fixed step delivers the events that are due before the middle of the step, then solves for v, then advances gates and
synapses with the new v, and a spike is at the end of the step that crosses. See `neuron_models.py` on the order.
"""

import os

import numpy as np
from event_cases import (
    CHAIN,
    DENDRITE_DIAMETER,
    DENDRITE_LEAK,
    DENDRITE_LENGTH,
    DENDRITE_NCOMP,
    DENDRITE_REVERSAL,
    DRIVEN,
    NETSTIMS,
    RC_CASE,
    RESISTIVITY,
    RINGS,
    SOMA,
    SYNAPSE_COMP,
    V_INIT,
)

os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")

from neuron import h

h.load_file("stdrun.hoc")
TOLERANCE = 1e-9  # of the adaptive runs [mV, and 1 for gates, uS for conductances]
LONGEST_STEP = 0.002  # of the adaptive runs [ms]: a crossing is interpolated between two steps


def soma_of(name: str):
    """A soma with `hh`."""
    soma = h.Section(name=name)
    soma.L = soma.diam = SOMA
    soma.nseg, soma.Ra, soma.cm = 1, RESISTIVITY, 1.0
    soma.insert("hh")
    soma.ena, soma.ek = 50.0, -77.0
    return soma


def dendrite_of(soma):
    """A dendrite with `pas`, at the end of a soma."""
    dendrite = h.Section(name=f"{soma.name()}_dendrite")
    dendrite.L, dendrite.diam, dendrite.nseg = DENDRITE_LENGTH, DENDRITE_DIAMETER, DENDRITE_NCOMP
    dendrite.Ra, dendrite.cm = RESISTIVITY, 1.0
    dendrite.connect(soma(1), 0)
    dendrite.insert("pas")
    dendrite.g_pas, dendrite.e_pas = DENDRITE_LEAK, DENDRITE_REVERSAL
    return dendrite


def expsyn(segment, tau: float, e: float):
    """An ExpSyn."""
    synapse = h.ExpSyn(segment)
    synapse.tau, synapse.e = tau, e
    return synapse


def in_comp(dendrite, comp: int):
    """The segment of a compartment."""
    return dendrite((comp + 0.5) / dendrite.nseg)


def driven_by(times, target, weight: float, delay: float) -> list:
    """Connections from a train: the wheel of NEURON has no VecStim, so each time is a NetStim that fires once."""
    kept = []
    for time in times:
        stim = h.NetStim()
        stim.start, stim.number, stim.noise = time, 1, 0.0
        kept += [stim, netcon(stim, target, weight, delay)]
    return kept


def netcon(source, target, weight: float, delay: float, threshold: float | None = None, section=None):
    """A connection."""
    connection = h.NetCon(source, target) if section is None else h.NetCon(source, target, sec=section)
    connection.weight[0], connection.delay = weight, delay
    if threshold is not None:
        connection.threshold = threshold
    return connection


def spikes_of(connections: list) -> tuple:
    """Vectors of times and numbers that fill while NEURON runs."""
    times, ids = h.Vector(), h.Vector()
    for index, connection in enumerate(connections):
        connection.record(times, ids, index)
    return times, ids


def run(t_max: float, dt: float | None) -> None:
    """Fixed steps, or adaptive ones of the tightest tolerance with `dt=None`."""
    h.usetable_hh = 0
    h.celsius = 6.3
    h.secondorder = 0
    cvode = h.CVode()
    cvode.active(dt is None)
    if dt is None:
        cvode.atol(TOLERANCE)
        cvode.rtol(0.0)
        cvode.condition_order(2)
        cvode.maxstep(LONGEST_STEP)
    else:
        h.dt = dt
        h.steps_per_ms = 1.0 / dt
    h.finitialize(V_INIT)
    if dt is None:
        cvode.solve(t_max)
        return
    for _ in range(round(t_max / dt)):
        h.fadvance()


def ring(name: str, dt: float) -> dict[str, np.ndarray]:
    """Times and cells of all spikes, and the voltage of the soma of cell 0."""
    case = RINGS[name]
    somata = [soma_of(f"cell_{k}") for k in range(case.n)]
    dendrites = [dendrite_of(soma) for soma in somata]
    synapses = [expsyn(in_comp(dendrite, SYNAPSE_COMP), case.tau, 0.0) for dendrite in dendrites]
    connections = [
        netcon(
            somata[k](0.5)._ref_v,
            synapses[(k + 1) % case.n],
            case.weights[k],
            case.delays[k],
            case.threshold,
            section=somata[k],
        )
        for k in range(case.n)
    ]
    kick = driven_by(case.kick, synapses[0], case.kick_weight, case.kick_delay)
    times, ids = spikes_of(connections)
    v = h.Vector().record(somata[0](0.5)._ref_v)
    run(case.t_max, dt)
    del kick
    return {"times": np.asarray(times), "ids": np.asarray(ids).astype(int), "v": np.asarray(v)}


def rc_exp2syn_spike() -> np.ndarray:
    """When each of the 101 cells crosses the threshold, by an adaptive solver. (101,)."""
    case = RC_CASE
    cells, synapses = [], []
    for k in range(101):
        cell = h.Section(name=f"rc_{k}")
        cell.L, cell.diam, cell.nseg, cell.cm, cell.Ra = case.length, 2.0 * case.radius, 1, 1.0, RESISTIVITY
        cell.insert("pas")
        cell.g_pas, cell.e_pas = case.leak, case.rest
        synapse = h.Exp2Syn(cell(0.5))
        synapse.tau1, synapse.tau2, synapse.e = case.tau1, case.tau2, 0.0
        cells.append(cell)
        synapses.append(synapse)
    kick = driven_by([0.0], synapses[0], case.weight, case.event)
    connections = [
        netcon(cells[0](0.5)._ref_v, synapses[k], case.weight, case.delays[k - 1], case.threshold, section=cells[0])
        for k in range(1, 101)
    ]
    watching = [netcon(cell(0.5)._ref_v, None, 0.0, 1.0, case.threshold, section=cell) for cell in cells]
    times, ids = spikes_of(watching)
    run(case.t_max, None)
    del kick, connections
    return first_of(times, ids, 101)


def first_of(times, ids, n: int) -> np.ndarray:
    """The time of the one spike of each of `n`. (n,)."""
    times, ids = np.asarray(times), np.asarray(ids).astype(int)
    if not np.array_equal(np.sort(ids), np.arange(n)):
        raise RuntimeError(f"not one spike for each of {n}: {np.bincount(ids, minlength=n)}")
    return times[np.argsort(ids)]


def chain() -> np.ndarray:
    """When each of the cells fires, by an adaptive solver. (cell,)."""
    case = CHAIN
    somata = [soma_of(f"link_{k}") for k in range(case.n)]
    synapses = [expsyn(soma(0.5), case.tau, 0.0) for soma in somata]
    kick = driven_by([case.kick], synapses[0], case.weight, case.delays[0])
    connections = [
        netcon(
            somata[k](0.5)._ref_v, synapses[k + 1], case.weight, case.delays[k + 1], case.threshold, section=somata[k]
        )
        for k in range(case.n - 1)
    ]
    watching = [netcon(soma(0.5)._ref_v, None, 0.0, 1.0, case.threshold, section=soma) for soma in somata]
    times, ids = spikes_of(watching)
    run(case.t_max, None)
    del kick, connections
    return first_of(times, ids, case.n)


def driven() -> dict[str, np.ndarray]:
    """Conductances and currents of three synapses, and the voltages of the soma and of the synapses."""
    case = DRIVEN
    soma = soma_of("driven")
    dendrite = dendrite_of(soma)
    segments = [in_comp(dendrite, comp) for comp in case.comps]
    exp2 = h.Exp2Syn(segments[0])
    exp2.tau1, exp2.tau2, exp2.e = case.exp2syn[0]
    exp = expsyn(segments[1], *case.expsyn[0])
    inhibition = expsyn(segments[2], *case.inhibition[0])
    kept = []
    for target, connections in ((exp2, case.exp2syn[1]), (exp, case.expsyn[1])):
        for times, weight, delay in connections:
            kept += driven_by(times, target, weight, delay)
    stim = h.NetStim()
    for key, value in case.inhibition[1].items():
        setattr(stim, key, value)
    kept += [stim, netcon(stim, inhibition, *case.inhibition[2:])]
    synapses = (exp2, exp, inhibition)
    recorded = {
        "g": [h.Vector().record(one._ref_g) for one in synapses],
        "i": [h.Vector().record(one._ref_i) for one in synapses],
        "v": [h.Vector().record(one._ref_v) for one in (soma(0.5), *segments)],
    }
    run(case.t_max, case.dt)
    return {name: np.asarray([np.asarray(row) for row in rows]) for name, rows in recorded.items()}


def netstims() -> list[np.ndarray]:
    """When each of the NetStims fires."""
    stims, connections = [], []
    for settings in NETSTIMS.settings:
        stim = h.NetStim()
        for key, value in settings.items():
            setattr(stim, key, value)
        stims.append(stim)
        connections.append(h.NetCon(stim, None))
    times, ids = spikes_of(connections)
    run(NETSTIMS.t_max, 0.025)
    times, ids = np.asarray(times), np.asarray(ids).astype(int)
    return [times[ids == index] for index in range(len(stims))]
