"""The result of a run in chunks so far, and its continuation."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from dendrax.engine import chunks
from dendrax.engine.simulate import Fired, Found, Job, fired_of, found_in

States = dict[str, Array]


class SoFar:
    """The result of a run so far.

    Attributes:
        run: The loop invariants.
        acting: Per key, stimuli and clamps of its steps. (time, place)
        steps: Steps that are done.
        going: The State after them, and the events under way.
        parts: The recordings so far, column 0 first. (row, recording) each
        crossings: The spikes so far.
        fine: For each state in sorted order, how many entries were not finite at the start, on purpose.
    """

    def __init__(self, job: Job) -> None:
        self.run, self.going, first = chunks.begin(job)
        dtype = np.dtype(jnp.result_type(float))
        self.acting = {name: np.asarray(values, dtype).T[: job.n_steps] for name, values in job.acting.values.items()}
        self.steps = 0
        self.parts = [np.asarray(first.rows)]
        self.crossings = [found_in(np.zeros((0, 0), dtype))]
        self.fine = np.asarray(first.not_finite)

    def inputs(self) -> dict[str, Any]:
        """Stimuli and clamps of the next chunk, (longest, place) per key, and zeros where a current has ended."""
        longest, cut = chunks.longest(self.run.system), {}
        for name, values in self.acting.items():
            cut[name] = np.zeros((longest, values.shape[1]), values.dtype)
            here = values[self.steps : self.steps + longest]
            cut[name][: len(here)] = here
        return cut

    def advanced(self, steps: int, going: chunks.Going) -> tuple[chunks.Going, chunks.Chunk]:
        """The run some steps later; it reuses the memory of `going`, that of this run or a copy."""
        offset = np.array(self.steps % self.run.every, np.int32)
        return chunks.advance(self.run, self.inputs(), offset, np.array(steps, np.int32), going)

    def broke_in(self, chunk: chunks.Chunk) -> bool:
        """Whether a state has become NaN or infinite."""
        return bool((np.asarray(chunk.not_finite) > self.fine).any())

    def add(self, steps: int, rows: np.ndarray, after: chunks.Going) -> None:
        """Add `steps` more steps of the chunk that ended in `after`, with its `rows`, of which some may be too many."""
        every = self.run.every
        self.parts.append(rows[: (self.steps + steps) // every - self.steps // every])
        self.crossings.append(chunks.spikes_in(after, steps, self.steps))
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
        return chunks.expand(self.run, self.going)

    def fired(self) -> Fired | None:
        """The spikes so far."""
        hears = self.run.hears
        if hears is None:
            return None
        return fired_of(hears, Found(*map(np.concatenate, zip(*self.crossings, strict=True))))
