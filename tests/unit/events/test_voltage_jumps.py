"""Events that make the voltage jump: sums, clamps, spikes by a jump alone, gradients, and the contract."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import LIF, Fire, Leak
from dendrax.errors import MechanismError
from dendrax.events import VecStim
from dendrax.integrate import build_init_and_step_fn
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.synapses import DeltaSyn

REST, DT = -70.0, 0.025
TAU = 10.0  # ms, of the default capacitance and leak


def cells(n, *mechanisms):
    """Cells of a compartment at rest, each with two point processes at which the voltage jumps."""
    net = jx.Network([jx.Cell()] * n)
    for mechanism in mechanisms or (Leak(),):
        net.insert(mechanism)
    net.set("v", REST)
    net.place(DeltaSyn("J"))
    net.place(DeltaSyn("K"))
    return net


def driven(net, times, target, **values):
    return jx.netcon(net.add_sources(VecStim([times], name=f"S{len(net.sources)}")), target, **values)


SOLVERS = [
    "bwd_euler",
    *(pytest.param(one, marks=pytest.mark.slow) for one in ("crank_nicolson", "exp_euler", "fwd_euler")),
]


@pytest.mark.parametrize("solver", SOLVERS)
def test_jumps_of_all_point_processes_add_up(solver):
    """Events at whole steps are received at once; the decay from there is that of the method."""
    net = cells(2)
    driven(net, [1.0, 2.0], net.J.of_cell(0), weight=3.0, delay=1.0)
    driven(net, [1.0], net.K.of_cell(0), weight=-2.0, delay=1.0)
    driven(net, [1.0], net.J.of_cell(0), weight=0.5, delay=1.0)
    net.record("v", verbose=False)
    v = np.asarray(jx.integrate(net, t_max=4.0, solver=solver)) - REST
    x = DT / TAU
    decay = {"bwd_euler": 1 / (1 + x), "crank_nicolson": (1 - x / 2) / (1 + x / 2), "fwd_euler": 1 - x}
    k = np.arange(161)
    a = decay.get(solver, np.exp(-x))
    expected = np.where(k > 80, 1.5 * a ** (k - 80.0), 0.0) + np.where(k > 120, 3.0 * a ** (k - 120.0), 0.0)
    np.testing.assert_allclose(v[0], expected, atol=1e-10)
    np.testing.assert_allclose(v[1], 0.0, atol=1e-12)


def test_a_jump_between_two_steps_is_of_second_order():
    net = cells(1)
    driven(net, [1.0137], net.J, weight=3.0, delay=1.0)
    net.record("v", verbose=False)
    errors = []
    for dt in (0.1, 0.025):
        v = jx.integrate(net, t_max=4.0, delta_t=dt, solver="crank_nicolson")
        errors.append(abs(float(v[0, -1]) - REST - 3.0 * np.exp(-(4.0 - 2.0137) / TAU)) / dt**2)
    assert max(errors) < 3.0 / TAU**2  # |w| dt^2 / tau^2 bounds what the fractions leave


def test_a_cable_takes_the_charge():
    """A jump in one compartment of a cable without a leak spreads and keeps its charge."""
    cell = jx.Cell(jx.Branch(ncomp=4), parents=[-1])
    cell.insert(Leak())
    cell.set("Leak_gLeak", 0.0)
    cell.set("axial_resistivity", 100.0)
    cell.set("v", REST)
    cell.branch(0).comp(1).place(DeltaSyn("J"))
    driven(cell, [0.0], cell.J, weight=8.0, delay=1.0)
    cell.record("v", verbose=False)
    v = np.asarray(jx.integrate(cell, t_max=20.0, solver="crank_nicolson")) - REST
    np.testing.assert_allclose(v[:, 41:].sum(0), 8.0, rtol=1e-10)
    np.testing.assert_allclose(v[:, -1], 2.0, rtol=1e-3)


@pytest.mark.parametrize(
    "solver",
    ["crank_nicolson", *(pytest.param(one, marks=pytest.mark.slow) for one in ("bwd_euler", "exp_euler", "fwd_euler"))],
)
def test_a_clamp_holds_against_jumps_and_resets(solver):
    """Neither the compartment nor its neighbours see anything of them."""

    def run(channel, weight):
        cell = jx.Cell(jx.Branch(ncomp=3), parents=[-1])
        cell.insert(Leak())
        cell.branch(0).comp(0).insert(channel)
        cell.set("axial_resistivity", 5000.0)
        cell.set("v", REST)
        cell.branch(0).comp(0).place(DeltaSyn("J"))
        driven(cell, [0.0, 0.5], cell.J, weight=weight, delay=1.0)
        cell.branch(0).comp(0).clamp("v", np.full(100, -40.0), verbose=False)
        cell.record("v", verbose=False)
        cell.branch(0).comp(0).record("i_electrode", verbose=False)
        return np.asarray(jx.integrate(cell, t_max=2.0, solver=solver))

    quiet = run(Leak("Second"), 0.0)
    fires = run(Fire(surrogate_warning=False), 30.0)
    np.testing.assert_array_equal(fires[0, 1:], -40.0)
    np.testing.assert_allclose(fires[1:3], quiet[1:3], rtol=1e-12)


def fast(threshold):
    """A cell that forgets half of a jump within a step, and one that hears of its spikes."""
    net = cells(2)
    net.cell(0).set("Leak_gLeak", 0.05)
    driven(net, [1.0, 3.0], net.J.of_cell(0), weight=20.0, delay=1.0)
    soma = net.cell(0).branch(0).comp(0)
    jx.netcon(soma, net.K.of_cell(1), weight=1.0, delay=1.0, threshold=threshold)
    soma.record_spikes(verbose=False)
    net.record("v", verbose=False)
    return net


@pytest.mark.parametrize("events", ["grid", "interpolated"])
def test_a_spike_by_a_jump_alone_is_found(events):
    """The jump is above the threshold, the voltage at the end of the same step is not."""
    net = fast(-55.0)
    v, spikes = jx.integrate(net, t_max=6.0, events=events, return_spikes=True)
    assert float(v[0].max()) < -55.0
    expected = np.array([2.0, 4.0]) + DT * (1.0 if events == "grid" else 15.0 / 20.0)
    np.testing.assert_allclose(spikes.times, expected, rtol=1e-12)
    risen = np.flatnonzero(np.diff(v[1]) > 0.1)
    assert len(risen) >= 2
    np.testing.assert_allclose(risen[0] * DT, 3.0 + (DT if events == "grid" else 0.0), atol=1e-9)


def test_a_jump_below_the_threshold_is_none():
    _, spikes = jx.integrate(fast(-49.9), t_max=6.0, return_spikes=True)
    assert int(spikes.count) == 0


@pytest.mark.parametrize("solver", ["bwd_euler", pytest.param("crank_nicolson", marks=pytest.mark.slow)])
def test_gradients_by_weight_delay_and_threshold_are_those_of_differences(solver):
    net = cells(2)
    first = driven(net, [1.0137, 3.2071, 6.0], net.J.of_cell(0), weight=[12.0], delay=1.3)
    soma = net.cell(0).branch(0).comp(0)
    chained = jx.netcon(soma, net.K.of_cell(1), weight=7.0, delay=1.337, threshold=-55.0)
    soma.record_spikes(verbose=False)
    net.cell(1).record("v", verbose=False)
    net.netcons.make_trainable("weight", verbose=False)
    net.netcons.make_trainable("delay", bounds=(1.0, 2.0), verbose=False)
    chained.make_trainable("threshold", verbose=False)
    assert len(first) == 1

    @jax.jit
    @jax.value_and_grad  # one program for values and gradients
    def both(params):
        v, spikes = jx.integrate(net, params, t_max=8.0, solver=solver, return_spikes=True, max_spikes=4)
        times = jnp.where(jnp.isfinite(spikes.times), spikes.times, 0.0)
        return jnp.mean((v[0] - REST) ** 2) + 100.0 * jnp.sum(times)

    params = net.get_parameters()
    gradient = both(params)[1]
    for k, entry in enumerate(params):
        for key, values in entry.items():
            h = 1e-6 if key == "delay" else 1e-4  # the times of steps are short, the sizes of voltages large
            for i in range(len(values)):
                moved = [both([*params[:k], {key: values.at[i].add(s * h)}, *params[k + 1 :]])[0] for s in (1.0, -1.0)]
                expected = (moved[0] - moved[1]) / (2.0 * h)
                assert abs(expected) > 1e-3, key
                np.testing.assert_allclose(gradient[k][key][i], expected, rtol=1e-6, err_msg=f"{key} {i}")


@pytest.mark.slow
def test_runs_that_go_on_are_those_of_integrate():
    net = fast(-55.0)
    whole = np.asarray(jx.integrate(net, t_max=6.0))
    v, states = jx.integrate(net, t_max=2.0, return_states=True)  # as the first event arrives
    later = jx.integrate(net, t_max=4.0, all_states=states)
    np.testing.assert_allclose(np.concatenate([v, later[:, 1:]], 1), whole, rtol=1e-12)


def test_steps_by_hand_are_those_of_integrate():
    net = fast(-55.0)
    whole = np.asarray(jx.integrate(net, t_max=6.0))
    init, step = build_init_and_step_fn(net)
    states, params = init(net.get_parameters(), t_max=6.0)
    step = jax.jit(step)
    for _ in range(100):
        states = step(states, params, {})
    np.testing.assert_allclose(states["v"], whole[:, 100], rtol=1e-12)


def test_float32():
    net = fast(-55.0)
    whole = np.asarray(jx.integrate(net, t_max=6.0))
    with jax.enable_x64(False):
        v, spikes = jx.integrate(net, t_max=6.0, return_spikes=True)
    assert v.dtype == np.float32
    assert len(spikes.times) == 2
    np.testing.assert_allclose(v, whole, atol=1e-3)


class Moves(Mechanism):
    """Returns of `receive` what it is told to."""

    place = "point"
    carries = ()

    def __init__(self, returned, name=None):
        super().__init__(name)
        self.parameters, self.states, self.returned = {}, {}, returned

    def receive(self, states, weight, params):
        return {self.returned: states["v"] + weight}


class Holds(Moves):
    """A point process that would hold the voltage."""

    def holds(self, states, v, params):
        return v > 0.0


def test_what_cannot_be_returned_is_said():
    net = cells(1, Leak())
    net.place(Moves("u"))
    driven(net, [1.0], net.Moves, weight=1.0)
    net.record("v", verbose=False)
    with pytest.raises(MechanismError, match=r"Moves\.receive returns 'u'.*\['v'\]"):
        jx.integrate(net, t_max=1.0)
    with pytest.raises(MechanismError, match="only a mechanism over the membrane can hold the voltage"):
        net.place(Holds("v"))


def test_what_is_held_does_not_jump():
    """While a cell is refractory events are lost, however large; above the threshold nothing moves it."""
    net = cells(1, LIF(surrogate_warning=False))
    net.set("LIF_t_ref", 1.0)
    driven(net, [1.0, 1.5, 2.5], net.J, weight=25.0, delay=1.0)
    driven(net, [1.0], net.K, weight=-2.0, delay=1.0)
    net.record("v", verbose=False)
    net.record("LIF_spikes", verbose=False)
    net.record_spikes(threshold=-50.0, verbose=False)
    (v, fired), spikes = jx.integrate(net, t_max=5.0, events="grid", return_spikes=True)
    np.testing.assert_allclose(spikes.times, [2.0 + DT, 3.5 + DT], rtol=1e-12)
    np.testing.assert_array_equal(np.flatnonzero(fired), [82, 142])
    np.testing.assert_array_equal(v[81], -47.0)
    np.testing.assert_array_equal(v[82:122], -70.0)


def test_a_cell_that_fires_in_every_step_loses_no_spike_under_jit():
    net = cells(1, LIF())
    net.set("LIF_t_ref", 0.0)
    driven(net, np.arange(1, 21) * DT, net.J, weight=30.0, delay=DT)
    net.record_spikes(threshold=-50.0, verbose=False)

    def run():
        return jx.integrate(net, t_max=22 * DT, events="grid", return_spikes=True)[1]

    outside, inside = run(), jax.jit(run)()
    assert len(outside.times) == 20
    np.testing.assert_allclose(inside.times[:20], outside.times, rtol=1e-12)
    assert int(inside.count) == 20
