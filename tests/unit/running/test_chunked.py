"""Runs in chunks: the same numbers, Ctrl-C, and a stop at the first number that is none."""

import signal
import sys
import threading

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.channels import HH, Leak
from dendrax.engine import chunks
from dendrax.errors import DendraxError, NotFiniteError, RunInterrupted
from dendrax.integrate import integrate
from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.modules.network import Network
from dendrax.running import chunked

DT = 0.025
STEPS = 100
T_MAX = STEPS * DT
CHUNK = 16


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    monkeypatch.setattr(chunks, "LONGEST", CHUNK)


def make_cell():
    cell = Cell(Branch(Compartment(), 2), parents=[-1, 0, 0])
    cell.insert(Leak())
    cell.branch([0, 2]).insert(HH())
    cell.branch(0).comp(0).stimulate(np.full(50, 0.1), verbose=False)
    cell.branch(1).comp(1).clamp("v", np.linspace(-70.0, -50.0, STEPS), verbose=False)
    cell.branch(2).loc(1.0).record("HH_m", verbose=False)
    cell.branch(0).comp(0).record("v", verbose=False)
    cell.branch(1).comp(0).record("i_Leak", verbose=False)
    return cell


@pytest.fixture(scope="module")
def cell():
    return make_cell()


class TestSameNumbers:
    @pytest.mark.parametrize(
        ("solver", "every"),
        [
            ("bwd_euler", 7),
            *(pytest.param("bwd_euler", every, marks=pytest.mark.slow) for every in (1, 60)),
            *(pytest.param("exp_euler", every, marks=pytest.mark.slow) for every in (1, 7, 60)),
        ],
    )
    def test_columns_and_states_are_those_of_one_scan_bit_for_bit(self, cell, solver, every):
        options = {"t_max": T_MAX, "solver": solver, "record_every": every, "return_states": True}
        whole, end = integrate(cell, **options)
        columns, states = integrate(cell, check=True, **options)
        np.testing.assert_array_equal(columns, whole)
        assert columns.shape == (3, STEPS // every + 1)
        assert states.keys() == end.keys()
        for name, value in end.items():
            np.testing.assert_array_equal(states[name], value)

    @pytest.mark.slow
    @pytest.mark.parametrize("every", [3, 50, STEPS + 1])
    def test_every_kth_column_is_kept(self, cell, every):
        whole = integrate(cell, t_max=T_MAX)
        np.testing.assert_allclose(integrate(cell, t_max=T_MAX, record_every=every), whole[:, ::every], rtol=1e-13)

    @pytest.mark.slow
    def test_gradients_know_of_the_columns_that_are_kept(self, cell):
        def run(g, every):
            return integrate(cell, param_state=cell.data_set("Leak_gLeak", g, None), t_max=1.0, record_every=every)

        some, of_all = (jax.grad(lambda g, k=k: run(g, k)[1, :: 10 // k].sum())(2e-4) for k in (10, 1))
        np.testing.assert_allclose(some, of_all, rtol=1e-12)

    def test_what_the_user_gave_is_not_donated(self, cell):
        _, states = integrate(cell, t_max=1.0, return_states=True)
        integrate(cell, t_max=1.0, all_states=states, check=True)
        assert all(np.isfinite(np.asarray(value)).any() for value in states.values())

    def test_one_program_for_all_durations(self, cell):
        integrate(cell, t_max=1.0, check=True)
        before = chunks._advance.n_programs()
        for t_max in (0.1, 1.1, T_MAX):
            integrate(cell, t_max=t_max, check=True)
        assert chunks._advance.n_programs() == before

    def test_long_runs_go_in_chunks_of_their_own(self, cell, monkeypatch):
        whole = integrate(cell, t_max=T_MAX)
        monkeypatch.setattr(chunked, "CHUNKS_OF_A_LONG_RUN", 2)
        monkeypatch.setattr(sys.modules["dendrax.integrate"], "_run", None)  # nobody calls it
        np.testing.assert_array_equal(integrate(cell, t_max=T_MAX), whole)

    def test_long_runs_in_a_larger_program_are_one_scan(self, cell, monkeypatch):
        monkeypatch.setattr(chunked, "CHUNKS_OF_A_LONG_RUN", 0)
        inside = jax.jit(lambda: integrate(cell, t_max=T_MAX))()
        np.testing.assert_allclose(inside, integrate(cell, t_max=T_MAX), rtol=1e-12)

    def test_chunks_are_short_for_large_models(self, monkeypatch):
        monkeypatch.setattr(chunks, "LONGEST", 10_000)
        small, large = Compartment(), Cell(Branch(Compartment(), 1000), parents=[-1] + [0] * 9)
        assert chunks.longest(lowered(small)) == 10_000
        assert chunks.longest(lowered(large)) == chunks.NUMBERS_PER_CHUNK // 10_000

    def test_progress_is_shown_and_ends_at_the_end(self, cell, capfd):
        integrate(cell, t_max=T_MAX, progress=True)
        assert f"{STEPS}/{STEPS}" in capfd.readouterr().err
        integrate(cell, t_max=T_MAX, check=True)
        assert capfd.readouterr().err == ""

    @pytest.mark.parametrize("option", ["progress", "check"])
    def test_not_inside_of_a_transformation(self, cell, option):
        def run(g):
            return integrate(cell, param_state=cell.data_set("Leak_gLeak", g, None), t_max=1.0, **{option: True}).sum()

        for around in (jax.jit, jax.grad, lambda f: lambda g: jax.vmap(f)(g[None])):
            with pytest.raises(ValueError, match=f"{option}=True: inside of jit"):
                around(run)(jnp.array(1e-4))
        with pytest.raises(DendraxError):
            jax.jit(lambda: integrate(cell, t_max=1.0, **{option: True}))()


def lowered(module):
    from dendrax.engine.methods import choose_solver
    from dendrax.modules.lower import lower

    return lower(module.tables, choose_solver("jaxley.dhs"))


class TestInterruption:
    @pytest.fixture
    def interrupted(self, cell, monkeypatch, ctrl_c):
        """Ctrl-C in the third chunk."""
        advance, calls = chunks.advance, []

        def advance_and_interrupt(*given):
            calls.append(1)
            if len(calls) == 3:
                ctrl_c()
            return advance(*given)

        monkeypatch.setattr(chunks, "advance", advance_and_interrupt)
        with pytest.raises(RunInterrupted) as caught:
            integrate(cell, t_max=T_MAX, check=True, record_every=3)
        monkeypatch.undo()
        return caught.value

    def test_what_was_simulated_so_far(self, cell, interrupted):
        whole = integrate(cell, t_max=T_MAX, record_every=3)
        assert interrupted.time == pytest.approx(3 * CHUNK * DT)
        np.testing.assert_array_equal(interrupted.recordings, whole[:, : 3 * CHUNK // 3 + 1])
        assert isinstance(interrupted, KeyboardInterrupt)
        assert not isinstance(interrupted, Exception)

    def test_the_run_goes_on_from_there(self, cell, interrupted):
        _, end = integrate(cell, t_max=T_MAX, return_states=True)
        later = make_cell()
        later.delete_stimuli()
        later.delete_clamps()
        done = 3 * CHUNK
        later.branch(0).comp(0).stimulate(np.full(50 - done, 0.1), verbose=False)
        later.branch(1).comp(1).clamp("v", np.linspace(-70.0, -50.0, STEPS)[done:], verbose=False)
        _, states = integrate(later, t_max=(STEPS - done) * DT, all_states=interrupted.states, return_states=True)
        for name, value in end.items():
            np.testing.assert_array_equal(states[name], value)

    def test_ctrl_c_is_as_before_afterwards(self, cell, ctrl_c):
        integrate(cell, t_max=1.0, check=True)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    def test_other_threads_can_run(self, cell):
        found = []
        thread = threading.Thread(target=lambda: found.append(integrate(cell, t_max=1.0, check=True)))
        thread.start()
        thread.join()
        assert found[0].shape == (3, 41)


class Fragile(Leak):
    """Its state is no number once the voltage has passed -60 mV."""

    def __init__(self):
        super().__init__("Fragile")
        self.channel_states = {"Fragile_s": 1.0}

    def update_states(self, states, dt, v, params):
        return {"Fragile_s": jnp.where(v > -60.0, jnp.nan, states["Fragile_s"])}


class TestNotFinite:
    def test_a_mechanism_that_fails_is_named_with_place_and_time(self):
        net = Network([make_cell(), make_cell()])
        net.cell(1).branch(2).comp(1).insert(Fragile())
        net.delete_recordings()
        net.delete_clamps()
        net.cell(1).branch(2).record("v", verbose=False)
        net.cell(1).branch(2).comp(0).stimulate(np.full(STEPS, 1.0), verbose=False)
        whole = integrate(net, t_max=T_MAX)
        step = 1 + int(np.flatnonzero(whole[1] > -60.0)[0])
        assert step % CHUNK not in (0, 1)
        with pytest.raises(NotFiniteError) as caught:
            integrate(net, t_max=T_MAX, check=True)
        error = caught.value
        assert (error.state, error.time) == ("Fragile_s", pytest.approx(step * DT))
        assert error.place == "compartment 11 (cell 1, branch 2, comp 1)"
        assert error.place in str(error)
        assert error.cause.startswith("The cause is in Fragile: it made this number, from 1, at -5")
        np.testing.assert_array_equal(error.recordings, whole[:, :step])
        np.testing.assert_array_equal(error.states["v"][11], whole[1, step - 1])
        assert isinstance(error, FloatingPointError)
        assert isinstance(error, DendraxError)

    @pytest.mark.slow
    def test_a_time_step_that_is_too_large(self):
        cell = make_cell()
        cell.set("axial_resistivity", 5.0)
        cell.set("capacitance", 0.5)
        with pytest.raises(
            NotFiniteError, match=r"run away .* time step of 0.025 ms is too large: .* stable below .*bwd_euler"
        ):
            integrate(cell, t_max=T_MAX, check=True, solver="fwd_euler")

    def test_an_input_that_is_none(self, cell):
        data = cell.branch(2).comp(0).data_stimulate(np.zeros(STEPS))
        data[1][0] = data[1][0].at[0, 30].set(jnp.nan)  # as a traced computation may give it
        with pytest.raises(
            NotFiniteError, match=r"the stimulus is not finite in this step in compartment 4 \(branch 2, comp 0\)"
        ) as caught:
            integrate(cell, t_max=T_MAX, data_stimuli=data, check=True)
        assert caught.value.time == pytest.approx(31 * DT)

    def test_states_that_are_no_numbers_from_the_start_are_let_be(self, cell):
        idle = make_cell()
        idle.insert(Idle())
        start = {"Idle_last": jnp.full(6, -jnp.inf)}
        _, states = integrate(idle, t_max=T_MAX, all_states=start, check=True, return_states=True)
        np.testing.assert_array_equal(states["Idle_last"], -np.inf)


class Idle(Leak):
    """A state that nothing reads, the time of a spike that has not been yet."""

    def __init__(self):
        super().__init__("Idle")
        self.channel_states = {"Idle_last": 0.0}

    def update_states(self, states, dt, v, params):
        return {}


def test_the_state_is_given_away():
    """Donated: what went in is gone, so that there is one State in memory and not two."""
    cell = make_cell()
    from dendrax.engine.methods import choose_stepper
    from dendrax.engine.simulate import Job
    from dendrax.engine.system import Inputs
    from dendrax.modules import inputs

    kept = inputs.recorded(cell.tables)
    stepper, nothing = choose_stepper("bwd_euler"), Inputs({}, {})
    run, state, _ = chunks.begin(Job(lowered(cell), (), None, nothing, kept, DT, stepper, n_steps=3))
    number = np.array(3, np.int32)
    chunks.advance(run, {}, np.array(0, np.int32), number, state)
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(state))
