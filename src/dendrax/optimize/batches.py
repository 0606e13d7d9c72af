"""What the loss gets at every step: nothing, minibatches of arrays, or what an iterable gives.

A source of batches can be put at any position, so that a fit that goes on sees what it would have seen. The order of
the rows in an epoch follows from the key and the number of the epoch alone.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.optimize.leaves import is_key, rows_of


class Position(NamedTuple):
    """How far a source is: batches that were taken from the present epoch, and epochs that are over."""

    epoch: int = 0
    taken: int = 0


class Batch(NamedTuple):
    """The input of a step."""

    arguments: tuple[Any, ...]  # arguments of the loss after the parameters: () or (batch,)
    ends_epoch: bool  # whether the loss has now been evaluated on all of the data


class BatchSource(abc.ABC):
    """Gives one batch after the other."""

    position = Position()
    kind = "NoData"  # as checkpoints call it
    has_epochs = True  # whether it begins anew when it has come to an end
    most: int | None = None  # rows that a batch can have; None if batches come as they are

    @abc.abstractmethod
    def seek(self, position: Position) -> None:
        """Go on at this position."""

    @abc.abstractmethod
    def take(self) -> Batch | None:
        """The next batch; None when there are no more."""

    @abc.abstractmethod
    def first(self) -> tuple[Any, ...]:
        """What the loss will get beside the parameters, without taking it."""

    def seen(self) -> Any:
        """The known part of the data: arrays in full, and of an iterable its type and the first batch."""
        return self.first()

    def settings(self) -> dict[str, Any]:
        """What the order of the batches follows from, as plain numbers."""
        return {"kind": self.kind}


class NoBatches(BatchSource):
    """For a loss of the parameters alone: every step sees all there is."""

    def seek(self, position: Position) -> None:
        """Every position is the same."""

    def take(self) -> Batch | None:
        """An empty batch."""
        return Batch((), ends_epoch=True)

    def first(self) -> tuple[Any, ...]:
        """Nothing."""
        return ()


class RowBatches(BatchSource):
    """Minibatches of the rows of arrays, in a new order in every epoch.

    The last rows of an epoch that do not fill a batch are left out, so that all batches have one shape; which these
    are differs from epoch to epoch.
    """

    kind = "Rows"

    def __init__(self, data: Any, batch_size: int | None, key: np.ndarray) -> None:
        self.data = jax.tree.map(_to_array, data)
        rows = rows_of(self.data)
        if rows is None:
            raise ValueShapeError(
                f"fit: all arrays of `data` must have the same number of rows, and at least one; their shapes are "
                f"{[np.shape(leaf) for leaf in jax.tree.leaves(self.data)]}."
            )
        self.n = self.most = rows
        self.batch_size = self.n if batch_size is None else arguments.whole("fit: batch_size", batch_size)
        if self.batch_size > self.n:
            raise ModelValueError(f"fit: batch_size = {batch_size}, but the data have {self.n} rows.")
        if self.batch_size == self.n:
            self.data = jax.device_put(self.data)
        self.key = key
        self.per_epoch = self.n // self.batch_size
        self.seek(Position())

    def seek(self, position: Position) -> None:
        """Go on at this position."""
        self.position = position
        self.order = self._order(position.epoch)

    def take(self) -> Batch | None:
        """The next rows."""
        epoch, taken = self.position
        rows = self.order[taken * self.batch_size : (taken + 1) * self.batch_size]
        batch = self.data if self.batch_size == self.n else jax.tree.map(lambda leaf: leaf[rows], self.data)
        ends = taken + 1 == self.per_epoch
        self.position = Position(epoch + 1, 0) if ends else Position(epoch, taken + 1)
        if ends:
            self.order = self._order(epoch + 1)
        return Batch((batch,), ends)

    def first(self) -> tuple[Any, ...]:
        """Some rows."""
        return (jax.tree.map(lambda leaf: leaf[: self.batch_size], self.data),)

    def seen(self) -> Any:
        """All of the data."""
        return self.data

    def settings(self) -> dict[str, Any]:
        """Rows, size of a batch and key."""
        return {**super().settings(), "rows": self.n, "batch_size": self.batch_size, "key": self.key.tolist()}

    def _order(self, epoch: int) -> np.ndarray:
        return generator(self.key, epoch).permutation(self.n)


class IterableBatches(BatchSource):
    """What an iterable gives, one after the other; from its beginning again when it ends, unless it is an iterator."""

    kind = "Batches"

    def __init__(self, data: Iterable[Any]) -> None:
        self.data = data
        self.stream = iter(data)
        self.has_epochs = self.stream is not data
        self._advance()
        if self.ahead is None:
            raise ModelValueError("fit: `data` gives not a single batch.")

    def seek(self, position: Position) -> None:
        """Go on at this position: a new pass over the data, without its first batches."""
        if position == self.position:
            return
        if self.has_epochs:
            self._begin()
        for _ in range(position.taken):
            self._advance()
        if self.ahead is None and self.has_epochs:
            raise ModelValueError(
                f"fit: the checkpoint is {position.taken} batches into an epoch, but `data` gives no more than that."
            )
        self.position = position

    def take(self) -> Batch | None:
        """The next batch."""
        if self.ahead is None:
            return None
        values = self.ahead
        self._advance()
        ends = self.ahead is None and self.has_epochs
        epoch, taken = self.position
        self.position = Position(epoch + 1, 0) if ends else Position(epoch, taken + 1)
        if ends:
            self._begin()
        return Batch((values[0],), ends)

    def first(self) -> tuple[Any, ...]:
        """The batch ahead."""
        return self.ahead or ()

    def seen(self) -> Any:
        """All of a list; of anything else the first batch, since to look further would take it."""
        return self.data if isinstance(self.data, list) else (type(self.data), self.ahead)

    def _begin(self) -> None:
        self.stream: Iterator[Any] = iter(self.data)
        self._advance()

    def _advance(self) -> None:
        """Look one batch ahead, which tells where an epoch ends; in a tuple, since a batch may be None."""
        self.ahead: tuple[Any] | None = next(((jax.tree.map(_to_array, batch),) for batch in self.stream), None)


def source_of(data: Any, batch_size: int | None, key: Any) -> BatchSource:
    """The source of the batches of a fit."""
    numbers = numbers_of(key)
    if data is None:
        if batch_size is not None:
            raise ModelValueError("fit: batch_size is for `data`, but there are none.")
        return NoBatches()
    is_array = hasattr(data, "shape") or isinstance(data, (tuple, dict))
    if is_array or not isinstance(data, Iterable):
        return RowBatches(data, batch_size, numbers)
    if batch_size is not None:
        raise ModelValueError(
            f"fit: `data` is a {type(data).__name__}, which gives whole batches, so batch_size has no meaning. Pass an "
            f"array, or a tuple or dict of arrays, to have their rows put into batches."
        )
    if isinstance(data, (str, bytes)):
        raise ModelTypeError("fit: `data` is text.")
    return IterableBatches(data)


def _to_array(leaf: Any) -> Any:
    if is_key(leaf):
        return leaf
    array = arguments.array("fit: data", leaf)
    if array.dtype.kind not in "biufc" and array.dtype.name not in ("bfloat16", "float8_e4m3fn", "float8_e5m2"):
        raise ModelTypeError(f"fit: the data hold {type(leaf).__name__}s, which are no numbers: {leaf!r:.60}.")
    return array


def generator(key: Any, *more: int) -> np.random.Generator:
    """NumPy's random numbers from a key, and from numbers that tell uses of it apart: the same ones everywhere."""
    return np.random.Generator(np.random.PCG64([*numbers_of(key).tolist(), *more]))


def numbers_of(key: Any) -> np.ndarray:
    """The integers of a random key of JAX, or the given integer itself; None is 0."""
    if key is None:
        return np.zeros(1, np.uint32)
    if is_key(key):
        key = jax.random.key_data(key)
    numbers = np.ravel(arguments.array("fit: key", key))
    if not (numbers.dtype.kind in "iu" and numbers.size and (numbers >= 0).all()):
        raise ModelTypeError(f"fit: key={key!r}: pass a whole number from 0, or a random key of JAX.")
    return numbers
