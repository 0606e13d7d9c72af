"""Point processes that receive events: conductances as closed sums over events, currents, and their contract."""

import copy

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import synapses
from dendrax.mechanisms.contract import check_mechanism
from dendrax.mechanisms.units import unit_of
from dendrax.synapses import AMPA, NMDA, DoubleExpSynapse, Exp2Syn, ExpCurrentSyn, ExpSyn, NMDASyn, PointSynapse
from dendrax.synapses.point import RiseAndDecay

# Parameters without prefix; the first two are NEURON's.
TABLES = {
    "ExpSyn": {"tau": 0.1, "e": 0.0},
    "Exp2Syn": {"tau1": 0.1, "tau2": 10.0, "e": 0.0},
    "ExpCurrentSyn": {"tau": 2.0},
    "AMPASyn": {"tau1": 0.2, "tau2": 1.7, "e": 0.0},
    "NMDASyn": {"tau1": 0.29, "tau2": 43.0, "e": 0.0, "Mg": 1.0},
    "GABAASyn": {"tau1": 0.2, "tau2": 8.0, "e": -80.0},
    "GABABSyn": {"tau1": 3.5, "tau2": 260.9, "e": -97.0},
}
EVENTS = {0: 0.01, 7: 0.02, 8: 0.005, 30: -0.004}  # by step: sum of the weights [uS]
N_STEPS = 60


def run(synapse, dt, **values):
    """Its states and current after each step of the engine: advance, then receive. {name: (step,)}"""
    params = synapse.parameters | {f"{synapse.name}_{key}": value for key, value in values.items()}
    weights = jnp.array([EVENTS.get(step, 0.0) for step in range(N_STEPS)])

    def step(states, weight):
        states = states | synapse.advance(states, dt, -65.0, params)
        states = states | synapse.receive(states, weight, params)
        return states, states | {"i": synapse.currents(states, -65.0, params)[None]}

    states = {key: jnp.asarray(value) for key, value in synapse.states.items()}
    history = jax.lax.scan(step, states, weights)[1]
    return {key.removeprefix(f"{synapse.name}_"): np.asarray(value) for key, value in history.items()}


def summed(shape, dt):
    """The sum of the responses to all events. (step,)"""
    since = dt * (np.arange(N_STEPS) - np.array(list(EVENTS))[:, None])
    return (np.where(since >= 0, shape(np.maximum(since, 0.0)), 0.0) * np.array(list(EVENTS.values()))[:, None]).sum(0)


def test_the_library_is_complete():
    points = {name for name in synapses.__all__ if issubclass(getattr(synapses, name), PointSynapse)}
    assert points - {"PointSynapse", "AMPANMDASyn"} == set(TABLES)  # that one is held to two of these below


@pytest.mark.parametrize("name", TABLES)
def test_each_keeps_the_contract(name):
    synapse = getattr(synapses, name)("E")
    check_mechanism(synapse)
    assert synapse.parameters == {f"E_{key}": value for key, value in TABLES[name].items()}
    assert all(key.startswith("E_") and value == 0.0 for key, value in synapse.states.items())
    assert (synapse.place, synapse.receives, synapse.current_names) == ("point", True, ("i_E",))
    assert synapse == copy.deepcopy(synapse) != getattr(synapses, name)()
    silent = synapse.initial(synapse.states, np.zeros(2), synapse.parameters, 0.025)
    assert {key: value.tolist() for key, value in silent.items()} == {key: [0.0, 0.0] for key in synapse.states}


@pytest.mark.parametrize("name", TABLES)
def test_everything_has_a_unit(name):
    synapse = getattr(synapses, name)("E")
    found = {key: unit_of(synapse, key) for key in (*synapse.parameters, *synapse.states, "i_E")}
    units = {"tau": "ms", "tau1": "ms", "tau2": "ms", "e": "mV", "Mg": "mM", "g": "uS", "x": "uS", "I": "nA"}
    assert found == {key: units.get(key.removeprefix("E_"), "nA") for key in found}


@pytest.mark.parametrize("name", TABLES)
def test_two_events_at_once_are_one_of_the_sum_of_their_weights(name):
    synapse = getattr(synapses, name)()
    states = {key: jnp.array([0.1, 0.2]) for key in synapse.states}
    weights = jnp.array([0.3, -0.1]), jnp.array([0.05, 0.0])
    apart = states | synapse.receive(states, weights[0], synapse.parameters)
    apart = apart | synapse.receive(apart, weights[1], synapse.parameters)
    together = states | synapse.receive(states, weights[0] + weights[1], synapse.parameters)
    for key, value in together.items():
        np.testing.assert_allclose(value, apart[key], rtol=1e-15)


@pytest.mark.parametrize("dt", [0.025, 1.5])
def test_a_conductance_that_jumps_and_decays(dt):
    found = run(ExpSyn(), dt, tau=2.3, e=-10.0)
    expected = summed(lambda t: np.exp(-t / 2.3), dt)
    np.testing.assert_allclose(found["g"], expected, rtol=1e-12, atol=1e-17)
    np.testing.assert_allclose(found["i"], found["g"] * -55.0, rtol=1e-14)


@pytest.mark.parametrize("dt", [0.025, 1.5])
def test_a_current_that_jumps_and_decays(dt):
    found = run(ExpCurrentSyn(), dt)
    np.testing.assert_allclose(found["i"], -summed(lambda t: np.exp(-t / 2.0), dt), rtol=1e-12, atol=1e-17)


def exp2syn(t, tau1, tau2):
    """NEURON's formula, with the weight as its peak."""
    peak = tau1 * tau2 / (tau2 - tau1) * np.log(tau2 / tau1)
    return (np.exp(-t / tau2) - np.exp(-t / tau1)) / (np.exp(-peak / tau2) - np.exp(-peak / tau1))


@pytest.mark.parametrize("dt", [0.025, 1.5])
@pytest.mark.parametrize(("tau1", "tau2"), [(0.1, 10.0), (0.5, 4.0), (4.0, 0.5)])
def test_a_conductance_that_rises_and_decays(dt, tau1, tau2):
    found = run(Exp2Syn(), dt, tau1=tau1, tau2=tau2)
    np.testing.assert_allclose(found["g"], summed(lambda t: exp2syn(t, tau1, tau2), dt), rtol=1e-11, atol=1e-16)


@pytest.mark.parametrize("apart", [0.0, 1e-9, 1e-5])
def test_equal_time_constants_give_the_alpha_function(apart):
    found = run(Exp2Syn(), 0.1, tau1=3.0, tau2=3.0 + apart)
    expected = summed(lambda t: t / 3.0 * np.exp(1.0 - t / 3.0), 0.1)
    np.testing.assert_allclose(found["g"], expected, rtol=3e-5 * apart / 1e-5 + 1e-11, atol=1e-16)


@pytest.mark.parametrize("name", [name for name in TABLES if issubclass(getattr(synapses, name), RiseAndDecay)])
def test_the_weight_is_the_peak(name):
    synapse = getattr(synapses, name)()
    tau1, tau2 = (TABLES[name][key] for key in ("tau1", "tau2"))
    peak = tau1 * tau2 / (tau2 - tau1) * np.log(tau2 / tau1)
    states = synapse.states | synapse.receive(synapse.states, 0.7, synapse.parameters)
    g = [
        float(synapse.advance(states, peak * times, 0.0, synapse.parameters)[f"{name}_g"]) for times in (0.99, 1, 1.01)
    ]
    assert g[1] == pytest.approx(0.7, rel=1e-13)
    assert max(g) == g[1]


def test_it_is_the_synapse_of_connect():
    """The one that jumps by gS at a presynaptic spike has the same kinetics."""
    point, joining = Exp2Syn(), DoubleExpSynapse(spikes="spikes")
    states = joining.synapse_states | {"pre_spikes": 1.0}
    s = joining.update_states(states, 0.7, 0.0, 0.0, joining.synapse_params)["DoubleExpSynapse_s"]
    received = point.states | point.receive(point.states, 1.0, point.parameters)
    assert float(point.advance(received, 0.7, 0.0, point.parameters)["Exp2Syn_g"]) == float(s)


def test_magnesium_blocks():
    synapse, graded = NMDASyn(), NMDA()
    v = jnp.array([-80.0, -20.0, 20.0])
    states = {"NMDASyn_g": jnp.full(3, 0.01), "NMDASyn_x": jnp.zeros(3)}
    for concentration in (0.0, 1.0, 2.0):
        params = synapse.parameters | {"NMDASyn_Mg": concentration}
        expected = 0.01 * v / (1.0 + np.exp(-0.062 * v) * concentration / 3.57)
        np.testing.assert_allclose(synapse.currents(states, v, params)[None], expected, rtol=1e-14)
        of_graded = graded.unblocked(v, graded.synapse_params | {"NMDA_Mg": concentration})
        np.testing.assert_allclose(synapse.unblocked(v, params), of_graded, rtol=0)
    assert AMPA().unblocked(v, {}) == 1.0


@pytest.mark.parametrize("name", TABLES)
def test_a_step_where_jax_has_no_64_bits(name):
    def step():
        synapse = getattr(synapses, name)()
        states = {key: jnp.full(3, 0.3) for key in synapse.states}
        params = {key: jnp.full(3, value) for key, value in synapse.parameters.items()}
        v = jnp.array([-70.0, -30.0, 20.0])
        after = states | synapse.advance(states, 0.025, v, params)
        after = after | synapse.receive(after, jnp.full(3, 0.01), params)
        return after | {"i": synapse.currents(after, v, params)[None]}

    with jax.enable_x64(False):
        single = step()
    for key, exact in step().items():
        assert single[key].dtype == np.float32
        np.testing.assert_allclose(single[key], exact, rtol=2e-5)


@pytest.mark.parametrize(
    "name",  # the others are Exp2Syn with other values
    [one if one[:3] in ("Exp", "NMD") else pytest.param(one, marks=pytest.mark.slow) for one in TABLES],
)
@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_values_and_derivatives_are_finite_from_the_shortest_time_constant_to_the_longest(name, dtype):
    synapse = getattr(synapses, name)()
    taus = [key for key in synapse.parameters if "_tau" in key]
    grid = np.stack(np.meshgrid(*[[0.0, 1e-9, 0.1, 3.0, 1e9]] * len(taus)), -1).reshape(-1, len(taus))

    def total(values):
        params = synapse.parameters | dict(zip(taus, values, strict=True))
        states = {key: jnp.asarray(0.3, dtype) for key in synapse.states}
        after = states | synapse.advance(states, 0.025, -65.0, params)
        after = after | synapse.receive(after, 0.01, params)
        return jnp.asarray(sum(after.values()) + synapse.currents(after, jnp.asarray(-65.0, dtype), params)[None])

    values = jnp.asarray(grid, dtype)
    for found in jax.jit(jax.vmap(lambda at: (total(at), jax.grad(total)(at), jax.hessian(total)(at))))(values):
        assert jnp.isfinite(found).all()


@pytest.mark.parametrize("dt", [0.025, 1.5])
def test_two_receptors_are_an_ampa_and_an_nmda_synapse(dt):
    both, ampa, nmda = synapses.AMPANMDASyn("D"), synapses.AMPASyn("A"), NMDASyn("N")
    check_mechanism(both)
    units = {key: unit_of(both, key) for key in (*both.parameters, *both.states, "i_D")}
    assert units == {
        **{f"D_tau{k}_{one}": "ms" for k in (1, 2) for one in ("ampa", "nmda")},
        **{f"D_{kind}_{one}": "uS" for kind in "gx" for one in ("ampa", "nmda")},
        "D_e": "mV",
        "D_Mg": "mM",
        "i_D": "nA",
    }
    weights = {
        one: [EVENTS.get(step, 0.0) * scale for step in range(N_STEPS)] for one, scale in (("ampa", 1), ("nmda", 3))
    }
    states, apart = dict(both.states), {**ampa.states, **nmda.states}
    params = both.parameters | ampa.parameters | nmda.parameters
    for step in range(N_STEPS):
        arrived = {one: weights[one][step] for one in weights}
        states |= both.advance(states, dt, -40.0, params)
        states |= both.receive(states, arrived, params)
        for one, name in ((ampa, "ampa"), (nmda, "nmda")):
            apart |= one.advance(apart, dt, -40.0, params)
            apart |= one.receive(apart, arrived[name], params)
        expected = ampa.currents(apart, -40.0, params)[None] + nmda.currents(apart, -40.0, params)[None]
        np.testing.assert_allclose(both.currents(states, -40.0, params)[None], expected, rtol=1e-13, atol=1e-300)
