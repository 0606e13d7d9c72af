"""The current clamp."""

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Value, Values


class IClamp(Mechanism):
    """An electrode that injects a rectangular current, with the names of NEURON's IClamp.

    The current i [nA] is amp from `delay` on for `dur`, and 0 otherwise. A step of which the middle lies in that time
    gets it whole. Every parameter can differ between compartments, be trained and be traced.

    Parameters (prefixed by the name): delay 0, dur 0 [ms]; amp 0 [nA].

    Args:
        name: Prefix of the parameters; "IClamp" by default. A second electrode in one compartment needs another name.

    Example:
        ```python
        cell.branch(0).comp(0).insert(IClamp())
        cell.branch(0).comp(0).set("IClamp_delay", 5.0)
        cell.branch(0).comp(0).set("IClamp_dur", 20.0)
        cell.branch(0).comp(0).set("IClamp_amp", 0.3)
        cell.branch(0).comp(0).record("i_IClamp")
        ```

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 1: names and meaning.
    """

    place: ClassVar[str] = "point"
    electrode: ClassVar[bool] = True

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {f"{self.name}_delay": 0.0, f"{self.name}_dur": 0.0, f"{self.name}_amp": 0.0}
        self.states = {}
        self.shared = {"t": 0.0}

    def currents(self, states: Values, v: Value, params: Values) -> Mapping[str | None, Value]:
        """The current that the electrode injects [nA]."""
        del states, v
        since = params["t"] - params[f"{self.name}_delay"]
        on = (since >= 0.0) & (since < params[f"{self.name}_dur"])
        return {None: jnp.where(on, params[f"{self.name}_amp"], 0.0)}
