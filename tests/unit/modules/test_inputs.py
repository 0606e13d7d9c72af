"""record, stimulate, clamp, what is deleted of them, and what the engine gets."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.modules import Compartment, inputs

T = 5


def test_recordings_are_in_order_and_each_once(mixed, capsys):
    mixed.branch(2).loc(0.0).record("v")
    mixed.branch(0).record("v", verbose=False)
    mixed.branch([0, 2]).record("v")
    mixed.branch(1).comp(0).record("HH_m", verbose=False)
    mixed.branch(1).comp(0).record("i_HH", verbose=False)
    table = mixed.recordings
    assert table["rec_index"].tolist() == [6, 0, 1, 7, 8, 2, 2]
    assert table["state"].tolist() == ["v"] * 5 + ["HH_m", "i_HH"]
    assert mixed.rec_info.equals(table)
    assert capsys.readouterr().out == "".join(f"Added {n} recordings. See `.recordings` for details.\n" for n in (1, 2))


def test_recordings_of_none_are_an_empty_table_of_the_same_types(cell):
    assert cell.recordings.shape == (0, 2)
    assert cell.recordings["rec_index"].to_numpy().dtype.kind == "i"
    assert list(cell.recordings["state"]) == []


def test_a_current_can_be_recorded_where_its_channel_is_not(mixed):
    mixed.record("i_HH", verbose=False)
    assert len(mixed.recordings) == 10


@pytest.mark.parametrize(
    ("select", "state", "error", "text"),
    [
        (lambda m: m, "HH_q", UnknownNameError, "Did you mean 'HH_[mhn]'"),
        (lambda m: m, "radius", UnknownNameError, "no state"),
        (lambda m: m, "i", UnknownNameError, "what is injected is in `.externals`"),
        (lambda m: m.branch(0), "HH_m", UnknownNameError, "insert HH there first"),
        (lambda m: m.branch(0), "i_HH", UnknownNameError, "insert HH there first"),
        (lambda m: m, "HH_m", ModelValueError, r"6 of 10 .* compartment 0 \(branch 0, comp 0\)"),
    ],
)
def test_what_cannot_be_recorded(mixed, refuses, select, state, error, text):
    with refuses(mixed, error, text):
        select(mixed).record(state)


def test_recordings_are_shown_and_deleted_by_view(net):
    net.record("v", verbose=False)
    assert net.cell(1).recordings["rec_index"].tolist() == list(range(10, 20))
    net.cell(1).branch([0, 3]).delete_recordings()
    assert net.recordings["rec_index"].tolist() == [*range(10), *range(12, 19), *range(20, 30)]
    net.delete_recordings()
    assert len(net.recordings) == 0


def test_stimuli_of_one_compartment_are_kept_side_by_side(cell):
    cell.branch(0).comp(0).stimulate(np.arange(T), verbose=False)
    cell.branch(0).stimulate([1.0, 2.0], verbose=False)
    cell.branch(1).stimulate(np.arange(4.0 * T).reshape(4, T), verbose=False)
    assert cell.external_inds["i"].tolist() == [0, 0, 1, 2, 3, 4, 5]
    expected = [np.arange(T), [1, 2, 0, 0, 0], [1, 2, 0, 0, 0], *np.arange(4.0 * T).reshape(4, T)]
    np.testing.assert_array_equal(cell.externals["i"], expected)
    gathered = inputs.gather(cell.tables, None, None)
    np.testing.assert_array_equal(gathered.values["i"], cell.externals["i"])
    assert gathered.rows["i"].dtype == np.int32


@pytest.mark.parametrize("shape", [(T,), (1, T), (3, T)])
def test_shapes_of_inputs(cell, shape):
    values = np.arange(float(np.prod(shape))).reshape(shape)
    cell.branch(2).stimulate(values, verbose=False)
    cell.branch(2).clamp("v", jnp.asarray(values), verbose=False)
    for key in ("i", "v"):
        np.testing.assert_array_equal(cell.externals[key], np.broadcast_to(values, (3, T)))


@pytest.mark.parametrize("shape", [(), (0,), (2, T), (3, T, 1), (3, 0)])
def test_shapes_that_are_no_inputs(cell, refuses, shape):
    for add in (
        lambda values: cell.branch(2).stimulate(values),
        lambda values: cell.branch(2).clamp("v", values),
        lambda values: cell.branch(2).data_stimulate(values),
        lambda values: cell.branch(2).data_clamp("v", values),
    ):
        with refuses(cell, ValueShapeError, r"3 compartments are in view. Pass \(time,\)"):
            add(np.zeros(shape))


def test_what_is_no_input(cell, refuses):
    with refuses(cell, ModelTypeError, "pass the values over time"):
        cell.stimulate()
    with refuses(cell, ModelTypeError, "takes numbers over time"):
        cell.stimulate(["a", "b"])
    with refuses(cell, ModelValueError, "NaN or infinity"):
        cell.clamp("v", [0.0, np.nan])
    with refuses(cell, UnknownNameError, "clamp: no state or membrane current 'HH_m'"):
        cell.clamp("HH_m", np.zeros(T))
    with refuses(cell, ModelTypeError, "data_stimulate for these"):
        jax.jit(cell.stimulate)(jnp.zeros(T))
    cell.clamp("v", np.zeros(T), verbose=False)
    with refuses(cell, ValueShapeError, "an earlier clamp of this state has 5"):
        cell.branch(0).clamp("v", np.zeros(T + 1))
    with refuses(cell, ModelValueError, "more than once"):
        cell.select([1, 1]).clamp("v", np.zeros(T))


def test_the_caller_keeps_its_array(cell):
    current = np.zeros(T)
    cell.stimulate(current, verbose=False)
    current[:] = 9.0
    assert not cell.externals["i"].any()


def test_the_last_clamp_counts(cell):
    cell.branch([0, 1]).clamp("v", np.full(T, 1.0), verbose=False)
    cell.branch(0).clamp("v", np.full(T, 2.0), verbose=False)
    held = dict(zip(cell.external_inds["v"].tolist(), cell.externals["v"][:, 0].tolist(), strict=True))
    assert held == {0: 2.0, 1: 2.0, 2: 1.0, 3: 1.0, 4: 1.0, 5: 1.0}
    assert len(cell.external_inds["v"]) == 6


def test_a_clamp_acts_where_the_state_is(mixed, capsys):
    mixed.clamp("HH_m", np.arange(10.0 * T).reshape(10, T))
    assert mixed.external_inds["HH_m"].tolist() == [2, 3, 4, 5]
    np.testing.assert_array_equal(mixed.externals["HH_m"], np.arange(10.0 * T).reshape(10, T)[2:6])
    assert "Added 4" in capsys.readouterr().out
    names, values, rows = mixed.data_clamp("HH_m", np.arange(10.0 * T).reshape(10, T))
    assert names == ["HH_m"]
    assert rows[0].tolist() == [2, 3, 4, 5]
    np.testing.assert_array_equal(values[0], mixed.externals["HH_m"])


def test_clamping_the_current_stimulates(cell):
    cell.branch(0).clamp("i", np.ones(T), verbose=False)
    assert cell.external_inds["i"].tolist() == [0, 1]


def test_inputs_are_shown_and_deleted_by_view(net):
    net.branch(0).stimulate(np.ones(T), verbose=False)
    net.cell([0, 1]).clamp("v", np.ones(T), verbose=False)
    assert net.cell(1).external_inds["i"].tolist() == [10, 11]
    assert net.cell(2).external_inds.keys() == {"i"}
    assert net.cell(2).externals["i"].shape == (2, T)
    net.cell(1).branch(0).comp(0).delete_stimuli()
    assert net.external_inds["i"].tolist() == [0, 1, 11, 20, 21]
    net.cell(0).delete_clamps("v")
    assert net.external_inds["v"].tolist() == list(range(10, 20))
    with pytest.raises(UnknownNameError, match="no state or current 'HH_m'"):
        net.delete_clamps("HH_m")
    net.cell(1).delete_clamps()
    assert net.externals.keys() == {"i"}
    net.delete_stimuli()
    assert net.externals == {}


def test_data_inputs_are_traced_and_leave_no_trace(cell, refuses):
    cell.branch(0).stimulate(np.full(T, 0.5), verbose=False)
    before = cell.externals["i"].copy()

    @jax.jit
    def summed(scale):
        data = cell.branch(1).data_stimulate(scale * jnp.ones(T + 1))
        data = cell.branch(0).comp(0).data_stimulate(jnp.ones(2), data)
        clamps = cell.branch(3).data_clamp("v", scale * jnp.ones((1, T + 1)))
        gathered = inputs.gather(cell.tables, data, clamps)
        return gathered.values["i"], gathered.values["v"], gathered.rows["i"]

    currents, voltages, rows = summed(3.0)
    assert rows.tolist() == [0, 1, 2, 3, 4, 5, 0]
    np.testing.assert_array_equal(currents[:2], np.pad(np.full((2, T), 0.5), ((0, 0), (0, 1))))
    np.testing.assert_array_equal(currents[2:6], np.full((4, T + 1), 3.0))
    np.testing.assert_array_equal(currents[6], [1, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(voltages, np.full((1, T + 1), 3.0))
    np.testing.assert_array_equal(cell.externals["i"], before)
    assert cell.externals.keys() == {"i"}
    gradient = jax.grad(lambda scale: summed(scale)[0].sum())(3.0)
    assert gradient == 4 * (T + 1)


def test_a_current_that_is_not_traced_is_taken_inside_of_jit_too(cell):
    current = jnp.linspace(0.0, 0.1, T)
    inside = jax.jit(lambda: cell.branch(1).data_stimulate(current)[1][0])()
    np.testing.assert_array_equal(inside, cell.branch(1).data_stimulate(current)[1][0])


def test_a_current_that_knows_its_step_keeps_it_inside_of_jit(cell):
    current = jx.step_current(0.1, 0.1, 0.1, 0.05, 0.5)

    def gathered():
        return inputs.gather(cell.tables, cell.branch(1).data_stimulate(current), None, 0.025, 20).values["i"]

    assert gathered().shape == (4, 21)
    np.testing.assert_array_equal(jax.jit(gathered)(), gathered())


def test_data_inputs_do_not_change_what_they_are_chained_to(cell):
    first = cell.branch(0).data_stimulate(np.ones(T))
    second = cell.branch(1).data_stimulate(np.ones(T), first)
    assert len(first[0]) == 1
    assert second[0] == ["i", "i"]


def test_integers_are_traced_as_floats(cell):
    assert cell.data_stimulate(jnp.arange(T))[1][0].dtype == jnp.zeros(1).dtype


def test_a_clamp_given_as_data_wins_over_the_table(cell):
    cell.branch([0, 1]).clamp("v", np.full(T, 1.0), verbose=False)
    gathered = inputs.gather(cell.tables, None, cell.branch(0).data_clamp("v", np.full(T, 2.0)))
    held = dict(zip(gathered.rows["v"].tolist(), gathered.values["v"][:, 0].tolist(), strict=True))
    assert held == {0: 2.0, 1: 2.0, 2: 1.0, 3: 1.0, 4: 1.0, 5: 1.0}
    assert len(gathered.rows["v"]) == 6


def test_what_is_no_data(cell, net, refuses):
    for wrong in (np.ones(T), (["i"], [np.ones((1, T))]), ["i"]):
        with refuses(cell, ModelTypeError, "data_stimuli: pass what data_stimulate or data_clamp returned"):
            inputs.gather(cell.tables, wrong, None)
    with refuses(cell, ModelValueError, "with another module than this cell"):
        inputs.gather(cell.tables, net.data_stimulate(np.ones(T)), None)
    clamps = cell.data_clamp("v", np.ones(T), cell.data_clamp("v", np.ones(T + 1)))
    with refuses(cell, ValueShapeError, "6 and 5"):
        inputs.gather(cell.tables, None, clamps)


def test_what_the_engine_records(mixed):
    mixed.branch(1).comp(1).record("v", verbose=False)
    mixed.branch(1).comp(0).record("HH_m", verbose=False)
    mixed.branch(0).comp(0).record("v", verbose=False)
    kept = inputs.recorded(mixed.tables)
    assert {key: rows.tolist() for key, rows in kept.rows.items()} == {"HH_m": [2], "v": [3, 0]}
    flat = np.concatenate([kept.rows[key] for key in sorted(kept.rows)])
    assert flat[kept.order].tolist() == mixed.recordings["rec_index"].tolist()
    assert inputs.recorded(Compartment().tables).rows == {}
