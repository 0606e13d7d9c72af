"""Every back end and its derivatives equal the dense oracle on random forests, in any numbering and batch."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrax.engine.solvers import Dense, Doubling, Levels, Sequential, Solver, Sparse, solve_forest
from dendrax.errors import MorphologyError

BRANCHED = [Sequential(), Levels(), Sparse()]
SOLVERS = [*BRANCHED, Doubling()]
solve = jax.jit(solve_forest, static_argnums=0)  # one program for all forests of a size
NAMES = {"ids": lambda solver: type(solver).__name__}


def daily(*names: str, of: list[Solver] = SOLVERS) -> pytest.MarkDecorator:
    """Each solver, of which all but these are slow: the contract holds each of them to the same every day."""
    chosen = [one if type(one).__name__ in names else pytest.param(one, marks=pytest.mark.slow) for one in of]
    return pytest.mark.parametrize("solver", chosen, **NAMES)


def random_forest(seed: int, n: int, branching: float, new_tree: float) -> np.ndarray:
    """Parents of n randomly numbered nodes; each continues the previous one, branches off anywhere, or is a root."""
    rng = np.random.default_rng(seed)
    parent = np.arange(n) - 1
    branches = rng.random(n) < branching
    parent[branches] = (rng.random(branches.sum()) * np.flatnonzero(branches)).astype(int)
    parent[rng.random(n) < new_tree] = -1
    parent[0] = -1
    number = rng.permutation(n)
    renumbered = np.empty(n, np.int64)
    renumbered[number] = np.where(parent < 0, -1, number[parent])
    return renumbered


def random_matrix(parent: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """Diagonal, lower, upper, rhs as the cable equation makes them, but not symmetric; some rows have no capacitance.

    Entries of roots are NaN: nobody may look at them.
    """
    rng = np.random.default_rng(seed)
    n, has_parent = parent.size, parent >= 0
    lower, upper = rng.uniform(0.1, 10, (2, n))
    # Branch points weigh nothing; a tree of nothing but branch points would be singular, so its root weighs something.
    diagonal = np.where(has_parent & (rng.random(n) < 0.3), 0.0, rng.uniform(0.1, 1, n))
    diagonal[has_parent] += lower[has_parent]
    np.add.at(diagonal, parent[has_parent], upper[has_parent])
    return diagonal, np.where(has_parent, -lower, np.nan), np.where(has_parent, -upper, np.nan), rng.normal(size=n)


def trees_for(solver: Solver, seed: int, n: int) -> np.ndarray:
    """A forest that the solver can solve."""
    unbranched = isinstance(solver, Doubling)
    rng = np.random.default_rng(seed)
    return random_forest(seed, n, 0.0 if unbranched else rng.choice([0.0, 0.1, 1.0]), rng.choice([0.0, 0.05, 1.0]))


def relative_error(x, reference) -> float:
    """Largest difference of any pair of arrays, relative to the largest reference value of the pair."""
    pairs = zip(jax.tree.leaves(x), jax.tree.leaves(reference), strict=True)
    return max(float(jnp.abs(a - b).max() / (jnp.abs(b).max() + 1e-300)) for a, b in pairs)


@partial(jax.jit, static_argnums=0)
def both_derivatives(solver: Solver, plan, arrays, tangents, cotangent):
    """Forward along tangents and reverse along a cotangent."""
    f = partial(solve_forest, solver, plan)
    return jax.jvp(f, arrays, tangents)[1], jax.vjp(f, *arrays)[1](cotangent)


@partial(jax.jit, static_argnums=0)
def hessian(solver: Solver, plan, arrays):
    """Of the sum of the cubes of the solution, in everything."""
    return jax.hessian(lambda *a: jnp.sum(solve_forest(solver, plan, *a) ** 3), argnums=(0, 1, 2, 3))(*arrays)


def with_solver(solver: Solver, parent: np.ndarray):
    """(diagonal, lower, upper, rhs) -> x."""
    return partial(solve, solver, solver.plan(parent))


@pytest.mark.parametrize("solver", SOLVERS, **NAMES)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([1, 2, 3, 7, 40, 300]))
def test_solution_equals_dense(solver: Solver, seed: int, n: int):
    parent = trees_for(solver, seed, n)
    arrays = random_matrix(parent, seed)
    assert relative_error(with_solver(solver, parent)(*arrays), with_solver(Dense(), parent)(*arrays)) < 1e-10


@pytest.mark.parametrize("solver", SOLVERS, **NAMES)
@pytest.mark.slow
def test_solution_of_2000_nodes_equals_dense(solver: Solver):
    parent = random_forest(0, 2000, 0.0 if isinstance(solver, Doubling) else 0.1, 0.002)
    arrays = random_matrix(parent, 1)
    assert relative_error(with_solver(solver, parent)(*arrays), with_solver(Dense(), parent)(*arrays)) < 1e-10


@daily("Sequential", "Doubling")
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.sampled_from([1, 2, 9, 60]))
def test_derivatives_equal_dense(solver: Solver, seed: int, n: int):
    parent = trees_for(solver, seed, n)
    arrays = random_matrix(parent, seed)
    rng = np.random.default_rng(seed + 1)
    tangents, cotangent = tuple(rng.normal(size=(4, n))), rng.normal(size=n)

    ours, dense = (both_derivatives(one, one.plan(parent), arrays, tangents, cotangent) for one in (solver, Dense()))
    assert relative_error(ours, dense) < 1e-9


@pytest.mark.parametrize("solver", [Dense(), *SOLVERS], **NAMES)
@pytest.mark.slow
def test_derivative_equals_central_difference(solver: Solver):
    parent = trees_for(solver, 3, 12)
    arrays = tuple(np.nan_to_num(a) for a in random_matrix(parent, 3))
    direction = np.random.default_rng(4).normal(size=(4, 12))
    f = with_solver(solver, parent)
    h = 1e-6
    ahead, behind = (f(*(a + s * h * t for a, t in zip(arrays, direction, strict=True))) for s in (1, -1))
    exact = jax.jvp(f, arrays, tuple(direction))[1]
    assert relative_error((ahead - behind) / (2 * h), exact) < 1e-6


@daily("Levels", "Doubling")
def test_second_derivatives_equal_dense(solver: Solver):
    parent = trees_for(solver, 5, 6)
    arrays = tuple(np.nan_to_num(a) for a in random_matrix(parent, 5))
    ours, dense = (hessian(one, one.plan(parent), arrays) for one in (solver, Dense()))
    assert relative_error(ours, dense) < 1e-9


@daily("Sequential", "Doubling", of=[Dense(), *SOLVERS])
@pytest.mark.parametrize(
    "batched",
    [
        (0, 0, 0, 0),
        pytest.param((None, None, None, 0), marks=pytest.mark.slow),
        pytest.param((0, None, None, None), marks=pytest.mark.slow),
        pytest.param((None, 0, None, 1), marks=pytest.mark.slow),
    ],
)
def test_vmap_equals_loop(solver: Solver, batched: tuple[int | None, ...]):
    n, n_batch = 30, 3
    parent = trees_for(solver, 6, n)
    f = with_solver(solver, parent)
    rng = np.random.default_rng(7)
    single = random_matrix(parent, 6)
    stacked = tuple(
        a if axis is None else np.stack([a * rng.uniform(1, 1.1) for _ in range(n_batch)], axis)
        for a, axis in zip(single, batched, strict=True)
    )
    one = [
        f(*(a if axis is None else np.take(a, k, axis) for a, axis in zip(stacked, batched, strict=True)))
        for k in range(n_batch)
    ]
    assert relative_error(jax.jit(jax.vmap(f, in_axes=batched))(*stacked), jnp.stack(one)) < 1e-13
    gradient = jax.jit(jax.grad(lambda *a: jnp.sum(jax.vmap(f, in_axes=batched)(*a) ** 2), argnums=(0, 3)))(*stacked)
    assert all(np.isfinite(g).all() for g in gradient)


@daily("Levels", of=BRANCHED)
def test_numbering_does_not_matter(solver: Solver):
    n = 200
    parent = random_forest(8, n, 0.1, 0.02)
    arrays = random_matrix(parent, 8)
    number = np.random.default_rng(9).permutation(n)
    renumbered = np.empty(n, np.int64)
    renumbered[number] = np.where(parent < 0, -1, number[parent])
    moved = [np.empty_like(a) for a in arrays]
    for new, old in zip(moved, arrays, strict=True):
        new[number] = old
    x = with_solver(solver, renumbered)(*moved)
    assert relative_error(x[number], with_solver(solver, parent)(*arrays)) < 1e-12


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 50), length=st.integers(1, 10))
def test_cycles_are_refused(seed: int, n: int, length: int):
    rng = np.random.default_rng(seed)
    parent = random_forest(seed, n, 0.3, 0.1)
    ring = rng.permutation(n)[:length]
    parent[ring] = np.roll(ring, 1)
    for solver in [Dense(), *SOLVERS]:
        with pytest.raises(MorphologyError, match="circle"):
            solver.plan(parent)


@daily("Levels", of=BRANCHED[:2])
def test_vmap_over_plans_equals_loop(solver: Solver):
    parent = random_forest(10, 20, 0.2, 0.0)
    reflected = np.where(parent < 0, -1, 19 - parent)[::-1]  # the same tree, numbered backwards
    plans = [solver.plan(parent), solver.plan(reflected)]
    arrays = random_matrix(parent, 10)
    both = [np.stack([a, a[::-1]]) for a in arrays]
    sizes = {tuple(np.shape(leaf) for leaf in jax.tree.leaves(plan)) for plan in plans}
    if len(sizes) > 1:  # plans of one shape only can be stacked: take the same one twice
        plans, both = [plans[0]] * 2, [np.stack([a, 2 * a]) for a in arrays]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *plans)
    x = jax.vmap(partial(solve, solver))(stacked, *both)
    one = [solve(solver, plan, *(a[k] for a in both)) for k, plan in enumerate(plans)]
    assert relative_error(x, jnp.stack(one)) < 1e-13
