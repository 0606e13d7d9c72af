"""No NaN or inf in value, first or second derivative of any pump at any voltage and concentration (figure 5)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import pumps

NAMES = tuple(name for name in pumps.__all__ if name != "Pump")
GRID = np.arange(-15000, 10001) / 100.0  # mV
SHARED = {"radius": 1.0, "length": 10.0, "axial_resistivity": 5000.0, "capacitance": 1.0, "temperature": 6.3}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("name", NAMES)
def test_everything_is_finite(holds, name, dtype):
    """Concentrations from a millionth of a nanomolar to a molar, currents of both signs."""
    pump = getattr(pumps, name)()
    params = {key: jnp.asarray(value, dtype) for key, value in (pump.channel_params | SHARED).items()}
    rng = np.random.default_rng(0)
    conc = jnp.asarray(rng.permutation(np.geomspace(1e-12, 1e3, GRID.size)), dtype)
    current = jnp.asarray(rng.uniform(-10.0, 10.0, GRID.size), dtype)

    def compute(x):
        v, conc, current, shift = x
        states = {key: current if key.startswith("i_") else conc for key in pump.channel_states}
        shifted = {key: value * (1 + shift) for key, value in params.items()}
        after = pump.update_states(states, jnp.asarray(0.025, dtype), v, shifted)
        flux = jnp.asarray(pump.compute_current(states | after, conc, shifted), dtype)
        return after, flux, pump.init_state(states, v, shifted, 0.025)

    def all_of_them(*x):
        x = jnp.stack([*x, jnp.zeros((), dtype)])
        return compute(x), jax.jacfwd(compute)(x), jax.jacfwd(jax.jacrev(compute))(x)

    leaves = jax.tree.leaves(jax.jit(jax.vmap(all_of_them))(jnp.asarray(GRID, dtype), conc, current))
    holds(5, f"pumps, {np.dtype(dtype)}", sum((~np.isfinite(np.asarray(leaf))).sum() for leaf in leaves), at_most=0)
