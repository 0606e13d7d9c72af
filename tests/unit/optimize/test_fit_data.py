"""What a fit sees at every step, and what it refuses before the first one."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.optimize import fit, fit_many
from dendrax.optimize.batches import Position, source_of
from dendrax.optimize.transforms import MaskedTransform, SigmoidTransform, SoftplusTransform

START = [{"g": jnp.array([0.3, 0.6])}, {"radius": jnp.array([2.0])}]
ROWS = {"x": np.arange(10), "y": np.arange(10.0) ** 2}


def taken(source, n):
    return [source.take() for _ in range(n)]


def test_an_epoch_has_every_row_once_in_an_order_of_its_own():
    batches = taken(source_of(ROWS, 5, 0), 4)
    epochs = [np.concatenate([batch.arguments[0]["x"] for batch in batches[k : k + 2]]) for k in (0, 2)]
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), ROWS["x"])
    assert (epochs[0] != epochs[1]).any()
    assert [batch.ends_epoch for batch in batches] == [False, True, False, True]
    (first,) = batches[0].arguments
    np.testing.assert_array_equal(first["y"], first["x"] ** 2)  # rows stay together
    other = taken(source_of(ROWS, 5, 1), 1)[0].arguments[0]["x"]
    assert (other != first["x"]).any()


def test_rows_that_fill_no_batch_are_left_out():
    batches = taken(source_of(ROWS, 4, 0), 4)
    assert {batch.arguments[0]["x"].shape for batch in batches} == {(4,)}
    assert [batch.ends_epoch for batch in batches] == [False, True, False, True]


@pytest.mark.parametrize(
    "make", [lambda: source_of(ROWS, 3, 7), lambda: source_of([np.full(2, k) for k in range(5)], None, None)]
)
@pytest.mark.parametrize("n", [1, 3, 5, 8])
def test_a_source_goes_on_where_it_was(make, n):
    first, again = make(), make()
    taken(first, n)
    again.seek(first.position)
    for one, other in zip(taken(first, 4), taken(again, 4), strict=True):
        np.testing.assert_array_equal(
            np.ravel(one.arguments[0]["x"] if isinstance(one.arguments[0], dict) else one.arguments[0]),
            np.ravel(other.arguments[0]["x"] if isinstance(other.arguments[0], dict) else other.arguments[0]),
        )
        assert one.ends_epoch == other.ends_epoch
    assert first.position == again.position


def test_a_stream_ends_and_goes_on():
    stream = source_of((np.array(k) for k in range(5)), None, None)
    stream.seek(Position(0, 3))
    assert [int(batch.arguments[0]) for batch in taken(stream, 2)] == [3, 4]
    assert stream.take() is None


def test_a_fit_that_runs_out_of_data():
    loss = lambda params, batch: jnp.mean((params[0]["g"] - batch) ** 2)  # noqa: E731
    fitted = fit(loss, START, data=iter([np.ones(2)] * 3), steps=10, progress=False)
    assert (fitted.reason, fitted.steps) == ("data", 3)
    assert np.isnan(fitted.lowest)
    assert fitted.params is fitted.last


def test_minibatches_find_what_all_rows_would():
    """A line through noisy points; the lowest loss is that of a whole epoch, not of a lucky batch."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 64)
    y = 3.0 * x + 0.5 + 0.1 * rng.standard_normal(64)
    loss = lambda params, batch: jnp.mean((params[0]["a"] * batch[0] + params[1]["b"] - batch[1]) ** 2)  # noqa: E731
    start = [{"a": jnp.zeros(1)}, {"b": jnp.zeros(1)}]
    fitted = fit(loss, start, data=(x, y), batch_size=8, steps=400, learning_rate=0.05, progress=False)
    exact = np.polyfit(x, y, 1)
    np.testing.assert_allclose([fitted.params[0]["a"][0], fitted.params[1]["b"][0]], exact, atol=0.05)
    epochs = fitted.loss.reshape(-1, 8).mean(1)
    assert fitted.lowest == pytest.approx(epochs.min(), rel=1e-12)


def fine(params):
    return jnp.sum(params[0]["g"] ** 2) + jnp.sum(params[1]["radius"] ** 2)


def bounded(low, high):
    return [{"g": SigmoidTransform(low, high)}, {"radius": SoftplusTransform(0.0)}]


REFUSED = {
    "an array as loss": (lambda p: p[0]["g"], START, {}, ValueShapeError, r"one number, but returns .* \(2,\)"),
    "a loss that counts": (lambda p: jnp.sum(p[0]["g"] > 0), START, {}, ModelTypeError, "no gradient"),
    "a loss of nothing": (lambda p: None, START, {}, ModelTypeError, "returns a NoneType"),
    "above its bound": (
        fine,
        START,
        {"transform": bounded(0.0, 0.5)},
        ModelValueError,
        r"params\[0\]\['g'\]\[1\] is 0.6.*\(0, 0.5\)",
    ),
    "on its bound": (
        fine,
        START,
        {"transform": bounded(0.0, 0.6)},
        ModelValueError,
        r"\['g'\]\[1\] is 0.6.*\(0, 0.6\)",
    ),
    "below an open bound": (
        fine,
        START,
        {"transform": [{"g": SigmoidTransform(0, 1)}, {"radius": SoftplusTransform(3.0)}]},
        ModelValueError,
        r"params\[1\]\['radius'\]\[0\] is 2.*\(3, inf\)",
    ),
    "three bounds for two": (
        fine,
        START,
        {"transform": [{"g": SigmoidTransform(jnp.zeros(3), 1.0)}, {"radius": SoftplusTransform(0.0)}]},
        ValueShapeError,
        r"params\[0\]\['g'\]",
    ),
    "two bounds for one": (
        fine,
        START,
        {"transform": [{"g": SigmoidTransform(0, 1)}, {"radius": SigmoidTransform(jnp.zeros(2), 4.0)}]},
        ValueShapeError,
        r"params\[1\]\['radius'\] has shape \(1,\), but its transform makes \(2,\)",
    ),
    "a mask of another shape": (
        fine,
        START,
        {"transform": [{"g": MaskedTransform(np.ones(3), SigmoidTransform(0, 1))}, {"radius": SoftplusTransform(0.0)}]},
        ValueShapeError,
        r"params\[0\]\['g'\]",
    ),
    "transforms of others": (fine, START, {"transform": [{"g": SigmoidTransform(0, 1)}]}, ModelValueError, "arranged"),
    "no transform": (fine, START, {"transform": 3}, ModelTypeError, "must be a ParamTransform"),
    "nothing to fit": (fine, [], {}, ModelStateError, "make_trainable"),
    "whole numbers": (fine, [{"g": 1}, {"radius": 2}], {}, ModelTypeError, r"params\[0\]\['g'\] is of type int"),
    "NaN to begin with": (
        fine,
        [{"g": np.array([1.0, np.nan])}, {"radius": 1.0}],
        {},
        ModelValueError,
        r"\['g'\]\[1\] is nan",
    ),
    "unknown optimizer": (fine, START, {"optimizer": "adamm"}, UnknownNameError, "'adamm'.*adam"),
    "no optimizer": (fine, START, {"optimizer": 0.1}, ModelValueError, "optax.adam"),
    "two rates": (fine, START, {"optimizer": optax.sgd(0.1), "learning_rate": 0.1}, ModelValueError, "learning_rate"),
    "unknown norm": (fine, START, {"normalize": "each"}, UnknownNameError, "'global', 'parameter'"),
    "negative clip": (fine, START, {"clip": -1.0}, ModelValueError, "clip must be positive"),
    "no steps": (fine, START, {"steps": 0}, ModelValueError, "steps must be a positive integer"),
    "resume from nowhere": (fine, START, {"resume": True}, ModelValueError, "checkpoint=FOLDER"),
    "size of no data": (fine, START, {"batch_size": 3}, ModelValueError, "there are none"),
    "a batch that is too large": (fine, START, {"data": np.ones(2), "batch_size": 3}, ModelValueError, "2 rows"),
    "size of batches": (fine, START, {"data": [np.ones(2)], "batch_size": 1}, ModelValueError, "whole batches"),
    "uneven rows": (fine, START, {"data": (np.ones(2), np.ones(3))}, ValueShapeError, "same number of rows"),
    "no batches": (fine, START, {"data": []}, ModelValueError, "not a single batch"),
    "text": (fine, START, {"data": [np.array(["a"])]}, ModelTypeError, "no numbers"),
    "patience of a stream": (
        fine,
        START,
        {"data": iter([np.ones(1)]), "patience": 2},
        ModelValueError,
        "counts epochs",
    ),
    "a key that is none": (fine, START, {"data": np.ones(2), "key": "a"}, ModelTypeError, "random key"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses(case):
    loss, params, options, error, text = REFUSED[case]
    with pytest.raises(error, match=text):
        fit(loss, params, **{"steps": 3, "progress": False, **options})


def test_many_starts_name_the_one_that_is_outside():
    starts = [{"g": jnp.array([[0.1], [0.2], [1.5]])}]
    with pytest.raises(ModelValueError, match=r"starts\[0\]\['g'\]\[2, 0\] is 1.5.*\(0, 1\)"):
        fit_many(lambda p: p[0]["g"][0], starts, steps=1, transform=SigmoidTransform(0.0, 1.0), progress=False)
    with pytest.raises(ValueShapeError, match="counts the starts"):
        fit_many(fine, [{"g": jnp.ones((2, 1))}, {"radius": jnp.ones((3, 1))}], steps=1, progress=False)
