"""Voltage in windows of time: means, standard deviations, extrema."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from dendrax import arguments
from dendrax.errors import ModelValueError, ValueShapeError
from dendrax.features.door import checked
from dendrax.features.masked import masked_mean, root
from dendrax.features.traces import Trace, inside

Scalars = Float[Array, "*batch"]
Within = Bool[Array, " time"]


def window_mean(v: Trace, dt: ArrayLike, start: ArrayLike = 0.0, stop: ArrayLike = np.inf) -> Scalars:
    """Mean voltage of the samples in [start, stop).

    Args:
        v: Voltage [mV], or any other recording. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        start: Where the window begins, may be traced [ms].
        stop: Where it ends, may be traced [ms].

    Returns:
        The mean [mV]; 0 if a traced window leaves the trace. (...)

    Raises:
        ModelValueError: A time step that is not positive; a window that is empty or leaves the trace.
        ModelTypeError: The trace does not hold numbers.
        ValueShapeError: A trace without samples.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import window_mean
        >>> float(window_mean(jnp.arange(10.0), 0.5, start=1.0, stop=2.0))  # of samples 2 and 3
        2.5
    """
    v, within = _in_window("window_mean", v, dt, start, stop)
    return masked_mean(v, within)


def window_std(v: Trace, dt: ArrayLike, start: ArrayLike = 0.0, stop: ArrayLike = np.inf) -> Scalars:
    """Standard deviation (with n) of the voltage in [start, stop); its gradient is 0 where the voltage is constant.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        start: Where the window begins, may be traced [ms].
        stop: Where it ends, may be traced [ms].

    Returns:
        The standard deviation [mV]; 0 if a traced window leaves the trace. (...)

    Raises:
        ModelValueError: A time step that is not positive; a window that is empty or leaves the trace.
        ModelTypeError: The trace does not hold numbers.
        ValueShapeError: A trace without samples.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import window_std
        >>> float(window_std(jnp.array([-1.0, 1.0, -1.0, 1.0]), 0.1))
        1.0
    """
    v, within = _in_window("window_std", v, dt, start, stop)
    return std_of(v, within)


def window_extrema(
    v: Trace, dt: ArrayLike, start: ArrayLike = 0.0, stop: ArrayLike = np.inf
) -> tuple[Scalars, Scalars]:
    """Lowest and highest voltage in [start, stop).

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        start: Where the window begins, may be traced [ms].
        stop: Where it ends, may be traced [ms].

    Returns:
        Minimum and maximum [mV]; 0 if a traced window leaves the trace. (...) each.

    Raises:
        ModelValueError: A time step that is not positive; a window that is empty or leaves the trace.
        ModelTypeError: The trace does not hold numbers.
        ValueShapeError: A trace without samples.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import window_extrema
        >>> [float(one) for one in window_extrema(jnp.array([3.0, -1.0, 2.0]), 0.1)]
        [-1.0, 3.0]

    References:
        eFEL: minimum_voltage and maximum_voltage, of the stimulus.
    """
    v, within = _in_window("window_extrema", v, dt, start, stop)
    return extrema_of(v, within)


def _in_window(where: str, v: Trace, dt: ArrayLike, start: ArrayLike, stop: ArrayLike) -> tuple[Array, Within]:
    """A trace, and which of its samples are in a window; all of it checked."""
    trace, dt, start, stop = checked(where, v, dt, start=start, stop=stop)
    return trace, inside(trace.shape[-1], dt, start, stop)


def std_of(v: Trace, within: Within) -> Scalars:
    """Standard deviation of some samples; 0 without samples."""
    mean = masked_mean(v, within)
    return root(masked_mean((v - mean[..., None]) ** 2, within))


def extrema_of(v: Trace, within: Within) -> tuple[Scalars, Scalars]:
    """Lowest and highest of some samples; 0 without samples."""
    lowest, highest = jnp.where(within, v, jnp.inf).min(-1), jnp.where(within, v, -jnp.inf).max(-1)
    return jnp.where(within.any(), lowest, 0.0), jnp.where(within.any(), highest, 0.0)


def summary_statistics(v: Trace, dt: ArrayLike, edges: Sequence[float]) -> Float[Array, "*batch window 2"]:
    """Mean and standard deviation of the voltage in windows that follow each other.

    This is what the layer 5 pyramidal cell of the reference is fitted with: it changes smoothly with every parameter,
    also where spikes come and go.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        edges: Where windows begin and end, rising [ms]. (window + 1,)

    Returns:
        Mean and standard deviation of each window [mV]. (..., window, 2)

    Raises:
        ModelValueError: A time step that is not positive, or edges that do not rise or leave the trace.
        ModelTypeError: The trace or the edges are no numbers.
        ValueShapeError: Fewer than two edges.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import summary_statistics
        >>> summary_statistics(jnp.array([1.0, 3.0, 5.0, 5.0]), 0.5, edges=[0.0, 1.0, 2.0]).tolist()
        [[2.0, 1.0], [5.0, 0.0]]

    References:
        Deistler et al. (2025), Nature Methods 22, "Jaxley: differentiable simulation enables large-scale training of
        detailed biophysical models of neural dynamics", Fig. 3 and Methods.
    """
    v, dt = checked("summary_statistics", v, dt)
    times = arguments.reals("summary_statistics: edges", edges)
    if times.ndim != 1 or len(times) < 2:
        raise ValueShapeError(f"summary_statistics: give two or more edges [ms], not an array of shape {times.shape}.")
    if not (np.diff(times) > 0).all():
        raise ModelValueError(f"summary_statistics: edges must rise, but are {times.tolist()} ms.")
    windows = list(zip(times[:-1].tolist(), times[1:].tolist(), strict=True))
    return jnp.stack([jnp.stack([window_mean(v, dt, *one), window_std(v, dt, *one)], -1) for one in windows], -2)
