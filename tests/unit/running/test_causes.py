"""Why a run failed: each likely cause is found where it is the cause, with its place and its numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.channels import HH, Leak
from dendrax.engine import stepping
from dendrax.engine.cable import axial_current
from dendrax.engine.methods import choose_solver, choose_stepper
from dendrax.engine.steppers.fwd_euler import stability_limit
from dendrax.errors import ModelValueError, NotFiniteError
from dendrax.integrate import integrate
from dendrax.modules import Branch, Cell, Compartment
from dendrax.modules.lower import lower

PLACE = r"compartment 3 \(branch 1, comp 1\)"


def make_cell() -> Cell:
    """Two branches of two compartments, of unequal size, with a leak and slightly off its rest."""
    cell = Cell(Branch(Compartment(), 2), parents=[-1, 0])
    cell.insert(Leak())
    cell.branch(1).comp(1).set("radius", 0.3)
    cell.set("v", -60.0)
    cell.record("v", verbose=False)
    return cell


def cause(cell: Cell, **options: object) -> str:
    """What the error says of a run that fails."""
    with pytest.raises(NotFiniteError) as caught:
        integrate(cell, **{"t_max": 60.0, "check": True, **options})
    return caught.value.cause


def test_a_negative_conductance_is_named_with_its_place():
    cell = make_cell()
    cell.branch(1).comp(1).set("Leak_gLeak", -0.02)
    said = cause(cell)
    assert "run away before" in said
    # C / |g| = 1 uF/cm^2 / 0.02 S/cm^2 = 0.05 ms
    assert "branch 1, comp 1), so that any voltage grows by e in 0.05 ms" in said
    assert "Leak_gLeak is -0.02 there; make it positive" in said


@pytest.fixture(scope="module")
def limit():
    """The limit as the error computes it, and from the eigenvalues of the matrix."""
    system = lower(make_cell().tables, choose_solver("jaxley.dhs"))
    stepper = choose_stepper("fwd_euler")
    prepared = stepping.prepare_from(system, stepping.parameters(system, (), 0.1, stepper), 0.1, stepper)
    slope = 1e-4 * system.params["area"] * 1e-2  # 1e-4 S/cm^2 [uS]
    columns = jax.vmap(lambda unit: axial_current(system.cable, prepared.axial, unit))(jnp.eye(4))
    scale = np.asarray(prepared.axial.capacitance) ** -0.5
    values, vectors = np.linalg.eigh(scale[:, None] * (np.diag(slope) - np.asarray(columns)) * scale)
    expected = 2.0 / values[-1], np.abs(vectors[:, -1]).argmax()
    return stability_limit(system, prepared.axial, slope), expected


def test_the_limit_of_forward_euler_is_that_of_the_eigenvalues(limit):
    (found, row), (expected, moves_most) = limit
    assert found == pytest.approx(expected, rel=1e-6)
    assert row == moves_most


def test_the_limit_is_named_where_it_is_passed(limit):
    cell, (dt, row) = make_cell(), limit[1]
    cell.branch(0).comp(0).set("v", -50.0)  # or nothing flows along the cable
    assert np.isfinite(integrate(cell, t_max=2000 * dt, delta_t=0.98 * dt, solver="fwd_euler")).all()
    said = cause(cell, t_max=80_000 * dt, delta_t=1.02 * dt, solver="fwd_euler")
    assert f"is too large: forward Euler is stable below {dt:.3g} ms here, as compartment {row} " in said
    assert 'solver="bwd_euler"' in said


class Hasty(Leak):
    """A gate that takes steps of forward Euler, which it can up to twice its time constant of 0.02 ms."""

    def __init__(self):
        super().__init__("Hasty")
        self.channel_states = {"Hasty_m": 0.2}

    def update_states(self, states, dt, v, params):
        return {"Hasty_m": states["Hasty_m"] + dt / 0.02 * (0.5 - states["Hasty_m"])}

    def compute_current(self, states, v, params):
        return params["Hasty_gLeak"] * states["Hasty_m"] ** 4 * (v - params["Hasty_eLeak"])


def test_a_time_step_that_a_channel_cannot_take():
    cell = make_cell()
    cell.branch(1).comp(1).insert(Hasty())
    said = cause(cell, delta_t=0.06)
    assert said.startswith("Hasty_m, which began between 0 and 1 as a gate does, had gone to")
    assert "in compartment 3 (branch 1, comp 1) before" in said
    assert "time step of 0.06 ms is too large for the `update_states` of Hasty" in said
    assert np.isfinite(integrate(cell, t_max=60.0, delta_t=0.03)).all()


def test_a_current_that_is_far_too_strong():
    cell = make_cell()
    data = cell.branch(0).comp(1).data_stimulate(jnp.ones(40))
    data[1][0] = data[1][0] * 1e306
    said = cause(cell, t_max=1.0, data_stimuli=data)
    assert "the stimulus of 1e+306 nA in compartment 1 (branch 0, comp 1) is far too strong" in said


def test_a_matrix_that_makes_voltages_larger():
    cell = make_cell()
    cell.customize_solver_exp_euler(2.0 * np.eye(4))
    assert "makes voltages larger, by up to 2 in a step" in cause(cell, solver="exp_euler")


class Fragile(Leak):
    """Its current is 0 / 0 at a parameter of 0."""

    def __init__(self):
        super().__init__("Fragile")
        self.channel_params = {"Fragile_p": 1.0, "Fragile_gLeak": 1e-4, "Fragile_eLeak": -70.0}

    def compute_current(self, states, v, params):
        share = jnp.where(v > -60.5, 1.0, params["Fragile_p"] / params["Fragile_p"])
        return share * params["Fragile_gLeak"] * (v - params["Fragile_eLeak"])


def test_a_mechanism_that_divides_by_zero():
    cell = make_cell()
    cell.insert(Fragile())
    cell.branch(1).comp(1).set("Fragile_p", 0.0)
    with pytest.raises(
        NotFiniteError, match=rf"i_Fragile became nan in {PLACE}. The cause is in Fragile: .* at -60\.5"
    ):
        integrate(cell, t_max=60.0, check=True)


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_a_capacitance_that_is_not_positive_never_runs(value):
    cell = make_cell()
    cell.branch(1).comp(1).make_trainable("capacitance", verbose=False)
    with pytest.raises(ModelValueError, match=rf"'capacitance' must be .* but is {value} in {PLACE}"):
        integrate(cell, [{"capacitance": jnp.array([value])}], t_max=1.0, check=True)


def test_nobody_pays_for_what_was_not_asked():
    cell = make_cell()
    cell.insert(HH())
    program = jax.make_jaxpr(lambda: integrate(cell, t_max=1.0))()
    assert "is_finite" not in str(program)
    assert "scan" in str(program)
