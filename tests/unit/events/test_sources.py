"""Trains of artificial sources: times, numbers, independence, derivatives, and what is refused."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from dendrax.errors import MechanismError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.events import NetStim, Poisson, SpikeSource, VecStim
from dendrax.mechanisms.source import check_source

KEY = jax.random.key(3)
HORIZON = 1000.0  # ms


def params_of(source, n=1, **values):
    """Its parameters for n sources."""
    own = {**source.parameters, **{f"{source.name}_{key}": value for key, value in values.items()}}
    return {key: np.broadcast_to(np.asarray(value, float), (n,)) for key, value in own.items()}


def trains_of(source, n=1, key=KEY, horizon=HORIZON, **values):
    params = params_of(source, n, **values)
    return np.asarray(jitted(source, key, params, source.most(horizon, params)))


@functools.cache
def program(source):
    """Its trains, by one program in place of one for each operation, and for all keys and values."""
    return jax.jit(source.trains, static_argnums=2)


def jitted(source, key, params, n):
    return program(source)(key, params, n)


def test_a_regular_train_has_number_spikes_from_start_on():
    times = trains_of(NetStim(interval=20.0, number=3, start=50.0), key=None)
    np.testing.assert_array_equal(times, [[50.0, 70.0, 90.0, np.inf]])


@pytest.mark.parametrize("noise", [0.0, pytest.param(0.5, marks=pytest.mark.slow), 1.0])
@pytest.mark.parametrize("number", [2, np.inf])
def test_there_are_places_for_all_spikes_of_a_run(noise, number):
    source = NetStim(interval=2.0, number=number, start=0.0, noise=noise)
    for seed in range(5):
        times = trains_of(source, 50, jax.random.key(seed))
        assert (times[:, -1] > HORIZON).all()
        assert (np.diff(times[:, : 2 if number == 2 else 400], axis=1) >= 0).all()


def test_no_source_has_more_spikes_than_its_number():
    times = trains_of(NetStim(interval=2.0, start=0.0, noise=1.0), 4, number=[0, 1, 5, 2])
    assert np.isfinite(times).sum(axis=1).tolist() == [0, 1, 5, 2]


@pytest.mark.parametrize("noise", [0.2, 1.0])
def test_noise_is_the_random_fraction_of_an_interval(noise):
    source = NetStim(interval=20.0, number=np.inf, start=50.0, noise=noise)
    times = trains_of(source, 2000, horizon=450.0)[:, :15]
    intervals = np.diff(times, axis=1).ravel()
    assert intervals.min() >= (1 - noise) * 20.0
    standard_error = noise * 20.0 / np.sqrt(intervals.size)
    assert intervals.mean() == pytest.approx(20.0, abs=5 * standard_error)
    assert intervals.std() == pytest.approx(noise * 20.0, rel=5 * np.sqrt(2.0 / intervals.size))
    first = times[:, 0] - 50.0  # on average at start + noise * interval, as in NEURON
    assert first.min() >= 0.0
    assert first.mean() == pytest.approx(noise * 20.0, rel=5 / np.sqrt(first.size))


@pytest.mark.parametrize("source", [NetStim(interval=5.0, number=np.inf, start=0.0, noise=1.0), Poisson(200.0)])
def test_a_train_depends_neither_on_the_others_nor_on_places(source):
    few = jitted(source, KEY, params_of(source, 3), 20)
    many = jitted(source, KEY, params_of(source, 7), 50)
    np.testing.assert_array_equal(few, many[:3, :20])
    assert not (few[0] == few[1]).any()
    assert not (few == jitted(source, jax.random.key(4), params_of(source, 3), 20)).any()


def test_both_precisions_see_the_same_trains():
    source = Poisson(100.0)
    double, single = (
        jitted(source, KEY, {"Poisson_rate": jnp.full(5, 100.0, dtype)}, 100) for dtype in ("float64", "float32")
    )
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=2e-5)


@pytest.mark.slow
def test_keys_are_vmapped():
    source, keys = Poisson(50.0), jax.random.split(KEY, 3)
    run = jax.jit(lambda key: source.trains(key, params_of(source, 2), 10))
    together = jax.jit(jax.vmap(run))(keys)
    for at in range(3):
        np.testing.assert_allclose(together[at], run(keys[at]), rtol=1e-14)


def test_the_number_of_spikes_of_a_poisson_train_is_poisson_distributed():
    counts = (trains_of(Poisson(20.0), 4000) <= HORIZON).sum(axis=1)
    assert counts.mean() == pytest.approx(20.0, abs=5 * np.sqrt(20.0 / 4000))
    assert counts.var() == pytest.approx(20.0, rel=5 * np.sqrt(2.0 / 4000))


def test_a_rate_over_time_is_followed():
    rates = np.array([0.0, 200.0, 0.0, 50.0])  # Hz, for 100 ms each
    times = trains_of(Poisson(rates, delta_t=100.0), 4000)
    counts = np.histogram(times[np.isfinite(times)], bins=np.arange(0.0, 1001.0, 100.0))[0]
    assert counts[[0, 2, *range(4, 10)]].tolist() == [0] * 8
    for at in (1, 3):
        mean = 4000 * rates[at] * 0.1
        assert counts[at] == pytest.approx(mean, abs=5 * np.sqrt(mean))


def test_a_constant_rate_and_a_constant_array_agree():
    constant = jitted(Poisson(30.0), KEY, params_of(Poisson(30.0), 2), 20)
    over_time = Poisson([10.0] * 50, delta_t=20.0)
    varying = np.asarray(jitted(over_time, KEY, params_of(over_time, 2, gain=3.0), 20))
    there = np.isfinite(varying)
    assert there.sum() > 20
    np.testing.assert_allclose(varying[there], np.asarray(constant)[there], rtol=1e-12)
    assert (np.asarray(constant)[~there] > HORIZON).all()


def test_rates_of_each_source():
    source = Poisson(np.array([[100.0, 0.0], [0.0, 100.0]]), delta_t=500.0)
    times = trains_of(source, 2)
    assert source.size == 2
    assert Poisson([1.0], delta_t=1.0).size is None
    assert times[0][np.isfinite(times[0])].max() <= 500.0 <= times[1].min()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param(NetStim(interval=20.0, start=5.0, noise=0.5), "interval", marks=pytest.mark.slow),
        pytest.param(NetStim(interval=20.0, start=5.0, noise=0.5), "start", marks=pytest.mark.slow),
        (NetStim(interval=20.0, start=5.0, noise=0.5), "noise"),
        pytest.param(Poisson(40.0), "rate", marks=pytest.mark.slow),
        (Poisson(20.0 + 10.0 * np.sin(np.arange(400.0)), delta_t=1.0), "gain"),
    ],
)
def test_times_are_differentiable(source, name):
    params = params_of(source, 2)
    key = f"{source.name}_{name}"

    def times(value):
        found = source.trains(KEY, {**params, key: value}, 6)
        return jnp.where(jnp.isfinite(found), found, 0.0)

    both = jax.jit(lambda value: (times(value), jax.jacobian(times)(value)))  # one program for values and derivatives
    exact = both(jnp.asarray(params[key]))[1]
    step = 1e-6 * max(1.0, float(params[key][0]))
    for at in range(2):
        shift = step * np.eye(2)[at]
        slope = (both(params[key] + shift)[0] - both(params[key] - shift)[0]) / (2 * step)
        np.testing.assert_allclose(exact[..., at], slope, rtol=1e-6, atol=1e-6)


@pytest.mark.slow
def test_times_are_differentiable_by_a_rate_that_is_traced():
    source = Poisson(np.array([20.0, 80.0, 40.0]), delta_t=30.0)

    @jax.jit
    def total(rates):
        times = source.trains(KEY, params_of(source, 3) | {"Poisson_rates": rates}, 10)
        return jnp.sum(jnp.where(jnp.isfinite(times), times, 0.0))

    rates = jnp.asarray(source.data["rates"])
    exact = jax.jit(jax.grad(total))(rates)
    for at in range(3):
        shift = 1e-5 * np.eye(3)[[at]]
        slope = (total(rates + shift) - total(rates - shift)) / 2e-5
        np.testing.assert_allclose(exact[0, at], slope, rtol=1e-6, atol=1e-8)


def test_a_rate_of_zero_has_no_spikes_and_no_nan():
    source = Poisson(0.0)

    def total(rate):
        times = source.trains(KEY, {"Poisson_rate": rate}, 4)
        return jnp.sum(jnp.where(jnp.isinf(times), 1.0, times))

    value, slope = jax.jit(jax.value_and_grad(total))(jnp.zeros(1))
    assert (float(value), float(slope[0])) == (4.0, 0.0)


GIVEN = [[7.5, 2.0], [], [4.0]]


@pytest.mark.parametrize(
    "times",
    [
        GIVEN,
        [np.array([7.5, 2.0]), np.array([]), (4.0,)],
        np.array([[7.5, 2.0], [np.nan, np.inf], [np.nan, 4.0]]),
        pd.DataFrame({"time": [7.5, 4.0, 2.0], "id": [0, 2, 0]}),
    ],
    ids=["lists", "arrays", "padded", "table"],
)
def test_given_times_in_each_form(times):
    source = VecStim(times)
    assert source.size == 3
    np.testing.assert_array_equal(source.trains(None, {}, 3), [[2.0, 7.5, np.inf], [np.inf] * 3, [4.0, np.inf, np.inf]])
    assert [source.most(horizon, {}) for horizon in (1.0, 2.0, 10.0)] == [1, 2, 3]
    assert source == VecStim(GIVEN) != VecStim(GIVEN[:2])
    check_source(source)


def test_one_list_of_numbers_is_one_source():
    assert VecStim([3.0, 1.0]).trains(None, {}, 2).tolist() == [[1.0, 3.0]]


def test_given_times_may_be_traced():
    source = VecStim(GIVEN)
    slope = jax.grad(lambda times: source.trains(None, {"VecStim_times": times}, 3)[0, 1])(source.data["times"])
    np.testing.assert_array_equal(slope, [[0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: NetStim(interval=-1.0), ModelValueError, "NetStim_interval"),
        (lambda: NetStim(interval=np.nan), ModelValueError, "NetStim: interval"),
        (lambda: NetStim(interval=np.inf), ModelValueError, "NetStim_interval"),
        (lambda: NetStim(noise=1.5), ModelValueError, "from 0 to 1"),
        (lambda: NetStim(number="3"), ModelTypeError, "NetStim: number"),
        (lambda: NetStim(start=-1.0), ModelValueError, "NetStim_start"),
        (lambda: Poisson(-1.0), ModelValueError, "Poisson_rate"),
        (lambda: Poisson([1.0, 2.0]), ModelValueError, "delta_t"),
        (lambda: Poisson(1.0, delta_t=1.0), ModelValueError, "delta_t"),
        (lambda: Poisson([1.0, -2.0], delta_t=1.0), ModelValueError, "rate 1 of source 0"),
        (lambda: Poisson(np.ones((2, 2, 2)), delta_t=1.0), ValueShapeError, "source, bin"),
        (lambda: Poisson([], delta_t=1.0), ValueShapeError, "source, bin"),
        (lambda: VecStim(3.0), ModelTypeError, "list of the times"),
        (lambda: VecStim([["a"]]), ModelTypeError, "source 0"),
        (lambda: VecStim([[1.0], [-2.0]]), ModelValueError, "source 1"),
        (lambda: VecStim([[1.0], [np.nan]]), ModelValueError, "source 1"),
        (lambda: VecStim([[[1.0]]]), ValueShapeError, "source 0"),
        (lambda: VecStim(np.ones((2, 2, 2))), ValueShapeError, "source, place"),
        (lambda: VecStim(pd.DataFrame({"time": [1.0]})), ModelTypeError, "'id'"),
        (lambda: VecStim(pd.DataFrame({"time": [1.0], "id": [-1]})), ModelValueError, "id -1"),
        (lambda: VecStim(pd.DataFrame({"time": [1.0], "id": [0.5]})), ModelValueError, "id 0.5"),
        (lambda: VecStim(pd.DataFrame({"time": [np.nan], "id": [0]})), ModelValueError, "NaN"),
    ],
)
def test_what_no_source_can_have_is_refused(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_set_values_are_checked_and_the_source_is_named():
    source = NetStim()
    with pytest.raises(ModelValueError, match="NetStim_interval of source 2"):
        source.check(params_of(source, 4, interval=[1.0, 2.0, 0.0, -1.0]))
    jax.jit(lambda value: source.check({**params_of(source), "NetStim_interval": value}) or value)(jnp.ones(1))


def test_a_random_source_needs_a_key():
    noisy, quiet = NetStim(noise=0.1), NetStim()
    assert [one.random(params_of(one)) for one in (noisy, quiet, Poisson(), VecStim([[1.0]]))] == [1, 0, 1, 0]
    for source in (noisy, Poisson()):
        with pytest.raises(ModelValueError, match=r"key=jax\.random\.key"):
            source.trains(None, params_of(source), 3)


class Silent(SpikeSource):
    pass


class Unprefixed(SpikeSource):
    def __init__(self):
        super().__init__()
        self.parameters = {"interval": 1.0}


@pytest.mark.parametrize(("made", "text"), [(Silent, "most"), (Unprefixed, "start with 'Unprefixed_'")])
def test_a_source_that_breaks_the_contract_is_refused(made, text):
    with pytest.raises(MechanismError, match=text):
        check_source(made())


def test_what_is_no_source_is_refused():
    with pytest.raises(ModelTypeError, match="NetStim\\(\\)"):
        check_source(NetStim)
