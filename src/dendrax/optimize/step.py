"""One step of training, compiled once: the loss, its gradient, the optimiser, and who stops.

A step that is not finite moves nothing. A fit that has ended stays as it is, so that many fits side by side can end one
by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from dendrax.optimize.by_type import l2_norm
from dendrax.optimize.leaves import all_finite, first_bad, like, strong, where

GOES_ON, PLATEAU, NOT_FINITE = 0, 1, 2


class FitState(NamedTuple):
    """Everything that changes from step to step; arrays only."""

    params: Any  # unbounded parameters
    optimizer: Any  # state of the optimiser
    best: Any  # parameters with the lowest loss, averaged over an epoch
    lowest: Float[Array, ...]  # that loss; infinite before the first epoch is over
    total: Float[Array, ...]  # sum of the losses of the present epoch
    counted: Int[Array, ...]  # how many these are
    reference: Float[Array, ...]  # the loss that has to be undercut
    waited: Int[Array, ...]  # epochs since it was
    ended: Int[Array, ...]  # why the fit has ended, or that it goes on


class Report(NamedTuple):
    """Loss and gradient of a step."""

    loss: Float[Array, ...]  # before the step
    gradient_norm: Float[Array, ...]  # Euclidean length of the gradient by the unbounded parameters
    aux: Any  # the second result of the loss
    bad_gradient: Int[Array, ...]  # for every array of parameters, where its gradient is not finite, or -1
    bad_params: Int[Array, ...]  # where the parameters after the step would not be


@dataclass(frozen=True)
class Objective:
    """The loss as a function of unbounded parameters."""

    loss: Callable[..., Any]
    forward: Callable[[Any], Any]
    has_aux: bool
    dtype: Any

    def __call__(self, unbounded: Any, *batch: Any) -> tuple[Float[Array, ""], Any]:
        """The loss, and what else it returned."""
        value = self.loss(self.forward(unbounded), *batch)
        value, aux = value if self.has_aux else (value, None)
        return jnp.asarray(value), aux


@dataclass(frozen=True)
class Rule:
    """How a fit moves, and when it stops."""

    objective: Objective  # the loss
    optimizer: optax.GradientTransformationExtraArgs  # of optax, with normalising and clipping before it
    patience: int | None  # epochs without progress after which it ends; None: never
    tolerance: float  # progress is a loss that is lower by this share of it
    check: bool  # whether the first loss or gradient that is not finite ends it; otherwise that step is left out

    def begin(self, unbounded: Any) -> FitState:
        """The state before the first step."""
        zero = jnp.zeros((), self.objective.dtype)
        none = jnp.zeros((), jnp.int32)
        optimizer = strong(self.optimizer.init(unbounded))
        return FitState(unbounded, optimizer, unbounded, zero + jnp.inf, zero, none, zero + jnp.inf, none, none)

    def step(self, state: FitState, batch: tuple[Any, ...], ends_epoch: Bool[Array, ""]) -> tuple[FitState, Report]:
        """The state after one step."""
        (loss, aux), gradient = jax.value_and_grad(self.objective, has_aux=True)(state.params, *batch)
        with jax.numpy_dtype_promotion("standard"):  # optax counts on it
            updates, optimizer = self.optimizer.update(
                gradient,
                state.optimizer,
                state.params,
                value=loss,
                grad=gradient,
                value_fn=lambda params: self.objective(params, *batch)[0],
            )
            moved = like(optax.apply_updates(state.params, updates), state.params)
        finite = jnp.isfinite(loss) & all_finite(gradient) & all_finite(moved)
        goes_on = state.ended == GOES_ON
        after = self._judged(state, loss, finite, ends_epoch)._replace(
            params=where(finite, moved, state.params),
            optimizer=where(finite, like(optimizer, state.optimizer), state.optimizer),
        )
        report = Report(loss, l2_norm(gradient), aux, first_bad(gradient), first_bad(moved))
        return where(goes_on, after, state), report

    def _judged(
        self, state: FitState, loss: Float[Array, ""], finite: Bool[Array, ""], ends_epoch: Bool[Array, ""]
    ) -> FitState:
        """The state with this loss taken into account: is it the best, is there progress?"""
        counts = jnp.isfinite(loss)
        total = state.total + jnp.where(counts, loss, 0)
        counted = state.counted + counts.astype(jnp.int32)
        mean = total / jnp.maximum(counted, 1).astype(loss.dtype)
        score = jnp.where(ends_epoch & (counted > 0), mean, jnp.inf).astype(loss.dtype)
        better = score < state.lowest
        # Infinity less a share of it would be NaN.
        margin = jnp.where(jnp.isinf(state.reference), 0, self.tolerance * jnp.abs(state.reference))
        progress = score < state.reference - margin
        waited = jnp.where(progress, 0, state.waited + ends_epoch.astype(jnp.int32)).astype(jnp.int32)
        judged = state._replace(
            best=where(better, state.params, state.best),
            lowest=jnp.where(better, score, state.lowest),
            total=jnp.where(ends_epoch, 0, total).astype(loss.dtype),
            counted=jnp.where(ends_epoch, 0, counted),
            reference=jnp.where(progress, score, state.reference),
            waited=waited,
        )
        ended = self.verdict(waited, ~finite)
        return judged._replace(ended=ended)

    def judging_anew(self, state: FitState) -> FitState:
        """The state as if no loss had been seen."""
        zero, none = jnp.zeros_like(state.lowest), jnp.zeros_like(state.waited)
        return state._replace(
            best=state.params, lowest=zero + jnp.inf, total=zero, counted=none, reference=zero + jnp.inf, waited=none
        )

    def verdict(self, waited: Int[Array, ...], broke: Bool[Array, ...]) -> Int[Array, ...]:
        """Whether a fit ends."""
        plateau = waited >= self.patience if self.patience is not None else jnp.zeros_like(broke)
        ended = jnp.where(plateau, PLATEAU, GOES_ON)
        return jnp.where(broke & self.check, NOT_FINITE, ended).astype(jnp.int32)
