"""One checkpoint as files, of which nothing is ever executed: no pickle.

In a folder of its own there are

    arrays.safetensors    every array, in the order of the leaves of the state
    state.json            all else: step, position in the data, and what the arrays are
    SHA256SUMS            checksums of the two, as `sha256sum -c` reads them
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.errors import CheckpointError
from dendrax.optimize.leaves import is_key, names_of

ARRAYS, STATE, SUMS = "arrays.safetensors", "state.json", "SHA256SUMS"
FORMAT = 2


class Checkpoint(NamedTuple):
    """What is saved.

    Attributes:
        state: A pytree of arrays, always of the same shapes.
        history: Arrays that grow.
        rest: Everything else, as JSON takes it.
        path: Where it was read from.
    """

    state: Any
    history: dict[str, np.ndarray]
    rest: dict[str, Any]
    path: Path | None = None


class DamagedError(Exception):
    """A checkpoint is not what was written."""


def files_of(checkpoint: Checkpoint) -> dict[str, bytes]:
    """The files of a checkpoint, by their names."""
    from safetensors.numpy import save  # noqa: PLC0415 - only who saves needs it

    leaves = jax.tree.leaves(checkpoint.state)
    arrays = {f"{number:05d}": _on_host(leaf) for number, leaf in enumerate(leaves)}
    state = {"format": FORMAT, "leaves": _description(checkpoint.state), **checkpoint.rest}
    files = {
        ARRAYS: save(arrays | {name: _on_host(one) for name, one in checkpoint.history.items()}),
        STATE: (json.dumps(state, indent=1, allow_nan=False) + "\n").encode(),
    }
    return {**files, SUMS: _sums(files)}


def read_files(path: Path, model: Any) -> Checkpoint:
    """The checkpoint in a folder of its own.

    Args:
        path: That folder.
        model: A state with arrays of the shapes and types to expect.

    Raises:
        DamagedError: It is not what was written.
        CheckpointError: It is whole, but of something else.
    """
    from safetensors.numpy import load  # noqa: PLC0415

    try:
        files = {name: (path / name).read_bytes() for name in (ARRAYS, STATE)}
        sums = (path / SUMS).read_bytes()
    except OSError as error:
        raise DamagedError(f"{error.filename} cannot be read ({error.strerror})") from None
    if sums != _sums(files):
        raise DamagedError("the files do not have the checksums in SHA256SUMS")
    state = json.loads(files[STATE])
    if state.pop("format") != FORMAT:
        raise CheckpointError(f"{path} was written by another version of Dendrax, which this one cannot read.")
    theirs, ours = state.pop("leaves"), _description(model)
    if theirs != ours:
        differing = next((pair for pair in zip(theirs, ours, strict=False) if pair[0] != pair[1]), None)
        what = f"{differing[0]} there, {differing[1]} here" if differing else f"{len(theirs)} arrays, not {len(ours)}"
        raise CheckpointError(
            f"{path} is of another fit: {what}. Pass the parameters, the optimiser and the transform that it was "
            f"written with, or another folder."
        )
    arrays = load(files[ARRAYS])
    leaves, treedef = jax.tree.flatten(model)
    read = [_like(arrays.pop(f"{number:05d}"), leaf) for number, leaf in enumerate(leaves)]
    return Checkpoint(jax.tree.unflatten(treedef, read), arrays, state, path)


def _sums(files: dict[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()


def _description(tree: Any) -> list[list[Any]]:
    """Name, type and shape of every leaf."""
    leaves = jax.tree.leaves(tree)
    return [
        [name, str(leaf.dtype), list(np.shape(leaf))] for name, leaf in zip(names_of(tree, ""), leaves, strict=True)
    ]


def _on_host(leaf: Any) -> np.ndarray:
    """An array as safetensors wants it: in C order, keys as their numbers."""
    return np.array(jax.random.key_data(leaf) if is_key(leaf) else leaf, order="C")


def _like(array: np.ndarray, leaf: Any) -> Any:
    if is_key(leaf):
        return jax.random.wrap_key_data(jnp.asarray(array), impl=jax.random.key_impl(leaf))
    return jnp.asarray(array) if isinstance(leaf, jax.Array) else array
