"""No NaN or inf in value, first or second derivative of any channel at any voltage (figure 5)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sweeps

from dendrax import channels

NAMES = tuple(name for name in channels.__all__ if name != "Channel")
SINGULAR = (-55.0, -47.0, -45.0, -40.0, -27.0, -20.0, 0.0)  # where HH, Na, K, CaL or CaTGHK is 0/0 as it stands
ULPS = [s + sign * delta for s in SINGULAR for sign in (-1, 1) for delta in (1e-14, 1e-9, 1e-6, 1e-3)]
VOLTAGES = np.unique(np.concatenate([sweeps.GRID, SINGULAR, ULPS]))


def make(name, **options):
    """The channel, quietly."""
    quiet = {"surrogate_warning": False} if name in ("AdEx", "Fire", "Izhikevich", "LIF") else {}
    return getattr(channels, name)(**options, **quiet)


def outputs(channel, params, v, state, dt):
    """All that a channel computes for one compartment in a step from one value of all its states."""
    states = dict.fromkeys(channel.channel_states, state)
    after = channel.update_states(states, dt, v, params)
    own = {key: after.get(key, states[key]) for key in channel.channel_states}
    return after | {
        "current": jnp.asarray(channel.compute_current(own, v, params)),
        "rest": channel.init_state(states, v, params, dt),
    }


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize(("name", "options"), [*((name, {}) for name in NAMES), ("HH", {"q10": 3.0})])
def test_everything_is_finite(holds, name, options, dtype):
    """Through a step at every voltage in +-1e5 mV, from states 0 to 1, in voltage, states and parameters."""
    channel = make(name, **options)
    params = channel.channel_params | {"capacitance": 200.0, "temperature": 6.3}

    def compute(x, dt):
        v, state, shift = x
        return outputs(channel, {key: value * (1 + shift) for key, value in params.items()}, v, state, dt)

    v, state, dt = sweeps.batches(dtype)
    assert set(SINGULAR) <= set(v.tolist())
    bad = sweeps.count_unbounded(compute, dtype, np.stack([v, state, np.zeros_like(v)], 1), dt)
    holds(5, f"channels, {np.dtype(dtype)}", bad, at_most=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Fire", "LIF", "Izhikevich", "AdEx"])
@pytest.mark.parametrize("surrogate", ["superspike", "sigmoid", "triangle"])
def test_surrogates_are_finite(holds, name, surrogate):
    channel = make(name, surrogate=surrogate)
    params = channel.channel_params | {"capacitance": 200.0}
    x = np.stack([VOLTAGES[::10], np.full_like(VOLTAGES[::10], 0.3)], 1)
    bad = sweeps.count_unbounded(lambda x: outputs(channel, params, x[0], x[1], 0.025), jnp.float64, x)
    holds(5, "surrogate gradients", bad, at_most=0)


@pytest.mark.parametrize(
    "name", ["HH", *(pytest.param(name, marks=pytest.mark.slow) for name in ("CaL", "CaTGHK", "Na", "K", "Km", "CaT"))]
)
def test_derivatives_are_those_of_the_value(name):
    """At the singular points too, autodiff equals central differences."""
    channel = make(name)

    def at(v):
        return outputs(channel, channel.channel_params, v, jnp.asarray(0.3), 0.025)

    compute, slope, curvature = (jax.jit(jax.vmap(f)) for f in (at, jax.jacfwd(at), jax.jacfwd(jax.jacrev(at))))
    v, h = jnp.asarray([*SINGULAR, -63.0, 12.0]), 1e-4

    def differences(function):
        return jax.tree.map(lambda a, b: (a - b) / (2 * h), function(v + h), function(v - h))

    for got, expected in ((slope(v), differences(compute)), (curvature(v), differences(slope))):
        for (path, a), b in zip(jax.tree.leaves_with_path(got), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9, err_msg=jax.tree_util.keystr(path))


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("name", ["HH", "Na", "K", "CaL", "Km", "CaT"])
def test_gates_stay_between_zero_and_one(holds, name, dtype):
    channel, v = make(name), jnp.asarray(VOLTAGES, dtype)
    params = {key: jnp.full_like(v, value) for key, value in channel.channel_params.items()}
    step, beyond = jax.jit(channel.update_states), 0.0
    for start in (0.0, 0.2, 1.0):
        for dt in (0.025, 0.1, 1.0):
            states = {key: jnp.full_like(v, start) for key in channel.channel_states}
            for _ in range(3):
                states = step(states, jnp.asarray(dt, dtype), v, params)
                for value in states.values():
                    beyond = max(beyond, float(-value.min()), float(value.max()) - 1.0)
    holds(6, "gates of channels beyond [0, 1] under clamps, dt up to 1 ms", beyond, at_most=0.0)


@pytest.mark.parametrize("name", ["HH", "Na", "K", "CaL", "Km", "CaT"])
def test_the_initial_state_is_a_fixed_point(name):
    channel, v = make(name), jnp.asarray(VOLTAGES)
    params = {key: jnp.full_like(v, value) for key, value in channel.channel_params.items()}
    rest = channel.init_state({key: jnp.zeros_like(v) for key in channel.channel_states}, v, params, 0.025)
    assert rest.keys() == channel.channel_states.keys()
    for dt in (0.025, 1.0, 1e3):
        for key, value in channel.update_states(rest, dt, v, params).items():
            np.testing.assert_allclose(value, rest[key], rtol=1e-14, atol=1e-300)
