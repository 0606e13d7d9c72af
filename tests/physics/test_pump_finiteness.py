"""No NaN or inf in value, first or second derivative of any pump at any voltage and concentration (figure 5)."""

import jax.numpy as jnp
import numpy as np
import pytest
import sweeps

from dendrax import pumps

NAMES = tuple(name for name in pumps.__all__ if name != "Pump")
SHARED = {"radius": 1.0, "length": 10.0, "axial_resistivity": 5000.0, "capacitance": 1.0, "temperature": 6.3}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("name", NAMES)
def test_everything_is_finite(holds, name, dtype):
    """Concentrations from a millionth of a nanomolar to a molar, currents of both signs."""
    pump = getattr(pumps, name)()
    v, conc, dt = sweeps.batches(dtype)
    rng = np.random.default_rng(0)
    conc = rng.permutation(np.geomspace(1e-12, 1e3, conc.size)).astype(dtype)
    current = rng.uniform(-10.0, 10.0, conc.size).astype(dtype)

    def compute(x, dt):
        v, conc, current, shift = x
        states = {key: current if key.startswith("i_") else conc for key in pump.channel_states}
        params = {key: value * (1 + shift) for key, value in (pump.channel_params | SHARED).items()}
        after = pump.update_states(states, dt, v, params)
        return (
            after,
            jnp.asarray(pump.compute_current(states | after, conc, params), dtype),
            pump.init_state(states, v, params, dt),
        )

    bad = sweeps.count_unbounded(compute, dtype, np.stack([v, conc, current, np.zeros_like(v)], 1), dt)
    holds(5, f"pumps, {np.dtype(dtype)}", bad, at_most=0)
