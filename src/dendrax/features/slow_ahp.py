"""The slow afterhyperpolarisation: the trough between spikes, some time after each."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from dendrax.features.action_potentials import ActionPotentials, lowest_between
from dendrax.features.masked import quotient

AFTER = 5.0
"""How long after the peak it begins [ms], as in eFEL."""


def slow_ahp(
    v: Float[Array, " time"], dt: ArrayLike, found: ActionPotentials
) -> tuple[Float[Array, " interval"], Float[Array, " interval"], Bool[Array, " interval"]]:
    """The lowest voltage from 5 ms after each peak to the next peak.

    Args:
        v: Voltage [mV]. (time,)
        dt: Time step [ms].
        found: Its action potentials.

    Returns:
        For each interval between spikes: the voltage [mV], the share of the interval that it takes to come there, and
        whether the interval is long enough.

    References:
        eFEL: AHP_depth_abs_slow and AHP_slow_time (Hay et al. 2011, PLoS Comput. Biol. 7, e1002107, table 2).
    """
    peak = jnp.round(found.peak_time / dt).astype(int)
    trough = lowest_between(v, peak, found.mask, jnp.ceil(AFTER / jnp.asarray(dt) - 1e-3).astype(int))[:-1]
    interval = jnp.diff(found.peak_time)
    mask = found.mask[1:] & (interval > AFTER + dt)
    share = quotient(trough * dt - found.peak_time[:-1], interval)
    return jnp.where(mask, v[trough], 0.0), jnp.where(mask, share, 0.0), mask
