"""Whatever crosses processes arrives as it was: exceptions, modules, systems, mechanisms, results, transforms."""

import copy
import inspect
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, is_dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from model_examples import Own

import dendrax as jx
from dendrax import channels, errors, pumps, synapses
from dendrax.engine.methods import SOLVERS, choose_solver
from dendrax.features import Stimulus
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.identity import same_value
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules.lower import lower
from dendrax.optimize import transforms
from dendrax.optimize.result import FitResult, ManyFits
from dendrax.optimize.searching import SearchResult
from dendrax.trees.swc import MissingSwcError

EVERY_WAY = [
    *(pytest.param(lambda one, p=p: pickle.loads(pickle.dumps(one, p)), id=f"protocol {p}") for p in range(2, 6)),  # noqa: S301
    pytest.param(copy.deepcopy, id="deepcopy"),
]
every_way = pytest.mark.parametrize("sent", EVERY_WAY)
STATES = {"v": jnp.array([-70.0, -65.0]), "HH_m": np.array([0.1, 0.2])}


def exceptions():
    """One of each class of ours, made with what it is made with."""
    special = {
        errors.NotFiniteError: errors.NotFiniteError(
            "NaN",
            time=0.5,
            state="v",
            place="compartment 0",
            cause="a current",
            recordings=np.arange(6.0).reshape(2, 3),
            states=STATES,
        ),
        errors.NmodlSyntaxError: errors.NmodlSyntaxError("own.mod", 3, 5, "`}`", "`)`"),
        errors.RunInterrupted: errors.RunInterrupted("Ctrl-C", time=0.5, recordings=jnp.ones((1, 2)), states=STATES),
        errors.BatchInterrupted: errors.BatchInterrupted("Ctrl-C", done=2, results=(np.ones(2), [STATES])),
    }
    ours = [*vars(errors).values(), MissingSwcError]
    classes = [
        one for one in ours if isinstance(one, type) and issubclass(one, BaseException) and one.__name__[0] != "_"
    ]
    assert set(special) < set(classes)
    return [special.get(one) or one(f"text of {one.__name__}") for one in classes]


EXCEPTIONS = exceptions()


def mechanisms():
    """Every built-in one, by the lists of public names, renamed too, and a user's own."""
    abstract = (Mechanism, Channel, Pump, Synapse, synapses.PointSynapse)
    classes = {
        one
        for package in (channels, pumps, synapses)
        for one in map(vars(package).get, package.__all__)
        if isinstance(one, type) and not inspect.isabstract(one) and one not in abstract
    }
    made = [one("Ca") if one is pumps.NernstReversal else one() for one in sorted(classes, key=str)]
    own = Own(table=np.arange(6.0).reshape(2, 3), rates={"a": (1, None)}, jax=jnp.arange(3), function=np.tanh)
    return [*made, channels.HH().change_name("fast"), channels.HH(q10=3.0), channels.Fire(surrogate="sigmoid"), own]


def network():
    """Of everything: channels, a pump, diffusion, synapses, recordings, inputs, trainables, groups."""
    cells = [jx.Cell([jx.Branch(jx.Compartment(), ncomp=2)] * 3, parents=[-1, 0, 0]) for _ in range(2)]
    net = jx.Network(cells)
    net.insert(channels.HH())
    net.insert(Own(table=np.arange(3.0)))
    net.cell(0).insert(channels.CaL())
    net.insert(pumps.CaPump())
    net.diffuse("CaCon_i")
    jx.connect(net.cell(0).branch(0).comp(0), net.cell(1).branch(2).comp(1), synapses.IonotropicSynapse())
    jx.connect(net.cell(1).branch(0).comp(0), net.cell(0).branch(2).comp(1), synapses.GapJunction())
    net.cell(1).branch(1).add_to_group("far")
    net.record("v", verbose=False)
    net.cell(0).branch(0).comp(0).stimulate(jx.step_current(0.1, 0.2, 0.3, 0.025, 1.0), verbose=False)
    net.cell(1).branch(1).comp(0).clamp("v", np.full(40, -60.0), verbose=False)
    net.cell("all").make_trainable("capacitance", verbose=False)
    return net


NET = network()
MODULES = {
    "compartment": jx.Compartment(),
    "branch": jx.Branch(jx.Compartment(), ncomp=3),
    "cell": jx.morphology.sample("interneuron"),
    "network": NET,
    "view of a cell": NET.cell(1),
    "view of branches": NET.cell(0).branch([0, 2]),
    "view of a group": NET.far,
    "view of synapses": NET.IonotropicSynapse.edge(0),
    "local scope": NET.scope("local").cell(1),
}
RESULT = FitResult(
    params=[{"a": jnp.ones(2)}],
    last=[{"a": np.zeros(2)}],
    lowest=float("nan"),
    loss=np.array([1.0, np.nan]),
    gradient_norm=np.ones(2),
    steps=2,
    reason="steps",
    message="all are done",
    aux={"v": jnp.zeros((1, 2))},
    checkpoint=Path("somewhere"),
)
VALUES = {
    "FitResult": RESULT,
    "ManyFits": ManyFits(RESULT, [RESULT, RESULT]),
    "SearchResult": SearchResult({"a": 1.0}, 0.1, {"a": np.ones((2, 1))}, np.ones((2, 4)), 8, "generations", 0.5),
    "recordings and states": (np.ones((1, 3)), STATES),
    "stimulus": jx.step_current(1.0, 2.0, 0.1, 0.025, 5.0),
    "window": Stimulus(1.0, 2.0) if len(Stimulus._fields) == 2 else Stimulus(*range(len(Stimulus._fields))),
    "step": jx.optimize.Step(1.0, 2.0, 0.1),
    "parameters": NET.get_parameters(),
    "sigmoid": transforms.SigmoidTransform(jnp.zeros(2), 1.0),
    "logistic": transforms.LogisticTransform(0.0, 1.0),
    "softplus": transforms.SoftplusTransform(0.0),
    "negative softplus": transforms.NegSoftplusTransform(0.0),
    "affine": transforms.AffineTransform(2.0, 1.0),
    "identity": transforms.IdentityTransform(),
    "chain": transforms.ChainTransform([transforms.AffineTransform(2.0, 1.0), transforms.IdentityTransform()]),
    "masked": transforms.MaskedTransform(np.array([True, False]), transforms.SoftplusTransform(0.0)),
    "custom": transforms.CustomTransform(np.exp, np.log),
    "tree": jx.ParamTransform([{"a": transforms.SoftplusTransform(0.0)}]),
}


def parts(one):
    """What an object holds, as containers and arrays that `same_value` compares."""
    if is_dataclass(one) and not isinstance(one, type):
        return (type(one), {field.name: parts(getattr(one, field.name)) for field in fields(one)})
    if isinstance(one, dict):
        return {name: parts(value) for name, value in one.items()}
    if isinstance(one, (list, tuple)):
        return (type(one), [parts(entry) for entry in one])
    return one


@every_way
@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda one: type(one).__name__)
def test_exceptions(error, sent):
    arrived = sent(error)
    assert type(arrived) is type(error)
    assert str(arrived) == str(error)
    assert arrived.args == error.args
    assert same_value(vars(arrived), vars(error))


def test_an_exception_of_a_subclass_with_a_constructor_of_its_own():
    arrived = pickle.loads(pickle.dumps(_Odd(3, where="here")))  # noqa: S301
    assert (str(arrived), arrived.number, arrived.where) == ("3 is odd", 3, "here")


class _Odd(errors.ModelValueError):
    def __init__(self, number, *, where):
        super().__init__(f"{number} is odd")
        self.number, self.where = number, where


@every_way
@pytest.mark.parametrize("mechanism", mechanisms(), ids=lambda one: f"{type(one).__name__}-{one.name}")
def test_mechanisms(mechanism, sent):
    arrived = sent(mechanism)
    assert arrived == mechanism
    assert hash(arrived) == hash(mechanism)  # no program is compiled twice
    assert same_value(vars(arrived), vars(mechanism))


@every_way
@pytest.mark.parametrize("name", MODULES)
def test_modules(name, sent, tmp_path):
    module = MODULES[name]
    arrived = sent(module)
    assert type(arrived) is type(module)
    assert arrived.rows.tolist() == module.rows.tolist()
    assert arrived.nodes.equals(module.nodes)
    assert arrived.edges.equals(module.edges)
    assert arrived.recordings.equals(module.recordings)
    assert arrived.base is not module.base
    for one, file in ((module, "sent"), (arrived, "arrived")):
        jx.save(one.base, tmp_path / file)
    assert (tmp_path / "sent").read_bytes() == (tmp_path / "arrived").read_bytes()  # every table


@every_way
@pytest.mark.parametrize("solver", SOLVERS)
def test_systems(solver, sent):
    module = MODULES["branch" if solver == "jaxley.stone" else "network"]
    system = lower(module.tables, choose_solver(solver))
    arrived = sent(system)
    assert jax.tree.structure(arrived) == jax.tree.structure(system)
    assert same_value(jax.tree.leaves(arrived), jax.tree.leaves(system))  # NaN, where there is nothing, too


@every_way
@pytest.mark.parametrize("name", VALUES)
def test_results_stimuli_and_transforms(name, sent):
    arrived = sent(VALUES[name])
    assert type(arrived) is type(VALUES[name])
    assert same_value(parts(arrived), parts(VALUES[name]))


@pytest.fixture(scope="module")
def pool():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAX_ENABLE_X64", "1")  # as here; otherwise JAX makes float32 of arrays that arrive
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as started:
            yield started


def test_every_exception_comes_back_from_another_process(pool):
    for error in EXCEPTIONS:
        with pytest.raises(type(error)) as caught:
            pool.submit(exec, "raise error", {"error": error}).result(timeout=120)
        assert str(caught.value) == str(error)
        kept = {name: value for name, value in vars(caught.value).items() if name != "__notes__"}
        assert same_value(kept, vars(error))


@pytest.mark.slow
def test_a_run_that_fails_in_another_process_says_so_here(pool):
    cell = jx.Cell()
    cell.insert(channels.HH())
    cell.record("v", verbose=False)
    with pytest.raises(errors.NotFiniteError, match="too large") as caught:
        pool.submit(
            jx.integrate, cell, t_max=2000.0, delta_t=5.0, solver="fwd_euler", check=True, progress=False
        ).result(timeout=300)
    assert caught.value.recordings.shape[0] == 1
    assert np.isfinite(np.asarray(caught.value.recordings)).all()
    assert set(caught.value.states) >= {"v", "HH_m"}
