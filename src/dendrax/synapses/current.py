"""Graded release that acts as a current."""

from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.graded import activation


class CurrentSynapse(Synapse):
    """Current that follows the presynaptic voltage at once and has one sign, whatever the postsynaptic voltage.

    Current [nA], voltages [mV]:

        i = -i_max / (1 + exp((v_th - pre_v) / delta))

    A positive i_max excites. For a current after each spike, see `ExpCurrentSynapse`.

    Parameters (prefixed by the name): i_max 0.01 [nA]; v_th -35, delta 10 [mV].

    Args:
        name: Prefix of parameters; "CurrentSynapse" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), CurrentSynapse())
        net.set("CurrentSynapse_i_max", -0.01)  # inhibition
        ```

    References:
        Wilson HR, Cowan JD (1972). Excitatory and inhibitory interactions in localized populations of model neurons.
        Biophysical Journal 12:1-24: the logistic response.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.synapse_params = {
            f"{self.name}_i_max": 0.01,  # nA
            f"{self.name}_v_th": -35.0,  # mV
            f"{self.name}_delta": 10.0,  # mV
        }
        self.synapse_states = {}

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Nothing: there is no state."""
        del states, delta_t, pre_v, post_v, params
        return {}

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at presynaptic voltage `pre_v` [mV], negative for a positive i_max."""
        del states, post_v
        prefix = self.name
        return -params[f"{prefix}_i_max"] * activation(pre_v, params[f"{prefix}_v_th"], params[f"{prefix}_delta"])
