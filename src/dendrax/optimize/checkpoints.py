"""The checkpoints of training in a folder: written so that a kill at any moment leaves whole ones, the last three kept.

A checkpoint is a folder of its own, written under a temporary name, forced to the disk and renamed, so that under its
own name there is either all of it or nothing. Nothing in it is ever executed: no pickle.

    arrays.safetensors    every array, in the order of the leaves of the state
    state.json            all else: step, position in the data, description of the arrays, fingerprint of the fit
    SHA256SUMS            checksums of the two, as `sha256sum -c` reads them
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import reprlib
import shutil
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from dendrax.errors import CheckpointError, CheckpointWarning, ModelTypeError
from dendrax.files import lock_file, sync_folder
from dendrax.files import write as write_file
from dendrax.optimize.leaves import is_key, names_of

KEPT = 3
NAME = re.compile(r"step-(\d{9,})")
UNFINISHED, LOCK = ".unfinished-", ".lock"
ARRAYS, STATE, SUMS = "arrays.safetensors", "state.json", "SHA256SUMS"
FORMAT = 2


class Checkpoint(NamedTuple):
    """The content of a checkpoint."""

    state: Any  # a pytree of arrays, always of the same shapes
    history: dict[str, np.ndarray]  # arrays that grow
    rest: dict[str, Any]  # everything else, as JSON takes it
    path: Path | None = None  # where it was read from


class DamagedError(Exception):
    """A checkpoint differs from the one that was written."""


class CheckpointFolder:
    """The checkpoints of one fit, in a folder that is made when it begins."""

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

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the folder against other writers. The system releases the lock when the process dies."""
        with ExitStack() as stack:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                other = stack.enter_context(lock_file(self.folder / LOCK))
            except OSError as error:
                raise CheckpointError(f"checkpoint={str(self.folder)!r} cannot be written to: {error}") from error
            if other:
                raise CheckpointError(
                    f"Another fit is writing checkpoints into {self.folder} ({other}). Pass another folder, or wait "
                    f"for its end."
                )
            yield

    def write(self, step: int, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint, and remove all but the last three; an error leaves the earlier ones as they were."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._cleared(f"{step}-{os.getpid()}")
        unfinished.mkdir()
        for name, data in files_of(checkpoint).items():
            write_file("fit: checkpoint", unfinished / name, [data])
        target = self.path(step)
        if target.exists():  # damaged, or we would have gone on from it
            target.rename(self._cleared(f"replaced-{os.getpid()}"))
        unfinished.rename(target)
        sync_folder(self.folder)
        for old in [one for one in self.steps() if one <= step][:-KEPT]:
            self.path(old).rename(self._cleared(f"old-{old}"))  # what is half removed must not look whole
        for one in self.folder.glob(f"{UNFINISHED}*"):  # of killed processes too
            shutil.rmtree(one, ignore_errors=True)
        return target

    def _cleared(self, name: str) -> Path:
        """A name at which nothing looks like a checkpoint, and nothing is."""
        path = self.folder / f"{UNFINISHED}{name}"
        shutil.rmtree(path, ignore_errors=True)
        return path

    def read(self, model: Any) -> Checkpoint | None:
        """The last whole checkpoint, of a state like `model`, with a warning if later checkpoints are damaged."""
        damaged: list[str] = []
        for step in reversed(self.steps()):
            path = self.path(step)
            try:
                found = read_files(path, model)
            except DamagedError as damage:
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


def files_of(checkpoint: Checkpoint) -> dict[str, bytes]:
    """The files of a checkpoint, by their names."""
    from safetensors.numpy import save  # noqa: PLC0415 - needed only to save

    leaves = jax.tree.leaves(checkpoint.state)
    arrays = {f"{number:05d}": _on_host(leaf) for number, leaf in enumerate(leaves)}
    state = {"format": FORMAT, "leaves": _description(checkpoint.state), **checkpoint.rest}
    files = {
        ARRAYS: save(arrays | {name: _on_host(one) for name, one in checkpoint.history.items()}),
        STATE: (json.dumps(state, indent=1, allow_nan=False) + "\n").encode(),
    }
    return {**files, SUMS: _sums(files)}


def read_files(path: Path, model: Any) -> Checkpoint:
    """The checkpoint in a folder of its own, whose state has arrays of the shapes and types of `model`."""
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
        pair = next((pair for pair in zip(theirs, ours, strict=False) if pair[0] != pair[1]), None)
        what = f"{pair[0]} there, {pair[1]} here" if pair else f"{len(theirs)} arrays, not {len(ours)}"
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
