"""What a user sees who passes something of the wrong type to `integrate`: run by `test_wrong_types`."""

import re
from collections.abc import Callable

import jax
import pytest

from dendrax.errors import DendraxError, ModelTypeError, ModelValueError
from dendrax.integrate import build_init_and_step_fn, integrate
from dendrax.modules.cell import Cell

cell = Cell()
cell.record("v", verbose=False)
init_fn, step_fn = build_init_and_step_fn(cell)

CASES: list[tuple[Callable[[], object], type[Exception], str]] = [
    (lambda: integrate(3, t_max=1.0), ModelTypeError, "not int"),
    (lambda: build_init_and_step_fn(Cell), ModelTypeError, "not type"),
    (lambda: integrate(cell, t_max="long"), ModelTypeError, "t_max must be a number [ms], not 'long'"),
    (lambda: integrate(cell, t_max=1.0, delta_t=None), ModelTypeError, "delta_t must be a number [ms], not None"),
    (lambda: integrate(cell, t_max=1.0, solver=["bwd_euler"]), ModelValueError, "solver=['bwd_euler'] is not known"),
    (lambda: integrate(cell, t_max=1.0, checkpoint_lengths=[2.5, 40]), ModelValueError, "checkpoint_lengths"),
    (lambda: integrate(cell, t_max=1.0, checkpoint_lengths=40), ModelValueError, "checkpoint_lengths"),
    (lambda: integrate(cell, t_max=1.0, all_states=[1.0]), ModelTypeError, "not list"),
    (lambda: init_fn([], all_states=3), ModelTypeError, "not int"),
    (lambda: jax.jit(lambda t: integrate(cell, t_max=t))(1.0), ModelTypeError, "must be known when compiling"),
]


def main() -> None:
    """Go through the cases."""
    for call, error, text in CASES:
        with pytest.raises(error, match=re.escape(text)) as caught:
            call()
        assert isinstance(caught.value, DendraxError)


if __name__ == "__main__":
    main()
