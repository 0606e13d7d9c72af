"""What of a module an interactive page shows, and what view3d refuses."""

import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.synapses import IonotropicSynapse


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """`view3d` that returns the scene and writes nothing."""
    from dendrax.plot import page

    scenes = []
    monkeypatch.setattr(page, "write", lambda scene, path, **_: scenes.append(scene))

    def show(module, recordings=None, **options):
        assert jx.view3d(module, recordings, tmp_path / "cell.html", **options) == tmp_path / "cell.html"
        return scenes.pop()

    return show


@pytest.fixture
def net():
    """Three cells of three branches with two compartments, all where they were built; v and a synapse recorded."""
    net = jx.Network([jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0, 0])] * 3)
    net.cell(1).insert(HH())
    jx.connect(net.cell(0).branch(0).comp(0), net.cell(2).branch(1).comp(1), IonotropicSynapse())
    net.cell([0, 2]).branch(0).record("v", verbose=False)
    net.record("IonotropicSynapse_s", verbose=False)
    net.cell(2).add_to_group("last")
    return net


def test_a_network_is_shown_with_channels_groups_synapses_and_recordings(net, shown):
    values = np.arange(5.0)[:, None] + np.zeros(7)
    scene = shown(net, values, delta_t=0.1)
    assert scene.channels["HH"].tolist() == [False] * 6 + [True] * 6 + [False] * 6
    assert scene.groups["last"].tolist() == [False] * 12 + [True] * 6
    assert np.isnan(scene.numbers["HH_gNa"][:6]).all()
    assert scene.numbers["HH_gNa"][6] == 0.12
    assert scene.index[15].tolist() == [2, 1, 1, 15]
    (wires,) = scene.wires
    assert (wires.pre.tolist(), wires.post.tolist()) == ([0], [15])
    voltage, synaptic = scene.series
    assert (voltage.name, voltage.unit, voltage.comp.tolist()) == ("v", "mV", [0, 1, 12, 13])
    assert voltage.values[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert (synaptic.comp.tolist(), synaptic.values[0, 0]) == ([15], 4.0)
    assert "IonotropicSynapse" in synaptic.labels[0]
    assert scene.delta_t == 0.1


def test_a_view_takes_its_part_of_the_recordings(net, shown):
    everything = np.arange(5.0)[:, None] + np.zeros(7)
    for given in (everything, everything[2:4]):
        scene = shown(net.cell(2).branch([0, 1]), given)
        assert len(scene.place) == 4
        assert scene.tubes.comp.max() == 3
        assert not scene.wires
        (voltage,) = scene.series
        assert voltage.comp.tolist() == [0, 1]
        assert voltage.values[:, 0].tolist() == [2.0, 3.0]


def test_cells_that_were_never_placed_do_not_lie_on_each_other(net, shown):
    scene = shown(net)
    first = scene.place.reshape(3, 6, 3)[:, 0]
    assert len(np.unique(first, axis=0)) == 3
    starts = scene.tubes.start[np.unique(scene.tubes.comp, return_index=True)[1]]
    np.testing.assert_allclose(np.linalg.norm(starts - scene.place, axis=1), 5.0)  # tubes went along
    assert "3 cells" in scene.notes[0]
    net.cell(1).move(500.0, 0.0, 0.0)
    net.cell(2).move(900.0, 0.0, 0.0)
    scene = shown(net)
    assert scene.place[6].tolist() == net.nodes.loc[6, ["x", "y", "z"]].tolist()
    assert not scene.notes


def test_values_of_the_user_stand_by_compartment(net, shown):
    view = net.select(nodes=[8, 7])
    scene = shown(view, values={"mine": [8.0, np.inf]}, title="two")
    assert scene.title == "two"
    np.testing.assert_array_equal(scene.numbers["mine"], [np.nan, 8.0])
    assert scene.index[:, 3].tolist() == [7, 8]
    # What the user gives stands for a column of the same name, with its unit.
    scene = shown(net, values={"radius": np.arange(18.0), "mine": np.ones(18)})
    assert scene.numbers["radius"].tolist() == list(range(18))
    units = {name: scene.units.get(name) for name in ("radius", "mine", "HH_gNa", "HH_m")}
    assert units == {"radius": "um", "mine": None, "HH_gNa": "S/cm2", "HH_m": "1"}


@pytest.mark.parametrize(
    ("recordings", "error", "text"),
    [
        (np.zeros((4, 7)), ValueShapeError, r"\(4, 7\).*lists 5"),
        (np.zeros((5, 0)), ValueShapeError, "lists 5"),
        (np.zeros((5, 7, 2)), ValueShapeError, "integrate returned"),
        (["a"] * 5, ModelTypeError, "recordings must be"),
        (np.zeros((5, 7), complex), ModelTypeError, "recordings must be"),
    ],
)
def test_recordings_that_are_not_of_the_module_are_refused(net, recordings, error, text, tmp_path):
    with pytest.raises(error, match=text):
        jx.view3d(net, recordings, tmp_path / "cell.html")
    assert not list(tmp_path.iterdir())


def test_other_mistakes_are_refused(net, tmp_path):
    file = tmp_path / "cell.html"
    with pytest.raises(ModelStateError, match="no recording is in view"):
        jx.view3d(net.cell(1), np.zeros((1, 5)), file)
    with pytest.raises(ValueShapeError, match=r"mine.*18 compartments"):
        jx.view3d(net, path=file, values={"mine": [1.0]})
    with pytest.raises(ModelValueError, match="Did you mean 'viridis'"):
        jx.view3d(net, path=file, cmap="virdis")
    with pytest.raises(ModelValueError, match="zero byte"):
        jx.view3d(net, path="cell\0.html")
    with pytest.raises(ModelValueError, match="delta_t"):
        jx.view3d(net, path=file, delta_t=0.0)
    with pytest.raises(ModelValueError, match="frames"):
        jx.view3d(net, path=file, frames=1)
    net.compute_xyz()
    net.tables.xyzr[4] = np.full((2, 4), np.nan)
    with pytest.raises(ModelStateError, match="branch 4 has no coordinates"):
        jx.view3d(net, path=file)
    assert not list(tmp_path.iterdir())
