"""What a run in chunks has come to."""

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from dendrax.engine import chunks
from dendrax.engine.state import FlatState, State


@dataclass
class SoFar:
    """What a run has come to.

    Attributes:
        run: What stays the same during it.
        steps: Steps that are done.
        state: The State after them.
        parts: What was observed, column 0 first. (row, recording) each
    """

    run: chunks.Run
    steps: int
    state: State
    parts: list[np.ndarray] = field(default_factory=list)

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

    def states(self) -> FlatState:
        """The State at full length."""
        return chunks.expand(self.run, self.state)
