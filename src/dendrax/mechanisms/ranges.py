"""Values that the parameters of a source or a rule of plasticity can have."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from jax.core import Tracer

from dendrax.errors import ModelValueError
from dendrax.mechanisms.mechanism import Mechanism

LARGEST = float(np.finfo(np.float32).max)
"""The largest value of what must be finite: in either precision it is."""

Ranges = Mapping[str, tuple[float, float]]
"""By parameter, without prefix, the smallest value and the largest one; both are allowed."""


def check_ranges(mechanism: Mechanism, ranges: Ranges, params: Mapping[str, Any], thing: str) -> None:
    """Refuse parameters that are out of range.

    Args:
        mechanism: Whose parameters they are.
        ranges: Of those that have one; the others can be any number.
        params: Its parameters, as numbers; what is traced is not looked at. (n,)
        thing: What there are n of, for the message.

    Raises:
        ModelValueError: A value is NaN or out of range; names the first one that is.
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
