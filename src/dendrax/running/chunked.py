"""A run that is watched: progress, Ctrl-C, and a stop at the first number that is none.

Between two chunks nothing is left running: what was recorded is on the host, and the State is in hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Array, Float

from dendrax.engine import chunks
from dendrax.errors import RunInterrupted
from dendrax.running import failure
from dendrax.running.interruption import bar, interrupts
from dendrax.running.so_far import SoFar

if TYPE_CHECKING:
    from dendrax.engine.simulate import Fired, Job
    from dendrax.modules.module import Module

States = dict[str, Array]

CHUNKS_OF_A_LONG_RUN = 10
"""A run of more chunks than that goes in chunks even if nobody watches it, so that Ctrl-C loses nothing."""


def is_long(job: Job) -> bool:
    """Whether a run takes so long that it goes in chunks."""
    return job.n_steps > CHUNKS_OF_A_LONG_RUN * chunks.longest(job.system)


def run_in_chunks(
    module: Module, job: Job, progress: bool, check: bool
) -> tuple[Float[Array, "recording column"], States, Fired | None]:
    """`simulate`, chunk by chunk; the same columns, State and spikes.

    Args:
        module: What the model was lowered from, for the texts of errors.
        job: The run.
        progress: Whether to show a bar.
        check: Whether to stop where a state is not finite any more.

    Raises:
        RunInterrupted: Ctrl-C.
        NotFiniteError: With `check`, a state became NaN or infinite.
    """
    n_steps, longest, done = job.n_steps, chunks.longest(job.system), SoFar(job)
    with interrupts() as request, bar(n_steps, "step", progress) as shown:
        while done.steps < n_steps:
            steps = min(longest, n_steps - done.steps)
            before = chunks.copied(done.going) if check else None
            done.going, chunk = done.advanced(steps, done.going)
            rows = np.asarray(chunk.rows)  # waits for the chunk
            if before is not None and done.broke_in(chunk):
                failed, done.going = done.going, before
                raise failure.not_finite(module, done, rows, failed, steps)
            done.add(steps, rows, done.going)
            shown.update(steps)
            if request.made:
                raise RunInterrupted(
                    f"Interrupted at {done.time:.6g} ms of {n_steps * done.run.dt:.6g} ms. The result so far is in "
                    f".recordings and .states of this exception; integrate(..., all_states=exception.states) goes on "
                    f"from there.",
                    time=done.time,
                    recordings=done.recordings(),
                    states=done.states(),
                )
    return done.recordings(), done.states(), done.fired()
