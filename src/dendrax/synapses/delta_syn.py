"""A point process at which each event makes the voltage jump."""

from typing import ClassVar

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Value, Values


class DeltaSyn(Mechanism):
    """Voltage that jumps by the weight of each event: the synapse of integrate-and-fire networks.

        v -> v + weight at an event    [mV]

    The weight of a connection is in mV here, positive for excitation: an event is a current pulse of no duration that
    carries the charge weight times capacitance. The voltage of the compartment jumps at the beginning of the step in
    which the event arrives, and jumps of several events add up. A voltage that is clamped, or that `LIF` holds while it
    is refractory, does not jump.

    Args:
        name: By which it is placed; "DeltaSyn" by default. There are no parameters and no states.

    Example:
        ```python
        net.cell("all").branch(0).comp(0).place(DeltaSyn("J"))
        jx.netcon(net.cell(0).branch(0).comp(0), net.J.of_cell(1), weight=0.5, delay=1.5, threshold=-50.0)
        ```

    References:
        Brunel N (2000). Dynamics of sparsely connected networks of excitatory and inhibitory spiking neurons. Journal
        of Computational Neuroscience 8:183-208, eq. 1-2.
    """

    kind: ClassVar[str] = "point process"
    place: ClassVar[str] = "point"
    carries: tuple[str | None, ...] = ()

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {}
        self.states = {}

    def receive(self, states: Values, weight: Value, params: Values) -> Values:
        """The voltage [mV] after it jumped by the sum of the weights [mV] of the events that have arrived."""
        del params
        return {"v": states["v"] + weight}
