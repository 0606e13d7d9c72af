"""A conductance that saturates in the presynaptic activity."""

from typing import ClassVar

import jax.numpy as jnp

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.stateless import StatelessSynapse


class TanhConductanceSynapse(StatelessSynapse):
    """Conductance that is a hyperbolic tangent of the presynaptic voltage.

    Current [nA], voltages [mV]:

        i = gS tanh((pre_v - x_offset) slope) (post_v - e_syn)

    Below x_offset the conductance is negative, as it is in the reference: choose an x_offset at or below the lowest
    voltage that the presynaptic neuron has.

    Parameters (prefixed by the name): gS 1e-4 [uS]; e_syn 0, x_offset -70 [mV]; slope 1 [1/mV].

    Args:
        name: Prefix of parameters; "TanhConductanceSynapse" by default.

    Example:
        ```python
        connect(net[0, 0, 0], net[1, 0, 0], TanhConductanceSynapse())
        net.set("TanhConductanceSynapse_e_syn", -80.0)
        ```

    References:
        Deistler M et al. (2025). Jaxley: differentiable simulation enables large-scale training of detailed biophysical
        models of neural dynamics. Nature Methods; the synapse of this name.
    """

    defaults: ClassVar[dict[str, float]] = {
        "gS": 1e-4,  # uS
        "e_syn": 0.0,  # mV
        "x_offset": -70.0,  # mV
        "slope": 1.0,  # 1/mV
    }

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at presynaptic voltage `pre_v` and postsynaptic voltage `post_v` [mV]."""
        del states
        prefix = self.name
        active = jnp.tanh((pre_v - params[f"{prefix}_x_offset"]) * params[f"{prefix}_slope"])
        return params[f"{prefix}_gS"] * active * (post_v - params[f"{prefix}_e_syn"])
