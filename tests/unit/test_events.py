"""integrate with events: spikes, delays, sources, and runs that continue others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.events import NetStim, Poisson, VecStim
from dendrax.integrate import build_init_and_step_fn
from dendrax.synapses import ExpSyn

DT = 0.025
KEY = jax.random.key(3)
KEYS = jax.random.split(jax.random.key(5), 2)


def ring(n=3, sources=True):
    """Cells that excite each other in turn, driven by given times and by noise."""
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), 2), parents=[-1, 0])] * n)
    net.insert(HH())
    net.set("length", 20.0)
    net.set("radius", 5.0)
    net.set("axial_resistivity", 100.0)
    net.set("v", -65.0)
    somata = net.cell("all").branch(0).comp(0)
    somata.place(ExpSyn("E"))
    net.set("E_tau", 2.0)
    targets = [(i + 1) % n for i in range(n)]
    jx.netcon(somata, net.E.of_cell(targets), weight=0.05, delay=[3.31, 3.33, 3.36][:n], threshold=0.0)
    if sources:
        jx.netcon(net.add_sources(VecStim([[1.0137, 7.5]])), net.E.of_cell(0), weight=0.06, delay=1.0)
        jx.netcon(net.add_sources(NetStim(10.0, np.inf, 0.0, 1.0), 5), net.E.of_cell(2), weight=0.0005, delay=1.2)
    somata.record_spikes(verbose=False)
    net.cell(0).branch(0).comp(0).record("v", verbose=False)
    net.init_states()
    return net


@pytest.fixture(scope="module")
def net():
    return ring()


@pytest.fixture(scope="module")
def whole(net):
    return jx.integrate(net, t_max=25.0, key=KEY, return_states=True, return_spikes=True)


def test_each_cell_fires_after_the_one_before_it(whole):
    _, _, spikes = whole
    assert int(spikes.count) == len(spikes.times) >= 6
    between = np.diff(spikes.trains(1)[:, 0])
    assert (between > 3.3).all()
    assert (between < 5.0).all()


def test_spikes_are_where_the_voltage_crosses_the_threshold(net, whole):
    v, _, spikes = whole
    trace = np.asarray(v[0])
    up = np.flatnonzero((trace[:-1] <= 0.0) & (trace[1:] > 0.0))
    crossings = (up - trace[up] / (trace[up + 1] - trace[up])) * DT
    np.testing.assert_allclose(spikes.of(0), crossings, rtol=1e-12)
    on_grid = jx.integrate(net, t_max=25.0, key=KEY, return_spikes=True, events="grid")[1]
    np.testing.assert_allclose(on_grid.times / DT, np.round(on_grid.times / DT), rtol=1e-12)


@pytest.mark.parametrize("events", ["interpolated", pytest.param("grid", marks=pytest.mark.slow)])
def test_a_run_in_chunks_gives_the_same_bits(net, whole, events):
    how = {"t_max": 25.0, "key": KEY, "events": events, "return_states": True, "return_spikes": True}
    at_once = whole if events == "interpolated" else jx.integrate(net, **how)
    in_chunks = jx.integrate(net, **how, check=True)
    for one, other in zip(jax.tree.leaves(at_once), jax.tree.leaves(in_chunks), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("first", [7.5, 7.0])  # the given time 7.5 is between both
def test_a_run_goes_on_where_it_ended(net, whole, first):
    v, states, spikes = jx.integrate(net, t_max=first, key=KEY, return_states=True, return_spikes=True)
    later, later_spikes = jx.integrate(net, t_max=25.0 - first, key=KEY, all_states=states, return_spikes=True)
    np.testing.assert_allclose(np.concatenate([v, later[:, 1:]], 1), whole[0], rtol=1e-12)
    np.testing.assert_allclose(np.concatenate([spikes.times, later_spikes.times]), whole[2].times, rtol=1e-12)


def test_steps_by_hand_are_those_of_integrate(net, whole):
    init, step = build_init_and_step_fn(net)
    states, params = init(net.get_parameters(), key=KEY, t_max=25.0)
    step, column = jax.jit(step), [states["v"][0]]
    for _ in range(400):
        states = step(states, params, {})
        column.append(states["v"][0])
    np.testing.assert_allclose(column, whole[0][0, :401], rtol=1e-10)


@pytest.fixture(scope="module")
def every_seventh(net):
    """Every seventh column and the spikes, of a run inside of jit."""
    return jax.jit(lambda key: jx.integrate(net, t_max=25.0, key=key, record_every=7, return_spikes=True))(KEY)


def test_every_seventh_column_is_that_of_all(whole, every_seventh):
    np.testing.assert_allclose(every_seventh[0], whole[0][:, ::7], rtol=1e-12)
    np.testing.assert_allclose(every_seventh[1].trimmed().times, whole[2].times, rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("every", [3, 7, 64, 200])
def test_every_few_columns_are_those_of_all(net, whole, every):
    v, spikes = jx.integrate(net, t_max=25.0, key=KEY, record_every=every, return_spikes=True)
    np.testing.assert_allclose(v, whole[0][:, ::every], rtol=1e-12)
    np.testing.assert_allclose(spikes.times, whole[2].times, rtol=1e-12)


def test_inside_of_jit_spikes_are_padded_and_outside_not(whole, every_seventh):
    inside = every_seventh[1]
    n = int(inside.count)
    assert n == len(whole[2].times) < len(inside.times)
    np.testing.assert_allclose(inside.times[:n], whole[2].times, rtol=1e-10)
    assert np.isinf(inside.times[n:]).all()
    assert (np.asarray(inside.ids[n:]) == -1).all()


@pytest.mark.slow
def test_spikes_for_which_there_is_no_room_are_counted(net, whole):
    few = jax.jit(lambda key: jx.integrate(net, t_max=25.0, key=key, return_spikes=True, max_spikes=4)[1])(KEY)
    assert len(few.times) == 4
    assert int(few.count) == len(whole[2].times)
    with pytest.raises(ModelStateError, match="room for 4"):
        few.trimmed()


@pytest.mark.slow
def test_a_key_gives_the_same_noise_in_a_batch(net, whole):
    single = jx.integrate(net, t_max=25.0, key=KEYS[1], return_states=True, return_spikes=True)
    columns, spikes = jx.integrate_many(net, t_max=25.0, key=KEYS, return_spikes=True, progress=False)
    np.testing.assert_allclose(columns[1], single[0], rtol=1e-9)
    np.testing.assert_allclose(spikes.run(1).times, single[2].times, rtol=1e-9)
    assert not np.allclose(single[0], whole[0])


@pytest.mark.slow
def test_a_key_gives_the_same_noise_under_vmap(net):
    single = jx.integrate(net, t_max=25.0, key=KEYS[1], return_states=True, return_spikes=True)
    columns, spikes = jax.vmap(lambda key: jx.integrate(net, t_max=25.0, key=key, return_spikes=True))(KEYS)
    np.testing.assert_allclose(columns[1], single[0], rtol=1e-9)
    np.testing.assert_allclose(spikes.run(1).times, single[2].times, rtol=1e-9)


@pytest.fixture(scope="module")
def trained():
    made = ring(sources=False)
    made.cell(0).branch(0).comp(0).stimulate(jx.step_current(0.5, 1.0, 2.0, DT, 5.0), verbose=False)
    made.cell(1).branch(0).comp(0).record("v", verbose=False)
    made.HH.make_trainable("HH_gNa", verbose=False)
    made.netcons.make_trainable("weight", verbose=False)
    made.netcons.make_trainable("delay", bounds=(3.0, 4.0), verbose=False)
    made.netcons.make_trainable("threshold", verbose=False)
    return made


def loss_of(net, lengths=None):
    """Of voltages and of times of spikes; with checkpoints of these lengths in the gradient."""

    def loss(params):
        v, spikes = jx.integrate(net, params, t_max=20.0, return_spikes=True, checkpoint_lengths=lengths)
        return jnp.mean(v[1] ** 2) / 100.0 + jnp.sum(spikes.trains(1))

    return loss


@pytest.fixture(scope="module")
def both(trained):
    """The loss and its gradient, in one program, with checkpoints: without, there is the forward mode."""
    return jax.jit(jax.value_and_grad(loss_of(trained, [20, 40])))


@pytest.fixture(scope="module")
def gradient(trained, both):
    return both(trained.get_parameters())[1]


def test_gradients_are_those_of_differences(trained, both, gradient):
    params = trained.get_parameters()
    for k, entry in enumerate(params):
        for key, values in entry.items():
            for i in range(len(values)):
                step = 1e-6 * max(1.0, abs(float(values[i])))
                moved = [[*params[:k], {key: values.at[i].add(s * step)}, *params[k + 1 :]] for s in (1.0, -1.0)]
                expected = (both(moved[0])[0] - both(moved[1])[0]) / (2.0 * step)
                np.testing.assert_allclose(gradient[k][key][i], expected, rtol=1e-6, atol=1e-7, err_msg=f"{key} {i}")


@pytest.mark.slow
def test_forward_derivatives_agree_with_the_gradient(trained, gradient):
    params = trained.get_parameters()
    ones = jax.tree.map(jnp.ones_like, params)
    forward = jax.jit(lambda p: jax.jvp(loss_of(trained), (p,), (ones,))[1])(params)
    np.testing.assert_allclose(forward, sum(float(jnp.sum(one)) for one in jax.tree.leaves(gradient)), rtol=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize("lengths", [None, [800], [5, 8, 20], [90, 10]])
def test_gradients_do_not_depend_on_checkpoints(trained, gradient, lengths):
    found = jax.jit(jax.grad(loss_of(trained, lengths)))(trained.get_parameters())
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(gradient), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_a_traced_delay_out_of_its_bounds_is_not_silent(trained, both):
    params = trained.get_parameters()
    too_long = [*params[:2], {"delay": params[2]["delay"].at[0].set(4.5)}, params[3]]
    assert not np.isfinite(both(too_long)[0])
    with pytest.raises(ModelValueError, match="delay"):
        jx.integrate(trained, too_long, t_max=20.0)


def test_what_is_wrong_is_said_at_the_door(net, whole):
    with pytest.raises(ModelValueError, match=r"shortest delay .* is 1 ms, but the time step is 2 ms"):
        jx.integrate(net, t_max=20.0, delta_t=2.0, key=KEY)
    with pytest.raises(ModelValueError, match=r"random, but the run has no key.*jax\.random\.key"):
        jx.integrate(net, t_max=20.0)
    with pytest.raises(ModelTypeError, match="key: pass a key of JAX"):
        jx.integrate(net, t_max=20.0, key=7)
    with pytest.raises(ModelValueError, match=r"events='fast': pass one of"):
        jx.integrate(net, t_max=20.0, key=KEY, events="fast")
    with pytest.raises(ValueShapeError, match="same model with the same delta_t"):
        jx.integrate(net, t_max=1.0, delta_t=0.05, key=KEY, all_states=whole[1])


def test_a_model_without_events_has_no_spikes_and_returns_what_it_did(net):
    cell = jx.Cell()
    cell.record("v", verbose=False)
    assert jx.integrate(cell, t_max=1.0).shape == (1, 41)
    v, spikes = jx.integrate(cell, t_max=1.0, return_spikes=True)
    assert (v.shape, len(spikes.times)) == ((1, 41), 0)


@pytest.mark.slow
def test_more_spikes_than_are_known_of_are_refused():
    net = ring(1, sources=False)
    poisson = net.add_sources(Poisson(rate=1.0))
    jx.netcon(poisson, net.E.of_cell(0), weight=1e-6)
    poisson.make_trainable("Poisson_rate", verbose=False)

    def last(rate):
        return jx.integrate(net, [{"Poisson_rate": rate}], t_max=5.0, key=KEY)[0, -1]

    fast = jnp.array([50_000.0])
    assert np.isfinite(last(fast)), "known, so there is room"
    with pytest.raises(ModelStateError, match="more spikes in this run than its values in the tables suggest"):
        jax.grad(last)(fast)
