"""Poisson trains with rates that may vary in time."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.errors import ModelValueError, ValueShapeError
from dendrax.events.waits import most_of, needs_key, unit_waits
from dendrax.mechanisms.ranges import LARGEST, Ranges
from dendrax.mechanisms.rates import quotient
from dendrax.mechanisms.source import SpikeSource, check_source
from dendrax.mechanisms.value import Value, Values

SECOND = 1000.0
"""Milliseconds."""


class Poisson(SpikeSource):
    """Spikes of a Poisson process with a constant rate or a rate that varies in time.

    With the cumulative rate R(t) and a Poisson process of rate 1 with events at S_k, the spikes are at t_k = R^-1(S_k).
    The random numbers fix the S_k, and each spike moves as the rate changes, so you can differentiate the times by the
    rate. A run needs `integrate(..., key=)`.

    A rate over time is an array: rate[k] from k delta_t to (k + 1) delta_t, and 0 after its end. `data` holds it as
    "rates" (source, bin); a single row serves any number of sources. You can pass other rates to a run, and JAX may
    trace them: `integrate(..., param_state=view.data_set("Poisson_rates", rates, None))`.

    Parameters (prefixed by the name): rate 10 [Hz] if it is constant; gain 1, a factor of the rate, if it varies [1].

    Args:
        rate: The rate [Hz]: a number, an array over time for all sources (bin,), or one for each (source, bin).
        delta_t: Time between two values of a rate over time [ms].
        name: Prefix of parameters; "Poisson" by default. Two rates over time in one model need two names.

    Raises:
        ModelValueError: A rate is negative, NaN or infinite; a rate over time comes without `delta_t`, or `delta_t`
            with a number.
        ValueShapeError: The rate has more than two dimensions, or no values.

    Example:
        >>> import jax
        >>> import numpy as np
        >>> source = Poisson(rate=[0.0, 100.0, 0.0], delta_t=50.0)
        >>> train = source.trains(jax.random.key(0), {"Poisson_gain": np.ones(1)}, 40)[0]
        >>> bool(((train >= 50.0) & (train <= 100.0) | np.isinf(train)).all())
        True

    References:
        Devroye L (1986). Non-Uniform Random Variate Generation. Springer, chapter VI.1.3: inversion of the cumulative
        rate.
    """

    ranges: ClassVar[Ranges] = {
        "rate": (0.0, LARGEST),
        "gain": (0.0, LARGEST),
    }

    def __init__(self, rate: Any = 10.0, delta_t: float | None = None, *, name: str | None = None) -> None:
        super().__init__(name)
        self.delta_t = None if delta_t is None else arguments.positive("Poisson: delta_t [ms]", delta_t)
        varies = np.ndim(rate) > 0
        if varies != (delta_t is not None):
            raise ModelValueError(
                "Poisson: a rate over time needs the time between its values: Poisson(rate=rates, delta_t=1.0)."
                if varies
                else "Poisson: the rate is a number, so `delta_t` has no meaning. Leave it out."
            )
        if varies:
            self.data = {"rates": _checked(rate)}
            self.parameters = {f"{self.name}_gain": 1.0}
        else:
            self.parameters = {f"{self.name}_rate": arguments.real("Poisson: rate [Hz]", rate)}
        check_source(self)

    @property
    def size(self) -> int | None:
        """Number of sources with rates; None if the rates serve any number."""
        rows = super().size
        return None if rows == 1 else rows

    def check_data(self, name: str, values: np.ndarray) -> None:
        """Refuse rates that are NaN, infinite or negative."""
        self._refuse(name, values, ~(np.isfinite(values) & (values >= 0.0)), "Set it to a rate from 0 Hz on")

    def random(self, params: Mapping[str, Any]) -> bool:
        """Always."""
        del params
        return True

    def most(self, horizon: float, params: Values) -> int:
        """A number of places that the spikes up to `horizon` [ms] almost never fill."""
        if not self.data:
            return most_of(np.asarray(params[f"{self.name}_rate"], float) * horizon / SECOND)
        rates, delta_t = np.asarray(self.given(params, "rates"), float), self._delta_t
        within = np.clip(horizon - delta_t * np.arange(rates.shape[1]), 0.0, delta_t)
        return most_of((rates @ within) * np.asarray(params[f"{self.name}_gain"], float) / SECOND)

    def trains(self, key: Any, params: Values, places: int) -> Value:
        """The first `places` spikes of each source [ms]. (n, places)"""
        if key is None:
            raise ModelValueError(needs_key(self.name))
        (own,) = (jnp.asarray(params[name]) for name in self.parameters)
        waited = jnp.cumsum(unit_waits(key, own.shape[0], places, own.dtype), axis=1)
        if not self.data:
            rate = own[:, None] / SECOND
            return jnp.where(rate > 0, quotient(waited, jnp.where(rate > 0, rate, 1.0)), jnp.inf)
        rates = jnp.asarray(self.given(params, "rates"), own.dtype) * own[:, None] / SECOND
        return jax.vmap(lambda rate, at: _inverse(rate, self._delta_t, at))(rates, waited)

    @property
    def _delta_t(self) -> float:
        return math.nan if self.delta_t is None else self.delta_t


def _inverse(rates: Float[Array, " bin"], delta_t: float, reached: Float[Array, " place"]) -> Float[Array, " place"]:
    """The times at which the integral of `rates` [1/ms] reaches `reached`, infinite if it never does [ms]."""
    cumulative = jnp.concatenate([jnp.zeros(1, rates.dtype), jnp.cumsum(rates) * delta_t])
    # The last bin that begins at or below `reached`: its rate is positive, or the next bin would begin there too.
    bins = jnp.clip(jnp.searchsorted(cumulative, reached, side="right") - 1, 0, len(rates) - 1)
    there = reached < cumulative[-1]
    rate = jnp.where(there, rates[bins], 1.0)
    return jnp.where(there, delta_t * bins + quotient(reached - cumulative[bins], rate), jnp.inf)


def _checked(rate: Any) -> np.ndarray:
    """Rates over time, one row for each source."""
    rates = np.atleast_2d(arguments.reals("Poisson: rate [Hz]", rate))
    if rates.ndim != 2 or not rates.size:
        raise ValueShapeError(f"Poisson: a rate over time must be (bin,) or (source, bin), but is {np.shape(rate)}.")
    wrong = ~(np.isfinite(rates) & (rates >= 0.0))
    if wrong.any():
        source, at = np.argwhere(wrong)[0]
        raise ModelValueError(f"Poisson: rate {at} of source {source} is {rates[source, at]:g} Hz. Rates start at 0.")
    return rates
