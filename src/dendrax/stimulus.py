"""Currents over time for `stimulate` and `data_stimulate`."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, ArrayLike, Bool, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError

JOINING = (np.concatenate, np.stack, np.vstack, np.hstack, np.where, np.pad, np.tile, np.broadcast_to)
"""Functions of numpy whose results have as many samples in a millisecond as their arguments."""


class Sampled(np.ndarray):
    """Values over time that know their time step, as `step_current` makes them from numbers.

    Sums, multiples, parts and concatenations in numpy know it too. A run with another time step takes the sample that
    is present at each of its steps. The time step is forgotten where numpy takes every other sample or repeats samples,
    and where JAX makes an array of them, as `jnp.asarray` and arithmetic with arrays of JAX do: then there is
    one sample for each step of any run, as for any other array.

    Attributes:
        delta_t: Time step [ms]; None for results that are not currents.

    Example:
        >>> import dendrax as jx
        >>> (2 * jx.step_current(1.0, 2.0, 0.1, 0.025, 10.0)).delta_t
        0.025
    """

    delta_t: float | None = None

    def __array_finalize__(self, made_from: Any) -> None:
        """Take the time step along, as long as there are as many samples."""
        same = isinstance(made_from, Sampled) and made_from.shape[-1:] == self.shape[-1:]
        self.delta_t = made_from.delta_t if same else None

    def __getitem__(self, index: Any) -> Any:
        """A part, which knows the time step unless it leaves out samples in between."""
        made = super().__getitem__(index)
        if isinstance(made, Sampled) and made.ndim and np.may_share_memory(made, self):
            made.delta_t = self.delta_t if made.strides[-1] == self.strides[-1] else None
        return made

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Currents that numpy joins keep their time step; joining currents of different time steps is refused."""
        steps = _steps_of((args, kwargs))
        if len(steps) > 1 and func in JOINING:
            raise ModelValueError(
                f"np.{func.__name__}: these currents have different time steps, {sorted(steps)} ms. Make them with one."
            )
        made = super().__array_function__(func, types, args, kwargs)
        return sampled(made, *steps) if steps and func in JOINING else made

    @property
    def at(self) -> Any:
        """As arrays of JAX have it: `current.at[10].set(0.1)` is an array of JAX."""
        return jnp.asarray(self).at

    def __reduce__(self) -> Any:
        """Pickles and copies know the time step."""
        return sampled, (np.asarray(self), self.delta_t)


def sampled(values: ArrayLike, delta_t: float | None) -> Sampled:
    """Values over time [any unit] with their time step [ms]."""
    made = np.asarray(values).view(Sampled)
    made.delta_t = delta_t
    return made


def _steps_of(thing: Any) -> set[float]:
    """The time steps of all currents among arguments."""
    if isinstance(thing, Sampled):
        return set() if thing.delta_t is None else {thing.delta_t}
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, (list, tuple)) else ()
    return set().union(*map(_steps_of, parts))


_ROUNDING = 1e-6
"""Fraction of a step by which a quotient of decimal times may miss a whole number."""


def step_current(
    i_delay: float, i_dur: float, i_amp: ArrayLike, delta_t: float, t_max: float, i_offset: ArrayLike = 0.0
) -> Float[Array | np.ndarray, " time"]:
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
        The current of each sample [nA], which knows `delta_t` unless it is traced: see `Sampled`. (time,)

    Raises:
        ModelValueError: A time is negative or not finite, or `delta_t` is not positive.

    Warns:
        UserWarning: The current begins after the end.

    Example:
        >>> import dendrax as jx
        >>> current = jx.step_current(i_delay=1.0, i_dur=2.0, i_amp=0.1, delta_t=0.025, t_max=10.0)
        >>> current.shape
        (401,)
    """
    inside = _window(i_delay, i_dur, delta_t, t_max)
    amplitude, offset = _current("i_amp", i_amp), _current("i_offset", i_offset)
    if np.ndim(amplitude) or np.ndim(offset):
        raise ModelTypeError(
            "step_current: i_amp and i_offset are one number each; for several there is datapoint_to_step_currents."
        )
    return _filled(inside, amplitude, offset, delta_t)


def datapoint_to_step_currents(
    i_delay: float,
    i_dur: float,
    i_amp: ArrayLike | Sequence[float],
    delta_t: float,
    t_max: float,
    i_offset: ArrayLike = 0.0,
) -> Float[Array | np.ndarray, "amplitude time"]:
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
    amplitudes, offset = _current("i_amp", i_amp), _current("i_offset", i_offset)
    if np.ndim(amplitudes) > 1 or np.ndim(offset) > 0:
        raise ModelTypeError("datapoint_to_step_currents: i_amp is a list of numbers, i_offset is one number.")
    return _filled(inside, amplitudes.reshape(-1, 1), offset, delta_t)


def _window(i_delay: float, i_dur: float, delta_t: float, t_max: float) -> Bool[np.ndarray, " time"]:
    """Which samples are within the pulse."""
    for name, value in {"i_delay": i_delay, "i_dur": i_dur, "t_max": t_max}.items():
        if arguments.real(f"step_current: {name} [ms]", value) < 0:
            raise ModelValueError(f"step_current: {name} [ms] must not be negative, but is {value}.")
    arguments.positive("step_current: delta_t [ms]", delta_t)
    if max(t_max, i_delay + i_dur) / delta_t > arguments.MOST:
        raise ModelValueError(f"step_current: {t_max} ms in steps of {delta_t} ms are too many; pass times in ms.")
    if i_delay > t_max > 0:
        warnings.warn(
            f"step_current: the current begins at i_delay = {i_delay:g} ms, after the end at t_max = {t_max:g} ms: it "
            f"is `i_offset` throughout.",
            stacklevel=3,
        )
    first, end = (math.floor(time / delta_t + _ROUNDING) for time in (i_delay, i_delay + i_dur))
    sample = np.arange(round(t_max / delta_t) + 1)
    return (first <= sample) & (sample < end)


def _current(name: str, value: Any) -> Array | np.ndarray:
    """A current, which may be traced."""
    return value if isinstance(value, jax.Array) else arguments.reals(f"step_current: {name}", value)


def _filled(
    inside: Bool[np.ndarray, " time"], amplitude: ArrayLike, offset: ArrayLike, delta_t: float
) -> Float[Array | np.ndarray, "*more time"]:
    if isinstance(amplitude, Tracer) or isinstance(offset, Tracer):
        return jnp.where(inside, amplitude, offset).astype(float)
    # Numpy compiles nothing.
    return sampled(np.where(inside, amplitude, offset).astype(jnp.result_type(float)), float(delta_t))
