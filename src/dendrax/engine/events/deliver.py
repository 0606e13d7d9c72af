"""Delivery: it adds the arrivals of the spikes of an epoch to the queue, as a primitive of JAX.

A spike of source s at time x [steps since the epoch began] arrives over each connection c of s at x + d_c. Its weight
is added to the queue, whose row j holds the arrivals at each port at the beginning of step j. In "grid" mode the whole
weight goes to the nearest step; otherwise it is split by the fraction p of a step by which the event is late,

    queue[j, port] += (1 - p) w,  queue[j + 1, port] += p w,      j = floor(x + d), p = x + d - j,

which is continuous in x and d and so has a derivative by them. Events of plastic connections are not shared out: the
weight arrives in row j, and p w in the same row, `shift` ports further. The work is proportional to the spikes. Sums
have a fixed order (step by step, trains before detectors, source by source), so that they give the same bits at any
length of an epoch.

The derivative of the queue by weights and times is again `deliver`; its transpose is a second primitive, `collect`:

    deliver(queue, w', x'; w, x)[j, port] += the derivative of the above in the direction (w', x')
    collect(queue, x'; w, x) = by w, by d, by x, and the derivative of the first of these in the direction x'

Each is linear in some of its operands. Derivatives and transposes of both are combinations of both.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float, Int

from dendrax.engine.events import native
from dendrax.engine.events.rules import gather, spread


class Spikes(NamedTuple):
    """The spikes of an epoch and their connections.

    Attributes:
        crossing: For each step and detector, the fraction of the step before the spike; below 0 without a spike.
        amount: How much of a spike each crossing is, see `heard.NEARLY`; without entries where each is a whole one.
        train: Times of the spikes of artificial sources, in order [steps since the run began]. (spike,)
        source: Their sources. (spike,)
        bounds: The first train spike in each step of the epoch, and the first after it. (step + 1,)
        origin: When the epoch began [steps since the run began].
        base: The row of the queue for the first step of the epoch.
        first: The first connection of each source, and the number of all.
        target: The port of each connection.
    """

    crossing: Float[Array, "step detector"]
    amount: Float[Array, "step _"]
    train: Float[Array, " spike"]
    source: Int[Array, " spike"]
    bounds: Int[Array, " bound"]
    origin: Int[Array, ""]
    base: Int[Array, ""]
    first: Int[Array, " source"]
    target: Int[Array, " connection"]


def deliver(
    queue: Float[Array, "slot port"],
    weight: Float[Array, " connection"],
    delay: Float[Array, " connection"],
    spikes: Spikes,
    *,
    grid: bool,
    shift: int | None = None,
) -> Float[Array, "slot port"]:
    """`queue` plus the arrivals of `spikes`; its rows go round.

    Args:
        queue: The arrivals at each port in each of the next steps.
        weight: Weight of each connection.
        delay: Delay of each connection [steps].
        spikes: The spikes of the epoch.
        grid: Whether spikes are at the end of their step and arrive at the nearest step.
        shift: Distance of the second port of plastic connections, see above.
    """
    known = (delay, spikes.crossing, spikes.train, spikes.amount, *spikes[3:])
    # With `moving=False` the rules read neither the directions nor the second weight: any array will do.
    return _deliver.bind(queue, weight, *known[:4], weight, *known, grid=grid, shift=shift, moving=False)


_deliver, _collect = Primitive("dendrax_deliver"), Primitive("dendrax_collect")
_collect.multiple_results = True


# -- Shapes, derivatives, transposes and batches ----------------------------------------------------------------------


@_deliver.def_abstract_eval
def _(queue: Any, *_: Any, **__: Any) -> Any:
    return queue.update(weak_type=False)


@_collect.def_abstract_eval
def _(queue: Any, *operands: Any, moving: bool, **__: Any) -> Any:
    del queue
    weight, *times = operands[4:9]
    moved = weight if moving else weight.update(shape=(0,))
    return [one.update(weak_type=False) for one in (weight, *times, moved)]


def _jvp_of_deliver(values: Any, tangents: Any, *, moving: bool, **how: Any) -> tuple[Any, Any]:
    out = _deliver.bind(*values, **how, moving=moving)
    queue, d_weight, *directions = values[:6]
    weight, known = values[6], values[7:]
    if not (moving or _any(tangents[7:11])):
        moved = [ad.instantiate_zeros(one) for one in tangents[:2]]
        return out, _deliver.bind(*moved, *directions, weight, *known, **how, moving=False)
    moved = [ad.instantiate_zeros(one) for one in tangents[:11]]
    if not moving:  # the sum is linear in the weight, and so is its change with times
        return out, _deliver.bind(*moved[:2], *moved[7:], d_weight, *known, **how, moving=True)
    still = [jnp.zeros_like(queue), jnp.zeros_like(d_weight)]
    change = _deliver.bind(*moved[:6], weight, *known, **how, moving=True)
    if _any(tangents[7:11]):
        change = change + _deliver.bind(*still, *moved[7:], d_weight, *known, **how, moving=True)
    if _any(tangents[6:7]):
        change = change + _deliver.bind(*still, *directions, moved[6], *known, **how, moving=True)
    return out, change


def _jvp_of_collect(values: Any, tangents: Any, *, moving: bool, **how: Any) -> tuple[Any, Any]:
    out = _collect.bind(*values, **how, moving=moving)
    queue, directions, weight, known = values[0], values[1:5], values[5], values[6:]
    moved = [ad.instantiate_zeros(one) for one in tangents[:10]]
    by = _collect.bind(moved[0], *directions, weight, *known, **how, moving=moving)
    if _any(tangents[6:10]):
        by[0] = by[0] + _collect.bind(queue, *moved[6:], weight, *known, **how, moving=True)[5]
    if _any(tangents[5:6]):
        more = _collect.bind(queue, *directions, moved[5], *known, **how, moving=False)
        by[1:5] = [one + other for one, other in zip(by[1:5], more[1:5], strict=True)]
    if moving and _any(tangents[1:5]):
        by[5] = by[5] + _collect.bind(queue, *moved[1:5], weight, *known, **how, moving=True)[5]
    return out, by


def _any(tangents: Any) -> bool:
    return any(type(one) is not ad.Zero for one in tangents)


def _transpose_of_deliver(ct: Any, *values: Any, moving: bool, **how: Any) -> list[Any]:
    del moving
    if type(ct) is ad.Zero:
        return [None] * len(values)
    directions, weight, known = values[2:6], values[6], values[7:]
    if ad.is_undefined_primal(weight):  # linear in it, in given directions
        found = _collect.bind(ct, *directions, _zeros(weight), *known, **how, moving=True)
        return [*[None] * 6, found[5], *[None] * len(known)]
    by = [ct, *_collect.bind(ct, *known[:4], weight, *known, **how, moving=False)]
    given = [one if ad.is_undefined_primal(value) else None for one, value in zip(by, values[:6], strict=False)]
    return [*given, None, *[None] * len(known)]


def _transpose_of_collect(cts: Any, *values: Any, moving: bool, **how: Any) -> list[Any]:
    queue, directions, weight, known = values[0], values[1:5], values[5], values[6:]
    for_weight, *for_times, for_moved = map(ad.instantiate_zeros, cts)
    rest = [None] * len(known)
    if ad.is_undefined_primal(weight):
        return [None] * 5 + [_collect.bind(queue, *for_times, for_weight, *known, **how, moving=True)[5], *rest]
    if ad.is_undefined_primal(queue):
        total = _deliver.bind(_zeros(queue), for_weight, *for_times, weight, *known, **how, moving=True)
        if moving:
            total = _deliver.bind(total, _zeros(for_weight), *directions, for_moved, *known, **how, moving=True)
        return [total, *[None] * 5, *rest]
    return [None, *_collect.bind(queue, *known[:4], for_moved, *known, **how, moving=False)[1:5], None, *rest]


def _zeros(like: Any) -> Array:
    shaped = like.aval if ad.is_undefined_primal(like) else like
    return jnp.zeros(shaped.shape, shaped.dtype)


def _batched(primitive: Primitive, values: Any, dims: Any, **params: Any) -> tuple[Any, Any]:
    """Computes one run after the other, because the work of each depends on its spikes."""
    moved = [one if dim is None else jnp.moveaxis(one, dim, 0) for one, dim in zip(values, dims, strict=True)]

    def one(batched: Any) -> Any:
        left = iter(batched)
        return primitive.bind(
            *(one if dim is None else next(left) for one, dim in zip(moved, dims, strict=True)), **params
        )

    out = lax.map(one, [one for one, dim in zip(moved, dims, strict=True) if dim is not None])
    return out, [0] * len(out) if primitive.multiple_results else 0


def _teach(primitive: Primitive, task: str, rule: Any, jvp: Any, transpose: Any) -> None:
    several = primitive.multiple_results
    primitive.def_impl(partial(jax.jit, static_argnames=("grid", "shift", "moving"))(primitive.bind))
    mlir.register_lowering(primitive, mlir.lower_fun(rule, multiple_results=several))
    mlir.register_lowering(primitive, mlir.lower_fun(native.or_else(task, rule), multiple_results=several), "cpu")
    ad.primitive_jvps[primitive], ad.primitive_transposes[primitive] = jvp, transpose
    batching.primitive_batchers[primitive] = partial(_batched, primitive)


_teach(_deliver, "deliver", spread, _jvp_of_deliver, _transpose_of_deliver)
_teach(_collect, "collect", gather, _jvp_of_collect, _transpose_of_collect)
