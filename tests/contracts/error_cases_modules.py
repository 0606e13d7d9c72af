"""Every error that the reference's description names for the methods of modules, sections 1.1.2 to 1.1.4."""

import jax
import numpy as np
from error_cases import Case, attached, cell, diffusing, network, plain

from dendrax.channels import HH, K
from dendrax.errors import (
    MechanismError,
    ModelStateError,
    ModelTypeError,
    ModelValueError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.modules import Cell, Compartment, Network

INSERT = "Assert: name must differ from group names"
DELETE = "instance required; by name; drops columns no other *channel* uses. ValueError if absent"
SET = 'KeyError "Key … not found in nodes or edges"'
SHAPE = "scalar or array (n in view with non-NaN entry)"
DIFFUSION = "`axial_diffusion_X` must be >0 (assert)"
JIT = "Not usable in jit"
DATA_SET = "appends in place to a passed list; KeyError otherwise"
GROUP = "boolean column; assert not a channel name"
RECORD = "synapse state or `i_<SynapseName>`; KeyError otherwise"
STIMULATE = 'assert otherwise ("Number of comps and stimuli do not match.")'
DATA_INPUT = "KeyError on unknown state; count assert"
TRAINABLE = "list (len must match; assert)"
INIT = "not synapses; not trainables; base module only"
NCOMP = "before stimuli/recordings/trainables (asserts), not for networks, not whole multi-branch cell"
UNEVEN = (
    "ValueErrors for inhomogeneous radius (unless SWC), length, capacitance, axial_resistivity, channel presence, "
    "params/states, groups"
)
DIFFUSE = "whole base module only; adds column `axial_diffusion_<state>`"
CONSTITUENT = "assert if a constituent already diffuses (must be called on the outermost module)"
TO_JAX = 'base module only for to_jax (AssertionError "… not supported for Views")'
BASE_ONLY = "base only; semi-public (used in its docs)"
ROTATE = "ValueError for other axes"
DETAIL = "ValueError other detail"
LAYERS = "assert sum==n cells"

WORDS = np.full(40, 0.1)


def one_branch_changed(key: str) -> Cell:
    """A cell of which the compartments of branch 1 differ in something."""
    made = plain()
    view = made.branch(1).comp(0)
    if key == "group":
        view.add_to_group("tuft")
    elif key == "HH":
        view.insert(HH())
    elif key == "HH_gNa":
        made.insert(HH())
        view.set(key, 0.2)
    else:
        view.set(key, 3.0)
    return made


def with_trainable() -> Cell:
    """Trained, and nothing else."""
    made = plain()
    made.make_trainable("radius", verbose=False)
    return made


def partly_diffusing() -> tuple[Cell, Cell]:
    """Calcium diffuses in the first."""
    return diffusing(), cell()


EDITING = [
    Case(
        "a channel with the name of a group",
        cell,
        lambda one: one.insert(HH("proximal")),
        MechanismError,
        ("'proximal'", "the name of a group", "change_name"),
        INSERT,
    ),
    Case(
        "a class for a channel",
        cell,
        lambda one: one.insert(HH),
        ModelTypeError,
        ("got the class HH itself", "HH()"),
        INSERT,
    ),
    Case(
        "to delete a channel that is not there",
        cell,
        lambda one: one.branch(0).delete(HH()),
        MechanismError,
        ("no channel 'HH' in view", "['Leak']"),
        DELETE,
    ),
    Case(
        "to delete a pump that is not there",
        plain,
        lambda one: one.delete(K()),
        MechanismError,
        ("no channel 'K' in view", "[]"),
        DELETE,
    ),
    Case(
        "to set a misspelt parameter",
        cell,
        lambda one: one.set("HH_gNaa", 0.1),
        UnknownNameError,
        ("No parameter or state 'HH_gNaa' in this cell", "Did you mean 'HH_gNa'?"),
        SET,
    ),
    Case(
        "to set a parameter where its channel is not",
        cell,
        lambda one: one.branch(0).set("HH_gNa", 0.1),
        UnknownNameError,
        ("No compartment in view has 'HH_gNa'", "insert HH there first"),
        SET,
    ),
    Case(
        "to set a parameter of synapses where there are none",
        network,
        lambda net: net.cell(1).set("IonotropicSynapse_gS", 1.0),
        UnknownNameError,
        ("No synapse in view has 'IonotropicSynapse_gS'", "the view contains no IonotropicSynapse"),
        SET,
    ),
    Case(
        "too many values",
        cell,
        lambda one: one.branch(1).set("radius", [1.0] * 5),
        ValueShapeError,
        ("set('radius')", "shape (5,)", "4 are in view", "Pass one or 4"),
        SHAPE,
    ),
    Case(
        "a diffusion constant of zero",
        diffusing,
        lambda one: one.branch(1).set("axial_diffusion_CaCon_i", 0.0),
        ModelValueError,
        ("'axial_diffusion_CaCon_i' must be positive, but is 0.0 in compartment 2 (branch 1, comp 0)",),
        DIFFUSION,
    ),
    Case(
        "to set within jit",
        cell,
        lambda one: jax.jit(lambda v: one.set("radius", v))(1.0),
        ModelTypeError,
        ("set('radius')", "none that JAX traces", "data_set"),
        JIT,
    ),
    Case(
        "data_set of an unknown name",
        cell,
        lambda one: one.data_set("radii", 1.0, None),
        UnknownNameError,
        ("No parameter or state 'radii'", "Did you mean 'radius'?"),
        DATA_SET,
    ),
    Case(
        "data_set of too many values",
        cell,
        lambda one: one.branch(0).data_set("v", np.ones(3), None),
        ValueShapeError,
        ("data_set('v')", "shape (3,)", "2 compartments in view"),
        DATA_SET,
    ),
    Case(
        "a group with the name of a channel",
        cell,
        lambda one: one.add_to_group("HH"),
        ModelValueError,
        ("add_to_group('HH')", "the name of a channel"),
        GROUP,
    ),
    Case(
        "a group with the name of a method",
        cell,
        lambda one: one.add_to_group("record"),
        ModelValueError,
        ("add_to_group('record')", "method"),
        GROUP,
    ),
    Case(
        "init_states of a view",
        cell,
        lambda one: one.branch(0).init_states(),
        ModelStateError,
        ("init_states", "view.base"),
        INIT,
    ),
    Case(
        "diffusion in a view",
        cell,
        lambda one: one.branch(2).diffuse("CaCon_i"),
        ModelStateError,
        ("diffuse", "whole module", "view.base"),
        DIFFUSE,
    ),
    Case(
        "an end of diffusion in a view",
        diffusing,
        lambda one: one.branch(2).delete_diffusion("CaCon_i"),
        ModelStateError,
        ("delete_diffusion", "view.base"),
        DIFFUSE,
    ),
    Case(
        "diffusion of what is not there",
        plain,
        lambda one: one.diffuse("CaCon_i"),
        UnknownNameError,
        ("no concentration 'CaCon_i'", "Insert a pump or channel"),
        DIFFUSE,
    ),
    Case(
        "an end of what does not diffuse",
        cell,
        lambda one: one.delete_diffusion("CaCon_i"),
        UnknownNameError,
        ("'CaCon_i' does not diffuse",),
        DIFFUSE,
    ),
    Case(
        "a network of cells of which some diffuse",
        partly_diffusing,
        lambda both: Network(list(both)),
        ModelStateError,
        ("'CaCon_i' diffuses in some parts of this network, but not in all", "diffuse('CaCon_i')"),
        CONSTITUENT,
    ),
]
CUTTING = [
    *(
        Case(
            f"set_ncomp with {what}",
            on,
            lambda one: one.branch(0).set_ncomp(4),
            ModelStateError,
            ("set_ncomp", what, "Delete them, or call set_ncomp first"),
            NCOMP,
        )
        for what, on in {
            "recordings": attached,
            "stimuli or clamps": attached,
            "synapses": network,
            "trainable parameters": with_trainable,
        }.items()
    ),
    *(
        Case(
            f"set_ncomp of a branch whose compartments differ in {key}",
            lambda key=key: one_branch_changed(key),
            lambda one: one.branch(1).set_ncomp(4),
            ModelValueError,
            ("set_ncomp", "the compartments of branch 1 differ in", name, "before they are made different"),
            UNEVEN,
        )
        for key, name in {
            "radius": "'radius'",
            "length": "'length'",
            "capacitance": "'capacitance'",
            "axial_resistivity": "'axial_resistivity'",
            "HH": "'HH",
            "HH_gNa": "'HH_gNa'",
            "group": "'tuft'",
        }.items()
    ),
    Case(
        "set_ncomp of a compartment",
        Compartment,
        lambda one: one.set_ncomp(2),
        ModelTypeError,
        ("a compartment has no branches to cut",),
        NCOMP,
    ),
]
ATTACHING = [
    Case(
        "to record an unknown state",
        cell,
        lambda one: one.record("HH_mm", verbose=False),
        UnknownNameError,
        ("record: no state or membrane current 'HH_mm'", "Did you mean 'HH_m'?"),
        RECORD,
    ),
    Case(
        "to record a state that nothing in view has",
        cell,
        lambda one: one.branch(0).record("HH_m", verbose=False),
        UnknownNameError,
        ("no compartment in view has 'HH_m'", "insert HH there first"),
        RECORD,
    ),
    Case(
        "to record a state that some in view lack",
        cell,
        lambda one: one.record("HH_m", verbose=False),
        ModelValueError,
        ("6 of 10 compartments in view do not have it", "compartment 0 (branch 0, comp 0)", "module.HH.record"),
    ),
    Case(
        "to record what is injected",
        cell,
        lambda one: one.record("i", verbose=False),
        UnknownNameError,
        ("no state or membrane current 'i'", "what is injected is in `.externals`"),
    ),
    Case(
        "to stimulate with too many rows",
        cell,
        lambda one: one.branch(0).stimulate(np.ones((3, 40)), verbose=False),
        ValueShapeError,
        ("Number of comps and stimuli do not match", "shape (3, 40)", "2 compartments are in view", "(2, time)"),
        STIMULATE,
    ),
    Case(
        "to stimulate with nothing",
        cell,
        lambda one: one.stimulate(verbose=False),
        ModelTypeError,
        ("stimulate: pass the values over time",),
        STIMULATE,
    ),
    Case(
        "to clamp an unknown state",
        cell,
        lambda one: one.clamp("HH_mm", WORDS, verbose=False),
        UnknownNameError,
        ("clamp: no state or membrane current 'HH_mm'", "Did you mean 'HH_m'?"),
        STIMULATE,
    ),
    Case(
        "clamps of unequal length",
        attached,
        lambda one: one.branch(0).clamp("v", np.ones(30), verbose=False),
        ValueShapeError,
        ("clamp('v'): 30 values", "has 40", "delete_clamps('v')"),
    ),
    Case(
        "data_clamp of an unknown state",
        cell,
        lambda one: one.data_clamp("HH_mm", WORDS),
        UnknownNameError,
        ("data_clamp: no state or membrane current 'HH_mm'", "Did you mean 'HH_m'?"),
        DATA_INPUT,
    ),
    Case(
        "data_stimulate with too many rows",
        cell,
        lambda one: one.branch(0).data_stimulate(np.ones((3, 40))),
        ValueShapeError,
        ("data_stimulate: Number of comps", "shape (3, 40)", "2 compartments"),
        DATA_INPUT,
    ),
    Case(
        "data_clamp with too many rows",
        cell,
        lambda one: one.branch(0).data_clamp("v", np.ones((3, 40))),
        ValueShapeError,
        ("data_clamp: Number of comps", "shape (3, 40)", "2 compartments"),
        DATA_INPUT,
    ),
    Case(
        "too many initial values",
        cell,
        lambda one: one.branch([0, 1]).make_trainable("radius", [1.0, 1.0, 1.0]),
        ValueShapeError,
        ("make_trainable('radius')", "shape (3,)", "2 groups"),
        TRAINABLE,
    ),
    Case(
        "to train an unknown parameter",
        cell,
        lambda one: one.make_trainable("HH_gNaa"),
        UnknownNameError,
        ("No parameter or state 'HH_gNaa'", "Did you mean 'HH_gNa'?"),
    ),
    Case(
        "to write other trainables",
        attached,
        lambda one: one.write_trainables([{"radius": np.ones(3)}]),
        ValueShapeError,
        ("do not match", "'radius': (3,)", "'radius': (2,)", "get_parameters()"),
    ),
]
WHOLE = [
    Case(
        "to_jax of a view",
        cell,
        lambda one: one.branch(0).to_jax(),
        ModelStateError,
        ("to_jax", "view.base"),
        TO_JAX,
    ),
    Case(
        "parameters of a view",
        cell,
        lambda one: one.branch(0).get_all_parameters([]),
        ModelStateError,
        ("get_all_parameters", "view.base"),
        BASE_ONLY,
    ),
    Case(
        "states of a view",
        cell,
        lambda one: one.branch(0).get_all_states([]),
        ModelStateError,
        ("get_all_states", "view.base"),
        BASE_ONLY,
    ),
    Case(
        "currents of a view",
        cell,
        lambda one: one.branch(0).append_channel_currents_to_states({}, {}, 0.1),
        ModelStateError,
        ("append_channel_currents_to_states", "view.base"),
        BASE_ONLY,
    ),
    Case(
        "a step of a view",
        cell,
        lambda one: one.branch(0).step({}, 0.1, {}, {}, {}),
        ModelStateError,
        ("step", "view.base"),
        BASE_ONLY,
    ),
    Case(
        "another plane",
        cell,
        lambda one: one.rotate(90.0, "yx"),
        ModelValueError,
        ("rotation_axis = 'yx'", 'choose "xy", "xz" or "yz"'),
        ROTATE,
    ),
    Case(
        "another detail",
        network,
        lambda net: net.vis(detail="some"),
        ModelValueError,
        ("detail = 'some' is unknown", "'full' and 'point'"),
        DETAIL,
    ),
    Case(
        "layers of too few cells",
        network,
        lambda net: net.arrange_in_layers([1, 1]),
        ValueShapeError,
        ("the layers hold 2 cells, but the network has 3",),
        LAYERS,
    ),
]
CASES: list[Case] = [*EDITING, *CUTTING, *ATTACHING, *WHOLE]
