"""Models that were saved and loaded are the same, bit for bit, and so is what they do."""

import copy
import pickle
import zipfile
from dataclasses import fields
from pathlib import Path

import jax
import numpy as np
import pytest
from model_examples import (
    everything,
    two_cells,
    two_cells_joined_anywhere,
    two_cells_that_learn,
    two_cells_with_events,
    two_cells_with_several_weights,
)

import dendrax as jx
from dendrax.errors import ModelFileError, ModelStateError, ModelTypeError, UnknownNameError, ValueShapeError
from dendrax.io.model import tables
from dendrax.modules.tables import Tables

GOLDEN = Path(__file__).parent / "golden"
T = 0.5
compiled = []


def _on_event(name, seconds, **_):
    if name.endswith("backend_compile_duration"):
        compiled.append(seconds)


jax.monitoring.register_event_duration_secs_listener(_on_event)


@pytest.fixture(scope="module")
def net():
    return two_cells()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a model.dendrax"


def again(module, path, **options):
    jx.save(module, path)
    return jx.load(path, **options)


def test_everything_comes_back(net, path):
    before = everything(net)
    loaded = again(net, path)
    assert everything(net) == before
    assert everything(loaded) == before
    assert loaded.nodes.equals(net.nodes)
    assert loaded.edges.equals(net.edges)
    assert [points.tobytes() for points in loaded.xyzr] == [points.tobytes() for points in net.xyzr]


def test_no_table_is_forgotten():
    assert set(tables.PARTS) == {one.name for one in fields(Tables)}


def test_the_same_model_gives_the_same_bytes(path):
    jx.save(two_cells(), path)
    first = path.read_bytes()
    jx.save(two_cells(), path)
    assert path.read_bytes() == first
    jx.save(jx.load(path), path)
    assert path.read_bytes() == first


def test_a_loaded_model_runs_the_same_program(net, path):
    loaded = again(net, path)
    expected = jx.integrate(net, net.get_parameters())
    before = len(compiled)
    found = jx.integrate(loaded, loaded.get_parameters())
    assert len(compiled) == before
    assert np.asarray(found).tobytes() == np.asarray(expected).tobytes()
    assert np.isfinite(found).all()


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_copies_and_pickles_are_whole_too(net, clone):
    assert everything(clone(net)) == everything(net)
    assert everything(clone(net.cell(1)).base) == everything(net)


def test_a_run_goes_on_where_it_stopped(path):
    net = two_cells()
    net.delete_stimuli()
    net.delete_clamps()
    whole = np.asarray(jx.integrate(net, t_max=2 * T, check=True))
    first, states = jx.integrate(net, t_max=T, check=True, return_states=True)
    jx.save(net, path, states=states)
    loaded, found = jx.load(path, with_states=True)
    assert {name: (one.dtype, np.asarray(one).tobytes()) for name, one in found.items()} == {
        name: (one.dtype, np.asarray(one).tobytes()) for name, one in states.items()
    }
    second = np.asarray(jx.integrate(loaded, t_max=T, check=True, all_states=found))
    assert np.concatenate([first[:, :-1], second], axis=1).tobytes() == whole.tobytes()
    assert everything(jx.load(path)) == everything(net)


def test_states_of_another_model_are_refused(path):
    cell = jx.Cell()
    with pytest.raises(UnknownNameError, match="'HH_m'"):
        jx.save(cell, path, states={"HH_m": np.zeros(1)})
    with pytest.raises(ValueShapeError, match="shape"):
        jx.save(cell, path, states={"v": np.zeros(2)})
    with pytest.raises(ModelTypeError, match="has no values to write"):
        jax.jit(lambda v: jx.save(cell, path, states={"v": v}))(np.zeros(1))
    assert not path.exists()
    jx.save(cell, path)
    with pytest.raises(ModelFileError, match=r"holds no states: `save\(module, path, states="):
        jx.load(path, with_states=True)


@pytest.mark.parametrize(
    "make",
    [
        jx.Compartment,
        lambda: jx.Branch(jx.Compartment(), ncomp=3),
        lambda: jx.Cell(jx.Branch(jx.Compartment(), 2), [-1, 2, 0, 0]),
        lambda: jx.morphology.sample("interneuron"),
        lambda: jx.Network([jx.Cell(), jx.morphology.sample("interneuron")]),
    ],
)
def test_every_kind(make, path):
    module = make()
    loaded = again(module, path)
    assert type(loaded) is type(module)
    assert everything(loaded) == everything(module)
    assert loaded.nodes.equals(module.nodes)


@pytest.mark.parametrize(
    ("select", "kind"),
    [
        (lambda n: n.cell(1), jx.Cell),
        (lambda n: n.cell(0).branch(2), jx.Branch),
        (lambda n: n.cell(0).branch(1).comp(0), jx.Compartment),
        (lambda n: n.view, jx.Network),
    ],
)
def test_a_view_is_saved_as_a_model_of_its_own(net, path, select, kind):
    local = select(net.scope("local"))
    loaded = again(local, path)
    assert type(loaded) is kind
    assert everything(loaded) == everything(local.copy(as_module=True))


def test_a_view_that_does_not_hang_together_is_refused(net, path):
    with pytest.raises(ModelStateError, match="not connected"):
        jx.save(net.scope("local").cell(0).branch([1, 2]), path)
    assert not path.exists()


def test_what_a_user_wrote_to_the_tables_counts(path):
    net = two_cells()
    net.nodes.loc[3, "capacitance"] = 2.5
    net.nodes["layer"] = ["L2/3", None] * 9
    net.nodes["rank"] = np.arange(18, dtype=np.uint8)
    net.nodes["weight"] = np.arange(18, dtype=np.float32) / 3
    net.nodes["mixed"] = np.array([1, 0.5, "x", True, None, float("nan")] * 3, dtype=object)
    net.edges["delay"] = 1.5
    net.edges["why"] = "learned"
    loaded = again(net, path)
    assert everything(loaded) == everything(net)
    for name in net.nodes:
        assert loaded.nodes[name].dtype == net.nodes[name].dtype, name
    assert loaded.nodes["layer"].tolist()[:1] == ["L2/3"]


def test_shared_groups_that_a_user_chose_count(path):
    net = two_cells()
    net.delete_trainables()
    net.nodes["controlled_by_param"] = np.arange(18) % 3
    net.edges["controlled_by_param"] = ["a", "a", "b", "c", "c"]
    loaded = again(net, path)
    for one in (net, loaded):
        one.make_trainable("capacitance", verbose=False)
        one.make_trainable("TanhRateSynapse_gS", verbose=False)
    assert loaded.num_trainable_params == net.num_trainable_params == 5
    assert everything(loaded) == everything(net)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda n: n.nodes.__setitem__("when", np.full(18, np.datetime64("2026-11-21"))), "'nodes/when'.*datetime64"),
        (lambda n: n.nodes.__setitem__("what", [object()] * 18), "'nodes/what' holds <object"),
        (lambda n: n.nodes.__setitem__(3, 1.0), "names that are different texts"),
        (lambda n: n.nodes.pop("radius"), "no column 'radius'"),
        (lambda n: n.edges.__setitem__("pre_index", 10**6), "'pre_index' is 1000000.0, but there are 18"),
        (lambda n: n.nodes.__setitem__("v", "high"), "'v'.*no number"),
    ],
)
def test_tables_that_a_file_cannot_hold_are_refused(spoil, says, path):
    net = two_cells()
    spoil(net)
    with pytest.raises(ModelFileError, match=says):
        jx.save(net, path)
    assert list(path.parent.iterdir()) == []


def test_anything_can_open_the_archive(net, path):
    jx.save(net, path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["model.json", "arrays.safetensors"]
        assert b'"dendrax.channels.hh:HH"' in archive.read("model.json")


def test_the_file_of_the_first_schema_is_still_read():
    net, loaded = two_cells(), jx.load(GOLDEN / "model_schema_1.dendrax")
    assert loaded.shape == net.shape
    assert everything(loaded.tables.inputs) == everything(net.tables.inputs)
    assert everything(loaded.tables.trainables) == everything(net.tables.trainables)
    assert loaded.tables.recordings == net.tables.recordings
    assert (loaded.channels, loaded.pumps, loaded.synapses) == (net.channels, net.pumps, net.synapses)
    for name, column in net.tables.nodes.columns.items():
        np.testing.assert_allclose(loaded.tables.nodes[name], column, rtol=1e-14, err_msg=name)
    for name, column in net.tables.edges.columns.items():
        np.testing.assert_array_equal(loaded.tables.edges[name], column, err_msg=name)


def test_events_come_back(path):
    net = two_cells_with_events()
    loaded = again(net, path)
    assert everything(loaded) == everything(net)
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301
        assert everything(clone) == everything(net)
    before = path.read_bytes()
    jx.save(two_cells_with_events(), path)
    assert path.read_bytes() == before
    jx.netcon(loaded.cell(0).branch(0).comp(1), loaded.E, weight=0.01, delay=3.3, threshold=0.0)
    assert len(loaded.tables.events.detectors) == len(net.tables.events.detectors)


def test_the_file_of_the_second_schema_is_still_read():
    net, loaded = two_cells_with_events(), jx.load(GOLDEN / "model_schema_2.dendrax")
    for name in ("points", "events", "trainables", "recordings"):
        assert everything(getattr(loaded.tables, name)) == everything(getattr(net.tables, name))


def test_plastic_connections_come_back(path):
    net = two_cells_that_learn()
    assert everything(again(net, path)) == everything(net)
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301
        assert everything(clone) == everything(net)


def test_the_file_of_the_third_schema_is_still_read():
    assert everything(jx.load(GOLDEN / "model_schema_3.dendrax")) == everything(two_cells_that_learn())


def test_several_weights_come_back(path):
    net = two_cells_with_several_weights()
    loaded = again(net, path)
    assert everything(loaded) == everything(net)
    assert loaded.tables.events.connections.weights == ["ampa", "nmda"]
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301
        assert everything(clone) == everything(net)


def test_the_file_of_the_fourth_schema_is_still_read():
    assert everything(jx.load(GOLDEN / "model_schema_4.dendrax")) == everything(two_cells_with_several_weights())


def test_joints_come_back(path):
    net = two_cells_joined_anywhere()
    loaded = again(net, path)
    assert everything(loaded) == everything(net)
    assert loaded.tables.structure.joint_of_branch.tolist() == [1, 0.5, 0, 0.2, 1, 1, 0.9, 0]
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301
        assert everything(clone) == everything(net)


def test_the_file_of_the_fifth_schema_is_still_read():
    assert everything(jx.load(GOLDEN / "model_schema_5.dendrax")) == everything(two_cells_joined_anywhere())


def test_paths_that_are_none(tmp_path):
    with pytest.raises(ModelFileError, match=r"load\(.*missing'\): it cannot be read \(No such file"):
        jx.load(tmp_path / "missing")
