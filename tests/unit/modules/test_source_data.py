"""Times and rates of artificial sources that a run takes for its own, traced or not."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import Leak
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.events import NetStim, Poisson, VecStim
from dendrax.integrate import build_init_and_step_fn
from dendrax.synapses import ExpSyn

KEY = jax.random.key(1)
DT, T_MAX = 0.1, 10.0  # ms
TIMES = np.array([[1.03, 2.57], [4.02, np.inf]])  # ms, none of which is at the end of a step
RATES = np.array([150.0, 400.0])  # Hz


def driven(*sources):
    """Two cells, each with a point process on which every source acts."""
    net = jx.Network([jx.Cell()] * 2)
    net.insert(Leak())
    net.place(ExpSyn("E"))
    net.set("E_tau", 2.0)
    views = [net.add_sources(*source) for source in sources]
    for view in views:
        jx.netcon(view, net.E if len(view) > 1 else net.E.of_cell(0), weight=1e-3, delay=0.95)
        view.record_spikes(verbose=False)
    net.record("v", verbose=False)
    return net, views


@functools.cache
def model():
    return driven((VecStim([[5.0, 6.0], [7.0]]),), (Poisson([50.0, 50.0], delta_t=5.0), 2))


def ran(net, view, key, values, **options):
    state = view.data_set(key, values, None)
    return jx.integrate(net, t_max=T_MAX, delta_t=DT, param_state=state, key=KEY, return_spikes=True, **options)


def total(key, values, view=None, **options):
    net, (stim, noise) = model()
    view = (stim if key == "VecStim_times" else noise) if view is None else view
    return jnp.sum(ran(net, view, key, values, **options)[0][:, ::7])


def central(run, at, entry, step):
    return (run(at.at[entry].add(step)) - run(at.at[entry].add(-step))) / (2 * step)


def test_times_are_those_of_the_run_and_the_model_stays_as_it_is():
    net, (stim, _) = model()
    before = stim.to_pandas()
    _, spikes = ran(net, stim, "VecStim_times", TIMES)
    np.testing.assert_allclose(spikes.spike_trains()[0], [1.03, 2.57])
    np.testing.assert_allclose(spikes.spike_trains()[1], [4.02])
    assert stim.to_pandas().equals(before)
    np.testing.assert_array_equal(net.tables.events.sources.types[0].data["times"], [[5.0, 6.0], [7.0, np.inf]])


def test_gradients_by_times_are_those_of_the_run():
    both = jax.jit(jax.value_and_grad(functools.partial(total, "VecStim_times")))  # one program for all
    run = lambda times: both(times)[0]  # noqa: E731
    at = jnp.asarray(TIMES)
    slope = both(at)[1]
    for entry in ((0, 0), (0, 1), (1, 0)):
        assert float(slope[entry]) == pytest.approx(float(central(run, at, entry, 1e-5)), rel=1e-6)
        assert abs(float(slope[entry])) > 1e-3
    assert float(slope[1, 1]) == 0.0, "an empty place"


@pytest.mark.slow
def test_on_the_grid_times_have_no_gradient():
    slope = jax.grad(functools.partial(total, "VecStim_times", events="grid"))(jnp.asarray(TIMES))
    np.testing.assert_array_equal(slope, 0.0)


@pytest.mark.slow
def test_rates_may_be_traced_batched_and_differentiated():
    run = jax.jit(functools.partial(total, "Poisson_rates"))
    at = jnp.asarray(RATES)  # one row for both sources, as in the model
    slope = jax.grad(run)(at)
    for entry in (0, 1):
        assert float(slope[entry]) == pytest.approx(float(central(run, at, entry, 1e-3)), rel=1e-6)
    assert np.abs(slope).min() > 1e-4
    batch = jnp.stack([at, at[::-1], 0.0 * at])
    np.testing.assert_allclose(jax.vmap(run)(batch), [run(one) for one in batch], rtol=1e-12)


@pytest.mark.slow
def test_each_source_may_have_rates_of_its_own_and_the_later_call_counts():
    net, (_, noise) = model()
    both = ran(net, noise, "Poisson_rates", [RATES, 2 * RATES])[1].spike_trains()
    first = noise.data_set("Poisson_rates", [RATES, 3 * RATES], None)
    state = noise[1].data_set("Poisson_rates", 2 * RATES, first)
    assert len(first) == 1
    chained = jx.integrate(net, t_max=T_MAX, delta_t=DT, param_state=state, key=KEY, return_spikes=True)[1]
    for one, other in zip(both, chained.spike_trains(), strict=True):
        np.testing.assert_array_equal(one, other)
    partly = ran(net, noise[0], "Poisson_rates", RATES)[1].spike_trains()
    np.testing.assert_array_equal(partly[2], both[2])
    whole = ran(net, net, "Poisson_rates", [RATES, 2 * RATES])[
        1
    ].spike_trains()  # of a whole module, as other parameters
    np.testing.assert_array_equal(whole[3], both[3])
    assert len(both[2]) > 0


@pytest.mark.slow
def test_there_is_room_for_what_is_known_and_where_it_lacks_the_run_ends_in_nan():
    net, (_, noise) = model()
    fast = jnp.full(2, 9000.0)
    assert int(ran(net, noise, "Poisson_rates", fast)[1].count) > 120
    inside = jax.jit(lambda rates: ran(net, noise, "Poisson_rates", rates)[0])
    assert np.isnan(inside(fast)[:, -1]).any()


def test_all_traced_times_may_be_in_the_run():
    net, (stim,) = driven((VecStim([[900.0, 901.0, 902.0]]),))
    times = jnp.array([1.0, 2.0, 3.0])
    run = jax.jit(lambda times: jnp.sort(ran(net, stim, "VecStim_times", times)[1].times)[:3])
    np.testing.assert_allclose(run(times), times)
    assert int(ran(net, stim, "VecStim_times", [1.0, 2.0, 3.0, 4.0, 5.0])[1].count) == 5, "more than in the model"


@pytest.mark.slow
def test_many_runs_and_steps_by_hand():
    net, (stim, _) = model()
    (entry,) = stim.data_set("VecStim_times", TIMES, None)
    many = [{**entry, "val": np.stack([TIMES, TIMES + 1.0])}]
    v = jx.integrate_many(net, param_state=many, t_max=T_MAX, delta_t=DT, key=KEY)
    one = jx.integrate(net, t_max=T_MAX, delta_t=DT, param_state=[entry], key=KEY)
    np.testing.assert_allclose(v[0], one, rtol=1e-12)
    init_fn, step_fn = build_init_and_step_fn(net)
    wider = stim.data_set("VecStim_times", np.pad(TIMES, ((0, 0), (0, 2)), constant_values=np.inf), None)
    states, params = init_fn([], param_state=wider, delta_t=DT, key=KEY, t_max=2.0)
    for _ in range(20):
        states = step_fn(states, params, {}, {}, delta_t=DT)
    np.testing.assert_allclose(states["v"], one[:, 20], rtol=1e-10)


def test_noise_that_is_set_for_a_run_needs_a_key():
    net, (stim,) = driven((NetStim(interval=2.0, start=0.0),))
    with pytest.raises(ModelValueError, match="is random, but the run has no key"):
        jx.integrate(net, t_max=1.0, param_state=stim.data_set("NetStim_noise", 1.0, None))


@pytest.mark.parametrize(
    ("key", "values", "error", "message"),
    [
        ("VecStim_times", np.zeros((3, 2)), ValueShapeError, r"shape \(3, 2\), but 2 sources are in view"),
        ("VecStim_times", 1.0, ValueShapeError, "Pass one row for all of them"),
        ("VecStim_times", np.zeros((2, 0)), ValueShapeError, "an array with one for each"),
        (
            "VecStim_times",
            [[1.0, np.nan], [2.0, 3.0]],
            ModelValueError,
            "value 1 of source 0 is nan. Set it to a time",
        ),
        ("VecStim_times", [[1.0, 2.0], [2.0, -3.0]], ModelValueError, "value 1 of source 1 is -3. Set it to a time"),
        ("VecStim_times", "soon", ModelTypeError, "not a number"),
        ("Poisson_rates", [-1.0, 2.0], ModelValueError, "value 0 of source 0 is -1. Set it to a rate"),
        ("Poisson_rates", [np.inf, 2.0], ModelValueError, "Set it to a rate from 0 Hz on"),
        ("VecStim_time", [1.0, 2.0], UnknownNameError, "have no parameter 'VecStim_time'"),
    ],
)
def test_what_no_source_can_have_is_refused(key, values, error, message):
    _, (stim, noise) = model()
    with pytest.raises(error, match=message):
        (noise if key.startswith("Poisson") else stim).data_set(key, values, None)


def test_other_misuse_is_refused():
    net, (stim, noise) = model()
    with pytest.raises(ValueShapeError, match=r"each row has \(3,\) values.*left as they are have \(2,\)"):
        stim[0].data_set("VecStim_times", [1.0, 2.0, 3.0], None)
    state = stim[0].data_set("VecStim_times", [1.0, 2.0], stim.data_set("VecStim_times", np.zeros((2, 5)), None))
    with pytest.raises(ValueShapeError, match=r"param_state: 'VecStim_times': each row has \(2,\)"):
        jx.integrate(net, t_max=1.0, key=KEY, param_state=state)
    with pytest.raises(ModelValueError, match="in view more than once"):
        stim[[0, 0]].data_set("VecStim_times", TIMES, None)
    with pytest.raises(UnknownNameError, match="no source of 'Poisson' is in view"):
        stim.data_set("Poisson_rates", RATES, None)
    for verb in (noise.make_trainable, net.make_trainable):
        with pytest.raises(UnknownNameError, match=r"are the data of Poisson.*`data_set\('Poisson_rates'"):
            verb("Poisson_rates")
    with pytest.raises(UnknownNameError, match=r"are the data of VecStim.*`data_set\('VecStim_times'"):
        stim.set("VecStim_times", TIMES)
    other, _ = driven((VecStim([[1.0]]),))
    with pytest.raises(ModelValueError, match="made with another module"):
        jx.integrate(other, t_max=1.0, param_state=stim.data_set("VecStim_times", TIMES, None))
    wrong = [{**stim.data_set("VecStim_times", TIMES, None)[0], "val": np.zeros(2)}]
    with pytest.raises(ModelTypeError, match="Pass the list that `data_set` returned"):
        jx.integrate(net, t_max=1.0, key=KEY, param_state=wrong)
