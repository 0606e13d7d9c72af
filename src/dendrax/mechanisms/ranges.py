"""The valid values of the parameters of a source or a rule of plasticity."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from jax.core import Tracer

from dendrax.errors import ModelValueError
from dendrax.mechanisms.mechanism import Mechanism

LARGEST = float(np.finfo(np.float32).max)
"""The largest value of a finite parameter: finite in either precision."""

Ranges = Mapping[str, tuple[float, float]]
"""The smallest and the largest valid value of each parameter, by its name without prefix."""


def check_ranges(mechanism: Mechanism, ranges: Ranges, params: Mapping[str, Any], thing: str) -> None:
    """Refuse parameters that are out of range.

    Args:
        mechanism: The source or rule that has the parameters.
        ranges: The ranges of some parameters; the others can be any number.
        params: Its parameters, as numbers; traced values are not checked. (n,)
        thing: The word for an entry of the arrays, for the message.

    Raises:
        ModelValueError: A value is NaN or out of range; names the first such value.
    """
    for key in mechanism.parameters:
        if isinstance(params[key], Tracer):
            continue
        values = np.atleast_1d(np.asarray(params[key], float))
        low, high = ranges.get(key.removeprefix(f"{mechanism.name}_"), (-math.inf, math.inf))
        wrong = ~((values >= low) & (values <= high))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ModelValueError(
                f"{key} of {thing} {at} of {mechanism.name!r} is {values[at]:g}. Set it to a value from {low:g} to "
                f"{high:g}."
            )
