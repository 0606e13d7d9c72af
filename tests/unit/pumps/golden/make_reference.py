"""Makes reference.npz: what the pumps of Jaxley 0.14 compute, called as black boxes in float64.

    /path/to/python-with-jaxley make_reference.py

For each pump, default and changed parameters, on concentrations from 1e-6 to 1 mM and calcium currents of both
signs: the states that change in a step and minus the rate of change of the concentration.
"""

import warnings
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from jaxley import pumps  # noqa: E402
from jaxley.pumps.faraday_electrolysis import convert_current_to_molarity_change  # noqa: E402

NAMES = ("CaPump", "CaFaradayConcentrationChange", "CaNernstReversal")
SIZE = 121


def main() -> None:
    """Run every pump and write the file next to this script."""
    random = np.random.default_rng(0)
    inside, current = np.geomspace(1e-6, 1.0, SIZE), random.normal(0.0, 1e-2, SIZE)
    radius, valence = random.uniform(0.1, 20.0, SIZE), random.choice([-1.0, 1.0, 2.0], SIZE)
    given = {"i_Ca": current, "CaCon_i": inside, "CaCon_e": random.uniform(0.1, 5.0, SIZE), "eCa": np.zeros(SIZE)}
    out = {"radius": radius, "valence": valence} | {f"states/{key}": value for key, value in given.items()}
    change = convert_current_to_molarity_change(jnp.asarray(current), jnp.asarray(valence), jnp.asarray(radius))
    out["molarity_change"] = np.asarray(change)
    for name in NAMES:
        pump = getattr(pumps, name)()
        states = {key: jnp.asarray(given[key]) for key in pump.channel_states}
        for case in ("default", "changed"):
            factor = 1.0 if case == "default" else 1.07
            own = {key: np.full(SIZE, factor * value) for key, value in pump.channel_params.items()}
            params = {key: jnp.asarray(value) for key, value in {**own, "radius": radius}.items()}
            at = f"{name}/{case}"
            out |= {f"{at}/params/{key}": value[:1] for key, value in own.items()}
            after = pump.update_states(states, 0.025, jnp.zeros(SIZE), params)
            out |= {f"{at}/after/{key}": np.asarray(value) for key, value in after.items()}
            flux = pump.compute_current(states, states[pump.ion_name], params)
            out[f"{at}/flux"] = np.broadcast_to(np.asarray(flux, float), SIZE)
    np.savez_compressed(Path(__file__).parent / "reference.npz", **out)


if __name__ == "__main__":
    main()
