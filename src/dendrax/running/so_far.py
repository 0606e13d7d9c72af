"""What a run in chunks has come to, and what acts on it from there."""

from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from dendrax.engine import chunks
from dendrax.engine.state import State
from dendrax.engine.system import Inputs

States = dict[str, Array]


class Slices:
    """Stimuli and clamps of a chunk: (longest, place) per key, and zeros where a current has ended."""

    def __init__(self, acting: Inputs, n_steps: int, longest: int):
        dtype = np.dtype(jnp.result_type(float))
        self.values = {name: np.asarray(values, dtype).T[:n_steps] for name, values in acting.values.items()}
        self.longest = longest

    def __call__(self, start: int) -> dict[str, Any]:
        """Those from step `start` on."""
        return {name: self._cut(values, start) for name, values in self.values.items()}

    def _cut(self, values: np.ndarray, start: int) -> np.ndarray:
        cut = np.zeros((self.longest, values.shape[1]), values.dtype)
        here = values[start : start + self.longest]
        cut[: len(here)] = here
        return cut


@dataclass
class SoFar:
    """What a run has come to.

    Attributes:
        run: What stays the same during it.
        inputs_of: Stimuli and clamps from a step on.
        steps: Steps that are done.
        state: The State after them.
        parts: What was observed, column 0 first. (row, recording) each
    """

    run: chunks.Invariants
    inputs_of: Slices
    steps: int
    state: State
    parts: list[np.ndarray] = field(default_factory=list)

    def advanced(self, steps: int, state: State) -> tuple[State, chunks.Chunk]:
        """The State some steps on; `state`, this one or a copy, is used up."""
        offset = np.array(self.steps % self.run.every, np.int32)
        return chunks.advance(self.run, self.inputs_of(self.steps), offset, np.array(steps, np.int32), state)

    def add(self, steps: int, rows: np.ndarray) -> None:
        """`steps` more have been made, and `rows` were observed on the way, of which some may be too many."""
        every = self.run.every
        self.parts.append(rows[: (self.steps + steps) // every - self.steps // every])
        self.steps += steps

    @property
    def time(self) -> float:
        """Where it is [ms]."""
        return self.steps * self.run.dt

    def recordings(self) -> Float[Array, "recording column"]:
        """The columns so far, rows in the order of the recordings."""
        order = np.asarray(self.run.recordings.order)
        return jnp.asarray(np.ascontiguousarray(np.concatenate(self.parts)[:, order].T))

    def states(self) -> States:
        """The State at full length."""
        return chunks.expand(self.run.system, self.state)
