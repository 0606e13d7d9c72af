"""Graded release that acts as a current."""

from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.graded import activation
from dendrax.synapses.stateless import StatelessSynapse


class CurrentSynapse(StatelessSynapse):
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

    defaults: ClassVar[dict[str, float]] = {"i_max": 0.01, "v_th": -35.0, "delta": 10.0}  # nA, mV, mV

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at presynaptic voltage `pre_v` [mV], negative for a positive i_max."""
        del states, post_v
        prefix = self.name
        return -params[f"{prefix}_i_max"] * activation(pre_v, params[f"{prefix}_v_th"], params[f"{prefix}_delta"])
