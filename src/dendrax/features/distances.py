"""How far two traces, or two trains of spikes, are apart, in ways that forgive shifts in time."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from dendrax.errors import ValueShapeError
from dendrax.features.door import array, checked_numbers, checked_train
from dendrax.features.spikes import SpikeTimes

Series = Float[Array | np.ndarray, "..."]


def soft_dtw(x: Series, y: Series, gamma: ArrayLike = 1.0) -> Float[Array, ""]:
    """Soft dynamic time warping: the cheapest monotone alignment of two series, smoothed.

    r[i, j] = (x_i - y_j)^2 + softmin(r[i-1, j-1], r[i-1, j], r[i, j-1]), softmin(a) = -gamma log sum exp(-a / gamma);
    the result is r at the end of both. For gamma -> 0 it is dynamic time warping; it can be negative for gamma > 0.
    The time is one step for each of n + m - 1 anti-diagonals, in parallel along each. For long traces take every
    k-th sample first: work grows with n m.

    Args:
        x: A series. (n,), or (n, feature)
        y: Another one. (m,), or (m, feature)
        gamma: Smoothing, in squared units of the series (mV^2 for voltages); may be traced.

    Returns:
        The discrepancy [mV^2 for voltages].

    Raises:
        ModelValueError: `gamma` is not positive.
        ModelTypeError: A series does not hold numbers.
        ValueShapeError: Series of different features, or of more than two axes.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import soft_dtw
        >>> bump = jnp.exp(-((jnp.arange(50.0) - 20.0) ** 2) / 10.0)
        >>> shifted = jnp.roll(bump, 5)
        >>> bool(soft_dtw(bump, shifted, 1e-3) < 0.01 * jnp.sum((bump - shifted) ** 2))
        True

    References:
        Cuturi & Blondel (2017), "Soft-DTW: a differentiable loss function for time-series", ICML, eq. 1 and alg. 1.
    """
    (gamma,) = checked_numbers("soft_dtw", gamma=gamma)
    x, y = (array("soft_dtw: a series", one) for one in (x, y))
    if x.ndim not in (1, 2) or y.ndim != x.ndim or x.shape[1:] != y.shape[1:] or 0 in x.shape + y.shape:
        raise ValueShapeError(
            f"soft_dtw: the series have shapes {x.shape} and {y.shape}. Pass (n,) and (m,), or (n, feature) and "
            f"(m, feature); for batches use jax.vmap."
        )
    dtype = jnp.result_type(x, y)
    x, y = (one.reshape(len(one), -1).astype(dtype) for one in (x, y))
    return _along_diagonals(x, y, jnp.asarray(gamma, dtype))


@jax.jit
def _along_diagonals(x: Array, y: Array, gamma: Array) -> Array:
    """r at the last cell. An anti-diagonal holds the cells (i, k - i), by i; outside of the table they are infinite."""
    n, m = len(x), len(y)
    i = jnp.arange(n)
    outside = jnp.full(n, jnp.inf, x.dtype)

    def step(carry: tuple[Array, Array], k: Array) -> tuple[tuple[Array, Array], None]:
        before, two_before = carry  # r[i, k - 1 - i] and r[i, k - 2 - i]
        j = k - i
        valid = (j >= 0) & (j < m)
        cost = ((x - y[jnp.clip(j, 0, m - 1)]) ** 2).sum(-1)
        came_from = jnp.stack([_shifted(two_before), _shifted(before), before])
        # Nothing comes before the first cell. Where all three are infinite the slope would be NaN.
        start = (i == 0) & (k == 0)
        came_from = jnp.where(valid & ~start, came_from, 0.0)
        least = jnp.where(start, 0.0, -gamma * jax.nn.logsumexp(-came_from / gamma, axis=0))
        return (jnp.where(valid, cost + least, jnp.inf), before), None

    (last, _), _ = jax.lax.scan(step, (outside, outside), jnp.arange(n + m - 1))
    return last[n - 1]


def _shifted(diagonal: Array) -> Array:
    """Entry i - 1 at i."""
    return jnp.concatenate([jnp.full(1, jnp.inf, diagonal.dtype), diagonal[:-1]])


def van_rossum(one: SpikeTimes, other: SpikeTimes, tau: ArrayLike = 10.0) -> Float[Array, "*batch"]:
    """Squared van Rossum distance of two trains of spikes, in closed form.

    Every spike becomes an exponential of time constant tau; the distance is the integral of the squared difference
    over tau: D^2 = (sum_ij e(a_i - a_j) + sum_ij e(b_i - b_j) - 2 sum_ij e(a_i - b_j)) / 2, e(t) = exp(-|t| / tau).
    A spike more or less is 1/2; one that is moved by t is 1 - exp(-|t| / tau).

    Args:
        one: What `spike_times` returned, or any times and their mask [ms]. (..., spike)
        other: Another train; the number of places may differ [ms]. (..., spike)
        tau: Time constant: small ones compare times, large ones numbers; may be traced [ms].

    Returns:
        The squared distance, without unit. (...)

    Raises:
        ModelValueError: `tau` is not positive.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import SpikeTimes, van_rossum
        >>> one = SpikeTimes(jnp.array([10.0, 20.0]), jnp.array([True, True]))
        >>> other = SpikeTimes(jnp.array([10.0, 0.0]), jnp.array([True, False]))
        >>> float(van_rossum(one, other))
        0.5

    References:
        van Rossum (2001), Neural Computation 13, 751, eq. 2; the sum over pairs as in Houghton & Kreuz (2012), Network
        23, 48.
    """
    (tau,) = checked_numbers("van_rossum", tau=tau)
    one, other = (SpikeTimes(*checked_train("van_rossum", train)) for train in (one, other))
    if one.times.shape[:-1] != other.times.shape[:-1]:
        raise ValueShapeError(f"van_rossum: batches of shape {one.times.shape[:-1]} and {other.times.shape[:-1]}.")
    return 0.5 * (_overlap(one, one, tau) + _overlap(other, other, tau) - 2.0 * _overlap(one, other, tau))


def _overlap(one: SpikeTimes, other: SpikeTimes, tau: ArrayLike) -> Array:
    """The sum of e over all pairs."""
    apart = jnp.abs(one.times[..., :, None] - other.times[..., None, :])
    both = one.mask[..., :, None] & other.mask[..., None, :]
    return jnp.where(both, jnp.exp(-apart / tau), 0.0).sum((-2, -1))
