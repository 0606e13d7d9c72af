"""The spikes of a run: inside of jit and outside, of one run and of many, as tables and as trains."""

import pickle
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.errors import MissingExtraError, ModelStateError, ModelValueError, SelectionError, ValueShapeError
from dendrax.events import Places, Spikes

PLACES = Places(
    cell=[0, 4, -1],
    branch=[0, 2, -1],
    comp=[0, 1, -1],
    threshold=[10.0, -20.0, np.nan],
    source=["", "", "NetStim"],
    index=[-1, -1, 7],
    groups={"exc": [0, 1]},
)
TIMES, IDS = np.array([1.0, 2.5, 4.0, 4.0]), np.array([1, 0, 1, 2])
SPIKES = Spikes(TIMES, IDS, np.array(4), PLACES)
PADDED = Spikes(
    jnp.concatenate([TIMES, jnp.full(3, jnp.inf)]), jnp.concatenate([IDS, jnp.full(3, -1)]), jnp.array(4), PLACES
)
BOTH = pytest.mark.parametrize("spikes", [SPIKES, PADDED], ids=["exact", "padded"])


@BOTH
def test_trains_rates_and_tables(spikes):
    assert [train.tolist() for train in spikes.spike_trains()] == [[2.5], [1.0, 4.0], [4.0]]
    assert [spikes.of(at).tolist() for at in range(3)] == [[2.5], [1.0, 4.0], [4.0]]
    assert spikes.rates(500.0).tolist() == [2.0, 4.0, 2.0]
    assert spikes.trains(1).tolist() == [[2.5], [1.0], [4.0]]
    assert spikes.trains(3).tolist() == [[2.5, np.inf, np.inf], [1.0, 4.0, np.inf], [4.0, np.inf, np.inf]]
    table = spikes.to_pandas()
    assert list(table) == ["time", "id", "cell", "branch", "comp", "source", "index"]
    assert table.iloc[2].tolist() == [4.0, 1, 4, 2, 1, "", -1]
    assert table.iloc[3].tolist() == [4.0, 2, -1, -1, -1, "NetStim", 7]
    assert repr(spikes) == "<4 spikes of 3 places>"
    assert spikes.trimmed().times.tolist() == TIMES.tolist()


def test_compartments_alone_have_no_columns_of_sources():
    table = Spikes(TIMES[:2], IDS[:2], np.array(2), Places(cell=[3, 5])).to_pandas()
    assert table.to_dict("list") == {"time": [1.0, 2.5], "id": [1, 0], "cell": [5, 3], "branch": [0, 0], "comp": [0, 0]}


def test_no_spikes():
    spikes = Spikes(np.zeros(0), np.zeros(0, int), np.array(0), PLACES)
    assert [len(train) for train in spikes.spike_trains()] == [0, 0, 0]
    assert spikes.rates(10.0).tolist() == [0.0, 0.0, 0.0]
    assert len(spikes.to_pandas()) == 0
    assert np.isinf(spikes.trains(2)).all()


def test_inside_of_jit_and_its_derivatives():
    @jax.jit
    def run(shift):
        spikes = Spikes(PADDED.times + shift * jnp.arange(7.0), PADDED.ids, PADDED.count, PLACES)
        assert repr(spikes) == "<spikes of 3 places>"
        assert spikes.trimmed() is spikes
        return spikes, spikes.of(1), spikes.trains(2)

    spikes, of_one, trains = run(0.5)
    assert of_one.tolist() == [1.0, 5.0, *[np.inf] * 5]
    assert trains.tolist() == [[3.0, np.inf], [1.0, 5.0], [5.5, np.inf]]
    assert spikes.trimmed().times.tolist() == [1.0, 3.0, 5.0, 5.5]
    for number in (1, 2):
        slope = jax.grad(lambda shift, number=number: jnp.where(jnp.isfinite(t := run(shift)[number]), t, 0.0).sum())
        assert float(slope(0.5)) == (2.0 if number == 1 else 6.0)


def test_tables_do_not_exist_inside_of_jit():
    for method in (Spikes.to_pandas, lambda spikes: spikes.to_neo(10.0)):
        with pytest.raises(ModelStateError, match="inside of `jit`"):
            jax.jit(lambda spikes, method=method: method(spikes) and 0)(PADDED)


def test_many_runs():
    many = jax.vmap(lambda shift: Spikes(PADDED.times + shift, PADDED.ids, PADDED.count, PLACES))(jnp.arange(3.0))
    assert many.run(2).of(1).tolist() == [3.0, 6.0]
    assert many.rates(1000.0).tolist() == [[1.0, 2.0, 1.0]] * 3
    assert many.trimmed().times.shape == (3, 4)
    assert repr(many) == "<12 spikes of 3 places>"
    for method in ("to_pandas", "spike_trains"):
        with pytest.raises(ModelStateError, match=r"3 runs.*spikes\.run\(0\)"):
            getattr(many, method)()
    with pytest.raises(SelectionError, match=r"run\(3\): these are the spikes of"):
        many.run(3)
    with pytest.raises(SelectionError, match="one run"):
        SPIKES.run(0)


def test_spikes_that_found_no_place_are_an_error():
    with pytest.raises(ModelStateError, match="recorded 9 spikes, but has room for 4"):
        Spikes(TIMES, IDS, np.array(9), PLACES).trimmed()


def test_neo():
    segment = SPIKES.to_neo(5.0)
    assert [train.magnitude.tolist() for train in segment.spiketrains] == [[2.5], [1.0, 4.0], [4.0]]
    assert [train.name for train in segment.spiketrains] == ["cell 0", "cell 4, branch 2, comp 1", "NetStim 7"]
    first = segment.spiketrains[1]
    assert (str(first.units.dimensionality), float(first.t_stop)) == ("ms", 5.0)
    assert first.annotations["cell"] == 4


def test_neo_is_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "neo", None)
    with pytest.raises(MissingExtraError, match=r"dendrax\[neo\]"):
        SPIKES.to_neo(5.0)


def test_wrong_uses():
    with pytest.raises(SelectionError, match=r"of\(3\): spikes are recorded at"):
        SPIKES.of(3)
    with pytest.raises(ModelValueError, match="most"):
        SPIKES.trains(0)
    with pytest.raises(ModelValueError, match="t_max"):
        SPIKES.rates(-1.0)
    with pytest.raises(ValueShapeError, match="branch"):
        Places(cell=[0, 1], branch=[0])
    with pytest.raises(SelectionError, match="'exc'"):
        Places(cell=[0, 1], groups={"exc": [2]})


def test_places_compare_by_value_so_that_nothing_compiles_twice():
    again = pickle.loads(pickle.dumps(PLACES))  # noqa: S301 - our own
    assert (again, hash(again)) == (PLACES, hash(PLACES))
    assert Places(cell=[0, 1]) != Places(cell=[0, 2])
    assert Places(cell=[0, 1], groups={"a": [0]}) != Places(cell=[0, 1])
    traces = []

    @jax.jit
    def run(spikes):
        traces.append(spikes)
        return spikes.times

    run(PADDED)
    run(Spikes(PADDED.times, PADDED.ids, PADDED.count, again))
    assert len(traces) == 1
    assert [PLACES.label(at) for at in range(3)] == ["cell 0", "cell 4, branch 2, comp 1", "NetStim 7"]
    assert repr(PLACES) == "<Places of 2 compartments and 1 artificial sources>"
