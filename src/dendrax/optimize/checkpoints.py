"""Checkpoints of training on disk, which survive a kill at any moment.

A folder holds one folder for each checkpoint, `step-000000120`, with

    arrays.safetensors    every array, in the order of the leaves of the state
    state.json            all else: step, position in the data, and what the arrays are
    SHA256SUMS            checksums of the two, as `sha256sum -c` reads them

A checkpoint is written under a temporary name, forced to the disk and renamed, so that under its own name there is
either all of it or nothing. Nothing in it is ever executed: no pickle.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import reprlib
import shutil
import warnings
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.errors import CheckpointError, CheckpointWarning, ModelTypeError
from dendrax.optimize.leaves import is_key, names_of

ARRAYS, STATE, SUMS = "arrays.safetensors", "state.json", "SHA256SUMS"
KEPT = 3
FORMAT = 2
NAME = re.compile(r"step-(\d{9,})")
UNFINISHED = ".unfinished-"


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


class Checkpoints:
    """The checkpoints of one fit.

    Args:
        folder: Where they are; made when the first is written.

    Raises:
        CheckpointError: `folder` is a file.
        ModelTypeError: It is no path.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        if not isinstance(folder, (str, PathLike)):
            raise ModelTypeError(f"checkpoint must be the name of a folder, but is {reprlib.repr(folder)}.")
        self.folder = Path(folder)
        if self.folder.exists() and not self.folder.is_dir():
            raise CheckpointError(f"checkpoint={str(self.folder)!r} is a file; pass the name of a folder.")

    def steps(self) -> list[int]:
        """The steps at which there are checkpoints, damaged ones too, rising."""
        if not self.folder.is_dir():
            return []
        return sorted(int(match[1]) for one in self.folder.iterdir() if (match := NAME.fullmatch(one.name)))

    def path(self, step: int) -> Path:
        """The folder of one checkpoint."""
        return self.folder / f"step-{step:09d}"

    def write(self, step: int, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint, and remove all but the last three.

        Raises:
            OSError: The disk is full, or not ours to write to. Earlier checkpoints are as they were.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        content = _content(checkpoint)
        unfinished = self.folder / f"{UNFINISHED}{step}-{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name, data in content.items():
            _write(unfinished / name, data)
        _sync(unfinished)
        target = self.path(step)
        if target.exists():  # damaged, or we would have gone on from it
            replaced = self.folder / f"{UNFINISHED}replaced-{os.getpid()}"
            shutil.rmtree(replaced, ignore_errors=True)
            target.rename(replaced)
        unfinished.rename(target)
        _sync(self.folder)
        self._tidy(step)
        return target

    def read(self, model: Any) -> Checkpoint | None:
        """The last checkpoint that is whole, with a warning for each later one that is damaged.

        Args:
            model: A state with arrays of the shapes and types to expect.

        Returns:
            The checkpoint; None where there is none at all.

        Raises:
            CheckpointError: All are damaged, or the arrays are not those of `model`.
        """
        damaged: list[str] = []
        for step in reversed(self.steps()):
            path = self.path(step)
            try:
                found = _read(path, model)
            except _DamagedError as damage:
                damaged.append(f"{path}: {damage}")
                continue
            for one in damaged:
                warnings.warn(f"A checkpoint is damaged. {one}. Going on from {path}.", CheckpointWarning, stacklevel=3)
            return found
        if damaged:
            raise CheckpointError(
                "No checkpoint is whole:\n  " + "\n  ".join(damaged) + "\nRemove the folder to begin anew."
            )
        return None

    def _tidy(self, newest: int) -> None:
        """Remove old checkpoints, and what a killed process left unfinished."""
        before = [step for step in self.steps() if step <= newest]
        for step in before[:-KEPT]:
            # A checkpoint that is half removed must not look like one.
            doomed = self.folder / f"{UNFINISHED}old-{step}"
            shutil.rmtree(doomed, ignore_errors=True)
            self.path(step).rename(doomed)
        for one in self.folder.glob(f"{UNFINISHED}*"):
            shutil.rmtree(one, ignore_errors=True)


class _DamagedError(Exception):
    """A checkpoint is not what was written."""


def _content(checkpoint: Checkpoint) -> dict[str, bytes]:
    """The files of a checkpoint."""
    from safetensors.numpy import save  # noqa: PLC0415 - only who saves needs it

    leaves = jax.tree.leaves(checkpoint.state)
    arrays = {f"{number:05d}": _on_host(leaf) for number, leaf in enumerate(leaves)}
    state = {"format": FORMAT, "leaves": _description(checkpoint.state), **checkpoint.rest}
    files = {
        ARRAYS: save(arrays | {name: _on_host(one) for name, one in checkpoint.history.items()}),
        STATE: (json.dumps(state, indent=1, allow_nan=False) + "\n").encode(),
    }
    return {**files, SUMS: _sums(files)}


def _sums(files: dict[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items()).encode()


def _read(path: Path, model: Any) -> Checkpoint:
    """One checkpoint.

    Raises:
        CheckpointError: It is whole, but of something else.
    """
    from safetensors.numpy import load  # noqa: PLC0415

    try:
        files = {name: (path / name).read_bytes() for name in (ARRAYS, STATE)}
        sums = (path / SUMS).read_bytes()
    except OSError as error:
        raise _DamagedError(f"{error.filename} cannot be read ({error.strerror})") from None
    if sums != _sums(files):
        raise _DamagedError("the files do not have the checksums in SHA256SUMS")
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


def _write(path: Path, data: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
