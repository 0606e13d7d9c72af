"""A program as a user of Jaxley has it: a channel and a synapse of one's own in a small network, stepped by hand, too.

Run it with `python network_of_my_own.py RESULTS.npz`.
"""

import sys
from functools import partial

from jax import config

config.update("jax_enable_x64", True)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import jaxley as jx  # noqa: E402
import numpy as np  # noqa: E402
from jaxley.channels import HH, Channel  # noqa: E402
from jaxley.connect import connect, connectivity_matrix_connect, fully_connect  # noqa: E402
from jaxley.integrate import build_init_and_step_fn  # noqa: E402
from jaxley.solver_gate import save_exp, solve_gate_exponential  # noqa: E402
from jaxley.synapses import IonotropicSynapse, Synapse  # noqa: E402
from jaxley.utils.cell_utils import params_to_pstate  # noqa: E402

DT = 0.025


class Potassium(Channel):
    """A slow potassium channel."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {"gK_new": 1e-4, "eK": -85.0}
        self.channel_states = {"n_new": 0.1}
        self.current_name = "i_K"

    def update_states(self, states, dt, v, params):
        alpha, beta = self.rates(v)
        return {"n_new": solve_gate_exponential(states["n_new"], dt, alpha, beta)}

    def compute_current(self, states, v, params):
        return params["gK_new"] * states["n_new"] ** 4 * (v - params["eK"])

    def init_state(self, states, v, params, delta_t):
        alpha, beta = self.rates(v)
        return {"n_new": alpha / (alpha + beta)}

    @staticmethod
    def rates(v):
        return 0.02 * save_exp((v + 40.0) / 20.0), 0.125 * save_exp(-(v + 55.0) / 40.0)


class Graded(Synapse):
    """Release that follows the presynaptic voltage, with one state."""

    def __init__(self, name=None):
        super().__init__(name)
        self.synapse_params = {f"{self._name}_g": 2e-4, f"{self._name}_tau": 4.0}
        self.synapse_states = {f"{self._name}_a": 0.0}

    def update_states(self, states, delta_t, pre_voltage, post_voltage, params):
        name = self._name
        target = jax.nn.sigmoid((pre_voltage + 30.0) / 5.0)
        decay = save_exp(-delta_t / params[f"{name}_tau"])
        return {f"{name}_a": target + (states[f"{name}_a"] - target) * decay}

    def compute_current(self, states, pre_voltage, post_voltage, params):
        return params[f"{self._name}_g"] * states[f"{self._name}_a"] * (post_voltage + 75.0)


def make_network():
    comp = jx.Compartment()
    branch = jx.Branch(comp, ncomp=2)
    cell = jx.Cell(branch, parents=[-1, 0, 0])
    net = jx.Network([cell for _ in range(5)])
    net.cell([0, 1, 2]).add_to_group("excitatory")
    net.cell([3, 4]).add_to_group("inhibitory")
    net.set("axial_resistivity", 300.0)
    net.insert(HH())
    net.excitatory.branch(0).insert(Potassium())
    net.excitatory.branch(0).set("gK_new", 5e-3)
    fully_connect(net.cell([0, 1]), net.cell([2, 3]), IonotropicSynapse())
    connectivity_matrix_connect(net.cell([3, 4]), net.cell([0, 1]), Graded(), np.array([[True, False], [True, True]]))
    connect(net.cell(2).branch(1).loc(1.0), net.cell(4).branch(2).loc(0.5), IonotropicSynapse())
    net.set("IonotropicSynapse_gS", 8e-4)
    net.IonotropicSynapse.edge([0, 2]).set("IonotropicSynapse_gS", 2e-3)
    net.Graded.set("Graded_tau", 6.0)
    net.set("v", -64.0)
    net.init_states()
    return net


def main(file):
    net = make_network()
    for i in range(5):
        net[i, 0, 0].record("v", verbose=False)
    net.cell(0).branch(0).comp(0).record("n_new", verbose=False)
    net.Graded.edge("all").record("Graded_a", verbose=False)
    currents = jx.datapoint_to_step_currents(0.5, 2.0, np.array([0.4, 0.3]), DT, 8.0)
    stimuli = None
    for i, current in enumerate(currents):
        stimuli = net.cell(i).branch(0).loc(0.0).data_stimulate(current, stimuli)

    net.cell("all").make_trainable("HH_gNa", verbose=False)
    net.IonotropicSynapse.edge("all").make_trainable("IonotropicSynapse_gS", verbose=False)
    params = net.get_parameters()
    recordings = jx.integrate(net, params, delta_t=DT, data_stimuli=stimuli)

    def summed(params, scale):
        state = net.excitatory.data_set("radius", scale, None)
        return jnp.mean(jx.integrate(net, params, param_state=state, data_stimuli=stimuli, delta_t=DT)[:5])

    means, gradients = jax.jit(jax.vmap(jax.value_and_grad(summed, argnums=1), in_axes=(None, 0)))(
        params, jnp.array([0.9, 1.1])
    )

    net.to_jax()
    init_fn, step_fn = build_init_and_step_fn(net)
    states, all_params = init_fn(params)
    rec_inds = net.recordings.rec_index.to_numpy()
    rec_states = net.recordings.state.to_numpy()
    step = jax.jit(partial(step_fn, delta_t=DT))
    by_hand = []
    for _ in range(40):
        states = step(states, all_params, {}, {})
        by_hand.append([float(states[key][row]) for key, row in zip(rec_states, rec_inds, strict=True)])
    pstate = params_to_pstate(params, net.indices_set_by_trainables)
    np.savez_compressed(
        file,
        recordings=np.asarray(recordings)[:, ::4],
        by_hand=np.transpose(by_hand)[:, ::4],
        means=means,
        gradients=gradients,
        pre=net.edges["pre_locs"].to_numpy(),
        trained=[len(np.asarray(one["val"])) for one in pstate],
    )


if __name__ == "__main__":
    main(sys.argv[1])
