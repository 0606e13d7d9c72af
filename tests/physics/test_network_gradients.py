"""Gradients of a network's voltages by what its synapses are, against central differences."""

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.synapses import GapJunction, IonotropicSynapse, TanhRateSynapse

STEP = 1e-3
"""Of the differences, relative to a value."""


@pytest.fixture
def net() -> jx.Network:
    """Two unequal cells with HH that excite and inhibit each other, with values to train of every kind of sharing."""
    tree = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    made = jx.Network([tree, jx.Cell(jx.Branch(jx.Compartment(), ncomp=3), parents=[-1])])
    made.insert(HH())
    made.set("v", -65.0)
    made.init_states()
    jx.connect(made[0, 1, 1], made.cell(1).comp([0, 2]), IonotropicSynapse())
    jx.connect(made[1, 0, 1], made[0, 2, 0], TanhRateSynapse())
    jx.connect(made[0, 0, 0], made[1, 0, 0], GapJunction())
    made.set("IonotropicSynapse_gS", 1e-3)
    made[0, 0, 0].stimulate(np.full(200, 0.3), verbose=False)
    made.cell(1).comp(2).record("v", verbose=False)
    made[0, 2, 1].record("v", verbose=False)
    made.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)
    made.IonotropicSynapse.make_trainable("IonotropicSynapse_e_syn", -5.0, verbose=False)
    made.IonotropicSynapse.edge(1).make_trainable("IonotropicSynapse_s", verbose=False)
    made.make_trainable("TanhRateSynapse_x_offset", verbose=False)
    made.make_trainable(next(iter(GapJunction().synapse_params)), verbose=False)
    return made


@pytest.mark.slow
def test_gradients_by_synaptic_values_are_central_differences(holds, net):
    flat, unflatten = jax.flatten_util.ravel_pytree(net.get_parameters())
    weights = jnp.linspace(0.5, 1.5, 201)

    @jax.jit
    @jax.value_and_grad
    def both(values):
        return jnp.mean(jx.integrate(net, unflatten(values)) * weights)

    def loss(values):
        return both(values)[0]

    gradient = np.asarray(both(flat)[1])
    assert len(gradient) == 6
    for index, slope in enumerate(gradient):
        step = STEP * min(abs(flat[index]), 10.0)
        one, two = (loss(flat.at[index].add(k * step)) - loss(flat.at[index].add(-k * step)) for k in (1, 2))
        assert slope != 0.0
        difference = (8.0 * one - two) / (12.0 * step)  # of fourth order
        holds(4, "against differences: values of synapses", abs(slope / difference - 1.0), at_most=1e-6)
