import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.errors import ModelValueError
from dendrax.stimulus import datapoint_to_step_currents, step_current


def test_ten_milliseconds_are_401_samples():
    assert step_current(1.0, 2.0, 0.1, 0.025, 10.0).shape == (401,)


def test_amplitude_replaces_the_offset_inside_the_window():
    current = step_current(i_delay=0.1, i_dur=0.05, i_amp=0.5, delta_t=0.025, t_max=0.2, i_offset=0.2)
    np.testing.assert_allclose(current, [0.2, 0.2, 0.2, 0.2, 0.5, 0.5, 0.2, 0.2, 0.2], rtol=1e-7)


@pytest.mark.parametrize("dt", [0.1, 0.05, 0.025, 0.01, 1 / 3, 0.7])
@pytest.mark.parametrize("steps", [0, 1, 3, 6, 7, 29])
def test_decimal_times_do_not_shift_the_window(dt, steps):
    """0.3 / 0.1 is less than 3 in binary; the pulse must begin at sample 3 all the same."""
    current = np.asarray(step_current(steps * dt, 5 * dt, 1.0, dt, 40 * dt))
    assert len(current) == 41
    np.testing.assert_array_equal(np.flatnonzero(current), steps + np.arange(5))


def test_a_time_between_samples_belongs_to_the_step_that_holds_it():
    np.testing.assert_array_equal(np.flatnonzero(step_current(0.19, 0.2, 1.0, 0.1, 1.0)), [1, 2])


def test_a_window_beyond_the_end_is_cut_off():
    assert float(step_current(0.5, 100.0, 1.0, 0.1, 1.0).sum()) == 6.0


def test_several_amplitudes_make_several_rows():
    many = datapoint_to_step_currents(0.1, 0.2, np.array([0.1, 0.2, 0.3]), 0.025, 1.0, i_offset=0.05)
    assert many.shape == (3, 41)
    for row, amplitude in zip(many, [0.1, 0.2, 0.3], strict=True):
        np.testing.assert_array_equal(row, step_current(0.1, 0.2, amplitude, 0.025, 1.0, i_offset=0.05))


def test_amplitudes_may_be_traced():
    gradient = jax.grad(lambda amplitude: step_current(0.1, 0.2, amplitude, 0.1, 1.0).sum())(0.3)
    assert gradient == 2.0
    many = jax.jit(lambda amplitudes: datapoint_to_step_currents(0.1, 0.2, amplitudes, 0.1, 1.0))(jnp.array([1.0, 2.0]))
    np.testing.assert_array_equal(many.sum(axis=1), [2.0, 4.0])
    batch = jax.vmap(lambda amplitude: step_current(0.1, 0.2, amplitude, 0.1, 1.0))(jnp.arange(3.0))
    assert batch.shape == (3, 11)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"delta_t": 0.0}, "delta_t is 0.0"),
        ({"delta_t": float("nan")}, "delta_t is nan"),
        ({"i_delay": -1.0}, "i_delay is -1.0"),
        ({"i_dur": float("inf")}, "i_dur is inf"),
        ({"t_max": float("nan")}, "t_max is nan"),
    ],
)
def test_impossible_times_are_refused(wrong, text):
    with pytest.raises(ModelValueError, match=text):
        step_current(**{"i_delay": 1.0, "i_dur": 1.0, "i_amp": 1.0, "delta_t": 0.1, "t_max": 5.0} | wrong)
