import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import Leak
from dendrax.errors import ModelFileError, ModelTypeError, ModelValueError, ValueShapeError
from dendrax.stimulus import datapoint_to_step_currents, step_current


def test_ten_milliseconds_are_401_samples():
    assert step_current(1.0, 2.0, 0.1, 0.025, 10.0).shape == (401,)


def test_amplitude_replaces_the_offset_inside_the_window():
    current = step_current(i_delay=0.1, i_dur=0.05, i_amp=0.5, delta_t=0.025, t_max=0.2, i_offset=0.2)
    np.testing.assert_allclose(current, [0.2, 0.2, 0.2, 0.2, 0.5, 0.5, 0.2, 0.2, 0.2], rtol=1e-7)


@pytest.mark.parametrize("dt", [0.1, 0.05, 0.025, 0.01, 1 / 3, 0.7])
@pytest.mark.parametrize("steps", [0, 1, 3, 6, 7, 29])
def test_decimal_times_do_not_shift_the_window(dt, steps):
    """0.3 / 0.1 is less than 3 in binary; the pulse must begin at sample 3 all the same."""
    current = np.asarray(step_current(steps * dt, 5 * dt, 1.0, dt, 40 * dt))
    assert len(current) == 41
    np.testing.assert_array_equal(np.flatnonzero(current), steps + np.arange(5))


def test_a_time_between_samples_belongs_to_the_step_that_holds_it():
    np.testing.assert_array_equal(np.flatnonzero(step_current(0.19, 0.2, 1.0, 0.1, 1.0)), [1, 2])


def test_a_window_beyond_the_end_is_cut_off():
    assert float(step_current(0.5, 100.0, 1.0, 0.1, 1.0).sum()) == 6.0


def test_several_amplitudes_make_several_rows():
    many = datapoint_to_step_currents(0.1, 0.2, np.array([0.1, 0.2, 0.3]), 0.025, 1.0, i_offset=0.05)
    assert many.shape == (3, 41)
    for row, amplitude in zip(many, [0.1, 0.2, 0.3], strict=True):
        np.testing.assert_array_equal(row, step_current(0.1, 0.2, amplitude, 0.025, 1.0, i_offset=0.05))


def test_amplitudes_may_be_traced():
    gradient = jax.grad(lambda amplitude: step_current(0.1, 0.2, amplitude, 0.1, 1.0).sum())(0.3)
    assert gradient == 2.0
    many = jax.jit(lambda amplitudes: datapoint_to_step_currents(0.1, 0.2, amplitudes, 0.1, 1.0))(jnp.array([1.0, 2.0]))
    np.testing.assert_array_equal(many.sum(axis=1), [2.0, 4.0])
    batch = jax.vmap(lambda amplitude: step_current(0.1, 0.2, amplitude, 0.1, 1.0))(jnp.arange(3.0))
    assert batch.shape == (3, 11)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"delta_t": 0.0}, "delta_t .* 0.0"),
        ({"delta_t": float("nan")}, "delta_t .* nan"),
        ({"i_delay": -1.0}, "i_delay .* -1.0"),
        ({"i_dur": float("inf")}, "i_dur .* inf"),
        ({"t_max": float("nan")}, "t_max .* nan"),
    ],
)
def test_impossible_times_are_refused(wrong, text):
    with pytest.raises(ModelValueError, match=text):
        step_current(**{"i_delay": 1.0, "i_dur": 1.0, "i_amp": 1.0, "delta_t": 0.1, "t_max": 5.0} | wrong)


PULSE = {"i_delay": 1.0, "i_dur": 2.0, "i_amp": 0.01, "t_max": 6.0}


def made_at(dt):
    return step_current(**PULSE, delta_t=dt)


@pytest.fixture
def cell():
    made = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
    made.insert(Leak())
    made.comp(0).record("v", verbose=False)
    return made


def ways():
    """How a current comes to a run: in the module, as data, and copied, saved, or cut out of a network before."""

    def stimulated(cell, current, **run):
        cell.branch(0).comp(1).stimulate(current, verbose=False)
        return jx.integrate(cell, **run)

    def data(cell, current, **run):
        return jx.integrate(cell, data_stimuli=cell.branch(0).comp(1).data_stimulate(current), **run)

    def many(cell, current, **run):
        data = cell.branch(0).comp(1).data_stimulate(current)
        states = {"v": np.full((2, 4), -70.0)}
        return jx.integrate_many(cell, data_stimuli=data, all_states=states, progress=False, **run)[1]

    def part(cell, current, **run):
        net = jx.Network([cell] * 2)
        net.cell(1).branch(0).comp(1).stimulate(current, verbose=False)
        net.cell(1).comp(0).record("v", verbose=False)
        return jx.integrate(copy.deepcopy(net.cell(1)).copy(as_module=True), **run)

    return [stimulated, data, many, part]


@pytest.mark.parametrize("way", ways(), ids=lambda way: way.__name__)
@pytest.mark.parametrize("dt", [0.0125, 0.1, *(pytest.param(one, marks=pytest.mark.slow) for one in (0.025, 0.05))])
def test_a_current_lasts_as_long_at_any_time_step(cell, way, dt):
    expected = way(cell.copy(), np.asarray(made_at(dt)), delta_t=dt)  # a plain array has a sample for each step
    for current in (made_at(0.025), 0.5 * (made_at(0.025) + made_at(0.025))):
        np.testing.assert_allclose(way(cell.copy(), current, delta_t=dt), expected, rtol=1e-12)


@pytest.mark.parametrize("way", ways(), ids=lambda way: way.__name__)
def test_a_current_may_be_a_function_of_time(cell, way):
    def pulse(t):
        return jnp.where((t > 0.999) & (t < 2.999), 0.01, 0.0)

    for dt in (0.05, 0.1):
        expected = way(cell.copy(), np.asarray(made_at(dt)), delta_t=dt, t_max=6.0)
        np.testing.assert_allclose(way(cell.copy(), pulse, delta_t=dt, t_max=6.0), expected, rtol=1e-12)


def test_a_function_of_time_goes_on_as_long_as_the_run_and_adds_to_samples(cell):
    cell.comp(0).stimulate(lambda t: 0.01 + 0 * t, verbose=False)
    cell.comp(0).stimulate(np.full(40, 0.01), verbose=False)
    with_samples = jx.integrate(cell)
    cell.delete_stimuli()
    cell.comp(0).stimulate(np.full(40, 0.02), verbose=False)
    np.testing.assert_allclose(with_samples, jx.integrate(cell), rtol=1e-13)
    gradient = jax.grad(
        lambda a: jx.integrate(cell, data_stimuli=cell.data_stimulate(lambda t: a * jnp.sin(t)), t_max=1.0)[0, -1]
    )(0.01)
    assert gradient > 0


def test_functions_that_cannot_be(cell):
    with pytest.raises(ModelTypeError, match="called once, with the times of all steps"):
        cell.stimulate(lambda t: 0.1 if t < 5 else 0.0)
    with pytest.raises(ModelTypeError, match="only currents may be functions"):
        cell.clamp("v", lambda t: t)
    with pytest.raises(ValueShapeError, match="gives"):
        cell.stimulate(lambda t: t[:-1])
    cell.stimulate(lambda t: 0.1 * t, verbose=False)
    with pytest.raises(ModelValueError, match="needs t_max"):
        jx.integrate(cell)
    with pytest.raises(ModelFileError, match="function of time"):
        jx.save(cell, "never.dendrax")
    cell.delete_stimuli()
    assert cell.externals == {}


def test_model_files_keep_the_time_step(cell, tmp_path):
    cell.comp(0).stimulate(made_at(0.025), verbose=False)
    cell.comp(0).stimulate(np.ones(9), verbose=False)
    jx.save(cell, tmp_path / "cell.dendrax")
    loaded = jx.load(tmp_path / "cell.dendrax")
    assert [one.delta_t for one in loaded.tables.inputs["i"]] == [0.025, None]


@pytest.mark.parametrize(
    ("change", "step"),
    [
        (lambda one: 2 * one - 1, 0.025),
        (np.sin, 0.025),
        (lambda one: one[3:50], 0.025),
        (lambda one: np.concatenate([one, one]), 0.025),
        (lambda one: np.stack([one, one]), 0.025),
        (lambda one: np.stack([one, one])[1], 0.025),
        (lambda one: np.where(one > 0, one, 0.1), 0.025),
        (copy.deepcopy, 0.025),
        (lambda one: pickle.loads(pickle.dumps(one)), 0.025),  # noqa: S301 - our own
        (lambda one: one[::4], None),
        (lambda one: np.repeat(one, 4), None),
        (lambda one: one.repeat(4), None),
        (jnp.asarray, None),
        (lambda one: one * jnp.ones(one.shape), None),
        (lambda one: one.at[3].set(1.0), None),
    ],
)
def test_what_is_made_of_a_current_knows_its_time_step_or_is_a_plain_array(change, step):
    assert getattr(change(made_at(0.025)), "delta_t", None) == step


def test_currents_of_different_time_steps_are_not_joined():
    with pytest.raises(ModelValueError, match=r"different time steps, \[0.025, 0.1\] ms"):
        np.concatenate([made_at(0.025), made_at(0.1)])
