"""Closed forms, gradients against central differences, and traces where there is nothing to be seen."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax import errors, features
from dendrax.features import SpikeTimes, Stimulus

DT = 0.05
TIME = np.arange(0.0, 60.0, DT)


def spiking(peaks=(12.3, 25.1, 39.7, 55.2)) -> np.ndarray:
    """Gaussian spikes of 90 mV and 0.8 ms on a slow oscillation around -65 mV. (time,)"""
    spikes = sum(90.0 * np.exp(-(((TIME - peak) / 0.8) ** 2)) for peak in peaks)
    return -65.0 + 3.0 * np.sin(TIME / 7.0) + spikes


def vector(v):
    """All features that should move smoothly with a trace, in one vector."""
    spikes = features.spike_times(v, DT, max_spikes=6)
    found = features.action_potentials(v, DT, max_spikes=6)
    shape = [features.masked_mean(one, found.mask) for one in found[1:]]
    statistics = [
        features.spike_count(v, DT),
        features.latency(spikes, 3.0),
        features.mean_interval(spikes),
        features.interval_cv(spikes),
        features.adaptation(spikes),
        features.firing_rate(spikes, 5.0, 50.0),
        features.resting_potential(v, DT, 10.0),
        features.input_resistance(v, DT, 10.0, 20.0, 0.5),
        features.sag(v, DT, 3.0, 11.0),
        features.time_constant(v, DT, 2.0, 4.0, start=1.0, stop=4.0),
    ]
    summary = features.summary_statistics(v, DT, [0.0, 20.0, 60.0]).ravel()
    logits = features.window_logits(jnp.stack([v, v[::-1]]), DT, read="count", scale=2.0)
    return jnp.concatenate(
        [
            jnp.stack([*shape, *statistics, features.cross_entropy(logits, jnp.array(1))]),
            summary,
            jnp.stack([features.van_rossum(spikes, SpikeTimes(jnp.array([14.0]), jnp.array([True])), 5.0)]),
            spikes.times,
        ]
    )


VALUES_AND_JACOBIAN = jax.jit(lambda v: (vector(v), jax.jacrev(vector)(v)))


@pytest.mark.slow
def test_slopes_are_those_of_central_differences():
    v = jnp.asarray(spiking())
    # Smooth directions: neighbouring samples must move alike, or another sample becomes the highest.
    direction = jnp.asarray(np.cos(TIME / 3.0) * np.exp(-TIME / 60.0))
    slope = VALUES_AND_JACOBIAN(v)[1] @ direction
    step = 1e-6
    ahead, behind = (VALUES_AND_JACOBIAN(v + sign * step * direction)[0] for sign in (1, -1))
    difference = (ahead - behind) / (2 * step)
    np.testing.assert_allclose(slope, difference, rtol=2e-6, atol=2e-7)
    assert (np.abs(np.asarray(slope)) > 1e-6).sum() >= 25  # it is not that all are 0


@pytest.mark.parametrize(
    "v",
    [np.full(TIME.shape, -65.0), -65.0 + 3.0 * np.sin(TIME), np.full(TIME.shape, 20.0)],
    ids=["constant", "subthreshold", "depolarised"],
)
def test_without_spikes_values_and_gradients_are_finite(v):
    values, jacobian = VALUES_AND_JACOBIAN(jnp.asarray(v))
    assert np.isfinite(values).all()
    assert np.isfinite(jacobian).all()
    assert np.all(np.asarray(values[-6:]) == 0.0)


def test_spikes_are_where_they_were_put():
    v = spiking()
    spikes = features.spike_times(v, DT, max_spikes=6)
    found = features.action_potentials(v, DT, max_spikes=6)
    np.testing.assert_allclose(found.peak_time, [12.3, 25.1, 39.7, 55.2, 0.0, 0.0], atol=0.01)
    np.testing.assert_allclose(found.width, 2 * (found.peak_time - spikes.times), atol=0.02)
    assert found.mask.tolist() == spikes.mask.tolist() == [True] * 4 + [False] * 2
    assert float(features.spike_count(v, DT, softness=2.0)) == pytest.approx(4.0, abs=1e-3)
    assert float(features.latency(spikes, 20.0)) == pytest.approx(float(spikes.times[1]) - 20.0)
    late = features.spike_times(v, DT, max_spikes=6, start=20.0, stop=50.0)
    np.testing.assert_array_equal(late.times[:2], spikes.times[1:3])
    np.testing.assert_allclose(
        features.action_potentials(v, DT, max_spikes=6, start=20.0, stop=50.0).peak[:2], found.peak[1:3]
    )
    assert int(features.spike_times(v, DT, max_spikes=2).mask.sum()) == 2


def test_batches_are_traces_one_by_one():
    v = np.stack([[spiking(), spiking((30.0,))], [spiking(()), spiking((5.0, 40.0))]])
    found = features.action_potentials(v, DT, max_spikes=6)
    assert found.width.shape == (2, 2, 6)
    for place in np.ndindex(2, 2):
        alone = features.action_potentials(v[place], DT, max_spikes=6)
        jax.tree.map(lambda one, many, place=place: np.testing.assert_array_equal(one, many[place]), alone, found)


def test_a_spike_count_tells_an_almost_spike_how_to_become_one():
    almost = lambda height: features.spike_count(-65.0 + height * np.exp(-((TIME - 20.0) ** 2)), DT)  # noqa: E731
    slope = jax.grad(almost)(35.0)
    assert float(slope) > 0.01
    value, slope = jax.value_and_grad(
        lambda height: features.measure(
            ["Spikecount"], -65.0 + height * jnp.exp(-((TIME - 20.0) ** 2)), DT, Stimulus(10.0, 50.0)
        ).values[0]
    )(35.0)
    assert float(value) == 0.0
    assert float(slope) > 0.01


def soft_dtw_by_table(x, y, gamma):
    """The recursion of Cuturi & Blondel, cell by cell."""
    r = np.full((len(x) + 1, len(y) + 1), np.inf)
    r[0, 0] = 0.0
    for i in range(len(x)):
        for j in range(len(y)):
            before = np.array([r[i, j], r[i, j + 1], r[i + 1, j]])
            low = before.min()
            least = low - gamma * np.log(np.exp(-(before - low) / gamma).sum()) if gamma else low
            r[i + 1, j + 1] = ((x[i] - y[j]) ** 2).sum() + least
    return r[-1, -1]


@pytest.mark.parametrize(
    ("n", "m"), [(5, 9), (1, 3), *(pytest.param(*one, marks=pytest.mark.slow) for one in ((7, 7), (9, 4), (1, 1)))]
)
def test_soft_dtw_is_its_recursion(n, m):
    random = np.random.default_rng(n + 10 * m)
    x, y = random.normal(size=(n, 2)), random.normal(size=(m, 2))
    value, gradient = jax.value_and_grad(features.soft_dtw)(jnp.asarray(x), jnp.asarray(y), 0.5)
    assert float(value) == pytest.approx(soft_dtw_by_table(x, y, 0.5), rel=1e-12)
    assert float(features.soft_dtw(x, y, 1e-6)) == pytest.approx(soft_dtw_by_table(x, y, 0.0), abs=1e-4)
    step, difference = 1e-6, np.zeros_like(x)
    for place in np.ndindex(x.shape):
        moved = np.zeros_like(x)
        moved[place] = step
        ends = [soft_dtw_by_table(x + sign * moved, y, 0.5) for sign in (1, -1)]
        difference[place] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(gradient, difference, rtol=1e-6, atol=1e-8)


def test_single_precision_is_kept_and_may_be_mixed():
    v = spiking()
    single, double = (
        features.soft_dtw(v[::20].astype(np.float32), v[::20] + 1.0),
        features.soft_dtw(v[::20], v[::20] + 1),
    )
    assert float(single) == pytest.approx(float(double), rel=1e-5)
    found = features.action_potentials(v.astype(np.float32), DT, max_spikes=6)
    assert found.peak.dtype == np.float32
    np.testing.assert_allclose(found.width, features.action_potentials(v, DT, max_spikes=6).width, atol=1e-3)


def test_van_rossum_is_the_integral_of_its_definition():
    tau, fine = 8.0, np.arange(0.0, 300.0, 1e-3)
    a, b = np.array([10.0, 17.0, 40.0]), np.array([12.0, 41.0])
    trace = lambda times: sum(np.where(fine >= t, np.exp(-(fine - t) / tau), 0.0) for t in times)  # noqa: E731
    expected = ((trace(a) - trace(b)) ** 2).sum() * 1e-3 / tau
    one = SpikeTimes(jnp.append(a, 99.0), jnp.array([True, True, True, False]))
    other = SpikeTimes(jnp.asarray(b), jnp.ones(2, bool))
    assert float(features.van_rossum(one, other, tau)) == pytest.approx(expected, rel=1e-3)
    assert float(features.van_rossum(one, one, tau)) == pytest.approx(0.0, abs=1e-12)


def test_a_rest_is_of_one_sample_at_least():
    v = np.where(np.arange(100) < 2, -70.0, -60.0)
    assert float(features.resting_potential(v, DT, 2 * DT)) == -70.0
    assert float(features.steady_state(v, DT, 2 * DT, 4 * DT)) == -60.0
    with pytest.raises(errors.ModelValueError, match=r"onset = 0\.0 ms must be positive"):
        features.resting_potential(v, DT, 0.0)
    names = ["voltage_base", "voltage_deflection_vb_ssse", "sag_ratio1", "steady_state_voltage_stimend"]
    assert features.measure(names, v, DT, Stimulus(0.0, 2.0, -1.0)).defined.tolist() == [False, False, False, True]


def test_all_spikes_are_counted_however_few_are_looked_at():
    names = ["Spikecount", "all_ISI_values"]
    counted = features.measure(names, spiking(), DT, Stimulus(1.0, 59.0), max_spikes=2).values
    assert float(counted[0]) == 4.0
    assert float(counted[1]) == pytest.approx(25.1 - 12.3, abs=0.01)


def train(n: int) -> np.ndarray:
    """A spike every millisecond, 20 samples each. (time,)"""
    return np.where(np.arange(20 * n + 20) % 20 == 10, 20.0, -70.0)[: 20 * n + 5]


def test_all_spikes_are_kept_and_those_that_jit_leaves_out_are_counted():
    v = np.stack([train(251), np.full(5025, -65.0)])
    spikes = features.spike_times(v, DT)
    crossing = (9 + 50 / 90) * DT  # from -70 to 20 mV between samples 9 and 10
    np.testing.assert_allclose(spikes.times[0][spikes.mask[0]], np.arange(251) + crossing)
    assert spikes.mask.sum(-1).tolist() == [251, 0]
    assert features.spike_times(train(3), DT).times.shape == (64,)
    traced = jax.jit(lambda v: (features.spike_times(v, DT), features.missing_spikes(v, DT)))
    (_, mask), missing = traced(v)
    assert mask.sum(-1).tolist() == [64, 0]
    assert missing.tolist() == [187, 0]


@pytest.mark.slow
def test_every_feature_sees_all_spikes():
    v = np.stack([train(251), np.full(5025, -65.0)])
    assert features.action_potentials(v, DT).mask.sum(-1).tolist() == [251, 0]
    names = ["mean_frequency", "all_ISI_values", "Spikecount"]
    np.testing.assert_allclose(
        features.measure(names, v[0], DT, Stimulus(0.0, 250.9)).values, [1e3, 1.0, 251], rtol=0.01
    )
    assert features.missing_spikes(v, DT, max_spikes=250).tolist() == [1, 0]


def test_readouts():
    v = np.stack([np.full((3, 100), -70.0), np.full((3, 100), -60.0)], axis=1)  # (example, class, time)
    logits = features.window_logits(v, 0.1, read="max", scale=5.0)
    np.testing.assert_allclose(features.cross_entropy(logits, np.array([1, 1, 0])), np.log1p(np.exp([-2.0, -2.0, 2.0])))
    assert float(features.accuracy(logits, np.array([1, 1, 0]))) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: features.spike_times(TIME, 0.0), errors.ModelValueError, "dt must be positive"),
        (lambda: features.spike_count(TIME, DT, softness=-1.0), errors.ModelValueError, "softness"),
        (lambda: features.spike_times(TIME, DT, max_spikes=0), errors.ModelValueError, "max_spikes"),
        (lambda: features.window_mean(TIME, DT, 20.0, 10.0), errors.ModelValueError, "not before stop = 10.0"),
        (lambda: features.action_potentials(np.zeros(2), DT), errors.ValueShapeError, "at least 3"),
        (lambda: features.soft_dtw(TIME, TIME, 0.0), errors.ModelValueError, "gamma"),
        (lambda: features.soft_dtw(np.zeros((3, 1)), np.zeros((3, 2))), errors.ValueShapeError, "(3, 1) and (3, 2)"),
        (lambda: features.summary_statistics(TIME, DT, [0.0, 5.0, 5.0]), errors.ModelValueError, "rise"),
        (lambda: features.cross_entropy(np.zeros((2, 3)), np.array([0, 3])), errors.ModelValueError, "0 to 2"),
        (lambda: features.cross_entropy(np.zeros((2, 3)), np.array([0])), errors.ValueShapeError, "(2,)"),
        (lambda: features.window_logits(TIME, DT, read="median"), errors.ModelValueError, "mean, max, count"),
        (
            lambda: features.measure(["AP_hight"], TIME, DT, Stimulus(1.0, 2.0)),
            errors.UnknownNameError,
            "Did you mean 'AP_height'",
        ),
    ],
)
def test_what_is_wrong_is_said(call, error, text):
    with pytest.raises(error) as raised:
        call()
    assert text in str(raised.value)
