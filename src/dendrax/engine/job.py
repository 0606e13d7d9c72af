"""A run that is to be made, as one value."""

from typing import NamedTuple

from jaxtyping import Array, Float

from dendrax.engine.checkpoint_plan import Checkpoints
from dendrax.engine.state import FlatState
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.system import Inputs, Override, Recordings, System


class Job(NamedTuple):
    """All that makes a run: one scan (`simulate`) or many chunks (`chunks.begin`) come to the same columns.

    As an argument of a compiled program its arrays are traced, and whatever is no array is static: to a program of
    its own lead another stepper or number of steps, and another `dt` where that is a Python number.

    Attributes:
        system: The lowered model.
        overriding: Traced values of parameters and initial states.
        given: A state of full length to start from, instead of the model's.
        acting: Stimuli and clamps.
        recordings: What to keep.
        dt: Time step [ms].
        stepper: The method of time integration.
        n_steps: Number of steps.
        every: Steps from one column to the next.
        checkpoints: What is asked for of those of a gradient.
    """

    system: System
    overriding: tuple[Override, ...]
    given: FlatState | None
    acting: Inputs
    recordings: Recordings
    dt: float | Float[Array, ""]
    stepper: Stepper
    n_steps: int
    every: int = 1
    checkpoints: Checkpoints = Checkpoints()
