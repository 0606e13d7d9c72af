"""How large the programs are: bounds that hold what was gained, and that a model of any size has the same program.

The bounds lie a little above what is there, for other versions of JAX. Whoever makes a program smaller lowers them;
whoever makes one larger says in the commit why it is worth it. What is there: `pytest tests/compile -k small -rP`.
"""

import functools

import jax
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.engine import native
from dendrax.synapses import IonotropicSynapse

# Upper bounds for what is in the bodies of loops: (with native kernels, in pure JAX).
EQUATIONS = {
    ("cell", "forward"): (530, 830),
    ("cell", "gradient"): (1330, 1960),
    ("network", "forward"): (660, 960),
    ("network", "gradient"): (1650, 2280),
}
INSTRUCTIONS = {
    ("cell", "forward"): (13, 35),
    ("cell", "gradient"): (60, 110),
    ("network", "forward"): (20, 43),
    ("network", "gradient"): (85, 135),
}

STEPS = 40
PURE = native.library() is None


def cell(ncomp):
    one = jx.Cell(jx.Branch(jx.Compartment(), ncomp), parents=[-1, 0, 0, 1, 1])
    one.insert(HH())
    one.record("v", verbose=False)
    one.branch(0).comp(0).stimulate(np.ones(STEPS), verbose=False)
    one.branch("all").comp("all").make_trainable("HH_gNa", verbose=False)
    return one


def network(ncomp):
    one = jx.Cell(jx.Branch(jx.Compartment(), ncomp), parents=[-1, 0, 0])
    net = jx.Network([one] * 3)
    net.insert(HH())
    jx.connect(net.cell([0, 1]).branch(0).comp(0), net.cell([1, 2]).branch(1).comp(0), IonotropicSynapse())
    net.cell("all").branch(0).comp(0).record("v", verbose=False)
    net.cell(0).branch(0).comp(0).stimulate(np.ones(STEPS), verbose=False)
    net.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)
    return net


MODELS = {"cell": cell, "network": network}
# Of every day is the network, which has all that the cell has.
each_program = pytest.mark.parametrize(
    ("model", "what"), [pytest.param(*key, marks=pytest.mark.slow if key[0] == "cell" else []) for key in EQUATIONS]
)
each_model = pytest.mark.parametrize("model", [pytest.param("cell", marks=pytest.mark.slow), "network"])


def program(module, what):
    run = lambda params: jx.integrate(module, params=params)  # noqa: E731
    return jax.jit(run if what == "forward" else jax.value_and_grad(lambda params: run(params).mean()))


@pytest.fixture(scope="module")
def traced():
    """(model, what, ncomp) -> the traced program; made once for all tests here."""
    kept = {}

    def get(model, what, ncomp):
        if (model, what, ncomp) not in kept:
            module = MODELS[model](ncomp)
            kept[model, what, ncomp] = program(module, what).trace(module.get_parameters())
        return kept[model, what, ncomp]

    return get


@pytest.fixture(scope="module")
def compiled(traced):
    """(model, what, ncomp) -> the text of the compiled program; made once, too."""
    return functools.cache(lambda *key: traced(*key).lower().compile().as_text())


@each_program
def test_traced_loops_stay_small(model, what, traced, equations_in_loops):
    found = equations_in_loops(traced(model, what, 2).jaxpr.jaxpr)
    print(f"{model} {what}: {found} equations in loops")
    assert 50 < found <= EQUATIONS[model, what][PURE]


@each_program
def test_compiled_loops_stay_small(model, what, compiled, instructions_in_loops):
    found = instructions_in_loops(compiled(model, what, 2))
    print(f"{model} {what}: {found} instructions in loops")
    assert 5 < found <= INSTRUCTIONS[model, what][PURE]


@each_program
def test_traced_programs_do_not_grow_with_compartments(model, what, traced, equations):
    assert equations(traced(model, what, 2).jaxpr.jaxpr) == equations(traced(model, what, 500).jaxpr.jaxpr)


@each_model
def test_compiled_programs_do_not_grow_with_compartments(model, compiled):
    # XLA may spread large arrays over threads, which takes a few lines; a line for each compartment it must not take.
    small, large = (compiled(model, "gradient", ncomp).count("\n") for ncomp in (2, 500))
    assert large < 1.3 * small


def test_the_parser_finds_the_loop(instructions_in_loops):
    def body(carry, x):
        return jax.numpy.cumsum(carry * x), carry.sum()

    run = jax.jit(lambda x: jax.lax.scan(body, x, x)[0])
    text = run.lower(np.ones(7)).compile().as_text()
    assert 2 <= instructions_in_loops(text) <= 12
    straight = jax.jit(jax.numpy.sin).lower(np.ones(7)).compile().as_text()
    assert instructions_in_loops(straight) == 0


@each_model
def test_a_second_plain_integrate_compiles_nothing(model, compilations):
    module = MODELS[model](2)
    jx.integrate(module)
    assert compilations() > 0
    before = compilations()
    jx.integrate(module)
    assert compilations() == before


@each_model
def test_the_same_model_built_again_compiles_nothing(model, compilations):
    jx.integrate(MODELS[model](3))
    before = compilations()
    jx.integrate(MODELS[model](3))
    assert compilations() == before


def test_other_synapses_of_the_same_number_compile_nothing(compilations):
    net = network(2)
    jx.integrate(net)
    before = compilations()
    net.set("IonotropicSynapse_gS", 0.01)
    net.cell(1).set("radius", 2.0)
    jx.integrate(net)
    assert compilations() == before


def test_a_loop_of_training_compiles_one_program(compilations):
    net = network(2)
    step = program(net, "gradient")
    params = net.get_parameters()
    losses = []
    for count in range(3):
        loss, gradient = step(params)
        losses.append(float(loss))
        params = jax.tree.map(lambda p, g: p - 1e-9 * g, params, gradient)
        if count == 0:
            first = compilations()
    assert compilations() == first
    assert len(set(losses)) == 3
