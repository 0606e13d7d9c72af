"""Every error that the reference's description names for building and selecting, sections 1.1 and 1.1.1."""

import numpy as np
from error_cases import Case, branch, cell, network, nothing, plain

from dendrax.channels import leak
from dendrax.connect import connect
from dendrax.errors import (
    MechanismError,
    ModelStateError,
    ModelTypeError,
    ModelValueError,
    MorphologyError,
    SelectionError,
    UnknownAttributeError,
    ValueShapeError,
)
from dendrax.modules import Branch, Cell, Compartment, Module, Network
from dendrax.synapses import IonotropicSynapse

BRANCH = "AssertionError if not Compartment/list, or single Compartment without ncomp"
CELL = "AssertionError: wrong type; branches given without parents; len mismatch; len(xyzr)!=len(parents)"
ROOT = "Only ONE root supported: parents=[-1,-1] -> pandas KeyError"
EMPTY = 'ValueError "Nothing in view. Check your indices." if empty'
NEGATIVE = 'Negative ints -> "Nothing in view" ValueError'
STRING = "other str -> AssertionError \"Only 'all' is allowed\""
MASK = "bool array length must match one of shape entries or number of edges"
CHILD = "Assert if the base type has no such child"
LOC = '`.loc(at)` | at in [0,1], list or "all"'
MANY = 'too many -> AssertionError "Too many indices."; indexing a comp view is refused'
SELECT = "`.select(nodes=None, edges=None, sorted=False)` | by pandas index label"
SCOPE = "in-place change of index scope; AssertionError otherwise"
ATTRIBUTE = "Unknown attribute returns **None silently**"


def outdated() -> tuple[Cell, Module]:
    """A cell whose compartments changed, and a view from before."""
    made = plain()
    view = made.branch(2)
    made.branch(0).set_ncomp(4)
    return made, view


class Forgetful(leak.Leak):
    """A channel whose author forgot to return what was computed."""

    def init_state(self, states, v, params, delta_t):
        """Nothing."""


def forgetful() -> Cell:
    """A cell of it."""
    made = plain()
    made.insert(Forgetful())
    return made


BUILDING = [
    Case(
        "a branch of a number",
        nothing,
        lambda _: Branch(5),
        ModelTypeError,
        ("Branch", "pass a Compartment and ncomp, or a list of Compartments"),
        BRANCH,
    ),
    Case(
        "a branch of a branch",
        nothing,
        lambda _: Branch([Branch()]),
        ModelTypeError,
        ("Branch", "a list of Compartments"),
        BRANCH,
    ),
    Case(
        "a branch of one compartment without ncomp",
        nothing,
        lambda _: Branch(Compartment()),
        ModelTypeError,
        ("Branch", "a single compartment needs ncomp", "Branch(comp, ncomp=4)"),
        BRANCH,
    ),
    Case(
        "a cell of compartments",
        nothing,
        lambda _: Cell(Compartment(), [-1]),
        ModelTypeError,
        ("Cell", "pass a Branch or a list of Branches"),
        CELL,
    ),
    Case(
        "a cell without parents",
        nothing,
        lambda _: Cell([Branch(), Branch()]),
        ModelTypeError,
        ("branches need parents", "Cell(branches, parents=[-1, 0, 0])"),
        CELL,
    ),
    Case(
        "more parents than branches",
        nothing,
        lambda _: Cell([Branch(), Branch()], [-1, 0, 0]),
        MorphologyError,
        ("2 branches, but 3 parents", "must agree"),
        CELL,
    ),
    Case(
        "points of too few branches",
        nothing,
        lambda _: Cell(Branch(), [-1, 0], xyzr=[np.ones((2, 4))]),
        ModelValueError,
        ("xyzr holds 1 branches, but there are 2",),
        CELL,
    ),
    Case(
        "two roots",
        nothing,
        lambda _: Cell(Branch(), [-1, -1]),
        MorphologyError,
        ("The parent of branch 1 is -1", "index of one of the 2 branches", "only branch 0 is a root"),
        ROOT,
    ),
    Case("a network of a cell", cell, Network, ModelTypeError, ("Network", "pass a list of Cells")),
    Case(
        "a network of views",
        network,
        lambda net: Network([net.cell(0)]),
        ModelTypeError,
        ("Network", "copy(as_module=True)"),
    ),
]
SELECTING = [
    Case(
        "an index that nothing has",
        cell,
        lambda one: one.branch(4),
        SelectionError,
        ("Nothing in view. Check your indices.", "branch(4)", "the last is 3"),
        EMPTY,
    ),
    Case(
        "an empty list of indices",
        cell,
        lambda one: one.branch([]),
        SelectionError,
        ("Nothing in view. Check your indices.", "branch([])", "empty"),
        EMPTY,
    ),
    Case(
        "no index",
        cell,
        lambda one: one.branch(None),
        SelectionError,
        ("Nothing in view", "branch(None)"),
        EMPTY,
    ),
    Case(
        "a part of a view that it does not have",
        network,
        lambda net: net.cell(1).branch(3),
        SelectionError,
        ("Nothing in view", "branch(3)", "the last is 2"),
        EMPTY,
    ),
    Case(
        "a synapse that is not there",
        network,
        lambda net: net.TanhRateSynapse.edge(1),
        SelectionError,
        ("Nothing in view", "edge(1)", "none of the 1 synapses"),
        EMPTY,
    ),
    Case(
        "a negative index",
        cell,
        lambda one: one.comp(-1),
        SelectionError,
        ("Nothing in view", "comp(-1)", "count from 0", "the last one is 3"),
        NEGATIVE,
    ),
    Case(
        "a word as an index",
        network,
        lambda net: net.cell("every"),
        SelectionError,
        ("cell('every')", 'the only string that is an index is "all"'),
        STRING,
    ),
    Case(
        "a mask that is too short",
        cell,
        lambda one: one.branch(np.array([True, False])),
        SelectionError,
        ("branch", "a mask of 2 booleans for 4 entries"),
        MASK,
    ),
    Case(
        "a fraction as an index",
        cell,
        lambda one: one.branch(1.5),
        ModelTypeError,
        ("branch(1.5)", "an index is an integer, a list, range, slice"),
    ),
    Case(
        "a cell of a cell",
        cell,
        lambda one: one.cell(0),
        ModelTypeError,
        ("A cell has no cells to select", "it has branches and comps"),
        CHILD,
    ),
    Case(
        "a branch of a branch's",
        branch,
        lambda one: one.branch(0),
        ModelTypeError,
        ("A branch has no branches to select", "it has comps"),
        CHILD,
    ),
    Case(
        "the cells of a cell",
        cell,
        lambda one: list(one.cells),
        ModelTypeError,
        ("A cell has no cells",),
        CHILD,
    ),
    Case(
        "a location beyond the end",
        cell,
        lambda one: one.branch(0).loc(1.5),
        SelectionError,
        ("loc(1.5)", "fractions of the branch, from 0 to 1"),
        LOC,
    ),
    Case(
        "a location of a compartment",
        Compartment,
        lambda one: one.loc(0.0),
        ModelTypeError,
        ("A compartment has no locations", "loc is for branches, cells and networks"),
        LOC,
    ),
    Case(
        "too many indices",
        network,
        lambda net: net[0, 0, 0, 0],
        SelectionError,
        ("Too many indices. 4 were given, 3 levels are left",),
        MANY,
    ),
    Case(
        "an index of a compartment",
        network,
        lambda net: net[0, 0, 0][0],
        SelectionError,
        ("Too many indices. 1 were given, 0 levels are left",),
        MANY,
    ),
    Case(
        "a label that is not in view",
        cell,
        lambda one: one.branch(1).select(nodes=[2, 9]),
        SelectionError,
        ("select(nodes=...)", "no index [9] is in view"),
        SELECT,
    ),
    Case(
        "another scope",
        cell,
        lambda one: one.scope("nearby"),
        SelectionError,
        ("scope('nearby')", '"local" or "global"'),
        SCOPE,
    ),
    Case(
        "another scope in place",
        cell,
        lambda one: one.set_scope("nearby"),
        SelectionError,
        ("scope('nearby')", '"local" or "global"'),
        SCOPE,
    ),
    Case(
        "a misspelt group",
        cell,
        lambda one: one.proximl,
        UnknownAttributeError,
        ("This cell has no attribute, group, channel or synapse 'proximl'", "Did you mean 'proximal'?"),
        ATTRIBUTE,
    ),
    Case(
        "a channel that is elsewhere",
        cell,
        lambda one: one.branch(0).HH,
        SelectionError,
        ("Nothing in view", "No compartment in view is in 'HH'"),
        EMPTY,
    ),
    Case(
        "a view from before set_ncomp",
        outdated,
        lambda both: both[1].set("v", 0.0),
        ModelStateError,
        ("made before `set_ncomp`", "Select it again"),
    ),
]
NEWCOMERS = [
    Case(
        "a channel by its name",
        plain,
        lambda one: one.insert("hh"),
        ModelTypeError,
        ("got str", "`from dendrax.channels import HH`, HH()"),
    ),
    Case(
        "a file of channels for a channel",
        plain,
        lambda one: one.insert(leak),
        ModelTypeError,
        ("got module", "`from dendrax.channels import Leak`, Leak()"),
    ),
    Case(
        "two channels at once",
        plain,
        lambda one: one.insert([leak.Leak(), leak.Leak("other")]),
        ModelTypeError,
        ("got list", "Pass one after the other"),
    ),
    Case(
        "a synapse for a channel",
        plain,
        lambda one: one.insert(IonotropicSynapse()),
        ModelTypeError,
        ("IonotropicSynapse is a synapse", "`jx.connect(pre, post, synapse)`"),
    ),
    Case(
        "a synapse by its name",
        network,
        lambda net: connect(net[0, 0, 0], net[1, 0, 0], "AMPA"),
        ModelTypeError,
        ("connect", "got str", "`from dendrax.synapses import AMPA`, AMPA()"),
    ),
    Case(
        "a channel for a synapse",
        network,
        lambda net: connect(net[0, 0, 0], net[1, 0, 0], leak.Leak()),
        ModelTypeError,
        ("Leak is a channel", "`view.insert(...)`"),
    ),
    Case(
        "states that were forgotten",
        forgetful,
        lambda one: one.init_states(),
        MechanismError,
        ("init_state of 'Forgetful' must return a dict of states, not None",),
    ),
    Case(
        "to delete a class",
        cell,
        lambda one: one.delete(leak.Leak),
        ModelTypeError,
        ("the class Leak itself", "Pass an instance"),
    ),
    Case(
        "a voltage that is held at a single number",
        cell,
        lambda one: one.branch(0).comp(0).clamp("v", -70.0),
        ValueShapeError,
        ("clamp", "shape ()", "one value for each time step"),
    ),
    Case(
        "a section called as in NEURON",
        cell,
        lambda one: one.branch(0)(0.5),
        ModelTypeError,
        ("A cell is not a function", "`.loc(0.5)`"),
    ),
    Case(
        "a diameter assigned as in NEURON",
        cell,
        lambda one: setattr(one.branch(0), "diam", 2.0),
        UnknownAttributeError,
        ("'diam' is no attribute", "'radius' [um, half the diameter]", "`set('radius', ...)`"),
    ),
]
CASES: list[Case] = [*BUILDING, *SELECTING, *NEWCOMERS]
