"""The checkpoints of training in a folder: written so that a kill at any moment leaves whole ones, the last three kept.

A checkpoint is written under a temporary name, forced to the disk and renamed, so that under its own name there is
either all of it or nothing. `checkpoint_files` says what is in it.
"""

from __future__ import annotations

import os
import re
import reprlib
import shutil
import warnings
from os import PathLike
from pathlib import Path
from typing import Any

from dendrax.errors import CheckpointError, CheckpointWarning, ModelTypeError
from dendrax.files import sync_folder
from dendrax.files import write as write_file
from dendrax.optimize.checkpoint_files import Checkpoint, DamagedError, files_of, read_files

KEPT = 3
NAME = re.compile(r"step-(\d{9,})")
UNFINISHED = ".unfinished-"


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
            FileWriteError: The disk is full, or not ours to write to. Earlier checkpoints are as they were.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        files = files_of(checkpoint)
        unfinished = self.folder / f"{UNFINISHED}{step}-{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for name, data in files.items():
            write_file("fit: checkpoint", unfinished / name, [data])
        target = self.path(step)
        if target.exists():  # damaged, or we would have gone on from it
            replaced = self.folder / f"{UNFINISHED}replaced-{os.getpid()}"
            shutil.rmtree(replaced, ignore_errors=True)
            target.rename(replaced)
        unfinished.rename(target)
        sync_folder(self.folder)
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
