"""What the methods of a mechanism take and return."""

import jax
import numpy as np

Value = jax.Array | np.ndarray | np.floating | float | int
"""One number per row, or one for all: arrays of shape (n,), or scalars where a user calls a method by hand."""

Values = dict[str, Value]
"""States or parameters by name."""

Gate = tuple[Value, Value]
"""Opening and closing rate of a gate [1/ms]."""
