"""Stimuli, clamps, their data_* twins, recordings, and running in pieces."""

from types import ModuleType

import numpy as np
from reference_models import DT, Arrays, Case, hh_cell, network, pulse, room, run, soma_and_tips


def stimuli_add(jx: ModuleType) -> Arrays:
    """Two currents into one compartment add; one array per compartment; step_current with an offset."""
    tree = hh_cell(jx)
    step = jx.step_current(i_delay=0.5, i_dur=1.0, i_amp=0.8, delta_t=DT, t_max=4.0, i_offset=0.1)
    tree.branch(0).comp(0).stimulate(step, verbose=False)
    tree.branch(0).comp(0).stimulate(pulse(step.size, 0.5), verbose=False)
    each = np.stack([pulse(step.size, 0.3), pulse(step.size, -0.2, 40, 100)])
    tree.branch(4).comp([0, 3]).stimulate(each, verbose=False)
    soma_and_tips(tree)
    return {"step": np.asarray(step), "v": run(jx, tree, 160)}


def length_of_stimulus(jx: ModuleType) -> Arrays:
    """Without t_max the stimulus sets the number of steps."""
    tree = hh_cell(jx)
    tree.branch(1).comp(1).stimulate(jx.step_current(0.1, 1.0, 0.8, DT, 2.0), verbose=False)
    soma_and_tips(tree)
    return {"v": jx.integrate(tree, delta_t=DT)}


def datapoints(jx: ModuleType) -> Arrays:
    """One step current per amplitude."""
    steps = jx.datapoint_to_step_currents(
        i_delay=0.5, i_dur=1.0, i_amp=np.asarray([0.1, -0.2, 0.3]), delta_t=DT, t_max=3.0
    )
    return {"currents": np.asarray(steps)}


def voltage_clamp(jx: ModuleType) -> Arrays:
    """v held at two compartments, each with its own command; the rest follows."""
    tree = hh_cell(jx)
    time = np.arange(160) * DT
    tree.branch(0).comp(0).clamp("v", -65.0 + 40.0 * np.sin(2.0 * time), verbose=False)
    tree.branch(5).comp(1).clamp("v", np.full(160, -71.0), verbose=False)
    tree.branch(0).comp(0).record("v", verbose=False)
    tree.branch(5).comp([0, 1]).record("v", verbose=False)
    tree.branch(0).comp(0).record("i_HH", verbose=False)
    soma_and_tips(tree)
    return {"states": run(jx, tree, 160)}


def state_clamp(jx: ModuleType) -> Arrays:
    """A gate held: it acts from the next step on, and is what gets recorded."""
    tree = hh_cell(jx)
    tree.branch(3).clamp("HH_m", np.linspace(0.1, 0.6, 120), verbose=False)
    tree.branch(4).comp(0).clamp("HH_h", np.linspace(0.9, 0.2, 120), verbose=False)
    tree.branch(3).comp([0, 3]).record("HH_m", verbose=False)
    tree.branch(4).comp([0, 1]).record("HH_h", verbose=False)
    tree.branch(3).comp(0).record("i_HH", verbose=False)
    soma_and_tips(tree)
    return {"states": run(jx, tree, 120)}


def data_inputs(jx: ModuleType) -> Arrays:
    """data_stimulate and data_clamp chain, and add to what the model has."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(120, 0.5), verbose=False)
    soma_and_tips(tree)
    stimuli = tree.branch(4).comp(2).data_stimulate(pulse(120, 0.7))
    stimuli = tree.branch(6).comp([0, 1]).data_stimulate(pulse(120, 0.3, 30, 60), data_stimuli=stimuli)
    clamps = tree.branch(2).comp(1).data_clamp("v", np.linspace(-65.0, -31.3, 120))
    clamps = tree.branch(5).comp(0).data_clamp("HH_n", np.linspace(0.3, 0.7, 120), data_clamps=clamps)
    return {"v": run(jx, tree, 120, data_stimuli=stimuli, data_clamps=clamps)}


def order_of_recordings(jx: ModuleType) -> Arrays:
    """Rows come in the order of the calls; what is recorded twice comes once."""
    net = network(jx)
    channels = room(jx, "channels")
    net.insert(channels.Leak())
    net.cell([0, 2]).insert(channels.HH())
    net.cell(2).branch(4).record("HH_n", verbose=False)
    net.cell(0).record("v", verbose=False)
    net.cell([0, 2]).branch(0).comp(0).record("i_HH", verbose=False)
    net.record("i_Leak", verbose=False)
    net.cell(1).record("v", verbose=False)
    net.cell([0, 1]).record("v", verbose=False)
    net.cell(2).branch(0).comp(0).stimulate(pulse(60, 1.0), verbose=False)
    states = net.recordings["state"].tolist()
    return {"states": run(jx, net, 60), "name_lengths": np.asarray([len(state) for state in states])}


def deleted_inputs(jx: ModuleType) -> Arrays:
    """After deleting recordings, stimuli and clamps, only the new ones count."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(80, 5.0), verbose=False)
    tree.branch(2).comp(0).clamp("v", np.full(80, -20.0), verbose=False)
    tree.branch(2).comp(0).clamp("HH_m", np.full(80, 0.5), verbose=False)
    tree.record("HH_h", verbose=False)
    tree.delete_stimuli()
    tree.delete_recordings()
    tree.delete_clamps("v")
    tree.branch(6).comp(2).stimulate(pulse(80, 1.0), verbose=False)
    soma_and_tips(tree)
    return {"v": run(jx, tree, 80)}


def in_two_pieces(jx: ModuleType) -> Arrays:
    """The states returned by one run start the next."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(80, 2.0, 0, 80), verbose=False)
    soma_and_tips(tree)
    first, states = run(jx, tree, 80, return_states=True)
    second = run(jx, tree, 100, all_states=states)
    return {"first": first, "second": second}


def checkpointed(jx: ModuleType) -> Arrays:
    """Nested checkpoints change nothing."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(100, 2.0), verbose=False)
    soma_and_tips(tree)
    return {"v": run(jx, tree, 100, checkpoint_lengths=[10, 11])}


def by_hand(jx: ModuleType) -> Arrays:
    """build_init_and_step_fn, stepping as the reference documents it."""
    tree = hh_cell(jx)
    tree.branch(0).comp(0).stimulate(pulse(40, 2.0, 5, 30), verbose=False)
    tree.branch(5).comp(1).clamp("v", np.linspace(-65.0, -40.0, 40), verbose=False)
    tree.branch(0).comp(0).record("v", verbose=False)
    tree.branch(5).comp([0, 1]).record("v", verbose=False)
    tree.branch(4).comp(2).record("HH_m", verbose=False)
    tree.branch(4).comp(2).record("i_HH", verbose=False)
    params = tree.get_parameters()
    tree.to_jax()
    index, names = tree.recordings.rec_index.to_numpy(), tree.recordings.state.to_numpy()
    externals, external_inds = tree.externals.copy(), tree.external_inds.copy()
    init_fn, step_fn = room(jx, "integrate").build_init_and_step_fn(tree)
    states, all_params = init_fn(params)
    columns = [[states[name][i] for name, i in zip(names, index, strict=True)]]
    for k in range(40):
        now = {key: externals[key][:, k] for key in externals}
        states = step_fn(states, all_params, now, external_inds, delta_t=DT)
        columns.append([states[name][i] for name, i in zip(names, index, strict=True)])
    return {"states": np.asarray(columns).T, "integrate": run(jx, tree, 40)}


CASES: dict[str, Case] = {
    "stimuli_add": stimuli_add,
    "length_of_stimulus": length_of_stimulus,
    "datapoints": datapoints,
    "voltage_clamp": voltage_clamp,
    "state_clamp": state_clamp,
    "data_inputs": data_inputs,
    "order_of_recordings": order_of_recordings,
    "deleted_inputs": deleted_inputs,
    "in_two_pieces": in_two_pieces,
    "checkpointed": checkpointed,
    "by_hand": by_hand,
}
