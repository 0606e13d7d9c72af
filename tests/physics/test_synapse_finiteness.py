"""No NaN or inf in value, first or second derivative of any synapse at any voltage (figure 5)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import synapses

EVENT_DRIVEN = ("DoubleExpSynapse", "ExpCurrentSynapse", "ExpSynapse")
NAMES = tuple(name for name in synapses.__all__ if name != "Synapse")
GRID = np.arange(-15000, 10001) / 100.0  # mV


def make(name, surrogate=None):
    """The synapse, quietly."""
    options = {"surrogate": surrogate, "surrogate_warning": False} if name in EVENT_DRIVEN else {}
    return getattr(synapses, name)(**options)


def everything(synapse, dtype):
    """Value and first and second derivatives in voltages, states and parameters, over pairs of voltages."""
    params = {key: jnp.asarray(value, dtype) for key, value in synapse.synapse_params.items()}
    dt = jnp.asarray(0.025, dtype)

    def compute(x):
        pre_v, post_v, state, shift = x
        shifted = {key: value * (1 + shift) for key, value in params.items()}
        states = dict.fromkeys(synapse.synapse_states, state)
        after = synapse.update_states(states, dt, pre_v, post_v, shifted)
        current = synapse.compute_current(states | after, pre_v, post_v, shifted)
        out = after, jnp.asarray(current), synapse.equilibrium(states, pre_v, post_v, shifted)
        return out, out

    def first(x):
        slope, value = jax.jacrev(compute, has_aux=True)(x)
        return slope, (value, slope)

    def derivatives(pre_v, post_v, state):
        return jax.jacfwd(first, has_aux=True)(jnp.stack([pre_v, post_v, state, jnp.zeros((), dtype)]))

    return jax.jit(jax.vmap(derivatives, (0, 0, None)))


def pairs():
    """Every voltage on each side, meeting itself and another one."""
    other = np.random.default_rng(0).permutation(GRID)
    return np.concatenate([GRID, GRID]), np.concatenate([GRID, other])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("name", NAMES)
def test_everything_is_finite(holds, name, dtype):
    pre_v, post_v = (jnp.asarray(v, dtype) for v in pairs())
    compute, bad = everything(make(name), dtype), 0
    for state in (0.0, 0.3, 1.0):
        for path, value in jax.tree.leaves_with_path(compute(pre_v, post_v, jnp.asarray(state, dtype))):
            unbounded = ~np.isfinite(np.asarray(value))
            bad += unbounded.sum()
            if unbounded.any():
                at = pre_v[unbounded][:3], post_v[unbounded][:3]
                print(f"{name}: {jax.tree_util.keystr(path)} at {at[0]} and {at[1]} mV")
    holds(5, f"synapses, {np.dtype(dtype)}", bad, at_most=0)


@pytest.mark.slow
@pytest.mark.parametrize("surrogate", ["superspike", "sigmoid", "triangle"])
def test_surrogates_are_finite(holds, surrogate):
    pre_v = jnp.asarray(GRID[::10])
    leaves = jax.tree.leaves(everything(make("ExpSynapse", surrogate), jnp.float64)(pre_v, -pre_v, jnp.array(0.3)))
    holds(5, "surrogate gradients", sum((~np.isfinite(np.asarray(leaf))).sum() for leaf in leaves), at_most=0)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_steep_release_is_finite(dtype):
    """Widths down to 0.1 mV, where exp((v - v_th) / delta) would overflow, and saturated values stay exact."""
    synapse = synapses.IonotropicSynapse()
    v = jnp.asarray(GRID[::10], dtype)

    def s_after(v, delta):
        params = synapse.synapse_params | {"IonotropicSynapse_delta": delta}
        return synapse.update_states({"IonotropicSynapse_s": 0.2}, 0.025, v, v, params)["IonotropicSynapse_s"]

    for delta in (0.1, 1.0, 10.0):
        width = jnp.asarray(delta, dtype)
        first = jax.vmap(jax.grad(s_after, argnums=(0, 1)), (0, None))
        second = jax.vmap(jax.jacfwd(jax.grad(s_after, argnums=(0, 1)), argnums=(0, 1)), (0, None))
        for leaf in jax.tree.leaves((first(v, width), second(v, width))):
            assert np.isfinite(np.asarray(leaf)).all()
        s = s_after(v, width)
        assert (s >= 0.19).all()
        assert (s <= 1.0).all()
        if delta < 10.0:
            assert s[-1] == 1.0
