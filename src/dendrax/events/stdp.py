"""Plasticity by the times of spikes: pairs and triplets."""

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp

from dendrax.mechanisms.plasticity import Plasticity, decay_factor
from dendrax.mechanisms.ranges import LARGEST, Ranges
from dendrax.mechanisms.value import Value, Values


class TracePlasticity(Plasticity):
    """A rule with a weight and with traces of spikes that decay with their time constants: abstract.

    Args:
        nearest: Whether a spike sets a trace to 1, so that only the last one counts, instead of adding 1.
        name: Prefix of parameters and states; the class name by default.

    Attributes:
        defaults: Default of each parameter without prefix; the base adds w_max, 2.
        traces: The name of the time constant of each trace.
    """

    defaults: ClassVar[Mapping[str, float]]
    traces: ClassVar[Mapping[str, str]]

    ranges: ClassVar[Ranges] = {"w_max": (0.0, LARGEST)} | dict.fromkeys(
        ("tau_plus", "tau_minus", "tau_x", "tau_y"), (0.0, LARGEST)
    )

    def __init__(self, *, nearest: bool = False, name: str | None = None) -> None:
        super().__init__(name)
        self.nearest = bool(nearest)
        defaults = {**self.defaults, "w_max": 2.0}
        self.parameters = {f"{self.name}_{key}": value for key, value in defaults.items()}
        self.states = {f"{self.name}_{key}": 0.0 for key in self.traces} | {f"{self.name}_w": 1.0}

    def decay(self, states: Values, dt: Value, params: Values) -> Values:
        """Let all traces decay for `dt` [ms]."""
        prefix = self.name
        return {
            f"{prefix}_{trace}": states[f"{prefix}_{trace}"] * decay_factor(dt, params[f"{prefix}_{tau}"])
            for trace, tau in self.traces.items()
        }

    def risen(self, trace: Value, count: Value) -> Value:
        """A trace after `count` spikes."""
        return jnp.where(count > 0, 1.0, trace) if self.nearest else trace + count

    def bounded(self, w: Value, params: Values) -> Value:
        """The weight within its bounds, 0 and w_max."""
        return jnp.clip(w, 0.0, params[f"{self.name}_w_max"])


class PairSTDP(TracePlasticity):
    """Spike-timing dependent plasticity by pairs of spikes.

    A presynaptic event at t_pre and a postsynaptic spike at t_post change the weight w [1] by

        A_plus exp(-(t_post - t_pre) / tau_plus)      where t_pre <= t_post,
        -A_minus exp(-(t_pre - t_post) / tau_minus)   where t_post < t_pre,

    summed over all pairs, and held between 0 and w_max. Each side has a trace:

        dx/dt = -x / tau_plus,    pre:  sends w,  w -> w - A_minus y,  x -> x + 1
        dy/dt = -y / tau_minus,   post: w -> w + A_plus x,  y -> y + 1

    w is relative to the weight of the connection and starts at 1. An event delivers the value of w before the event.
    Events count when they arrive, after the delay.

    Parameters (prefixed by the name): A_plus 0.005, A_minus 0.00525, w_max 2 [1]; tau_plus 20, tau_minus 20 [ms].
    States (prefixed by the name): w 1, x 0, y 0 [1].

    Args:
        nearest: Whether to pair each spike only with the last spike of the other side.
        name: Prefix of parameters and states; "PairSTDP" by default.

    Example:
        >>> import numpy as np
        >>> from dendrax.mechanisms.plasticity import Happened
        >>> rule = PairSTDP()
        >>> one = lambda phase: Happened(np.ones(1), np.full(1, phase))
        >>> states, amount = rule.step(rule.states, 10.0, one(0.2), one(0.7), rule.parameters)
        >>> print(amount, states["PairSTDP_w"] - 1.0)  # 0.005 exp(-5 / 20)
        [1.] [0.003894]

    References:
        Song S, Miller KD, Abbott LF (2000). Competitive Hebbian learning through spike-timing-dependent synaptic
        plasticity. Nature Neuroscience 3:919-926: the rule, A_plus, A_minus / A_plus and both time constants.
    """

    defaults: ClassVar[Mapping[str, float]] = {
        "A_plus": 0.005,
        "A_minus": 0.00525,
        "tau_plus": 20.0,
        "tau_minus": 20.0,
    }
    traces: ClassVar[Mapping[str, str]] = {"x": "tau_plus", "y": "tau_minus"}

    def pre(self, states: Values, count: Value, params: Values) -> tuple[Values, Value]:
        """Send w, and depress it by the trace of postsynaptic spikes."""
        prefix = self.name
        w, x, y = (states[f"{prefix}_{one}"] for one in "wxy")
        depressed = self.bounded(w - count * params[f"{prefix}_A_minus"] * y, params)
        return {f"{prefix}_w": jnp.where(count > 0, depressed, w), f"{prefix}_x": self.risen(x, count)}, count * w

    def post(self, states: Values, count: Value, params: Values) -> Values:
        """Potentiate w by the trace of presynaptic events."""
        prefix = self.name
        w, x, y = (states[f"{prefix}_{one}"] for one in "wxy")
        potentiated = self.bounded(w + count * params[f"{prefix}_A_plus"] * x, params)
        return {f"{prefix}_w": jnp.where(count > 0, potentiated, w), f"{prefix}_y": self.risen(y, count)}


class TripletSTDP(TracePlasticity):
    """Spike-timing dependent plasticity by pairs and triplets, which also depends on rates as in experiments.

    Each side has a fast and a slow trace (r1, r2 of presynaptic events, o1, o2 of postsynaptic spikes), which rise by 1
    at their spikes and decay with tau_plus, tau_x, tau_minus and tau_y. Slow traces act with their value before it:

        pre:  sends w,  w -> w - o1 (A2_minus + A3_minus r2)
        post:           w -> w + r1 (A2_plus + A3_plus o2)

    and w [1] is held between 0 and w_max. It is relative to the weight of the connection and starts at 1. An event
    delivers the value of w before the event. Events count when they arrive, after the delay.

    Parameters (prefixed by the name): A2_plus 5e-10, A3_plus 6.2e-3, A2_minus 7e-3, A3_minus 2.3e-4, w_max 2 [1];
    tau_plus 16.8, tau_x 101, tau_minus 33.7, tau_y 125 [ms].
    States (prefixed by the name): w 1, r1 0, r2 0, o1 0, o2 0 [1].

    Args:
        nearest: Whether only the last spike of each side counts.
        name: Prefix of parameters and states; "TripletSTDP" by default.

    Example:
        ```python
        rule = TripletSTDP()
        states, amount = rule.step(states, dt, Happened(count, phase), Happened(count, phase), params)
        ```

    References:
        Pfister JP, Gerstner W (2006). Triplets of spikes in a model of spike timing-dependent plasticity. Journal of
        Neuroscience 26:9673-9682, eqs. 1 to 4; the fit of all triplets to visual cortex.
    """

    defaults: ClassVar[Mapping[str, float]] = {
        "A2_plus": 5e-10,
        "A3_plus": 6.2e-3,
        "A2_minus": 7e-3,
        "A3_minus": 2.3e-4,
        "tau_plus": 16.8,
        "tau_x": 101.0,
        "tau_minus": 33.7,
        "tau_y": 125.0,
    }
    traces: ClassVar[Mapping[str, str]] = {"r1": "tau_plus", "r2": "tau_x", "o1": "tau_minus", "o2": "tau_y"}

    def pre(self, states: Values, count: Value, params: Values) -> tuple[Values, Value]:
        """Send w, and depress it by the trace of postsynaptic spikes."""
        prefix = self.name
        w, r1, r2, o1 = (states[f"{prefix}_{one}"] for one in ("w", "r1", "r2", "o1"))
        change = o1 * self._sum(params, "minus", r2, count)
        after = {
            f"{prefix}_w": jnp.where(count > 0, self.bounded(w - change, params), w),
            f"{prefix}_r1": self.risen(r1, count),
            f"{prefix}_r2": self.risen(r2, count),
        }
        return after, count * w

    def post(self, states: Values, count: Value, params: Values) -> Values:
        """Potentiate w by the trace of presynaptic events."""
        prefix = self.name
        w, r1, o1, o2 = (states[f"{prefix}_{one}"] for one in ("w", "r1", "o1", "o2"))
        change = r1 * self._sum(params, "plus", o2, count)
        return {
            f"{prefix}_w": jnp.where(count > 0, self.bounded(w + change, params), w),
            f"{prefix}_o1": self.risen(o1, count),
            f"{prefix}_o2": self.risen(o2, count),
        }

    def _sum(self, params: Values, side: str, slow: Value, count: Value) -> Value:
        """The sum of A2 + A3 slow over `count` spikes at once; each raises the slow trace by 1 for the next."""
        pairs, triplets = params[f"{self.name}_A2_{side}"], params[f"{self.name}_A3_{side}"]
        if self.nearest:
            return count * pairs + triplets * jnp.where(count > 0, slow + count - 1, 0.0)
        return count * (pairs + triplets * (slow + 0.5 * (count - 1)))
