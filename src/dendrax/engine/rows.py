"""Which entries of a longer array belong to someone: a slice where they are contiguous, an index array where not."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Shaped

AnyArray = Array | np.ndarray


class Rows(eqx.Module):
    """Sorted, distinct positions in an array of `total` entries.

    Contiguous rows are static and cost no gather; rows that are everywhere cost nothing at all.
    """

    index: Int[AnyArray, " row"] | None
    start: int = eqx.field(static=True)
    size: int = eqx.field(static=True)
    total: int = eqx.field(static=True)

    @classmethod
    def of(cls, positions: np.ndarray, total: int) -> "Rows":
        """Rows at sorted distinct `positions` of an array of `total` entries (numpy, when lowering)."""
        positions = np.asarray(positions, dtype=np.int32)
        size = len(positions)
        if size == 0:
            return cls(None, 0, 0, total)
        contiguous = int(positions[-1]) - int(positions[0]) + 1 == size
        return cls(None if contiguous else positions, int(positions[0]) if contiguous else 0, size, total)

    @classmethod
    def all(cls, total: int) -> "Rows":
        """Every row."""
        return cls(None, 0, total, total)

    @property
    def everywhere(self) -> bool:
        """Whether these are all rows."""
        return self.size == self.total

    @property
    def positions(self) -> Int[np.ndarray, " row"]:
        """All of them, not traced."""
        return np.arange(self.start, self.start + self.size) if self.index is None else np.asarray(self.index)

    def take(self, longer: Shaped[Array, " total"]) -> Shaped[Array, " row"]:
        """The entries of `longer` at these rows."""
        if self.everywhere:
            return longer
        if self.index is None:
            return longer[self.start : self.start + self.size]
        return longer.at[self.index].get(unique_indices=True, indices_are_sorted=True, mode="promise_in_bounds")

    def put(self, longer: Shaped[Array, " total"], values: Shaped[Array, " row"]) -> Shaped[Array, " total"]:
        """`longer` with `values` at these rows."""
        if self.everywhere:
            return values
        return self._at(longer).set(values, **self._hints)

    def add(self, longer: Shaped[Array, " total"], values: Shaped[Array, " row"]) -> Shaped[Array, " total"]:
        """`longer` with `values` added at these rows."""
        if self.everywhere:
            return longer + values
        return self._at(longer).add(values, **self._hints)

    def spread(self, values: Shaped[Array, " row"], fill: float) -> Shaped[Array, " total"]:
        """An array of `total` entries with `values` at these rows and `fill` elsewhere."""
        if self.everywhere:
            return values
        return self.put(jnp.full(self.total, fill, values.dtype), values)

    def locate(self, positions: Int[AnyArray, " some"]) -> Int[Array, " some"]:
        """Where `positions` of the longer array are among these rows (each must be one of them)."""
        positions = jnp.asarray(positions)
        if self.index is None:
            return positions - self.start
        return jnp.searchsorted(jnp.asarray(self.index), positions).astype(positions.dtype)

    @property
    def _hints(self) -> dict:
        if self.index is None:
            return {}
        return {"unique_indices": True, "indices_are_sorted": True, "mode": "promise_in_bounds"}

    def _at(self, longer: Array):
        return longer.at[self.start : self.start + self.size] if self.index is None else longer.at[self.index]
