"""Synapses against steps worked out by hand: what they see, what they do, and what it costs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine.solvers.sequential import Sequential
from dendrax.engine.steppers.fwd_euler import ForwardEuler
from dendrax.engine.system import Override
from dendrax.errors import MechanismError
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.synapse import Synapse

DT = 0.025


class Scripted(Synapse):
    """A synapse whose equations are given as functions."""

    def __init__(self, name="Syn", current=None, update=None, own=None, params=None, pre=(), post=()):
        super().__init__(name)
        self.synapse_params, self.synapse_states = params or {}, own or {}
        self.pre_states, self.post_states = pre, post
        self.current = current or (lambda states, pre_v, post_v, params: 0.0)
        self.update = update or (lambda states, dt, pre_v, post_v, params: {})

    def update_states(self, states, delta_t, pre_v, post_v, params):
        return self.update(states, delta_t, pre_v, post_v, params)

    def compute_current(self, states, pre_v, post_v, params):
        return self.current(states, pre_v, post_v, params)


class Graded(Synapse):
    """Opens with the presynaptic voltage; a conductance."""

    traces = 0

    def __init__(self, name=None):
        super().__init__(name)
        self.synapse_params = {f"{self.name}_g": 1e-3, f"{self.name}_e": 0.0}
        self.synapse_states = {f"{self.name}_s": 0.2}

    def update_states(self, states, delta_t, pre_v, post_v, params):
        Graded.traces += 1
        target = 1 / (1 + jnp.exp(-(pre_v + 50.0) / 10.0))
        s = states[f"{self.name}_s"]
        return {f"{self.name}_s": target + (s - target) * jnp.exp(-delta_t / 2.0)}

    def compute_current(self, states, pre_v, post_v, params):
        return params[f"{self.name}_g"] * states[f"{self.name}_s"] * (post_v - params[f"{self.name}_e"])


def capacitance_of(system):
    return system.params["capacitance"] * system.params["area"] * 1e-5  # nF


def apart(by_hand, n, synapses, placed=(), **more):
    """Compartments that only synapses join."""
    return by_hand.make([-1] * n, n, list(placed), synapses=synapses, **more)


@pytest.mark.parametrize(("g", "golden"), [
    (0.1, [-12.094570, -22.519391, -54.756596, -64.789775]),
    (10.0, [-0.175735, -0.473343, -7.609042, -57.094822]),
])  # fmt: skip
def test_exponential_synapse_on_an_rc_cell(by_hand, g, golden):
    """NSuite's rc-expsyn: C v' = -(v - E) / R - g exp(-t) v; 100 MOhm, 0.01 nF, E = -65 mV."""
    decay = Scripted(
        current=lambda s, pre_v, post_v, p: g * s["s"] * post_v,
        update=lambda s, dt, pre_v, post_v, p: {"s": s["s"] * jnp.exp(-dt)},
        own={"s": 1.0},
    )
    shape = {"radius": 1.0, "length": 1000 / (2 * np.pi), "capacitance": 1.0, "v": -65.0}
    system = apart(by_hand, 2, [(decay, [0], [1])], [(by_hand.Passive(g=1e-3, e=-65.0), None)], **shape)
    errors = []
    for dt in (0.005, 0.0025):
        v = by_hand.run(system, {"v": [1]}, 4000, dt)["v"][0]  # longer steps run on: one program for both
        errors.append(np.abs(np.asarray(v)[np.round(np.array([1, 2, 5, 10]) / dt).astype(int)] - golden))
    assert np.all(errors[1] < 0.01 * np.abs(golden))
    assert np.all(errors[1] < 0.7 * errors[0])


def test_the_slope_is_in_the_postsynaptic_voltage_alone(by_hand):
    """A current that the presynaptic voltage sets is explicit; one through a conductance is implicit."""
    rate = Scripted("rate", lambda s, pre_v, post_v, p: -1e-3 * jnp.tanh(pre_v + 69.5))
    conductance = Scripted("cond", lambda s, pre_v, post_v, p: 2e-3 * jnp.tanh(pre_v + 69.5) * post_v)
    system = apart(by_hand, 3, [(rate, [0], [1]), (conductance, [0], [2])], v=[-69.0, -65.0, -60.0])
    c, opened = capacitance_of(system), np.tanh(0.5)
    v = by_hand.run(system, {"v": [0, 1, 2]}, 1)["v"][:, 1]
    expected = [-69.0, -65.0 + DT / c[1] * 1e-3 * opened, -60.0 / (1 + DT / c[2] * 2e-3 * opened)]
    np.testing.assert_allclose(v, expected, rtol=1e-13)


def test_synapses_of_one_compartment_and_of_several_types_add_up(by_hand):
    one, two = Scripted("one", lambda s, a, b, p: 1e-3 * b), Scripted("two", lambda s, a, b, p: 2e-3 * (b + 10.0))
    system = apart(by_hand, 3, [(one, [0, 2, 0], [1, 1, 2]), (two, [0], [1])])
    c = capacitance_of(system)
    v = by_hand.run(system, {"v": [0, 1, 2]}, 1)["v"][:, 1]
    slope, current = np.array([0.0, 4e-3, 1e-3]), np.array([0.0, 2e-3 * -70 + 2e-3 * -60, 1e-3 * -70])
    np.testing.assert_allclose(v, -70.0 - current / (c / DT + slope), rtol=1e-13)


def test_each_method_can_step_them(by_hand):
    system = apart(by_hand, 2, [(Scripted("one", lambda s, a, b, p: 1e-3 * b), [0], [1])])
    v = by_hand.run(system, {"v": [1]}, 1, stepper=ForwardEuler())["v"][0, 1]
    np.testing.assert_allclose(v, -70.0 + DT / capacitance_of(system)[1] * 0.07, rtol=1e-13)


def test_they_see_voltages_after_resets_and_states_at_the_end_of_the_step(by_hand):
    class Reset(Channel):
        def __init__(self):
            self.current_is_in_mA_per_cm2 = True
            super().__init__()
            self.channel_params, self.channel_states, self.current_name = {}, {"count": 5.0}, "i_Reset"

        def update_states(self, states, dt, v, params):
            return {"v": v + 10.0, "count": states["count"] + 1.0}

        def compute_current(self, states, v, params):
            return 0.0

    reader = Scripted(
        "reader",
        lambda s, pre_v, post_v, p: s["pre_count"] + 100 * s["post_count"],
        lambda s, dt, pre_v, post_v, p: {"seen": pre_v + s["pre_count"], "pre_count": 0.0},
        own={"seen": 0.0},
        pre=("count",),
        post=("count",),
    )
    system = apart(by_hand, 4, [(reader, [3, 1, 3], [1, 1, 3])], [(Reset(), [1, 3])])
    kept = by_hand.run(system, {"seen": [0, 1, 2], "i_reader": [2], "count": [1]}, 1)
    np.testing.assert_allclose(kept["seen"][:, 1], -60.0 + 6.0)
    np.testing.assert_allclose(kept["i_reader"][0], [505.0, 606.0])
    np.testing.assert_allclose(kept["count"][0], [5.0, 6.0])


def test_currents_and_states_are_recorded_and_clamped_by_synapse(by_hand):
    system = apart(by_hand, 3, [(Graded(), [0, 0, 2], [1, 2, 1])])
    held = np.linspace(0.3, 0.5, 6)
    acting = {"Graded_s": ([1], held)}
    kept = by_hand.run(system, {"Graded_s": [2, 1, 0], "i_Graded": [1], "v": [2]}, 6, acting=acting)
    np.testing.assert_array_equal(kept["Graded_s"][1], [0.2, *held])
    assert not np.allclose(kept["Graded_s"][0, -1], kept["Graded_s"][2, -1])
    s, v = kept["Graded_s"][1], kept["v"][0]
    target = 1 / (1 + np.exp(2.0))
    advanced = target + (s[:-1] - target) * np.exp(-DT / 2.0)
    np.testing.assert_allclose(kept["i_Graded"][0, 1:], 1e-3 * advanced * v[:-1], rtol=1e-12)
    np.testing.assert_allclose(kept["i_Graded"][0, 0], 1e-3 * 0.2 * -70.0, rtol=1e-13)


@pytest.mark.slow
def test_gradients_are_those_of_central_differences(by_hand):
    placed = [(by_hand.Gated(), [0, 1, 2]), (by_hand.Passive(), None)]
    system = by_hand.tree(placed, synapses=[(Graded(), [0, 5, 8], [3, 8, 3])], v=-55.0, solver=Sequential())
    rows = {"Graded_g": 3, "Graded_e": 3, "Graded_s": 3, "v": 9, "radius": 9}

    @jax.jit
    def loss(values):
        changed = tuple(Override(np.arange(rows[key]), value, key) for key, value in values.items())
        return jnp.sum((by_hand.run(system, {"v": [3, 8]}, 40, overriding=changed)["v"] + 60.0) ** 2)

    at = {
        "Graded_g": jnp.array([1e-3, 2e-3, 1e-4]),
        "Graded_e": jnp.array([0.0, -10.0, 5.0]),
        "Graded_s": jnp.array([0.1, 0.2, 0.3]),
        "v": jnp.linspace(-60.0, -50.0, 9),
        "radius": jnp.asarray(system.params["radius"]),
    }
    steps = {"Graded_g": 1e-6, "Graded_e": 1e-3, "Graded_s": 1e-4, "v": 1e-3, "radius": 1e-4}
    gradient = jax.jit(jax.grad(loss))(at)
    for key, value in at.items():
        for k in range(len(value)):
            up, down = (loss(at | {key: value.at[k].add(sign * steps[key])}) for sign in (1, -1))
            np.testing.assert_allclose(gradient[key][k], (up - down) / (2 * steps[key]), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("gradient", [False, True], ids=["forward", "gradient"])
def test_the_program_does_not_grow_with_synapses(by_hand, gradient):
    def program(n):
        at = np.arange(n)
        system = by_hand.cable(9, synapses=[(Graded(), at % 9, (at * 7 + 1) % 9)], solver=Sequential())

        def last(s, g):
            changed = (Override(np.arange(n), g, "Graded_g"),)
            return by_hand.run(s, {"v": [0]}, overriding=changed)["v"].sum()

        return jax.make_jaxpr(jax.grad(last, 1) if gradient else last)(system, jnp.full(n, 1e-3))

    assert by_hand.equations(program(3).jaxpr) == by_hand.equations(program(3000).jaxpr)


def test_the_same_model_with_other_wiring_traces_nothing(by_hand):
    kept = {"v": [0]}
    by_hand.run(by_hand.cable(5, synapses=[(Graded(), [0, 1, 2], [3, 3, 4])]), kept)
    traces = Graded.traces
    by_hand.run(by_hand.cable(5, synapses=[(Graded(), [4, 4, 2], [3, 0, 1])], v=-60.0), kept)
    assert Graded.traces == traces > 0


@pytest.mark.parametrize(
    ("synapse", "text"),
    [
        (Scripted(update=lambda *_: None), "Syn.update_states must return a dict"),
        (Scripted(update=lambda *_: {"v": 0.0}), "Syn.update_states returns 'v', a state that it cannot write"),
        (Scripted(update=lambda *_: {"s": jnp.zeros((2, 1))}, own={"s": 0.0}), "'s' with shape"),
        (Scripted(current=lambda *_: jnp.zeros(3)), "'i_Syn' with shape"),
    ],
    ids=["no dict", "another's state", "shape of a state", "shape of a current"],
)
def test_a_wrong_return_value_is_an_error(by_hand, synapse, text):
    with pytest.raises(MechanismError, match=text):
        by_hand.run(by_hand.cable(3, synapses=[(synapse, [0, 1], [1, 2])]), {"v": [0]})
