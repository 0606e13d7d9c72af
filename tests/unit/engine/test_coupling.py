"""Gap junctions against matrices written down, closed forms and conservation."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from dendrax.engine.solvers.sequential import Sequential
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.steppers.crank_nicolson import CrankNicolson
from dendrax.engine.steppers.exp_euler import ExponentialEuler
from dendrax.engine.steppers.fwd_euler import ForwardEuler
from dendrax.engine.system import Override
from dendrax.mechanisms.synapse import Synapse

STEPPERS = [BackwardEuler(), CrankNicolson(), ForwardEuler(), ExponentialEuler()]


class Gap(Synapse):
    """A gap junction that has no parameter but its conductance."""

    couples = True

    def __init__(self, g=1e-3, name=None):
        super().__init__(name)
        self.synapse_params, self.synapse_states = {f"{self.name}_g": g}, {}

    def conductance(self, params):
        return params[f"{self.name}_g"]

    def compute_current(self, states, pre_v, post_v, params):
        return self.conductance(params) * (post_v - pre_v)


def capacitance_of(system):
    return system.params["capacitance"] * system.params["area"] * 1e-5  # nF


def gap_laplacian(n, pre, post, g):
    """Written down junction by junction [uS]."""
    out = np.zeros((n, n))
    for i, j, one in zip(pre, post, np.broadcast_to(g, len(pre)), strict=True):
        out[[i, j], [i, j]] += one
        out[i, j] -= one
        out[j, i] -= one
    return out


def rounding(matrix):
    """Largest relative error of a system solved by elimination: Higham (2002), theorem 9.4, times the condition."""
    return 3 * len(matrix) * np.finfo(float).eps * np.linalg.cond(matrix)


def pair(by_hand, g, **more):
    """Two compartments that nothing else joins, without membrane current."""
    return by_hand.make([-1, -1], 2, [], v=[-80.0, -20.0], synapses=[(Gap(g), [0], [1])], **more)


PRE, POST = [0, 4, 8, 2, 7, 7], [5, 0, 1, 8, 3, 3]


def net(by_hand, g=0.02, placed=None, **more):
    """A branched cell with junctions between its branches, two of them side by side."""
    placed = [(by_hand.Passive(g=5e-4), None)] if placed is None else placed
    more = {"v": np.linspace(-80.0, -20.0, 9)} | more
    made = by_hand.tree(placed, synapses=[(Gap(), PRE, POST)], **more)
    return replace(made, params=made.params | {"Gap_g": np.full(6, g)})  # one program for all conductances


@pytest.mark.parametrize(
    "stepper",
    [one if n != 1 else pytest.param(one, marks=pytest.mark.slow) for n, one in enumerate(STEPPERS)],
    ids=lambda one: type(one).__name__,
)
def test_two_compartments_relax_by_the_amplification_factor_of_the_method(by_hand, stepper):
    """The difference decays with the rate g (1/C1 + 1/C2), and the charge stays."""
    system, dt, n_steps = pair(by_hand, 2e-3), 0.1, 40
    c = capacitance_of(system)
    z = -dt * 2e-3 * (1 / c).sum()
    factor = {
        "BackwardEuler": 1 / (1 - z),
        "CrankNicolson": (1 + z / 2) / (1 - z / 2),
        "ForwardEuler": 1 + z,
        "ExponentialEuler": np.exp(z),
    }[type(stepper).__name__]
    v = by_hand.run(system, {"v": [0, 1]}, n_steps, dt, stepper)["v"]
    np.testing.assert_allclose(v[1] - v[0], 60.0 * factor ** np.arange(n_steps + 1), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(c @ v, c @ v[:, 0], rtol=1e-13)


@pytest.mark.parametrize(
    "solver", [pytest.param(None, marks=pytest.mark.slow), Sequential()], ids=["dense", "sequential"]
)
@pytest.mark.parametrize("g", [1e-6, 0.02, 1e2])
def test_a_step_is_the_solution_of_the_whole_matrix(by_hand, g, solver):
    system, dt = net(by_hand, g, solver=solver), 0.1
    c, membrane = capacitance_of(system), 5e-4 * system.params["area"] * 1e-2
    matrix = np.diag(c / dt + membrane) + by_hand.reduced(system) + gap_laplacian(9, PRE, POST, g)
    v = by_hand.run(system, {"v": range(9)}, 1, dt)["v"]
    expected = np.linalg.solve(matrix, c / dt * v[:, 0] + membrane * -70.0)
    np.testing.assert_allclose(v[:, 1], expected, rtol=2 * rounding(matrix))  # of the engine and of the oracle


@pytest.mark.parametrize("dt", [0.025, 1.0, 1e3])
@pytest.mark.parametrize("g", [1e-3, 1.0])
def test_charge_is_conserved_and_nothing_overshoots_at_any_step_and_conductance(by_hand, dt, g):
    system, n_steps = net(by_hand, g, placed=[]), 20
    c = capacitance_of(system)
    v = by_hand.run(system, {"v": range(9)}, n_steps, dt)["v"]
    # A longer step makes charges smaller beside the currents along the cable: the condition grows with both.
    matrix = np.diag(c / dt) + by_hand.reduced(system) + gap_laplacian(9, PRE, POST, g)
    np.testing.assert_allclose(c @ v, c @ v[:, 0], rtol=n_steps * rounding(matrix))
    assert v.min() >= -80.0 - 1e-6
    assert v.max() <= -20.0 + 1e-6


def test_a_short_circuit_is_stable(by_hand):
    v = by_hand.run(net(by_hand, 1e4, placed=[]), {"v": range(9)}, 20, 1.0)["v"]
    assert np.ptp(v[:, -1]) < 1e-3
    assert v.min() >= -80.0
    assert v.max() <= -20.0


@pytest.mark.parametrize(
    ("stepper", "order"), [pytest.param(BackwardEuler(), 1, marks=pytest.mark.slow), (CrankNicolson(), 2)]
)
def test_the_order_of_a_method_is_kept(by_hand, stepper, order):
    system, duration = net(by_hand, length=100.0), 1.0
    c, membrane = capacitance_of(system), 5e-4 * system.params["area"] * 1e-2
    matrix = -(by_hand.reduced(system) + gap_laplacian(9, PRE, POST, 0.02) + np.diag(membrane)) / c[:, None]
    exact = -70.0 + expm(duration * matrix) @ (np.linspace(-80.0, -20.0, 9) + 70.0)
    errors = [  # of one program, which runs on where steps are longer
        np.abs(by_hand.run(system, {"v": range(9)}, 1600, duration / n, stepper)["v"][:, n] - exact).max()
        for n in (400, 800, 1600)
    ]
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), order, atol=0.06)


def test_the_recorded_current_leaves_the_postsynaptic_side(by_hand):
    """It is that at the beginning of the step, like all currents."""
    kept = by_hand.run(pair(by_hand, 2e-3), {"v": [0, 1], "i_Gap": [0]}, 5)
    np.testing.assert_allclose(kept["i_Gap"][0, 1:], 2e-3 * (kept["v"][1] - kept["v"][0])[:-1], rtol=1e-14)
    np.testing.assert_allclose(kept["i_Gap"][0, 0], 2e-3 * 60.0, rtol=1e-14)


def test_two_types_and_two_junctions_side_by_side_add_up(by_hand):
    kept = {"v": range(9)}
    split = by_hand.tree(synapses=[(Gap(0.01, "A"), [0, 0], [5, 5]), (Gap(0.03, "B"), [5], [0])], v=np.arange(9.0))
    joined = by_hand.tree(synapses=[(Gap(0.05), [0], [5])], v=np.arange(9.0))
    np.testing.assert_allclose(by_hand.run(split, kept)["v"], by_hand.run(joined, kept)["v"], rtol=1e-11)


def test_junctions_without_conductance_or_length_change_nothing(by_hand):
    without = by_hand.tree(v=np.arange(9.0))
    idle = by_hand.tree(synapses=[(Gap(0.0), [0, 3], [5, 8]), (Gap(1.0, "Self"), [2], [2])], v=np.arange(9.0))
    kept = {"v": range(9)}
    np.testing.assert_allclose(by_hand.run(idle, kept)["v"], by_hand.run(without, kept)["v"], rtol=1e-13)


def test_a_clamped_side_drives_the_other(by_hand):
    held = np.full(2000, -20.0)
    v = by_hand.run(pair(by_hand, 2e-3), {"v": [0, 1]}, 2000, acting={"v": ([0], held)})["v"]
    np.testing.assert_allclose(v[1, -1], -20.0, atol=1e-6)


@pytest.fixture(scope="module")
def loss_and_gradients(by_hand):
    """A loss of the conductances and a radius, and its gradients in reverse and forward mode."""
    system = net(by_hand, solver=Sequential())

    def loss(g, radius):
        changed = (Override(np.arange(6), g, "Gap_g"), Override(np.array([3]), radius, "radius"))
        v = by_hand.run(system, {"v": [0, 5, 8]}, 8, 0.1, overriding=changed)["v"]
        return jnp.sum((v + 60.0) ** 2)

    return jax.jit(lambda *at: (*jax.value_and_grad(loss, (0, 1))(*at), jax.jacfwd(loss, (0, 1))(*at)))


@pytest.mark.parametrize("g", [0.0, 0.02, 0.2])
def test_gradients_are_those_of_central_differences(loss_and_gradients, g):
    loss = lambda *at: loss_and_gradients(*at)[0]  # noqa: E731
    at, radius = jnp.full(6, g), jnp.array([1.1])
    _, reverse, forward = loss_and_gradients(at, radius)
    small = 1e-5
    of_g = [(loss(at.at[k].add(small), radius) - loss(at.at[k].add(-small), radius)) / (2 * small) for k in range(6)]
    of_radius = (loss(at, radius + small) - loss(at, radius - small)) / (2 * small)
    np.testing.assert_allclose(reverse[0], of_g, rtol=2e-6, atol=1e-3)  # of 1e4, where the differences lose digits
    np.testing.assert_allclose(reverse[1][0], of_radius, rtol=2e-6)
    np.testing.assert_allclose(reverse[0], forward[0], rtol=1e-9)


@pytest.mark.slow
def test_batches_are_the_members(by_hand):
    system = net(by_hand, solver=Sequential())

    def last(g):
        return by_hand.run(system, {"v": [0, 5]}, 5, overriding=(Override(np.arange(6), g, "Gap_g"),))["v"][:, -1]

    batch = jnp.array([0.0, 1e-3, 1.0])[:, None] * jnp.ones(6)
    np.testing.assert_allclose(jax.jit(jax.vmap(last))(batch), jnp.stack([last(g) for g in batch]), rtol=1e-12)


def test_the_program_does_not_grow_with_junctions(by_hand):
    def program(n):
        at = np.arange(n)
        system = by_hand.cable(9, synapses=[(Gap(), at % 9, (at * 7 + 1) % 9)], solver=Sequential())
        return jax.make_jaxpr(lambda s: by_hand.run(s, {"v": [0]}))(system)

    assert by_hand.equations(program(3).jaxpr) == by_hand.equations(program(3000).jaxpr)
