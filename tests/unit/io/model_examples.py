"""Models for the tests of model files, and how two of them are compared."""

import functools
import io
import warnings
import zipfile
from dataclasses import fields, is_dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

import dendrax as jx
from dendrax.channels import HH, Fire, Leak
from dendrax.events import NetStim, PairSTDP, TsodyksMarkram, VecStim
from dendrax.io.model import arrays, container, files
from dendrax.io.model import fields as json_fields
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.surrogate import superspike
from dendrax.modules.geometry import FOLLOWING
from dendrax.modules.growing import Growing
from dendrax.modules.table import Table
from dendrax.modules.typed import Typed
from dendrax.pumps import CaPump, NernstReversal
from dendrax.synapses import (
    AMPANMDASyn,
    DoubleExpSynapse,
    Exp2Syn,
    ExpSyn,
    ExpSynapse,
    IonotropicSynapse,
    TanhRateSynapse,
)

STEPS = 20


def two_cells() -> jx.Network:
    """All that a model can have, in 2 cells of 9 compartments; only mechanisms of ours."""
    cells = []
    for points in (np.arange(8.0).reshape(2, 4), np.full((2, 4), np.nan)):
        branches = [jx.Branch(jx.Compartment(), ncomp=n) for n in (2, 3, 4)]
        for branch in branches:
            branch.set("radius", 1.0 + np.arange(len(branch)) / 7)
        cell = jx.Cell(branches, [-1, 0, 0], xyzr=[points] * 3)
        cell.insert(Leak("slow_leak"))
        cell.branch(0).insert(HH().change_name("fast"))
        cell.branch(1).insert(Fire(surrogate=functools.partial(superspike, slope=0.2)))
        cell.branch([1, 2]).insert(CaPump())
        cell.branch(2).insert(NernstReversal("Ca"))
        cell.branch([0, 2]).add_to_group("proximal")
        cells.append(cell)
    net = jx.Network(cells)
    net.cell(0).branch(1).set("temperature", 21.5)
    net.diffuse("CaCon_i")
    jx.connect(net.cell(0).branch(0).loc(0.0), net.cell(1).branch(2).loc(1.0), IonotropicSynapse())
    jx.connect(net.cell(1).branch(0).loc(0.0), net.cell(0).branch(2).loc(1.0), ExpSynapse(surrogate="sigmoid"))
    jx.connect(net.cell(1).branch(0), net.cell(0).branch(1).comp([0, 2]), TanhRateSynapse())
    jx.connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(1).loc(1.0), IonotropicSynapse())
    net.IonotropicSynapse.edge(1).set("IonotropicSynapse_gS", 3e-4)
    net.set("v", -70.0 - np.arange(18.0) / 3)
    net.cell(1).branch(2).record("v", verbose=False)
    net.cell(0).branch(0).record("fast_m", verbose=False)
    net.IonotropicSynapse.edge(1).record("IonotropicSynapse_s", verbose=False)
    net.cell(0).branch(0).stimulate(np.linspace(0.0, 1.0, STEPS), verbose=False)
    net.cell(1).branch(0).comp(1).stimulate(np.full((1, 7), 0.25), verbose=False)
    net.cell(0).branch(2).comp(0).clamp("v", np.full(STEPS, -60.0), verbose=False)
    net.IonotropicSynapse.edge(0).clamp("IonotropicSynapse_s", np.linspace(0.0, 0.5, STEPS), verbose=False)
    net.cell("all").make_trainable("capacitance", [1.5, 2.5], verbose=False)
    net.cell(0).branch(0).comp("all").make_trainable("fast_gNa", verbose=False)
    net.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)
    net.customize_solver_exp_euler(np.eye(18) + 0.25)
    net.set_scope("global")
    return net


def two_cells_with_events() -> jx.Network:
    """`two_cells`, and all that has to do with point processes and spikes."""
    net = two_cells()
    net.set_scope("local")
    net.cell("all").branch(0).comp(0).place(ExpSyn("E"))
    net.cell(1).branch(2).loc(1.0).place(ExpSyn("E"))
    net.cell(0).branch(1).place(Exp2Syn("I"))
    net.E.set("E_tau", [1.0, 2.0, 3.0])
    jx.netcon(net.cell(0).branch(0).comp(1), net.E, weight=[0.01, 0.02, 0.03], delay=3.3, threshold=0.0)
    jx.netcon(net.cell(1).branch(0).comp(1), net.I.select([2, 0]), weight=0.005, delay=[1.5, 2.5])
    given = net.add_sources(VecStim([[2.0, 7.5], [4.0]], name="given"))
    noise = net.add_sources(NetStim(interval=5.0, number=np.inf), 3)
    jx.netcon(given, net.E.of_cell([0, 0]), weight=0.01)
    jx.netcon(noise[[2, 0]], net.I.select(1), weight=-0.01, delay=2.0)
    jx.connect(
        net.cell(0).branch(0).comp(0), net.cell(1).branch(1).comp(0), DoubleExpSynapse(surrogate="sigmoid"), delay=4.0
    )
    net.cell("all").branch(0).comp(1).record_spikes(verbose=False)
    net.cell(0).branch(2).comp(0).record_spikes(-20.0, verbose=False)
    noise[1].record_spikes(verbose=False)
    net.E.of_cell(1).record("E_g", verbose=False)
    net.I.record("i_I", verbose=False)
    net.netcons.make_trainable("weight", verbose=False)
    net.netcons.select([1, 2]).make_trainable("delay", bounds=(1.0, 5.0), verbose=False)
    net.netcons.make_trainable("threshold", verbose=False)
    noise.make_trainable("NetStim_interval", verbose=False)
    net.E.make_trainable("E_tau", verbose=False)
    return net


def two_cells_that_learn() -> jx.Network:
    """`two_cells_with_events`, and plastic connections."""
    net = two_cells_with_events()
    soma = net.cell(1).branch(0).comp(0)
    jx.netcon(net.given, net.E.of_cell([0, 0]), weight=0.01, plasticity=PairSTDP(name="slow"), threshold=-5.0)
    jx.netcon(soma, net.I.select(2), weight=0.02, delay=3.0, plasticity=TsodyksMarkram())
    jx.netcon(soma, net.E.select(2), weight=0.02, plasticity=PairSTDP(name="slow"), post=net.cell(1).branch(2).comp(3))
    net.slow.set("slow_w", [0.5, 1.0, 1.5])
    net.slow[0].record("slow_w", verbose=False)
    net.slow.make_trainable("slow_A_plus", verbose=False)
    net.clamp("TsodyksMarkram_u", np.full(STEPS, 0.25), verbose=False)
    return net


def two_cells_with_several_weights() -> jx.Network:
    """`two_cells_that_learn`, and connections with two weights."""
    net = two_cells_that_learn()
    soma = net.cell(0).branch(0).comp(0)
    soma.place(AMPANMDASyn("D"))
    jx.netcon(net.given, net.D.select([0, 0]), weight={"ampa": [1e-3, 2e-3], "nmda": 5e-4}, delay=2.0)
    net.netcons.make_trainable("nmda", verbose=False)
    return net


def two_cells_joined_anywhere() -> jx.Network:
    """Cells whose branches begin at starts, ends and centres of others."""
    branches = [jx.Branch(jx.Compartment(), ncomp=n) for n in (3, 2, 4, 1)]
    cells = [jx.Cell(branches, [-1, 0, 0, 1], joints=joints) for joints in ([1, 0.5, 0, 0.2], [1, 1, 0.9, 0])]
    net = jx.Network(cells)
    net.insert(HH())
    return net


class Own(Channel):
    """A channel of a user's, with settings of every kind that a file can hold."""

    def __init__(self, name: str | None = None, **settings: Any) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self.name}_g": 1e-4}
        self.channel_states = {}
        self.current_name = "i_own"
        vars(self).update(settings)

    def update_states(self, states, dt, v, params):
        return {}

    def compute_current(self, states, v, params):
        return params[f"{self.name}_g"] * (v + 70.0)

    def twice(self, v):
        return 2 * v


def half(v):
    """A function that may be a setting."""
    return v / 2


def settings() -> dict[str, Any]:
    """Of every kind that a file can hold."""
    return {
        "none": None,
        "flags": [True, False],
        "numbers": (1, -0.0, 1e300, float("nan"), float("-inf"), 2**80),
        "text": "tau [ms] \u2014 \U0001f9e0",
        "table": {"a": {"b": ()}, 3: [], 0.5: None},
        "array": np.arange(6, dtype=np.float32).reshape(2, 3),
        "mask": np.array([True, False]),
        "empty": np.zeros((0, 3)),
        "scalar": np.int16(-3),
        "traced": jnp.arange(3, dtype=jnp.int32),
        "function": half,
        "partial": functools.partial(half, 1.0),
    }


def everything(thing: Any) -> Any:  # noqa: PLR0911 - a line for each type
    """All there is of a model, as dicts and lists that are equal where it is, bit for bit."""
    if isinstance(thing, jx.Module):
        return [type(thing), thing._selection.scope, everything(thing.tables)]
    if isinstance(thing, np.ndarray):
        return [thing.dtype, thing.shape, repr(thing.tolist()) if thing.dtype == object else thing.tobytes()]
    if isinstance(thing, Table):
        in_order = thing.filled_up({name: thing[name] for name in FOLLOWING if name in thing})  # as `.nodes` shows them
        return [thing.length, [[name, everything(column)] for name, column in in_order.items()]]
    if isinstance(thing, Typed):
        return [everything(thing.types), everything(thing.table)]
    if isinstance(thing, Growing):
        return everything(thing.table)
    if isinstance(thing, Mechanism):
        return [type(thing), thing]  # compared by value, settings and all
    if is_dataclass(thing):
        return [[one.name, everything(getattr(thing, one.name))] for one in fields(thing)]
    if isinstance(thing, dict):
        return [[everything(key), everything(value)] for key, value in thing.items()]
    if isinstance(thing, (list, tuple)):
        return [type(thing), [everything(one) for one in thing]]
    return thing


def content_of(module: jx.Module) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The document and the arrays of the file of a model."""
    members = files._members(module, None)
    found = arrays.from_bytes(members[files.ARRAYS])
    return json_fields.from_text(members[files.DOCUMENT]), {name: one.copy() for name, one in found.items()}


def forged(document: dict[str, Any], content: dict[str, np.ndarray] | bytes) -> bytes:
    """A file with right checksums of anything."""
    data = content if isinstance(content, bytes) else arrays.to_bytes(content)
    sha = files.hashlib.sha256(data).hexdigest()
    text = json_fields.to_text(document | {"sha256": {files.ARRAYS: sha}})
    return b"".join(container.pack({files.DOCUMENT: text, files.ARRAYS: data}))


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive as other programs make it."""
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", method) as archive:
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()
