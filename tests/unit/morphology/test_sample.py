"""The sample cells are those that the code grows, and look like neurons."""

import numpy as np
import pytest

from dendrax.errors import UnknownNameError
from dendrax.morphology.sample import SAMPLES, sample, sample_path
from dendrax.trees import synthetic
from dendrax.trees.swc import points_from_bytes, read_points


@pytest.mark.parametrize("name", SAMPLES)
def test_the_shipped_file_is_what_the_code_grows(name):
    grown = points_from_bytes(getattr(synthetic, name)().encode())
    shipped = read_points(sample_path(name))
    np.testing.assert_array_equal(shipped.type, grown.type)
    np.testing.assert_array_equal(shipped.parent, grown.parent)
    np.testing.assert_allclose(shipped.xyzr, grown.xyzr, atol=1.1e-3)  # the file's last digit
    assert sample_path(name).stat().st_size < 150_000


@pytest.mark.parametrize(
    ("name", "branches", "groups"),
    [("pyramidal", 107, ["apical", "axon", "basal", "soma"]), ("interneuron", 41, ["axon", "basal", "soma"])],
)
def test_shape_and_groups(name, branches, groups):
    cell = sample(name, ncomp=2)
    assert cell.shape == (branches, 2 * branches)
    assert list(cell.group_names) == groups
    assert cell.nodes["soma"].to_numpy().nonzero()[0].tolist() == [0, 1]
    assert cell.nodes[groups].to_numpy().sum(axis=1).tolist() == [1] * 2 * branches


@pytest.mark.parametrize("name", SAMPLES)
def test_measures_are_those_of_neurons(name):
    nodes = sample(name).nodes
    neurites = nodes[~nodes["soma"]]
    assert 2000 < neurites["length"].sum() < 10_000
    assert neurites["radius"].between(0.12, 3.0).all()
    assert nodes.loc[nodes["soma"], "radius"].between(5, 12).all()


def test_thicker_towards_the_soma():
    cell = sample("pyramidal")
    parents, radius = np.asarray(cell.comb_parents), cell.nodes["radius"].to_numpy()
    inner = parents > 0
    assert (radius[inner] < 1.1 * radius[parents[inner]]).mean() > 0.95


def test_unknown_names_are_refused():
    with pytest.raises(UnknownNameError, match="pyramidal, interneuron"):
        sample("purkinje")
