"""No NaN or inf in value, first or second derivative of any channel at any voltage (figure 5)."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import channels

NAMES = tuple(name for name in channels.__all__ if name != "Channel")
SINGULAR = (-55.0, -47.0, -45.0, -40.0, -27.0, -20.0, 0.0)  # where HH, Na, K, CaL or CaTGHK is 0/0 as it stands
GRID = np.arange(-15000, 10001) / 100.0  # mV
ULPS = [s + sign * delta for s in SINGULAR for sign in (-1, 1) for delta in (1e-14, 1e-9, 1e-6, 1e-3)]
VOLTAGES = np.unique(np.concatenate([GRID, SINGULAR, ULPS]))
FAR = np.arange(-1000.0, 1000.5, 0.5)  # where no cell goes, but a wild optimiser may


def make(name, surrogate=None):
    """The channel, quietly."""
    if name in ("AdEx", "Fire", "Izhikevich"):
        return getattr(channels, name)(surrogate=surrogate, surrogate_warning=False)
    return getattr(channels, name)()


def outputs(channel, dtype, v, shift):
    """All that a channel computes for one compartment, at a voltage and with its parameters shifted."""
    params = channel.channel_params | {"capacitance": 200.0}
    params = {key: jnp.asarray(value, dtype) * (1 + shift) for key, value in params.items()}
    states = {key: jnp.asarray(0.3, dtype) for key in channel.channel_states}
    after = channel.update_states(states, jnp.asarray(0.025, dtype), v, params)
    own = {key: after.get(key, states[key]) for key in channel.channel_states}
    return after | {
        "current": jnp.asarray(channel.compute_current(own, v, params)),
        "rest": channel.init_state(states, v, params, 0.025),
    }


def derivatives(channel, dtype):
    """Value, first derivatives in voltage and parameters by both modes, and second derivatives, over voltages."""
    compute = functools.partial(outputs, channel, dtype)

    def all_of_them(v):
        zero = jnp.zeros((), dtype)
        first = [jax.jacfwd(compute, argnums=(0, 1)), jax.jacrev(compute)]
        second = [jax.jacfwd(jax.jacrev(compute)), jax.jacrev(jax.jacfwd(compute, argnums=1))]
        return [compute(v, zero), *[function(v, zero) for function in (*first, *second)]]

    return jax.jit(jax.vmap(all_of_them))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("name", NAMES)
def test_everything_is_finite(holds, name, dtype):
    assert set(SINGULAR) <= set(np.asarray(jnp.asarray(VOLTAGES, dtype)).tolist())
    v = jnp.asarray(np.concatenate([VOLTAGES, FAR]) if dtype == jnp.float64 else VOLTAGES, dtype)
    bad = 0
    for path, value in jax.tree.leaves_with_path(derivatives(make(name), dtype)(v)):
        unbounded = ~np.isfinite(np.asarray(value))
        bad += unbounded.sum()
        if unbounded.any():
            print(f"{name}: {jax.tree_util.keystr(path)} at {v[unbounded][:5]} mV")
    holds(5, f"channels, {np.dtype(dtype)}", bad, at_most=0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Fire", "Izhikevich", "AdEx"])
@pytest.mark.parametrize("surrogate", ["superspike", "sigmoid", "triangle"])
def test_surrogates_are_finite(holds, name, surrogate):
    leaves = jax.tree.leaves(derivatives(make(name, surrogate), jnp.float64)(jnp.asarray(VOLTAGES[::10])))
    holds(5, "surrogate gradients", sum((~np.isfinite(np.asarray(leaf))).sum() for leaf in leaves), at_most=0)


@pytest.mark.parametrize("name", ["HH", "Na", "K", "CaL", "Km", "CaT", "CaTGHK"])
def test_derivatives_are_those_of_the_value(name):
    """At the singular points too, autodiff equals central differences."""
    channel = make(name)
    compute = jax.jit(jax.vmap(lambda v: outputs(channel, jnp.float64, v, 0.0)))
    slope = jax.jit(jax.vmap(jax.jacfwd(lambda v: outputs(channel, jnp.float64, v, 0.0))))
    curvature = jax.jit(jax.vmap(jax.jacfwd(jax.jacrev(lambda v: outputs(channel, jnp.float64, v, 0.0)))))
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
