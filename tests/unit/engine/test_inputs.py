import jax.numpy as jnp
import numpy as np

from dendrax.engine.inputs import locate, over_time, without_overwritten
from dendrax.engine.system import Inputs


def test_the_last_clamp_of_a_compartment_wins_and_currents_all_stay():
    rows, values = np.array([3, 1, 3, 2, 1], np.int32), np.arange(10.0).reshape(5, 2)
    kept = without_overwritten(Inputs({"i": rows, "v": rows}, {"i": values, "v": jnp.asarray(values)}))
    np.testing.assert_array_equal(kept.rows["i"], rows)
    np.testing.assert_array_equal(kept.values["i"], values)
    np.testing.assert_array_equal(kept.rows["v"], [3, 2, 1])
    np.testing.assert_array_equal(kept.values["v"], values[[2, 3, 4]])


def test_rows_are_found_in_compact_storage(by_hand):
    system = by_hand.tree([(by_hand.Gated(), [1, 4, 8])])
    found = locate(system, {"Gated_m": np.array([8, 1], np.int32), "i": np.array([8], np.int32)})
    np.testing.assert_array_equal(found["Gated_m"], [2, 0])
    np.testing.assert_array_equal(found["i"], [8])


def test_values_over_time_are_one_row_per_step():
    values = over_time(Inputs({"i": np.array([0, 1], np.int32)}, {"i": np.arange(6.0).reshape(2, 3)}), 5)
    np.testing.assert_array_equal(values["i"], [[0, 3], [1, 4], [2, 5], [0, 0], [0, 0]])
    cut = over_time(Inputs({"v": np.array([0], np.int32)}, {"v": np.arange(6.0)[None]}), 2)
    np.testing.assert_array_equal(cut["v"], [[0.0], [1.0]])
