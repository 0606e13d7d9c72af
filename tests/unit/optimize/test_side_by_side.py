"""Many starts at once: the same whatever their number at a time, and as many of them as fit into memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.errors import FitWarning, MemoryBudgetError, ModelValueError, UnknownNameError
from dendrax.optimize import Experiment, Protocol, Step, fit, fit_many, least_squares, search
from dendrax.running import devices


@pytest.fixture
def at_a_time(monkeypatch):
    """How many starts each device works on at a time, in every program that was compiled."""
    sizes, mapped = [], devices.mapped

    def noting(function, shared, parts, size):
        sizes.append(size)
        return mapped(function, shared, parts, size)

    monkeypatch.setattr(devices, "mapped", noting)
    return sizes


@pytest.mark.slow
def test_chunks_change_nothing(at_a_time, monkeypatch):
    """Five starts at a time on one device, and one at a time on each of two."""
    cell = jx.Compartment()
    cell.insert(jx.channels.Leak())
    cell.record(verbose=False)
    cell.make_trainable("Leak_gLeak", verbose=False)
    cell.make_trainable("v", verbose=False)
    loss = lambda params: jnp.mean((jx.integrate(cell, params, t_max=0.25) + 40.0) ** 2)  # noqa: E731
    starts = [{"Leak_gLeak": jnp.linspace(1e-4, 1e-3, 5)[:, None]}, {"v": jnp.linspace(-60.0, -30.0, 5)[:, None]}]
    options = {"steps": 3, "learning_rate": 0.01, "progress": False}
    whole = fit_many(loss, starts, devices=1, **options)
    monkeypatch.setitem(devices.PER_DEVICE, "cpu", 1)
    chunked = fit_many(loss, starts, devices=2, **options)
    assert at_a_time == [5, 1]
    for one, other in zip(chunked.fits, whole.fits, strict=True):
        np.testing.assert_allclose(one.loss, other.loss, rtol=1e-13)
        for a, b in zip(jax.tree.leaves(one.params), jax.tree.leaves(other.params), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12)
    assert len({one.lowest for one in whole.fits}) == 5


@pytest.mark.slow
def test_a_chunk_takes_no_more_memory_than_it_may(at_a_time):
    n = 50_000

    def loss(params):  # sorting needs all of its numbers at once
        return jnp.sum(jnp.sort(jnp.sin(params["x"] * jnp.arange(n))) * jnp.arange(n)) / n**2

    starts = {"x": jnp.linspace(1.0, 2.0, 16)}
    members = {"population": 16, "generations": 2, "method": "separable", "devices": 1, "progress": False}
    whole = search(loss, {"x": 1.5}, **members)
    assert at_a_time == [16]
    chunked = search(loss, {"x": 1.5}, memory=16 * n * 8 / 2, **members)  # half of what the numbers alone take
    assert 1 <= at_a_time[-1] <= 8
    np.testing.assert_allclose(chunked.loss, whole.loss, rtol=1e-12)
    with pytest.raises(MemoryBudgetError, match=r"A single run needs .*, but memory= allows 1 kB"):
        fit_many(loss, starts, steps=1, memory=1000.0, devices=1, progress=False)


def test_an_option_that_is_none_is_named():
    with pytest.raises(UnknownNameError, match=r"fit_many: there is no option 'learning_rte', .*'learning_rate'\?"):
        fit_many(lambda p: p**2, jnp.ones(2), steps=1, learning_rte=0.1)


@pytest.mark.slow
def test_a_fit_that_breaks_says_when_and_where_the_simulation_did():
    """Forward Euler with steps 500 times the membrane's time constant: v alternates and grows beyond all numbers."""
    cell = jx.Branch(ncomp=2)
    cell.insert(jx.channels.Leak())
    cell.comp(1).set("Leak_gLeak", 1.0)
    cell.make_trainable("Leak_eLeak", verbose=False)
    fast = Protocol("fast", cell.comp(0), Step(10.0, 20.0, 0.001), {"end": cell.comp(0)}, 100.0)
    short = Protocol("short", cell.comp(0), Step(1.0, 2.0, 0.001), {"end": cell.comp(0)}, 5.0)
    target = {"recording": "end", "feature": "voltage_base", "mean": -70.0, "std": 1.0}
    experiment = Experiment(
        cell, [short, fast], [{"protocol": name, **target} for name in ("short", "fast")],
        delta_t=0.5, solver="fwd_euler",
    )  # fmt: skip
    said = (
        r"The loss is nan at step 0.* In protocol 'fast', at \d\d.?5? ms, v is not finite any more in .*"
        r"compartment 1.* The voltage had run away before.* solver=.bwd_euler."
    )
    with pytest.warns(FitWarning, match=said):
        broken = fit(experiment, cell.get_parameters(), steps=2, progress=False)
    assert broken.steps == 1
    with pytest.raises(ModelValueError, match=r"residuals are not finite .* In protocol 'fast', at \d\d.?5? ms, v is"):
        least_squares(experiment.scores, cell.get_parameters(), progress=False)
    alone = lambda params: 2.0 * experiment(params)  # noqa: E731 - a fit cannot know what is in it
    with pytest.warns(FitWarning, match=r"integrate\(module, result.last, check=True\)` says at what time"):
        fit(alone, cell.get_parameters(), steps=2, progress=False)
    assert experiment.diagnose([{"Leak_eLeak": jnp.array([jnp.nan])}]).startswith("Protocol 'short' cannot be run.")
