"""Makes reference.npz: what the synapses of Jaxley 0.14 compute, called as black boxes in float64.

    /path/to/python-with-jaxley make_reference.py

For each synapse, default and changed parameters, and two time steps: the states after one step, and the current, on
a grid of pre- and postsynaptic voltages from -150 to 100 mV.
"""

import warnings
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jaxley import synapses  # noqa: E402

NAMES = ("IonotropicSynapse", "TanhRateSynapse", "TanhConductanceSynapse", "TestSynapse")
TIME_STEPS = (0.025, 1.0)  # ms
AXIS = np.linspace(-150.0, 100.0, 26)  # mV


def main() -> None:
    """Run every synapse and write the file next to this script."""
    random = np.random.default_rng(0)
    pre_v, post_v = (grid.ravel() for grid in np.meshgrid(AXIS, AXIS, indexing="ij"))
    n = len(pre_v)
    out = {"pre_v": pre_v, "post_v": post_v, "time_steps": np.array(TIME_STEPS)}
    for name in NAMES:
        synapse = getattr(synapses, name)()
        states = {key: random.uniform(0.0, 1.0, n) for key in synapse.synapse_states}
        before = {key: jnp.asarray(value) for key, value in states.items()}
        out |= {f"{name}/states/{key}": value for key, value in states.items()}
        for case, factor in (("default", 1.0), ("changed", 1.07)):
            params = {key: np.full(n, factor * value) for key, value in synapse.synapse_params.items()}
            given = {key: jnp.asarray(value) for key, value in params.items()}
            at = f"{name}/{case}"
            out |= {f"{at}/params/{key}": value[0] for key, value in params.items()}
            for dt in TIME_STEPS:
                after = synapse.update_states(before, dt, jnp.asarray(pre_v), jnp.asarray(post_v), given)
                out |= {f"{at}/after/{dt}/{key}": np.asarray(value, float) for key, value in after.items()}
            current = synapse.compute_current(before, jnp.asarray(pre_v), jnp.asarray(post_v), given)
            out[f"{at}/current"] = np.broadcast_to(np.asarray(current), n)
    np.savez_compressed(Path(__file__).parent / "reference.npz", **out)


if __name__ == "__main__":
    main()
