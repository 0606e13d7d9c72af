"""Many runs: the results of vmap, whatever the chunks and devices; which arguments are batched; Ctrl-C and memory."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.channels import HH, Leak
from dendrax.errors import BatchInterrupted, DendraxError, MemoryBudgetError
from dendrax.integrate import integrate
from dendrax.many import integrate_many, map_many
from dendrax.modules.branch import Branch
from dendrax.modules.cell import Cell
from dendrax.modules.compartment import Compartment
from dendrax.running import devices as layer
from dendrax.running import spread

N = 7
STEPS = 20
T_MAX = STEPS * 0.025
SCALES = np.linspace(0.8, 1.2, N)


@pytest.fixture(scope="module")
def cell():
    cell = Cell(Branch(Compartment(), 2), parents=[-1, 0, 0])
    cell.insert(Leak())
    cell.branch(0).insert(HH())
    cell.branch(1).comp(0).stimulate(np.full(STEPS, 0.1), verbose=False)
    cell.branch(0).record("v", verbose=False)
    cell.branch(0).comp(0).record("HH_m", verbose=False)
    cell.make_trainable("Leak_gLeak", verbose=False)
    cell.branch("all").make_trainable("radius", verbose=False)
    return cell


@pytest.fixture(scope="module")
def params(cell):
    return jax.tree.map(lambda leaf: leaf * SCALES[:, None], cell.get_parameters())


@pytest.fixture
def taken_in(monkeypatch):
    """What came from the devices, chunk by chunk."""
    take_in, chunks = spread._take_in, []

    def take_in_and_note(results, chunk, *where):
        chunks.append(chunk)
        return take_in(results, chunk, *where)

    monkeypatch.setattr(spread, "_take_in", take_in_and_note)
    return chunks


def quiet(module, *given, **options):
    return integrate_many(module, *given, t_max=T_MAX, progress=False, **options)


class TestMapMany:
    @pytest.mark.parametrize("devices", [1, 2])
    @pytest.mark.parametrize("per_device", [1, 2, 64])
    def test_results_are_those_of_vmap(self, devices, per_device, monkeypatch):
        monkeypatch.setitem(layer.PER_DEVICE, "cpu", per_device)
        x, y = jnp.arange(N * 3.0).reshape(N, 3), {"a": np.arange(N)}

        def function(x, y):
            return {"sum": x.sum() + y["a"], "same": jnp.ones(2), "row": (x * y["a"],)}

        mapped = map_many(function, x, y, devices=devices, progress=False)
        jax.tree.map(np.testing.assert_array_equal, mapped, jax.vmap(function)(x, y))
        assert all(isinstance(leaf, np.ndarray) for leaf in jax.tree.leaves(mapped))

    def test_devices_share_the_work(self, taken_in):
        map_many(jnp.sin, np.arange(4.0), progress=False)
        (chunk,) = taken_in
        assert {shard.device for shard in chunk.addressable_shards} == set(jax.local_devices())
        assert [shard.data.shape for shard in chunk.addressable_shards] == [(2,), (2,)]

    def test_the_same_function_is_traced_once(self, monkeypatch):
        monkeypatch.setitem(layer.PER_DEVICE, "cpu", 2)
        traces = []

        def function(x):
            traces.append(1)
            return 2 * x

        for _ in range(2):
            map_many(function, np.arange(11.0), progress=False)
        assert len(traces) == 1

    @pytest.mark.slow
    def test_values_and_gradients(self, cell, params):
        def loss(params):
            return jnp.mean((integrate(cell, params, t_max=T_MAX)[0] + 60.0) ** 2)

        both = jax.jit(jax.value_and_grad(loss))
        values, gradients = map_many(both, params, progress=False)
        for k in (0, N - 1):
            value, gradient = both(jax.tree.map(lambda leaf, k=k: leaf[k], params))
            np.testing.assert_allclose(values[k], value, rtol=1e-12)
            jax.tree.map(lambda a, b, k=k: np.testing.assert_allclose(a[k], b, rtol=1e-10), gradients, gradient)

    def test_random_keys_may_be_mapped_over(self):
        keys = jax.random.split(jax.random.key(0), N)
        drawn = map_many(jax.random.normal, keys, progress=False)
        np.testing.assert_array_equal(drawn, jax.vmap(jax.random.normal)(keys))

    @pytest.mark.parametrize("batches", [(np.ones(3), np.ones(4)), (1.0,), (np.ones((0, 2)),), ()])
    def test_batches_that_do_not_fit_together(self, batches):
        with pytest.raises(ValueError, match="every array must have a first axis"):
            map_many(lambda *x: x, *batches)

    @pytest.mark.parametrize("devices", [0, 3, [], "cpu", True, 1.5])
    def test_devices_that_are_not_there(self, devices):
        with pytest.raises((ValueError, TypeError), match="devices") as caught:
            map_many(lambda x: x, np.ones(3), devices=devices)
        assert isinstance(caught.value, DendraxError) or "jaxtyping" in type(caught.value).__module__

    def test_not_inside_of_a_transformation(self):
        with pytest.raises(TypeError, match=r"use jax\.vmap"):
            jax.jit(lambda x: map_many(lambda y: y, x))(jnp.ones(3))

    def test_progress_ends_at_the_end(self, capfd):
        map_many(lambda x: x, np.ones(3))
        assert "3/3" in capfd.readouterr().err


class TestMemory:
    def test_chunks_are_smaller_where_memory_is_short(self, taken_in):
        x = np.ones((16, 100))
        whole = map_many(prefix_sums, x, devices=1, progress=False)
        assert [len(chunk) for chunk in taken_in] == [16]
        small = map_many(prefix_sums, x, devices=1, memory="1 MB", progress=False)
        np.testing.assert_array_equal(small, whole)
        sizes = [len(chunk) for chunk in taken_in[1:]]
        assert sizes == [sizes[0]] * len(sizes)
        assert 1 < sizes[0] < 16
        assert sizes[0] * 100 * 100 * 8 < 1e6  # the results alone

    def test_what_fits_not_even_once_is_refused(self):
        with pytest.raises(MemoryBudgetError, match=r"A single run needs .* memory= allows 1 kB for each"):
            map_many(prefix_sums, np.ones((4, 100)), memory="2 kB", progress=False)

    def test_results_that_the_machine_cannot_hold_are_refused_before_the_first_run(self, taken_in):
        with pytest.raises(MemoryBudgetError, match=r"The results of 5000000 runs are 400 TB, but .* of this machine"):
            map_many(lambda x: jnp.zeros(10_000_000) + x, np.ones(5_000_000), progress=False)
        assert not taken_in


def prefix_sums(x):
    """A hundred by a hundred."""
    return jnp.cumsum(jnp.outer(x, x), axis=0)


class TestInterruption:
    def test_what_is_done_so_far(self, monkeypatch, ctrl_c):
        monkeypatch.setitem(layer.PER_DEVICE, "cpu", 1)
        take_in = spread._take_in

        def take_in_and_interrupt(results, chunk, start, stop, n):
            if start == 4:
                ctrl_c()
            return take_in(results, chunk, start, stop, n)

        monkeypatch.setattr(spread, "_take_in", take_in_and_interrupt)
        with pytest.raises(BatchInterrupted, match="after 6 of 20 runs") as caught:
            map_many(lambda x: x**2, np.arange(20.0), progress=False)
        assert caught.value.done == 6
        np.testing.assert_array_equal(caught.value.results, np.arange(6.0) ** 2)
        assert isinstance(caught.value, KeyboardInterrupt)


class TestIntegrateMany:
    def test_parameters(self, cell, params):
        columns, states = quiet(cell, params, return_states=True)
        expected = jax.vmap(lambda p: integrate(cell, p, t_max=T_MAX, return_states=True))(params)
        np.testing.assert_allclose(columns, expected[0], rtol=1e-12)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10), states, expected[1])

    def test_lists_of_runs_are_stacked(self, cell, params):
        one_by_one = [jax.tree.map(lambda leaf, k=k: leaf[k], params) for k in range(N)]
        np.testing.assert_array_equal(quiet(cell, one_by_one), quiet(cell, params))

    @pytest.mark.slow
    def test_everything_at_once_and_some_of_it_shared(self, cell):
        """Stimuli and clamps in lists, states and a set value batched, parameters the same for all."""
        params = cell.get_parameters()
        current, held = np.full(STEPS, 0.05), np.full(STEPS, 0.3)
        starts = -70.0 + SCALES[:, None] * np.arange(6.0)
        stimuli = [cell.branch(2).comp(1).data_stimulate(s * current) for s in SCALES]
        clamps = [cell.branch(0).comp(1).data_clamp("HH_m", s * held) for s in SCALES]
        key, indices = "Leak_eLeak", cell.data_set("Leak_eLeak", -60.0, None)[0]["indices"]
        set_values = [{"key": key, "indices": indices, "val": -60.0 * SCALES[:, None] * np.ones(6)}]
        columns = quiet(
            cell,
            params,
            data_stimuli=stimuli,
            data_clamps=clamps,
            all_states={"v": starts},
            param_state=set_values,
            record_every=5,
        )
        assert columns.shape == (N, 3, STEPS // 5 + 1)
        for k in (0, 3, N - 1):
            one = integrate(
                cell,
                params,
                data_stimuli=stimuli[k],
                data_clamps=clamps[k],
                all_states={"v": jnp.asarray(starts[k])},
                param_state=cell.data_set(key, -60.0 * SCALES[k], None),
                t_max=T_MAX,
                record_every=5,
            )
            np.testing.assert_allclose(columns[k], one, rtol=1e-11)

    def test_other_values_compile_nothing(self, cell, params):
        quiet(cell, params)
        before = spread._program.n_programs()
        quiet(cell, jax.tree.map(lambda leaf: 1.1 * leaf, params))
        assert spread._program.n_programs() == before

    def test_what_is_not_batched_is_not_copied(self, cell, params, monkeypatch):
        seen = []

        def over_batch(call, shared, batch_of, *rest):
            seen.append(batch_of(np.arange(3)))
            return (None,)

        monkeypatch.setattr("dendrax.many.over_batch", over_batch)
        quiet(cell, params)
        shapes = [leaf.shape for leaf in jax.tree.leaves(seen[0])]
        assert shapes == [(3, 6), (3, 6)]  # the values of the two trainables, and nothing else

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            (lambda p, cell: {}, "nothing is given for many runs"),
            (lambda p, cell: {"params": cell.get_parameters()}, "nothing is given for many runs"),
            (lambda p, cell: {"params": [{k: v[None] for k, v in one.items()} for one in p]}, "an array of params has"),
            (lambda p, cell: {"params": p, "all_states": {"v": np.ones((2, 6))}}, "all_states are for 2 runs, but par"),
            (lambda p, cell: {"params": [p, p[:1]]}, "params of run 1"),
            (lambda p, cell: {"params": 3}, "params must be what `integrate` takes"),
            (lambda p, cell: {"data_stimuli": [1, 2]}, "data_stimuli must be what `integrate` takes"),
            (lambda p, cell: {"params": p[:1]}, "params do not match"),
            (lambda p, cell: {"params": p, "devices": 5}, "devices=5: there are 2"),
            (lambda p, cell: {"params": p, "memory": "much"}, "memory='much'"),
        ],
    )
    def test_refusals(self, cell, params, change, text):
        with pytest.raises(DendraxError, match=text):
            quiet(cell, **change(params, cell))
