"""Makes reference.npz: what the channels of Jaxley 0.14 compute, called as black boxes in float64.

    /path/to/python-with-jaxley make_reference.py

For each channel, default and changed parameters, and two time steps: the states after one step, the states in
equilibrium and the current, on voltages from -150 to 100 mV that meet no 0/0 of the reference.
"""

import warnings
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jaxley import channels  # noqa: E402

NAMES = ("HH", "Leak", "Na", "K", "Km", "CaL", "CaT", "Fire", "Izhikevich", "AdEx", "Rate")
VOLTAGES = np.arange(-149.987, 100.0, 1.9731)  # mV
TIME_STEPS = (0.025, 1.0)  # ms
CAPACITANCE = 150.0  # AdEx reads the module's


def main() -> None:
    """Run every channel and write the file next to this script."""
    random = np.random.default_rng(0)
    out = {"voltages": VOLTAGES, "time_steps": np.array(TIME_STEPS), "capacitance": np.array(CAPACITANCE)}
    n = len(VOLTAGES)
    v = jnp.asarray(VOLTAGES)
    for name in NAMES:
        channel = getattr(channels, name)()
        states = {key: random.uniform(0.0, 1.0, n) for key in channel.channel_states}
        if name in ("Fire", "AdEx"):
            states[f"{name}_spikes"] = np.zeros(n)
        for case in ("default", "changed"):
            factor = 1.0 if case == "default" else 1.07
            params = {key: np.full(n, factor * value) for key, value in channel.channel_params.items()}
            if name == "AdEx" and case == "changed":
                params["AdEx_b"] = np.full(n, 60.0)
            given = params | {"capacitance": np.full(n, CAPACITANCE)}
            given = {key: jnp.asarray(value) for key, value in given.items()}
            before = {key: jnp.asarray(value) for key, value in states.items()}
            at = f"{name}/{case}"
            out |= {f"{at}/params/{key}": value[:1] for key, value in params.items()}
            out |= {f"{at}/states/{key}": value for key, value in states.items()}
            for dt in TIME_STEPS:
                after = channel.update_states(before, dt, v, given)
                out |= {f"{at}/after/{dt}/{key}": np.asarray(value, float) for key, value in after.items()}
            rest = channel.init_state(before, v, given, 0.025)
            out |= {f"{at}/rest/{key}": np.broadcast_to(np.asarray(value, float), n) for key, value in rest.items()}
            current = np.asarray(channel.compute_current(before, v, given))
            out[f"{at}/current"] = np.broadcast_to(current, n)
    np.savez_compressed(Path(__file__).parent / "reference.npz", **out)


if __name__ == "__main__":
    main()
