"""Search by evolution: explore widely, without gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from dendrax import arguments
from dendrax.optimize import door
from dendrax.optimize.evolution import Found, Search
from dendrax.optimize.loop import checked_loop, run
from dendrax.optimize.random_numbers import generator, numbers_of
from dendrax.optimize.strategies import strategy_of
from dendrax.running.allowance import checked_memory


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        params: The parameters with the lowest loss.
        lowest: That loss.
        elite: The best parameters found, the best first; arrays have a first axis that counts them.
        loss: Of every member of every generation. (generation, member)
        evaluations: How often the loss was evaluated.
        reason: "generations" (all are done), "converged" or "interrupted" (Ctrl-C).
        seconds: How long it took, compilation and the time before a resumption included [s].
        resumed_at: The generation at which this call went on from a checkpoint, if it did.
    """

    params: Any
    lowest: float
    elite: Any = field(repr=False)
    loss: np.ndarray = field(repr=False)
    evaluations: int
    reason: str
    seconds: float
    resumed_at: int | None = None


def search(
    loss: Callable[..., Any],
    params: Any,
    *,
    generations: int,
    transform: Any = None,
    method: str = "cma",
    population: int | None = None,
    spread: float = 1.0,
    narrowest: float = 1e-6,
    elite: int = 1,
    key: Any = None,
    devices: int | Sequence[Any] | None = None,
    memory: float | str | None = None,
    progress: bool = True,
    checkpoint: str | PathLike[str] | None = None,
    every: int = 10,
    resume: bool = False,
) -> SearchResult:
    """Look for low losses far from where one begins, without gradients.

    A generation is one program on all devices, so many members at a time as fit into memory. Members with a loss that
    is not finite count as the worst. Ctrl-C returns what there is.

    Args:
        loss: `loss(params)` as in `fit`; it need not be smooth.
        params: Where to begin, as in `fit`.
        generations: How many to make.
        transform: As in `fit`; the search is on the unbounded side.
        method: "cma" for CMA-ES by the package `cma`, which learns how parameters make up for each other; "separable"
            for one variance per parameter, which needs no other package and is for hundreds of parameters or more.
        population: Members of a generation; None: 4 + 3 log(number of parameters).
        spread: Standard deviation of the first generation on the unbounded side. 1 is much of the range of a sigmoid.
        narrowest: The search has converged when no parameter varies more than that on the unbounded side.
        elite: How many of the best parameters to keep.
        key: A whole number or a random key of JAX. None is 0.
        devices: How many devices to use, or which; None: all of this machine.
        memory: What a generation may take on all devices together, bytes or text such as "8 GB". None: half of what
            they have.
        progress: Whether to show a bar.
        checkpoint: As in `fit`: a folder for checkpoints.
        every: Generations from one checkpoint to the next.
        resume: As in `fit`: go on from the last checkpoint in that folder, to the same bits.

    Returns:
        The best parameters and the history.

    Raises:
        MissingExtraError: "cma" needs the package: `pip install 'dendrax[train]'`.
        MemoryBudgetError: Not even one member per device fits.
        CheckpointError: All checkpoints are damaged, or they are of another search.
        ModelValueError: The loss of no member of the first generation is finite; an argument that cannot be.
        UnknownNameError: No such method.
        DendraxError: What `fit` raises about loss, parameters and transform.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> def loss(params):  # many minima; the deepest is at 0
        ...     return jnp.sum(params[0]["x"] ** 2 + 2 * (1 - jnp.cos(2 * jnp.pi * params[0]["x"])))
        >>> found = jx.optimize.search(
        ...     loss, [{"x": jnp.array([3.0, -2.0])}], generations=60, method="separable", population=20, spread=2.0,
        ...     progress=False,
        ... )
        >>> found.lowest < 1e-3
        True
    """
    loop = checked_loop("search", generations, progress, checkpoint, every, resume, unit="generation")
    arguments.whole("search: elite", elite)
    if population is not None:
        arguments.whole("search: population", population, 4)
    spread, narrowest = arguments.positive("search: spread", spread), arguments.real("search: narrowest", narrowest)
    budget = checked_memory(memory)
    unbounded, forward = prepared = door.prepared(params, transform)
    has_aux, _ = door.checked_loss(loss, prepared, (), many=False)
    start, unravel = ravel_pytree(unbounded)
    strategy = strategy_of(method, np.asarray(start, float), spread, population, generator(key))
    from dendrax.optimize.side_by_side import SideBySide  # noqa: PLC0415 - loads optax

    def of_vector(vector: Any) -> Any:
        value = loss(forward(unravel(vector)))
        return value[0] if has_aux else value

    evaluate = SideBySide(strategy.population, devices, budget).evaluated(of_vector)
    follows_from = {"method": method, "spread": spread, "key": numbers_of(key).tolist()}
    process = Search(strategy, evaluate, Found.nothing(elite, start), narrowest, follows_from)
    course = run(process, loop)
    found = process.found
    if not found.losses.size:  # interrupted before there was anything
        raise KeyboardInterrupt
    best = jax.tree.map(jnp.asarray, jax.vmap(unravel)(jnp.asarray(found.points)))
    return SearchResult(
        params=forward(jax.tree.map(lambda leaf: leaf[0], best)),
        lowest=float(found.losses[0]),
        elite=jax.vmap(forward)(best),
        loss=np.asarray(found.history),
        evaluations=len(found.history) * strategy.population,
        reason=course.reason,
        seconds=course.seconds,
        resumed_at=course.resumed_at,
    )
