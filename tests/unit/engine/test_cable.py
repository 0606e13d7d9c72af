import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import cable, overrides
from dendrax.engine.current import MembraneCurrent
from dendrax.engine.prepare import prepare
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.system import Override


@pytest.fixture(scope="module", params=["tree", "single", pytest.param("cable", marks=pytest.mark.slow)])
def system(request, by_hand):
    return {"tree": by_hand.tree, "cable": lambda: by_hand.cable(6), "single": lambda: by_hand.cable(1)}[
        request.param
    ]()


@pytest.fixture(scope="module")
def prepared(system):
    return prepare(system, overrides.apply(system, ())[0], 0.025, BackwardEuler())


def test_total_conductance_is_the_diagonal_of_the_laplacian(system, prepared, by_hand):
    np.testing.assert_allclose(prepared.axial.total, np.diag(by_hand.laplacian(system)), rtol=1e-14)


def test_axial_current_is_kirchhoffs(system, prepared, by_hand):
    v = jnp.linspace(-80.0, 20.0, system.cable.n_comp)
    flowing = cable.axial_current(system.cable, prepared.axial, v)
    np.testing.assert_allclose(flowing, -by_hand.reduced(system) @ v, rtol=1e-11, atol=1e-12)


def test_implicit_step_solves_the_cable_equation(system, prepared, by_hand):
    n = system.cable.n_comp
    v, slope, offset = jnp.linspace(-80.0, 20.0, n), jnp.linspace(0.1, 0.5, n), jnp.linspace(-1.0, 2.0, n)
    after = v + cable.implicit_change(system, prepared.axial, prepared.constants + slope, v, slope * v + offset)
    capacitance = system.params["capacitance"] * system.params["area"] * 1e-5
    matrix = np.diag(capacitance / 0.025 + slope) + by_hand.reduced(system)
    np.testing.assert_allclose(after, np.linalg.solve(matrix, capacitance / 0.025 * v - offset), rtol=1e-12)


def test_charge_is_conserved_in_every_step(system, prepared):
    """Sum of C dV/dt + membrane current - injected current, relative to what flows."""
    n = system.cable.n_comp
    v, slope, offset = jnp.linspace(-80.0, 20.0, n), jnp.linspace(0.1, 0.5, n), jnp.linspace(-1.0, 2.0, n)
    current = MembraneCurrent(slope, slope * v + offset).inject(jnp.array([0]), jnp.array([0.7]))
    after = v + cable.implicit_change(system, prepared.axial, prepared.constants + slope, v, current.now)
    charging = prepared.axial.capacitance * (after - v) / 0.025
    flows = slope * after + offset
    balance = jnp.sum(charging) + jnp.sum(flows) - 0.7
    assert abs(balance) <= 1e-12 * jnp.sum(jnp.abs(charging) + jnp.abs(flows))


def test_a_root_has_no_edge_whoever_comes_first(by_hand):
    """Two cables side by side: nothing flows between them."""
    system = by_hand.make([-1, 0, -1, 2], 4)
    prepared = prepare(system, overrides.apply(system, ())[0], 0.025, BackwardEuler())
    assert list(prepared.axial.conductance == 0) == [True, False, True, False]
    flowing = cable.axial_current(system.cable, prepared.axial, jnp.array([0.0, 0.0, 1.0, 1.0]))
    np.testing.assert_array_equal(flowing, np.zeros(4))


def test_radius_gradient_is_finite_and_right(by_hand):
    """Derivative of one implicit step by the radius of a compartment, against central differences."""
    system = by_hand.tree()

    @jax.jit
    def voltage(radius):
        params, _ = overrides.apply(system, (Override(np.array([2]), radius[None], "radius"),))
        prepared = prepare(system, params, 0.025, BackwardEuler())
        n = system.cable.n_comp
        start, slope = jnp.linspace(-70.0, -60.0, n), 1e-3
        now = (slope * start).at[0].add(-0.5)
        return start + cable.implicit_change(system, prepared.axial, prepared.constants + slope, start, now)

    radius, h = jnp.array(1.3), 1e-5
    central = (voltage(radius + h) - voltage(radius - h)) / (2 * h)
    for slope in jax.jit(lambda at: (jax.jacfwd(voltage)(at), jax.jacrev(voltage)(at)))(radius):
        np.testing.assert_allclose(slope, central, rtol=1e-6, atol=1e-9)
