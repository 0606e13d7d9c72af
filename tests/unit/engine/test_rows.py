import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine.rows import Rows

TOTAL = 7
PLACES = {
    "everywhere": list(range(TOTAL)),
    "contiguous": [2, 3, 4],
    "scattered": [0, 3, 6],
    "single": [5],
    "none": [],
}


@pytest.fixture(params=PLACES, ids=str)
def places(request):
    return np.array(PLACES[request.param], int)


def test_take_put_add_spread_agree_with_numpy(places):
    rows = Rows.of(places, TOTAL)
    longer = jnp.arange(10.0, 10.0 + TOTAL)
    values = jnp.arange(1.0, 1.0 + len(places))
    put, added, spread = np.array(longer), np.array(longer), np.full(TOTAL, -1.0)
    put[places], spread[places] = values, values
    added[places] += values
    np.testing.assert_array_equal(rows.take(longer), np.asarray(longer)[places])
    np.testing.assert_array_equal(rows.put(longer, values), put)
    np.testing.assert_array_equal(rows.add(longer, values), added)
    np.testing.assert_array_equal(rows.spread(values, -1.0), spread)


def test_locate_says_where(places):
    rows = Rows.of(places, TOTAL)
    np.testing.assert_array_equal(rows.locate(places), np.arange(len(places)))


def test_derivatives_are_those_of_indexing(places):
    rows = Rows.of(places, TOTAL)
    weights = jnp.arange(1.0, 1.0 + len(places))
    gradient = jax.grad(lambda longer: weights @ rows.take(longer))(jnp.ones(TOTAL))
    np.testing.assert_array_equal(gradient, rows.spread(weights, 0.0))
    back = jax.grad(lambda values: jnp.arange(1.0, 1.0 + TOTAL) @ rows.spread(values, 0.0))(weights)
    np.testing.assert_array_equal(back, 1.0 + places)


@pytest.mark.parametrize("name", ["everywhere", "contiguous", "none"])
def test_contiguous_rows_need_no_index(name):
    rows = Rows.of(np.array(PLACES[name], int), TOTAL)
    assert rows.index is None
    program = str(jax.make_jaxpr(lambda x: rows.put(x, 2 * rows.take(x)))(jnp.ones(TOTAL)))
    assert "gather" not in program
