"""The leaves of a pytree of parameters: their names, and which of their entries are no numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Int


def names_of(tree: Any, root: str = "params") -> list[str]:
    """The name of every leaf, as a user would write it.

    Example:
        >>> names_of([{"HH_gNa": 0.1}, {"radius": 1.0}])
        ["params[0]['HH_gNa']", "params[1]['radius']"]
    """
    return [root + jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_flatten_with_path(tree)[0]]


def entry_name(name: str, leaf: ArrayLike, flat: int) -> str:
    """The name of one entry of a leaf."""
    shape = np.shape(leaf)
    return f"{name}[{', '.join(map(str, np.unravel_index(flat, shape)))}]" if shape else name


def strong(tree: Any) -> Any:
    """The same values as arrays that keep their types whatever they meet, so that nothing is compiled twice."""
    return like(jax.tree.map(jnp.asarray, tree), tree)


def like(tree: Any, model: Any) -> Any:
    """The arrays of a pytree in the types of another one."""

    def cast(leaf: Any, other: Any) -> Any:
        return leaf if is_key(other) else jax.lax.convert_element_type(leaf, jnp.result_type(other))

    return jax.tree.map(cast, tree, model)


def anywhere(tree: Any) -> Any:
    """The same, without a device for what is on several: what a user computes with it would be computed on each."""

    def freed(leaf: Any) -> Any:
        spread = isinstance(leaf, jax.Array) and len(leaf.devices()) > 1
        return jnp.asarray(jax.device_get(leaf)) if spread else leaf

    return jax.tree.map(freed, tree)


def where(condition: Bool[Array, ""], tree: Any, otherwise: Any) -> Any:
    """One pytree or the other."""
    return jax.tree.map(lambda one, other: jnp.where(condition, one, other), tree, otherwise)


def is_key(leaf: Any) -> bool:
    """Whether a leaf is an array of typed random keys, which are no numbers."""
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def all_finite(tree: Any) -> Bool[Array, ""]:
    """Whether every number is one."""
    finite = [jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(tree)]
    return jnp.stack(finite).all()


def first_bad(tree: Any) -> Int[Array, " leaf"]:
    """For every leaf the place of its first entry that is NaN or infinite, counted flat; -1 where there is none."""

    def of_leaf(leaf: Any) -> Any:
        bad = ~jnp.isfinite(jnp.ravel(leaf))
        return jnp.where(bad.any(), jnp.argmax(bad), -1).astype(jnp.int32)

    return jnp.stack([of_leaf(leaf) for leaf in jax.tree.leaves(tree)])


def rows_of(tree: Any) -> int | None:
    """The number of rows of all arrays; None if it differs, or if an array has no rows."""
    sizes = {np.shape(leaf)[0] if np.shape(leaf) else 0 for leaf in jax.tree.leaves(tree)}
    return sizes.pop() if len(sizes) == 1 and 0 not in sizes else None


def find(tree: Any, is_bad: Callable[[np.ndarray], np.ndarray]) -> tuple[int, int] | None:
    """Leaf and flat place of the first entry for which `is_bad` is true."""
    for number, leaf in enumerate(jax.tree.leaves(tree)):
        bad = np.flatnonzero(is_bad(np.asarray(leaf)))
        if bad.size:
            return number, int(bad[0])
    return None
