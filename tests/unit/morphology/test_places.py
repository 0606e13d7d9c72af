"""The layout of cells built by hand is the reference's."""

import numpy as np
import pytest


@pytest.mark.parametrize("name", ["chain", "fan", "tree", "uneven"])
def test_the_layout_is_the_references(golden, cell_of, name):
    case = golden("places", f"{name}/")
    cell = cell_of(case["parents"], case["ncomp"], case["length"], case["radius"])
    cell.compute_xyz()
    np.testing.assert_allclose([points[:, :3] for points in cell.xyzr], case["xyz"], rtol=1e-6, atol=1e-9)
