"""Gradients of a firing cell for every kind of parameter (figure 4)."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from physics_models import steps, uneven_tree

N_STEPS, DT = 120, 0.05

TRAINED = ("HH_gNa", "HH_gLeak", "HH_eK", "radius", "length", "axial_resistivity", "capacitance", "v", "HH_m", "HH_h")
"""Conductance, reversal, geometry, cable, initial voltage and initial gates."""

KINDS = (*TRAINED, "stimulus", "clamp_v", "clamp_gate", "data_set")


def model() -> Any:
    """A cell that fires, with one value per branch 1, 2, 3 (or whole cell) to train of every kind."""
    cell = uneven_tree()
    stimulus = np.zeros(N_STEPS)
    stimulus[10:40] = 3.0
    cell.branch(0).comp(0).stimulate(stimulus, verbose=False)
    for index in (0, 3, 4, 6):
        cell.branch(index).loc(0.5).record("v", verbose=False)
    for key in TRAINED:
        cell.branch([0, 1, 2]).comp("all").make_trainable(key, verbose=False)
    return cell


def start(cell: Any) -> dict[str, jax.Array]:
    """The point at which gradients are taken, a flat array per kind."""
    point = {key: value for one in cell.get_parameters() for key, value in one.items()}
    others = {"stimulus": [0.8, -0.3], "clamp_v": [-55.0, 8.0], "clamp_gate": [0.2, 0.1], "data_set": [0.03, 0.04]}
    return point | {kind: jnp.asarray(values) for kind, values in others.items()}


def loss_of(cell: Any, dt: float = DT, **kwargs: Any) -> Any:
    """A smooth loss of all kinds at once."""
    ramp = jnp.linspace(0.0, 1.0, N_STEPS)

    def loss(point: dict[str, jax.Array]) -> jax.Array:
        params = [{key: point[key]} for key in TRAINED]
        amplitude, slope = point["stimulus"]
        stimuli = cell.branch(4).comp(1).data_stimulate(amplitude + slope * ramp)
        mean, swing = point["clamp_v"]
        clamps = cell.branch(6).comp(1).data_clamp("v", mean + swing * jnp.sin(6.0 * ramp))
        low, rise = point["clamp_gate"]
        clamps = cell.branch(3).comp(0).data_clamp("HH_n", low + rise * ramp, data_clamps=clamps)
        changes = cell.branch(3).comp([1, 2]).data_set("HH_gK", point["data_set"], None)
        v = steps(
            cell, N_STEPS, dt, params=params, param_state=changes, data_stimuli=stimuli, data_clamps=clamps, **kwargs
        )
        return jnp.mean((v / 50.0) ** 2)

    return loss


@pytest.fixture(scope="module")
def cell() -> Any:
    return model()


@pytest.fixture(scope="module")
def value_and_slopes(cell: Any) -> Callable:
    """The loss and its gradient in reverse mode, in one program."""
    return jax.jit(jax.value_and_grad(loss_of(cell)))


@pytest.fixture(scope="module")
def reverse(cell: Any, value_and_slopes: Callable) -> dict[str, np.ndarray]:
    """Gradient in reverse mode."""
    return {kind: np.asarray(slope) for kind, slope in value_and_slopes(start(cell))[1].items()}


@pytest.fixture(scope="module")
def forward(cell: Any) -> dict[str, np.ndarray]:
    """Gradient in forward mode."""
    return {kind: np.asarray(slope) for kind, slope in jax.jit(jax.jacfwd(loss_of(cell)))(start(cell)).items()}


@pytest.fixture(scope="module")
def differences(cell: Any, value_and_slopes: Callable) -> dict[str, np.ndarray]:
    """Gradient by central differences of fourth order."""
    point = {kind: np.asarray(values) for kind, values in start(cell).items()}

    def slope(kind: str, index: int) -> float:
        step = 1e-4 * max(1.0, abs(point[kind][index])) if kind not in ("HH_gNa", "HH_gLeak") else 1e-6

        def shifted(by: float) -> float:
            values = point[kind].copy()
            values[index] += by * step
            return float(value_and_slopes(point | {kind: values})[0])

        return (8.0 * (shifted(1.0) - shifted(-1.0)) - (shifted(2.0) - shifted(-2.0))) / (12.0 * step)

    return {kind: np.asarray([slope(kind, i) for i in range(values.size)]) for kind, values in point.items()}


def relative(ours: np.ndarray, exact: np.ndarray) -> float:
    """Largest difference, relative to the largest slope of this kind."""
    return float(np.max(np.abs(ours - exact)) / np.max(np.abs(exact)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_reverse_mode_is_forward_mode(holds: Callable, kind: str, reverse: dict, forward: dict) -> None:
    assert np.max(np.abs(reverse[kind])) > 0.0
    off = relative(reverse[kind], forward[kind])
    holds(4, "reverse against forward mode, all kinds of parameters", off, at_most=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_is_the_slope_of_the_loss(holds: Callable, kind: str, reverse: dict, differences: dict) -> None:
    off = relative(reverse[kind], differences[kind])
    holds(4, f"against differences: {kind}", off, at_most=1e-6)


@pytest.mark.slow
def test_checkpoints_change_no_gradient(holds: Callable, cell: Any, reverse: dict) -> None:
    checkpointed = jax.jit(jax.grad(loss_of(cell, checkpoint_lengths=[11, 11])))(start(cell))
    off = max(relative(np.asarray(checkpointed[kind]), plain) for kind, plain in reverse.items())
    holds(4, "checkpointed against plain", off, at_most=1e-12)


@pytest.mark.parametrize(
    ("solver", "dt"),
    [
        ("crank_nicolson", DT),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in (("fwd_euler", 0.01), ("exp_euler", DT))),
    ],
)
@pytest.mark.slow
def test_gradients_of_the_other_steppers(holds: Callable, solver: str, dt: float) -> None:
    """All kinds along one direction against a central difference of fourth order."""
    cell = model()
    both = jax.jit(jax.value_and_grad(loss_of(cell, dt, solver=solver)))
    point = start(cell)
    _, gradient = both(point)
    direction = {kind: values * jnp.cos(1.0 + jnp.arange(values.size)) for kind, values in point.items()}
    along = sum(float(jnp.vdot(gradient[kind], direction[kind])) for kind in point)

    def shifted(by: float) -> float:
        return float(both({kind: point[kind] + by * direction[kind] for kind in point})[0])

    h = 1e-4
    slope = (8.0 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12.0 * h)
    holds(4, "the other steppers along one direction", abs(along - slope) / abs(slope), at_most=1e-6)
