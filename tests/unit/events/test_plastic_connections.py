"""Plastic connections through `jx.integrate`: against sums over pairs and triplets and recursions, and gradients."""

import copy
import pickle
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import (
    MagnitudeWarning,
    MechanismError,
    ModelTypeError,
    ModelValueError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.events import PairSTDP, TripletSTDP, TsodyksMarkram, VecStim
from dendrax.integrate import build_init_and_step_fn
from dendrax.synapses import ExpSyn

CLOSED = 1e-10  # relative, in float64; what the issue asks for
DT = 0.025  # ms
T_MAX = 60.0  # ms
DELAY = 1.3
THRESHOLD = -20.0  # mV
# Arrivals are off the grid. Spikes of the driven cell are known to lie near 3, 14 and so on, see `test_pairs`.
TIMES = ([1.0071, 4.513, 11.2345, 25.0033, 39.871, 52.33], [2.2222, 12.607, 12.9137, 24.685, 33.333, 57.011])
CURRENT = jx.step_current(2.0, 100.0, 0.3, DT, 120.0)  # nA
CUT = 1040  # the step after that in which the fourth event of the second train arrives
RULES = (PairSTDP, TripletSTDP, TsodyksMarkram)


def driven(rule, times=TIMES, *, weight=1e-5, **how):
    """A cell that spikes, with a plastic connection from each of some given trains; the weights are recorded."""
    net = jx.Network([jx.Cell(jx.Branch(ncomp=1), parents=[-1])] * 2)
    net.insert(HH())
    net.set("length", 20.0)
    net.set("radius", 10.0)
    net.place(ExpSyn("E"))
    net.set("E_tau", 2.0)
    net.cell(1).stimulate(CURRENT, verbose=False)
    stim = net.add_sources(VecStim(times))
    made = jx.netcon(stim, net.E.of_cell(1), weight=weight, delay=DELAY, threshold=THRESHOLD, plasticity=rule, **how)
    for state in rule.states:
        made.record(state, verbose=False)
    net.cell(1).branch(0).comp(0).record_spikes(THRESHOLD, verbose=False)
    return net


def final(net, key, **how):
    """A state of all plastic connections at the end, and the postsynaptic spikes."""
    out, spikes = jx.integrate(net, t_max=T_MAX, delta_t=DT, return_spikes=True, **how)
    return out[(net.recordings["state"] == key).to_numpy(), -1], np.asarray(spikes.of(0))


def arrivals(times):
    return np.asarray(times) + DELAY


def pairs(pre, post, rule, **changed):
    """The closed double sum of the pair rule."""
    own = {key.removeprefix(f"{rule.name}_"): value for key, value in rule.parameters.items()} | changed
    w = 1.0
    for one in pre:
        for other in post:
            gap = other - one
            w += own["A_plus"] * np.exp(-gap / own["tau_plus"]) if gap >= 0 else 0.0
            w -= own["A_minus"] * np.exp(gap / own["tau_minus"]) if gap < 0 else 0.0
    return w


def triplets(pre, post, rule):
    """The closed sum over pairs and triplets."""
    own = {key.removeprefix(f"{rule.name}_"): value for key, value in rule.parameters.items()}
    left = lambda t, those, tau: sum(np.exp(-(t - s) / tau) for s in those if s < t)  # noqa: E731
    w = 1.0
    for t in post:
        slow = own["A2_plus"] + own["A3_plus"] * left(t, post, own["tau_y"])
        w += slow * sum(np.exp(-(t - s) / own["tau_plus"]) for s in pre if s <= t)
    for t in pre:
        w -= left(t, post, own["tau_minus"]) * (own["A2_minus"] + own["A3_minus"] * left(t, pre, own["tau_x"]))
    return w


@pytest.fixture(scope="module")
def post_spikes():
    """The spikes of the driven cell when nothing is delivered."""
    return final(driven(PairSTDP(), weight=0.0), "PairSTDP_w")[1]


def in_step_with(spikes, before):
    """Trains with an event that arrives in the step of a spike, before it or after it."""
    shift = -0.2 if before else 0.2
    times = []
    for t in spikes[1:4]:
        step, fraction = divmod(t / DT, 1.0)
        phase = fraction * 0.5 if before else fraction + 0.5 * (1.0 - fraction)
        times.append((step + phase) * DT - DELAY)
    return [*times, times[-1] + 5.0 + shift]


@pytest.mark.parametrize(
    ("rule", "closed", "kind"),
    [
        (PairSTDP(), pairs, "same step"),
        (TripletSTDP(), triplets, "apart"),
        pytest.param(PairSTDP(), pairs, "apart", marks=pytest.mark.slow),
        pytest.param(TripletSTDP(), triplets, "same step", marks=pytest.mark.slow),
    ],
    ids=["pair-same step", "triplet-apart", "pair-apart", "triplet-same step"],
)
def test_pairs_and_triplets_are_the_closed_sums(rule, closed, kind, post_spikes):
    times = TIMES if kind == "apart" else [in_step_with(post_spikes, before) for before in (True, False)]
    found, post = final(driven(rule, times, weight=0.0), f"{rule.name}_w")
    np.testing.assert_array_equal(post, post_spikes)  # nothing is delivered, so that they can be known before
    assert len(post) > 4
    steps = set(np.floor(post / DT).astype(int).tolist())
    together = [len(steps & set(np.floor(arrivals(one) / DT).astype(int).tolist())) for one in times]
    assert together == ([0, 0] if kind == "apart" else [3, 3])
    expected = [closed(arrivals(one), post, rule) for one in times]
    assert np.abs(np.array(expected) - 1.0).min() > 1e-3
    np.testing.assert_allclose(found, expected, rtol=CLOSED)


def test_the_weight_acts_on_the_postsynaptic_cell():
    quiet, strong = (final(driven(PairSTDP(), weight=w), "PairSTDP_w")[1] for w in (0.0, 2e-2))
    assert len(quiet) == len(strong)
    assert np.abs(quiet - strong).max() > 0.05
    found, post = final(driven(PairSTDP(), weight=2e-2), "PairSTDP_w")
    np.testing.assert_allclose(found, [pairs(arrivals(one), post, PairSTDP()) for one in TIMES], rtol=CLOSED)


@pytest.mark.slow
def test_connections_have_parameters_of_their_own_and_other_compartments_to_hear():
    net = driven(PairSTDP(), weight=0.0)
    net.PairSTDP.set("PairSTDP_A_plus", [0.01, 0.02])
    net.PairSTDP[1].set("PairSTDP_tau_minus", 7.0)
    found, post = final(net, "PairSTDP_w")
    changed = ({"A_plus": 0.01}, {"A_plus": 0.02, "tau_minus": 7.0})
    expected = [pairs(arrivals(one), post, PairSTDP(), **own) for one, own in zip(TIMES, changed, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=CLOSED)
    elsewhere = driven(PairSTDP(), weight=0.0, post=None)
    silent = jx.netcon(
        elsewhere.VecStim, elsewhere.E.of_cell(1), weight=0.0, delay=DELAY, threshold=THRESHOLD,
        plasticity=PairSTDP(), post=elsewhere.cell(0),
    )  # fmt: skip
    silent.record("PairSTDP_w", verbose=False)
    both, _ = final(elsewhere, "PairSTDP_w")
    np.testing.assert_array_equal(both[2:], [1.0, 1.0])
    assert (both[:2] != 1.0).all()
    assert len(elsewhere.tables.events.detectors) == 2  # that of cell 1 and of the recording are one


@pytest.mark.parametrize(
    "changed", [{}, {"U": 0.2, "tau_rec": 50.0, "tau_facil": 30.0}, {"tau_rec": 0.0, "tau_facil": 40.0}],
    ids=["depressing", "both", "facilitating"],
)  # fmt: skip
@pytest.mark.parametrize("weight", [1e-5, -3e-4])
def test_deliveries_of_tsodyks_markram_are_the_recursion(changed, weight):
    rule = TsodyksMarkram()
    net = driven(rule, TIMES[:1], weight=weight)
    for key, value in changed.items():
        net.netcons.set(f"{rule.name}_{key}", value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MagnitudeWarning)
        net.set("E_tau", 1e12)  # so that the conductance is the sum of what has been delivered
    net.E.of_cell(1).record("E_g", verbose=False)
    out = jx.integrate(net, t_max=T_MAX, delta_t=DT)
    delivered = np.diff(out[-1])
    own = {"U": 0.5, "tau_rec": 800.0, "tau_facil": 0.0} | changed
    left = lambda gap, tau: np.exp(-gap / tau) if tau else 0.0  # noqa: E731
    u, r, last, expected = 0.0, 1.0, 0.0, np.zeros(len(delivered) + 1)
    for t in arrivals(TIMES[0]):
        u, r = u * left(t - last, own["tau_facil"]), 1.0 - (1.0 - r) * left(t - last, own["tau_rec"])
        u += own["U"] * (1.0 - u)
        step, phase = divmod(t / DT, 1.0)
        expected[int(step)] += (1.0 - phase) * weight * u * r
        expected[int(step) + 1] += phase * weight * u * r
        r, last = r - u * r, t
    np.testing.assert_allclose(delivered, expected[:-1], atol=CLOSED * abs(weight), rtol=0)
    assert np.count_nonzero(np.abs(delivered) > 1e-9 * abs(weight)) == 12


@pytest.mark.slow
def test_a_rule_that_changes_nothing_is_a_plain_connection():
    net = driven(PairSTDP(), weight=2e-2)
    net.netcons.set("PairSTDP_A_plus", 0.0)
    net.netcons.set("PairSTDP_A_minus", 0.0)
    plain = driven(PairSTDP(), weight=2e-2)
    plain.netcons.delete()
    jx.netcon(plain.VecStim, plain.E.of_cell(1), weight=2e-2, delay=DELAY)
    for one in (net, plain):
        one.delete_recordings()
        one.cell(1).record(verbose=False)
    for events in ("interpolated", "grid"):
        with_rule, without = (jx.integrate(one, t_max=T_MAX, delta_t=DT, events=events) for one in (net, plain))
        np.testing.assert_allclose(with_rule, without, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [PairSTDP(), TripletSTDP()], ids=["pair", "triplet"])
def test_grid_mode_has_spikes_at_the_ends_of_steps(rule):
    """Events arrive at the nearest step; a postsynaptic spike is at the end of its step."""
    found, post = final(driven(rule, weight=0.0), f"{rule.name}_w", events="grid")
    np.testing.assert_allclose(post / DT, np.round(post / DT), atol=1e-9)
    pre = [np.round(arrivals(one) / DT) * DT for one in TIMES]
    closed = pairs if rule.name == "PairSTDP" else triplets
    np.testing.assert_allclose(found, [closed(one, post, rule) for one in pre], rtol=CLOSED)


def loss_of(net, rule):
    """The final weights, as a function of all trainable parameters and of a factor of the drive."""
    rows = np.flatnonzero((net.recordings["state"] == f"{rule.name}_w").to_numpy())

    def loss(params, factor):
        stimuli = net.cell(1).data_stimulate(factor * jnp.asarray(CURRENT), verbose=False)
        out = jx.integrate(net, params=params, t_max=T_MAX, delta_t=DT, data_stimuli=stimuli)
        return out[rows, -1] @ jnp.array([1.0, 0.3])

    return loss


def parameters_of(rule):
    """Those with a derivative everywhere."""
    return [key for key in rule.parameters if not key.endswith("w_max")]


def trained(rule):
    """A network of which everything about its connections is trainable."""
    net = driven(rule, weight=2e-2)
    for key in parameters_of(rule):
        net.netcons.make_trainable(key, verbose=False)
    net.netcons.make_trainable("weight", verbose=False)
    net.netcons.make_trainable("delay", bounds=(1.0, 2.0), verbose=False)
    net.cell(1).make_trainable("HH_gNa", verbose=False)
    return net


@pytest.mark.parametrize(
    "rule", [PairSTDP(), pytest.param(TripletSTDP(), marks=pytest.mark.slow)], ids=["pair", "triplet"]
)
def test_gradients_are_central_differences(rule):
    net, keys = trained(rule), parameters_of(rule)
    both = jax.jit(jax.value_and_grad(loss_of(net, rule), argnums=(0, 1)))  # one program for values and gradients
    loss = lambda *at: both(*at)[0]  # noqa: E731
    params = net.get_parameters()
    by_params, by_factor = both(params, 0.2)[1]
    difference = (loss(params, 0.2 + 1e-6) - loss(params, 0.2 - 1e-6)) / 2e-6
    np.testing.assert_allclose(by_factor, difference, rtol=1e-6)
    assert abs(by_factor) > 1e-3
    for number, (one, found) in enumerate(zip(params, by_params, strict=True)):
        ((key, values),), at = one.items(), len(next(iter(one.values()))) - 1
        step = max((1e-4 if key in keys else 1e-6) * abs(float(values[at])), 1e-6)
        ahead, behind = (
            loss([*params[:number], {key: values.at[at].add(sign * step)}, *params[number + 1 :]], 0.2)
            for sign in (1, -1)
        )
        np.testing.assert_allclose(found[key][at], (ahead - behind) / (2 * step), rtol=1e-6, atol=1e-9, err_msg=key)
        assert found[key][at] != 0.0, key


@pytest.mark.slow
@pytest.mark.parametrize("rule", [PairSTDP(), TripletSTDP()], ids=["pair", "triplet"])
def test_forward_derivatives_are_the_gradient(rule):
    net = trained(rule)
    loss, params = jax.jit(lambda p: loss_of(net, rule)(p, 0.2)), net.get_parameters()
    by_params = jax.jit(jax.grad(loss))(params)
    _, forward = jax.jvp(loss, (params,), (jax.tree.map(jnp.ones_like, params),))
    np.testing.assert_allclose(forward, sum(float(jnp.sum(x)) for x in jax.tree.leaves(by_params)), rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [one() for one in RULES])
def test_resumption_gives_the_same_bits(rule):
    net = driven(rule, weight=2e-2)
    once, _ = jx.integrate(net, t_max=T_MAX, delta_t=DT, return_spikes=True)  # the program of `final`
    first, states = jx.integrate(net, t_max=CUT * DT, delta_t=DT, return_states=True)
    assert states[f"{rule.name}_late"][1] != 0.0  # an event of the last step is under way, and others in the queue
    assert np.count_nonzero(states["queue"]) > 0
    net.delete_stimuli()
    data = net.cell(1).data_stimulate(jnp.asarray(CURRENT)[CUT:], verbose=False)
    second = jx.integrate(net, t_max=T_MAX - CUT * DT, delta_t=DT, all_states=states, data_stimuli=data)
    np.testing.assert_array_equal(np.concatenate([first, second[:, 1:]], axis=1), once)


@pytest.mark.slow
@pytest.mark.parametrize("rule", [one() for one in RULES])
def test_chunks_give_the_same_bits(rule):
    net = driven(rule, weight=2e-2)
    once, chunked = (jx.integrate(net, t_max=T_MAX, delta_t=DT, check=check) for check in (False, True))
    np.testing.assert_array_equal(chunked, once)


@pytest.mark.slow
def test_steps_by_hand_are_the_run():
    net = driven(PairSTDP(), weight=2e-2)
    net.delete_recordings()
    net.PairSTDP.record("PairSTDP_w", verbose=False)
    init, step = build_init_and_step_fn(net)
    states, params = init([], t_max=10.0)
    found = []
    for k in range(400):
        found.append(states["PairSTDP_w"])
        states = step(states, params, {"i": jnp.asarray(CURRENT[k : k + 1])}, {"i": jnp.array([1])}, delta_t=DT)
    once = jx.integrate(net, t_max=10.0, delta_t=DT)
    np.testing.assert_allclose(np.stack(found, 1), once[:, :-1], rtol=1e-12)
    assert once[0, -1] != 1.0


def test_record_and_initial_weights():
    net = driven(PairSTDP(), weight=0.0)
    net.delete_recordings()
    for state in PairSTDP().states:  # as `driven` does it, for the program of `final`
        net.record(state, verbose=False)
    net.cell(1).branch(0).comp(0).record_spikes(THRESHOLD, verbose=False)
    rows = (net.recordings["state"] == "PairSTDP_w").to_numpy()
    assert net.recordings["rec_index"][rows].tolist() == [0, 1]
    net.netcons.set("PairSTDP_w", [0.5, 1.5])
    out = jx.integrate(net, t_max=T_MAX, delta_t=DT, return_spikes=True)[0][rows]
    np.testing.assert_array_equal(out[:, 0], [0.5, 1.5])
    jumps = np.flatnonzero(np.diff(out[0]))
    assert 5 < len(jumps) < 20  # at events alone


@pytest.mark.slow
def test_weights_can_be_clamped():
    net = driven(PairSTDP(), weight=0.0)
    net.delete_recordings()
    net.record("PairSTDP_w", verbose=False)
    net.clamp("PairSTDP_w", np.full(2401, 0.25), verbose=False)
    held = jx.integrate(net, t_max=T_MAX, delta_t=DT)
    np.testing.assert_array_equal(held[:, 1:], 0.25)


@pytest.mark.slow
def test_many_at_once():
    net = driven(PairSTDP(), weight=2e-2)
    net.netcons.make_trainable("PairSTDP_A_plus", verbose=False)
    run = lambda a: jx.integrate(net, params=[{"PairSTDP_A_plus": a}], t_max=T_MAX, delta_t=DT)[:, -1]  # noqa: E731
    values = jnp.array([[0.0, 0.01], [0.02, 0.005], [0.1, 0.1]])
    np.testing.assert_allclose(jax.vmap(run)(values), [run(one) for one in values], rtol=1e-12)


@pytest.mark.slow
def test_single_precision():
    with jax.enable_x64(False):
        net = driven(PairSTDP(), weight=2e-2)
        found, post = final(net, "PairSTDP_w")
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, [pairs(arrivals(one), post, PairSTDP()) for one in TIMES], rtol=1e-5)


@pytest.mark.slow
def test_rules_side_by_side_and_beside_plain_connections():
    """Ports, rows and weights of each rule are its own, whatever the order in which they are connected."""
    net = driven(PairSTDP(), weight=0.0)
    jx.netcon(net.VecStim, net.E.of_cell(0), weight=0.0, delay=DELAY)
    jx.netcon(net.VecStim[1], net.E.of_cell(0), weight=1e-3, delay=2.0, plasticity=TsodyksMarkram())
    made = jx.netcon(net.VecStim[::-1], net.E.of_cell(1), weight=0.0, delay=DELAY, threshold=THRESHOLD,
                     plasticity=PairSTDP())  # fmt: skip
    made.record("PairSTDP_w", verbose=False)
    found, post = final(net, "PairSTDP_w")
    expected = [pairs(arrivals(one), post, PairSTDP()) for one in TIMES]
    np.testing.assert_allclose(found, [*expected, *expected[::-1]], rtol=CLOSED)
    net.netcons.select([0, 3, 4]).delete()  # of the first call the first; the plain one of the second train; TM
    found, _ = final(net, "PairSTDP_w")
    np.testing.assert_allclose(found, [expected[1], *expected[::-1]], rtol=CLOSED)
    assert [one.name for one in net.tables.events.plastic.types] == ["PairSTDP"]


# -- Tables -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def net():
    """Three cells of two branches of two compartments; E at 2 and 3 of each."""
    made = jx.Network([jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])] * 3)
    made.cell("all").branch(1).place(ExpSyn("E"))
    return made


def columns(net, *names):
    table = net.netcons.to_pandas()
    return table[names[0]].tolist() if len(names) == 1 else table[list(names)].to_numpy().tolist()


def test_who_is_heard(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E.select([2, 4, 0]), weight=0.1)
    assert "plasticity" not in net.netcons.to_pandas()
    jx.netcon(soma, net.E.select([2, 4, 0]), weight=0.1, plasticity=PairSTDP())
    jx.netcon(soma.cell(0), net.E.select([5, 0]), weight=0.1, threshold=[0.0, 10.0], plasticity=PairSTDP())
    jx.netcon(soma.cell(0), net.E.select([5, 0]), weight=0.1, plasticity=TripletSTDP(), post=net.cell(1).branch(1))
    jx.netcon(soma, net.E.select(5), weight=0.1, plasticity=TsodyksMarkram())
    pair, triplet, short = [["PairSTDP"], ["TripletSTDP"], ["TsodyksMarkram"]]
    assert columns(net, "plasticity") == [*[""] * 3, *pair * 5, *triplet * 2, *short * 3]
    assert columns(net, "spiking_index") == [-1, -1, -1, 4, 8, 0, 8, 0, 6, 7, -1, -1, -1]
    detectors = net.tables.events.detectors.table
    assert detectors["comp_index"].tolist() == [0, 4, 8, 0, 8, 6, 7]
    assert detectors["threshold"].tolist() == [10.0, 10.0, 10.0, 0.0, 0.0, 10.0, 10.0]
    assert (len(net.PairSTDP), len(net.cell([0, 1]).PairSTDP)) == (5, 2)
    assert net.PairSTDP.rows.tolist() == [3, 4, 5, 6, 7]


def test_values_live_at_the_connections(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E.select([2, 4, 0]), weight=0.1)
    made = jx.netcon(soma, net.E.select([2, 4, 0]), weight=0.1, plasticity=PairSTDP())
    jx.netcon(soma, net.E.select([2, 4, 0]), weight=0.1, plasticity=PairSTDP())
    made.set("PairSTDP_w", [0.1, 0.2, 0.3])
    net.netcons.select([5, 0, 3]).set("PairSTDP_A_plus", [0.5, 0.3])  # of which two have it
    net.set("PairSTDP_A_minus", 0.7)
    net.cell([0, 1]).set("PairSTDP_tau_plus", 5.0)  # between these cells
    assert columns(net, "PairSTDP_w")[3:] == [0.1, 0.2, 0.3, 1.0, 1.0, 1.0]
    assert columns(net, "PairSTDP_A_plus")[3:] == [0.3, 0.005, 0.5, 0.005, 0.005, 0.005]
    assert columns(net, "PairSTDP_A_minus")[3:] == [0.7] * 6
    assert columns(net, "PairSTDP_tau_plus")[3:] == [5.0, 20.0, 20.0, 5.0, 20.0, 20.0]
    assert np.isnan(columns(net, "PairSTDP_w", "PairSTDP_tau_plus")[:3]).all()
    made[::-1].make_trainable("PairSTDP_w", verbose=False)
    net.make_trainable("PairSTDP_A_plus", verbose=False)
    assert [value.shape for one in net.get_parameters() for value in one.values()] == [(3,), (1,)]
    assert net.get_parameters()[0]["PairSTDP_w"].tolist() == [0.3, 0.2, 0.1]
    assert made.data_set("PairSTDP_w", 2.0)[0]["indices"].ravel().tolist() == [0, 1, 2]
    made[[2, 0]].record("PairSTDP_x", verbose=False)
    net.netcons.select([3, 7]).record("PairSTDP_w", verbose=False)
    assert net.recordings["rec_index"].tolist() == [2, 0, 0, 4]
    params, states = net.get_all_parameters([]), net.get_all_states([])
    assert params["PairSTDP_A_minus"].tolist() == [0.7] * 6
    assert states["PairSTDP_late"].tolist() == [0.0] * 6


def test_what_is_deleted_or_copied_takes_its_rule_along(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E.select([2, 4, 0]), weight=0.1, plasticity=PairSTDP())
    jx.netcon(soma.cell(1), net.E.select([2, 3]), weight=[0.3, 0.4], plasticity=TsodyksMarkram())
    jx.netcon(soma.cell(1), net.E.select([2, 3]), weight=[0.5, 0.6], plasticity=PairSTDP(), post=soma.cell(2))
    net.PairSTDP.set("PairSTDP_w", [0.1, 0.2, 0.3, 0.4, 0.5])
    net.PairSTDP.record("PairSTDP_w", verbose=False)
    net.PairSTDP.make_trainable("PairSTDP_w", verbose=False)
    part = net.cell([1, 2]).copy(as_module=True)  # connections between, and all that they hear
    assert columns(part, "pre_index", "spiking_index", "weight") == [
        [0, 4, 0.1], [0, -1, 0.3], [0, -1, 0.4], [0, 4, 0.5], [0, 4, 0.6]
    ]  # fmt: skip
    np.testing.assert_array_equal(columns(part, "PairSTDP_w"), [0.2, np.nan, np.nan, 0.4, 0.5])
    alone = net.cell(1).copy(as_module=True)  # it has no connections
    assert columns(alone, "plasticity") == ["TsodyksMarkram"] * 2
    assert [one.name for one in alone.tables.events.plastic.types] == ["TsodyksMarkram"]
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301
        assert clone.netcons.to_pandas().equals(net.netcons.to_pandas())
    net.netcons.select([0, 3]).delete()
    np.testing.assert_array_equal(columns(net, "PairSTDP_w"), [0.2, 0.3, np.nan, 0.4, 0.5])
    assert net.recordings["rec_index"].tolist() == [0, 1, 2, 3]
    assert net.get_parameters()[0]["PairSTDP_w"].tolist() == [0.2, 0.3, 0.4, 0.5]
    net.PairSTDP.delete()
    assert columns(net, "plasticity") == ["TsodyksMarkram"]
    assert (len(net.recordings), net.get_parameters()) == (0, [])
    assert "PairSTDP_w" not in net.netcons.to_pandas()


def test_join_leaves_connections_behind(net):
    jx.netcon(net.cell(0).branch(0).comp(0), net.E, weight=0.1, plasticity=PairSTDP())
    assert len(jx.Network([net.cell(0).copy(as_module=True)] * 2).netcons) == 0


class Named(PairSTDP):
    """A rule with a state that the engine has."""

    def __init__(self):
        super().__init__(name="Named")
        self.states["Named_late"] = 0.0


REFUSED = {
    "other settings": ({"plasticity": PairSTDP(nearest=True)}, MechanismError, "another plasticity rule named"),
    "a name that is taken": ({"plasticity": TripletSTDP(name="E")}, MechanismError, "'E', of the plasticity rule"),
    "the engine's name": ({"plasticity": Named()}, MechanismError, "Named_late"),
    "post alone": ({"post": 0}, ModelValueError, "these connections have no `plasticity`"),
    "post that does nothing": (
        {"plasticity": TsodyksMarkram(), "post": 0},
        ModelValueError,
        "ignores postsynaptic spikes",
    ),
    "too many posts": ({"plasticity": PairSTDP(), "post": [0, 1]}, ValueShapeError, "2 compartments are in the view"),
    "post of points": ({"plasticity": PairSTDP(), "post": "points"}, ModelTypeError, "not one of point processes"),
    "post of another": ({"plasticity": PairSTDP(), "post": "other"}, ModelValueError, "different models"),
    "threshold": ({"plasticity": PairSTDP(), "threshold": np.nan}, ModelValueError, "threshold must be a finite"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_changes_nothing(net, case):
    how, error, says = REFUSED[case]
    soma = net.cell("all").branch(0).comp(0)
    stim = net.add_sources(VecStim(TIMES))
    jx.netcon(stim[0], net.E.select(0), weight=0.1, plasticity=PairSTDP())
    posts = {"points": net.E, "other": jx.Cell()}
    if (post := how.get("post")) is not None:
        how = how | {"post": posts[post] if isinstance(post, str) else soma.cell(post)}
    before = pickle.dumps(net)
    with pytest.raises(error, match=says):
        jx.netcon(stim[1], net.E.select([0, 1, 2]), weight=0.1, **how)
    assert pickle.dumps(net) == before


def test_wrong_names_and_values_are_refused(net):
    made = jx.netcon(net.cell(0).branch(0).comp(0), net.E, weight=0.1, plasticity=PairSTDP())
    plain = jx.netcon(net.cell(0).branch(0).comp(0), net.E, weight=0.1)
    with pytest.raises(ModelValueError, match="PairSTDP_tau_plus of connection 0"):
        made.set("PairSTDP_tau_plus", -1.0)
    with pytest.raises(ModelValueError, match=r"'PairSTDP_w' must be a finite number, but is nan in connection 2 \("):
        made[2].set("PairSTDP_w", np.nan)
    with pytest.raises(UnknownNameError, match="Did you mean 'PairSTDP_w'"):
        made.record("PairSTDP_W")
    with pytest.raises(UnknownNameError, match="None of them is plastic"):
        plain.record("PairSTDP_w")
    with pytest.raises(UnknownNameError, match="no parameter 'PairSTDP_A_plus'"):
        plain.set("PairSTDP_A_plus", 0.1)
    for put in (net.insert, net.place):
        with pytest.raises(ModelTypeError, match="rule of plasticity"):
            put(PairSTDP(name="other"))


@pytest.mark.slow
def test_a_delay_that_may_not_be_is_no_silence():
    """Weights of invalid delays are NaN with any rule."""
    net = driven(TsodyksMarkram(), weight=1e-3)
    net.netcons.make_trainable("delay", bounds=(1.0, 2.0), verbose=False)
    net.delete_recordings()
    net.cell(1).record(verbose=False)
    run = jax.jit(lambda delay: jx.integrate(net, params=[{"delay": delay}], t_max=10.0, delta_t=DT))
    assert np.isfinite(run(jnp.array([1.5, 1.5]))).all()
    assert np.isnan(run(jnp.array([1.5, 3.0]))[0, -1])
