"""A program as a user of Jaxley has it: a traced cell with channels by region, whose conductances are found again.

Run it with `python fit_a_cell.py RESULTS.npz`.
"""

import sys
import tempfile
from pathlib import Path

from jax import config

config.update("jax_enable_x64", True)
config.update("jax_platform_name", "cpu")

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import jaxley as jx  # noqa: E402
import jaxley.optimize.transforms as jt  # noqa: E402
import numpy as np  # noqa: E402
import optax  # noqa: E402
from jaxley.channels import HH, CaL, K, Leak, Na  # noqa: E402
from jaxley.morphology import distance_pathwise  # noqa: E402
from jaxley.optimize.utils import l2_norm  # noqa: E402
from jaxley.pumps import CaPump  # noqa: E402

POINTS = """# a soma of one point, two basal dendrites, an apical one with a fork, an axon
1 1 0 0 0 8.0 -1
2 3 8 0 0 1.2 1
3 3 45 12 3 0.9 2
4 3 90 20 8 0.6 3
5 3 -8 0 0 1.0 1
6 3 -60 -9 2 0.7 5
7 4 0 8 0 1.8 1
8 4 4 70 0 1.5 7
9 4 30 130 10 0.8 8
10 4 -25 140 -6 0.7 8
11 2 0 -8 0 0.8 1
12 2 3 -80 0 0.5 11
"""
DT, T_MAX = 0.025, 6.0


def make_cell():
    with tempfile.TemporaryDirectory() as folder:
        fname = Path(folder) / "cell.swc"
        fname.write_text(POINTS)
        cell = jx.read_swc(str(fname), ncomp=1)
    # The recipe of the how-to for the number of compartments of each branch.
    frequency, d_lambda = 100.0, 0.1
    for branch in cell.branches:
        diameter = 2.0 * branch.nodes["radius"].to_numpy()[0]
        c_m = branch.nodes["capacitance"].to_numpy()[0]
        r_a = branch.nodes["axial_resistivity"].to_numpy()[0]
        length = branch.nodes["length"].to_numpy()[0]
        lambda_f = 1e5 * np.sqrt(diameter / (4 * np.pi * frequency * c_m * r_a))
        branch.set_ncomp(int((length / (d_lambda * lambda_f) + 0.9) / 2) * 2 + 1, initialize=False)
    cell.initialize()

    cell.set("axial_resistivity", 150.0)
    cell.insert(Leak())
    cell.soma.insert(HH())
    cell.axon.insert(HH())
    cell.axon.set("HH_gNa", 0.3)
    with cell.apical as apical:
        apical.insert(Na())
        apical.insert(K())
        apical.insert(CaL())
        apical.insert(CaPump())
        apical.set("capacitance", 1.5)
    # More calcium channels far from the soma.
    far = np.asarray(distance_pathwise(cell.soma.branch(0).comp(0), cell.apical))
    cell.apical.set("CaL_gCaL", 1e-4 * (1.0 + far / 100.0))
    cell.set("v", -67.0)
    cell.init_states(delta_t=DT)
    return cell


def main(file):
    cell = make_cell()
    soma = cell.soma.branch(0).loc(0.5)
    soma.record("v", verbose=False)
    cell.apical.branch(0).loc(1.0).record("v", verbose=False)
    cell.apical.branch(0).loc(1.0).record("CaCon_i", verbose=False)
    cell.axon.branch(0).loc(1.0).record("i_HH", verbose=False)
    current = jx.step_current(i_delay=1.0, i_dur=2.0, i_amp=1.5, delta_t=DT, t_max=T_MAX)
    soma.stimulate(current, verbose=False)
    recordings = jx.integrate(cell, delta_t=DT)
    target = recordings[:2]

    cell.soma.make_trainable("HH_gNa", 0.08, verbose=False)
    cell.apical.branch("all").make_trainable("Na_gNa", [0.03, 0.04, 0.06], verbose=False)
    cell.make_trainable("Leak_gLeak", 2e-4, verbose=False)
    transform = jx.ParamTransform(
        [
            {"HH_gNa": jt.SigmoidTransform(0.01, 0.5)},
            {"Na_gNa": jt.SigmoidTransform(0.005, 0.2)},
            {"Leak_gLeak": jt.ChainTransform([jt.AffineTransform(0.5, 0.0), jt.SoftplusTransform(1e-5)])},
        ]
    )

    def simulate(params):
        return jx.integrate(cell, params=params, delta_t=DT, checkpoint_lengths=[16, 16])

    def loss_fn(opt_params):
        v = simulate(transform.forward(opt_params))[:2]
        return jnp.mean(jnp.abs(v - target) ** 2) / 100.0

    grad_fn = jax.jit(jax.value_and_grad(loss_fn))
    opt_params = transform.inverse(cell.get_parameters())
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(0.1))
    state = optimizer.init(opt_params)
    losses, norms = [], []
    for _ in range(5):
        loss, gradient = grad_fn(opt_params)
        losses.append(float(loss))
        norms.append(float(l2_norm(gradient)))
        updates, state = optimizer.update(gradient, state)
        opt_params = optax.apply_updates(opt_params, updates)
    found = transform.forward(opt_params)
    np.savez_compressed(
        file,
        recordings=np.asarray(recordings)[:, ::4],
        ncomp_per_branch=cell.ncomp_per_branch,
        area=cell.nodes["area"].to_numpy(),
        losses=losses,
        norms=norms,
        found=np.concatenate([np.asarray(value) for one in found for value in one.values()]),
    )


if __name__ == "__main__":
    main(sys.argv[1])
