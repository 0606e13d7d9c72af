"""NEURON's stimulator of regular or noisy spike trains."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from dendrax import arguments
from dendrax.errors import ModelValueError
from dendrax.events.waits import most_of, needs_key, unit_waits
from dendrax.mechanisms.ranges import LARGEST, Ranges
from dendrax.mechanisms.source import SpikeSource, check_source
from dendrax.mechanisms.value import Value, Values

SHORTEST = 1e-9
"""The shortest interval [ms], as in NEURON."""


class NetStim(SpikeSource):
    """Spikes at fixed or random intervals or a mixture of both, as NEURON's NetStim.

    An interval has a fixed part and an exponentially distributed part:

        t_0 = start + noise interval E_0
        t_k = t_(k-1) + (1 - noise) interval + noise interval E_k,    k < number,    E of mean 1

    With noise = 0 the first spike is at `start`; with noise = 1 the source is a Poisson process from `start` on. The
    times are differentiable by `interval`, `start` and `noise`. A source with noise needs `integrate(..., key=)`.

    Parameters (prefixed by the name): interval 10 [ms]; number 10 [1]; start 50 [ms]; noise 0 [1].

    Args:
        interval: Mean time between two spikes [ms].
        number: Number of spikes, may be infinite.
        start: Time of the first spike without noise [ms].
        noise: Random fraction of the intervals, from 0 to 1.
        name: Prefix of parameters; "NetStim" by default.

    Raises:
        ModelValueError: A value is out of range.

    Example:
        >>> import numpy as np
        >>> source = NetStim(interval=10.0, number=3, start=5.0)
        >>> params = {name: np.full(1, value) for name, value in source.parameters.items()}
        >>> source.trains(None, params, 4).tolist()
        [[5.0, 15.0, 25.0, inf]]

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 10, and NEURON's reference
        of NetStim: names, defaults, and the meaning of noise.
    """

    ranges: ClassVar[Ranges] = {
        "interval": (SHORTEST, LARGEST),
        "number": (0.0, math.inf),
        "start": (0.0, math.inf),
        "noise": (0.0, 1.0),
    }

    def __init__(
        self,
        interval: Any = 10.0,
        number: Any = 10,
        start: Any = 50.0,
        noise: Any = 0.0,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.parameters = {
            f"{self.name}_interval": _number("interval", interval),
            f"{self.name}_number": _number("number", number),
            f"{self.name}_start": _number("start", start),
            f"{self.name}_noise": _number("noise", noise),
        }
        check_source(self)

    def random(self, params: Mapping[str, Any]) -> bool:
        """Whether a source has noise."""
        noise = params[f"{self.name}_noise"]
        return isinstance(noise, Tracer) or bool((np.asarray(noise) > 0).any())

    def most(self, horizon: float, params: Values) -> int:
        """The number of places for all spikes up to `horizon` [ms], plus one."""
        interval, number, start, noise = (np.asarray(one, float) for one in self._own(params))
        expected = np.maximum(horizon - start, 0.0) / interval + 1.0
        regular = float(expected.max(initial=0.0, where=(noise == 0.0)))
        fired = max(math.floor(regular), most_of(expected) if (noise > 0.0).any() else 0)
        return int(min(fired, math.ceil(min(number.max(initial=0.0), fired)))) + 1

    def trains(self, key: Any, params: Values, places: int) -> Value:
        """The first `places` spikes of each source [ms]. (n, places)"""
        interval, number, start, noise = (jnp.asarray(one)[:, None] for one in self._own(params))
        k = jnp.arange(places)
        if key is None:
            if not isinstance(noise, Tracer) and bool((noise > 0).any()):
                raise ModelValueError(needs_key(self.name))
            times = start + k * interval
        else:
            waits = unit_waits(key, interval.shape[0], places, interval.dtype)
            times = start + interval * ((1.0 - noise) * k + noise * jnp.cumsum(waits, axis=1))
        return jnp.where(k < number, times, jnp.inf)

    def _own(self, params: Values) -> list[Value]:
        return [params[name] for name in self.parameters]


def _number(name: str, value: Any) -> float:
    """A number, which may be infinite."""
    return math.inf if isinstance(value, float) and value == math.inf else arguments.real(f"NetStim: {name}", value)
