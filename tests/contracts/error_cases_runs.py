"""integrate, many runs and the settings, with every argument replaced by things that nobody should pass."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
from error_cases import nothing
from error_cases_sweep import Call

import dendrax as jx
from dendrax.modules import Branch, Cell


def trained() -> Cell:
    """One compartment that records, with a trained radius, a stimulus and a value for a run."""
    made = Cell(Branch(), parents=[-1])
    made.record("v", verbose=False)
    made.make_trainable("radius", verbose=False)
    return made


def arguments(one: Cell) -> dict[str, Any]:
    """All that `integrate` takes besides what is as it is in `integrate_many`."""
    return {
        "params": one.get_parameters(),
        "param_state": one.data_set("length", 11.0, None),
        "data_stimuli": one.data_stimulate(np.full(4, 0.1)),
        "data_clamps": one.data_clamp("v", np.full(4, -60.0)),
        "all_states": {"v": np.full(1, -65.0)},
        "t_max": 0.1,
        "delta_t": 0.025,
        "solver": "bwd_euler",
        "voltage_solver": "jaxley.dhs",
        "return_states": False,
        "record_every": 1,
    }


def _integrate(one: Any, module: Any = None, **given: Any) -> object:
    return jx.integrate(one if module is None else module, **given)


def _integrate_many(one: Any, **given: Any) -> object:
    return jx.integrate_many(one, **given)


CALLS = [
    Call(
        "integrate",
        trained,
        _integrate,
        lambda one: {**arguments(one), "checkpoint_lengths": [2, 2], "memory": None, "check": False, "progress": False},
    ),
    Call(
        "integrate in chunks",
        trained,
        lambda one, **given: jx.integrate(one, **given, check=True),
        lambda one: {
            name: value for name, value in arguments(one).items() if name in ("t_max", "delta_t", "all_states")
        },
    ),
    Call(
        "integrate, module", nothing, lambda _, module: jx.integrate(module, t_max=0.1), lambda _: {"module": trained()}
    ),
    Call(
        "integrate_many",
        trained,
        _integrate_many,
        lambda one: {
            **arguments(one),
            "params": [{"radius": jnp.ones((2, 1))}],
            "devices": 1,
            "memory": None,
            "progress": False,
        },
    ),
    Call(
        "map_many",
        nothing,
        lambda _, function, batch, **given: jx.map_many(function, batch, **given),
        lambda _: {"function": jnp.sin, "batch": np.ones(2), "devices": 1, "memory": None, "progress": False},
    ),
    # The last one: it holds for all that is compiled afterwards.
    Call(
        "use_wide_vectors",
        nothing,
        lambda _, bits: _refused_or_none(jx.use_wide_vectors, bits),
        lambda _: {"bits": None},
    ),
    Call(
        "use_all_cores",
        nothing,
        lambda _, number: _refused_or_none(jx.use_all_cores, number),
        lambda _: {"number": None},
    ),
    Call(
        "use_compilation_cache",
        nothing,
        lambda _, path: jx.use_compilation_cache(path),
        lambda _: {"path": Path("cache")},
    ),
]


def _refused_or_none(setting: Any, value: Any) -> object:
    """JAX has started in this process, so that all but None is refused."""
    return None if value is None else setting(value)
