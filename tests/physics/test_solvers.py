"""Every linear solver and its derivatives agree with the dense one, on forests of up to 2,000 nodes (figure 9)."""

from collections.abc import Callable

import jax
import numpy as np
import pytest
from borrowed import module_of_tests

from dendrax.engine import native
from dendrax.engine.solvers import Dense, Doubling, Levels, Native, Sequential, Solver, Sparse, solve_forest

random_forests = module_of_tests("property/test_solvers.py")

SOLVERS = [Sequential(), Levels(), Sparse(), Doubling(), *([Native()] if native.library() else [])]


def check(holds: Callable, solver: Solver, parent: np.ndarray, seed: int) -> None:
    """Solution and derivatives of one random matrix."""
    arrays = tuple(np.nan_to_num(a) for a in random_forests.random_matrix(parent, seed))
    rng = np.random.default_rng(seed + 1)
    tangents, cotangent = tuple(rng.normal(size=(4, parent.size))), rng.normal(size=parent.size)

    def solution_and_derivatives(solver: Solver) -> tuple:
        plan = solver.plan(parent)

        @jax.jit
        def all_of_them(arrays: tuple, tangents: tuple, cotangent: np.ndarray) -> tuple:
            def solve(*arrays):
                return solve_forest(solver, plan, *arrays)

            x, forward = jax.jvp(solve, arrays, tangents)
            return x, forward, jax.vjp(solve, *arrays)[1](cotangent)

        return all_of_them(arrays, tangents, cotangent)

    ours, dense = solution_and_derivatives(solver), solution_and_derivatives(Dense())
    name = type(solver).__name__
    for what, one, other in zip(("solution", "forward derivative", "reverse derivative"), ours, dense, strict=True):
        holds(9, f"{name}, {what}", random_forests.relative_error(one, other), at_most=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 7, 60, 500, 2000])
@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: type(solver).__name__)
def test_many_forests(holds: Callable, solver: Solver, n: int) -> None:
    """Stars, paths, forests of single nodes and all between."""
    for seed in range(4 if n < 500 else 1):
        check(holds, solver, random_forests.trees_for(solver, seed, n), seed)
