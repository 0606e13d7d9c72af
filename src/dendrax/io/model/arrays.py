"""Arrays by name as the bytes of a safetensors file, and taken from one, each with the type and shape to expect."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dendrax.errors import ModelFileError

KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "numbers"}
INDEX = np.dtype(np.int64)
"""The type of numbers that count rows."""


def to_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The arrays as safetensors; the same arrays give the same bytes."""
    from safetensors.numpy import save  # noqa: PLC0415 - only who saves needs it

    return save({name: np.array(one, dtype=one.dtype.newbyteorder("<"), order="C") for name, one in arrays.items()})


def from_bytes(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file, which cannot be written to."""
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load  # noqa: PLC0415

    try:
        arrays = load(data)
    except (SafetensorError, ValueError, KeyError, OverflowError) as error:
        raise ModelFileError(f"arrays.safetensors: {error}.") from None
    for name, one in arrays.items():
        if one.dtype == bool and (one.view(np.uint8) > 1).any():
            raise ModelFileError(f"arrays.safetensors: {name!r} holds something that is neither true nor false.")
    return arrays


def check_storable(what: str, array: Any) -> None:
    """Refuse an array, of NumPy or JAX, of a type that a file does not keep."""
    if array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
        raise ModelFileError(
            f"{what} has entries of type {array.dtype}. A model file keeps booleans, integers, numbers of up to 64 "
            f"bits, and columns of text; make it one of these."
        )


class Arrays:
    """The arrays of a file, of which each is to be taken once."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take from `arrays`."""
        self._left = dict(arrays)

    def take(
        self, name: str, shape: tuple[int | None, ...] | None, *, dtype: np.dtype | None = None, kinds: str = "biuf"
    ) -> np.ndarray:
        """The array of a name, after checking shape (None: any length), type and kind (as `numpy.dtype.kind`)."""
        if name not in self._left:
            raise ModelFileError(f"arrays.safetensors: the array {name!r} is missing.")
        array = self._left.pop(name)
        fits = shape is None or (
            array.ndim == len(shape) and all(want in (None, n) for n, want in zip(array.shape, shape, strict=True))
        )
        if not fits:
            raise ModelFileError(f"arrays.safetensors: {name!r} has shape {array.shape}, but should have {shape}.")
        if array.dtype.kind not in kinds or dtype not in (None, array.dtype):
            wanted = dtype or " or ".join(dict.fromkeys(KINDS[kind] for kind in kinds))
            raise ModelFileError(f"arrays.safetensors: {name!r} holds {array.dtype}, but should hold {wanted}.")
        return array.copy()

    def check_empty(self) -> None:
        """Refuse arrays that nothing has asked for."""
        if self._left:
            raise ModelFileError(f"arrays.safetensors: nothing needs the array {next(iter(self._left))!r}.")
