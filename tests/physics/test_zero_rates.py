"""Rates and time constants of zero have their limits, and derivatives that are finite and right (figure 5)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as dx
from dendrax import channels, pumps, synapses
from dendrax.channels import HH
from dendrax.mechanisms import gates

DT = 0.025
TIME_CONSTANTS = [
    pytest.param(channels.Rate, "tau", marks=pytest.mark.slow),
    (channels.Km, "taumax"),
    pytest.param(channels.AdEx, "tau_w", marks=pytest.mark.slow),
    (pumps.CaPump, "decay"),
    pytest.param(synapses.ExpSynapse, "tau", marks=pytest.mark.slow),
    (synapses.ExpCurrentSynapse, "tau"),
    (synapses.DoubleExpSynapse, "tau_rise"),
    (synapses.DoubleExpSynapse, "tau_decay"),
]
RATES = [
    (channels.Izhikevich, ("a",)),
    (synapses.IonotropicSynapse, ("k_minus",)),
    *((kind, ("alpha", "beta")) for kind in (synapses.AMPA, synapses.NMDA, synapses.GABAA)),
    pytest.param(synapses.GABAB, ("K_1", "K_2"), marks=pytest.mark.slow),
    pytest.param(synapses.GABAB, ("K_4",), marks=pytest.mark.slow),
    pytest.param(synapses.GABAB, ("K_1", "K_2", "K_3", "K_4"), marks=pytest.mark.slow),
]


def make(kind):
    """The mechanism, quietly."""
    resets = kind.__name__ in ("AdEx", "Izhikevich") or issubclass(kind, synapses.ExpSynapse.__base__)
    return kind(surrogate_warning=False) if resets else kind()


def step(mechanism, values, state):
    """States and current after a step, with some parameters of their own."""
    own = mechanism.channel_params if hasattr(mechanism, "channel_params") else mechanism.synapse_params
    names = mechanism.channel_states if hasattr(mechanism, "channel_params") else mechanism.synapse_states
    params = own | {"capacitance": 1.0, "temperature": 6.3, "radius": 1.0}
    params |= {f"{mechanism.name}_{key}": value for key, value in values.items()}
    states = dict.fromkeys(names, state) | {key: 0.0 for key in names if key.endswith("_above")}
    v = jnp.asarray(20.0)
    if isinstance(mechanism, synapses.Synapse):
        after = mechanism.update_states(states, DT, v, -65.0, params)
        return after, mechanism.compute_current(states | after, v, -65.0, params)
    after = mechanism.update_states(states, DT, v, params)
    at = states[mechanism.ion_name] if isinstance(mechanism, pumps.Pump) else v
    return after, mechanism.compute_current(states | after, at, params)


def derivatives(mechanism, values, state):
    """Value, first and second derivatives in the parameters `values` and the state."""

    def compute(values, state):
        return step(mechanism, values, state)

    first, both = jax.jacrev(compute, argnums=(0, 1)), (values, jnp.asarray(state))
    at_once = (lambda one: one) if isinstance(mechanism, synapses.GABAB) else jax.jit  # XLA takes half a minute for it
    return at_once(lambda *at: (compute(*at), first(*at), jax.jacfwd(first, argnums=(0, 1))(*at)))(*both)


@pytest.mark.parametrize(("kind", "key"), TIME_CONSTANTS)
def test_a_time_constant_of_zero_is_the_limit(kind, key):
    mechanism = make(kind)
    leaves = jax.tree.leaves(derivatives(mechanism, {key: jnp.asarray(0.0)}, 0.3))
    assert all(np.isfinite(np.asarray(leaf)).all() for leaf in leaves)
    if kind is pumps.CaPump:  # a rate, which the engine steps: see below
        return
    at_zero, nearly = (jax.tree.leaves(step(mechanism, {key: jnp.asarray(tau)}, 0.3)) for tau in (0.0, 1e-15))
    np.testing.assert_allclose(at_zero, nearly, rtol=1e-10, atol=1e-30)


@pytest.mark.parametrize(("kind", "keys"), RATES)
def test_a_rate_of_zero_is_the_limit_with_its_derivatives(kind, keys):
    """The second derivative too: at 0 it is that of the closed form at small rates."""
    mechanism = make(kind)
    at_zero, nearly = (derivatives(mechanism, {key: jnp.asarray(rate) for key in keys}, 0.3) for rate in (0.0, 1e-5))
    for a, b in zip(jax.tree.leaves(at_zero), jax.tree.leaves(nearly), strict=True):
        assert np.isfinite(np.asarray(a)).all()
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5 * max(1.0, float(jnp.abs(b).max())))


def test_a_gate_whose_rates_are_zero_stays():
    for solve in (gates.solve_gate_exponential, gates.solve_gate_implicit):
        assert solve(0.3, DT, 0.0, 0.0) == 0.3
        np.testing.assert_allclose(
            jax.grad(solve, argnums=(0, 2, 3))(0.3, DT, 0.0, 0.0), [1.0, DT * 0.7, -DT * 0.3], rtol=1e-14
        )
    assert gates.exponential_euler(0.3, DT, 1.0, jnp.inf) == 0.3
    assert gates.exponential_euler(0.3, DT, 1.0, 0.0) == 1.0
    np.testing.assert_array_equal(jax.grad(gates.exponential_euler, argnums=(0, 2, 3))(0.3, DT, 1.0, 0.0), [0, 1, 0])


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (1e-9, 3e-9), (0.7, 1.9), (30.0, 2.0), (1e30, 2.0)])
@pytest.mark.slow
def test_second_derivatives_of_a_gate_are_those_of_longer_floats(alpha, beta):
    """In float32 against float64; beyond 1e12 the rates count by their ratio alone."""

    def hessian(dtype):
        at = (jnp.asarray(x, dtype) for x in (0.3, 0.5, alpha, beta))
        return np.asarray(jax.hessian(gates.solve_gate_exponential, argnums=(0, 1, 2, 3))(*at))

    # Entries are sums of terms of order 1, each of which is rounded.
    np.testing.assert_allclose(hessian(jnp.float32), hessian(jnp.float64), rtol=2e-5, atol=16 * 1.2e-7)


def test_rise_of_zero_is_exp2syn_at_its_limit():
    """NEURON's Exp2Syn with tau1 = 0 peaks at exp(-dt / tau2) after one step, 0.9975; so does decay 0 with tau_rise."""
    for key, other in (("tau_rise", "tau_decay"), ("tau_decay", "tau_rise")):
        after, _ = step(make(synapses.DoubleExpSynapse), {key: jnp.asarray(0.0), other: jnp.asarray(10.0)}, 0.0)
        assert float(after["DoubleExpSynapse_s"]) == pytest.approx(np.exp(-DT / 10.0), rel=1e-12)


def test_calcium_that_decays_at_once_stays_at_rest():
    comp = dx.Compartment()
    comp.insert(channels.CaL())
    comp.insert(pumps.CaPump())
    comp.set("CaPump_decay", 0.0)
    comp.record("CaCon_i", verbose=False)
    np.testing.assert_allclose(dx.integrate(comp, t_max=1.0, delta_t=DT)[0, 1:], 1e-4, rtol=1e-6)


@pytest.mark.slow
def test_a_cell_far_below_rest_in_float32():
    """-0.5 nA into a default compartment with HH: to -2.7 V and back, as in float64."""

    def run(dtype):
        comp = dx.Compartment()
        comp.insert(HH())
        comp.stimulate(dx.step_current(1.0, 20.0, -0.5, DT, 40.0), verbose=False)
        comp.record(verbose=False)
        comp.make_trainable("HH_gNa", verbose=False)
        params = comp.get_parameters()

        def voltage(scale):
            scaled = jax.tree.map(lambda x: jnp.asarray(x, dtype) * scale, params)
            return dx.integrate(comp, params=scaled, delta_t=DT)[0]

        def last(scale):
            v = voltage(scale)
            return v[-1], v

        (_, v), slope = jax.jit(jax.value_and_grad(last, has_aux=True))(jnp.asarray(1.0, dtype))
        return np.asarray(v), float(slope)

    with jax.enable_x64(False):
        single, slope = run(jnp.float32)
    double, exact = run(jnp.float64)
    assert single.dtype == np.float32
    assert double.min() < -2500.0
    np.testing.assert_allclose(single, double, rtol=1e-4, atol=0.05)
    assert slope == pytest.approx(exact, rel=0.05, abs=1e-3)
