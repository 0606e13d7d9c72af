"""The models of `event_cases.py` in Dendrax."""

from typing import Any

import event_cases as cases
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.events import NetStim, VecStim
from dendrax.synapses import Exp2Syn, ExpSyn


def soma() -> jx.Branch:
    """A branch of one compartment."""
    return jx.Branch(jx.Compartment(), ncomp=1)


def squid_somata(n: int, *, dendrites: bool) -> jx.Network:
    """Cells of a soma with HH, with a dendrite that leaks or without."""
    branches, parents = [soma()], [-1]
    if dendrites:
        branches, parents = [soma(), jx.Branch(jx.Compartment(), ncomp=cases.DENDRITE_NCOMP)], [-1, 0]
    net = jx.Network([jx.Cell(branches, parents=parents) for _ in range(n)])
    net.set("axial_resistivity", cases.RESISTIVITY)
    net.set("capacitance", 1.0)
    net.set("v", cases.V_INIT)
    somata = net.cell("all").branch(0)
    somata.set("length", cases.SOMA)
    somata.set("radius", cases.SOMA / 2.0)
    somata.insert(HH())
    if dendrites:
        along = net.cell("all").branch(1)
        along.set("length", cases.DENDRITE_LENGTH / cases.DENDRITE_NCOMP)
        along.set("radius", cases.DENDRITE_DIAMETER / 2.0)
        along.insert(Leak())
        along.set("Leak_gLeak", cases.DENDRITE_LEAK)
        along.set("Leak_eLeak", cases.DENDRITE_REVERSAL)
    net.init_states()
    return net


def ring(case: cases.Ring) -> jx.Network:
    """The spikes of all somata and the voltage of the first are recorded."""
    net = squid_somata(case.n, dendrites=True)
    net.cell("all").branch(1).comp(cases.SYNAPSE_COMP).place(ExpSyn("E"))
    net.set("E_tau", case.tau)
    net.set("E_e", 0.0)
    for k, (weight, delay) in enumerate(zip(case.weights, case.delays, strict=True)):
        before, after = net.cell(k).branch(0).comp(0), net.E.of_cell((k + 1) % case.n)
        jx.netcon(before, after, weight=weight, delay=delay, threshold=case.threshold)
    stim = net.add_sources(VecStim([list(case.kick)]))
    jx.netcon(stim, net.E.of_cell(0), weight=case.kick_weight, delay=case.kick_delay)
    net.cell("all").branch(0).comp(0).record_spikes(verbose=False)
    net.cell(0).branch(0).comp(0).record(verbose=False)
    return net


def rc_exp2syn_spike(case: cases.RC) -> jx.Network:
    """The spikes of all cells are recorded."""
    net = jx.Network([jx.Cell([soma()], parents=[-1]) for _ in range(1 + case.delays.size)])
    net.insert(Leak())
    net.set("Leak_gLeak", case.leak)
    net.set("Leak_eLeak", case.rest)
    net.set("radius", case.radius)
    net.set("length", case.length)
    net.set("capacitance", 1.0)
    net.set("v", case.rest)
    everywhere = net.cell("all").branch(0).comp(0)
    everywhere.place(Exp2Syn("S"))
    net.set("S_tau1", case.tau1)
    net.set("S_tau2", case.tau2)
    net.set("S_e", 0.0)
    stim = net.add_sources(VecStim([[0.0]]))
    jx.netcon(stim, net.S.of_cell(0), weight=case.weight, delay=case.event)
    others = net.S.of_cell(list(range(1, 1 + case.delays.size)))
    first = net.cell(0).branch(0).comp(0)
    jx.netcon(first, others, weight=case.weight, delay=case.delays, threshold=case.threshold)
    everywhere.record_spikes(threshold=case.threshold, verbose=False)
    return net


def chain(case: cases.Chain) -> jx.Network:
    """The spikes of all somata are recorded."""
    net = squid_somata(case.n, dendrites=False)
    somata = net.cell("all").branch(0).comp(0)
    somata.place(ExpSyn("E"))
    net.set("E_tau", case.tau)
    net.set("E_e", 0.0)
    stim = net.add_sources(VecStim([[case.kick]]))
    jx.netcon(stim, net.E.of_cell(0), weight=case.weight, delay=case.delays[0])
    before = net.cell(list(range(case.n - 1))).branch(0).comp(0)
    after = net.E.of_cell(list(range(1, case.n)))
    jx.netcon(before, after, weight=case.weight, delay=np.asarray(case.delays[1:]), threshold=case.threshold)
    somata.record_spikes(threshold=case.threshold, verbose=False)
    return net


def driven(case: cases.Driven) -> jx.Network:
    """Voltages of the soma and of the places of the synapses are recorded."""
    net = squid_somata(1, dendrites=True)
    dendrite = net.cell(0).branch(1)
    places = [dendrite.comp(comp) for comp in case.comps]
    for place, synapse in zip(places, (Exp2Syn("D"), ExpSyn("E"), ExpSyn("I")), strict=True):
        place.place(synapse)
    for name, values in (
        ("D", dict(zip(("tau1", "tau2", "e"), case.exp2syn[0], strict=True))),
        ("E", dict(zip(("tau", "e"), case.expsyn[0], strict=True))),
        ("I", dict(zip(("tau", "e"), case.inhibition[0], strict=True))),
    ):
        for key, value in values.items():
            net.set(f"{name}_{key}", value)
    trains = [(net.D, *one) for one in case.exp2syn[1]] + [(net.E, *one) for one in case.expsyn[1]]
    stims = net.add_sources(VecStim([list(times) for _, times, _, _ in trains]), len(trains))
    for index, (target, _, weight, delay) in enumerate(trains):
        jx.netcon(stims[index], target, weight=weight, delay=delay)
    _, settings, weight, delay = case.inhibition
    jx.netcon(net.add_sources(NetStim(**settings)), net.I, weight=weight, delay=delay)
    for place in (net.cell(0).branch(0).comp(0), *places):
        place.record(verbose=False)
    return net


def netstims(case: cases.NetStims) -> jx.Network:
    """The NetStims of the case, whose spikes are recorded; they drive nothing."""
    net = jx.Network([jx.Cell([soma()], parents=[-1])])
    net.insert(Leak())
    stims = net.add_sources(NetStim(), len(case.settings))
    for index, settings in enumerate(case.settings):
        for key, value in settings.items():
            stims[index].set(f"NetStim_{key}", value)
    stims.record_spikes(verbose=False)
    return net


def spikes_of(net: jx.Network, t_max: float, dt: float, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """Times and ids of the spikes of a run, in the order of time."""
    _, spikes = jx.integrate(net, t_max=t_max, delta_t=dt, return_spikes=True, **options)
    return np.asarray(spikes.times), np.asarray(spikes.ids)
