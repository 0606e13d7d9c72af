"""Who differentiates through a spike without a surrogate is told; who only runs a model is not."""

import copy
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import AdEx, Fire, Izhikevich, Leak
from dendrax.integrate import build_init_and_step_fn
from dendrax.mechanisms.surrogate import spike
from dendrax.synapses import DoubleExpSynapse, ExpCurrentSynapse, ExpSynapse

KINDS = (Fire, AdEx, Izhikevich, ExpSynapse, DoubleExpSynapse, ExpCurrentSynapse)
LOUD = r"(resets|detects spikes) without a surrogate gradient.*surrogate=.*surrogate_warning=False"
numbers = itertools.count()  # a name of its own makes a program of its own, which has not been traced and told of


def network(kind, **options):
    net = jx.Network([jx.Cell()] * 2)
    net.insert(Leak())
    mechanism = kind(f"own{next(numbers)}", **options)
    if kind in (Fire, AdEx, Izhikevich):
        net.insert(mechanism)
    else:
        jx.connect(net.cell(0).branch(0).comp(0), net.cell(1).branch(0).comp(0), mechanism)
    net.record(verbose=False)
    return net


def runs(net):
    """The sum of all voltages by a current [nA]."""

    def run(current):
        stimuli = net.cell(0).branch(0).comp(0).data_stimulate(current * jnp.ones(8))
        return jx.integrate(net, data_stimuli=stimuli, delta_t=0.1).sum()

    return run


def by_hand(net):
    init_fn, step_fn = build_init_and_step_fn(net)
    states, params = init_fn([])

    def run(v):
        return step_fn({**states, "v": v}, params, {}, {}, delta_t=0.1)["v"].sum()

    return run, states["v"]


DERIVATIVES = {
    "grad": lambda run, x: jax.grad(run)(x),
    "jvp": lambda run, x: jax.jvp(run, (x,), (jnp.ones_like(x),)),
    "vjp": lambda run, x: jax.vjp(run, x)[1](jnp.ones(())),
    "jit of grad": lambda run, x: jax.jit(jax.grad(run))(x),
    "grad of jit": lambda run, x: jax.grad(jax.jit(run))(x),
    "grad of checkpoint": lambda run, x: jax.grad(jax.checkpoint(run))(x),
    "vmap of grad": lambda run, x: jax.vmap(jax.grad(run))(jnp.stack([x, x])),
    "grad of vmap": lambda run, x: jax.grad(lambda x: jax.vmap(run)(jnp.stack([x, x])).sum())(x),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_says_nothing_and_its_derivative_does_once(kind):
    net = network(kind)  # warnings are errors here
    run = runs(net)
    run(0.1)
    jax.eval_shape(jax.jit(run), 0.1)  # what there is to tell is told when a program is traced: nothing is compiled
    jax.eval_shape(jax.vmap(run), jnp.array([0.1, 0.2]))
    with pytest.warns(UserWarning, match=LOUD) as caught:
        jax.eval_shape(jax.grad(run), 0.1)
    assert len(caught) == 1
    assert caught[0].filename == __file__, "the line of the user"
    jax.eval_shape(jax.grad(run), 0.2)  # the same program


@pytest.mark.parametrize("kind", KINDS)
def test_steps_by_hand_too(kind):
    run, v = by_hand(network(kind))
    run(v)
    with pytest.warns(UserWarning, match=LOUD):
        jax.eval_shape(jax.grad(run), v)


@pytest.mark.parametrize("kind", [Fire, ExpSynapse])
@pytest.mark.parametrize("way", DERIVATIVES)
def test_every_derivative_warns(kind, way):
    run, v = by_hand(network(kind))
    with pytest.warns(UserWarning, match=LOUD):
        jax.eval_shape(lambda x: DERIVATIVES[way](run, x), v)


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_surrogate_or_silenced_derivatives_say_nothing(kind):
    for options in ({"surrogate": "triangle"}, {"surrogate_warning": False}):
        run, v = by_hand(network(kind, **options))
        for way in ("grad", "jvp", "vjp"):
            jax.eval_shape(lambda x, way=way, run=run: DERIVATIVES[way](run, x), v)


def test_a_synapse_with_a_delay_says_nothing_since_its_derivative_is_exact():
    net = jx.Network([jx.Cell()] * 2)
    net.insert(Leak())
    jx.connect(net.cell(0).branch(0).comp(0), net.cell(1).branch(0).comp(0), ExpSynapse("late"), delay=1.0)
    net.record(verbose=False)
    jax.eval_shape(jax.grad(runs(net)), 0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_whether_it_warns_makes_no_other_mechanism_of_it(kind):
    loud, quiet = kind(), kind(surrogate_warning=False)
    assert loud == quiet == copy.deepcopy(quiet)
    assert hash(loud) == hash(quiet)
    assert kind(surrogate="triangle") != quiet
    net = jx.Network([jx.Cell()] * 2)
    net.cell(0).insert(AdEx())
    net.cell(1).insert(AdEx(surrogate_warning=False))  # one channel, as in programs for Jaxley
    assert len(net.channels) == 1


def test_a_file_keeps_that_it_is_silenced(tmp_path):
    cell = jx.Cell()
    cell.insert(Fire(surrogate_warning=False))
    jx.save(cell, tmp_path / "quiet.dx")
    assert jx.load(tmp_path / "quiet.dx").channels[0].surrogate_warning is False


def test_the_warning_leaves_the_derivative_as_it_is():
    def plain(x):
        return spike(x > 0.0, x, None)

    def told(x):
        return spike(x > 0.0, x, None, "told")

    x = jnp.array([-1.0, 0.0, 1.0])
    np.testing.assert_array_equal(jax.jit(told)(x), plain(x))
    with pytest.warns(UserWarning, match="told"):
        (value, slope), (other, zero) = (jax.jvp(one, (x,), (x,)) for one in (told, plain))
    np.testing.assert_array_equal(value, other)
    np.testing.assert_array_equal(slope, zero)
    with pytest.warns(UserWarning, match="told"):
        programs = [str(jax.make_jaxpr(jax.grad(lambda x, one=one: (x * one(x)).sum()))(x)) for one in (told, plain)]
    assert programs[0] == programs[1], "a symbolic zero adds nothing"
    with pytest.warns(UserWarning, match="told"):
        np.testing.assert_array_equal(jax.hessian(lambda x: (x**2 * told(x)).sum())(x), np.diag([0.0, 0.0, 2.0]))
