"""Values of another precision than JAX's, and JAX without promotion of types: all of it works."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, CaL
from dendrax.pumps import CaPump
from dendrax.synapses import GapJunction, IonotropicSynapse

STEPS = 8


@pytest.fixture(scope="module")
def net():
    """Everything that a step can have: channels, a diffused ion with a pump, synapses, a stimulus, a clamp."""
    made = jx.Network([jx.Cell([jx.Branch(jx.Compartment(), ncomp=2)] * 3, parents=[-1, 0, 0]) for _ in range(2)])
    for mechanism in (HH(), CaL(), CaPump()):
        made.insert(mechanism)
    made.diffuse("CaCon_i")
    jx.connect(made.cell(0).branch(0).comp(0), made.cell(1).branch(0).comp(0), IonotropicSynapse())
    jx.connect(made.cell(1).branch(1).comp(0), made.cell(0).branch(2).comp(1), GapJunction())
    made.record("v", verbose=False)
    for key in ("radius", "capacitance", "HH_gNa"):
        made.make_trainable(key, verbose=False)
    return made


def columns(net, kind, stepper):
    here, there = net.cell(0).branch(0).comp(0), net.cell(1).branch(1).comp(1)
    return jx.integrate(
        net,
        jax.tree.map(lambda leaf: leaf.astype(kind), net.get_parameters()),
        data_stimuli=here.data_stimulate(jnp.full(STEPS, 0.1, kind)),
        data_clamps=there.data_clamp("v", jnp.full(STEPS, -60.0, kind)),
        all_states={"v": jnp.full(12, -70.0, kind)},
        solver=stepper,
    )


@pytest.mark.parametrize(
    "stepper",
    ["bwd_euler", *(pytest.param(one, marks=pytest.mark.slow) for one in ("crank_nicolson", "fwd_euler", "exp_euler"))],
)
def test_float32_beside_float64_and_strict_promotion(net, stepper):
    expected = columns(net, jnp.float64, stepper)
    np.testing.assert_allclose(columns(net, jnp.float32, stepper), expected, rtol=1e-5)  # arguments were rounded
    with jax.numpy_dtype_promotion("strict"):
        np.testing.assert_allclose(columns(net, jnp.float64, stepper), expected, rtol=1e-12)
