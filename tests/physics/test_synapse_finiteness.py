"""No NaN or inf in value, first or second derivative of any synapse at any voltage (figure 5)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sweeps
from sweeps import GRID

from dendrax import synapses

EVENT_DRIVEN = ("DoubleExpSynapse", "ExpCurrentSynapse", "ExpSynapse")
NAMES = tuple(
    name for name in synapses.__all__ if name != "Synapse" and issubclass(getattr(synapses, name), synapses.Synapse)
)


def make(name, surrogate=None):
    """The synapse, quietly."""
    options = {"surrogate": surrogate, "surrogate_warning": False} if name in EVENT_DRIVEN else {}
    return getattr(synapses, name)(**options)


def count_unbounded(synapse, dtype, pre_v, post_v, state, dt):
    """NaN and infinities in a step and its derivatives in voltages, states and parameters, over pairs of voltages."""

    def compute(x, dt):
        pre_v, post_v, state, shift = x
        params = {key: value * (1 + shift) for key, value in synapse.synapse_params.items()}
        states = dict.fromkeys(synapse.synapse_states, state)
        after = synapse.update_states(states, dt, pre_v, post_v, params)
        current = synapse.compute_current(states | after, pre_v, post_v, params)
        return after, jnp.asarray(current), synapse.equilibrium(states, pre_v, post_v, params)

    return sweeps.count_unbounded(compute, dtype, np.stack([pre_v, post_v, state, np.zeros_like(pre_v)], 1), dt)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("name", NAMES)
def test_everything_is_finite(holds, name, dtype):
    """Through a step at all voltages in +-1e5 mV on each side, which meet themselves and another one."""
    pre_v, state, dt = sweeps.batches(dtype)
    half = np.arange(pre_v.size) % 2 == 0
    post_v = np.where(half, pre_v, np.random.default_rng(0).permutation(pre_v))
    bad = count_unbounded(make(name), dtype, pre_v, post_v, state, dt)
    holds(5, f"synapses, {np.dtype(dtype)}", bad, at_most=0)


@pytest.mark.slow
@pytest.mark.parametrize("surrogate", ["superspike", "sigmoid", "triangle"])
def test_surrogates_are_finite(holds, surrogate):
    v = GRID[::10]
    bad = count_unbounded(
        make("ExpSynapse", surrogate), jnp.float64, v, -v, np.full_like(v, 0.3), np.full_like(v, 0.025)
    )
    holds(5, "surrogate gradients", bad, at_most=0)


@pytest.mark.parametrize("dtype", [jnp.float32, pytest.param(jnp.float64, marks=pytest.mark.slow)])
def test_steep_release_is_finite(dtype):
    """Widths down to 0.1 mV, where exp((v - v_th) / delta) would overflow, and saturated values stay exact."""
    synapse = synapses.IonotropicSynapse()
    v = jnp.asarray(GRID[::10], dtype)

    def s_after(v, delta):
        params = synapse.synapse_params | {"IonotropicSynapse_delta": delta}
        return synapse.update_states({"IonotropicSynapse_s": 0.2}, 0.025, v, v, params)["IonotropicSynapse_s"]

    first = jax.jit(jax.vmap(jax.grad(s_after, argnums=(0, 1)), (0, None)))
    second = jax.jit(jax.vmap(jax.jacfwd(jax.grad(s_after, argnums=(0, 1)), argnums=(0, 1)), (0, None)))
    for delta in (0.1, 1.0, 10.0):
        width = jnp.asarray(delta, dtype)
        for leaf in jax.tree.leaves((first(v, width), second(v, width))):
            assert np.isfinite(np.asarray(leaf)).all()
        s = s_after(v, width)
        assert (s >= 0.19).all()
        assert (s <= 1.0).all()
        if delta < 10.0:
            assert s[-1] == 1.0
