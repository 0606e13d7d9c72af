"""The order of a step, seen by channels that write down what they are shown."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import overrides, step
from dendrax.engine.prepare import prepare
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.errors import MechanismError
from dendrax.mechanisms.channel import Channel

DT = 0.025


class Scripted(Channel):
    """A channel whose equations are given as functions."""

    def __init__(self, name, update=None, current=None, own=None, params=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params, self.channel_states = params or {}, own or {}
        self.current_name = f"i_{name}"
        self.update = update or (lambda states, dt, v, params: {})
        self.current = current or (lambda states, v, params: 0.0)

    def update_states(self, states, dt, v, params):
        return self.update(states, dt, v, params)

    def compute_current(self, states, v, params):
        return self.current(states, v, params)


def advanced(by_hand, *placed, n=4, **more):
    system = by_hand.cable(n, placed, **more)
    params, full = overrides.apply(system, ())
    prepared = prepare(system, params, DT, BackwardEuler())
    state = step.begin(system, prepared, system.layout.compress(full))
    after, drawn = step.currents(system, prepared, step.advance(system, prepared, state, DT))
    return system, state, after, drawn.membrane


def test_each_channel_sees_what_those_before_it_returned_and_the_old_voltage(by_hand):
    first = Scripted("first", lambda s, dt, v, p: {"x": s["x"] + 1.0, "v": v + 10.0}, own={"x": 5.0})
    second = Scripted("second", lambda s, dt, v, p: {"x": 10 * s["x"], "y": v}, own={"x": 5.0, "y": 0.0})
    _, _, after, _ = advanced(by_hand, (first, None), (second, None))
    np.testing.assert_array_equal(after["x"], np.full(4, 60.0))
    np.testing.assert_array_equal(after["y"], np.full(4, -70.0))
    np.testing.assert_array_equal(after["v"], np.full(4, -60.0))


def test_currents_are_those_of_new_states_and_of_a_reset_voltage(by_hand):
    channel = Scripted(
        "one", lambda s, dt, v, p: {"x": s["x"] + 1.0, "v": v + 10.0}, lambda s, v, p: s["x"] * v, own={"x": 5.0}
    )
    _, _, after, line = advanced(by_hand, (channel, None))
    np.testing.assert_allclose(after["i_one"], np.full(4, 6.0 * -60.0))
    np.testing.assert_allclose(line.now / line.slope, np.full(4, -60.0))


def test_update_sees_the_currents_of_the_step_before(by_hand):
    source = Scripted("source", current=lambda s, v, p: v + 67.0)
    reader = Scripted("reader", lambda s, dt, v, p: {"seen": s["i_source"]}, own={"seen": 0.0})
    _, _, after, _ = advanced(by_hand, (source, [0, 2]), (reader, [1, 2]))
    np.testing.assert_array_equal(after["seen"], [0.0, -3.0])


def test_current_and_slope_are_exact(by_hand):
    g = 3e-4
    channel = Scripted("cubic", current=lambda s, v, p: g * v**3)
    system, state, _, line = advanced(by_hand, (channel, [1, 2]))
    v, nanoamperes = np.asarray(state["v"]), 1e-2 * system.params["area"]
    inside = np.array([0.0, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(line.slope, inside * nanoamperes * 3 * g * v**2, rtol=1e-14)
    np.testing.assert_allclose(line.now, inside * nanoamperes * g * v**3, rtol=1e-12, atol=1e-15)


def test_parameters_come_with_the_surroundings(by_hand):
    def update(states, dt, v, params):
        assert sorted(params) == ["axial_resistivity", "capacitance", "g", "length", "radius", "temperature"]
        return {"x": params["radius"] * params["g"] + dt, "celsius": params["temperature"]}

    channel = Scripted("one", update, own={"x": 0.0, "celsius": 0.0}, params={"g": 2.0})
    system, _, after, _ = advanced(by_hand, (channel, [1, 3]))
    np.testing.assert_allclose(after["x"], 2 * system.params["radius"][[1, 3]] + DT)
    np.testing.assert_allclose(after["celsius"], 6.3)
    _, _, after, _ = advanced(by_hand, (channel, [1, 3]), temperature=[20.0, 30.0, 35.0, 37.0])
    np.testing.assert_allclose(after["celsius"], [30.0, 37.0])


def test_a_state_of_another_channel_may_be_returned_where_both_are(by_hand):
    owner = Scripted("owner", own={"ca": 1.0})
    other = Scripted("other", lambda s, dt, v, p: {"ca": jnp.full_like(v, 7.0)})
    system, _, after, _ = advanced(by_hand, (owner, [0, 2, 3]), (other, [1, 2]))
    np.testing.assert_array_equal(system.layout.expand(after)["ca"], [1.0, np.nan, 7.0, 1.0])


@pytest.mark.parametrize("spikes", [lambda v: v > 0, lambda v: 1, lambda v: jnp.ones(1, bool)])
def test_states_keep_their_dtype_and_shape(by_hand, spikes):
    channel = Scripted("one", lambda s, dt, v, p: {"spikes": spikes(v)}, own={"spikes": 0.0})
    _, before, after, _ = advanced(by_hand, (channel, [0, 1, 3]))
    assert after["spikes"].dtype == before["spikes"].dtype
    assert after["spikes"].shape == (3,)


@pytest.mark.parametrize("zero", [0, 0.0, jnp.zeros(1), jnp.zeros((), int)], ids=str)
def test_a_current_may_be_a_single_zero(by_hand, zero):
    _, _, after, line = advanced(by_hand, (Scripted("one", current=lambda s, v, p: zero), [0, 2]))
    np.testing.assert_array_equal(after["i_one"], np.zeros(4))
    np.testing.assert_array_equal(line.slope, np.zeros(4))


def test_a_state_that_nobody_declares_is_an_error(by_hand):
    channel = Scripted("Typo", lambda s, dt, v, p: {"Typo_n": v})
    with pytest.raises(MechanismError, match=r"Typo\.update_states returns 'Typo_n'"):
        advanced(by_hand, (channel, None))


@pytest.mark.parametrize(
    ("update", "current", "text"),
    [
        (lambda s, dt, v, p: None, None, "must return a dict"),
        (lambda s, dt, v, p: {"x": jnp.zeros((4, 1))}, None, "'x' with shape"),
        (None, lambda s, v, p: jnp.zeros(3), "'i_one' with shape"),
        (None, lambda s, v, p: None, r"returned None \(a `return` is missing\) for 'i_one'"),
        (None, lambda s, v, p: p["ga"], "compute_current of one asks for 'ga', which it is not given"),
        (lambda s, dt, v, p: {"x": s["v"]}, None, "update_states of one asks for 'v'"),
        (None, lambda s, v, p: v if v > 0 else -v, r"compute_current of one cannot be compiled.*jnp\.where"),
        (None, lambda s, v, p: np.exp(v), "cannot be compiled.*jax.numpy"),
        (None, lambda s, v, p: math.exp(v), "cannot be compiled.*jax.numpy"),
    ],
)
def test_a_wrong_return_value_is_an_error(by_hand, update, current, text):
    with pytest.raises(MechanismError, match=text):
        advanced(by_hand, (Scripted("one", update, current, own={"x": 0.0}), None))


def test_a_channel_that_writes_into_its_arguments_does_no_harm(by_hand):
    def greedy(states, dt, v, params):
        params.clear()
        states["v"] = v
        return {}

    _, _, after, _ = advanced(by_hand, (Scripted("greedy", greedy, params={"g": 1.0}), None))
    np.testing.assert_array_equal(after["v"], np.full(4, -70.0))


def test_channels_everywhere_cost_no_gather(by_hand):
    system = by_hand.cable(5, [(by_hand.Gated(), None), (by_hand.Passive(), range(1, 4))])
    params, full = overrides.apply(system, ())
    prepared = prepare(system, params, DT, BackwardEuler())
    state = step.begin(system, prepared, system.layout.compress(full))
    program = str(
        jax.make_jaxpr(lambda s: step.currents(system, prepared, step.advance(system, prepared, s, DT)))(state)
    )
    assert "gather" not in program
    assert "while" not in program
