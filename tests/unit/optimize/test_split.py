"""A fit on two devices is that on one but for rounding, whatever the loss returns and however its batches come."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import Mesh, PartitionSpec

import dendrax as jx
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.optimize import fit, fit_many
from dendrax.optimize.transforms import SigmoidTransform

START = [{"a": jnp.array([0.3, 0.6])}, {"b": jnp.array([2.0])}]
DATA = {"x": np.linspace(-1.0, 1.0, 10), "y": np.linspace(0.0, 3.0, 10)}
OPTIONS: dict[str, Any] = {"data": DATA, "batch_size": 4, "steps": 5, "learning_rate": 0.1, "progress": False}


def errors(params, rows) -> Any:
    return params[0]["a"][0] * rows["x"] + params[0]["a"][1] * rows["x"] ** 2 + params[1]["b"] - rows["y"]


def loss(params, rows):
    return jnp.mean(errors(params, rows) ** 2)


def assert_same(one, other, rtol=1e-12):
    np.testing.assert_allclose(one.loss, other.loss, rtol=rtol)
    np.testing.assert_allclose(one.gradient_norm, other.gradient_norm, rtol=rtol)
    for a, b in zip(jax.tree.leaves((one.params, one.last)), jax.tree.leaves((other.params, other.last)), strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol)


@pytest.mark.slow
def test_simulations_of_a_batch_are_shared():
    """With the native kernels, a transform, and three kinds of arrays beside the loss."""
    cell = jx.Branch(ncomp=2)
    cell.insert(jx.channels.Leak())
    cell.comp(1).record(verbose=False)
    cell.make_trainable("Leak_gLeak", verbose=False)
    cell.make_trainable("Leak_eLeak", verbose=False)
    place = cell.comp(0)

    def of_cells(params, rows):
        def end(current):
            stimulus = place.data_stimulate(current * jnp.ones(20))
            return jx.integrate(cell, params, data_stimuli=stimulus)[0, -1]

        v = jax.vmap(end)(rows["x"])
        return jnp.mean((v + 65.0 - rows["y"]) ** 2), {"v": v, "mean": v.mean(), "currents": rows["x"][:, None]}

    bounds = [{"Leak_gLeak": SigmoidTransform(1e-5, 1e-2)}, {"Leak_eLeak": SigmoidTransform(-100.0, -40.0)}]
    one, two = (
        fit(of_cells, cell.get_parameters(), transform=bounds, devices=devices, **OPTIONS) for devices in (None, 2)
    )
    assert_same(one, two, rtol=1e-10)
    assert one.loss[-1] != one.loss[0]
    for a, b in zip(jax.tree.leaves(one.aux), jax.tree.leaves(two.aux), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-10)


@pytest.mark.slow
def test_an_optimiser_that_asks_for_losses_itself():
    """A line search must see the mean over all devices, and its gradient."""
    options = OPTIONS | {"optimizer": "lbfgs", "learning_rate": None}
    assert_same(fit(loss, START, **options), fit(loss, START, devices=2, **options), rtol=1e-9)


@pytest.mark.slow
def test_a_last_batch_that_does_not_come_out_even():
    batches = [jax.tree.map(lambda leaf, rows=rows: leaf[rows], DATA) for rows in np.split(np.arange(10), [4, 7])]
    options = OPTIONS | {"data": batches, "batch_size": None}
    with pytest.raises(ModelValueError, match=r"a batch of 3 rows evenly\. Make batches of 2 or 4 rows"):
        fit(loss, START, devices=2, **(options | {"data": batches[1:]}))
    assert_same(fit(loss, START, **options), fit(loss, START, devices=2, **options))


def test_it_goes_on_with_another_number_of_devices(tmp_path):
    saved: dict[str, Any] = {"checkpoint": tmp_path, "resume": True, "every": 2}
    whole = fit(loss, START, devices=2, **OPTIONS)
    fit(loss, START, devices=2, **(OPTIONS | saved | {"steps": 3}))
    resumed = fit(loss, START, devices=2, **(OPTIONS | saved))
    assert resumed.resumed_at == 3
    np.testing.assert_array_equal(resumed.loss, whole.loss)
    fit(loss, START, devices=2, **(OPTIONS | saved | {"checkpoint": tmp_path / "b", "steps": 3}))
    fewer = fit(loss, START, **(OPTIONS | saved | {"checkpoint": tmp_path / "b"}))
    assert fewer.resumed_at == 3
    assert_same(fewer, whole)


def test_what_a_fit_returns_is_not_on_all_devices():
    """Otherwise whatever is computed with it is computed on each of them."""
    seen = []
    one = fit(loss, START, devices=2, callbacks=lambda progress: seen.append(progress.params), **OPTIONS)
    many = fit_many(loss, jax.tree.map(lambda leaf: jnp.stack([leaf, leaf + 1]), START), devices=2, **OPTIONS)
    for leaf in jax.tree.leaves((seen, one.params, one.last, many.best.params, many.fits[1].last)):
        assert leaf.devices() == {jax.devices()[0]}


def test_a_loss_that_is_on_all_devices_by_itself_is_compiled_once():
    """The first step begins on one device, and what it returns is on two."""
    traced = []
    mesh, whole, along = Mesh(np.array(jax.devices()[:2]), ("row",)), PartitionSpec(), PartitionSpec("row")
    by_hand = jax.shard_map(errors, mesh=mesh, in_specs=(whole, along), out_specs=along, check_vma=False)

    def counted(params, rows):
        traced.append(rows)
        return jnp.mean(by_hand(params, rows) ** 2)

    assert_same(fit(counted, START, **OPTIONS), fit(loss, START, **OPTIONS))
    assert len(traced) == 2  # for its shape, before anything is compiled, and for the program
    traced.clear()
    fit(lambda params, rows: counted(params, rows) * 1.0, START, **OPTIONS | {"devices": None, "steps": 9})
    assert len(traced) == 2


def pairs(aux):
    return lambda params, rows: (loss(params, rows), aux(rows))


REFUSED: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "no data": (lambda params: loss(params, DATA), {"data": None, "batch_size": None}, ModelValueError, "no `data`"),
    "uneven rows": (loss, {"batch_size": 5}, ModelValueError, r"2 devices .* 5 rows evenly\. Pass batch_size=4 or 6\."),
    "more than there are": (loss, {"batch_size": 9}, ModelValueError, r"Pass batch_size=8 or 10\."),
    "a single row": (
        loss,
        {"data": {"x": np.zeros(1), "y": np.zeros(1)}, "batch_size": 1},
        ModelValueError,
        "fewer devices",
    ),
    "all rows": (
        loss,
        {"data": {"x": np.ones(7), "y": np.ones(7)}, "batch_size": None},
        ModelValueError,
        r"7 rows evenly\. Pass batch_size=6\.",
    ),
    "no rows": (
        lambda params, batch: loss(params, batch[0]) + batch[1],
        {"data": [(DATA, np.array(0.0))], "batch_size": None},
        ValueShapeError,
        r"same number .*\(\)",
    ),
    "a count": (pairs(lambda rows: {"n": jnp.sum(rows["x"] > 0)}), {}, ModelTypeError, r"aux\['n'\].* int64, .*mean"),
    "half as much": (pairs(lambda rows: rows["x"][: rows["x"].size // 2 + 1]), {}, ModelTypeError, r"\(3,\).*\(2,\)"),
    "three devices": (loss, {"devices": 3}, ModelValueError, "devices=3: there are 2"),
    "no devices": (loss, {"devices": "all"}, ModelTypeError, "local_devices"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_refuses(case):
    function, options, error, text = REFUSED[case]
    with pytest.raises(error, match=text):
        fit(function, START, **{**OPTIONS, "devices": 2, **options})
