"""Which compartments share which trainable value; get, write, delete, data_set, and what the engine gets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.channels.hh import HH
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.modules import Branch, Cell, Compartment, Network, trainables


def groups_of(module, view, key="radius"):
    """The compartments that share each value, when a view of `module` is made trainable."""
    module.delete_trainables()
    view.make_trainable(key, verbose=False)
    (one,) = module.tables.trainables
    return [one.rows[one.group_of_row == group].tolist() for group in range(len(one.values))]


@pytest.mark.parametrize(
    ("view", "groups"),
    [
        (lambda m: m, [[*range(10)]]),
        (lambda m: m.view, [[*range(10)]]),
        (lambda m: m.branch(1), [[2, 3, 4, 5]]),
        (lambda m: m.branch([2, 1]), [[2, 3, 4, 5], [6, 7, 8]]),
        (lambda m: m.branch("all"), [[0, 1], [2, 3, 4, 5], [6, 7, 8], [9]]),
        (lambda m: m.branch("all").scope("global"), [[0, 1], [2, 3, 4, 5], [6, 7, 8], [9]]),
        (lambda m: m[:], [[0, 1], [2, 3, 4, 5], [6, 7, 8], [9]]),
        (lambda m: m.comp("all"), [[i] for i in range(10)]),
        (lambda m: m.branch(2).comp("all"), [[6], [7], [8]]),
        (lambda m: m.branch("all").comp(0), [[0], [2], [6], [9]]),
        (lambda m: m.comp(0), [[0], [2], [6], [9]]),
        (lambda m: m.branch([0, 1]).loc(1.0), [[1], [5]]),
        (lambda m: m.branch(0).loc("all"), [[0], [1]]),
        (lambda m: m.proximal, [[0, 1, 6, 7, 8]]),
        (lambda m: m.branch("all").proximal, [[0, 1, 6, 7, 8]]),
        (lambda m: m.proximal.branch("all"), [[0, 1], [6, 7, 8]]),
        (lambda m: m.K, [[2, 3, 4, 5, 6, 7, 8]]),
        (lambda m: m.select([7, 3, 5]), [[7], [3], [5]]),
        (lambda m: m.select([3, 1, 2, 0]).branch("all"), [[1, 0], [3, 2]]),
        (lambda m: m.select([5, 1, 2, 0]).comp([0, 1]), [[0], [1], [2], [5]]),
        (lambda m: list(m)[2], [[6, 7, 8]]),
        (lambda m: list(m.comps)[2], [[4], [8]]),
    ],
)
def test_sharing_follows_the_last_step_of_selection(mixed, view, groups):
    expected = [sorted(group) for group in groups]
    assert [sorted(group) for group in groups_of(mixed, view(mixed))] == expected
    assert mixed.num_trainable_params == len(groups)


@pytest.mark.parametrize(
    ("view", "groups"),
    [
        (lambda n: n.cell("all"), [[*range(10)], [*range(10, 20)], [*range(20, 30)]]),
        (lambda n: n.cell([0, 2]).branch(0), [[0, 1], [20, 21]]),
        (lambda n: n.branch(3), [[9], [19], [29]]),
        (lambda n: n.exc, [[*range(20)]]),
        (lambda n: n.exc.cell("all"), [[*range(10)], [*range(10, 20)]]),
        (lambda n: n[:2, 2], [[6, 7, 8], [16, 17, 18]]),
    ],
)
def test_sharing_in_networks(net, view, groups):
    assert groups_of(net, view(net)) == groups


def test_only_compartments_that_have_the_key_share(mixed):
    assert groups_of(mixed, mixed.branch("all"), "K_gK") == [[2, 3, 4, 5], [6, 7, 8]]
    assert groups_of(mixed, mixed, "HH_m") == [[2, 3, 4, 5]]


def test_the_user_says_who_shares(mixed):
    view = mixed.branch([1, 2]).comp("all")
    view.nodes["controlled_by_param"] = [5, 5, 3, 3, 3, 9, 9]
    assert groups_of(mixed, view) == [[4, 5, 6], [2, 3], [7, 8]]
    assert groups_of(mixed, view, "HH_gNa") == [[4, 5], [2, 3]]
    mixed.nodes["controlled_by_param"] = ["tip" if row > 5 else "root" for row in range(10)]
    assert groups_of(mixed, mixed) == [[*range(6)], [*range(6, 10)]]
    assert groups_of(mixed, mixed.branch([0, 1])) == [[0, 1], [2, 3, 4, 5]]
    mixed.nodes.loc[3, "controlled_by_param"] = None
    with pytest.raises(ModelValueError, match="a group for every compartment"):
        mixed.make_trainable("v")


def test_looking_at_the_nodes_changes_no_sharing(mixed):
    view = mixed.branch([1, 2])
    assert view.nodes["controlled_by_param"].tolist() == [1, 1, 1, 1, 2, 2, 2]
    assert groups_of(mixed, view) == [[2, 3, 4, 5], [6, 7, 8]]


@pytest.mark.parametrize(
    ("init_val", "values"),
    [
        (None, [1.5, 4.5, 8.0, 10.0]),
        (2.0, [2.0] * 4),
        (2, [2.0] * 4),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]),
        (np.array([1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]),
        (jnp.array([1.0, 2.0, 3.0, 4.0]), [1.0, 2.0, 3.0, 4.0]),
    ],
)
def test_initial_values(cell, init_val, values, capsys):
    cell.branch("all").make_trainable("radius", init_val)
    (params,) = cell.get_parameters()
    assert params["radius"].tolist() == values
    assert isinstance(params["radius"], jax.Array)
    assert capsys.readouterr().out == (
        "Number of newly added trainable parameters: 4. Total number of trainable parameters: 4\n"
    )


@pytest.mark.parametrize(
    ("key", "init_val", "error", "text"),
    [
        ("radius", [1.0, 2.0], ValueShapeError, r"shape \(2,\), but there are 4 groups"),
        ("radius", np.ones((4, 1)), ValueShapeError, "shape"),
        ("radius", -1.0, ModelValueError, "must be positive"),
        ("v", np.nan, ModelValueError, "must be a finite number"),
        ("radus", None, UnknownNameError, "Did you mean 'radius'"),
        ("x", None, UnknownNameError, "No parameter or state 'x'"),
        ("HH", None, UnknownNameError, "No parameter or state 'HH'"),
    ],
)
def test_what_cannot_be_trained(mixed, refuses, key, init_val, error, text):
    with refuses(mixed, error, text):
        mixed.branch("all").make_trainable(key, init_val)
    if init_val is None:
        with refuses(mixed, error, text):
            mixed.data_set(key, 1.0, None)


def test_where_the_key_is_not(mixed, refuses):
    for call in (lambda v: v.make_trainable("HH_gNa"), lambda v: v.data_set("HH_gNa", 1.0, None)):
        with refuses(mixed, UnknownNameError, "insert HH there first"):
            call(mixed.branch(0))
        with refuses(mixed, ModelValueError, "more than once"):
            call(mixed.select([2, 3, 2]))


def test_of_two_trainables_the_later_counts_and_the_user_is_told(cell):
    cell.make_trainable("radius", verbose=False)
    with pytest.warns(
        UserWarning, match=r"trainable in compartment 2 \(branch 1, comp 0\) already. The later one counts"
    ):
        cell.branch(1).make_trainable("radius", verbose=False)
    cell.branch(1).make_trainable("length", verbose=False)
    cell.write_trainables([{"radius": np.array([1.0])}, {"radius": np.array([2.0])}, {"length": np.array([3.0])}])
    assert cell.nodes["radius"].tolist() == [1.0] * 2 + [2.0] * 4 + [1.0] * 4


def test_unequal_groups_touch_no_other_compartment():
    cell = Cell([Branch(Compartment(), n) for n in (1, 3, 2, 5)], [-1, 0, 0, 0])
    cell.branch([0, 1, 2]).make_trainable("v", [1.0, 2.0, 3.0], verbose=False)
    (override,) = trainables.overrides(cell.tables, cell.get_parameters(), None)
    values = cell.nodes["v"].to_numpy().copy()
    values[override.rows] = override.values
    assert values.tolist() == [1.0, 2.0, 2.0, 2.0, 3.0, 3.0] + [-70.0] * 5
    cell.write_trainables(cell.get_parameters())
    assert cell.nodes["v"].tolist() == values.tolist()
    assert cell.indices_set_by_trainables[0].tolist() == [[0, 0, 0], [1, 2, 3], [4, 5, 5]]


def test_written_values_are_those_of_the_groups(mixed):
    mixed.branch([1, 2]).make_trainable("K_gK", verbose=False)
    mixed.HH.make_trainable("HH_gNa", verbose=False)
    mixed.branch([0, 3]).make_trainable("radius", verbose=False)
    mixed.write_trainables(
        [{"K_gK": jnp.array([1.0, 2.0])}, {"HH_gNa": jnp.array([3.0])}, {"radius": jnp.array([0.5, 0.25])}]
    )
    np.testing.assert_array_equal(mixed.nodes["K_gK"], [np.nan] * 2 + [1.0] * 4 + [2.0] * 3 + [np.nan])
    np.testing.assert_array_equal(mixed.nodes["HH_gNa"], [np.nan] * 2 + [3.0] * 4 + [np.nan] * 4)
    assert mixed.nodes.loc[[0, 1, 9], "radius"].tolist() == [0.5, 0.5, 0.25]
    np.testing.assert_allclose(mixed.nodes.loc[[0, 9], "area"], 2 * np.pi * 10.0 * np.array([0.5, 0.25]), rtol=1e-15)
    assert mixed.get_parameters()[0]["K_gK"].tolist() == [0.005, 0.005]


@pytest.mark.parametrize(
    "params",
    [
        [{"radius": np.ones(4)}],
        [{"radius": np.ones(3)}, {"v": np.ones(1)}],
        [{"v": np.ones(1)}, {"radius": np.ones(4)}],
        [{"radius": np.ones(4), "v": np.ones(1)}, {}],
    ],
)
def test_parameters_of_another_shape(cell, refuses, params):
    cell.branch("all").make_trainable("radius", verbose=False)
    cell.make_trainable("v", verbose=False)
    with refuses(cell, ValueShapeError, "params do not match the trainable parameters"):
        cell.write_trainables(params)
    with refuses(cell, ValueShapeError, "params do not match the trainable parameters"):
        trainables.overrides(cell.tables, params, None)


def test_a_run_may_go_without_parameters_but_none_cannot_be_written(cell, refuses):
    cell.branch("all").make_trainable("radius", verbose=False)
    assert trainables.overrides(cell.tables, [], None) == ()
    with refuses(cell, ValueShapeError, "params do not match the trainable parameters"):
        cell.write_trainables([])


def test_a_bad_value_is_found_before_the_first_is_written(cell, refuses):
    cell.make_trainable("v", verbose=False)
    cell.branch("all").make_trainable("radius", verbose=False)
    with refuses(cell, ModelValueError, r"'radius' must be positive, but is -1.0 in compartment 2"):
        cell.write_trainables([{"v": np.zeros(1)}, {"radius": np.array([1.0, -1.0, 1.0, 1.0])}])


def test_trainables_are_deleted_by_view(net):
    net.cell("all").make_trainable("radius", [1.0, 2.0, 3.0], verbose=False)
    net.cell(1).make_trainable("v", verbose=False)
    net.cell(1).delete_trainables()
    (params,) = net.get_parameters()
    assert params["radius"].tolist() == [1.0, 3.0]
    assert [rows.tolist() for rows in net.indices_set_by_trainables[0]] == [[*range(10)], [*range(20, 30)]]
    net.cell(2).branch(0).delete_trainables()
    assert net.tables.trainables[0].rows.tolist() == [*range(10), *range(22, 30)]
    net.delete_trainables()
    assert net.get_parameters() == []
    assert net.num_trainable_params == 0


def test_data_set_is_traced_and_leaves_no_trace(mixed):
    before = mixed.nodes.copy()

    @jax.jit
    def overridden(value, params):
        state = mixed.branch(1).data_set("HH_gNa", value, None)
        state = mixed.branch(0).data_set("radius", jnp.stack([value, 2 * value]), state)
        state = mixed.data_set("v", -60, state)
        assert [entry["key"] for entry in state] == ["HH_gNa", "radius", "v"]
        return [one.values for one in trainables.overrides(mixed.tables, params, state)]

    mixed.branch([2, 3]).make_trainable("length", verbose=False)
    length, g_na, radius, v = overridden(0.3, [{"length": jnp.array([4.0, 5.0])}])
    assert length.tolist() == [4.0, 4.0, 4.0, 5.0]
    assert g_na.tolist() == [0.3] * 4
    assert radius.tolist() == [0.3, 0.6]
    assert v.tolist() == [-60.0] * 10
    assert v.dtype == jnp.zeros(1).dtype
    assert mixed.nodes.equals(before)


def test_data_set_entries_and_order(mixed):
    first = mixed.branch(1).data_set("HH_gNa", 1.0, None)
    second = mixed.HH.data_set("HH_gNa", [1.0, 2.0, 3.0, 4.0], first)
    assert len(first) == 1
    assert second[1]["indices"].tolist() == [[2], [3], [4], [5]]
    mixed.HH.make_trainable("HH_gNa", verbose=False)
    rows = [one.values.tolist() for one in trainables.overrides(mixed.tables, mixed.get_parameters(), second)]
    assert rows == [[pytest.approx(0.12)] * 4, [1.0] * 4, [1.0, 2.0, 3.0, 4.0]]


def test_what_is_no_data_set(cell, net, refuses):
    with refuses(cell, ValueShapeError, "but 10 compartments in view have it"):
        cell.data_set("radius", np.ones(3), None)
    with refuses(cell, ModelTypeError, "pass the list that `data_set` returned"):
        trainables.overrides(cell.tables, [], [{"key": "radius"}])
    with refuses(cell, ModelValueError, "with another module than this cell"):
        trainables.overrides(cell.tables, [], net.data_set("radius", 1.0, None))
    net.insert(HH())
    with refuses(cell, ModelValueError, "'HH_gNa' was made with another module"):
        trainables.overrides(cell.tables, [], net.cell(0).data_set("HH_gNa", 1.0, None))


def test_gradients_reach_every_group():
    net = Network([Cell(Branch(Compartment(), 3), [-1, 0])] * 2)
    net.cell("all").make_trainable("radius", verbose=False)

    def total(params):
        (one,) = trainables.overrides(net.tables, params, None)
        return (one.values * jnp.arange(12.0)).sum()

    (gradient,) = jax.grad(total)(net.get_parameters())
    assert gradient["radius"].tolist() == [15.0, 51.0]
