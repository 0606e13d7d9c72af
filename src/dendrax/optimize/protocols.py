"""Experiments: what a cell is stimulated with, where it is recorded, and what the recordings should show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.features.spikes import THRESHOLD
from dendrax.modules.module import Module

if TYPE_CHECKING:
    from dendrax.features import Stimulus

__all__ = ["Protocol", "Recording", "Step"]


class Step(NamedTuple):
    """A rectangular current.

    Attributes:
        onset: When it begins [ms].
        duration: How long it lasts [ms].
        amplitude: How strong it is [nA].
    """

    onset: float
    duration: float
    amplitude: float


@dataclass(frozen=True, eq=False)
class Recording:
    """What is recorded where.

    Attributes:
        place: One compartment: a view of the model.
        state: "v", or a state or current of a channel or pump, as `record` takes it.
        threshold: Voltage that a spike crosses there [mV]; dendrites may need a lower one than the soma.
    """

    place: Module
    state: str = "v"
    threshold: float = THRESHOLD


@dataclass(frozen=True, eq=False)
class Protocol:
    """One experiment with a cell: a current at a place, and recordings.

    Features are taken with respect to the current's window: the resting potential before it, the latency from its
    beginning. Of several steps, that is the window of the first.

    Args:
        name: By which targets know it.
        place: Where the current goes: a view of the model; each compartment in view gets the whole of it.
        current: A `Step`, several that add up, or the current at every time step [nA], (time,), which goes on as zero
            and is cut off at the duration.
        recordings: By name; a view stands for the voltage there.
        duration: Of the experiment [ms].
        holding: A current from beginning to end, in addition [nA].
        window: When the stimulus begins and ends [ms]. None: with the first step, or the whole experiment where the
            current is an array.

    Raises:
        ModelTypeError: A place is no view or module, or the current none of the above.
        ModelValueError: No recordings; a duration that is not positive; a step or a window that is not within it.
        ValueShapeError: The current is no array (time,).

    Example:
        >>> import dendrax as jx
        >>> from dendrax.optimize import Protocol, Step
        >>> cell = jx.Cell()
        >>> soma = cell.branch(0).comp(0)
        >>> Protocol("step", soma, Step(10.0, 20.0, 0.1), {"soma": soma}, duration=50.0).window
        (10.0, 30.0)
    """

    name: str
    place: Module
    current: Any
    recordings: Mapping[str, Any]
    duration: float
    holding: float = 0.0
    window: tuple[float, float] | None = None
    steps: tuple[Step, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Check all of it, and bring current, recordings and window into one form."""
        where = f"Protocol {self.name!r}"
        if not isinstance(self.name, str) or not self.name:
            raise ModelTypeError(f"Protocol: the name must be text, but is {self.name!r}.")
        _check_place(f"{where}: the stimulus", self.place)
        duration = arguments.positive(f"{where}: duration", self.duration)
        steps = _steps(where, self.current, duration)
        derived: dict[str, Any] = {
            "duration": duration,
            "holding": arguments.real(f"{where}: holding", self.holding),
            "recordings": _recordings(where, self.recordings),
            "steps": steps,
            "window": _window(where, self.window, steps, duration),
        }
        if not steps:
            derived["current"] = _samples(where, self.current)
        for name, value in derived.items():
            object.__setattr__(self, name, value)  # the class is frozen

    def samples(self, dt: float, n: int) -> Float[np.ndarray, " time"]:
        """The current of each of `n` time steps [nA]; zero after the end of the protocol."""
        time = np.arange(n) * dt + 1e-3 * dt  # a thousandth of a step for the rounding of decimal times
        within = time < self.duration
        total = np.where(within, self.holding, 0.0)
        for onset, length, amplitude in self.steps:
            total += np.where((time >= onset) & (time < onset + length), amplitude, 0.0)
        if not self.steps:
            given = np.asarray(self.current)[:n]
            total[: len(given)] += np.where(within[: len(given)], given, 0.0)
        return total

    @property
    def stimulus(self) -> Stimulus:
        """What features need to know of the current."""
        from dendrax.features import Stimulus  # noqa: PLC0415 - needs jax, which a protocol alone does not

        amplitude = self.steps[0].amplitude if self.steps else 0.0
        onset, offset = self.window or (0.0, self.duration)
        return Stimulus(onset, offset, amplitude, self.duration)


def _check_place(what: str, place: Any) -> None:
    if not isinstance(place, Module):
        raise ModelTypeError(f"{what} needs a place: a view such as `cell.branch(0).loc(0.5)`, not {place!r}.")


def _steps(where: str, current: Any, duration: float) -> tuple[Step, ...]:
    """The current as steps; none where it is an array."""
    steps = (current,) if isinstance(current, Step) else current
    if not (isinstance(steps, (list, tuple)) and steps and all(isinstance(one, Step) for one in steps)):
        return ()
    for one in steps:
        for name, value in one._asdict().items():
            arguments.real(f"{where}: {name} of a step", value)
        if one.onset < 0 or one.duration <= 0 or one.onset + one.duration > duration * (1 + 1e-9):
            raise ModelValueError(
                f"{where}: a step from {one.onset} to {one.onset + one.duration} ms is not within the duration of "
                f"{duration} ms."
            )
    return tuple(Step(*(float(value) for value in one)) for one in steps)


def _samples(where: str, current: Any) -> np.ndarray:
    """The current at every time step."""
    samples = arguments.reals(f"{where}: current", current)
    if samples.ndim != 1 or len(samples) == 0:
        raise ValueShapeError(
            f"{where}: the current has shape {samples.shape}. Pass a Step, a list of Steps, or an array (time,) [nA]."
        )
    if not np.isfinite(samples).all():
        raise ModelValueError(f"{where}: the current holds NaN or infinity.")
    return samples


def _window(where: str, window: Any, steps: Sequence[Step], duration: float) -> tuple[float, float]:
    if window is None:
        if not steps:
            return 0.0, duration
        return steps[0].onset, steps[0].onset + steps[0].duration
    if not isinstance(window, (tuple, list)) or len(window) != 2:
        raise ModelTypeError(f"{where}: window must be (begin, end) [ms], but is {window!r}.")
    begin, end = (arguments.real(f"{where}: window", one) for one in window)
    if not 0 <= begin < end <= duration * (1 + 1e-9):
        raise ModelValueError(f"{where}: the window from {begin} to {end} ms is not within the {duration} ms.")
    return begin, end


def _recordings(where: str, recordings: Any) -> dict[str, Recording]:
    """All recordings by name, each of one compartment."""
    if not isinstance(recordings, Mapping) or not recordings:
        raise ModelValueError(f"{where}: no recordings. Pass a dict from names to places, such as {{'soma': soma}}.")
    found = {}
    for name, one in recordings.items():
        _check_place(f"{where}: recording {name!r}", one.place if isinstance(one, Recording) else one)
        made = one if isinstance(one, Recording) else Recording(one)
        if len(made.place.rows) != 1:
            raise ModelValueError(
                f"{where}: recording {name!r} has {len(made.place.rows)} compartments in view, but a recording is of "
                f"one. Select it, such as `cell.branch(0).loc(0.5)`."
            )
        arguments.real(f"{where}: threshold of {name!r}", made.threshold)
        found[name] = made
    return found


def checked_protocols(module: Module, protocols: Any) -> dict[str, Protocol]:
    """Protocols by name, all of whose places are in the module."""
    if not isinstance(protocols, (list, tuple)) or not all(isinstance(one, Protocol) for one in protocols):
        raise ModelTypeError("Experiment: pass a list of `Protocol`s.")
    if not protocols:
        raise ModelValueError("Experiment: no protocols. Give at least one.")
    by_name: dict[str, Protocol] = {}
    for one in protocols:
        if one.name in by_name:
            raise ModelValueError(f"Experiment: two protocols have the name {one.name!r}.")
        places = {"the stimulus": one.place, **{f"recording {name!r}": r.place for name, r in one.recordings.items()}}
        for what, place in places.items():
            if place.tables is not module.tables:
                raise ModelValueError(
                    f"Experiment: {what} of protocol {one.name!r} is in another model. Take a view of the "
                    f"module that is passed, which is not the one that it was copied from or built of."
                )
        by_name[one.name] = one
    return by_name
