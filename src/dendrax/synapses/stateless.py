"""What synapses have in common that follow the voltages at once."""

from typing import ClassVar

from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Value, Values


class StatelessSynapse(Synapse):
    """A synapse without a state: abstract, the base of those whose current is a function of the two voltages.

    Args:
        name: Prefix of parameters; the class name by default.

    Attributes:
        defaults: Default of each parameter without prefix.
    """

    defaults: ClassVar[dict[str, float]]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.synapse_params = {f"{self.name}_{key}": value for key, value in self.defaults.items()}
        self.synapse_states = {}

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Nothing: there is no state."""
        del states, delta_t, pre_v, post_v, params
        return {}
