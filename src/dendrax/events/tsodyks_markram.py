"""Short-term plasticity."""

from typing import ClassVar

import jax.numpy as jnp

from dendrax.mechanisms.plasticity import Plasticity, decay_factor, repeated
from dendrax.mechanisms.ranges import LARGEST, Ranges
from dendrax.mechanisms.value import Value, Values


class TsodyksMarkram(Plasticity):
    """Short-term depression and facilitation: each event uses a fraction u of a resource r, which recovers.

        du/dt = -u / tau_facil,      pre: u -> u + U (1 - u), and then
        dr/dt = (1 - r) / tau_rec,   pre: sends u r,  r -> r - u r

    The weight of the connection is the absolute efficacy, the effect of an event that used the whole resource. The
    first event of a train delivers U times the weight. With tau_facil = 0 the connection only depresses, with tau_rec
    = 0 it only facilitates. Postsynaptic spikes have no effect.

    Parameters (prefixed by the name): U 0.5 [1]; tau_rec 800, tau_facil 0 [ms].
    States (prefixed by the name): u 0, r 1 [1].

    Args:
        name: Prefix of parameters and states; "TsodyksMarkram" by default.

    Example:
        >>> import numpy as np
        >>> from dendrax.mechanisms.plasticity import Happened
        >>> rule = TsodyksMarkram()
        >>> one, none = Happened(np.ones(1), np.zeros(1)), Happened(np.zeros(1), np.zeros(1))
        >>> states = rule.states
        >>> for _ in range(3):
        ...     states, amount = rule.step(states, 50.0, one, none, rule.parameters)
        ...     print(amount)  # every 50 ms
        [0.5]
        [0.26514673]
        [0.15483462]

    References:
        Tsodyks M, Pawelzik K, Markram H (1998). Neural networks with dynamic synapses. Neural Computation 10:821-835.
        Markram H, Wang Y, Tsodyks M (1998). Differential signaling via the same axon of neocortical pyramidal neurons.
        PNAS 95:5323-5328, eqs. 1 to 4 from event to event. Values of a depressing synapse between pyramidal cells.
    """

    ranges: ClassVar[Ranges] = {"U": (0.0, 1.0), "tau_rec": (0.0, LARGEST), "tau_facil": (0.0, LARGEST)}

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        prefix = self.name
        self.parameters = {f"{prefix}_U": 0.5, f"{prefix}_tau_rec": 800.0, f"{prefix}_tau_facil": 0.0}
        self.states = {f"{prefix}_u": 0.0, f"{prefix}_r": 1.0}

    def decay(self, states: Values, dt: Value, params: Values) -> Values:
        """Let u decay and r recover for `dt` [ms]."""
        prefix = self.name
        forgotten, recovered = (decay_factor(dt, params[f"{prefix}_{tau}"]) for tau in ("tau_facil", "tau_rec"))
        u, r = states[f"{prefix}_u"], states[f"{prefix}_r"]
        return {f"{prefix}_u": u * forgotten, f"{prefix}_r": 1.0 - (1.0 - r) * recovered}

    def pre(self, states: Values, count: Value, params: Values) -> tuple[Values, Value]:
        """Raise u and send u r.

        With p = 1 - u and q = 1 - U, each of n events at once makes p -> q p and then r -> p r. After all of them p is
        q^n p, and r is p^n q^(n (n + 1) / 2) r; they sent the amount by which r fell.
        """
        prefix = self.name
        r, unused, spared = states[f"{prefix}_r"], 1.0 - states[f"{prefix}_u"], 1.0 - params[f"{prefix}_U"]
        left = r * repeated(unused, count) * repeated(spared, count * (count + 1) // 2)
        after: Values = {f"{prefix}_u": 1.0 - unused * repeated(spared, count), f"{prefix}_r": left}
        return {name: jnp.where(count > 0, value, states[name]) for name, value in after.items()}, r - left
