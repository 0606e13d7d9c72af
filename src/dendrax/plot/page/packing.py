"""Numbers in a page: one block of bytes as base64, and where in it each array begins."""

import base64

import numpy as np

LEVELS = 65534
"""Steps between the least and the greatest value of a series: 0.002 mV of a range of 120 mV."""
MISSING = 65535
"""Code of a value that is not there."""


class Packer:
    """Collects arrays.

    Example:
        >>> packer = Packer()
        >>> packer.add(np.array([1.0, 2.0]), "float32")
        {'at': 0, 'size': 2, 'type': 'float32'}
        >>> packer.text()
        'AACAPwAAAEA='
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, array: np.ndarray, kind: str) -> dict[str, int | str]:
        """Append an array as numbers of a kind, float32, uint32, uint16 or uint8, and say where it is."""
        # A browser has the bytes of its machine, and there is none that is not little-endian.
        flat = np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<"))
        where: dict[str, int | str] = {"at": self._size, "size": flat.size, "type": kind}
        part = flat.tobytes()
        part += bytes(-len(part) % 4)  # typed arrays begin at multiples of their size
        self._parts.append(part)
        self._size += len(part)
        return where

    def text(self) -> str:
        """All of it."""
        return base64.b64encode(b"".join(self._parts)).decode("ascii")


def quantised(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Values as steps between their least and greatest, which come with them.

    Example:
        >>> codes, least, greatest = quantised(np.array([[-80.0, np.nan, 40.0]]))
        >>> codes.tolist(), least, greatest
        ([[0, 65535, 65534]], -80.0, 40.0)

    Args:
        values: Any; what is not finite has no step.

    Returns:
        Steps of the same shape, least, greatest; value = least + step (greatest - least) / 65534.
    """
    there = np.isfinite(values)
    least = float(values.min(where=there, initial=np.inf))
    greatest = float(values.max(where=there, initial=-np.inf))
    if least > greatest:
        least = greatest = 0.0
    span = greatest - least
    steps = np.rint((np.where(there, values, least) - least) * (LEVELS / span if span > 0 else 0.0))
    return np.where(there, steps, MISSING).astype(np.uint16), least, greatest
