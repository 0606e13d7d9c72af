"""What a step of current shows below the threshold: resting potential, input resistance, sag, time constant."""

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from dendrax.errors import ModelValueError
from dendrax.features.door import check_window, checked, checked_numbers
from dendrax.features.masked import One, masked_mean, of_all, quotient
from dendrax.features.traces import Time, Trace, inside
from dendrax.features.windows import extrema_of

Scalars = Float[Array, "*batch"]
SHARE = 0.1
"""The share of a period, at its end, that stands for its steady state; as in eFEL."""


def resting_potential(v: Trace, dt: ArrayLike, onset: Time) -> Scalars:
    """Mean voltage of the last tenth of the time before the stimulus, of one sample at least.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        onset: When the stimulus begins [ms].

    Returns:
        The resting potential [mV]; 0 if a traced onset is not within the trace. (...)

    Raises:
        ModelValueError: A time step or an onset that is not positive, or an onset that is not within the trace.
        ModelTypeError: The trace does not hold numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import resting_potential
        >>> float(resting_potential(jnp.where(jnp.arange(200) < 100, -65.0, -80.0), 0.1, onset=10.0))
        -65.0

    References:
        eFEL: voltage_base.
    """
    v, dt, onset = checked("resting_potential", v, dt, onset=onset)
    _check_rest("resting_potential", v, dt, onset)
    return resting(v, dt, onset)[0]


def _check_rest(where: str, v: Trace, dt: ArrayLike, onset: Time) -> None:
    """Refuse an onset that nothing is before, or that the trace does not reach."""
    if not isinstance(onset, Tracer) and onset <= 0:
        raise ModelValueError(f"{where}: onset = {onset} ms must be positive: there is nothing before it.")
    check_window(where, v, dt, 0.0, onset)


def resting(v: Trace, dt: ArrayLike, onset: Time, end: Time = np.inf) -> One:
    """`resting_potential` of a trace that ends at `end`."""
    return _mean(v, inside(v.shape[-1], dt, *_end_of(0.0, onset, dt), end) & (jnp.asarray(onset) > 0))


def _mean(v: Trace, within: Bool[Array, " time"]) -> One:
    """The mean of some samples, if there are any."""
    return masked_mean(v, within), within.any()


def steady_state(v: Trace, dt: ArrayLike, onset: Time, offset: Time) -> Scalars:
    """Mean voltage of the last tenth of the stimulus, of one sample at least.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        onset: When the stimulus begins [ms].
        offset: When it ends [ms].

    Returns:
        The voltage [mV]; 0 if a traced stimulus is not within the trace. (...)

    Raises:
        ModelValueError: A time step that is not positive, an offset that is not after the onset, or a time that is not
            within the trace.
        ModelTypeError: The trace does not hold numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import steady_state
        >>> float(steady_state(jnp.where(jnp.arange(200) < 100, -65.0, -80.0), 0.1, onset=10.0, offset=20.0))
        -80.0

    References:
        eFEL: steady_state_voltage_stimend.
    """
    v, dt, onset, offset = checked("steady_state", v, dt, onset=onset, offset=offset)
    return steady(v, dt, onset, offset)[0]


def steady(v: Trace, dt: ArrayLike, onset: Time, offset: Time, end: Time = np.inf) -> One:
    """`steady_state` of a trace that ends at `end`."""
    n = v.shape[-1]
    return _mean(v, inside(n, dt, *_end_of(onset, offset, dt), end) & inside(n, dt, onset, offset, end).any())


def _end_of(start: Time, stop: Time, dt: ArrayLike) -> tuple[Time, Time]:
    """The last tenth of a period, at least one sample."""
    return jnp.minimum(stop - SHARE * (stop - start), stop - jnp.asarray(dt)), stop


def input_resistance(v: Trace, dt: ArrayLike, onset: Time, offset: Time, current: ArrayLike) -> Scalars:
    """Steady deflection of the voltage over the current that makes it.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        onset: When the current begins [ms].
        offset: When it ends [ms].
        current: Its amplitude, may be traced [nA].

    Returns:
        The resistance [MOhm]; 0 where there is no current, or a traced stimulus is not within the trace. (...)

    Raises:
        ModelValueError: A time step that is not positive, an offset that is not after the onset, or a time that is not
            within the trace.
        ModelTypeError: The trace does not hold numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import input_resistance
        >>> v = jnp.where(jnp.arange(200) < 100, -65.0, -75.0)
        >>> float(input_resistance(v, 0.1, onset=10.0, offset=20.0, current=-0.1))
        100.0

    References:
        eFEL: ohmic_input_resistance_vb_ssse.
    """
    v, dt, onset, offset, current = checked("input_resistance", v, dt, onset=onset, offset=offset, current=current)
    _check_rest("input_resistance", v, dt, onset)
    return resistance(v, dt, onset, offset, current)[0]


def resistance(v: Trace, dt: ArrayLike, onset: Time, offset: Time, current: ArrayLike, end: Time = np.inf) -> One:
    """`input_resistance` of a trace that ends at `end`."""
    parts = steady(v, dt, onset, offset, end), resting(v, dt, onset, end)
    return of_all(lambda last, rest: quotient(last - rest, current), *parts, needs=jnp.asarray(current) != 0)


def sag(v: Trace, dt: ArrayLike, onset: Time, offset: Time, *, empty: ArrayLike = 0.0) -> Scalars:
    """How much of its first deflection a hyperpolarised cell takes back: (steady - lowest) / (rest - lowest).

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        onset: When the current begins [ms].
        offset: When it ends [ms].
        empty: The ratio if the voltage is never below rest, or a traced stimulus is not within the trace.

    Returns:
        The ratio, 0 without sag, 1 where all of the deflection is taken back. (...)

    Raises:
        ModelValueError: A time step that is not positive, an offset that is not after the onset, or a time that is not
            within the trace.
        ModelTypeError: The trace does not hold numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import sag
        >>> v = jnp.concatenate([jnp.full(100, -65.0), jnp.full(20, -75.0), jnp.full(80, -70.0)])
        >>> float(sag(v, 0.1, onset=10.0, offset=20.0))
        0.5

    References:
        eFEL: sag_ratio1.
    """
    v, dt, onset, offset, empty = checked("sag", v, dt, onset=onset, offset=offset, empty=empty)
    _check_rest("sag", v, dt, onset)
    ratio, defined = sag_ratio(v, dt, onset, offset)
    return jnp.where(defined, ratio, empty)


def sag_ratio(v: Trace, dt: ArrayLike, onset: Time, offset: Time, end: Time = np.inf) -> One:
    """`sag` of a trace that ends at `end`."""
    lowest, _ = extrema_of(v, inside(v.shape[-1], dt, onset, offset, end))
    last, rest = steady(v, dt, onset, offset, end), resting(v, dt, onset, end)
    needs = rest[0] != lowest
    return of_all(lambda last, rest: quotient(last - lowest, rest - lowest), last, rest, needs=needs)


def time_constant(
    v: Trace, dt: ArrayLike, onset: Time, offset: Time, *, start: Time = 1.0, stop: Time = 10.0
) -> Scalars:
    """Membrane time constant: an exponential, fitted to the return to rest after the stimulus.

    It is 1 over the steepness of the straight line through log |v(t) - v(onset)|, by least squares, for times from
    `start` to `stop` after the offset.

    Args:
        v: Voltage [mV]. (..., time)
        dt: Time step [ms]; the first sample is at 0 ms.
        onset: When the current begins; the voltage at that sample is what the cell returns to [ms].
        offset: When it ends [ms].
        start: Where the fit begins, after the offset [ms].
        stop: Where it ends, after the offset [ms].

    Returns:
        The time constant [ms]; 0 where the line is flat, or a traced window leaves the trace. (...)

    Raises:
        ModelValueError: A time step that is not positive; a window that is empty or leaves the trace.
        ModelTypeError: The trace does not hold numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import time_constant
        >>> time = jnp.arange(0.0, 40.0, 0.1)
        >>> v = jnp.where(time < 20.0, -65.0, -65.0 - 10.0 * jnp.exp(-(time - 20.0) / 5.0))
        >>> round(float(time_constant(v, 0.1, onset=10.0, offset=20.0)), 2)
        5.0

    References:
        eFEL: decay_time_constant_after_stim.
    """
    v, dt, onset, offset = checked("time_constant", v, dt, onset=onset, offset=offset)
    start, stop = checked_numbers("time_constant", start=start, stop=stop)
    check_window("time_constant", v, dt, offset + start, offset + stop)
    return decay(v, dt, onset, offset, start=start, stop=stop)[0]


def decay(
    v: Trace, dt: ArrayLike, onset: Time, offset: Time, end: Time = np.inf, *,
    start: Time = 1.0, stop: Time = 10.0,
) -> One:  # fmt: skip
    """`time_constant` of a trace that ends at `end`."""
    n = v.shape[-1]
    rest = jnp.take(v, jnp.clip(jnp.round(jnp.asarray(onset) / dt).astype(int), 0, n - 1), axis=-1)
    distance = jnp.abs(v - rest[..., None])
    period = inside(n, dt, onset, offset, end).any()
    within = inside(n, dt, offset + start, offset + stop, end) & period & (distance > 0)
    log = jnp.where(within, jnp.log(jnp.where(within, distance, 1.0)), 0.0)
    time = jnp.arange(n) * dt
    count = within.sum(-1)
    mean_time = quotient(jnp.where(within, time, 0.0).sum(-1), count)[..., None]
    mean_log = quotient(log.sum(-1), count)[..., None]
    along = jnp.where(within, time - mean_time, 0.0)
    slope = (along * jnp.where(within, log - mean_log, 0.0)).sum(-1)
    return jnp.abs(quotient((along**2).sum(-1), slope)), slope != 0
