"""Whatever the voltage, what a .mod file computes is finite, and so are its derivatives, forward and reverse."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.io import nmodl

MODELS = Path(__file__).parent / "models"
SINGULAR = (-60.0, -50.0, -40.03, -38.0, 0.0)
"""Voltages at which a rate of one of the files is 0/0 as it is written [mV]."""

VOLTAGES = np.unique([*np.linspace(-1e3, 1e3, 81), *np.linspace(-90.0, 50.0, 57), *SINGULAR])
QUICK = ("ghks", "linoid")
AROUND = {"radius": 10.0, "length": 20.0, "diameter": 20.0, "area": 1256.6, "celsius": 24.0, "t": 1.0}
FILES = sorted(path.stem for path in MODELS.glob("*.mod"))


def step(mechanism: nmodl.NmodlMechanism, v: jax.Array, params: dict[str, Any]) -> list[jax.Array]:
    """Everything that the mechanism computes in its first step at voltages `v`."""
    states = {key: jnp.full_like(v, value) for key, value in mechanism.state_defaults.items()} | {"v": v}
    states |= {f"i_{ion}": jnp.full_like(v, -1e-3) for ion in mechanism.carries if ion}
    first = states | mechanism.initial(states, v, params, 0.025)
    after = first | mechanism.advance(first, 0.025, v, params)
    after |= mechanism.receive(after, 0.01, params) if mechanism.receives else {}
    return [*first.values(), *after.values(), *mechanism.currents(after, v, params).values()]


@pytest.mark.parametrize("name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in FILES])
def test_values_and_derivatives_are_finite(name: str) -> None:
    """From -1000 to 1000 mV and at singular points; by voltage forward, by voltage and all parameters in reverse."""
    mechanism = nmodl.load(MODELS / f"{name}.mod")()
    defaults = mechanism.parameter_defaults | AROUND

    @jax.jit
    def program(v: jax.Array) -> Any:
        params = {key: jnp.full_like(v, value) for key, value in defaults.items()}
        value, slope = jax.jvp(lambda v: step(mechanism, v, params), (v,), (jnp.ones_like(v),))
        _, pull = jax.vjp(lambda v, params: step(mechanism, v, params), v, params)
        return value, slope, pull([jnp.ones_like(one) for one in value])

    value, slope, back = program(jnp.asarray(VOLTAGES))
    np.testing.assert_allclose(back[0], sum(slope), rtol=1e-9)  # the two ways agree
    for what, those in (("value", value), ("derivative", slope), ("derivative in reverse", back)):
        for one in jax.tree.leaves(those):
            wrong = VOLTAGES[~np.isfinite(np.asarray(one))]
            assert not wrong.size, f"{what} at {wrong}"
