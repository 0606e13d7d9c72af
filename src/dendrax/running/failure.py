"""Where a run first came to a number that is NaN or infinite; `causes` says what most likely led to it.

Only the chunk that failed is run again, by halves, with the program that it ran in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dendrax.engine import chunks
from dendrax.engine.events.heard import QUEUE
from dendrax.errors import NotFiniteError
from dendrax.running import causes

if TYPE_CHECKING:
    from dendrax.engine.system import System
    from dendrax.modules.module import Module
    from dendrax.running.so_far import SoFar


Found = dict[str, np.ndarray]


class First(NamedTuple):
    """The first entry of a state that is not finite: which, and its row as the engine counts."""

    state: str
    row: int


def not_finite(module: Module, done: SoFar, rows: np.ndarray, failed: chunks.Going, steps: int) -> NotFiniteError:
    """The error for a chunk that ended in a State that is not finite.

    Args:
        module: The model.
        done: The run up to the beginning of the chunk; goes on to the last step that is finite.
        rows: What was observed in the chunk.
        failed: What the chunk ended in.
        steps: Number of steps in it.
    """
    start, bad = done.steps, steps
    while bad - (done.steps - start) > 1:
        tried = (bad - (done.steps - start)) // 2
        going, chunk = done.advanced(tried, chunks.copied(done.going))
        if done.broke_in(chunk):
            bad = done.steps - start + tried
        else:
            done.steps, done.going = done.steps + tried, going
    before = _full(done, done.going)
    after = _full(done, done.advanced(1, chunks.copied(done.going))[0])
    now = {name: values[0] for name, values in done.inputs().items()}
    finite_steps, done.steps = done.steps - start, start
    done.add(finite_steps, rows, failed)
    first = _first(done.run.system, before, after)
    place = causes.place_of(module, *first)
    cause = causes.cause_of(module, done.run, done.going.state, before, now, *first)
    time = (done.steps + 1) * done.run.dt
    text = (
        f"At {time:.6g} ms (step {done.steps + 1}) {first.state} became {after[first.state][first.row]} in {place}. "
        f"{cause} What was recorded before is in .recordings and .states of this exception."
    )
    return NotFiniteError(
        text,
        time=time,
        state=first.state,
        place=place,
        cause=cause,
        recordings=done.recordings(),
        states=done.states(),
    )


def _full(done: SoFar, going: chunks.Going) -> Found:
    flat = chunks.expand(done.run, going)
    return {name: np.asarray(value) for name, value in flat.items() if name != QUEUE}


def _first(system: System, before: Found, after: Found) -> First:
    """Where it began: the cable spreads a NaN over all of a cell within a step, so that the rarest one is the source.

    Of several compartments it is the one that was furthest from any sensible voltage.
    """
    bad = {name: ~np.isfinite(after[name]) & np.isfinite(before[name]) for name in after}
    counts = {name: np.count_nonzero(where) for name, where in bad.items() if where.any()}
    name = min(counts, key=lambda one: (counts[one], one == "v", one))
    rows = np.flatnonzero(bad[name])
    of_synapses = name in system.layout.of_synapses
    return First(name, int(rows[0 if of_synapses else np.argmax(np.abs(before["v"][rows]))]))
