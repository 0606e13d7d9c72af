"""One trace lowers for CPUs and for GPUs, and each gets its own back end and its own exponentials."""

import jax
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.engine import methods, native
from dendrax.synapses import IonotropicSynapse


def network():
    cell = jx.Cell(jx.Branch(jx.Compartment(), 2), parents=[-1, 0, 0])
    net = jx.Network([cell] * 2)
    net.insert(HH())
    jx.connect(net.cell(0).branch(1).comp(0), net.cell(1).branch(2).comp(0), IonotropicSynapse())
    net.cell(1).branch(0).comp(0).record("v", verbose=False)
    net.cell(0).branch(0).comp(0).stimulate(np.ones(20), verbose=False)
    net.cell(1).branch(2).comp(1).clamp("v", np.zeros(20), verbose=False)
    net.make_trainable("HH_gNa", verbose=False)
    return net


@pytest.mark.parametrize("has_gpu", [False, True])
@pytest.mark.parametrize("what", ["forward", "gradient"])
def test_one_trace_lowers_for_both(monkeypatch, what, has_gpu):
    """As in a process that sees CPUs alone, and as in one that sees a GPU too."""
    monkeypatch.setattr(methods, "backends", lambda: ["cpu", "cuda"] if has_gpu else ["cpu"])
    net = network()
    run = lambda params: jx.integrate(net, params)  # noqa: E731
    traced = jax.jit(run if what == "forward" else jax.grad(lambda p: run(p).mean())).trace(net.get_parameters())
    text = {one: traced.lower(lowering_platforms=one).as_text() for one in (("cpu",), ("cuda",), ("cpu", "cuda"))}
    has_kernel = native.library() is not None
    assert ("dendrax_" in text["cpu",]) == has_kernel
    assert "dendrax_" not in text["cuda",]
    assert ("dendrax_" in text["cpu", "cuda"]) == has_kernel
    # Ours is put together from bits; theirs is an operation.
    assert "stablehlo.shift_left" in text["cpu",]
    assert "stablehlo.exponential" not in text["cpu",]
    assert "stablehlo.exponential" in text["cuda",]
    if has_kernel:
        assert "stablehlo.while" in text["cuda",].split("func.func private @", 1)[1]


def test_a_cpu_alone_keeps_no_plan_for_others(monkeypatch):
    parent = np.arange(1000) - 1
    sizes = []
    for there in (["cpu"], ["cpu", "cuda"]):
        monkeypatch.setattr(methods, "backends", lambda there=there: there)
        plan = methods.choose_solver("jaxley.dhs").plan(parent)
        sizes.append(sum(np.size(leaf) for leaf in jax.tree.leaves(plan)))
    assert sizes[0] <= 3 * 1000 + 2 * 1000 + 20 < sizes[1]
