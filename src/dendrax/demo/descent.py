"""Gradient descent on channel densities: from a voltage back to what made it.

Two spikes at different times make a loss that says nothing about how to bring them together. The window in which
voltages are compared therefore starts short and grows as the fit gets good: spikes are matched one after another. Where
a step throws the fit off (a spike comes or goes), the window shrinks again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from dendrax import optimize
from dendrax.demo.preparation import DELTA_T, ONSET, Preparation
from dendrax.integrate import integrate
from dendrax.optimize.full_matrix import full_matrix_adam
from dendrax.optimize.transforms import SigmoidTransform

Params = list[dict[str, Any]]

DENSITIES = ("HH_gNa", "HH_gK", "HH_gLeak")  # [S/cm2]
FIT_DURATION = 30.0  # [ms]
HIDDEN_SPREAD = 0.35  # the hidden densities are up to exp(0.35) = 1.4 times smaller or larger than where we start
BOUND = 3.0  # times smaller or larger than where we start
SEED = 1952

FIRST_WINDOW = ONSET + 1.0  # [ms]
WINDOW_GROWTH = 1.0  # per step [ms]
WINDOW_EDGE = 0.5  # over which the window fades out [ms]
LAST_WINDOW = FIT_DURATION + 2.0  # [ms]
ALL_IN_VIEW = 0.6  # share of the time after which the window is as long as it gets
GOOD = 0.1  # loss below which the window grows [mV^2]
BAD = 3.0  # loss above which it shrinks [mV^2]
DONE = 1e-4  # loss at which the fit ends [mV^2]
LEARNING_RATE = 0.05
CLOSE = 0.3  # loss below which steps get shorter [mV^2]
SHORTEST = 1e-3  # step, as a share of the longest
STEPS = 1000  # at most


@dataclass(frozen=True)
class FoundDensities:
    """What a fit found.

    Attributes:
        hidden: The densities that made the target.
        start: Those the fit began with.
        fitted: Those it ended with.
        loss: Mean squared error over the whole target before every step [mV^2]. (step,)
        interrupted: Whether the user ended it.
    """

    hidden: Params
    start: Params
    fitted: Params
    loss: np.ndarray
    interrupted: bool


def make_trainable(preparation: Preparation) -> Params:
    """Record at the electrodes and make the densities trainable, one value for each part of the cell."""
    cell = preparation.cell
    for comp in preparation.electrodes.values():
        cell.select(nodes=[comp]).record(verbose=False)
    for group in preparation.groups:
        for density in DENSITIES:
            preparation.part(group).make_trainable(density, verbose=False)
    return cell.get_parameters()


def hide(start: Params) -> Params:
    """Densities near those of `start` that the fit has to find, the same at every run."""
    rng = np.random.default_rng(SEED)
    spread = lambda value: value * np.exp(rng.uniform(-HIDDEN_SPREAD, HIDDEN_SPREAD, np.shape(value)))  # noqa: E731
    return jax.tree.map(lambda value: jnp.asarray(spread(value), dtype=jnp.result_type(value)), start)


def fit(preparation: Preparation, start: Params, hidden: Params, seconds: float) -> FoundDensities:
    """Find the hidden densities from the voltages that they make.

    Args:
        preparation: The cell, recorded and trainable.
        start: Densities to begin with [S/cm2].
        hidden: Densities to find [S/cm2].
        seconds: Time to spend, compilation included [s].
    """
    course = _Course(start, seconds)
    done = optimize.fit(
        _loss(preparation, hidden),
        start,
        steps=STEPS,
        transform=jax.tree.map(lambda value: SigmoidTransform(value / BOUND, value * BOUND), start),
        optimizer=optax.chain(full_matrix_adam(LEARNING_RATE), _shorter_when_close()),
        data=course,
        callbacks=course.after_step,
    )
    return FoundDensities(hidden, start, course.found, np.asarray(course.loss), done.reason == "interrupted")


class _Course:
    """The window of a fit, and its result so far.

    Attributes:
        window: The window of the next step [ms].
        found: Where the loss of the whole target was lowest.
        loss: Loss of the whole target before every step [mV^2].
    """

    def __init__(self, start: Params, seconds: float) -> None:
        self.began, self.seconds = time.perf_counter(), seconds
        self.window = FIRST_WINDOW
        self.found = start
        self.loss: list[float] = []

    def __iter__(self) -> Iterator[float]:
        """The window of the next step, which `fit` takes for a pass over the data."""
        yield self.window

    def after_step(self, progress: optimize.Progress) -> bool:
        """Note the loss of the step and set the next window. True if time is up or the fit is good enough."""
        whole, params = float(progress.aux[0]), progress.aux[1]
        if whole < min(self.loss, default=np.inf):
            self.found = params
        self.loss.append(whole)
        spent = (time.perf_counter() - self.began) / self.seconds
        due = FIRST_WINDOW + (LAST_WINDOW - FIRST_WINDOW) * min(1.0, spent / ALL_IN_VIEW)
        if progress.loss < GOOD:
            self.window += WINDOW_GROWTH
        elif progress.loss > BAD:
            self.window -= WINDOW_GROWTH
        self.window = float(np.clip(self.window, due, LAST_WINDOW))
        return spent >= 1.0 or (self.window >= LAST_WINDOW and whole < DONE)


def _loss(preparation: Preparation, hidden: Params) -> Callable[[Params, Any], tuple[Array, Any]]:
    """The mean squared error of densities in a window [ms], with the error of the whole target and the densities."""

    def voltages(params: Params) -> Float[Array, "recording time"]:
        return integrate(preparation.cell, params=params, delta_t=DELTA_T, t_max=FIT_DURATION)

    target = voltages(hidden)
    times = DELTA_T * jnp.arange(target.shape[1])

    def loss(params: Params, window: Float[Array, ""]) -> tuple[Array, Any]:
        squared = (voltages(params) - target) ** 2
        weight = jax.nn.sigmoid((window - times) / WINDOW_EDGE)
        return (weight * squared).mean() / weight.mean(), (squared.mean(), params)

    return loss


def _shorter_when_close() -> optax.GradientTransformationExtraArgs:
    """Steps in proportion to the distance from the minimum, which the root of the loss is near there."""

    def update(updates: Any, state: Any, params: Any = None, **seen: Any) -> tuple[Any, Any]:
        del params
        size = jnp.clip(jnp.sqrt(seen["value"] / CLOSE), SHORTEST, 1.0)
        return jax.tree.map(lambda one: size * one, updates), state

    return optax.GradientTransformationExtraArgs(optax.init_empty_state, update)
