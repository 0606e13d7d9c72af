"""Memory of a gradient: predicted, what the compiled program says, and what the process takes at its peak.

python benchmarks/memory.py [--comps 1000] [--steps 20000]

Each line is a process of its own, since the peak of a process never falls. What it takes is the rise of its resident
memory from before the first call of the compiled gradient to the peak.
"""

# ruff: noqa: T201, S603 - a script that runs itself
import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp

import dendrax as jx
from dendrax.channels import HH
from dendrax.engine import checkpoint_plan
from dendrax.engine.kept import kept_by
from dendrax.engine.memory import in_words

BUDGETS = ("4 GB", "100 MB", "10 MB", "5 MB")


def cell_of(n_comp: int) -> jx.Cell:
    """A binary tree of branches of four compartments."""
    cell = jx.Cell(jx.Branch(jx.Compartment(), 4), parents=[-1, *(k // 2 for k in range(n_comp // 4 - 1))])
    cell.insert(HH())
    cell.branch(0).comp(0).record("v", verbose=False)
    cell.make_trainable("HH_gNa", verbose=False)
    return cell


def resident() -> int:
    """Memory of this process now [bytes]."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def measure(n_comp: int, n_steps: int, budget: str) -> dict[str, float | list[int]]:
    """One gradient."""
    predicted: dict[str, float | list[int]] = {}
    plan = checkpoint_plan.plan

    def noted(step, carry, x, length, asked, solution, columns):
        chosen = plan(step, carry, x, length, asked, solution, columns)
        kept = kept_by(step, carry, x, columns)
        predicted.update(predicted=kept.with_lengths(chosen.lengths), lengths=list(chosen.lengths))
        return chosen

    checkpoint_plan.plan = noted
    cell = cell_of(n_comp)
    params = cell.get_parameters()

    def loss(params: list[dict[str, jax.Array]]) -> jax.Array:
        return jnp.mean((jx.integrate(cell, params, t_max=n_steps * 0.025, memory=budget) + 65.0) ** 2)

    compiled = jax.jit(jax.grad(loss)).lower(params).compile()
    before = resident()
    jax.block_until_ready(compiled(params))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return predicted | {
        "compiled": float(compiled.memory_analysis().temp_size_in_bytes),
        "taken": float(peak - before),
    }


def main() -> None:
    """One process per budget, and a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comps", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--budget", help="measure this one, here")
    given = parser.parse_args()
    if given.budget:
        print(json.dumps(measure(given.comps, given.steps, given.budget)))
        return
    print(f"{given.comps} compartments, {given.steps} steps, float32")
    print(f"{'memory=':>10} {'predicted':>10} {'compiled':>10} {'taken':>10}  lengths")
    for budget in BUDGETS:
        command = [sys.executable, __file__, "--comps", str(given.comps), "--steps", str(given.steps)]
        done = subprocess.run([*command, "--budget", budget], capture_output=True, text=True, check=True)
        found = json.loads(done.stdout)
        sizes = [in_words(found[name]) for name in ("predicted", "compiled", "taken")]
        print(f"{budget:>10} {sizes[0]:>10} {sizes[1]:>10} {sizes[2]:>10}  {found['lengths']}")


if __name__ == "__main__":
    main()
