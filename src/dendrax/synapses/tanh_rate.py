"""The connection of rate networks: a current that saturates in the presynaptic activity."""

from typing import ClassVar

import jax.numpy as jnp

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.stateless import StatelessSynapse


class TanhRateSynapse(StatelessSynapse):
    """Current that is a hyperbolic tangent of the presynaptic voltage; with `Rate`, a recurrent rate network.

    Current [nA], voltages [mV]:

        i = -gS tanh((pre_v - x_offset) slope)

    Parameters (prefixed by the name): gS 1e-4 [nA]; x_offset -70 [mV]; slope 1 [1/mV].

    Args:
        name: Prefix of parameters; "TanhRateSynapse" by default.

    Example:
        ```python
        connect(net[0, 0, 0], net[1, 0, 0], TanhRateSynapse())
        net.set("TanhRateSynapse_x_offset", 0.0)
        ```

    References:
        Sompolinsky H, Crisanti A, Sommers HJ (1988). Chaos in random neural networks. Physical Review Letters
        61:259-262.
    """

    defaults: ClassVar[dict[str, float]] = {"gS": 1e-4, "x_offset": -70.0, "slope": 1.0}  # nA, mV, 1/mV

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at presynaptic voltage `pre_v` [mV]."""
        del states, post_v
        prefix = self.name
        return -params[f"{prefix}_gS"] * jnp.tanh((pre_v - params[f"{prefix}_x_offset"]) * params[f"{prefix}_slope"])
