"""The valid values of the parameters of a source or a rule of plasticity."""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from jax.core import Tracer

from dendrax.errors import ModelValueError
from dendrax.mechanisms.mechanism import Mechanism

LARGEST = float(np.finfo(np.float32).max)
"""The largest value of a finite parameter: finite in either precision."""

Ranges = Mapping[str, tuple[float, float]]
"""The smallest and the largest valid value of each parameter, by its name without prefix."""


class Ranged(Mechanism):
    """A mechanism without currents whose parameters have ranges: abstract, the base of sources and rules.

    Attributes:
        ranges: The smallest and the largest valid value of some parameters, by their names without prefix. A limit may
            be infinite, and infinity is then valid.
        thing: The word for the owner of a single value, for messages.
    """

    ranges: ClassVar[Ranges] = {}
    thing: ClassVar[str]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {}
        self.states = {}
        self.carries = ()

    def check(self, params: Mapping[str, Any]) -> None:
        """Refuse values of parameters that are out of range.

        Args:
            params: Own parameters, as numbers; traced values are not checked. (n,)

        Raises:
            ModelValueError: A value is NaN or out of range; names the first such source or connection.
        """
        for key in self.parameters:
            if isinstance(params[key], Tracer):
                continue
            values = np.atleast_1d(np.asarray(params[key], float))
            low, high = self.ranges.get(key.removeprefix(f"{self.name}_"), (-math.inf, math.inf))
            wrong = ~((values >= low) & (values <= high))
            if wrong.any():
                at = int(np.argmax(wrong))
                raise ModelValueError(
                    f"{key} of {self.thing} {at} of {self.name!r} is {values[at]:g}. Set it to a value from {low:g} to "
                    f"{high:g}."
                )
