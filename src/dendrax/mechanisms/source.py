"""The contract of an artificial source of spikes: trains that are known before a run begins."""

from typing import Any, ClassVar

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.value import Value, Values


class SpikeSource(Mechanism):
    """A source of spikes that hears nothing, such as a stimulator or a file of recorded times.

    Subclass it and define `parameters` (defaults by name, prefixed by the name of the source) and `trains`. Its spikes
    are computed once, before the first step, so that they may be differentiated by its parameters.
    """

    kind: ClassVar[str] = "source"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {}
        self.states = {}
        self.carries = ()

    def most(self, horizon: float, params: Values) -> int:
        """Places that the spikes of one train need, for a run to `horizon` [ms].

        Args:
            horizon: When the run ends [ms].
            params: Own parameters, as numbers. (n,)
        """
        raise NotImplementedError(f"{type(self).__name__} does not define most(self, horizon, params).")

    def trains(self, key: Any, params: Values, places: int) -> Value:
        """The times of the spikes of all trains, infinite where a train has fewer [ms]. (n, places)

        Args:
            key: A key of `jax.random`, of this kind of source; None where the run has none.
            params: Own parameters. (n,)
            places: How many spikes a train may have.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define trains(self, key, params, places).")
