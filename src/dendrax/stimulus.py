"""Currents over time for `stimulate` and `data_stimulate`."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from dendrax.errors import ModelValueError

_ROUNDING = 1e-6
"""Fraction of a step by which a quotient of decimal times may miss a whole number."""


def step_current(
    i_delay: float, i_dur: float, i_amp: ArrayLike, delta_t: float, t_max: float, i_offset: ArrayLike = 0.0
) -> Float[Array, " time"]:
    """A rectangular current: `i_amp` within [i_delay, i_delay + i_dur), `i_offset` elsewhere.

    The amplitude takes the place of the offset, it is not added to it. Sample k is the current during the step
    that begins at k delta_t; there are round(t_max / delta_t) + 1 samples.

    Args:
        i_delay: When the current begins [ms].
        i_dur: How long it lasts [ms].
        i_amp: Its amplitude, may be traced [nA].
        delta_t: Time step [ms].
        t_max: Duration of the whole [ms].
        i_offset: The current outside of the window, may be traced [nA].

    Returns:
        The current of each sample [nA]. (time,)

    Raises:
        ModelValueError: A time is negative or not finite, or `delta_t` is not positive.

    Example:
        >>> import dendrax as jx
        >>> current = jx.step_current(i_delay=1.0, i_dur=2.0, i_amp=0.1, delta_t=0.025, t_max=10.0)
        >>> current.shape
        (401,)
    """
    inside = _window(i_delay, i_dur, delta_t, t_max)
    return _filled(inside, i_amp, i_offset)


def datapoint_to_step_currents(
    i_delay: float,
    i_dur: float,
    i_amp: ArrayLike | Sequence[float],
    delta_t: float,
    t_max: float,
    i_offset: ArrayLike = 0.0,
) -> Float[Array, "amplitude time"]:
    """One `step_current` for each of several amplitudes.

    Args:
        i_delay: When the currents begin [ms].
        i_dur: How long they last [ms].
        i_amp: Their amplitudes, may be traced [nA]. (amplitude,)
        delta_t: Time step [ms].
        t_max: Duration of the whole [ms].
        i_offset: The current outside of the window [nA].

    Returns:
        The currents [nA]. (amplitude, time)

    Raises:
        ModelValueError: As `step_current`.

    Example:
        >>> import dendrax as jx
        >>> jx.datapoint_to_step_currents(1.0, 2.0, [0.1, 0.2, 0.3], 0.025, 10.0).shape
        (3, 401)
    """
    inside = _window(i_delay, i_dur, delta_t, t_max)
    amplitudes = jnp.asarray(i_amp, float) if isinstance(i_amp, jax.Array) else np.asarray(i_amp, float)
    return _filled(inside, amplitudes.reshape(-1, 1), i_offset)


def _window(i_delay: float, i_dur: float, delta_t: float, t_max: float) -> Bool[np.ndarray, " time"]:
    """Which samples are within the pulse."""
    for name, value in {"i_delay": i_delay, "i_dur": i_dur, "t_max": t_max}.items():
        if not (math.isfinite(value) and value >= 0):
            raise ModelValueError(f"step_current: {name} is {value} ms; pass a finite time that is not negative.")
    if not (math.isfinite(delta_t) and delta_t > 0):
        raise ModelValueError(f"step_current: delta_t is {delta_t} ms; pass a positive time step.")
    first, end = (math.floor(time / delta_t + _ROUNDING) for time in (i_delay, i_delay + i_dur))
    sample = np.arange(round(t_max / delta_t) + 1)
    return (first <= sample) & (sample < end)


def _filled(inside: Bool[np.ndarray, " time"], amplitude: ArrayLike, offset: ArrayLike) -> Float[Array, "*more time"]:
    on_device = isinstance(amplitude, jax.Array) or isinstance(offset, jax.Array)  # traced values are, too
    where = jnp.where if on_device else np.where  # numpy compiles nothing
    return jnp.asarray(where(inside, amplitude, offset), float)
