"""Pumps and diffusion against closed forms, matrices written down, and conservation of mass."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.engine.solvers.sequential import Sequential
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.steppers.crank_nicolson import CrankNicolson
from dendrax.engine.steppers.exp_euler import ExponentialEuler
from dendrax.engine.steppers.fwd_euler import ForwardEuler
from dendrax.engine.system import Override
from dendrax.errors import MechanismError
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.pump import Pump

STEPPERS = [BackwardEuler(), CrankNicolson(), ForwardEuler(), ExponentialEuler()]
some_steppers = pytest.mark.parametrize(
    "stepper",
    [*STEPPERS[::3], *(pytest.param(one, marks=pytest.mark.slow) for one in STEPPERS[1:3])],
    ids=lambda one: type(one).__name__,
)
DT = 0.025


class Scripted(Pump):
    """A pump whose equations are given as functions; its ion is "ca"."""

    drives = ()

    def __init__(self, name="pump", current=None, update=None, own=None, params=None, ion="ca", ca=1.0):
        super().__init__(name)
        self.channel_params, self.channel_states = params or {}, {ion: ca} | (own or {})
        self.ion_name, self.current_name = ion, f"i_{name}"
        self.current = current or (lambda states, c, params: 0.0)
        self.update = update or (lambda states, dt, v, params: {})

    def update_states(self, states, dt, v, params):
        return self.update(states, dt, v, params)

    def compute_current(self, states, ion_conc, params):
        return self.current(states, ion_conc, params)


def decay(tau=5.0, rest=0.1, **more):
    """Towards `rest` with time constant `tau`."""
    return Scripted(
        current=lambda s, c, p: (c - p["pump_rest"]) / p["pump_tau"],
        params={"pump_tau": tau, "pump_rest": rest},
        **more,
    )


class Counting(Channel):
    """A current that grows by one each step."""

    def __init__(self):
        self.current_is_in_mA_per_cm2 = True
        super().__init__()
        self.channel_params, self.channel_states, self.current_name = {"e_x": 7.0}, {"k": 1.0}, "i_X"

    def update_states(self, states, dt, v, params):
        return {"k": states["k"] + 1.0}

    def compute_current(self, states, v, params):
        return states["k"]


def diffusion_matrix(system, d):
    """Volume times rate of change of the concentration is minus this matrix times it, between compartments alone."""
    p, parent, n = system.params, np.asarray(system.cable.parent), system.cable.n_comp
    d = np.broadcast_to(d, (n,))
    out = np.zeros((len(parent), len(parent)))
    for i, j in enumerate(parent):
        if j < 0:
            continue
        resistance = (p["resistive_load_in"][i] / d[i] if i < n else 0) + (
            p["resistive_load_out"][j] / d[j] if j < n else 0
        )
        out[[i, j], [i, j]] += 1 / resistance
        out[i, j] -= 1 / resistance
        out[j, i] -= 1 / resistance
    return out[:n, :n] - out[:n, n:] @ np.linalg.solve(out[n:, n:], out[n:, :n]) if len(out) > n else out


@some_steppers
def test_a_pump_takes_backward_euler_steps_in_its_compartments(by_hand, stepper):
    system = by_hand.cable(5, pumps=[(decay(), [1, 3])])
    kept = by_hand.run(system, {"ca": [1, 3], "i_pump": [1, 0]}, 40, 0.5, stepper)
    expected = 0.1 + 0.9 * (1 + 0.5 / 5.0) ** -np.arange(41.0)
    np.testing.assert_allclose(kept["ca"], np.stack([expected, expected]), rtol=1e-13)
    np.testing.assert_allclose(kept["i_pump"][0, 1:], (expected[:-1] - 0.1) / 5.0, rtol=1e-12)
    np.testing.assert_allclose(kept["i_pump"][0, 0], 0.9 / 5.0, rtol=1e-13)
    np.testing.assert_array_equal(kept["i_pump"][1], 0.0)


def test_pumps_of_one_ion_add_up_and_slopes_are_exact(by_hand):
    square = Scripted("square", lambda s, c, p: 0.3 * c**2)
    source = Scripted("source", lambda s, c, p: -0.2)
    system = by_hand.cable(3, pumps=[(square, None), (source, [1])])
    ca = by_hand.run(system, {"ca": range(3)}, 1, 0.5)["ca"][:, 1]
    rate = np.array([0.3, 0.3 - 0.2, 0.3])
    np.testing.assert_allclose(ca, 1.0 - 0.5 * rate / (1 + 0.5 * 0.6), rtol=1e-14)


def test_pumps_see_the_membrane_currents_of_the_step_before(by_hand):
    """The numbers are what Jaxley 0.14 gives for the same channel and pump."""
    pump = Scripted(
        current=lambda s, c, p: s["i_X"],
        update=lambda s, dt, v, p: {"seen": s["i_X"]},
        own={"i_X": -100.0, "seen": 0.0},
        ca=0.0,
    )
    system = by_hand.cable(1, [(Counting(), None)], pumps=[(pump, None)])
    kept = by_hand.run(system, {"ca": [0], "seen": [0], "i_X": [0], "i_pump": [0]}, 5)
    np.testing.assert_allclose(kept["ca"][0], [0.0, -0.025, -0.075, -0.15, -0.25, -0.375], rtol=1e-13)
    np.testing.assert_array_equal(kept["seen"][0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    np.testing.assert_array_equal(kept["i_X"][0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    np.testing.assert_array_equal(kept["i_pump"][0], [-100.0, 1.0, 2.0, 3.0, 4.0, 5.0])


def test_a_current_name_of_a_channel_may_be_that_of_a_pump(by_hand):
    pump = Scripted(current=lambda s, c, p: 0.5)
    pump.current_name = "i_X"
    kept = by_hand.run(by_hand.cable(2, [(Counting(), None)], pumps=[(pump, [1])]), {"i_X": [0, 1]}, 2)
    np.testing.assert_allclose(kept["i_X"], [[1.0, 2.0, 3.0], [1.5, 2.5, 3.5]])


def test_pumps_advance_after_channels_from_the_same_voltage(by_hand):
    class Reset(Counting):
        def update_states(self, states, dt, v, params):
            return {"v": v + 10.0, "k": 5.0}

    pump = Scripted(update=lambda s, dt, v, p: {"seen": v + s["k"]}, own={"seen": 0.0, "k": 1.0})
    system = by_hand.cable(2, [(Reset(), None)], pumps=[(pump, None)])
    np.testing.assert_allclose(by_hand.run(system, {"seen": [1]}, 1)["seen"][0, 1], -65.0)


def test_a_pump_drives_the_parameter_of_others_where_it_is(by_hand):
    class Open(Counting):
        def update_states(self, states, dt, v, params):
            return {"k": params["e_x"]}

        def compute_current(self, states, v, params):
            return 1e-3 * (v - params["e_x"])

    pump = Scripted(update=lambda s, dt, v, p: {"e_x": s["e_x"] + 1.0}, own={"e_x": -10.0})
    pump.drives = ("e_x",)
    system = by_hand.cable(4, [(Open(), [0, 2, 3])], pumps=[(pump, [1, 2])])
    kept = by_hand.run(system, {"k": [0, 2, 3], "i_X": [0, 2], "v": [0, 2]}, 2)
    np.testing.assert_allclose(kept["k"], [[1.0, 7.0, 7.0], [1.0, -10.0, -9.0], [1.0, 7.0, 7.0]])
    reversal = np.array([[7.0, 7.0], [-9.0, -8.0]])
    np.testing.assert_allclose(kept["i_X"][:, 1:], 1e-3 * (kept["v"][:, :-1] - reversal), rtol=1e-13)


@pytest.mark.parametrize("diffused", [pytest.param((), marks=pytest.mark.slow), ("ca",)], ids=["still", "diffused"])
def test_clamps_of_ions_hold_and_pump_currents_can_be_clamped(by_hand, diffused):
    system = by_hand.cable(4, pumps=[(decay(), None)], diffused=diffused, axial_diffusion_ca=50.0)
    held = np.linspace(2.0, 3.0, 20)
    acting = {"ca": ([1], held), "i_pump": ([2], held)}
    kept = by_hand.run(system, {"ca": [1, 0], "i_pump": [2]}, 20, acting=acting)
    free = by_hand.run(system, {"ca": [1, 0]}, 20)
    np.testing.assert_array_equal(kept["ca"][0], [1.0, *held])
    np.testing.assert_array_equal(kept["i_pump"][0, 1:], held)
    follows = kept["ca"][1, -1] - free["ca"][1, -1]
    assert follows > 0.01 if diffused else follows == 0


@pytest.mark.parametrize("stepper", STEPPERS, ids=lambda one: type(one).__name__)
def test_a_cosine_on_a_uniform_cable_decays_by_the_factor_of_the_method(by_hand, stepper):
    """cos(pi x / L) is a mode between sealed ends, in compartments too: with rate 2 D / h^2 (1 - cos(pi / n))."""
    n, h, d, dt = 20, 5.0, 3.0, 0.5
    system = by_hand.cable(n, diffused=("ca",), radius=1.3, length=h, axial_diffusion_ca=d)
    mode = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    changed = (Override(np.arange(n), jnp.asarray(2.0 + mode), "ca"),)
    ca = by_hand.run(system, {"ca": range(n)}, 30, dt, stepper, overriding=changed)["ca"]
    z = -dt * 2 * d / h**2 * (1 - np.cos(np.pi / n))
    factor = {
        "BackwardEuler": 1 / (1 - z),
        "CrankNicolson": (1 + z / 2) / (1 - z / 2),
        "ForwardEuler": 1 + z,
        "ExponentialEuler": np.exp(z),
    }[type(stepper).__name__]
    np.testing.assert_allclose(ca, 2.0 + mode[:, None] * factor ** np.arange(31), rtol=1e-12)
    if isinstance(stepper, ExponentialEuler):  # exact in time: what is left is second order in h
        continuous = 2.0 + mode * np.exp(-d * (np.pi / (n * h)) ** 2 * 15.0)
        np.testing.assert_allclose(ca[:, -1], continuous, atol=(np.pi / n) ** 2 / 12 * 0.5)


@some_steppers
def test_mass_is_conserved_on_a_tree(by_hand, stepper):
    system = by_hand.tree(diffused=("ca",), axial_diffusion_ca=np.linspace(0.5, 2.0, 9))
    changed = (Override(np.arange(9), jnp.arange(9.0), "ca"),)
    ca = by_hand.run(system, {"ca": range(9)}, 100, 1.0, stepper, overriding=changed)["ca"]
    mass = system.params["volume"] @ ca
    np.testing.assert_allclose(mass, mass[0], rtol=1e-12)
    assert np.ptp(ca[:, -1]) < 7.5


@pytest.mark.parametrize(
    "solver", [pytest.param(None, marks=pytest.mark.slow), Sequential()], ids=["dense", "sequential"]
)
def test_a_step_with_pumps_is_the_solution_of_the_whole_matrix(by_hand, solver):
    d, pumped = np.linspace(0.5, 2.0, 9), np.array([1, 4, 5])
    system = by_hand.tree(
        pumps=[(decay(), pumped)], diffused=("ca", "na"), axial_diffusion_ca=d, axial_diffusion_na=5.0, solver=solver
    )
    before, volume = np.arange(9.0), system.params["volume"]
    changed = tuple(Override(np.arange(9), jnp.asarray(before), ion) for ion in ("ca", "na"))
    kept = by_hand.run(system, {"ca": range(9), "na": range(9)}, 1, 2.0, overriding=changed)
    slope = np.zeros(9)
    slope[pumped] = 1 / 5.0
    matrix = np.diag(volume / 2.0 + volume * slope) + diffusion_matrix(system, d)
    expected = np.linalg.solve(matrix, volume / 2.0 * before + volume * slope * 0.1)
    np.testing.assert_allclose(kept["ca"][:, 1], expected, rtol=1e-12, atol=1e-13)
    other = np.linalg.solve(np.diag(volume / 2.0) + diffusion_matrix(system, 5.0), volume / 2.0 * before)
    np.testing.assert_allclose(kept["na"][:, 1], other, rtol=1e-12, atol=1e-13)


@pytest.mark.slow
def test_gradients_are_those_of_central_differences(by_hand):
    system = by_hand.tree(pumps=[(decay(), [1, 4, 5])], diffused=("ca",), axial_diffusion_ca=2.0, solver=Sequential())
    at = {"axial_diffusion_ca": 2.0 * jnp.ones(9), "ca": jnp.arange(1.0, 10.0), "length": jnp.linspace(10.0, 30.0, 9)}
    pumps = {"pump_tau": jnp.array([5.0, 4.0, 3.0]), "pump_rest": jnp.array([0.1, 0.2, 0.3])}

    @jax.jit
    def loss(values):
        rows = {key: np.arange(9) for key in at} | {key: np.array([1, 4, 5]) for key in pumps}
        changed = tuple(Override(rows[key], value, key) for key, value in values.items())
        return jnp.sum(by_hand.run(system, {"ca": [3, 8]}, 20, 1.0, overriding=changed)["ca"] ** 2)

    gradient = jax.jit(jax.grad(loss))(at | pumps)
    for key, value in (at | pumps).items():
        for k in range(len(value)):
            up, down = (loss(at | pumps | {key: value.at[k].add(sign * 1e-4)}) for sign in (1, -1))
            np.testing.assert_allclose(gradient[key][k], (up - down) / 2e-4, rtol=1e-6, atol=1e-7)


def test_a_pump_that_does_not_declare_its_ion_is_an_error(by_hand):
    pump = Scripted()
    pump.channel_states = {}
    with pytest.raises(MechanismError, match="pump changes 'ca', which it does not declare"):
        by_hand.run(by_hand.cable(2, pumps=[(pump, None)]), {"v": [0]})
