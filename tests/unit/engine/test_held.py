"""Clamps hold inside the solve: every method and back end against the matrix without the rows that are held."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.linalg import expm

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.engine import native
from dendrax.engine.current import Held, MembraneCurrent
from dendrax.engine.methods import choose_solver
from dendrax.engine.prepare import prepare
from dendrax.engine.simulate import Job, simulate
from dendrax.engine.solvers import ByDevice, Dense, Doubling, Levels, Native, Sequential, Sparse, Unplanned
from dendrax.engine.steppers.base import CableStep
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.steppers.crank_nicolson import CrankNicolson
from dendrax.engine.steppers.exp_euler import ExponentialEuler, expm1_over, mean_expm1_over
from dendrax.engine.steppers.fwd_euler import ForwardEuler
from dendrax.engine.system import Inputs, Override, Recordings
from dendrax.errors import ModelStateError
from dendrax.integrate import build_init_and_step_fn
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules.lower import lower

STEPPERS = [BackwardEuler(), CrankNicolson(), ForwardEuler(), ExponentialEuler()]
each_stepper = pytest.mark.parametrize(
    "stepper",
    [one if n != 1 else pytest.param(one, marks=pytest.mark.slow) for n, one in enumerate(STEPPERS)],
    ids=lambda one: type(one).__name__,
)
NATIVE = [Native(), ByDevice(Native(), Levels())] if native.library() else []

G, E, DT, N = 5e-4, -65.0, 0.1, 4  # S/cm2, mV, ms, steps
HELD = np.array([7, 2])  # in this order; 2 and 7 are next to both branch points
PRE, POST, GAP = [2, 7, 8, 5], [7, 5, 0, 4], 0.02  # both sides held, one, none; [uS]


class Gap(Synapse):
    """A gap junction."""

    couples = True

    def __init__(self):
        super().__init__()
        self.synapse_params, self.synapse_states = {"Gap_g": GAP}, {}

    def conductance(self, params):
        return params["Gap_g"]

    def compute_current(self, states, pre_v, post_v, params):
        return params["Gap_g"] * (post_v - pre_v)


class Numbers(eqx.Module):
    """All that a run depends on, so that one call differentiates in everything."""

    targets: jax.Array
    v: jax.Array
    resistivity: jax.Array
    leak: jax.Array
    gap: jax.Array

    @classmethod
    def usual(cls, n_steps=N):
        time = np.arange(n_steps)
        return cls(
            targets=jnp.asarray([-20 + 5 * np.sin(time), -90 + 3 * np.cos(time)]),
            v=jnp.linspace(-80.0, -60.0, 9),
            resistivity=jnp.linspace(80.0, 130.0, 9),
            leak=jnp.full(9, G),
            gap=jnp.linspace(0.5, 1.5, len(PRE)) * GAP,
        )


def tree(by_hand, solver, gaps=False):
    synapses = [(Gap(), PRE, POST)] if gaps else []
    return by_hand.tree([(by_hand.Passive(e=E), None)], solver=solver, synapses=synapses)


def ours(system, stepper, numbers, rows=HELD):
    """All voltages at all steps. (comp, column)"""
    changed = {"v": numbers.v, "axial_resistivity": numbers.resistivity, "Passive_g": numbers.leak}
    if system.synapses:
        changed["Gap_g"] = numbers.gap
    overriding = tuple(Override(np.arange(len(value)), value, key) for key, value in changed.items())
    everywhere = np.arange(9, dtype=np.int32)
    inputs = Inputs({"v": np.asarray(rows, np.int32)}, {"v": numbers.targets})
    kept = Recordings({"v": everywhere}, everywhere)
    return simulate(Job(system, overriding, None, inputs, kept, DT, stepper, numbers.targets.shape[1]))[0]


def operator(system, numbers):
    """Axial and gap conductances between compartments, branch points eliminated [uS]; current into i is -(K v)_i."""
    parent, n, p = np.asarray(system.cable.parent), 9, system.params
    into, away = (numbers.resistivity * 1e-2 * p[f"resistive_load_{one}"] for one in ("in", "out"))
    into, away = (jnp.pad(load, (0, len(parent) - n)) for load in (into, away))
    i = np.flatnonzero(parent >= 0)
    j = parent[i]
    g = 1 / (into[i] + away[j])
    if system.synapses:
        i, j, g = np.append(i, PRE), np.append(j, POST), jnp.append(g, numbers.gap)
    ends = np.concatenate([i, j, i, j]), np.concatenate([i, j, j, i])
    whole = jnp.zeros((len(parent), len(parent))).at[ends].add(jnp.concatenate([g, g, -g, -g]))
    return whole[:n, :n] - whole[:n, n:] @ jnp.linalg.solve(whole[n:, n:], whole[n:, :n])


def expected(system, stepper, numbers, rows=HELD):
    """The same by the textbook, where rows and columns that are held are taken out of the matrix."""
    p, k = system.params, operator(system, numbers)
    c, s = p["capacitance"] * p["area"] * 1e-5, numbers.leak * p["area"] * 1e-2
    free = np.setdiff1d(np.arange(9), rows)
    v, columns = numbers.v, [numbers.v]

    def solved(excess, rhs, target):
        matrix = (jnp.diag(excess) + k)[free][:, free]
        solution = jnp.linalg.solve(matrix, rhs[free] - k[free][:, rows] @ target)
        return jnp.zeros(9).at[free].set(solution).at[rows].set(target)

    for target in numbers.targets.T:
        start = v.at[rows].set(target)
        if isinstance(stepper, BackwardEuler):
            v = solved(c / DT + s, c / DT * v + s * E, target)
        elif isinstance(stepper, CrankNicolson):
            v = 2 * solved(2 * c / DT + s, 2 * c / DT * v + s * E, 0.5 * (v[rows] + target)) - v
        elif isinstance(stepper, ForwardEuler):
            v = (v + DT / c * (-k @ start - s * (v - E))).at[rows].set(target)
        else:
            relaxed = (E + (v - E) * jnp.exp(-DT * s / c)).at[rows].set(target)
            v = expm((-DT * k / c[:, None]).at[rows].set(0.0)) @ relaxed
        columns.append(v)
    return jnp.stack(columns, 1)


@each_stepper
def test_every_method_is_the_textbook_without_the_rows_that_are_held(by_hand, stepper):
    """In a tree with gap junctions, from an initial voltage that is not the clamp's."""
    system, numbers = tree(by_hand, choose_solver("jaxley.dhs"), gaps=True), Numbers.usual()
    found = eqx.filter_jit(ours)(system, stepper, numbers)
    np.testing.assert_allclose(found, expected(system, stepper, numbers), rtol=1e-10)
    np.testing.assert_array_equal(found[HELD, 1:], numbers.targets)
    np.testing.assert_array_equal(found[:, 0], numbers.v)


@pytest.mark.parametrize(
    "solver",
    [
        Levels(),
        Sparse(),
        *NATIVE[:1],
        *(pytest.param(one, marks=pytest.mark.slow) for one in (Dense(), Sequential(), Unplanned(), *NATIVE[1:])),
    ],
    ids=lambda one: type(one).__name__,
)
def test_every_back_end_holds(by_hand, solver):
    system, numbers = tree(by_hand, solver), Numbers.usual()
    found = eqx.filter_jit(ours)(system, BackwardEuler(), numbers)
    np.testing.assert_allclose(found, expected(system, BackwardEuler(), numbers), rtol=1e-10)


@pytest.mark.parametrize(
    "solver", [Doubling(), pytest.param(Dense(), marks=pytest.mark.slow)], ids=lambda one: type(one).__name__
)
def test_a_cable_that_is_held_in_the_middle(by_hand, solver):
    system = by_hand.cable(9, [(by_hand.Passive(e=E), None)], solver=solver)
    numbers = Numbers.usual()
    found = eqx.filter_jit(partial(ours, rows=np.array([4, 8])))(system, CrankNicolson(), numbers)
    np.testing.assert_allclose(found, expected(system, CrankNicolson(), numbers, np.array([4, 8])), rtol=1e-10)


@pytest.mark.parametrize(
    ("solver", "stepper", "gaps"),
    [
        (NATIVE[-1] if NATIVE else Sequential(), BackwardEuler(), False),
        pytest.param(NATIVE[0] if NATIVE else Sequential(), CrankNicolson(), True, marks=pytest.mark.slow),
        pytest.param(Levels(), CrankNicolson(), False, marks=pytest.mark.slow),
    ],
    ids=["default", "gaps", "levels"],
)
def test_derivatives_in_everything_of_first_and_second_order(by_hand, solver, stepper, gaps):
    system, numbers = tree(by_hand, solver, gaps), Numbers.usual(2)
    arrays, treedef = jax.tree.flatten(numbers)
    random = np.random.default_rng(0)
    along = [jnp.asarray(random.normal(size=a.shape)) * jnp.abs(a) * 0.1 for a in arrays]

    def derivatives(run):
        def loss(*arrays):
            v = run(system, stepper, jax.tree.unflatten(treedef, arrays))
            return jnp.sum(jnp.sin(v / 20.0) * jnp.arange(1.0, 10.0)[:, None])

        reverse = jax.grad(loss, range(len(arrays)))
        forward = jax.jvp(loss, arrays, along)[1]
        by_forward = jax.jvp(reverse, arrays, along)[1]
        return reverse(*arrays), forward, by_forward

    found, exact = (eqx.filter_jit(derivatives)(run) for run in (ours, expected))
    for name, mine, right in zip(("reverse", "forward", "second"), found, exact, strict=True):
        for one, other in zip(jax.tree.leaves(mine), jax.tree.leaves(right), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9 * np.abs(other).max(), err_msg=name)


@pytest.mark.parametrize("gaps", [pytest.param(False, marks=pytest.mark.slow), True])
@pytest.mark.slow
def test_float32_holds_within_its_rounding(by_hand, gaps):
    exact_system, exact = tree(by_hand, Dense(), gaps), Numbers.usual(2)

    def loss(numbers, run, system):
        return jnp.sum(run(system, BackwardEuler(), numbers) ** 2)

    value, gradient = jax.jit(jax.value_and_grad(lambda numbers: loss(numbers, expected, exact_system)))(exact)
    with jax.enable_x64(False):
        single = jax.tree.map(lambda a: jnp.asarray(np.asarray(a), jnp.float32), exact)
        system = tree(by_hand, choose_solver("jaxley.dhs"), gaps)
        found, of_found = eqx.filter_jit(eqx.filter_value_and_grad(loss))(single, ours, system)
    assert found.dtype == np.float32
    eps = np.finfo(np.float32).eps
    np.testing.assert_allclose(found, value, rtol=100 * eps)
    for one, other in zip(jax.tree.leaves(of_found), jax.tree.leaves(gradient), strict=True):
        np.testing.assert_allclose(one, other, rtol=2000 * eps, atol=2000 * eps * float(np.abs(other).max()))


@pytest.mark.parametrize(
    "stepper",
    [ExponentialEuler(), *(pytest.param(one, marks=pytest.mark.slow) for one in STEPPERS[:3])],
    ids=lambda one: type(one).__name__,
)
def test_all_compartments_may_be_held(by_hand, stepper):
    system, numbers = tree(by_hand, Sequential(), gaps=True), Numbers.usual()
    targets = jnp.linspace(-80.0, -20.0, 9 * N).reshape(9, N)
    all_held = eqx.tree_at(lambda n: n.targets, numbers, targets)
    found = eqx.filter_jit(partial(ours, rows=np.arange(9)))(system, stepper, all_held)
    np.testing.assert_array_equal(found[:, 1:], targets)


@pytest.mark.parametrize(
    "stepper",
    [pytest.param(BackwardEuler(), marks=pytest.mark.slow), ExponentialEuler()],
    ids=lambda one: type(one).__name__,
)
def test_an_ion_that_diffuses_is_held_inside_its_solve(by_hand, stepper):
    """A ramp between two ends that are held is where diffusion rests, at any step."""
    n, d, rows = 9, 50.0, np.array([0, 8])
    system = by_hand.cable(n, diffused=("ca",), axial_diffusion_ca=d, radius=1.0, length=5.0, solver=Sequential())
    ca = by_hand.run(
        system, {"ca": range(n)}, 200, 2.0, stepper, {"ca": (rows, np.array([[1.0], [3.0]]) @ np.ones((1, 200)))}
    )
    np.testing.assert_allclose(ca["ca"][:, -1], np.linspace(1.0, 3.0, n), rtol=1e-10)
    one = ca["ca"][:, 1]
    rate = d / 25.0 * (np.diag(np.ones(n - 1), 1) + np.diag(np.ones(n - 1), -1) - 2 * np.eye(n))
    rate[rows] = 0.0
    start = np.zeros(n)
    start[rows] = [1.0, 3.0]
    exact = {
        "BackwardEuler": lambda: np.linalg.solve(np.eye(n) - 2.0 * rate, start),
        "ExponentialEuler": lambda: expm(2.0 * rate) @ start,
    }[type(stepper).__name__]()
    np.testing.assert_allclose(one, exact, rtol=1e-11)


@pytest.mark.parametrize(
    ("stepper", "held"),
    [
        *((one, True) for one in (STEPPERS[0], *STEPPERS[2:])),
        pytest.param(STEPPERS[1], True, marks=pytest.mark.slow),
        *(pytest.param(one, False, marks=pytest.mark.slow) for one in STEPPERS),
    ],
    ids=lambda one: type(one).__name__ if one in STEPPERS else str(one),
)
def test_what_a_compartment_gains_is_what_flows_into_it(by_hand, stepper, held):
    """C dv/dt = inflow - I at the voltage of the line, where nothing is held; and inflow sums to zero."""
    system = by_hand.tree(synapses=[(Gap(), PRE, POST)], solver=Sequential())
    params = jax.tree.map(jnp.asarray, system.params)
    c = system.params["capacitance"] * system.params["area"] * 1e-5
    random = np.random.default_rng(1)
    v, slope, now = (jnp.asarray(random.normal(size=9)) * scale for scale in (10.0, 1e-3, 0.1))
    slope = slope.at[3].set(0.0)
    holding = Held(jnp.asarray(HELD), jnp.array([30.0, -20.0])) if held else None

    @jax.jit
    def step(v, slope, now):
        rows = {"v": holding.rows} if held else None
        ready, line = prepare(system, params, DT, stepper, held=rows), MembraneCurrent(slope, now)
        to_make = CableStep(system, ready.axial, ready.constants, v, line, DT, holding)
        after = stepper.advance(to_make)
        return after, stepper.inflow(to_make, after), stepper.line_voltage(to_make, after)

    after, inflow, at = step(v, slope, now)
    size = float(np.abs(c * np.asarray(after - v) / DT).max() + np.abs(inflow).max())
    free = np.setdiff1d(np.arange(9), HELD if held else [])
    gained = c * (after - v) / DT
    np.testing.assert_allclose(gained[free], (inflow - now - slope * (at - v))[free], atol=1e-11 * size)
    assert abs(float(inflow.sum())) < 1e-11 * size
    assert float(np.abs(inflow).max()) > 1e-3 * size


def test_the_mean_of_a_relaxation_is_smooth():
    x = jnp.array([-50.0, -1.0, -0.2501, -0.2499, -1e-9, 0.0, 1e-9, 0.2499, 0.2501, 3.0])
    points, weights = np.polynomial.legendre.leggauss(60)
    at = 0.5 * (points + 1)[:, None]
    np.testing.assert_allclose(
        mean_expm1_over(x), 0.5 * weights @ np.asarray(at * jax.vmap(expm1_over)(at * x)), rtol=1e-13
    )


def cable_of_leak(n=20):
    """The cable of 40 um of the issue, and where it settles with its first compartment at 0 mV, by a linear solve."""
    branch = jx.Branch(jx.Compartment(), n)
    branch.set("length", 40.0 / n)
    branch.set("radius", 1.0)
    branch.insert(Leak())
    branch.record("v", verbose=False)
    area, axial = 2 * np.pi * 40.0 / n * 1e-2, np.pi / (5000.0 * 40.0 / n) * 1e2  # [nA / (mA/cm2)], [uS]
    leak = 1e-4 * area
    matrix = leak * np.eye(n) + axial * (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1))
    matrix[-1, -1] -= axial
    matrix[0] = np.eye(n)[0]
    return branch, np.linalg.solve(matrix, np.where(np.arange(n) > 0, leak * -70.0, 0.0))


@pytest.mark.parametrize(
    ("solver", "steps", "n_steps"),
    [
        ("bwd_euler", (0.025, 0.1, 10.0), 1000),
        ("crank_nicolson", (0.025, 0.1), 2000),
        pytest.param("fwd_euler", (1e-3, 5e-4), 30000, marks=pytest.mark.slow),
    ],
)
def test_the_cable_of_the_issue_settles_where_a_linear_solve_says(solver, steps, n_steps):
    branch, exact = cable_of_leak()
    assert abs(exact[1] - -0.506) < 1e-3
    branch.comp(0).clamp("v", np.zeros(n_steps), verbose=False)
    last = jax.jit(lambda dt: jx.integrate(branch, delta_t=dt, solver=solver, record_every=n_steps)[:, -1])
    for dt in steps:
        np.testing.assert_allclose(last(dt), exact, atol=1e-8, err_msg=f"{dt}")


def test_exponential_euler_is_exact_without_a_leak_and_of_first_order_with_it():
    """The splitting adds the leak of a whole step before the cable sees it: half of that is missing on average."""
    branch, exact = cable_of_leak()
    n_steps = 2000
    branch.comp(0).clamp("v", np.zeros(n_steps), verbose=False)
    run = jax.jit(
        lambda dt, leak: jx.integrate(
            branch,
            delta_t=dt,
            solver="exp_euler",
            record_every=n_steps,
            param_state=branch.data_set("Leak_gLeak", leak),
        )[:, -1]
    )
    errors = [float(np.abs(run(dt, 1e-4) - exact).max()) for dt in (0.02, 0.01)]
    assert errors[0] <= 0.5 * 0.02 * 1e-4 * 70.0 * 1e3  # g v / C = 7 mV/ms
    np.testing.assert_allclose(np.log2(errors[0] / errors[1]), 1.0, atol=0.05)
    np.testing.assert_allclose(run(10.0, 0.0), np.zeros(20), atol=1e-11)


def test_a_traced_cell_clamped_at_its_soma():
    cell = jx.read_swc("../shared/data/ca1_n120.swc", ncomp=1)
    cell.insert(Leak())
    cell.record("v", verbose=False)
    n_steps = 60
    soma = cell.soma.branch(0).comp(0) if "soma" in cell.group_names else cell.branch(0).comp(0)
    row = int(soma.nodes.index[0])
    soma.clamp("v", np.zeros(n_steps), verbose=False)
    found = jx.integrate(cell, delta_t=10.0)[:, -1]
    system = lower(cell.tables, choose_solver("jaxley.dhs"))
    p, parent, n = system.params, np.asarray(system.cable.parent), system.cable.n_comp
    into, away = (
        np.pad(p["axial_resistivity"] * 1e-2 * p[f"resistive_load_{one}"], (0, len(parent) - n))
        for one in ("in", "out")
    )
    child = np.flatnonzero(parent >= 0)
    g = 1 / (into[child] + away[parent[child]])
    matrix = np.diag(np.pad(1e-4 * p["area"] * 1e-2, (0, len(parent) - n)))
    for i, j, one in zip(child, parent[child], g, strict=True):
        matrix[[i, j], [i, j]] += one
        matrix[i, j] -= one
        matrix[j, i] -= one
    rhs = np.pad(1e-4 * p["area"] * 1e-2 * -70.0, (0, len(parent) - n))
    matrix[row], rhs[row] = np.eye(len(parent))[row], 0.0
    np.testing.assert_allclose(found, np.linalg.solve(matrix, rhs)[:n], atol=1e-8)


@pytest.mark.parametrize("solver", ["bwd_euler", pytest.param("exp_euler", marks=pytest.mark.slow)])
def test_runs_in_chunks_and_steps_by_hand_hold_as_well(solver):
    cell = jx.Cell(jx.Branch(jx.Compartment(), 2), parents=[-1, 0, 0])
    cell.insert(HH())
    cell.record("v", verbose=False)
    held = np.linspace(-70.0, -30.0, 20)
    cell.branch(1).comp(0).clamp("v", held, verbose=False)
    whole = jx.integrate(cell, solver=solver)
    np.testing.assert_array_equal(jx.integrate(cell, solver=solver, check=True), whole)
    init, step = build_init_and_step_fn(cell, solver=solver)
    states, params = init(cell.get_parameters())
    for k in range(20):
        states = step(states, params, {"v": held[k : k + 1]})
        np.testing.assert_allclose(states["v"], whole[:, k + 1], rtol=1e-12)


def test_a_matrix_of_the_users_and_a_clamp_exclude_each_other():
    branch, _ = cable_of_leak(4)
    branch.customize_solver_exp_euler(np.eye(4))
    jx.integrate(branch, t_max=0.1, solver="exp_euler")
    branch.comp(0).clamp("v", np.zeros(4), verbose=False)
    with pytest.raises(ModelStateError, match=r"customize_solver_exp_euler.*delete_clamps.*bwd_euler"):
        jx.integrate(branch, t_max=0.1, solver="exp_euler")
    jx.integrate(branch, t_max=0.1)
