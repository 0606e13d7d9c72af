"""The front door: what it accepts, what it refuses, and that it disappears inside the user's own transformations."""

import subprocess
import sys
from copy import deepcopy
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from dendrax.channels import HH, Leak
from dendrax.connect import connect, fully_connect
from dendrax.engine import checkpoint_plan
from dendrax.engine.kept import STEP_IN_CARRIES, kept_by
from dendrax.errors import DendraxError, MemoryBudgetError
from dendrax.integrate import SOLVERS, STEPPERS, add_clamps, add_stimuli, build_init_and_step_fn, integrate
from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.modules.network import Network
from dendrax.stimulus import step_current
from dendrax.synapses import IonotropicSynapse

DT = 0.025
STEPS = 40
CURRENT = np.asarray(step_current(0.1, 0.5, 0.2, DT, STEPS * DT))[:STEPS]


def make_cell(parents=(-1, 0, 0, 1, 1), ncomp=2):
    """A small branched cell; HH in some compartments, a leak everywhere; unequal sizes."""
    cell = Cell(Branch(Compartment(), ncomp), parents=list(parents))
    n, last = ncomp * len(parents), len(parents) - 1
    cell.set("radius", 1.0 + 0.3 * np.sin(np.arange(n)))
    cell.set("length", 30.0 + 5.0 * np.cos(np.arange(n)))
    cell.set("axial_resistivity", 200.0)
    cell.insert(Leak())
    cell.branch([0, min(2, last)]).insert(HH())
    cell.branch(0).comp(0).record("v", verbose=False)
    cell.branch(min(2, last)).loc(1.0).record("HH_m", verbose=False)
    cell.branch(min(1, last)).loc(1.0).record("v", verbose=False)
    cell.branch(0).comp(0).stimulate(CURRENT, verbose=False)
    return cell


@pytest.fixture(scope="module")
def cell():
    made = make_cell()
    made.branch(1).make_trainable("radius", verbose=False)
    made.HH.make_trainable("HH_gNa", verbose=False)
    made.make_trainable("Leak_gLeak", verbose=False)
    return made


class TestTimeAxis:
    def test_columns_without_t_max_follow_the_stimulus(self, cell):
        assert integrate(cell, cell.get_parameters()).shape == (3, STEPS + 1)

    @pytest.mark.parametrize(
        ("t_max", "dt", "columns"),
        [
            (10.0, 0.025, 401),
            (0.3, 0.1, 4),
            *(pytest.param(*one, marks=pytest.mark.slow) for one in ((10.0, 0.5, 21), (1.0, 0.1, 11))),
        ],
    )
    def test_steps_are_rounded(self, cell, t_max, dt, columns):
        found = jax.eval_shape(lambda p: integrate(cell, p, t_max=t_max, delta_t=dt), cell.get_parameters())
        assert found.shape == (3, columns)  # which needs no program

    def test_column_zero_is_the_initial_state(self, cell):
        np.testing.assert_array_equal(integrate(cell, cell.get_parameters())[:, 0], [-70.0, 0.2, -70.0])

    def test_longer_is_padded_with_zeros_and_shorter_cut_off(self, cell):
        params = cell.get_parameters()
        whole = integrate(cell, params)
        longer = integrate(cell, params, t_max=STEPS * DT * 1.5)
        np.testing.assert_array_equal(longer[:, : STEPS + 1], whole)
        np.testing.assert_array_equal(integrate(cell, params, t_max=STEPS * DT / 2), whole[:, : STEPS // 2 + 1])

    def test_the_time_step_may_be_traced(self, cell):
        params = cell.get_parameters()
        traced = jax.jit(lambda dt: integrate(cell, params, delta_t=dt))(0.02)
        np.testing.assert_allclose(traced, integrate(cell, params, delta_t=0.02), rtol=1e-12)


class TestOptions:
    @pytest.mark.parametrize(
        "voltage_solver",
        [
            name if name.startswith("jaxley.dhs") else pytest.param(name, marks=pytest.mark.slow)
            for name in SOLVERS
            if name != "dense"
        ],
    )
    def test_every_back_end_gives_what_dense_gives(self, voltage_solver):
        cell = make_cell(parents=[-1], ncomp=5) if voltage_solver == "jaxley.stone" else make_cell()
        columns = integrate(cell, voltage_solver=voltage_solver)
        np.testing.assert_allclose(columns, integrate(cell, voltage_solver="dense"), rtol=1e-10)

    @pytest.mark.slow
    def test_steppers_agree_as_the_step_shrinks(self, cell):
        params = cell.get_parameters()

        def end(solver):
            return integrate(cell, params, t_max=0.5, delta_t=0.5 / 4000, solver=solver)[0, -1]

        ends = [end(solver) for solver in STEPPERS]
        np.testing.assert_allclose(ends, ends[0], atol=2e-3)

    @pytest.mark.parametrize("argument", ["solver", "voltage_solver"])
    def test_an_unknown_name_lists_the_known_ones(self, cell, argument):
        table = STEPPERS if argument == "solver" else SOLVERS
        with pytest.raises(ValueError, match=argument) as caught:
            integrate(cell, cell.get_parameters(), **{argument: "jaxley.thomas"})
        assert isinstance(caught.value, DendraxError)
        assert all(name in str(caught.value) for name in table)

    def test_recursive_doubling_refuses_branches(self, cell):
        with pytest.raises((ValueError, NotImplementedError)) as caught:
            integrate(cell, cell.get_parameters(), voltage_solver="jaxley.stone")
        assert isinstance(caught.value, DendraxError)


class TestRefusals:
    def test_no_recordings(self):
        with pytest.raises(ValueError, match=r"No recordings are set\. Please set them"):
            integrate(Cell(), t_max=1.0)

    def test_no_duration(self):
        cell = Cell()
        cell.record(verbose=False)
        with pytest.raises(ValueError, match="Pass t_max"):
            integrate(cell)

    def test_a_view(self, cell):
        with pytest.raises(TypeError, match="A view cannot be simulated alone"):
            integrate(cell.branch(0), cell.get_parameters(), t_max=1.0)

    @pytest.mark.parametrize("dt", [0.0, -0.1, float("nan"), float("inf")])
    def test_time_step(self, cell, dt):
        with pytest.raises(ValueError, match="delta_t is"):
            integrate(cell, cell.get_parameters(), delta_t=dt)

    @pytest.mark.parametrize("t_max", [0.0, -1.0, float("nan"), float("inf")])
    def test_duration(self, cell, t_max):
        with pytest.raises(ValueError, match="t_max is"):
            integrate(cell, cell.get_parameters(), t_max=t_max)

    def test_a_clamp_shorter_than_the_run(self):
        cell = make_cell()
        cell.branch(0).comp(1).clamp("v", np.full(STEPS, -60.0), verbose=False)
        with pytest.raises(ValueError, match="clamp of 'v' has 40 samples, but the run takes 41 steps"):
            integrate(cell, t_max=(STEPS + 1) * DT)

    @pytest.mark.parametrize("lengths", [[5, 7], [], [0, 100]])
    def test_checkpoint_lengths(self, cell, lengths):
        with pytest.raises(ValueError, match="checkpoint_lengths"):
            integrate(cell, cell.get_parameters(), checkpoint_lengths=lengths)

    @pytest.mark.parametrize(
        "change",
        [
            lambda p: p[:-1],
            lambda p: [*p, {"Leak_eLeak": jnp.array([1.0])}],
            lambda p: [{"length": p[0]["radius"]}, *p[1:]],
            lambda p: [{"radius": jnp.ones(7)}, *p[1:]],
            lambda p: [p[1], p[0], p[2]],
        ],
    )
    def test_parameters_that_are_not_the_trainable_ones(self, cell, change):
        with pytest.raises(ValueError, match="params do not match"):
            integrate(cell, change(cell.get_parameters()))

    def test_without_parameters_a_run_has_the_values_of_the_tables(self, cell):
        params = [{name: 2 * value for name, value in one.items()} for one in cell.get_parameters()]
        with_tables = integrate(cell, t_max=1.0)
        assert not jnp.allclose(with_tables, integrate(cell, params, t_max=1.0))
        assert jnp.array_equal(with_tables, integrate(make_cell(), t_max=1.0))  # the same without trainables

    def test_states_of_another_model(self, cell):
        params = cell.get_parameters()
        with pytest.raises(KeyError, match="'Na_m'"):
            integrate(cell, params, all_states={"Na_m": jnp.ones(10)})
        with pytest.raises(ValueError, match="has shape"):
            integrate(cell, params, all_states={"v": jnp.ones(3)})

    def test_wrong_types(self):
        """In a process of its own: under pytest annotations are checked before our own checks have their turn."""
        script = Path(__file__).with_name("integrate_wrong_types.py")
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


class TestStates:
    def test_a_run_split_in_two_is_one_run_bit_for_bit(self, cell):
        params = cell.get_parameters()
        whole, end = integrate(cell, params, t_max=2.0, return_states=True)
        first, between = integrate(cell, params, t_max=1.0, return_states=True)
        later = deepcopy(cell)
        later.delete_stimuli()
        later.branch(0).comp(0).stimulate(np.zeros(STEPS), verbose=False)
        second, end_of_second = integrate(later, params, t_max=1.0, all_states=between, return_states=True)
        np.testing.assert_array_equal(np.concatenate([first, second[:, 1:]], axis=1), whole)
        for name, value in end.items():
            np.testing.assert_array_equal(end_of_second[name], value)

    def test_states_are_of_full_length(self, cell):
        _, states = integrate(cell, cell.get_parameters(), return_states=True)
        assert {value.shape for value in states.values()} == {(10,)}
        assert sorted(states) == ["HH_h", "HH_m", "HH_n", "i_HH", "i_Leak", "v"]
        assert np.isnan(states["HH_m"][2])

    @pytest.mark.slow
    def test_checkpoints_change_nothing(self, cell):
        def loss(p, lengths):
            columns, states = integrate(cell, p, checkpoint_lengths=lengths, return_states=True)
            return jnp.mean((columns[0] + 70.0) ** 2) + states["v"][3], (columns, states)

        def results(lengths):
            run = jax.jit(jax.value_and_grad(partial(loss, lengths=lengths), has_aux=True))
            (_, (columns, states)), gradient = run(cell.get_parameters())
            return columns, states, gradient

        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), results([3, 4, 4]), results(None))


def loss_of(cell):
    def loss(params):
        return jnp.mean((integrate(cell, params)[0] + 60.0) ** 2)

    return loss


class TestTransformations:
    def test_jit_gives_the_same(self, cell):
        params = cell.get_parameters()
        np.testing.assert_allclose(jax.jit(loss_of(cell))(params), loss_of(cell)(params), rtol=1e-12)

    def test_reverse_forward_and_central_differences_agree(self, cell):
        params, loss = cell.get_parameters(), jax.jit(loss_of(cell))
        reverse, forward = jax.jit(lambda p: (jax.grad(loss)(p), jax.jacfwd(loss)(p)))(params)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10), reverse, forward)
        flat, unravel = ravel_pytree(params)
        for k in range(len(flat)):
            h = 1e-5 * flat[k]
            central = (loss(unravel(flat.at[k].add(h))) - loss(unravel(flat.at[k].add(-h)))) / (2 * h)
            np.testing.assert_allclose(ravel_pytree(reverse)[0][k], central, rtol=1e-6)

    @pytest.mark.slow
    def test_jvp_and_jacrev(self, cell):
        params = cell.get_parameters()
        run = jax.jit(lambda p: integrate(cell, p)[:, -1])
        jacobian = jax.jit(jax.jacrev(run))(params)
        _, tangent = jax.jvp(run, (params,), (jax.tree.map(jnp.ones_like, params),))
        summed = sum(leaf.reshape(3, -1).sum(axis=1) for leaf in jax.tree.leaves(jacobian))
        np.testing.assert_allclose(tangent, summed, rtol=1e-10)

    @pytest.mark.slow
    def test_hessian_is_symmetric_and_right(self):
        cell = make_cell(parents=[-1, 0, 0], ncomp=1)
        cell.make_trainable("Leak_gLeak", verbose=False)
        cell.make_trainable("radius", verbose=False)
        flat, unravel = ravel_pytree(cell.get_parameters())
        loss = jax.jit(lambda x: loss_of(cell)(unravel(x)))
        hessian = jax.jit(jax.hessian(loss))(flat)
        np.testing.assert_allclose(hessian, hessian.T, rtol=1e-9)
        gradient = jax.jit(jax.grad(loss))
        for k in range(len(flat)):
            h = 1e-5 * flat[k]
            central = (gradient(flat.at[k].add(h)) - gradient(flat.at[k].add(-h))) / (2 * h)
            np.testing.assert_allclose(hessian[:, k], central, rtol=1e-5)

    def test_vmap_over_parameters(self, cell):
        params = cell.get_parameters()
        scales = jnp.array([0.8, 1.0, 1.3])

        def scaled(s):
            return jax.tree.map(lambda leaf: leaf * s, params)

        batch = jax.jit(jax.vmap(lambda s: integrate(cell, scaled(s))))(scales)
        for one, scale in zip(batch, scales, strict=True):
            np.testing.assert_allclose(one, integrate(cell, scaled(scale)), rtol=1e-12)

    @pytest.mark.slow
    def test_vmap_and_grad_over_stimuli_and_clamps(self, cell):
        silent = deepcopy(cell)
        silent.delete_stimuli()
        params = silent.get_parameters()

        @jax.jit
        def run(amplitude):
            stimuli = silent.branch(0).comp(0).data_stimulate(amplitude * CURRENT)
            clamps = silent.branch(2).comp(1).data_clamp("HH_m", amplitude * jnp.ones(STEPS))
            return integrate(silent, params, data_stimuli=stimuli, data_clamps=clamps)

        amplitudes = jnp.array([0.5, 1.0])
        batch = jax.jit(jax.vmap(run))(amplitudes)
        for one, amplitude in zip(batch, amplitudes, strict=True):
            np.testing.assert_allclose(one, run(amplitude), rtol=1e-12)
        np.testing.assert_array_equal(batch[1, 1, 1:], 1.0)
        slope = jax.jit(jax.grad(lambda a: run(a)[0, -1]))(0.7)
        central = (run(0.7 + 1e-5)[0, -1] - run(0.7 - 1e-5)[0, -1]) / 2e-5
        np.testing.assert_allclose(slope, central, rtol=1e-6)

    @pytest.mark.slow
    def test_vmap_and_grad_over_initial_states(self, cell):
        params = cell.get_parameters()

        def run(v):
            return integrate(cell, params, param_state=cell.data_set("v", v, None))

        starts = jnp.array([-75.0, -60.0])
        batch = jax.vmap(run)(starts)
        np.testing.assert_array_equal(batch[:, 0, 0], starts)
        np.testing.assert_allclose(batch[1], run(-60.0), rtol=1e-12)
        slope = jax.grad(lambda v: run(v)[0, -1])(-65.0)
        central = (run(-65.0 + 1e-4)[0, -1] - run(-65.0 - 1e-4)[0, -1]) / 2e-4
        np.testing.assert_allclose(slope, central, rtol=1e-6)


@pytest.fixture(scope="module")
def net():
    cell = make_cell(parents=[-1, *[0] * 20], ncomp=4)
    cell.delete_recordings()
    cell.delete_stimuli()
    net = Network([cell, cell])
    fully_connect(net.cell(0).branch([0, 1]), net.cell(1).branch([3, 4]), IonotropicSynapse())
    net.cell(0).branch(0).comp(0).record("v", verbose=False)
    net.make_trainable("HH_gNa", verbose=False)
    return net


class TestMemory:
    """Of gradients: predicted, kept within what is asked for, refused where it does not fit."""

    N_STEPS = 1000

    def program(self, net, **options):
        def loss(params):
            return jnp.mean((integrate(net, params, t_max=self.N_STEPS * DT, **options) + 60.0) ** 2)

        return jax.jit(jax.grad(loss)).lower(net.get_parameters())

    @pytest.fixture
    def plans(self, monkeypatch):
        """What was predicted, [bytes], and the levels that were chosen."""
        made, plan = [], checkpoint_plan.plan

        def noted(step, carry, x, length, asked, solution, columns):
            chosen = plan(step, carry, x, length, asked, solution, columns)
            kept = kept_by(step, carry, x, columns)
            made.append((kept.with_lengths(chosen.lengths), chosen.lengths))
            return chosen

        monkeypatch.setattr(checkpoint_plan, "plan", noted)
        return made

    @pytest.mark.parametrize("budget", [pytest.param(None, marks=pytest.mark.slow), 4e5])
    @pytest.mark.slow
    def test_prediction_is_what_the_compiled_program_takes(self, net, plans, budget):
        taken = self.program(net, memory=budget).compile().memory_analysis().temp_size_in_bytes
        predicted, lengths = plans[-1]
        assert len(lengths) == (1 if budget is None else 2)
        assert predicted == pytest.approx(taken, rel=0.2)

    @pytest.mark.slow
    def test_levels_keep_within_the_budget(self, net, plans):
        self.program(net, memory="1 GB")
        self.program(net, memory="500 kB")
        tight = 0.8 * plans[1][0]
        self.program(net, memory=tight)
        predicted, lengths = zip(*plans, strict=True)
        assert [len(one) for one in lengths] == [1, 2, 3]
        assert predicted[1] < 5e5
        assert predicted[2] < tight

    def test_synaptic_currents_that_nobody_records_are_not_kept(self, net, plans):
        """One synapse more adds its state to what a step keeps, and not its current."""
        self.program(net, record_every=2)
        more = deepcopy(net)
        connect(*[more.cell(c).branch(5).comp(0) for c in (0, 1)], IonotropicSynapse())
        self.program(more, record_every=2)
        before, after = [predicted for predicted, _ in plans]
        in_carry = 2 * 8  # of which the intermediates are estimated
        assert after - before - STEP_IN_CARRIES * in_carry == self.N_STEPS * 8

    def test_what_cannot_fit_is_refused_before_it_is_compiled(self, net):
        with pytest.raises(MemoryBudgetError, match="memory= allows 10 kB"):
            self.program(net, memory=1e4)
        with pytest.raises(MemoryError, match=r"checkpoint_lengths=\[.*\] needs"):
            jax.grad(lambda p: integrate(net, p, t_max=1e7, checkpoint_lengths=[10**9]).sum())(net.get_parameters())
        assert integrate(net, t_max=0.1, memory=1e4).shape == (1, 5)  # no gradient, no checkpoints

    @pytest.mark.parametrize("given", ["2 apples", "GB", "-1 GB", 0.0, "1.2.3 GB", float("nan")])
    def test_budgets_that_are_none(self, net, given):
        with pytest.raises(ValueError, match="memory="):
            integrate(net, t_max=1.0, memory=given)

    def test_one_way_at_a_time(self, net):
        with pytest.raises(ValueError, match="not both"):
            integrate(net, t_max=1.0, memory="1 GB", checkpoint_lengths=[10, 4])

    @pytest.mark.parametrize("every", [0, -1, 2.5])
    def test_record_every_is_a_number_of_steps(self, net, every):
        with pytest.raises((ValueError, TypeError)):
            integrate(net, t_max=1.0, record_every=every)


class TestSteppingByHand:
    @pytest.mark.slow
    @pytest.mark.parametrize("solver", STEPPERS)
    def test_columns_are_those_of_integrate(self, cell, solver):
        cell = deepcopy(cell)
        cell.branch(1).comp(0).clamp("v", np.linspace(-70.0, -50.0, STEPS), verbose=False)
        data = cell.branch(1).comp(1).data_stimulate(0.5 * CURRENT)
        params = cell.get_parameters()
        expected = integrate(cell, params, data_stimuli=data, solver=solver)
        externals, inds = add_stimuli(cell.externals.copy(), cell.external_inds.copy(), data)
        init_fn, step_fn = build_init_and_step_fn(cell, solver=solver)
        states, all_params = init_fn(params)
        where = list(zip(cell.recordings.state, cell.recordings.rec_index, strict=True))
        columns = [[states[name][row] for name, row in where]]
        for k in range(STEPS):
            now = {key: values[:, k] for key, values in externals.items()}
            states = step_fn(states, all_params, now, inds, delta_t=DT)
            columns.append([states[name][row] for name, row in where])
        np.testing.assert_allclose(np.array(columns).T, expected, rtol=1e-12)

    def test_arguments_stay_as_they_are(self, cell):
        init_fn, step_fn = build_init_and_step_fn(cell)
        states, params = init_fn(cell.get_parameters())
        before = dict(states), dict(params)
        step_fn(states, params, {"i": jnp.array([0.1])})
        assert all(states[name] is value for name, value in before[0].items())
        assert states.keys() == before[0].keys()
        assert params.keys() == before[1].keys()

    def test_jit_vmap_and_grad(self, cell):
        init_fn, step_fn = build_init_and_step_fn(cell)
        params = cell.get_parameters()

        def after(scale):
            states, all_params = init_fn(jax.tree.map(lambda leaf: leaf * scale, params))
            for _ in range(2):
                states = step_fn(states, all_params, {"i": jnp.array([0.1])})
            return states["v"][0]

        both = jax.jit(jax.value_and_grad(after))  # one program for values and gradients
        np.testing.assert_allclose(both(1.0)[1], (both(1 + 1e-5)[0] - both(1 - 1e-5)[0]) / 2e-5, rtol=1e-6)
        batch = jax.jit(jax.vmap(after))(jnp.array([0.9, 1.0]))
        np.testing.assert_allclose(batch, [both(0.9)[0], both(1.0)[0]], rtol=1e-12)

    def test_scanned_with_places_that_are_traced(self, cell):
        """What is checked at the door is shapes alone, so that a step may be a part of any program."""
        init_fn, step_fn = build_init_and_step_fn(cell)
        states, all_params = init_fn(cell.get_parameters())
        currents = jnp.linspace(0.0, 1.0, 5)

        def last(place):
            def step(states, current):
                return step_fn(states, all_params, {"i": current[None]}, {"i": place[None]}, delta_t=DT), None

            return jax.lax.scan(step, states, currents)[0]["v"]

        found = jax.jit(jax.vmap(last))(jnp.array([0, 7]))
        for place, v in zip([0, 7], found, strict=True):
            one = states
            for current in currents:
                one = step_fn(one, all_params, {"i": [current]}, {"i": [place]}, delta_t=DT)
            np.testing.assert_allclose(v, one["v"], rtol=1e-12)
        assert not np.allclose(found[0], found[1])

    def test_a_given_state_comes_first(self, cell):
        init_fn, _ = build_init_and_step_fn(cell)
        states, _ = init_fn(cell.get_parameters(), all_states={"v": jnp.full(10, -50.0)})
        np.testing.assert_array_equal(states["v"], -50.0)

    def test_externals_without_a_place(self, cell):
        init_fn, step_fn = build_init_and_step_fn(cell)
        states, params = init_fn(cell.get_parameters())
        with pytest.raises(KeyError, match="'v'"):
            step_fn(states, params, {"v": jnp.array([0.1])})

    def test_adding_inputs_changes_no_argument(self, cell):
        externals, inds = cell.externals, cell.external_inds
        more, more_inds = add_clamps(externals, inds, cell.branch(0).data_clamp("v", np.zeros(STEPS)))
        assert sorted(more) == sorted(more_inds) == ["i", "v"]
        assert sorted(externals) == ["i"]
        assert add_stimuli(externals, inds, None)[0].keys() == externals.keys()
        twice, where = add_stimuli(externals, inds, cell.branch(0).data_stimulate(CURRENT))
        assert twice["i"].shape == (3, STEPS)
        np.testing.assert_array_equal(where["i"], [0, 0, 1])


@pytest.mark.slow
def test_float32_follows_float64(cell):
    exact = integrate(cell, cell.get_parameters())
    with jax.enable_x64(False):
        cell = deepcopy(cell)
        columns, states = integrate(cell, cell.get_parameters(), return_states=True)
        gradient = jax.jit(jax.grad(loss_of(cell)))(cell.get_parameters())
    assert columns.dtype == np.float32
    assert {value.dtype for value in states.values()} == {np.dtype(np.float32)}
    assert all(leaf.dtype == np.float32 for leaf in jax.tree.leaves(gradient))
    np.testing.assert_allclose(columns, exact, rtol=1e-4, atol=1e-4)
