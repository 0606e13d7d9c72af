"""The single-electrode voltage clamp."""

from collections.abc import Mapping
from typing import ClassVar

import jax.numpy as jnp

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Value, Values

LEVELS = (1, 2, 3)


class SEClamp(Mechanism):
    """An electrode with a series resistance that drives the voltage to up to three levels, as NEURON's SEClamp.

    It injects i = (amp - v) / rs [nA], with amp1 for dur1 from the beginning of the run, then amp2 for dur2 and amp3
    for dur3, and is switched off afterwards. The current is a part of the implicit solve, so that no series resistance
    is too small for the time step, and is recorded as it flows in the step. For a voltage that is held exactly there is
    `clamp("v", ...)`.

    Parameters (prefixed by the name): rs 1 [MOhm]; dur1 0, dur2 0, dur3 0 [ms]; amp1 0, amp2 0, amp3 0 [mV].

    Args:
        name: Prefix of the parameters; "SEClamp" by default. A second electrode in one compartment needs another name.

    Example:
        ```python
        soma = cell.branch(0).comp(0)
        soma.insert(SEClamp())
        for level, (dur, amp) in enumerate([(10.0, -70.0), (50.0, -20.0), (20.0, -70.0)], start=1):
            soma.set(f"SEClamp_dur{level}", dur)
            soma.set(f"SEClamp_amp{level}", amp)
        soma.record("i_SEClamp")
        ```

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 1: names and meaning.
    """

    place: ClassVar[str] = "point"
    electrode: ClassVar[bool] = True
    positive: tuple[str, ...] = ("rs",)

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {f"{self.name}_rs": 1.0}
        for kind in ("dur", "amp"):
            self.parameters |= {f"{self.name}_{kind}{level}": 0.0 for level in LEVELS}
        self.states = {}
        self.shared = {"t": 0.0}

    def currents(self, states: Values, v: Value, params: Values) -> Mapping[str | None, Value]:
        """The current that the electrode injects [nA]."""
        del states
        left = params["t"]  # of the time, after the levels that have passed
        command, on = jnp.zeros_like(v), jnp.zeros_like(v, bool)
        for level in LEVELS:
            duration = params[f"{self.name}_dur{level}"]
            now = ~on & (left >= 0.0) & (left < duration)
            command = jnp.where(now, params[f"{self.name}_amp{level}"], command)
            left, on = left - duration, on | now
        return {None: jnp.where(on, (command - v) / params[f"{self.name}_rs"], 0.0)}
