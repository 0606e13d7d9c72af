"""The runs that `benchmarks.oracle` stores, written with the public API alone.

A case is a function without arguments that returns a tree of arrays. `CASES` maps names to cases; `CHANGES` names those
that issue 13 changes on purpose. Durations are short: what is compared is arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

import dendrax as jx
from benchmarks.processes import REPOSITORY
from dendrax import channels, pumps, synapses
from dendrax.integrate import build_init_and_step_fn

if TYPE_CHECKING:
    from collections.abc import Callable

DT = 0.025  # ms
T_MAX = 10.0  # ms
N_STEPS = 401  # of the stimuli, both ends included
STEPPERS = ("bwd_euler", "crank_nicolson", "fwd_euler", "exp_euler")
SOLVERS = ("jaxley.dhs", "jaxley.dhs.cpu", "jaxley.dhs.gpu", "jax.sparse", "dense")  # of trees
TRACED = REPOSITORY.parent / "shared" / "data" / "ca1_n120.swc"

CASES: dict[str, Callable[[], Any]] = {}
CHANGES: set[str] = set()


def case(key: str, changes: bool = False, **given: Any) -> Callable[[Callable], Callable]:
    """Make a case of the function, called with the arguments that are given."""

    def add(function: Callable) -> Callable:
        CASES[key] = lambda: function(**given)
        CHANGES.update({key} if changes else ())
        return function

    return add


def each(key: str, argument: str, values: tuple) -> Callable[[Callable], Callable]:
    """Make a case of the function for each value of an argument."""

    def add(function: Callable) -> Callable:
        for value in values:
            case(key.format(value), **{argument: value})(function)
        return function

    return add


def pulse(amplitude: float = 0.1, dt: float = DT) -> Any:
    """A current that begins at 1 ms and lasts for 5 ms."""
    return jx.step_current(i_delay=1.0, i_dur=5.0, i_amp=amplitude, delta_t=dt, t_max=T_MAX)


def tree(*mechanisms: Any) -> jx.Cell:
    """A cell of five branches of three compartments, unequal in radius and length, stimulated and recorded."""
    cell = jx.Cell([jx.Branch(ncomp=3)] * 5, parents=[-1, 0, 0, 1, 1])
    cell.branch(1).set("radius", 0.5)
    cell.branch(4).set("length", 25.0)
    return made(cell, mechanisms)


def cable(*mechanisms: Any) -> jx.Cell:
    """An unbranched cable of eight compartments."""
    return made(jx.Cell([jx.Branch(ncomp=8)], parents=[-1]), mechanisms)


def single(*mechanisms: Any) -> jx.Cell:
    """A single compartment."""
    return made(jx.Cell(), mechanisms, 0.02)


def made(cell: jx.Cell, mechanisms: tuple, amplitude: float = 0.1) -> jx.Cell:
    """The cell with mechanisms, a stimulus at one end and recordings of all voltages."""
    for mechanism in mechanisms or (channels.HH(),):
        cell.insert(mechanism)
    cell.branch(0).comp(0).stimulate(pulse(amplitude), verbose=False)
    cell.record("v", verbose=False)
    return cell


def network(*types: Any, n: int = 3) -> jx.Network:
    """Cells of two branches in a chain, each joined to the next by a synapse of every type."""
    net = jx.Network([jx.Cell([jx.Branch(ncomp=2)] * 2, parents=[-1, 0])] * n)
    net.insert(channels.HH())
    net.cell(0).branch(0).comp(0).stimulate(pulse(), verbose=False)
    net.cell("all").branch(0).comp(0).record("v", verbose=False)
    for kind in types:
        for pre in range(n - 1):
            jx.connect(net.cell(pre).branch(0).comp(0), net.cell(pre + 1).branch(1).comp(1), kind)
    return net


def recorded(module: Any, *states: str) -> Any:
    """The module, of which states are recorded too."""
    for state in states:
        module.record(state, verbose=False)
    return module


# Steppers, solvers, cells


@each("stepper.tree.{}", "solver", STEPPERS)
def _(solver: str) -> Any:
    return jx.integrate(recorded(tree(), "HH_m", "i_HH"), solver=solver)


@each("stepper.single.{}", "solver", STEPPERS)
def _(solver: str) -> Any:
    return jx.integrate(single(), solver=solver)


@each("stepper.gap.{}", "solver", STEPPERS)
def _(solver: str) -> Any:
    net = network(synapses.GapJunction(), synapses.IonotropicSynapse())
    net.set("GapJunction_g", 1e-3)
    return jx.integrate(net, solver=solver)


@each("solver.tree.{}", "voltage_solver", SOLVERS)
def _(voltage_solver: str) -> Any:
    return jx.integrate(tree(), voltage_solver=voltage_solver)


@each("solver.cable.{}", "voltage_solver", (*SOLVERS, "jaxley.stone"))
def _(voltage_solver: str) -> Any:
    return jx.integrate(cable(), voltage_solver=voltage_solver, solver="crank_nicolson")


@case("swc.pyramidal")
def _() -> Any:
    return _traced(jx.morphology.sample("pyramidal"))


if TRACED.is_file():

    @each("swc.ca1.{}", "ncomp", (1, 2))
    def _(ncomp: int) -> Any:
        return _traced(jx.read_swc(TRACED, ncomp=ncomp))


def _traced(cell: jx.Cell) -> Any:
    cell.insert(channels.HH())
    cell.branch(0).comp(0).stimulate(pulse(2.0), verbose=False)
    for branch in (0, 5, 20):
        cell.branch(branch).comp(0).record("v", verbose=False)
    return jx.integrate(cell)


# Mechanisms


@each("channel.{}", "name", ("HH", "Leak", "K", "Km", "Na", "CaL", "CaT", "CaTGHK"))
def _(name: str) -> Any:
    cell = cable(getattr(channels, name)(), channels.Leak(name="Rest"))
    cell.init_states()
    return jx.integrate(cell, return_states=True)


@each("channel.{}", "name", ("AdEx", "Fire", "Izhikevich"))
def _(name: str) -> Any:
    return jx.integrate(single(getattr(channels, name)(surrogate="sigmoid"), channels.Leak()), return_states=True)


@case("channel.Rate")
def _() -> Any:
    return jx.integrate(single(channels.Rate()))


@each("pump.{}", "name", ("CaPump", "CaFaradayConcentrationChange", "NernstReversal"))
def _(name: str) -> Any:
    given = [channels.CaL(), channels.Leak(), getattr(pumps, name)()]
    return jx.integrate(recorded(cable(*given), "CaCon_i"), return_states=True)


@case("pump.CaNernstReversal", changes=True)
def _() -> Any:
    cell = cable(channels.CaL(), channels.Leak(), pumps.CaPump(), pumps.CaNernstReversal())
    return jx.integrate(recorded(cell, "eCa"), return_states=True)


@case("pump.FaradayConcentrationChange")
def _() -> Any:
    given = [channels.Na(), channels.K(), channels.Leak()]
    given += [pumps.FaradayConcentrationChange("Na"), pumps.NernstReversal("Na"), pumps.NernstReversal("K")]
    cell = recorded(cable(*given), "NaCon_i", "eNa")
    cell.branch(0).comp(0).set("KCon_e", 8.0)
    cell.init_states()
    return jx.integrate(cell)


@each("diffusion.{}", "solver", STEPPERS)
def _(solver: str) -> Any:
    cell = tree(channels.CaL(), channels.Leak(), pumps.CaPump(), pumps.NernstReversal("Ca"))
    cell.diffuse("CaCon_i")
    cell.set("axial_diffusion_CaCon_i", 2.0)
    cell.branch(2).set("CaCon_i", 1e-3)
    return jx.integrate(recorded(cell, "CaCon_i", "eCa"), solver=solver)


@case("temperature")
def _() -> Any:
    cell = cable(channels.CaTGHK(), channels.Leak(), pumps.NernstReversal("K"), channels.K())
    cell.set("temperature", 25.0)
    cell.init_states()
    return jx.integrate(recorded(cell, "eK"))


GRADED = ("IonotropicSynapse", "TanhConductanceSynapse", "TanhRateSynapse", "TestSynapse", "CurrentSynapse")
GRADED += ("AMPA", "GABAA", "GABAB", "NMDA")
EVENTS = ("ConductanceSynapse", "DoubleExpSynapse", "ExpSynapse", "ExpCurrentSynapse")


@each("synapse.{}", "name", GRADED)
def _(name: str) -> Any:
    return jx.integrate(network(getattr(synapses, name)(), n=2), return_states=True)


@each("synapse.{}", "name", EVENTS)
def _(name: str) -> Any:
    kind = getattr(synapses, name)
    return jx.integrate(network(kind() if name == "ConductanceSynapse" else kind(surrogate="sigmoid"), n=2))


@case("synapse.spikes")
def _() -> Any:
    net = jx.Network([jx.Cell()] * 2)
    net.insert(channels.Fire(surrogate="sigmoid"))
    net.insert(channels.Leak())
    net.cell(0).branch(0).comp(0).stimulate(pulse(0.05), verbose=False)
    pre, post = (net.cell(index).branch(0).comp(0) for index in range(2))
    jx.connect(pre, post, synapses.ExpSynapse(spikes="Fire_spikes"))
    return jx.integrate(recorded(net, "v", "Fire_spikes"))


@case("network.types")
def _() -> Any:
    net = network(synapses.IonotropicSynapse(), synapses.TanhRateSynapse(), synapses.GapJunction(), n=5)
    jx.fully_connect(net.cell([0, 1]).branch(0).comp(0), net.cell([3, 4]).branch(1).comp(0), synapses.TestSynapse())
    net.set("IonotropicSynapse_gS", np.linspace(1e-4, 1e-3, 4))
    net.IonotropicSynapse.edge([0, 2]).record("IonotropicSynapse_s", verbose=False)
    net.TestSynapse.edge("all").record("i_TestSynapse", verbose=False)
    net.init_states(synapses=True)
    return jx.integrate(net, return_states=True)


# Inputs


@case("input.data_stimulate")
def _() -> Any:
    cell = tree()
    data = cell.branch(3).comp(1).data_stimulate(0.5 * pulse())
    data = cell.branch(2).data_stimulate(jnp.stack([pulse(a) for a in (0.1, 0.0, -0.05)]), data)
    return jx.integrate(cell, data_stimuli=data)


@case("clamp.gate")
def _() -> Any:
    cell = tree()
    cell.branch(1).clamp("HH_h", 0.3 * np.ones(N_STEPS), verbose=False)
    data = cell.branch(2).comp(0).data_clamp("HH_n", jnp.linspace(0.1, 0.6, N_STEPS))
    return jx.integrate(recorded(cell, "HH_h", "HH_n"), data_clamps=data)


@case("clamp.ion")
def _() -> Any:
    cell = cable(channels.CaL(), channels.Leak(), pumps.CaPump(), pumps.NernstReversal("Ca"))
    cell.comp(2).clamp("CaCon_i", 1e-3 * np.ones(N_STEPS), verbose=False)
    return jx.integrate(recorded(cell, "CaCon_i"))


@case("clamp.synapse")
def _() -> Any:
    net = network(synapses.IonotropicSynapse())
    net.IonotropicSynapse.edge(0).clamp("IonotropicSynapse_s", np.linspace(0.0, 1.0, N_STEPS), verbose=False)
    return jx.integrate(net)


@case("clamp.current")
def _() -> Any:
    cell = tree()
    cell.branch(0).clamp("i_HH", 1e-3 * np.ones(N_STEPS), verbose=False)
    return jx.integrate(recorded(cell, "i_HH"))


@case("clamp.diffused", changes=True)
def _() -> Any:
    cell = cable(channels.CaL(), channels.Leak(), pumps.CaPump())
    cell.diffuse("CaCon_i")
    cell.comp(2).clamp("CaCon_i", 1e-3 * np.ones(N_STEPS), verbose=False)
    return jx.integrate(recorded(cell, "CaCon_i"))


for _solver in STEPPERS:

    @case(f"clamp.v.{_solver}", changes=True, solver=_solver)
    def _(solver: str) -> Any:
        cell = tree()
        cell.branch(4).comp(0).clamp("v", -40.0 * np.ones(N_STEPS), verbose=False)
        return jx.integrate(cell, solver=solver)


@case("clamp.v.gap", changes=True)
def _() -> Any:
    net = network(synapses.GapJunction())
    data = net.cell(0).branch(0).comp(0).data_clamp("v", jnp.linspace(-70.0, 0.0, N_STEPS))
    return jx.integrate(net, data_clamps=data)


# Ways to run


def trained() -> jx.Cell:
    """A tree of which parameters, one per branch and one for all, geometry and initial states are trained."""
    cell = tree()
    cell.branch("all").make_trainable("HH_gNa", verbose=False)
    cell.make_trainable("HH_gLeak", verbose=False)
    cell.branch(2).make_trainable("radius", verbose=False)
    cell.branch(1).comp("all").make_trainable("v", verbose=False)
    return cell


def scaled(params: Any, factor: Any) -> Any:
    """The parameters times a factor."""
    return jax.tree.map(lambda value: value * factor, params)


def energy(v: Any) -> Any:
    """A loss of the order of 1."""
    return jnp.mean(((v + 60.0) / 30.0) ** 2)


@case("run.trainables")
def _() -> Any:
    cell = trained()
    state = cell.branch(3).data_set("HH_gK", 0.02)
    state = cell.branch([0, 1]).data_set("capacitance", jnp.linspace(0.8, 1.2, 6), state)
    return jax.jit(lambda params: jx.integrate(cell, params=params, param_state=state))(
        scaled(cell.get_parameters(), 1.1)
    )


@case("run.record_every")
def _() -> Any:
    return jx.integrate(tree(), record_every=7, t_max=12.0)


@case("run.in_chunks")
def _() -> Any:
    return jx.integrate(tree(), check=True, t_max=20.0, return_states=True)


@case("run.resumed")
def _() -> Any:
    cell = tree()
    cell.init_states()
    first, states = jx.integrate(cell, return_states=True, t_max=4.0)
    return first, states, jx.integrate(cell, all_states=states, t_max=4.0)


@case("run.dt")
def _() -> Any:
    cell = jx.Cell([jx.Branch(ncomp=3)] * 3, parents=[-1, 0, 0])
    cell.insert(channels.HH())
    cell.branch(0).comp(0).stimulate(pulse(dt=0.1), verbose=False)
    cell.record("v", verbose=False)
    return jx.integrate(cell, delta_t=0.1), jax.jit(lambda dt: jx.integrate(cell, delta_t=dt))(0.1)


@each("run.by_hand.{}", "solver", STEPPERS)
def _(solver: str) -> Any:
    cell = trained()
    init, step = build_init_and_step_fn(cell, solver=solver)
    states, params = init(cell.get_parameters())
    for index in range(60):
        states = step(states, params, {"i": cell.externals["i"][:, index]}, delta_t=DT)
    return states, params


@case("run.integrate_many")
def _() -> Any:
    cell = tree()
    data = [cell.branch(1).data_stimulate(amplitude * pulse(1.0)) for amplitude in (0.0, 0.02, 0.05)]
    return jx.integrate_many(cell, data_stimuli=data, progress=False, devices=1, return_states=True)


@case("run.vmap")
def _() -> Any:
    cell = trained()
    run = jax.vmap(lambda factor: jx.integrate(cell, params=scaled(cell.get_parameters(), factor)))
    return jax.jit(run)(jnp.linspace(0.9, 1.1, 4))


# Derivatives


@each("gradient.params.{}", "solver", STEPPERS)
def _(solver: str) -> Any:
    cell = trained()
    loss = jax.value_and_grad(lambda params: energy(jx.integrate(cell, params=params, solver=solver)))
    return jax.jit(loss)(cell.get_parameters())


@case("gradient.swc")
def _() -> Any:
    cell = jx.morphology.sample("interneuron")
    cell.insert(channels.HH())
    cell.branch(0).comp(0).stimulate(pulse(2.0), verbose=False)
    cell.branch(9).comp(0).record("v", verbose=False)
    cell.branch("all").make_trainable("HH_gNa", verbose=False)
    cell.make_trainable("axial_resistivity", verbose=False)
    return jax.jit(jax.value_and_grad(lambda p: energy(jx.integrate(cell, params=p))))(cell.get_parameters())


@case("gradient.network")
def _() -> Any:
    net = network(synapses.IonotropicSynapse(), synapses.GapJunction(), synapses.ExpSynapse(surrogate="sigmoid"))
    net.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)
    net.GapJunction.make_trainable("GapJunction_g", verbose=False)
    net.ExpSynapse.make_trainable("ExpSynapse_tau", verbose=False)
    return jax.jit(jax.value_and_grad(lambda p: energy(jx.integrate(net, params=p))))(net.get_parameters())


@case("gradient.diffusion")
def _() -> Any:
    cell = cable(channels.CaL(), channels.Leak(), pumps.CaPump(), pumps.NernstReversal("Ca"))
    cell.diffuse("CaCon_i")
    cell.make_trainable("axial_diffusion_CaCon_i", verbose=False)
    cell.make_trainable("CaL_gCaL", verbose=False)
    cell.comp(0).make_trainable("CaCon_i", verbose=False)
    return jax.jit(jax.value_and_grad(lambda p: energy(jx.integrate(cell, params=p))))(cell.get_parameters())


@case("gradient.stimuli")
def _() -> Any:
    cell = tree()

    def loss(current: Any) -> Any:
        return energy(jx.integrate(cell, data_stimuli=cell.branch(3).comp(1).data_stimulate(current)))

    return jax.jit(jax.value_and_grad(loss))(pulse(0.05))


@case("gradient.initial_states")
def _() -> Any:
    cell = tree()
    _, states = jx.integrate(cell, return_states=True, t_max=2.0)
    loss = jax.value_and_grad(lambda given: energy(jx.integrate(cell, all_states=given)))
    return jax.jit(loss)(states)


@case("gradient.checkpoints")
def _() -> Any:
    cell = trained()
    loss = jax.value_and_grad(lambda p: energy(jx.integrate(cell, params=p, checkpoint_lengths=[20, 21])))
    return jax.jit(loss)(cell.get_parameters())


@case("gradient.clamp_of_v", changes=True)
def _() -> Any:
    cell = tree()

    def loss(level: Any) -> Any:
        return energy(jx.integrate(cell, data_clamps=cell.branch(4).comp(0).data_clamp("v", level * jnp.ones(N_STEPS))))

    return jax.jit(jax.value_and_grad(loss))(-40.0)


@case("second_derivative")
def _() -> Any:
    cell = single()
    cell.make_trainable("HH_gNa", verbose=False)
    cell.make_trainable("HH_gK", verbose=False)
    return jax.jit(jax.hessian(lambda p: energy(jx.integrate(cell, params=p, t_max=5.0))))(cell.get_parameters())


@case("jacfwd")
def _() -> Any:
    cell = trained()
    return jax.jit(jax.jacfwd(lambda p: jx.integrate(cell, params=p, t_max=5.0)))(cell.get_parameters())
