"""Integrate-and-fire neurons as sources and targets of events, beside closed forms."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import LIF, AdEx, Izhikevich
from dendrax.events import VecStim
from dendrax.synapses import DeltaSyn, ExpCurrentSyn

REST, THRESHOLD, TAU = -70.0, -50.0, 10.0  # mV, mV, ms
T_REF = 2.3
SOLVERS = ["bwd_euler", pytest.param("crank_nicolson", marks=pytest.mark.slow)]


def lif(n: int = 1, **options) -> jx.Network:
    """Cells of a compartment at rest."""
    net = jx.Network([jx.Cell()] * n)
    net.insert(LIF(surrogate_warning=False, **options))
    net.set("v", REST)
    net.set("LIF_t_ref", T_REF)
    return net


def area(net: jx.Network) -> float:
    return float(net.nodes["area"].iloc[0])


def driven(net: jx.Network, depolarisation: float) -> None:
    """A constant current that would depolarise the first cell so far [mV]."""
    current = 1e-4 * depolarisation * area(net) / 100.0  # nA
    net.cell(0).stimulate(lambda t: current + 0.0 * t, verbose=False)


def intervals(net: jx.Network, dt: float, solver: str = "bwd_euler", t_max: float = 160.0) -> float:
    """Mean time between the spikes of a run [ms]."""
    _, spikes = jx.integrate(net, t_max=t_max, delta_t=dt, solver=solver, events="grid", return_spikes=True)
    times = spikes.of(0)
    return float((times[-1] - times[0]) / (len(times) - 1))


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_rate_is_that_of_the_closed_form(holds: Callable, solver: str) -> None:
    """A spike is found at the end of its step: late by a step at most, and as much by the method."""
    net = lif()
    driven(net, 30.0)
    net.record_spikes(threshold=THRESHOLD, verbose=False)
    net.record("v", verbose=False)
    exact = T_REF + TAU * np.log(30.0 / 10.0)
    for dt in (0.1, 0.025, 0.00625):
        off = intervals(net, dt, solver) - exact
        # Half a step in the mean; the membrane of backward Euler is slower by dt / 2 each time constant.
        holds("events", f"LIF, mean interval of spikes, {solver}, off by", abs(off) / dt, at_most=1.7, unit="steps")


def test_it_is_held_while_it_is_refractory() -> None:
    net = lif()
    driven(net, 30.0)
    for state in ("v", "LIF_spikes", "LIF_refractory"):
        net.record(state, verbose=False)
    v, spikes, left = np.asarray(jx.integrate(net, t_max=40.0))
    fired = np.flatnonzero(spikes)
    assert len(fired) == 3
    for k in fired:
        assert v[k - 1] > THRESHOLD
        np.testing.assert_array_equal(v[k : k + 92], REST)  # 2.3 ms are 92 steps
        assert v[k + 92] > REST
        np.testing.assert_allclose(left[k : k + 93], np.maximum(T_REF - 0.025 * np.arange(93), 0.0), atol=1e-12)


def test_without_a_refractory_period_it_is_fire_and_leak() -> None:
    fire, leak = jx.channels.Fire(surrogate_warning=False), jx.channels.Leak()
    net, other = lif(), jx.Network([jx.Cell()])
    net.set("LIF_t_ref", 0.0)
    other.insert(leak)
    other.insert(fire)
    other.set("v", REST)
    found = []
    for one in (net, other):
        driven(one, 30.0)
        one.record("v", verbose=False)
        found.append(np.asarray(jx.integrate(one, t_max=30.0))[0])
    at_threshold = found[1] > THRESHOLD
    assert at_threshold.sum() == 2
    np.testing.assert_allclose(found[0][~at_threshold], found[1][~at_threshold], rtol=1e-12)


def test_a_surrogate_changes_no_value_and_lets_gradients_pass() -> None:
    net = lif(surrogate="triangle")
    driven(net, 30.0)
    net.record("LIF_spikes", verbose=False)
    net.make_trainable("LIF_vth", verbose=False)

    def count(params):
        return jnp.sum(jx.integrate(net, params, t_max=40.0))

    value, gradient = jax.value_and_grad(count)(net.get_parameters())
    assert value == 3.0
    slope = gradient[0]["LIF_vth"][0]
    assert np.isfinite(slope)
    assert slope < 0.0  # a higher threshold makes fewer spikes


def test_float32_fires_in_the_same_steps() -> None:
    net = lif()
    driven(net, 31.7)
    net.record("LIF_spikes", verbose=False)
    in_double = np.asarray(jx.integrate(net, t_max=40.0))
    with jax.enable_x64(False):
        single = np.asarray(jx.integrate(net, t_max=40.0))
    np.testing.assert_array_equal(single, in_double)


def intfire1(times: np.ndarray, weights: np.ndarray, t_ref: float, dt: float) -> list[float]:
    """Spike times of NEURON's IntFire1 in closed form: m decays, jumps, fires above 1 and is then deaf for t_ref.

    A spike is at the end of the step that begins with its event, as "grid" has it, and then the refractory period
    begins; an event at its very end is the first to be heard.
    """
    m, last, deaf_until, spikes = 0.0, 0.0, -np.inf, []
    for t, weight in zip(times, weights, strict=True):
        if t < deaf_until - 1e-9:
            continue
        begin = max(last, deaf_until)
        m = m * np.exp(-(t - begin) / TAU) + weight
        last = t
        if m > 1.0:
            spikes.append(t + dt)
            m, deaf_until = 0.0, t + dt + t_ref
    return spikes


@pytest.mark.parametrize("solver", ["exp_euler", pytest.param("crank_nicolson", marks=pytest.mark.slow)])
def test_intfire1(holds: Callable, solver: str) -> None:
    """A compartment with LIF and a DeltaSyn is IntFire1, step for step; m = (v - eLeak) / (vth - eLeak)."""
    dt, t_ref, delay = 0.025, 2.3, 1.0
    random = np.random.default_rng(7)
    steps = np.sort(random.choice(np.arange(40, 12000), 400, replace=False))
    times, weights = steps * dt, random.choice([0.2, 0.45, 1.3, -0.15], 400)
    net = lif()
    net.place(DeltaSyn("J"))
    for k, weight in enumerate(np.unique(weights)):
        stim = net.add_sources(VecStim([times[weights == weight]], name=f"S{k}"))
        jx.netcon(stim, net.J, weight=weight * (THRESHOLD - REST), delay=delay)
    net.record_spikes(threshold=THRESHOLD, verbose=False)
    net.record("v", verbose=False)
    _, spikes = jx.integrate(net, t_max=310.0, events="grid", solver=solver, return_spikes=True)
    expected = intfire1(times + delay, weights, t_ref, dt)
    assert len(expected) > 40
    assert len(spikes.times) == len(expected)
    off = np.max(np.abs(spikes.times - np.array(expected)))
    holds("events", f"IntFire1 as LIF and DeltaSyn, {solver}, spike times off by", off, at_most=1e-9, unit="ms")


def test_a_chain_by_jumps_and_currents() -> None:
    """The first cell fires by a current, the second by a jump, the third by a synaptic current."""
    net = lif(3)
    net.place(DeltaSyn("J"))
    net.place(ExpCurrentSyn("C"))
    driven(net, 30.0)
    somata = net.cell("all").branch(0).comp(0)
    jx.netcon(somata.cell(0), net.J.of_cell(1), weight=21.0, delay=1.5, threshold=THRESHOLD)
    weight = 40.0 * 1e-4 * area(net) / 100.0 * TAU / 2.0
    jx.netcon(somata.cell(1), net.C.of_cell(2), weight=weight, delay=1.5, threshold=THRESHOLD)
    somata.record_spikes(threshold=THRESHOLD, verbose=False)
    _, spikes = jx.integrate(net, t_max=60.0, return_spikes=True)
    first, second, third = (np.asarray(spikes.of(cell)) for cell in range(3))
    assert len(first) == len(second) == len(third) == 4
    np.testing.assert_allclose(second - first, 1.5, atol=0.05)  # a jump is a rise within its step
    assert ((third - second > 1.5) & (third - second < 3.5)).all()


POINT_NEURONS = [
    (AdEx, {"capacitance": 200.0, "AdEx_b": 60.0}, 500.0, -20.0),
    (Izhikevich, {}, 10.0, 10.0),
]


@pytest.mark.parametrize(("neuron", "values", "density", "threshold"), POINT_NEURONS)
@pytest.mark.parametrize("dt", [0.5, pytest.param(0.025, marks=pytest.mark.slow)])
def test_point_neurons_are_sources(neuron, values, density, threshold, dt) -> None:
    """Each reset is one spike, also where the voltage was below the threshold at the beginning of its step."""
    net = jx.Network([jx.Cell()] * 2)
    net.cell(0).insert(neuron(surrogate_warning=False))
    net.cell(1).insert(LIF(surrogate_warning=False))
    net.set("v", REST)
    for key, value in values.items():
        net.cell(0).set(key, value)
    net.place(DeltaSyn("J"))
    jx.netcon(net.cell(0), net.J.of_cell(1), weight=25.0, delay=1.5, threshold=threshold)
    net.cell(0).stimulate(lambda t: density * 1e-5 * area(net) + 0.0 * t, verbose=False)
    net.init_states()
    net.record("v", verbose=False)
    net.cell("all").record_spikes(verbose=False)
    net.cell(1).record_spikes(threshold=THRESHOLD, verbose=False)
    net.cell(0).record("Izhikevich_u" if neuron is Izhikevich else "AdEx_w", verbose=False)
    v, spikes = jx.integrate(net, t_max=100.0, delta_t=dt, events="grid", return_spikes=True)
    adapted = np.asarray(v[2])
    jump = 0.8 * (8.0 if neuron is Izhikevich else 60.0)
    resets = (np.flatnonzero(np.diff(adapted) > jump) + 1) * dt
    sent = np.asarray(spikes.of(0))
    assert len(resets) >= 3
    sent = sent[sent <= resets[-1] + dt / 2]
    assert len(sent) == len(resets)
    assert (np.abs(sent - resets) < 10.0 * dt + 0.5).all()
    heard = sent[sent < 95.0]
    np.testing.assert_allclose(np.asarray(spikes.of(2))[: len(heard)], heard + 1.5 + dt, atol=1e-9)


@pytest.mark.parametrize("solver", ["bwd_euler", pytest.param("crank_nicolson", marks=pytest.mark.slow)])
def test_a_dendrite_sees_a_soma_that_is_held(holds: Callable, solver: str) -> None:
    """While its soma is refractory a cable is one with a voltage clamp, and currents balance in every step."""

    def cell(*, clamped: bool) -> jx.Cell:
        made = jx.Cell(jx.Branch(ncomp=4), parents=[-1])
        made.insert(jx.channels.Leak())
        soma = made.branch(0).comp(0)
        if clamped:
            soma.clamp("v", np.full(400, REST), verbose=False)
        else:
            soma.insert(LIF(surrogate_warning=False))
            soma.set("LIF_t_ref", 1e3)
            soma.set("LIF_refractory", 1e3)
            soma.set("LIF_gLeak", 0.0)
        made.set("axial_resistivity", 5000.0)
        made.set("v", REST)
        made.branch(0).comp([1, 2, 3]).set("v", -60.0)
        made.branch(0).comp([1, 2, 3]).set("Leak_eLeak", -60.0)
        made.branch(0).comp(0).stimulate(lambda t: 1e-4 + 0.0 * t, verbose=False)
        made.branch(0).comp(0).place(DeltaSyn("J"))
        jx.netcon(made.add_sources(VecStim([[1.0]])), made.J, weight=7.0)
        made.record("v", verbose=False)
        made.record("i_membrane", verbose=False)
        return made

    free, clamp = (np.asarray(jx.integrate(cell(clamped=one), t_max=10.0, solver=solver)) for one in (False, True))
    np.testing.assert_array_equal(free[0], REST)
    assert free[1, -1] < -61.0
    holds("events", f"soma held by LIF beside a clamp, {solver}", np.max(np.abs(free[:4] - clamp[:4])), at_most=1e-8)
    np.testing.assert_allclose(free[4:].sum(0)[1:], 1e-4, rtol=1e-8)
