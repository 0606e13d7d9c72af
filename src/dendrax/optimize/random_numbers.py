"""NumPy's random numbers from keys of JAX or whole numbers: the same ones on every machine and in every process."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError
from dendrax.optimize.leaves import is_key


def generator(key: Any, *more: int) -> np.random.Generator:
    """NumPy's random numbers from a key, and from numbers that tell uses of it apart."""
    return np.random.Generator(np.random.PCG64([*numbers_of(key).tolist(), *more]))


def numbers_of(key: Any) -> np.ndarray:
    """The whole numbers of a random key."""
    if key is None:
        return np.zeros(1, np.uint32)
    if is_key(key):
        key = jax.random.key_data(key)
    numbers = np.ravel(arguments.array("fit: key", key))
    if not (numbers.dtype.kind in "iu" and numbers.size and (numbers >= 0).all()):
        raise ModelTypeError(f"fit: key={key!r}: pass a whole number from 0, or a random key of JAX.")
    return numbers
