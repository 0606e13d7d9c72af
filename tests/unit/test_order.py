"""NEURON's order of a step: the voltage first, and then the mechanisms at the new voltage."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import ModelValueError
from dendrax.integrate import build_init_and_step_fn

STEPS, DT = 80, 0.025


@pytest.fixture(scope="module")
def cell() -> jx.Cell:
    """An axon whose gates are not in equilibrium."""
    cell = jx.Cell([jx.Branch([jx.Compartment()] * 2)], [-1])
    cell.insert(HH())
    cell.set("v", -60.0)
    cell.branch(0).comp(0).stimulate(np.full(STEPS, 0.1), verbose=False)
    cell.record("v", verbose=False)
    cell.record("HH_m", verbose=False)
    cell.make_trainable("HH_gNa", verbose=False)
    return cell


def run(cell: jx.Cell, params: list, order: str | None, **how) -> jax.Array:
    return jx.integrate(cell, params, t_max=STEPS * DT, delta_t=DT, order=order, **how)


@pytest.fixture(scope="module")
def columns(cell) -> np.ndarray:
    with jax.enable_x64(True):
        return np.asarray(run(cell, cell.get_parameters(), "neuron"))


def test_it_is_the_other_order_without_the_first_advance_of_mechanisms(cell, columns):
    # From its second column on, the voltages are those of a run in the other order that begins there with the gates of
    # the very beginning; the gates of that run are one column late.
    later = cell.copy()
    later.delete_stimuli()
    later.branch(0).comp(0).stimulate(np.full(STEPS - 1, 0.1), verbose=False)
    for comp in range(2):
        later.branch(0).comp(comp).set("v", columns[comp, 1])
    with jax.enable_x64(True):
        other = np.asarray(jx.integrate(later, t_max=(STEPS - 1) * DT, delta_t=DT))
    np.testing.assert_allclose(columns[:2, 1:], other[:2], rtol=0, atol=1e-12)
    np.testing.assert_allclose(columns[2:, :-1], other[2:], rtol=0, atol=1e-13)
    assert np.abs(columns[:2, :-1] - other[:2]).max() > 0.01


def test_chunks_and_the_order_of_a_model_give_the_same_bits(cell, columns):
    ordered = cell.copy()
    ordered.tables.order = "neuron"
    with jax.enable_x64(True):
        assert (np.asarray(run(ordered, cell.get_parameters(), None, progress=True)) == columns).all()
        assert (np.asarray(run(ordered, cell.get_parameters(), "states first")) != columns).any()
    assert ordered.copy().tables.order == jx.Network([ordered, cell]).tables.order == "neuron"


def test_steps_by_hand_are_those_of_a_run(cell, columns):
    init, step = build_init_and_step_fn(cell, order="neuron")
    with jax.enable_x64(True):
        states, params = init(cell.get_parameters())
        by_hand = jax.jit(lambda states: step(states, params, {"i": jnp.array([0.1])}, {"i": np.array([0])}))
        for column in range(1, 4):
            states = by_hand(states)
            np.testing.assert_allclose(states["v"], columns[:2, column], rtol=0, atol=1e-12)


def test_many_runs_and_steps_of_a_module_take_its_order(cell, columns):
    ordered = cell.copy()
    ordered.tables.order = "neuron"
    params = ordered.get_parameters()
    with jax.enable_x64(True):
        how = {"t_max": STEPS * DT, "delta_t": DT, "progress": False}
        (many,) = jx.integrate_many(ordered, [params], **how)
        np.testing.assert_allclose(many, columns, rtol=0, atol=1e-12)
        (first,) = jx.integrate_many(ordered, [params], order="states first", **how)
        assert np.abs(first - columns).max() > 0.01
        all_params = ordered.get_all_parameters([])
        states = ordered.append_channel_currents_to_states(ordered.get_all_states([]), all_params, DT)
        after = ordered.step(states, DT, {"i": np.array([0])}, {"i": jnp.array([0.1])}, all_params)
        np.testing.assert_allclose(after["v"], columns[:2, 1], rtol=0, atol=1e-12)


def test_gradients_are_those_of_differences(cell):
    def loss(params: list) -> jax.Array:
        return jnp.mean(run(cell, params, "neuron")[0])

    with jax.enable_x64(True):
        params, both = cell.get_parameters(), jax.jit(jax.value_and_grad(loss))
        shifted = [[{"HH_gNa": params[0]["HH_gNa"] + by}] for by in (-1e-5, 1e-5)]
        low, high = (both(one)[0] for one in shifted)
        np.testing.assert_allclose(both(params)[1][0]["HH_gNa"][0], (high - low) / 2e-5, rtol=1e-6)


def test_no_other_order(cell):
    with pytest.raises(ModelValueError, match=r"order='NEURON' is not known\. Choose one of: 'states first', 'neuron'"):
        jx.integrate(cell, t_max=1.0, order="NEURON")
    with pytest.raises(ModelValueError, match="order='' is not known"):
        jx.integrate(cell, t_max=1.0, order="")
