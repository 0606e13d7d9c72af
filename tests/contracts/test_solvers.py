"""Every solver keeps the contract of `solvers.base`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine import native
from dendrax.engine.solvers import Dense, Doubling, Levels, Native, Sequential, Solver, Sparse, solve_forest
from dendrax.errors import MorphologyError, ValueShapeError

SOLVERS = [Dense(), Sequential(), Levels(), Doubling(), Sparse(), *([Native()] if native.library() else [])]
pytestmark = pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: type(solver).__name__)

solve = jax.jit(solve_forest, static_argnums=0)

CABLES = np.array([1, 4, -1, 2, -1])  # 4 <- 1 <- 0 and 2 <- 3


def arrays(dtype=np.float64) -> list[np.ndarray]:
    return [np.array(a, dtype) for a in ([3, 4, 2, 3, 5], [-1] * 5, [-1] * 5, [1, 2, 3, 4, 5])]


def test_compares_by_value(solver: Solver):
    assert solver == type(solver)()
    assert hash(solver) == hash(type(solver)())


def test_has_no_arrays(solver: Solver):
    assert jax.tree.leaves(solver) == []


def test_plan_is_numpy_and_carries_the_parents(solver: Solver):
    plan = solver.plan(CABLES)
    np.testing.assert_array_equal(plan.parent, CABLES)
    assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(plan))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_type(solver: Solver, dtype: type):
    x = solve(solver, solver.plan(CABLES), *arrays(dtype))
    assert x.dtype == dtype
    matrix = np.diag([3.0, 4, 2, 3, 5])
    for child in (0, 1, 3):
        matrix[child, CABLES[child]] = matrix[CABLES[child], child] = -1
    np.testing.assert_allclose(matrix @ np.asarray(x), [1, 2, 3, 4, 5], rtol=1e-5 if dtype == np.float32 else 1e-14)


def test_branch_points_may_come_last(solver: Solver):
    if isinstance(solver, Doubling):
        return  # for cables without branches, see below
    parents = np.array([-1, 6, 6, 1, -1, 4, 0, 4])  # points: 6 of compartments 0, 1, 2 and 7, an end of 4
    plan = solver.plan(parents, n_points=2)
    rng = np.random.default_rng(0)
    lower, upper, rhs = -rng.random(8), -rng.random(8), rng.random(8)
    matrix = np.diag(np.full(8, 4.0))
    for child in np.flatnonzero(parents >= 0):
        matrix[child, parents[child]], matrix[parents[child], child] = lower[child], upper[child]
    x = solve(solver, plan, np.full(8, 4.0), lower, upper, rhs)
    np.testing.assert_allclose(x, np.linalg.solve(matrix, rhs), rtol=1e-14)


def test_plan_may_be_traced(solver: Solver):
    plan = solver.plan(CABLES)
    constant = jax.jit(lambda *a: solve_forest(solver, plan, *a))(*arrays())
    np.testing.assert_allclose(solve(solver, plan, *arrays()), constant, rtol=1e-15)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_unconnected_nodes(solver: Solver, n: int):
    plan = solver.plan(np.full(n, -1))
    x = solve(solver, plan, np.full(n, 2.0), np.full(n, np.nan), np.full(n, np.nan), np.arange(n, dtype=float))
    np.testing.assert_array_equal(x, np.arange(n) / 2)


def test_gradient_of_roots_is_zero(solver: Solver):
    gradient = jax.grad(lambda lower: jnp.sum(solve(solver, plan, d, lower, upper, b)))
    plan, (d, lower, upper, b) = solver.plan(CABLES), arrays()
    g = gradient(lower)
    assert (g[CABLES < 0] == 0).all()
    assert (g[CABLES >= 0] != 0).all()


def test_same_bits_every_time(solver: Solver):
    plan = solver.plan(CABLES)
    f = jax.jit(lambda *a: solve(solver, plan, *a))
    first = f(*arrays())
    assert all((f(*arrays()) == first).all() for _ in range(5))


def test_runs_inside_scan_grad_vmap(solver: Solver):
    plan, (d, lower, upper, b) = solver.plan(CABLES), arrays()

    def last(b):
        return jnp.sum(jax.lax.scan(lambda x, _: (solve(solver, plan, d, lower, upper, x), None), b, length=3)[0])

    single = jax.grad(last)(b)
    np.testing.assert_allclose(jax.vmap(jax.grad(last))(np.stack([b, 2 * b])), [single, single], rtol=1e-14)


@pytest.mark.parametrize(
    ("parents", "text"),
    [
        (np.array([-1, 2]), "Node 1 has parent 2"),
        (np.array([-2, 0]), "Node 0 has parent -2"),
        (np.array([1, 0]), "circle"),
        (np.array([0]), "circle"),
        (np.array([-1.0, 0.0]), "integers"),
        (np.array([[-1, 0]]), "one dimension"),
    ],
)
def test_refuses_what_is_no_forest(solver: Solver, parents: np.ndarray, text: str):
    with pytest.raises(MorphologyError, match=text):
        solver.plan(parents)


def test_refuses_arrays_of_other_length(solver: Solver):
    plan, (d, lower, upper, b) = solver.plan(CABLES), arrays()
    with pytest.raises(ValueShapeError, match=r"`lower` has shape \(4,\), but the plan was made for 5 nodes"):
        solve(solver, plan, d, lower[:4], upper, b)


def test_only_doubling_refuses_branches(solver: Solver):
    parents = np.array([-1, 0, 1, 1])
    if isinstance(solver, Doubling):
        with pytest.raises(MorphologyError, match="Node 1 has 2 children"):
            solver.plan(parents)
    else:
        assert solver.plan(parents).parent.shape == (4,)
