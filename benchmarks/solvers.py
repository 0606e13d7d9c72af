"""Nanoseconds per node and solve of each back end, alone and in a batch, inside a scan as the engine runs them.

python benchmarks/solvers.py [--nodes 50 486 1944] [--batch 64] [--steps 400]
"""

# ruff: noqa: T201 - a script
import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.engine.solvers import Dense, Doubling, Levels, Sequential, Solver, Sparse, solve_forest

DENSE_LIMIT = 500  # nodes; beyond, an O(n^3) solve tells nothing new and takes minutes


def dendrite(n: int) -> np.ndarray:
    """Parents of a tree with stretches of ten nodes on average."""
    rng = np.random.default_rng(0)
    node = np.arange(n)
    return np.where(rng.random(n) < 0.1, (rng.random(n) * node).astype(int), node - 1) * (node > 0) - (node == 0)


def seconds_per_solve(solver: Solver, parent: np.ndarray, dtype: type, n_batch: int | None, n_steps: int) -> float:
    """Fastest of five runs of a scan, divided by its length."""
    plan, n = solver.plan(parent), parent.size
    rng = np.random.default_rng(1)
    g = rng.uniform(0.5, 2, n)
    diagonal = 1 + g
    np.add.at(diagonal, parent[1:], g[1:])
    arrays = [jnp.asarray(a, dtype) for a in (diagonal, -g, rng.normal(size=n))]
    if n_batch:
        arrays = [jnp.stack([a] * n_batch) for a in arrays]

    def run(diagonal: jax.Array, coupling: jax.Array, rhs: jax.Array) -> jax.Array:
        def step(x: jax.Array, _: None) -> tuple[jax.Array, None]:
            return solve_forest(solver, plan, diagonal, coupling, coupling, 0.9 * x + rhs), None

        return jax.lax.scan(step, rhs, length=n_steps)[0]

    compiled = jax.jit(jax.vmap(run) if n_batch else run).lower(*arrays).compile()
    times = []
    for _ in range(6):
        start = time.perf_counter()
        compiled(*arrays).block_until_ready()
        times.append(time.perf_counter() - start)
    return min(times[1:]) / n_steps


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=[50, 486, 1944])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=400)
    args = parser.parse_args()
    jax.config.update("jax_enable_x64", True)  # noqa: FBT003 - how jax spells it
    print(f"{'solver':12} {'nodes':>7} {'type':8} {'alone us':>9} {'ns/node':>9}   batch of {args.batch}: ns/node/cell")
    for n in args.nodes:
        for solver in (Sequential(), Levels(), Doubling(), Sparse(), Dense()):
            parent = np.arange(n) - 1 if isinstance(solver, Doubling) else dendrite(n)
            slow = isinstance(solver, Dense | Sparse)
            if isinstance(solver, Dense) and n > DENSE_LIMIT:
                continue
            for dtype in (np.float32, np.float64):
                alone = seconds_per_solve(solver, parent, dtype, None, 4 if slow else args.steps)
                batch = seconds_per_solve(solver, parent, dtype, args.batch, 1 if slow else args.steps // 10 + 1)
                print(
                    f"{type(solver).__name__:12} {n:7} {dtype.__name__:8} {alone * 1e6:9.2f} {alone / n * 1e9:9.2f}"
                    f"   {batch / n / args.batch * 1e9:9.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
