"""Every error that the reference's description names beyond modules, sections 1.2 to 1.12, and some of our own."""

import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
from error_cases import Case, attached, cell, diffusing, network, nothing, plain, two_networks

from dendrax.channels import HH
from dendrax.connect import connect, connectivity_matrix_connect, fully_connect, sparse_connect
from dendrax.errors import (
    MechanismError,
    ModelStateError,
    ModelTypeError,
    ModelValueError,
    MorphologyError,
    SelectionError,
    SwcError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.integrate import build_init_and_step_fn, integrate
from dendrax.io import graph, read_swc
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import Cell
from dendrax.morphology import distance_direct, distance_pathwise, morph_connect, morph_delete, sample_path
from dendrax.synapses import IonotropicSynapse, TanhRateSynapse

UNITS = "(else ValueError about 0.5.0 units)"
ONE_NETWORK = "assert both views from the same Network"
UNEQUAL = "unequal lengths -> pandas ValueError (no 1-to-N broadcasting)"
MATRIX = "(assert shape & bool dtype)"
ONLY_IN_NETWORKS = "Synapses exist only inside Network; the same type object is stored once (per name)"
BACKEND = "other backend ValueError; radius<=0 without min_radius -> AssertionError"
ONE_START = "(needs x,y,z; single start asserted)"
CELLS_ONLY = "(Cells only, whole branches, no recordings/externals/trainables [asserts]; connect needs views ending in"
METHOD = "bwd_euler | crank_nicolson | fwd_euler | exp_euler, else ValueError"
STONE = "jaxley.stone (unbranched only, else NotImplementedError)"
OTHER = 'Any other name e.g. "jaxley.thomas" -> UnboundLocalError'
NO_RECORDINGS = 'no recordings -> ValueError "No recordings are set. Please set them."'
NO_DURATION = "no stimulus & no t_max -> AssertionError"
SHORT_CLAMP = "clamp shorter than t_max -> NotImplementedError"
LENGTHS = "prod(checkpoint_lengths) too small -> AssertionError"
VIEW = "integrate(view) -> AssertionError"


class OfOldUnits(Channel):
    """Written for currents in uA/cm2."""


class WithoutCurrent(HH):
    """A channel whose current has no name."""

    def __init__(self) -> None:
        super().__init__()
        self.current_name = ""


class WithoutIon(Pump):
    """A pump of nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.channel_params, self.channel_states, self.current_name = {}, {}, "i_pump"


class WithoutStates(Synapse):
    """A synapse without a table of states."""

    def __init__(self) -> None:
        super().__init__()
        self.synapse_params = {"WithoutStates_gS": 1e-4}


class Other(TanhRateSynapse):
    """Not what its name says."""

    def __init__(self) -> None:
        super().__init__("IonotropicSynapse")


def recorded() -> Cell:
    """A cell that records."""
    made = plain()
    made.record("v", verbose=False)
    return made


def clamped() -> Cell:
    """A cell that records and is clamped for 40 steps."""
    made = recorded()
    made.branch(0).clamp("v", np.full(40, -65.0), verbose=False)
    return made


def two_cells() -> tuple[Cell, Cell]:
    """To be joined."""
    return plain(), plain()


def swc(*lines: str) -> Path:
    """A file."""
    path = Path(tempfile.mkdtemp()) / "bad.swc"
    path.write_text("\n".join(lines))
    return path


MECHANISMS = [
    Case(
        "a channel that does not say its unit",
        nothing,
        lambda _: OfOldUnits(),
        MechanismError,
        ("OfOldUnits", "mA/cm2", "before 0.5.0", "divide", "self.current_is_in_mA_per_cm2 = True"),
        UNITS,
    ),
    Case(
        "a channel whose current has no name",
        plain,
        lambda one: one.insert(WithoutCurrent()),
        MechanismError,
        ("WithoutCurrent", "needs a string `current_name`", "self.current_name ="),
    ),
    Case(
        "a pump without an ion",
        plain,
        lambda one: one.insert(WithoutIon()),
        MechanismError,
        ("WithoutIon", "`ion_name`", 'self.ion_name = "CaCon_i"'),
    ),
    Case(
        "a synapse without states",
        network,
        lambda net: connect(net[0, 0, 0], net[1, 0, 0], WithoutStates()),
        MechanismError,
        ("WithoutStates", "`synapse_states`", "in __init__, to {}"),
    ),
]
WIRING = [
    Case(
        "to connect two networks",
        two_networks,
        lambda both: connect(both[0].cell(0), both[1].cell(1), Other()),
        ModelValueError,
        ("connect", "different networks"),
        ONE_NETWORK,
    ),
    Case(
        "to connect cells in no network",
        two_cells,
        lambda both: connect(both[0].branch(0), both[1].branch(0), IonotropicSynapse()),
        ModelTypeError,
        ("connect", "this is of a cell", "jx.Network([cell])"),
        ONLY_IN_NETWORKS,
    ),
    Case(
        "to connect two and four compartments",
        network,
        lambda net: connect(net.cell(0).branch(0), net.cell(1).branch([0, 1]), IonotropicSynapse()),
        ValueShapeError,
        ("2 presynaptic and 4 postsynaptic compartments", "fully_connect"),
        UNEQUAL,
    ),
    Case(
        "a matrix of another shape",
        network,
        lambda net: connectivity_matrix_connect(net.cell(0), net, IonotropicSynapse(), np.ones((3, 3), bool)),
        ValueShapeError,
        ("shape (3, 3)", "1 presynaptic and 3 postsynaptic cells"),
        MATRIX,
    ),
    Case(
        "a matrix of numbers",
        network,
        lambda net: connectivity_matrix_connect(net, net, IonotropicSynapse(), np.eye(3)),
        ModelTypeError,
        ("must hold booleans, but holds float64", "`matrix > 0`"),
        MATRIX,
    ),
    Case(
        "another synapse of one name",
        network,
        lambda net: connect(net[0, 0, 0], net[1, 0, 0], Other()),
        MechanismError,
        ("another synapse named 'IonotropicSynapse'", "change_name"),
        ONLY_IN_NETWORKS,
    ),
    Case(
        "a class for a synapse",
        network,
        lambda net: fully_connect(net, net, IonotropicSynapse),
        ModelTypeError,
        ("got the class IonotropicSynapse itself", "IonotropicSynapse()"),
    ),
    Case(
        "a probability above 1",
        network,
        lambda net: sparse_connect(net, net, IonotropicSynapse(), p=1.5),
        ModelValueError,
        ("sparse_connect", "from 0 to 1", "1.5"),
    ),
]
READING = [
    Case(
        "another backend",
        nothing,
        lambda _: read_swc(sample_path("interneuron"), 1, backend="custom"),
        ModelValueError,
        ("backend 'custom'", "backend='graph'"),
        BACKEND,
    ),
    Case(
        "a radius of zero",
        nothing,
        lambda _: read_swc(swc("1 1 0 0 0 5 -1", "2 3 9 0 0 0 1"), 1),
        SwcError,
        ("bad.swc", "line 2: radius 0 is zero", "positive radius"),
        BACKEND,
    ),
    Case(
        "a cycle",
        nothing,
        lambda _: read_swc(swc("1 1 0 0 0 5 -1", "2 3 9 0 0 1 3", "3 3 9 9 0 1 2"), 1),
        SwcError,
        ("bad.swc", "line 2", "cycle", "correct one of these parents"),
    ),
    Case(
        "a second root",
        nothing,
        lambda _: read_swc(swc("1 1 0 0 0 5 -1", "2 3 9 0 0 1 -1"), 1),
        SwcError,
        ("bad.swc", "line 2", "second root (the first is in line 1)", "give its parent"),
    ),
    Case(
        "a file that is not there",
        nothing,
        lambda _: read_swc("nowhere.swc", 1),
        SwcError,
        ("There is no file nowhere.swc", "check the path"),
    ),
    Case(
        "no compartments",
        nothing,
        lambda _: read_swc(sample_path("interneuron"), 0),
        MorphologyError,
        ("ncomp is 0", "an integer from 1"),
    ),
    Case(
        "a graph with a loop",
        nothing,
        lambda _: graph.from_graph(nx.DiGraph([(0, 1), (1, 2), (2, 0)])),
        MorphologyError,
        ("a loop through the nodes", "remove an edge"),
    ),
    Case(
        "a graph with synapses",
        network,
        lambda net: graph.from_graph(graph.to_graph(net, synapses=True)),
        MorphologyError,
        ("the graph has synapses", "to_graph(net, synapses=False)"),
    ),
    Case(
        "a graph of a part of a branch",
        cell,
        lambda one: graph.to_graph(one.branch(1).comp(0)),
        MorphologyError,
        ("to_graph", "parts of branches", "cell.branch([0, 1])"),
    ),
    Case(
        "to join at a node that is not there",
        plain,
        lambda one: graph.connect_graphs(graph.to_graph(one), graph.to_graph(one), 0, 99),
        MorphologyError,
        ("the second graph has no node 99",),
    ),
]
SHAPES = [
    Case(
        "distances from two compartments",
        cell,
        lambda one: distance_direct(one.branch(0), one),
        SelectionError,
        ("The start of a distance holds 2 compartments, but must be one", "cell.branch(0).loc(0.0)"),
        ONE_START,
    ),
    Case(
        "ways from two compartments",
        cell,
        lambda one: distance_pathwise(one.branch(0), one),
        SelectionError,
        ("startpoint holds 2 compartments, but must be one",),
        ONE_START,
    ),
    Case(
        "to cut off a part of a network",
        network,
        lambda net: morph_delete(net.cell(0).branch(1)),
        ModelTypeError,
        ("morph_delete edits cells", "a network", "net.cell(0).copy(as_module=True)"),
        CELLS_ONLY,
    ),
    Case(
        "to cut off a part of a branch",
        cell,
        lambda one: morph_delete(one.branch(1).comp(0)),
        SelectionError,
        ("morph_delete: this view holds parts of branches", "cell.branch([3, 4])"),
        CELLS_ONLY,
    ),
    Case(
        "to cut a cell with recordings",
        attached,
        lambda one: morph_delete(one.branch(3)),
        ModelStateError,
        ("morph_delete", "recordings, stimuli or clamps, trainable parameters", "Delete them"),
        CELLS_ONLY,
    ),
    Case(
        "to cut off the middle",
        cell,
        lambda one: morph_delete(one.branch(1)),
        SelectionError,
        ("without branches [1] the cell would fall apart", "branches [3]", "Delete these as well"),
    ),
    Case(
        "to join a cell with recordings",
        lambda: (attached(), plain()),
        lambda both: morph_connect(both[0].branch(3).loc(1.0), both[1].branch(0).loc(0.0)),
        ModelStateError,
        ("morph_connect", "recordings", "Delete them"),
        CELLS_ONLY,
    ),
    Case(
        "to join in the middle",
        two_cells,
        lambda both: morph_connect(both[0].branch(0).loc(0.5), both[1].branch(0).loc(0.0)),
        SelectionError,
        ("ends of branches", "cell.branch(2).loc(1.0)"),
        CELLS_ONLY,
    ),
    Case(
        "to join cells of which one diffuses",
        lambda: (diffusing(), cell()),
        lambda both: morph_connect(both[0].branch(3).loc(1.0), both[1].branch(0).loc(0.0)),
        ModelStateError,
        ("'CaCon_i' diffuses in some parts", "diffuse('CaCon_i')"),
    ),
]
RUNNING = [
    Case(
        "another method",
        recorded,
        lambda one: integrate(one, t_max=1.0, solver="euler"),
        ModelValueError,
        ("solver='euler' is not known", "'bwd_euler', 'crank_nicolson', 'fwd_euler', 'exp_euler'"),
        METHOD,
    ),
    Case(
        "another voltage solver",
        recorded,
        lambda one: integrate(one, t_max=1.0, voltage_solver="jaxley.thomas"),
        ModelValueError,
        ("voltage_solver='jaxley.thomas' is not known", "'jaxley.dhs'"),
        OTHER,
    ),
    Case(
        "stone on a tree",
        recorded,
        lambda one: integrate(one, t_max=1.0, voltage_solver="jaxley.stone"),
        MorphologyError,
        ("unbranched",),
        STONE,
    ),
    Case(
        "another voltage solver by hand",
        recorded,
        lambda one: build_init_and_step_fn(one, "jaxley.thomas"),
        ModelValueError,
        ("voltage_solver='jaxley.thomas' is not known",),
        OTHER,
    ),
    Case(
        "no recordings",
        plain,
        lambda one: integrate(one, t_max=1.0),
        ModelValueError,
        ("No recordings are set. Please set them", "module.record('v')"),
        NO_RECORDINGS,
    ),
    Case(
        "no duration",
        recorded,
        integrate,
        ModelValueError,
        ("For how long? Pass t_max [ms], or stimulate or clamp",),
        NO_DURATION,
    ),
    Case(
        "a clamp that ends early",
        clamped,
        lambda one: integrate(one, t_max=2.0),
        ModelValueError,
        ("The clamp of 'v' has 40 samples, but the run takes 80 steps", "shorter t_max"),
        SHORT_CLAMP,
    ),
    Case(
        "too few checkpoints",
        recorded,
        lambda one: integrate(one, t_max=1.0, checkpoint_lengths=[5, 7]),
        ModelValueError,
        ("[5, 7] cover 35 steps, but the run takes 40",),
        LENGTHS,
    ),
    Case(
        "to integrate a view",
        recorded,
        lambda one: integrate(one.branch(0), t_max=1.0),
        ModelTypeError,
        ("A view cannot be simulated alone", "view.base"),
        VIEW,
    ),
    Case(
        "a time step of zero",
        recorded,
        lambda one: integrate(one, t_max=1.0, delta_t=0.0),
        ModelValueError,
        ("delta_t is 0.0 ms", "positive time step"),
    ),
    Case(
        "a negative duration",
        recorded,
        lambda one: integrate(one, t_max=-1.0),
        ModelValueError,
        ("t_max is -1.0 ms", "positive duration"),
    ),
    Case(
        "states of another model",
        recorded,
        lambda one: integrate(one, t_max=1.0, all_states={"v": np.ones(3)}),
        ValueShapeError,
        ("all_states['v'] has shape (3,)", "6 compartments"),
    ),
    Case(
        "states that are not there",
        recorded,
        lambda one: integrate(one, t_max=1.0, all_states={"m": np.ones(6)}),
        UnknownNameError,
        ("'m', which the module does not have", "['v']"),
    ),
    Case(
        "data of another module",
        lambda: (recorded(), network()),
        lambda both: integrate(both[0], t_max=1.0, data_stimuli=both[1].cell(2).data_stimulate(np.ones(40))),
        ModelValueError,
        ("data_stimuli", "'i'", "another module"),
    ),
    Case(
        "param_state of another module",
        lambda: (recorded(), network()),
        lambda both: integrate(both[0], t_max=1.0, param_state=both[1].cell(2).data_set("v", 0.0, None)),
        ModelValueError,
        ("param_state", "'v'", "another module"),
    ),
]
CASES: list[Case] = [*MECHANISMS, *WIRING, *READING, *SHAPES, *RUNNING]
