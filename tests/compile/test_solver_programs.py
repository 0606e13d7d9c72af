"""Traced solves do not grow with the forest; one program serves all forests of a shape; bits are stable."""

import time

import jax
import numpy as np
import pytest

from dendrax.engine.solvers import Doubling, Levels, Sequential, Solver, solve_forest

SOLVERS = [Sequential(), Levels(), Doubling()]
each_solver = pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: type(solver).__name__)


def forest(solver: Solver, n: int) -> np.ndarray:
    parent = np.arange(n) - 1
    if not isinstance(solver, Doubling):
        parent[2::5] = parent[2::5] // 2
    return parent


def matrix(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform(6, 7, n), -rng.uniform(0, 1, n), -rng.uniform(0, 1, n), rng.normal(size=n)]


@each_solver
@pytest.mark.parametrize("what", ["solve", "gradient"])
def test_program_does_not_grow(solver: Solver, what: str, equations):
    def size(n: int) -> int:
        f = lambda plan, *a: solve_forest(solver, plan, *a)  # noqa: E731
        if what == "gradient":
            f = jax.grad(lambda plan, *a: solve_forest(solver, plan, *a).sum(), argnums=(1, 2, 3, 4))
        return equations(jax.make_jaxpr(f)(solver.plan(forest(solver, n)), *matrix(n)).jaxpr)

    assert size(10) == size(10_000)
    assert size(10) > 20  # the loops' bodies are counted


@each_solver
def test_other_values_and_parents_compile_nothing(solver: Solver):
    traces = []

    @jax.jit
    def f(plan, *arrays):
        traces.append(1)
        return solve_forest(solver, plan, *arrays)

    plan = solver.plan(forest(solver, 50))
    f(plan, *matrix(50))
    f(jax.tree.map(np.copy, plan), *(a * 1.5 for a in matrix(50)))
    assert len(traces) == 1


def test_sequential_gives_the_same_bits_in_any_batch():
    solver, n = Sequential(), 200
    plan = solver.plan(forest(solver, n))
    f = jax.vmap(lambda *a: solve_forest(solver, plan, *a))
    batch = [np.stack([a * (1 + 0.01 * k) for k in range(64)]) for a in matrix(n)]
    whole = jax.jit(f)(*batch)
    for size in (1, 3, 16):
        part = jax.jit(f)(*(a[:size] for a in batch))
        np.testing.assert_array_equal(part, whole[:size])


@pytest.mark.parametrize("kind", ["path", "binary"])
def test_levels_need_few_rounds(kind: str):
    n = 2**14
    parent = np.arange(n) - 1 if kind == "path" else np.where(np.arange(n) == 0, -1, (np.arange(n) - 1) // 2)
    n_rounds, width = Levels().plan(parent).node.shape
    assert n_rounds < 2.5 * np.log2(n)
    assert n_rounds * width < 12 * n


@each_solver
def test_plan_of_100000_nodes_is_fast(solver: Solver):
    parent = forest(solver, 100_000)
    start = time.perf_counter()
    solver.plan(parent)
    assert time.perf_counter() - start < 1.0
