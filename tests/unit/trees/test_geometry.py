"""Frusta, cylinders and spheres against their closed forms, and what cutting must conserve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dendrax.errors import MorphologyError
from dendrax.trees.chains import divide_chain, join_chains
from dendrax.trees.geometry import cut_branch, cut_branches, cylinder

finite = st.floats(-500.0, 500.0)
radii = st.floats(0.05, 20.0)


@st.composite
def chains(draw):
    """Two to twelve traced points, not all at one place."""
    n = draw(st.integers(2, 12))
    points = np.array(draw(st.lists(st.tuples(finite, finite, finite, radii), min_size=n, max_size=n)))
    points[-1, 0] = points[0, 0] + draw(st.floats(1.0, 100.0))
    return points


def frustum_load(near, far, length):
    return length / (np.pi * near * far)


def test_cylinder_closed_form():
    area, volume, load = cylinder(2.0, 8.0)
    assert area == pytest.approx(32 * np.pi, rel=1e-14)
    assert volume == pytest.approx(32 * np.pi, rel=1e-14)
    assert load == pytest.approx(1 / np.pi, rel=1e-14)


def test_one_frustum_closed_form():
    comps = cut_branch(np.array([[0, 0, 0, 1.0], [0, 3.0, 4.0, 3.0]]), ncomp=1)
    assert comps.length == pytest.approx([5.0], rel=1e-14)
    assert comps.radius == pytest.approx([2.0], rel=1e-14)
    assert comps.area == pytest.approx([np.pi * 4 * np.hypot(5, 2)], rel=1e-14)
    assert comps.volume == pytest.approx([np.pi * 5 * (1 + 3 + 9) / 3], rel=1e-14)
    assert comps.resistive_load_in == pytest.approx([frustum_load(1, 2, 2.5)], rel=1e-14)
    assert comps.resistive_load_out == pytest.approx([frustum_load(2, 3, 2.5)], rel=1e-14)
    np.testing.assert_allclose(comps.xyz, [[0, 1.5, 2.0]], rtol=1e-14)


def test_a_straight_cylinder_cut_is_cylinders():
    comps = cut_branch(np.array([[0, 0, 0, 1.5], [12.0, 0, 0, 1.5]]), ncomp=4)
    area, volume, load = cylinder(1.5, 3.0)
    for found, wanted in zip(
        (comps.area, comps.volume, comps.resistive_load_in, comps.resistive_load_out),
        (area, volume, load, load),
        strict=True,
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-13)
    np.testing.assert_allclose(comps.xyz[:, 0], [1.5, 4.5, 7.5, 10.5], rtol=1e-13)


def test_a_single_point_is_a_sphere():
    comps = cut_branch(np.array([[1.0, 2.0, 3.0, 5.0]]), ncomp=2)
    assert comps.length.sum() == pytest.approx(10.0)
    assert comps.area.sum() == pytest.approx(4 * np.pi * 25)
    assert comps.volume.sum() == pytest.approx(4 / 3 * np.pi * 125)
    assert comps.resistive_load_in == pytest.approx([2.5 / (np.pi * 25)] * 2)
    np.testing.assert_array_equal(comps.xyz, [[1, 2, 3], [1, 2, 3]])


@settings(max_examples=60, deadline=None)
@given(chains(), st.integers(1, 9))
def test_cutting_conserves_length_area_volume_and_load(chain, ncomp):
    whole, parts = cut_branch(chain, 1), cut_branch(chain, ncomp)
    for name in ("length", "area", "volume"):
        assert getattr(parts, name).sum() == pytest.approx(getattr(whole, name).sum(), rel=1e-9)
    load = (whole.resistive_load_in + whole.resistive_load_out).sum()
    assert (parts.resistive_load_in + parts.resistive_load_out).sum() == pytest.approx(load, rel=1e-9)
    assert (parts.length * parts.radius).sum() == pytest.approx((whole.length * whole.radius).sum(), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(chains(), st.integers(1, 6))
def test_walking_the_other_way_mirrors_the_compartments(chain, ncomp):
    there, back = cut_branch(chain, ncomp), cut_branch(chain[::-1], ncomp)
    np.testing.assert_allclose(there.area, back.area[::-1], rtol=1e-8)
    np.testing.assert_allclose(there.resistive_load_in, back.resistive_load_out[::-1], rtol=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(chains(), st.integers(1, 5)), min_size=1, max_size=4))
def test_cutting_together_is_cutting_alone(branches):
    xyzr, ncomp = [chain for chain, _ in branches], np.array([n for _, n in branches])
    together = cut_branches(xyzr, ncomp)
    alone = [cut_branch(chain, int(n)) for chain, n in branches]
    for name in ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out", "xyz"):
        expected = np.concatenate([getattr(one, name) for one in alone])
        np.testing.assert_allclose(getattr(together, name), expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(chains(), st.integers(1, 6))
def test_points_of_compartments_join_to_the_branch_again(chain, ncomp):
    pieces = divide_chain(chain, ncomp)
    assert len(pieces) == ncomp
    comps, whole = cut_branch(join_chains(pieces), 3), cut_branch(chain, 3)
    np.testing.assert_allclose(comps.area, whole.area, rtol=1e-6)
    np.testing.assert_allclose(comps.length, whole.length, rtol=1e-9)


def test_min_radius_clips_the_radius_alone():
    chain = np.array([[0, 0, 0, 0.1], [10.0, 0, 0, 0.3]])
    thin, clipped = cut_branch(chain, 2), cut_branch(chain, 2, min_radius=0.2)
    np.testing.assert_allclose(clipped.radius, [0.2, 0.25])
    np.testing.assert_array_equal(thin.area, clipped.area)
    np.testing.assert_array_equal(thin.resistive_load_in, clipped.resistive_load_in)


def test_a_point_traced_twice_changes_nothing():
    chain = np.array([[0, 0, 0, 1.0], [4.0, 0, 0, 2.0], [4.0, 0, 0, 2.0], [9.0, 0, 0, 1.0]])
    once, twice = cut_branch(chain[[0, 1, 3]], 3), cut_branch(chain, 3)
    for name in ("length", "radius", "area", "volume", "resistive_load_in", "resistive_load_out", "xyz"):
        np.testing.assert_allclose(getattr(twice, name), getattr(once, name), rtol=1e-13)


@pytest.mark.parametrize(
    ("chain", "ncomp", "says"),
    [
        (np.zeros((2, 3)), 1, r"shape \(2, 3\)"),
        (np.zeros((0, 4)), 1, r"shape \(0, 4\)"),
        (np.array([[0, 0, 0, 1.0], [1, 0, 0, 0.0]]), 1, "Branch 0: the point"),
        (np.array([[0, 0, 0, 1.0], [np.nan, 0, 0, 1.0]]), 1, "not finite"),
        (np.array([[0, 0, 0, 1.0], [0, 0, 0, 2.0]]), 1, "same place"),
        (np.array([[0, 0, 0, 1.0], [1, 0, 0, 2.0]]), 0, "ncomp is 0"),
    ],
)
def test_what_is_no_branch_is_refused(chain, ncomp, says):
    with pytest.raises(MorphologyError, match=says):
        cut_branch(chain, ncomp)
