import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.dynamics import build_dynamic_state_utils
from dendrax.errors import UnknownNameError
from dendrax.integrate import build_init_and_step_fn


@pytest.fixture
def cell():
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
    cell.insert(Leak())
    cell.branch(1).insert(HH())
    cell.branch(1).set("v", -60.0)
    return cell


def test_there_and_back(cell):
    """Currents and padding go, and come back as they were."""
    remove, add, flatten, unflatten = build_dynamic_state_utils(cell)
    all_states, all_params = build_init_and_step_fn(cell)[0]([])
    dynamic = remove(all_states)
    assert {name: len(value) for name, value in dynamic.items()} == {"v": 6, "HH_m": 2, "HH_h": 2, "HH_n": 2}
    vector = flatten(dynamic)
    assert vector.shape == (12,)
    back = add(unflatten(vector), all_params, 0.025)
    assert back.keys() == all_states.keys()
    for name, value in all_states.items():
        np.testing.assert_array_equal(back[name], value, err_msg=name)


@pytest.mark.slow
def test_a_step_of_the_vector_and_its_jacobian(cell):
    """The vector moves as the states do; its Jacobian is that of central differences."""
    remove, add, flatten, unflatten = build_dynamic_state_utils(cell)
    init_fn, step_fn = build_init_and_step_fn(cell)
    all_states, all_params = init_fn([])

    @jax.jit
    def step(vector):
        return flatten(remove(step_fn(add(unflatten(vector), all_params, 0.025), all_params, {}, {}, delta_t=0.025)))

    vector = flatten(remove(all_states))
    np.testing.assert_allclose(step(vector), flatten(remove(step_fn(all_states, all_params, {}, {}))), rtol=1e-14)
    h = 1e-5
    differences = [(step(vector + h * unit) - step(vector - h * unit)) / (2 * h) for unit in jnp.eye(len(vector))]
    np.testing.assert_allclose(jax.jit(jax.jacfwd(step))(vector), jnp.stack(differences, axis=1), atol=1e-7)


def test_states_of_something_else(cell):
    remove = build_dynamic_state_utils(cell)[0]
    with pytest.raises(UnknownNameError, match=r"lack \['HH_h', 'HH_m', 'HH_n'\]"):
        remove({"v": jnp.ones(6)})
