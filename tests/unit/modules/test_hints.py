"""Whoever types a name of NEURON's, or one that is nearly ours, is told what it is here, and nothing is ignored."""

import copy
import pickle
import re

import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import ModelTypeError, UnknownAttributeError, UnknownNameError, ValueShapeError
from dendrax.modules import Branch, Cell, Compartment, Network, hints
from dendrax.modules.editing import known_keys
from dendrax.modules.inputs import currents_of
from dendrax.modules.trainables import check_params
from dendrax.synapses import IonotropicSynapse


@pytest.fixture
def cell():
    made = Cell(Branch(Compartment(), 2), parents=[-1, 0])
    made.insert(HH())
    return made


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("Ra", "Here it is 'axial_resistivity' [ohm cm]."),
        ("cm", "'capacitance' [uF/cm^2]"),
        ("diam", "'radius' [um, half the diameter]"),
        ("L", "'length' [um, of each compartment]"),
        ("celsius", "'temperature'"),
        ("gnabar_hh", "'HH_gNa' [S/cm^2]"),
        ("ek", "Did you mean 'HH_eK'?"),
        ("V", "Did you mean 'v'?"),
        ("gNa", "Did you mean 'HH_gNa'?"),
        ("HH_gna", "Did you mean 'HH_gNa'?"),
        ("g_pas", "'Leak_gLeak' is of Leak, a channel that is not there yet: `insert(Leak())`."),
        ("CaPump_gamma", "is of CaPump, a pump that is not there yet: `insert(CaPump())`."),
        ("IonotropicSynapse_gS", "a synapse: `jx.connect(pre, post, IonotropicSynapse())` makes one."),
    ],
)
def test_a_parameter_by_another_name(cell, key, says):
    with pytest.raises(UnknownNameError, match=re.escape(says)):
        cell.set(key, 1.0)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("radius", "It is read by `.nodes['radius']` and written by `set('radius', ...)`."),
        ("diam", "Here it is 'radius' [um, half the diameter]. It is read by `.nodes['radius']`"),
        ("ina", "Here it is 'i_HH' [mA/cm^2]. It is recorded by `record('i_HH')`."),
        ("nseg", "It is `ncomp` here"),
        ("soma", "add_to_group('soma')"),
        ("hh", "Did you mean 'HH'?"),
        ("Leak", "Leak is a channel that is not there yet: `insert(Leak())`."),
        ("IonotropicSynapse", "IonotropicSynapse is a synapse: `jx.connect(pre, post, IonotropicSynapse())`"),
        ("simulate", "`jx.integrate(module, t_max=...)` runs a model."),
    ],
)
def test_an_attribute_by_another_name(cell, name, says):
    with pytest.raises(UnknownAttributeError, match=re.escape(says)):
        getattr(cell, name)


@pytest.mark.parametrize("name", ["radius", "HH_gNa", "v", "diam", "nseg", "nodes", "recordings"])
def test_what_would_change_nothing_is_refused(cell, name):
    before = cell.nodes.copy()
    for module in (cell, cell.branch(0)):
        with pytest.raises(UnknownAttributeError, match=f"{name!r} is no attribute of a cell that can be assigned"):
            setattr(module, name, 2.0)
    assert cell.nodes.equals(before)


def test_values_of_synapses_are_in_the_other_table():
    net = Network([Cell()] * 2)
    jx.connect(net.cell(0), net.cell(1), IonotropicSynapse())
    with pytest.raises(UnknownAttributeError, match=r"\.edges\['IonotropicSynapse_gS'\]"):
        net.IonotropicSynapse.IonotropicSynapse_gS = 1.0


def test_ones_own_attributes_stay(cell):
    class Mine(Cell):
        def __init__(self):
            super().__init__(Branch(Compartment(), 2), parents=[-1])
            self.length = 3.0

    cell.label = "first"
    mine = Mine()
    assert (cell.label, copy.deepcopy(cell).label, pickle.loads(pickle.dumps(cell)).label) == ("first",) * 3  # noqa: S301
    assert (mine.length, mine.nodes["length"].tolist()) == (3.0, [10.0, 10.0])


def test_a_place_is_not_called(cell):
    with pytest.raises(ModelTypeError, match=r"A cell is not a function.*\.loc\(0\.5\)"):
        cell.branch(0)(0.5)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("IClamp", r"view\.stimulate\(jx\.step_current"),
        ("HH", r"It is `dendrax\.channels\.HH`\."),
        ("ExpSyn", r"It is `dendrax\.synapses\.ExpSyn`\."),
        ("NetStim", r"dendrax\.events\.NetStim"),
        ("NetCon", r"jx\.netcon"),
        ("finitialize", "init_states"),
    ],
)
def test_a_name_that_is_elsewhere(name, says):
    with pytest.raises(AttributeError, match=says):
        getattr(jx, name)


def test_what_the_tables_name_is_there():
    """No name that we have is taken for one of NEURON's, and what the hints name can be set or recorded."""
    cell = Cell()
    net = Network([cell] * 2)
    jx.connect(net.cell(0), net.cell(1), IonotropicSynapse())
    for package in ("channels", "pumps"):
        for name in getattr(jx, package).__all__:
            made = getattr(getattr(jx, package), name)
            if name not in ("Channel", "Pump", "NernstReversal", "FaradayConcentrationChange"):
                cell.insert(made(surrogate="superspike") if name in ("Fire", "LIF", "Izhikevich", "AdEx") else made())
    known = {*known_keys(cell.tables), *currents_of(cell.tables)}
    assert {name for one in hints.PARAMETERS.values() for name in one.names} <= known
    assert not set(hints.PARAMETERS) & known
    assert not [name for name in hints.ATTRIBUTES if hasattr(net, name)]
    assert not set(hints.NAMES) & {*jx.__all__, *vars(jx)}


@pytest.mark.parametrize("values", ["2", ["1", "2"], np.array(["1"])])
def test_text_is_no_number(cell, values):
    for call in (cell.set, cell.make_trainable):
        with pytest.raises(ModelTypeError, match="is text"):
            call("radius", values)
    with pytest.raises(ModelTypeError, match="is text"):
        cell.stimulate(values)


@pytest.mark.parametrize(
    ("values", "says"),
    [(0.1, "one value for each time step"), (np.ones((100, 4)), "the transpose of these")],
)
def test_shapes_that_are_easily_meant(cell, values, says):
    for call in (cell.stimulate, lambda given: cell.clamp("v", given)):
        with pytest.raises(ValueError, match=says):
            call(values)


def test_a_current_that_never_begins_is_said():
    with pytest.warns(UserWarning, match="begins at i_delay = 100 ms, after the end at t_max = 10 ms"):
        jx.step_current(100.0, 1.0, 0.1, 0.025, 10.0)


def test_parameters_that_are_meant_otherwise(cell):
    for key in ("HH_gNa", "HH_gK"):
        cell.make_trainable(key, verbose=False)
    with pytest.raises(ValueShapeError, match="the same in another order"):
        check_params(cell.tables, cell.get_parameters()[::-1])
    with pytest.raises(ValueShapeError, match="passed as `param_state=`"):
        check_params(cell.tables, cell.data_set("radius", 1.0, None))


def test_parameters_where_none_is_trainable(cell):
    with pytest.raises(ValueShapeError, match="call `make_trainable` first"):
        check_params(cell.tables, [{"HH_gNa": np.ones(1)}])
