"""The arguments of many runs: which of their arrays are batched, by the number of their axes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from dendrax.engine.events.heard import QUEUE
from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.modules import source_data

AXES = {"params": 1, "data_stimuli": 2, "data_clamps": 2, "all_states": 1, "param_state": 1, "key": 0}
"""How many axes the arrays of each argument have in a single run."""


@dataclass(frozen=True)
class Runs:
    """What many runs get, or, with the values of one run, what `integrate` takes.

    Attributes:
        params: As in `integrate`.
        data_stimuli: As in `integrate`.
        data_clamps: As in `integrate`.
        all_states: As in `integrate`.
        param_state: As in `integrate`.
        key: As in `integrate`.
        n: Number of runs.
    """

    params: Any
    data_stimuli: Any
    data_clamps: Any
    all_states: Any
    param_state: Any
    key: Any = None
    n: int = 0

    @property
    def values(self) -> dict[str, list[Any]]:
        """The arrays of each argument, in order."""
        return {name: values_of(name, getattr(self, name)) for name in AXES}

    def of(self, numbers: np.ndarray) -> dict[str, list[Any]]:
        """The batched arrays of some runs; None for arrays that are not batched."""
        return {
            name: [
                leaf[numbers] if np.ndim(leaf) > n else None
                for leaf, n in zip(leaves, axes_of(name, getattr(self, name)), strict=True)
            ]
            for name, leaves in self.values.items()
        }

    def with_values(self, values: dict[str, list[Any]]) -> Runs:
        """With these in place of the batched arrays."""
        return replace(
            self,
            **{
                name: _with(
                    name,
                    getattr(self, name),
                    [old if new is None else new for old, new in zip(self.values[name], leaves, strict=True)],
                )
                for name, leaves in values.items()
            },
        )


def gathered(**arguments: Any) -> Runs:
    """The arguments of many runs, lists of runs stacked, all checked.

    Raises:
        ModelTypeError: An argument is nothing that `integrate` takes.
        ValueShapeError: Arrays with too many or too few axes, or different numbers of runs.
        ModelValueError: Nothing is batched.
    """
    stacked = {name: _stacked(name, given) for name, given in arguments.items()}
    stacked["params"] = [] if stacked["params"] is None else stacked["params"]
    sizes: dict[str, int] = {}
    for name, given in stacked.items():
        for leaf, axes in zip(values_of(name, given), axes_of(name, given), strict=True):
            extra = np.ndim(leaf) - axes
            if extra not in (0, 1):
                raise ValueShapeError(
                    f"integrate_many: an array of {name} has shape {np.shape(leaf)}. For a single run it has "
                    f"{axes} {'axis' if axes == 1 else 'axes'}; for many runs one more, the first."
                )
            if extra:
                sizes.setdefault(name, np.shape(leaf)[0])
                if np.shape(leaf)[0] != next(iter(sizes.values())):
                    raise ValueShapeError(
                        f"integrate_many: {name} are for {np.shape(leaf)[0]} runs, but {next(iter(sizes))} for "
                        f"{next(iter(sizes.values()))}. Give all of them the same number."
                    )
    n = next(iter(sizes.values()), 0)
    if not n:
        raise ModelValueError(
            "integrate_many: nothing is given for many runs. Pass params, data_stimuli, data_clamps, all_states or "
            "param_state as a list with one entry per run, or with arrays that have one more axis than `integrate` "
            "takes, the first one. For a single run there is `integrate`."
        )
    return Runs(**stacked, n=n)


def axes_of(name: str, given: Any) -> list[int]:
    """The number of axes of each array of an argument in a single run; the queue of events and data have two."""
    if name == "all_states" and given is not None:
        return [2 if key == QUEUE else 1 for key in sorted(given)]
    if name == "param_state" and given is not None:
        return [entry.get(source_data.AXES, AXES[name]) for entry in given]
    return [AXES[name]] * len(values_of(name, given))


def values_of(name: str, given: Any) -> list[Any]:
    """The arrays of an argument."""
    if given is None:
        return []
    if name in ("data_stimuli", "data_clamps"):
        return [one for one in given[1] if not callable(one)]  # a function of time is the same in all runs
    if name == "param_state":
        return [entry["val"] for entry in given]
    return jax.tree.leaves(given)


def _with(name: str, given: Any, values: list[Any]) -> Any:
    """An argument with other arrays."""
    if given is None:
        return None
    if name in ("data_stimuli", "data_clamps"):
        left = iter(values)
        return given[0], [one if callable(one) else next(left) for one in given[1]], given[2]
    if name == "param_state":
        return [{**entry, "val": value} for entry, value in zip(given, values, strict=True)]
    return jax.tree.unflatten(jax.tree.structure(given), values)


def _stacked(name: str, given: Any) -> Any:
    """A list of runs as one argument with batched arrays; anything else as it is."""
    kinds: dict[str, Callable[[Any], bool]] = {
        "params": _is_list_of_dicts,
        "param_state": _is_list_of_dicts,
        "data_stimuli": _is_data,
        "data_clamps": _is_data,
        "all_states": lambda one: isinstance(one, dict),
        "key": lambda one: hasattr(one, "dtype"),
    }
    is_one = kinds[name]
    if given is None or is_one(given):
        return given
    if not isinstance(given, (list, tuple)) or not given or not all(is_one(run) for run in given):
        raise ModelTypeError(
            f"integrate_many: {name} must be what `integrate` takes, or a list of that with one entry per run, but is "
            f"{type(given).__name__}."
        )
    first, arrays = given[0], [values_of(name, run) for run in given]
    for k, run in enumerate(given):
        if _form(name, run) != _form(name, first):
            raise ValueShapeError(
                f"integrate_many: {name} of run {k} are for other names, places or shapes than those of run 0."
            )
    return _with(
        name, first, [np.stack([np.asanyarray(one) for one in leaves]) for leaves in zip(*arrays, strict=True)]
    )


def _form(name: str, given: Any) -> tuple[Any, ...]:
    """All of an argument but its values."""
    shapes = tuple(np.shape(leaf) for leaf in values_of(name, given))
    if name in ("data_stimuli", "data_clamps"):
        functions = tuple(one for one in given[1] if callable(one))
        return (shapes, functions, tuple(given[0]), tuple(tuple(np.ravel(rows)) for rows in given[2]))
    if name == "param_state":
        return (shapes, tuple((entry["key"], tuple(np.ravel(entry["indices"]))) for entry in given))
    return (shapes, jax.tree.structure(given))


def _is_list_of_dicts(given: Any) -> bool:
    return isinstance(given, (list, tuple)) and all(isinstance(one, dict) for one in given)


def _is_data(given: Any) -> bool:
    return (
        isinstance(given, (list, tuple))
        and len(given) == 3
        and isinstance(given[0], (list, tuple))
        and all(isinstance(key, str) for key in given[0])
    )
