"""The connection of rate networks: a current that saturates in the presynaptic activity."""

import jax.numpy as jnp

from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Value, Values


class TanhRateSynapse(Synapse):
    """Current that is a hyperbolic tangent of the presynaptic voltage; with `Rate`, a recurrent rate network.

    Current [nA], voltages [mV]:

        i = -gS tanh((pre_v - x_offset) slope)

    Parameters (prefixed by the name): gS 1e-4 [nA]; x_offset -70 [mV]; slope 1 [1/mV].

    Args:
        name: Prefix of parameters; "TanhRateSynapse" by default.

    Example:
        ```python
        connect(net.cell(0), net.cell(1), TanhRateSynapse())
        net.set("TanhRateSynapse_x_offset", 0.0)
        ```

    References:
        Sompolinsky H, Crisanti A, Sommers HJ (1988). Chaos in random neural networks. Physical Review Letters
        61:259-262.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.synapse_params = {
            f"{self.name}_gS": 1e-4,  # nA
            f"{self.name}_x_offset": -70.0,  # mV
            f"{self.name}_slope": 1.0,  # 1/mV
        }
        self.synapse_states = {}

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Nothing: there is no state."""
        del states, delta_t, pre_v, post_v, params
        return {}

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at presynaptic voltage `pre_v` [mV]."""
        del states, post_v
        prefix = self.name
        return -params[f"{prefix}_gS"] * jnp.tanh((pre_v - params[f"{prefix}_x_offset"]) * params[f"{prefix}_slope"])
