# ruff: noqa: T201 - a script that prints
"""What large networks cost: time to build, compile and step, memory, and size of the traced program, at three sizes.

    python benchmarks/networks.py            # up to 720,000 compartments and 1,000,000 synapses: 3 GB, under a minute
    python benchmarks/networks.py 1 2        # the smaller two

The cells are binary trees of branches of four compartments with HH; the synapses join random compartments. The number
of equations of the traced program is to be the same at every size, the time of a step linear in it.
"""

import resource
import sys
import time

import jax
import numpy as np
from jax.extend.core import jaxprs_in_params

import dendrax as jx
from dendrax.channels import HH
from dendrax.synapses import IonotropicSynapse

SIZES = {"1": (1_000, 3, 10_000), "2": (200, 90, 100_000), "3": (2_000, 90, 1_000_000)}  # cells, branches, synapses
T_MAX, STEPS = 1.0, 40
PARALLEL = 10  # every tenth cell is stimulated


def build(n_cell: int, n_branch: int, n_synapse: int) -> jx.Network:
    """A network, stimulated and recorded, with a trainable conductance for every synapse."""
    parents = [-1, *((branch - 1) // 2 for branch in range(1, n_branch))]
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=4), parents=parents)
    net = jx.Network([cell] * n_cell)
    net.insert(HH())
    pre, post = np.random.default_rng(0).integers(0, net.shape[-1], (2, n_synapse))
    jx.connect(net.select(nodes=pre), net.select(nodes=post), IonotropicSynapse())
    current = jx.step_current(i_delay=0.2, i_dur=0.5, i_amp=0.1, delta_t=0.025, t_max=T_MAX)
    net.cell(range(0, n_cell, PARALLEL)).branch(0).comp(0).stimulate(current, verbose=False)
    net.cell("all").branch(0).comp(0).record(verbose=False)
    net.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)
    return net


def timed(call: object) -> tuple[float, object]:
    """Seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = jax.block_until_ready(call())
    return time.perf_counter() - start, result


def count_equations(jaxpr: object) -> int:
    """Equations of a program and of all programs inside it."""
    return sum(1 + sum(count_equations(inner) for inner in jaxprs_in_params(one.params)) for one in jaxpr.eqns)


def report(size: tuple[int, int, int]) -> None:
    """Print one line per phase."""
    seconds, net = timed(lambda: build(*size))
    print(f"\n{net}\n  {size[2]:,} synapses; built in {seconds:.2f} s")
    params = net.get_parameters()

    def run(params: list) -> jax.Array:
        return jx.integrate(net, params=params, t_max=T_MAX)

    for name, program in {"forward": run, "gradient": jax.value_and_grad(lambda p: run(p).mean())}.items():
        traced = jax.jit(program).trace(params)
        seconds, compiled = timed(lambda traced=traced: traced.lower().compile())
        timed(lambda compiled=compiled: compiled(params))
        of_run, _ = timed(lambda compiled=compiled: compiled(params))
        print(
            f"  {name}: {count_equations(traced.jaxpr.jaxpr)} equations, compiled in {seconds:.2f} s, "
            f"{of_run / STEPS * 1e3:.3g} ms per step, {of_run / STEPS / net.shape[-1] * 1e9:.3g} ns per compartment"
        )
    print(f"  most memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    for key in sys.argv[1:] or SIZES:
        report(SIZES[key])
