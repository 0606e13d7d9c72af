"""Gradient descent on channel densities: from a voltage back to what made it.

Two spikes at different times make a loss that says nothing about how to bring them together. The window in which
voltages are compared therefore starts short and grows as the fit gets good: spikes are matched one after another. A
step that throws the fit off (a spike comes or goes) is taken back, and the next ones are shorter.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from tqdm import tqdm

from dendrax.demo.experiment import DELTA_T, ONSET, Experiment
from dendrax.integrate import integrate
from dendrax.optimize.full_matrix import full_matrix_adam
from dendrax.optimize.transforms import ParamTransform, SigmoidTransform

Params = list[dict[str, Any]]

DENSITIES = ("HH_gNa", "HH_gK", "HH_gLeak")  # [S/cm2]
FIT_DURATION = 30.0  # [ms]
HIDDEN_SPREAD = 0.35  # the hidden densities are up to exp(0.35) = 1.4 times smaller or larger than where we start
BOUND = 3.0  # times smaller or larger than where we start
SEED = 1952

FIRST_WINDOW = ONSET + 1.0  # [ms]
WINDOW_GROWTH = 1.0  # [ms]
WINDOW_EDGE = 0.5  # over which the window fades out [ms]
LAST_WINDOW = FIT_DURATION + 2.0  # [ms]
ALL_IN_VIEW = 0.6  # share of the time after which the window is as long as it gets
GOOD = 0.1  # loss at which the window grows [mV^2]
DONE = 1e-4  # loss at which the fit ends [mV^2]
LEARNING_RATE = 0.05
BAR = "{desc} {percentage:3.0f}%|{bar}| {n:.0f} of {total:.0f} s{postfix}"


@dataclass(frozen=True)
class Fit:
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


def make_trainable(experiment: Experiment) -> Params:
    """Record at the electrodes and make the densities trainable, one value for each part of the cell."""
    cell = experiment.cell
    for comp in experiment.electrodes.values():
        cell.select(nodes=[comp]).record(verbose=False)
    for group in experiment.groups:
        for density in DENSITIES:
            experiment.part(group).make_trainable(density, verbose=False)
    return cell.get_parameters()


def hide(start: Params) -> Params:
    """Densities near those of `start` that the fit has to find, the same at every run."""
    rng = np.random.default_rng(SEED)
    spread = lambda value: value * np.exp(rng.uniform(-HIDDEN_SPREAD, HIDDEN_SPREAD, np.shape(value)))  # noqa: E731
    return jax.tree.map(lambda value: jnp.asarray(spread(value), dtype=jnp.result_type(value)), start)


def fit(experiment: Experiment, start: Params, hidden: Params, seconds: float) -> Fit:
    """Find the hidden densities from the voltages that they make.

    Args:
        experiment: The cell, recorded and trainable.
        start: Densities to begin with [S/cm2].
        hidden: Densities to find [S/cm2].
        seconds: Time to spend, compilation included [s].
    """
    began = time.perf_counter()
    transform = ParamTransform(jax.tree.map(lambda value: SigmoidTransform(value / BOUND, value * BOUND), start))
    descent = _Descent(transform.inverse(start))
    interrupted = False
    with tqdm(total=seconds, desc="fitting", bar_format=BAR) as bar:
        try:
            evaluate = _compile(experiment, transform, hidden, descent.here)
            ready = time.perf_counter()
            while (now := time.perf_counter()) < began + seconds and not descent.done:
                descent.step(evaluate, (now - ready) / (began + seconds - ready))
                window = min(descent.window, FIT_DURATION)
                bar.set_postfix_str(f"loss {descent.loss[-1]:.3g} mV², window {window:.0f} ms", refresh=False)
                bar.update(min(time.perf_counter() - began, seconds) - bar.n)
        except KeyboardInterrupt:
            interrupted = True
    return Fit(hidden, start, transform.forward(descent.found), np.asarray(descent.loss), interrupted)


class _Descent:
    """Full-matrix Adam in a growing window, with steps that can be taken back.

    Attributes:
        found: Where the loss of the whole target was lowest.
    """

    def __init__(self, start: Params) -> None:
        self.optimizer = full_matrix_adam(LEARNING_RATE)
        self.update = jax.jit(self.optimizer.update)
        self.here = self.best = self.found = start
        self.memory = self.optimizer.init(start)
        self.window = FIRST_WINDOW
        self.lowest = np.inf  # loss in this window, at `best`
        self.stride = 1.0
        self.loss: list[float] = []

    @property
    def full(self) -> bool:
        """Whether the window has grown over all of the target."""
        return self.window >= LAST_WINDOW

    @property
    def done(self) -> bool:
        """Whether nothing is left to gain."""
        return self.full and self.lowest < DONE

    def step(self, evaluate: Callable[..., Any], spent: float) -> None:
        """Evaluate where we are, keep it or go back, and move on.

        Args:
            evaluate: Gives ((loss in the window, loss of the whole target), gradient).
            spent: Share of the time that has gone, from 0 to 1. Steps get shorter, and the window at least as long.
        """
        (loss, whole), gradient = evaluate(self.here, self.window)
        loss, whole = float(loss), float(whole)
        if whole < min(self.loss, default=np.inf):
            self.found = self.here
        self.loss.append(whole)
        if not loss < max(4 * self.lowest, 10 * GOOD):
            self._take_back()
            return
        if loss < self.lowest:
            self.lowest, self.best = loss, self.here
        self.stride = min(1.0, self.stride * 1.1)
        due = FIRST_WINDOW + (LAST_WINDOW - FIRST_WINDOW) * min(1.0, spent / ALL_IN_VIEW)
        if not self.full and (loss < GOOD or self.window < due):
            self.window = min(max(self.window + WINDOW_GROWTH, due), LAST_WINDOW)
            self.lowest = np.inf
        update, self.memory = self.update(gradient, self.memory)
        size = self.stride * max(1.0 - spent, 0.05)
        self.here = jax.tree.map(lambda value, change: value + size * change, self.here, update)

    def _take_back(self) -> None:
        """Return to the best values, forget the momentum that led away, and move more carefully."""
        self.here = self.best
        self.memory = self.optimizer.init(self.best)
        self.stride *= 0.4


def _compile(experiment: Experiment, transform: ParamTransform, hidden: Params, start: Params) -> Callable[..., Any]:
    """Compiled: unbounded parameters and a window [ms] give ((loss, loss of the whole target), gradient)."""

    def voltages(params: Params) -> Float[Array, "recording time"]:
        return integrate(experiment.cell, params=params, delta_t=DELTA_T, t_max=FIT_DURATION)

    target = voltages(hidden)
    times = DELTA_T * jnp.arange(target.shape[1])

    def loss(unbounded: Params, window: Float[Array, ""]) -> tuple[Array, Array]:
        squared = (voltages(transform.forward(unbounded)) - target) ** 2
        weight = jax.nn.sigmoid((window - times) / WINDOW_EDGE)
        return (weight * squared).mean() / weight.mean(), squared.mean()

    return jax.jit(jax.value_and_grad(loss, has_aux=True)).lower(start, FIRST_WINDOW).compile()
